"""Editing a draft: what is written, what is merged, what is refused, what is taken back."""

from datetime import timedelta

import pytest

from procedures.definitions import bundles, editing, publishing, versions
from procedures.definitions.models import Edit, ProcedureVersion
from tests.factories import UserFactory
from tests.procedures.conftest import PUBLISHED_AT as AT
from tests.procedures.definitions import small

WHO = "form.steps.first.fields.who"
NAME = "form.steps.first.fields.full_name"
A_HOUR = timedelta(hours=1)


@pytest.fixture
def lan(db):
    return UserFactory(person=None, username="lan")


@pytest.fixture
def minh(db):
    return UserFactory(person=None, username="minh")


@pytest.fixture
def draft(db):
    version = versions.start("1.009999", owner=None, name="Thủ tục mẫu", by=None, at=AT)
    version.definition = small.definition()
    version.save()
    return version


def _set(draft, place, value, by, *, revision=None, at=AT):
    revision = draft.revision if revision is None else revision
    return editing.set_value(draft, place, value, revision=revision, by=by, at=at)


def test_set_value_writes_the_draft_and_its_history(draft, lan):
    after = _set(draft, "name.vi", "Tên mới", lan)

    edit = Edit.objects.get()
    assert (after.revision, after.name_vi, after.definition["name"]["vi"]) == (1, "Tên mới", "Tên mới")
    assert after.digest != draft.digest
    assert (edit.action, edit.place, edit.before, edit.after) == ("set", "name.vi", "Thủ tục mẫu", "Tên mới")
    assert (edit.by, edit.at, edit.revision) == (lan, AT, 1)


def test_setting_what_stands_there_is_no_edit(draft, lan):
    assert _set(draft, "name.vi", "Thủ tục mẫu", lan).revision == 0
    assert not Edit.objects.exists()


def test_a_text_that_was_not_there_is_made_and_goes_again_with_its_last_word(draft, lan):
    hint = _set(draft, f"{WHO}.hint.vi", "Chọn một", lan)
    gone = _set(hint, f"{WHO}.hint.vi", None, lan)

    assert editing.find(hint.definition, f"{WHO}.hint") == {"vi": "Chọn một"}
    assert gone.definition == small.definition()


@pytest.mark.parametrize(
    "place",
    [
        "",
        "nothing",
        f"{WHO}.colour",
        "form.steps.third.title.vi",
        "legal.7.vi",
        "name.vi.x",
        "legal.x",
        "code.0",
    ],
)
def test_a_place_that_does_not_exist_is_an_error(draft, lan, place):
    with pytest.raises(editing.NoSuchPlace):
        _set(draft, place, "x", lan)

    assert not Edit.objects.exists()


@pytest.mark.parametrize("value", [1.5, "a\0b", "\ud800", {"x": object()}, "x" * 1_000_001])
def test_what_no_definition_can_hold_is_refused(draft, lan, value):
    with pytest.raises(editing.Refused):
        _set(draft, "summary", value, lan)

    assert ProcedureVersion.objects.get(pk=draft.pk).revision == 0


def test_typing_on_is_one_edit_to_undo(draft, lan):
    for n, text in enumerate(["T", "Tê", "Tên"]):
        draft = _set(draft, "name.vi", text, lan, at=AT + timedelta(seconds=10 * n))
    later = _set(draft, "name.vi", "Tên khác", lan, at=AT + A_HOUR)

    assert [(edit.before, edit.after) for edit in Edit.objects.all()] == [
        ("Thủ tục mẫu", "Tên"),
        ("Tên", "Tên khác"),
    ]
    once = editing.undo(later, by=lan, at=AT + A_HOUR)
    twice = editing.undo(once, by=lan, at=AT + A_HOUR)
    assert (once.name_vi, twice.name_vi) == ("Tên", "Thủ tục mẫu")


def test_the_code_stays(draft, lan):
    with pytest.raises(editing.Refused):
        _set(draft, "code", "1.008888", lan)


def test_inserting_takes_a_free_key(draft, lan):
    item = {"key": "who", "type": "text", "label": {"vi": "Ai"}, "applies": "who != ''"}
    after = editing.insert(draft, "form.steps.second.fields", item, index=0, revision=0, by=lan, at=AT)

    first = after.definition["form"]["steps"][1]["fields"][0]
    assert (first["key"], first["applies"]) == ("who_2", "who_2 != ''")
    assert after.edits.get().place == "form.steps.second.fields.who_2"


def test_duplicating_a_step_gives_a_step_that_refers_to_itself(draft, lan):
    after = editing.duplicate(draft, "form.steps.first", revision=0, by=lan, at=AT)

    copy = after.definition["form"]["steps"][1]
    assert [step["key"] for step in after.definition["form"]["steps"]] == ["first", "first_2", "second"]
    assert [field["key"] for field in copy["fields"]] == ["who_2", "full_name_2"]
    assert copy["checks"][0] == {
        "expression": "full_name_2 != who_2",
        "message": {"vi": "?"},
        "field": "full_name_2",
    }
    assert after.definition["form"]["steps"][0] == small.DEFINITION["form"]["steps"][0]


def test_duplicating_what_has_no_key_and_an_option(draft, lan):
    after = editing.duplicate(draft, "legal.0", revision=0, by=lan, at=AT)
    after = editing.duplicate(after, f"{WHO}.options.child", revision=1, by=lan, at=AT)

    assert [law["vi"] for law in after.definition["legal"]] == ["Luật A", "Luật A", "Luật B", "Luật C"]
    assert [each["value"] for each in editing.find(after.definition, f"{WHO}.options")] == [
        "self",
        "child",
        "child_2",
    ]


def test_moving_to_another_step(draft, lan):
    after = editing.move(draft, NAME, to="form.steps.second.fields", index=1, revision=0, by=lan, at=AT)

    assert [field["key"] for field in after.definition["form"]["steps"][1]["fields"]] == [
        "members",
        "full_name",
        "number",
    ]
    assert [field["key"] for field in after.definition["form"]["steps"][0]["fields"]] == ["who"]


def test_a_part_is_not_moved_into_itself(draft, lan):
    group = "form.steps.second.fields.members"

    with pytest.raises(editing.Refused):
        editing.move(draft, group, to=f"{group}.fields", index=0, revision=0, by=lan, at=AT)


def test_setting_a_key_renames(draft, lan):
    after = _set(draft, f"{WHO}.key", "person_kind", lan)

    assert after.definition["subject"].startswith("person_kind ==")
    assert editing.undo(after, by=lan, at=AT).definition == small.definition()


@pytest.mark.parametrize("key", ["full_name", "is_child", "proof", "note", ""])
def test_a_key_that_is_taken_is_refused(draft, lan, key):
    with pytest.raises(editing.Refused):
        editing.rename(draft, WHO, key, revision=0, by=lan, at=AT)


# ── Two people ────────────────────────────────────────────────────────────────────────────────────
def test_different_places_are_merged(draft, lan, minh):
    _set(draft, "name.vi", "Tên của Lan", lan)
    after = _set(draft, "name.en", "Minh’s name", minh, revision=0)

    assert after.definition["name"] == {"vi": "Tên của Lan", "en": "Minh’s name"}
    assert after.revision == 2


def test_the_same_place_is_a_conflict_that_says_whose_and_when(draft, lan, minh):
    _set(draft, "name.vi", "Tên của Lan", lan)

    with pytest.raises(editing.Conflict) as found:
        _set(draft, "name.vi", "Tên của Minh", minh, revision=0)

    conflict = found.value
    assert (conflict.place, conflict.theirs, conflict.by, conflict.at) == ("name.vi", "Tên của Lan", lan, AT)
    assert ProcedureVersion.objects.get(pk=draft.pk).name_vi == "Tên của Lan"


def test_who_has_seen_it_may_overwrite_it(draft, lan, minh):
    seen = _set(draft, "name.vi", "Tên của Lan", lan)

    assert _set(seen, "name.vi", "Tên của Minh", minh).name_vi == "Tên của Minh"


def test_two_tabs_of_one_person_do_not_conflict(draft, lan):
    _set(draft, "name.vi", "Một", lan)

    assert _set(draft, "name.vi", "Hai", lan, revision=0).name_vi == "Hai"


THEIRS = {
    "set": lambda draft, by: _set(draft, f"{NAME}.label.vi", "Tên đầy đủ", by),
    "insert": lambda draft, by: editing.insert(
        draft, "form.steps.first.fields", {"key": "x"}, index=0, revision=0, by=by, at=AT
    ),
    "remove": lambda draft, by: editing.remove(draft, NAME, revision=0, by=by, at=AT),
    "move": lambda draft, by: editing.move(
        draft, NAME, to="form.steps.second.fields", index=0, revision=0, by=by, at=AT
    ),
    "rename": lambda draft, by: editing.rename(draft, NAME, "whole_name", revision=0, by=by, at=AT),
    "law": lambda draft, by: editing.insert(
        draft, "legal", {"vi": "Luật 0"}, index=0, revision=0, by=by, at=AT
    ),
}
# What the other did → what one wants to do from the same revision → the value then, or a conflict.
FIRST, SECOND = "form.steps.first.fields", "form.steps.second.fields"


def _label(draft, by):
    return _set(draft, f"{NAME}.label.en", "Name", by, revision=0)


def _to_second(draft, by):
    return editing.move(draft, NAME, to=SECOND, index=0, revision=0, by=by, at=AT)


MERGED = [
    ("rename", _label, f"{FIRST}.whole_name.label.en"),
    ("move", _label, f"{SECOND}.full_name.label.en"),
    ("insert", _label, f"{NAME}.label.en"),
    ("law", lambda d, by: _set(d, "legal.1.vi", "Luật B mới", by, revision=0), "legal.2.vi"),
    ("law", lambda d, by: editing.insert(d, "legal", {"vi": "Luật 9"}, revision=0, by=by, at=AT), "legal.4"),
    ("remove", lambda d, by: _set(d, f"{WHO}.label.en", "For whom", by, revision=0), f"{WHO}.label.en"),
    ("set", lambda d, by: editing.rename(d, NAME, "whole", revision=0, by=by, at=AT), f"{FIRST}.whole.label.vi"),
    ("set", _to_second, f"{SECOND}.full_name.label.vi"),
    ("rename", lambda d, by: editing.duplicate(d, NAME, revision=0, by=by, at=AT), f"{FIRST}.whole_name_2"),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "mine", "place"), MERGED)
def test_merged(draft, lan, minh, theirs, mine, place):
    before = THEIRS[theirs](draft, lan)

    after = mine(draft, minh)

    assert editing.find(after.definition, place)
    assert after.revision == before.revision + 1


CONFLICTS = [
    ("set", lambda d, by: editing.remove(d, NAME, revision=0, by=by, at=AT)),
    ("set", lambda d, by: editing.remove(d, "form.steps.first", revision=0, by=by, at=AT)),
    ("insert", lambda d, by: editing.remove(d, "form.steps.first", revision=0, by=by, at=AT)),
    ("insert", lambda d, by: _set(d, "form.steps.first.fields", [], by, revision=0)),
    ("move", lambda d, by: editing.remove(d, "form.steps.second", revision=0, by=by, at=AT)),
    ("move", lambda d, by: editing.move(d, NAME, to="form.steps.first.fields", index=0, revision=0, by=by, at=AT)),
    ("remove", lambda d, by: _set(d, f"{NAME}.label.vi", "Tên", by, revision=0)),
    ("remove", lambda d, by: editing.duplicate(d, NAME, revision=0, by=by, at=AT)),
    ("rename", lambda d, by: _set(d, "form.steps.first.checks.0.expression", "full_name != ''", by, revision=0)),
    ("law", lambda d, by: _set(d, "legal", [], by, revision=0)),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "mine"), CONFLICTS)
def test_conflict(draft, lan, minh, theirs, mine):
    before = THEIRS[theirs](draft, lan)

    with pytest.raises(editing.Conflict):
        mine(draft, minh)

    assert ProcedureVersion.objects.get(pk=draft.pk).definition == before.definition


# ── The draft ─────────────────────────────────────────────────────────────────────────────────────
def test_only_a_draft_is_edited(bundled, lan, db):
    version = bundles.import_bundle(bundled["1.004873"], by=None, at=AT, publish=True)

    with pytest.raises(publishing.NotADraft):
        _set(version, "name.vi", "x", lan)
    with pytest.raises(publishing.NotADraft):
        editing.undo(version, by=lan, at=AT)


def test_the_list_names_a_draft_however_unfinished(draft, lan):
    draft = _set(draft, "name", "no text at all", lan)
    draft = _set(draft, "keywords", 7, lan)

    assert (draft.name_vi, draft.search_text) == ("", "1.009999")


def test_reviewed_translations_follow_what_is_moved(draft, lan):
    draft.reviewed = {f"{NAME}.label": "digest", "name": "other"}
    draft.save()
    moved = editing.move(draft, NAME, to="form.steps.second.fields", index=0, revision=0, by=lan, at=AT)

    assert moved.reviewed == {"form.steps.second.fields.full_name.label": "digest", "name": "other"}


def test_an_edit_takes_few_queries_however_many_came_before(draft, lan, django_assert_max_num_queries):
    for n in range(30):
        draft = _set(draft, f"form.steps.{'first' if n % 2 else 'second'}.title.vi", f"Phần {n}", lan)

    with django_assert_max_num_queries(8):  # savepoints of the test included
        _set(draft, "name.vi", "Tên", lan)
