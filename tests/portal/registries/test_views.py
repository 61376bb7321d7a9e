"""The page with the look-ups: the person's own, complete, and nobody else's."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from portal.registries.models import LookUp
from tests.factories import AgencyFactory, PersonFactory, UserFactory, staff

PAGE = "/tra-cuu-du-lieu/"
NOW = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)


def look_up(**fields):
    return LookUp.objects.create(
        **{
            "registry": "civil_status",
            "claims": ["marital_status", "spouse.full_name"],
            "purpose": {"vi": "Điền sẵn: Cấp giấy", "en": "Filling in: A paper"},
            "basis": {"vi": "Nghị định mẫu", "en": "Sample decree"},
            "outcome": "match",
            "by_name": "UBND phường Mẫu",
            "at": NOW,
        }
        | fields
    )


@pytest.fixture
def mau(db):
    return UserFactory(language="en")


def test_it_shows_who_what_and_why(client, mau):
    look_up(person=mau.person, dossier_code="H26-261116-0001")
    look_up(person=mau.person, by=mau, registry="population", claims=["sex"], outcome="unavailable")
    client.force_login(mau)

    client.cookies["django_language"] = "en"
    page = client.get(PAGE).content.decode()

    for words in (
        "UBND phường Mẫu", "Civil Status Database", "marital status; full name of the spouse", "Filling in: A paper",
        "H26-261116-0001", "Sample decree", "Data found", "No answer", "National Population Database", "You",
    ):  # fmt: skip
        assert words in page


def test_it_shows_nothing_of_others(client, mau):
    other = UserFactory()
    look_up(person=other.person, dossier_code="H26-261116-0009", by=mau)
    client.force_login(mau)

    assert "H26-261116-0009" not in client.get(PAGE).content.decode()
    client.force_login(other)
    assert "H26-261116-0009" in client.get(PAGE).content.decode()


def test_it_shows_what_was_looked_up_before_the_person_was_known(client, mau):
    look_up(personal_id=mau.person.personal_id, dossier_code="H26-261116-0002")
    look_up(personal_id="001190999999", dossier_code="H26-261116-0003")
    client.force_login(mau)

    page = client.get(PAGE).content.decode()

    assert "H26-261116-0002" in page
    assert "H26-261116-0003" not in page


def test_officers_have_no_such_page(client, db):
    client.force_login(staff("receiver", AgencyFactory()))

    assert client.get(PAGE).status_code in {302, 403, 404}


def test_it_is_reached_from_my_papers(client, mau):
    client.force_login(mau)

    assert f'href="{PAGE}"' in client.get("/giay-to/").content.decode()


def test_empty_page_says_so(client, mau):
    client.force_login(mau)

    assert client.get(PAGE).context["look_ups"] == []


@pytest.mark.parametrize("rows", [1, 30])
def test_same_queries_however_long(client, mau, django_assert_max_num_queries, rows):
    for _ in range(rows):
        look_up(person=mau.person)
    client.force_login(mau)
    client.get(PAGE)

    with django_assert_max_num_queries(4):
        client.get(PAGE)


def test_older_ones_are_a_page_away(client, mau):
    codes = [look_up(person=mau.person, dossier_code=f"H26-261116-{n:04}").dossier_code for n in range(31)]
    client.force_login(mau)

    first = client.get(PAGE)
    second = client.get(PAGE + first.context["older"])

    assert [row.dossier_code for row in first.context["look_ups"]] == codes[:0:-1]
    assert [row.dossier_code for row in second.context["look_ups"]] == codes[:1]
    assert client.get(PAGE + "?truoc=x").status_code == 200


def test_look_up_is_always_about_somebody(db):
    with pytest.raises(IntegrityError):
        look_up()


def test_row_about_somebody_on_record_repeats_no_number(db):
    with pytest.raises(IntegrityError):
        look_up(person=PersonFactory(), personal_id="001190000001")
