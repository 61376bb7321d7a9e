"""Who gets in: strangers 404, colleagues 403 with the reason, citizens to their own pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from portal.accounts import access
from portal.accounts.models import Role
from tests.factories import AgencyFactory, DutyFactory, UserFactory, staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@access.citizen
def citizens_page(request):
    return HttpResponse(request.person.full_name)


@access.staff(Role.CLERK, Role.LEADER)
def signing_page(request):
    return HttpResponse("ok")


@access.staff()
def any_desk(request):
    return HttpResponse("ok")


def visit(view, user, path="/trang/?a=1", method="get"):
    request = getattr(RequestFactory(), method)(path)
    request.user = user
    return view(request)


def test_a_citizen_gets_in():
    user = UserFactory()

    assert visit(citizens_page, user).content.decode() == user.person.full_name


@pytest.mark.parametrize("view", [citizens_page, signing_page])
def test_anonymous_signs_in_first_and_comes_back(view):
    response = visit(view, AnonymousUser())

    assert (response.status_code, response["Location"]) == (302, "/tai-khoan/dang-nhap/?next=/trang/%3Fa%3D1")


def test_a_lost_post_comes_back_to_its_page():
    response = visit(citizens_page, AnonymousUser(), method="post")

    assert response["Location"] == "/tai-khoan/dang-nhap/?next=/trang/"


def test_staff_are_told_why_a_citizens_page_is_not_for_them():
    response = visit(citizens_page, staff("clerk", AgencyFactory()))

    assert response.status_code == 403
    assert "tài khoản cán bộ" in response.content.decode()


@pytest.mark.parametrize("view", [signing_page, any_desk])
def test_a_citizen_does_not_learn_that_the_page_exists(view):
    with pytest.raises(Http404):
        visit(view, UserFactory())


def test_a_colleague_without_the_role_is_told_which():
    response = visit(signing_page, staff("receiver", AgencyFactory()))

    page = response.content.decode()
    assert response.status_code == 403
    assert str(Role.CLERK.label) in page
    assert str(Role.LEADER.label) in page


def test_one_of_the_roles_is_enough():
    assert visit(signing_page, staff("leader", AgencyFactory())).status_code == 200
    assert visit(any_desk, staff("receiver", AgencyFactory())).status_code == 200


def test_a_duty_that_has_ended_opens_nothing():
    duty = DutyFactory(role="clerk")
    duty.until = duty.since + HOUR
    duty.save()

    with pytest.raises(Http404):
        visit(signing_page, duty.user)


def test_roles_hold_at_the_agency_and_below():
    city = AgencyFactory(kind="city", commune="")
    ward, other = AgencyFactory(parent=city), AgencyFactory(parent=city)
    user = staff("system_admin", city)
    DutyFactory(user=user, agency=ward, role="handler")

    assert access.roles(user, ward, NOW) == {"system_admin", "handler"}
    assert access.roles(user, other, NOW) == {"system_admin"}
    assert access.roles(user, city, NOW) == {"system_admin"}
    assert access.roles(UserFactory(), ward, NOW) == frozenset()


def test_roles_follow_the_clock():
    duty = DutyFactory(since=NOW, until=NOW + HOUR)

    held = [access.roles(duty.user, duty.agency, NOW + n * HOUR) for n in (-1, 0, 1)]

    assert held == [frozenset(), {"receiver"}, frozenset()]


@pytest.mark.parametrize("number", [1, 3])
def test_duties_are_read_once(number, django_assert_num_queries):
    user = staff("receiver", AgencyFactory())
    for _i in range(number):
        DutyFactory(user=user)

    with django_assert_num_queries(1):
        assert len(access.duties(user, NOW)) == number + 1
        access.roles(user, user.duties.model(agency=AgencyFactory.build(path="/")).agency, NOW)
