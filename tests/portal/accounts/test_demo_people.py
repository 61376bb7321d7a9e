"""The demo's people: made once, only in a demo, and they can sign in."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.accounts import demo
from portal.accounts.models import Agency, Duty, Role, User

pytestmark = pytest.mark.django_db


def run():
    out = StringIO()
    call_command("demo_people", stdout=out)
    return out.getvalue()


def test_it_runs_only_in_a_demo(settings):
    settings.IS_DEMO = False

    with pytest.raises(CommandError):
        run()

    assert User.objects.count() == 0


def test_everybody_is_there_once_and_the_password_is_told_once(settings):
    settings.IS_DEMO = True

    first, second = run(), run()

    assert first.count(demo.PASSWORD) == 1
    assert demo.PASSWORD not in second
    assert User.objects.count() == len(demo.CITIZENS) + len(demo.OFFICERS)
    assert all(user.check_password(demo.PASSWORD) for user in User.objects.all())


def test_ward_its_police_and_the_citys_have_every_role_a_seal_and_a_leader_who_signs(settings):
    settings.IS_DEMO = True
    run()

    for code in ("H26.00070", "G01.26.00070", "G01.26"):
        agency = Agency.objects.get(code=code)
        duties = Duty.objects.filter(agency=agency).select_related("user")
        assert {duty.role for duty in duties} == {
            Role.RECEIVER, Role.HANDLER, Role.LEADER, Role.CLERK, Role.ACCOUNTANT,
        }  # fmt: skip
        assert agency.seal_key == f"seal-{code}"
        assert [d.role for d in duties if d.user.signing_key] == [Role.LEADER]
