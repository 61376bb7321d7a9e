"""What can be done to a step or field as a whole: add, copy, move, rename, remove.

Each takes the draft as the person saw it (`by`: revision, by and at of the verbs) and raises what the
verbs of `editing` raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from procedures.definitions import changes, copying, editing, field_groups
from procedures.definitions.changes import Change
from procedures.definitions.models import FieldGroup, ProcedureVersion
from procedures.studio import keys, outline, places

By = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """`place`: of the item after it, "" when it is gone; `focus`: the button that was pressed, "" for the page."""

    draft: ProcedureVersion
    place: str
    words: str
    focus: str = ""


def moved(draft: ProcedureVersion, place: str, data: Mapping[str, str], by: By) -> Done:
    """To the list and position "form.steps.person.fields|2" that `data["to"]` says."""
    to, _bar, index = data.get("to", "").rpartition("|")
    if not index.isdecimal():
        raise editing.NoSuchPlace(to)
    return _moved(draft, place, to, int(index), by, "to")


def up(draft: ProcedureVersion, place: str, _data: Mapping[str, str], by: By) -> Done:
    return _beside(draft, place, -1, by, "up")


def down(draft: ProcedureVersion, place: str, _data: Mapping[str, str], by: By) -> Done:
    return _beside(draft, place, +1, by, "down")


def copied(draft: ProcedureVersion, place: str, _data: Mapping[str, str], by: By) -> Done:
    draft = editing.duplicate(draft, place, **by)
    return _done(draft, _("Copied. This is the copy."))


def removed(draft: ProcedureVersion, place: str, _data: Mapping[str, str], by: By) -> Done:
    title = _title(draft, place)
    draft = editing.remove(draft, place, **by)
    return Done(draft, "", _("“%(title)s” is removed.") % {"title": title})


def renamed(draft: ProcedureVersion, place: str, data: Mapping[str, str], by: By) -> Done:
    """With every expression, check, claim and case that mentions it."""
    draft = editing.rename(draft, place, data.get("key", "").strip(), **by)
    return _done(draft, _("The key is changed, here and everywhere it is mentioned."))


def step_added(draft: ProcedureVersion, _place: str, data: Mapping[str, str], by: By) -> Done:
    title = data.get("title", "").strip()[:200] or _("New part")
    item = {"key": keys.proposed(title, taken(draft), fallback="phan"), "title": {"vi": title}, "fields": []}
    return _done(editing.insert(draft, outline.STEPS, item, **by), _("Added. Now add its questions."))


def field_added(draft: ProcedureVersion, list_place: str, *, label: str, kind: str, by: By) -> Done:
    """A question at the end of the list, as sound as it can be before anything else is said of it."""
    item: dict[str, Any] = {"key": keys.proposed(label, taken(draft)), "type": kind, "label": {"vi": label}}
    item |= {"choice": {"options": []}, "choices": {"options": []}, "group": {"fields": []}}.get(kind, {})
    return _done(editing.insert(draft, list_place, item, **by), _("Added."))


@transaction.atomic
def group_added(draft: ProcedureVersion, list_place: str, group: FieldGroup, by: By) -> Done:
    """The fields of a group, copied by value; each says where it came from, and mentions its own copies."""
    first = ""
    for copy in field_groups.copies(group, copying.variables(draft.definition)):
        draft = editing.insert(draft, list_place, copy, **by)
        first = first or _result(draft)
    return Done(draft, first, _("Copied from the group: %(name)s.") % {"name": group.name_vi})


ACTS: Mapping[str, Callable[[ProcedureVersion, str, Mapping[str, str], By], Done]] = {
    "up": up,
    "down": down,
    "move": moved,
    "copy": copied,
    "remove": removed,
    "rename": renamed,
    "add_step": step_added,
}


def taken(draft: ProcedureVersion) -> frozenset[str]:
    """Every key of the form."""
    return frozenset(node.key for node in outline.flat(outline.steps(draft.definition)))


def _beside(draft: ProcedureVersion, place: str, distance: int, by: By, pressed: str) -> Done:
    node = outline.position(outline.steps(draft.definition), place)
    if node is None:
        raise editing.NoSuchPlace(place)
    to = node.number - 1 + distance
    if not 0 <= to < node.count:
        return Done(draft, place, _where(node, draft), f"{node.ident}-{pressed}")
    return _moved(draft, place, node.list_place, to, by, pressed)


def _moved(draft: ProcedureVersion, place: str, to: str, index: int, by: By, pressed: str) -> Done:
    draft = editing.move(draft, place, to=to, index=index, **by)
    now = _result(draft) if places.find(draft.definition, place) is None else place
    node = outline.position(outline.steps(draft.definition), now)
    return Done(draft, now, _where(node, draft) if node else "", f"{node.ident}-{pressed}" if node else "")


def _where(node: outline.Node, draft: ProcedureVersion) -> str:
    """Said aloud after a move."""
    known: dict[str, Any] = {"title": node.title, "number": node.number, "count": node.count}
    around = places.find(draft.definition, places.parent(node.list_place))
    name = places.texts(places.find(around, "title")) or places.texts(places.find(around, "label"))
    if ".fields." not in node.place or not name:
        return _("“%(title)s” is now part %(number)s of %(count)s.") % known
    known["around"] = name
    return _("“%(title)s” is now question %(number)s of %(count)s in “%(around)s”.") % known


def _title(draft: ProcedureVersion, place: str) -> str:
    node = outline.position(outline.steps(draft.definition), place)
    return node.title if node else place


def _done(draft: ProcedureVersion, words: str) -> Done:
    return Done(draft, _result(draft), words)


def _result(draft: ProcedureVersion) -> str:
    """Where the last edit left what it was about."""
    edit = draft.edits.order_by("revision").last()
    return changes.result(Change(edit.action, edit.place, edit.before, edit.after)) if edit else ""
