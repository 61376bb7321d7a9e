"""Two people at one draft at the same moment, each on a connection of their own: nobody's work is lost."""

from functools import partial

import pytest
from django.db import connection

from procedures.definitions import bundles, editing, publishing, versions
from procedures.definitions.models import Edit, ProcedureVersion, VersionState
from tests.factories import UserFactory
from tests.procedures.conftest import PUBLISHED_AT as AT
from tests.procedures.definitions import small
from tests.together import together

EIGHT = range(8)


@pytest.fixture(autouse=True)
def _many_connections(transactional_db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one writer in at a time and turns the others away")


@pytest.fixture
def people():
    return [UserFactory(person=None, username=f"quantri{n}") for n in EIGHT]


@pytest.fixture
def draft():
    version = versions.start("1.009999", owner=None, name="Thủ tục mẫu", by=None, at=AT)
    version.definition = small.definition()
    version.save()
    return version


def _set(draft, place, value, by):
    return editing.set_value(draft, place, value, revision=0, by=by, at=AT)


def test_eight_people_write_eight_things(draft, people):
    parts = [f"form.steps.{step}.{part}" for step in ("first", "second") for part in ("title", "intro")]
    places = [f"{part}.{language}" for part in parts for language in ("vi", "en")]

    together(*[partial(_set, draft, places[n], f"Của {n}", people[n]) for n in EIGHT])

    now = ProcedureVersion.objects.get(pk=draft.pk)
    assert [editing.find(now.definition, place) for place in places] == [f"Của {n}" for n in EIGHT]
    assert (now.revision, sorted(Edit.objects.values_list("revision", flat=True))) == (8, list(range(1, 9)))


def test_eight_people_write_one_thing_and_seven_are_told_whose_it_is(draft, people):
    answers = together(*[partial(_set, draft, "name.vi", f"Của {n}", people[n]) for n in EIGHT])

    told = [answer for answer in answers if isinstance(answer, editing.Conflict)]
    (written,) = [answer for answer in answers if isinstance(answer, ProcedureVersion)]
    winner = Edit.objects.get().by
    assert len(told) == 7
    assert {(each.theirs, each.by) for each in told} == {(written.name_vi, winner)}
    assert ProcedureVersion.objects.get(pk=draft.pk).name_vi == written.name_vi


def test_eight_insertions_are_eight_items(draft, people):
    together(
        *[
            partial(editing.insert, draft, "papers", {"key": "photo"}, revision=0, by=by, at=AT)
            for by in people
        ]
    )

    keys = [paper["key"] for paper in ProcedureVersion.objects.get(pk=draft.pk).definition["papers"]]
    assert sorted(keys) == sorted(["proof", "photo", *(f"photo_{n}" for n in range(2, 9))])


def test_what_is_published_is_what_was_edited_last(bundled, people):
    draft = bundles.import_bundle(bundled["1.004873"], by=None, at=AT)

    edited, _published = together(
        partial(_set, draft, "name.vi", "Tên mới", people[0]),
        partial(publishing.publish, draft, by=None, at=AT),
    )

    now = ProcedureVersion.objects.get(pk=draft.pk)
    was_edited = not isinstance(edited, publishing.NotADraft)
    assert now.state == VersionState.PUBLISHED
    assert (now.definition["name"]["vi"] == "Tên mới") == was_edited
    assert now.snapshot["name"]["vi"] == now.definition["name"]["vi"]


def test_a_draft_is_begun_once(bundled, people):
    version = bundles.import_bundle(bundled["1.004873"], by=None, at=AT, publish=True)

    drafts = together(*[partial(versions.draft_of, version.procedure, by=None, at=AT) for _ in EIGHT])

    assert len({draft.pk for draft in drafts}) == 1
    assert ProcedureVersion.objects.filter(state=VersionState.DRAFT).count() == 1


def test_a_code_is_given_once(people):
    answers = together(
        *[partial(versions.start, "1.009998", owner=None, name="Mẫu", by=None, at=AT) for _ in EIGHT]
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["CodeRefused"] * 7 + ["ProcedureVersion"]
