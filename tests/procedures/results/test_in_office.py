"""A leader signs while in office: an account closed or a position ended at any moment before leaves no paper."""

from datetime import timedelta

import pytest

from portal.accounts.models import Duty, User
from portal.documents import signing
from portal.documents.models import IssuedPaper
from procedures.results import issuing
from procedures.results.models import Result, Trouble
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def office():
    made = world.office()
    world.keys(made)
    return made


@pytest.fixture
def approved(office):
    return world.approve(world.file(world.mother(), world.publish(BIRTH)[BIRTH], office.agency), office)


@pytest.fixture(params=["account", "position"])
def leave(request, office):
    """The leader goes: the account is closed, or the position ended."""
    leader = office.staff["leader"]

    def go():
        if request.param == "account":
            User.objects.filter(pk=leader.pk).update(is_active=False)
        else:
            Duty.objects.filter(user=leader).update(until=world.MONDAY)

    Duty.objects.filter(user=leader).update(since=world.MONDAY - timedelta(days=1))
    return go


@pytest.fixture
def signed(monkeypatch):
    """The fields that were signed, in order."""
    fields, sign = [], signing.sign

    def recorded(content, *, field, **told):
        fields.append(field)
        return sign(content, field=field, **told)

    monkeypatch.setattr(signing, "sign", recorded)
    return fields


def test_who_left_before_the_press_signs_nothing(approved, office, leave, signed):
    leave()

    with pytest.raises(issuing.Stopped) as refused:
        issuing.ask(approved, **office.act("clerk"))

    assert refused.value.trouble == Trouble.LEADER_GONE
    assert signed == []


def test_who_leaves_while_the_paper_is_drawn_signs_nothing(approved, office, leave, signed, monkeypatch):
    result, draw = issuing.ask(approved, **office.act("clerk")), issuing._draw

    def drawn(result):
        leave()
        return draw(result)

    monkeypatch.setattr(issuing, "_draw", drawn)

    assert issuing.work(result.pk, at=world.MONDAY) is None
    result = Result.objects.get(pk=result.pk)
    assert (result.trouble, result.next_attempt_at, signed) == (Trouble.LEADER_GONE, None, [])
    assert result.number  # kept for the one who approves it next, or given back


def test_who_leaves_while_the_seal_is_put_on_has_issued_nothing(approved, office, leave, signed, monkeypatch):
    result, sign = issuing.ask(approved, **office.act("clerk")), issuing.sign

    def then_gone(*args, **told):
        content = sign(*args, **told)
        leave()
        return content

    monkeypatch.setattr(issuing, "sign", then_gone)

    assert issuing.work(result.pk, at=world.MONDAY) is None
    assert Result.objects.get(pk=result.pk).trouble == Trouble.LEADER_GONE
    assert signed == ["leader", "seal"]
    assert not IssuedPaper.objects.exists()


def test_who_stays_signs(approved, office, signed):
    result = issuing.ask(approved, **office.act("clerk"))

    assert issuing.work(result.pk, at=world.MONDAY)
    assert signed == ["leader", "seal"]
