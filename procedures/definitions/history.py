"""The history of a draft: what others did since, and writing down what is done now. `editing` has the verbs."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents import canonical
from procedures.definitions import changes, places
from procedures.definitions.changes import Change
from procedures.definitions.describing import DESCRIBED, describe
from procedures.definitions.models import Edit, NotADraft, ProcedureVersion, VersionState

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
FOLDED = timedelta(minutes=1)  # typing on in one text is one edit


class Refused(Exception):
    """The edit cannot be made; the message says why, for the person who edits."""


class Conflict(Exception):
    """Somebody else has changed the same thing since: `theirs` is what stands there now, `by` them, `at` then."""

    def __init__(self, place: str, theirs: Any, by: User | None, at: datetime) -> None:
        super().__init__(place)
        self.place, self.theirs, self.by, self.at = place, theirs, by, at


def locked(version: ProcedureVersion) -> ProcedureVersion:
    draft = ProcedureVersion.objects.select_for_update(of=("self",)).filter(pk=version.pk).first()
    if draft is None or draft.state != VersionState.DRAFT:
        raise NotADraft(version.pk)
    return draft


def up_to_date(draft: ProcedureVersion, action: str, place: str, *, revision: int, by: User | None) -> str:
    """Where `place` of that revision is now. Raises Conflict, NoSuchPlace."""
    for edit in _since(draft, revision):
        change = as_change(edit)
        is_theirs = edit.by_id != (by.pk if by else None)
        if is_theirs and changes.clashes(action, place, change):
            raise _conflict(draft, place, edit)
        place = changes.replayable(place, [change])
    return place


def _since(draft: ProcedureVersion, revision: int) -> Iterator[Edit]:
    """The edits after that revision, without those that were taken back in the meantime."""
    edits = list(draft.edits.filter(revision__gt=revision).select_related("by").order_by("revision"))
    known, gone = {edit.pk for edit in edits}, set()
    for edit in edits:
        if edit.undoes_id in known and edit.undoes_id not in gone:
            gone |= {edit.pk, edit.undoes_id}
    return (edit for edit in edits if edit.pk not in gone)


def as_change(edit: Edit) -> Change:
    return Change(edit.action, edit.place, edit.before, edit.after)


def _conflict(draft: ProcedureVersion, place: str, edit: Edit) -> Conflict:
    here = changes.follow(place, as_change(edit))
    return Conflict(place, places.value(draft.definition, here) if here else None, edit.by, edit.at)


def keep(
    draft: ProcedureVersion, change: Change, *, by: User | None, at: datetime, undoes: Edit | None = None
) -> ProcedureVersion:
    """Save the draft and its history. Raises Refused for what is too large."""
    text = canonical.dumps(draft.definition)
    if len(text) > MAX_BYTES:
        raise Refused(_("The procedure would become larger than 1 MB. Shorten or remove something first."))
    if len(change.place) > places.MAX_LENGTH:
        raise Refused(_("This part lies too deep inside others."))
    draft.digest = hashlib.sha256(text).hexdigest()
    draft.revision += 1
    followed = {changes.follow(place, change): digest for place, digest in draft.reviewed.items()}
    draft.reviewed = {place: digest for place, digest in followed.items() if place}
    describe(draft)
    draft.save(update_fields=["definition", "digest", "revision", "reviewed", *DESCRIBED])
    if undoes or not _folded(draft, change, by=by, at=at):
        fields = {
            "action": change.action,
            "place": change.place,
            "before": change.before,
            "after": change.after,
        }
        draft.edits.create(revision=draft.revision, by=by, at=at, undoes=undoes, **fields)
    return draft


def _folded(draft: ProcedureVersion, change: Change, *, by: User | None, at: datetime) -> bool:
    """Whether this only goes on with the draft's last edit, and became part of it."""
    last = draft.edits.order_by("revision").last()
    if not last or (last.action, last.place, last.by_id) != ("set", change.place, by.pk if by else None):
        return False
    if change.action != "set" or last.undoes_id or not timedelta(0) <= at - last.at <= FOLDED:
        return False
    last.revision, last.after = draft.revision, change.after
    last.save(update_fields=["revision", "after"])
    return True


def clean(value: Any, depth: int = 0) -> Any:
    """JSON-able data in NFC. Raises Refused for what no definition can hold."""
    if depth > MAX_DEPTH:
        raise Refused(_("This part lies too deep inside others."))
    match value:
        case None | bool() | int():
            return value
        case str():
            return _clean_text(value)
        case dict():
            return {_clean_text(str(key)): clean(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [clean(item, depth + 1) for item in value]
    raise Refused(_("A definition holds texts, whole numbers, true and false only."))


def _clean_text(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refused(_("The text holds a character that cannot be stored."))
    return unicodedata.normalize("NFC", text)
