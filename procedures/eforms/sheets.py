"""One pass over the questions of a page, in order: which apply, what was typed, what it means.

A question sees the answers before it, those just posted included: conditions within a step follow
what was sent, not what was stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import ngettext

from procedures.eforms import journey, validators, values
from procedures.eforms.choosing import StillOpen
from procedures.eforms.controls import CONTROLS
from procedures.eforms.entries import Entry, NoUploads, Uploads
from procedures.eforms.lines import Data
from procedures.eforms.questions import Field, FieldType, Form
from procedures.eforms.soundness import MAX_ROWS

SHOWN = "_shown"


@dataclass(slots=True)
class Source:
    """Where the values of a page come from.

    Without `data`: from `answers`. With it: from what was typed, for the inputs named in `shown` (None:
    all of them); what was not on the page yet comes from `answers` and counts as newly asked.
    """

    answers: Mapping[str, Any]
    form: Form | None = None
    data: Data | None = None
    files: Data = field(default_factory=MultiValueDict)
    shown: Collection[str] | None = None
    locked: Collection[str] = ()
    supplied: Collection[str] = ()
    uploads: Uploads = field(default_factory=NoUploads)

    def has(self, name: str) -> bool:
        return self.data is not None and (self.shown is None or name in self.shown)


def read(questions: Iterable[Field], source: Source, scope: dict[str, Any]) -> list[Entry]:
    """The entries of the questions that apply. Writes their values, as expressions see them, into `scope`."""
    found = []
    for question in questions:
        if question.key in source.supplied or not journey.applies(question, scope, source.form):
            continue
        entry = _entry(question, question.key, source, scope)
        _fill(entry, source, source.answers.get(question.key))
        if entry.value is not None:
            scope[question.key] = journey.seen(question, entry.value)
        found.append(entry)
    return found


def _entry(question: Field, name: str, source: Source, scope: Mapping[str, Any], row: int = 0) -> Entry:
    form = source.form
    return Entry(
        question=question,
        name=name,
        scope=scope,
        form=form,
        row=row,
        is_required=journey.is_required(question, scope, form),
        options=values.offered_options(question, scope, form),
        uploads=source.uploads,
    )


def _fill(entry: Entry, source: Source, stored: Any) -> None:
    question = entry.question
    stored = journey.settled(question, stored, entry.scope, source.form)
    entry.is_locked = stored is not None and question.key in source.locked
    if entry.is_fixed:
        entry.value = stored
    elif question.type == FieldType.GROUP:
        _fill_group(entry, source, stored or [])
    elif source.has(entry.name):
        _take(entry, source)
    else:
        entry.is_new = source.data is not None
        entry.value = stored
        entry.raw = CONTROLS[question.type].show(stored, entry)


def _take(entry: Entry, source: Source) -> None:
    """What was typed, cleaned; the sentence when it cannot be taken."""
    control = CONTROLS[entry.question.type]
    entry.raw = control.read(source.data or MultiValueDict(), source.files, entry.name)
    blank = control.is_blank(entry.raw)
    try:
        # A blank answer is cleaned only where cleaning also tidies: the files that are kept.
        value = None if blank and entry.question.type != FieldType.FILE else control.clean(entry)
    except StillOpen:
        entry.is_new = True
    except ValidationError as error:
        entry.error, entry.was_refused = " ".join(error.messages), True
    else:
        entry.value = None if value in ("", []) else value
        if entry.value is None and entry.is_required:
            entry.error = control.absent(entry)


# ── Groups ────────────────────────────────────────────────────────────────────────────────────────


def _fill_group(entry: Entry, source: Source, stored: list[Any]) -> None:
    """Rows as posted, or as stored. Rows left blank beyond the least number are dropped without a word."""
    posted = source.has(entry.name)
    count = _row_count(entry, source) if posted else len(stored)
    entry.is_new = source.data is not None and not posted
    least = journey.least_rows(entry.question, entry.scope, source.form)
    for index in range(count if posted else max(count, least)):
        given = stored[index] if index < len(stored) else {}
        entry.rows.append(_read_row(entry, source, index, given))
    filled = [row for row in entry.rows if not _is_blank(row)]
    spare = max(least - len(filled), 0)
    for row in entry.rows:
        if _is_blank(row):
            spare -= 1
            if spare < 0:
                _forgive(row)
    entry.value = [_row_value(row) for row in filled] or None
    if posted and count < least:
        message = ngettext("Add %(least)s row to %(name)s", "Add at least %(least)s rows to %(name)s", least)
        entry.error = message % {"least": least, "name": validators.inside(entry.label)}


def _row_count(entry: Entry, source: Source) -> int:
    text = str(source.data.get(f"{entry.name}__rows") or "0") if source.data else "0"
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return min(count, most_rows(entry.question))


def most_rows(question: Field) -> int:
    return MAX_ROWS if question.max is None else int(question.max)


def _read_row(group: Entry, source: Source, index: int, stored: Mapping[str, Any]) -> list[Entry]:
    scope = dict(group.scope) | dict.fromkeys(sub.key for sub in group.question.fields)
    row = []
    for sub in group.question.fields:
        if not journey.applies(sub, scope, source.form):
            continue
        entry = _entry(sub, f"{group.name}-{index}-{sub.key}", source, scope, row=index + 1)
        _fill(entry, source, stored.get(sub.key))
        scope[sub.key] = entry.value
        row.append(entry)
    return row


def _is_blank(row: list[Entry]) -> bool:
    return all(CONTROLS[entry.question.type].is_blank(entry.raw) for entry in row)


def _forgive(row: list[Entry]) -> None:
    for entry in row:
        entry.error, entry.is_new = "", False


def _row_value(row: list[Entry]) -> dict[str, Any]:
    return {entry.question.key: entry.value for entry in row if entry.value is not None}
