"""Undo and redo: one's own edits, in order, and never what others wrote."""

import pytest

from procedures.definitions import editing, versions
from tests.factories import UserFactory
from tests.procedures.conftest import PUBLISHED_AT as AT
from tests.procedures.definitions import small

WHO = "form.steps.first.fields.who"
NAME = "form.steps.first.fields.full_name"
TITLE = "form.steps.second.title.vi"


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


def test_undo_takes_back_the_own_last_edit_and_redo_does_it_again(draft, lan, minh):
    _set(draft, "name.vi", "Lan", lan)
    one = _set(draft, "subject", "who", minh)

    undone = editing.undo(one, by=lan, at=AT)
    assert (undone.definition["name"]["vi"], undone.definition["subject"]) == ("Thủ tục mẫu", "who")
    assert editing.undoable(undone, lan)[0] is None

    redone = editing.redo(undone, by=lan, at=AT)
    assert redone.definition["name"]["vi"] == "Lan"
    with pytest.raises(editing.NothingToTakeBack):
        editing.redo(redone, by=lan, at=AT)
    assert editing.undo(redone, by=lan, at=AT).definition["name"]["vi"] == "Thủ tục mẫu"


def test_every_kind_of_edit_is_undone_and_redone(draft, lan):
    states = [draft.definition]
    for do in (
        lambda d: _set(d, TITLE, "Phần cuối", lan),
        lambda d: editing.insert(d, "papers", {"key": "photo"}, index=0, revision=d.revision, by=lan, at=AT),
        lambda d: editing.move(
            d, NAME, to="form.steps.second.fields", index=0, revision=d.revision, by=lan, at=AT
        ),
        lambda d: editing.rename(d, "form.steps.second", "last", revision=d.revision, by=lan, at=AT),
        lambda d: editing.duplicate(d, WHO, revision=d.revision, by=lan, at=AT),
        lambda d: editing.remove(d, "form.steps.first", revision=d.revision, by=lan, at=AT),
        lambda d: editing.move(d, "legal.0", to="legal", index=2, revision=d.revision, by=lan, at=AT),
    ):
        draft = do(draft)
        states.append(draft.definition)

    for state in reversed(states[:-1]):
        draft = editing.undo(draft, by=lan, at=AT)
        assert draft.definition == state
    for state in states[1:]:
        draft = editing.redo(draft, by=lan, at=AT)
        assert draft.definition == state


def test_undo_follows_what_others_moved_and_stops_at_what_they_wrote(draft, lan, minh):
    mine = _set(draft, f"{NAME}.label.vi", "Tên", lan)
    moved = editing.move(mine, NAME, to="form.steps.second.fields", index=0, revision=1, by=minh, at=AT)

    undone = editing.undo(moved, by=lan, at=AT)
    assert editing.find(undone.definition, "form.steps.second.fields.full_name.label.vi") == "Họ tên"

    again = editing.redo(undone, by=lan, at=AT)
    _set(again, "form.steps.second.fields.full_name.label.vi", "Của Minh", minh)
    with pytest.raises(editing.Conflict) as found:
        editing.undo(again, by=lan, at=AT)
    assert (found.value.theirs, found.value.by) == ("Của Minh", minh)


def test_what_others_wrote_inside_is_not_undone_with_the_insertion(draft, lan, minh):
    step = editing.insert(draft, "form.steps", {"key": "third"}, revision=0, by=lan, at=AT)
    _set(step, "form.steps.third.title.vi", "Của Minh", minh)

    with pytest.raises(editing.Conflict):
        editing.undo(step, by=lan, at=AT)
