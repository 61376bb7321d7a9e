"""Registering, and what a form may know of somebody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.accounts import people
from portal.accounts.models import Person, User
from tests.factories import PASSWORD, AgencyFactory, PersonFactory, UserFactory, staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 2, tzinfo=UTC)
GIVEN = {
    "personal_id": "001190000001",
    "full_name": "Nguyễn Thị Mẫu",
    "date_of_birth": date(1990, 5, 20),
    "sex": "female",
    "password": PASSWORD,
    "at": NOW,
}


def test_register_makes_person_and_account():
    user = people.register(**GIVEN, language="en", details={"commune": "00070"})

    assert (user.username, user.full_name, user.language, user.created_at) == (
        "001190000001",
        "Nguyễn Thị Mẫu",
        "en",
        NOW,
    )
    assert user.check_password(PASSWORD)
    assert (user.person.personal_id, user.person.commune) == ("001190000001", "00070")


def test_register_twice_is_refused_and_writes_nothing():
    people.register(**GIVEN)

    with pytest.raises(people.AlreadyRegistered):
        people.register(**GIVEN)

    assert (Person.objects.count(), User.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_registrations_at_once_make_one_account():
    start = Barrier(2)

    def work(_number):
        try:
            start.wait(5)
            return people.register(**GIVEN)
        except people.AlreadyRegistered:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as visitors:
        made = [user for user in visitors.map(work, range(2)) if user]

    assert (len(made), User.objects.count(), Person.objects.count()) == (1, 1, 1)


def test_register_keeps_the_record_of_a_person_already_known():
    child = PersonFactory(personal_id="001190000001", full_name="NGUYỄN  thị Mẫu", ethnicity="Tày")

    user = people.register(**GIVEN)

    assert user.person == child
    assert user.person.ethnicity == "Tày"


@pytest.mark.parametrize("known", [{"full_name": "Lê Thị Khác"}, {"date_of_birth": date(1990, 5, 21)}])
def test_register_does_not_take_over_somebody_elses_record(known):
    PersonFactory(personal_id="001190000001", **{"full_name": "Nguyễn Thị Mẫu", **known})

    with pytest.raises(people.AlreadyRegistered):
        people.register(**GIVEN)

    assert User.objects.count() == 0


def test_applicant_has_no_unknowns_but_empty_texts():
    person = PersonFactory.build(date_of_birth=None, personal_id="001190000001", full_name="Mẫu", phone="")

    assert people.applicant(person) == {
        "personal_id": "001190000001",
        "full_name": "Mẫu",
        "date_of_birth": "",
        "sex": "female",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "commune": "00070",
        "address": "Số 1 phố Mẫu",
        "phone": "",
        "email": "",
    }


def test_change_details_reaches_person_and_account():
    user = UserFactory()

    people.change_details(
        user, details={"phone": "0912345678", "email": "mau@vidu.example", "address": "Số 2"}
    )

    user.refresh_from_db()
    assert (user.phone, user.email) == ("0912345678", "mau@vidu.example")
    assert (user.person.phone, user.person.email, user.person.address) == (
        "0912345678",
        "mau@vidu.example",
        "Số 2",
    )


def test_change_details_of_staff():
    user = staff("clerk", AgencyFactory())

    people.change_details(user, details={"phone": "0912345678", "email": ""})

    user.refresh_from_db()
    assert user.phone == "0912345678"


def test_an_identity_is_proven_once(db):
    user = UserFactory(proven_at=None)

    call_command("prove_identity", user.person.personal_id)
    user.refresh_from_db()
    first = user.proven_at
    call_command("prove_identity", user.person.personal_id)
    user.refresh_from_db()

    assert first is not None
    assert user.proven_at == first


def test_nobody_is_proven_without_an_account(db):
    with pytest.raises(CommandError):
        call_command("prove_identity", "001199999999")
