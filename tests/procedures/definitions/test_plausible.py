"""Many procedures at once: made-up but sound, imported in one go, found as quickly as few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.definitions import bundles, proofs
from procedures.definitions.models import ProcedureVersion
from tests.procedures import plausible
from tests.procedures.conftest import PUBLISHED_AT

LIST = reverse("definitions:list")


def test_the_same_seed_gives_the_same_and_no_two_are_alike():
    first, again = (list(plausible.procedures(200, seed=7)) for _time in range(2))

    assert first == again
    assert len({one["name"]["vi"] for one in first}) == len({one["code"] for one in first}) == 200
    assert first != list(plausible.procedures(200, seed=8))


def test_there_are_names_for_two_thousand():
    assert len({one["name"]["vi"] for one in plausible.procedures(2000)}) == 2000


def test_every_one_is_valid():
    wrong = {one["code"]: bundles.validate(one) for one in plausible.procedures(300)}

    assert {code: problems for code, problems in wrong.items() if problems} == {}


def test_they_differ_in_what_makes_a_procedure():
    some = list(plausible.procedures(300))

    assert {len(one["form"]["steps"]) for one in some} == {2, 3, 4, 5, 6}
    assert {len(one["stages"]) for one in some} == {3, 4}
    assert {len(one["papers"]) for one in some} == {2, 3, 4}
    assert {bool(one["conditions"]) for one in some} == {True, False}
    assert {bool(one["fees"]) for one in some} == {True, False}
    assert any("tiers" in fee for one in some for fee in one["fees"])


@pytest.mark.django_db
def test_the_publishers_list_finds_nothing_open_in_them():
    for definition in plausible.procedures(5, seed=3):
        version = bundles.import_bundle(definition, by=None, at=PUBLISHED_AT)

        assert [task.findings for task in proofs.tasks(version) if task.state == proofs.State.OPEN] == []


@pytest.mark.django_db
def test_list_and_search_take_as_many_queries_for_sixty_as_for_one(client):
    counts = []
    for many in (1, 60):
        bundles.import_all(list(plausible.procedures(many)), by=None, at=PUBLISHED_AT, publish=True)
        counts.append([queries(client, data) for data in ({}, {"q": "giay phep"}, {"su-kien": "business"})])

    assert ProcedureVersion.objects.current().count() == 60
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_long_list_comes_page_by_page(client):
    bundles.import_all(list(plausible.procedures(60)), by=None, at=PUBLISHED_AT, publish=True)

    pages = [client.get(LIST, {"trang": number}) for number in ("1", "2", "9", "x")]

    shown = [[entry.code for entry in page.context["shown"]] for page in pages]
    assert len(shown[0]) == 50
    assert len(set(shown[0] + shown[1])) == len(pages[0].context["found"].entries) == 60
    assert shown[2:] == [shown[1], shown[0]]
    assert 'href="?trang=2" rel="next"' in pages[0].content.decode()
    assert 'rel="next"' not in pages[1].content.decode()


def queries(client, data):
    with CaptureQueriesContext(connection) as found:
        assert client.get(LIST, data).status_code == 200
    return len(found)
