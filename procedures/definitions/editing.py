"""The verbs of who edits a draft: set, insert, remove, move, duplicate, rename, undo, redo.

Each is one transaction that locks the draft, brings the address up to date with what others did since the
revision that the person looked at, changes the definition and writes the history (`Edit`). What somebody
else wrote in the meantime is merged, or, where one of the two would be lost, stops the verb with Conflict.
A draft may be unsound at any time; what can be addressed can be edited. After each verb the last of
`version.edits` says what was done and where.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from procedures.definitions import changes, copying, history, places, references
from procedures.definitions.changes import Change
from procedures.definitions.history import Conflict, Refused
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.places import NoSuchPlace, find
from procedures.definitions.publishing import NotADraft

__all__ = [
    "Conflict",
    "NoSuchPlace",
    "NotADraft",
    "NothingToTakeBack",
    "Refused",
    "duplicate",
    "find",
    "insert",
    "move",
    "redo",
    "remove",
    "rename",
    "set_value",
    "undo",
    "undoable",
]

Doing = Callable[[dict[str, Any], str], Change]


class NothingToTakeBack(Exception):
    """The person has no edit here that could be undone, or redone."""


@transaction.atomic
def set_value(
    version: ProcedureVersion, place: str, value: Any, *, revision: int, by: User | None, at: datetime
) -> ProcedureVersion:
    """Write `value` at `place`; None takes it away. A key of an item is renamed, with what mentions it.

    Setting what stands there already is no edit. Raises NotADraft, NoSuchPlace, Refused, Conflict.
    """
    value = history.clean(value)
    if place == "code":
        raise Refused(_("The code of a procedure stays. Copy the procedure to give it another code."))
    if item := _named_by(version, place):
        return rename(version, item, value if isinstance(value, str) else "", revision=revision, by=by, at=at)
    doing = _remove if value is None and _is_item(version, place) else _put(value)
    return _edit(version, "set", place, doing, revision=revision, by=by, at=at)


@transaction.atomic
def insert(
    version: ProcedureVersion,
    list_place: str,
    item: Any,
    *,
    index: int | None = None,
    revision: int,
    by: User | None,
    at: datetime,
) -> ProcedureVersion:
    """Put `item` into a list, at the end unless `index` says where; a key that is taken gets a number.

    Raises NotADraft, NoSuchPlace, Refused, Conflict.
    """
    item = history.clean(item)

    def doing(definition: dict[str, Any], place: str) -> Change:
        return changes.insert(definition, place, copying.fresh(definition, place, item), index)

    return _edit(version, "insert", list_place, doing, revision=revision, by=by, at=at)


@transaction.atomic
def remove(
    version: ProcedureVersion, place: str, *, revision: int, by: User | None, at: datetime
) -> ProcedureVersion:
    """Take an item out of its list. Raises NotADraft, NoSuchPlace, Conflict."""
    return _edit(version, "remove", place, _remove, revision=revision, by=by, at=at)


@transaction.atomic
def move(
    version: ProcedureVersion,
    place: str,
    *,
    to: str,
    index: int | None,
    revision: int,
    by: User | None,
    at: datetime,
) -> ProcedureVersion:
    """Move an item to the list at `to`, where it then stands at `index` (None: at the end).

    Raises NotADraft, NoSuchPlace, Refused, Conflict.
    """
    draft = history.locked(version)
    target = history.up_to_date(draft, "insert", to, revision=revision, by=by)

    def doing(definition: dict[str, Any], here: str) -> Change:
        return changes.move(definition, here, target, index)

    return _done(draft, "move", place, doing, revision=revision, by=by, at=at)


@transaction.atomic
def duplicate(
    version: ProcedureVersion, place: str, *, revision: int, by: User | None, at: datetime
) -> ProcedureVersion:
    """Put a copy of an item right after it, with keys of its own; inside the copy everything refers to the copy.

    Raises NotADraft, NoSuchPlace, Refused, Conflict.
    """

    def doing(definition: dict[str, Any], here: str) -> Change:
        index, copy = copying.copied(definition, here)
        return changes.insert(definition, places.parent(here), copy, index + 1)

    return _edit(version, "duplicate", place, doing, revision=revision, by=by, at=at)


@transaction.atomic
def rename(
    version: ProcedureVersion, place: str, key: str, *, revision: int, by: User | None, at: datetime
) -> ProcedureVersion:
    """Give an item another key (an option another value), with every expression, check and case that mentions it.

    Raises NotADraft, NoSuchPlace, Refused when the key is taken or no key, Conflict.
    """
    key = history.clean(key)

    def doing(definition: dict[str, Any], here: str) -> Change:
        if not key:
            raise Refused(_("A key is needed here."))
        copying.require_free(definition, here, key)
        return changes.rename(definition, here, key)

    return _edit(version, "rename", place, doing, revision=revision, by=by, at=at)


@transaction.atomic
def undo(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    """Take back the person's own last edit that is not taken back yet.

    Raises NotADraft, NothingToTakeBack, and Conflict when somebody else has written there since.
    """
    draft = history.locked(version)
    return _take_back(draft, undoable(draft, by)[0], by=by, at=at)


@transaction.atomic
def redo(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    """Do again what the person's last undo took back, unless they have edited since. Raises as `undo`."""
    draft = history.locked(version)
    return _take_back(draft, undoable(draft, by)[1], by=by, at=at)


def undoable(version: ProcedureVersion, by: User | None) -> tuple[int | None, int | None]:
    """Ids of the edits that undo and redo would take back; None where there is none. One query."""
    rows = version.edits.filter(by=by).order_by("revision").values_list("pk", "undoes_id")
    taken_back: dict[int, bool] = {}  # edit → whether it is an undo (an undo's undo is a redo)
    done: list[int] = []
    undoing: list[int] = []
    for pk, undoes in rows:
        taken_back[pk] = undoes is not None and not taken_back.get(undoes, False)
        done = [edit for edit in done if edit != undoes]
        undoing = [edit for edit in undoing if edit != undoes] if undoes else []
        (undoing if taken_back[pk] else done).append(pk)
    return (done[-1] if done else None), (undoing[-1] if undoing else None)


# ── One edit ──────────────────────────────────────────────────────────────────────────────────────


def _edit(
    version: ProcedureVersion,
    action: str,
    place: str,
    doing: Doing,
    *,
    revision: int,
    by: User | None,
    at: datetime,
) -> ProcedureVersion:
    return _done(history.locked(version), action, place, doing, revision=revision, by=by, at=at)


def _done(
    draft: ProcedureVersion,
    action: str,
    place: str,
    doing: Doing,
    *,
    revision: int,
    by: User | None,
    at: datetime,
) -> ProcedureVersion:
    place = history.up_to_date(draft, action, place, revision=revision, by=by)
    before = deepcopy(draft.definition)
    try:
        change = doing(draft.definition, place)
    except references.NameTaken as taken:
        raise Refused(_("The key “%(key)s” is taken already.") % {"key": taken.name}) from taken
    except ValueError as inside:
        raise Refused(_("A part cannot be moved into itself.")) from inside
    if draft.definition == before:
        return draft
    return history.keep(draft, change, by=by, at=at)


def _take_back(
    draft: ProcedureVersion, edit_id: int | None, *, by: User | None, at: datetime
) -> ProcedureVersion:
    if edit_id is None:
        raise NothingToTakeBack
    edit = draft.edits.get(pk=edit_id)
    change = history.as_change(edit)
    action = {"insert": "remove", "remove": "insert"}.get(change.action, change.action)
    home = places.parent(change.place)
    start = home if action == "insert" else changes.result(change)
    try:
        here = history.up_to_date(draft, action, start, revision=edit.revision, by=by)
        if change.action in ("remove", "move"):
            home = history.up_to_date(draft, "insert", home, revision=edit.revision, by=by)
        back = changes.inverse(draft.definition, change, here, home)
    except (NoSuchPlace, references.NameTaken, ValueError) as error:
        raise Conflict(start, None, None, at) from error
    return history.keep(draft, back, by=by, at=at, undoes=edit)


# ── What is given ─────────────────────────────────────────────────────────────────────────────────


def _put(value: Any) -> Doing:
    return lambda definition, place: changes.put(definition, place, value)


def _remove(definition: dict[str, Any], place: str) -> Change:
    return changes.remove(definition, place)


def _is_item(version: ProcedureVersion, place: str) -> bool:
    around = places.value(version.definition, places.parent(place)) if "." in place else None
    return isinstance(around, list)


def _named_by(version: ProcedureVersion, place: str) -> str:
    """The item that `place` is the name of: of "form.steps.person.key" the step."""
    segments = places.split(place)
    item = places.join(*segments[:-1])
    is_name = len(segments) > 2 and segments[-1] == places.naming(segments[-3])
    return item if is_name and _is_item(version, item) else ""
