"""From what was typed to an answer, and back: one stateless control per field type.

`read` takes the raw value out of a POST, `show` makes it from an answer, `clean` turns it into an
answer: None when nothing was given, ValidationError with one sentence when it cannot be taken.
Nothing here is kept between requests; everything that varies is on the entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from procedures.eforms import validators
from procedures.eforms.choosing import Choice, Choices, Commune, YesNo
from procedures.eforms.entries import Entry, StoredFile
from procedures.eforms.lines import Control, Data, Number, Parsed, ThreeBoxes
from procedures.eforms.questions import FieldType


class Files(Control):
    """Uploads go to the store at once; raw is the list of files kept so far."""

    names = ("__kept",)

    def read(self, data: Data, files: Data, name: str) -> tuple[list[str], list[Any]]:
        return [str(item) for item in data.getlist(f"{name}__kept")][:100], files.getlist(name)

    def show(self, value: Any, entry: Entry) -> list[StoredFile]:
        return entry.uploads.get(list(value)) if value else []

    def is_blank(self, raw: Any) -> bool:
        return not any(raw)

    def clean(self, entry: Entry) -> list[str]:
        """Whatever happens, `entry.raw` ends as the files that are kept."""
        ids, uploads = entry.raw
        entry.raw = entry.uploads.get(ids[: entry.question.max_files]) if ids else []
        error: ValidationError | None = None
        for upload in uploads:
            try:
                self._take(entry, upload)
            except ValidationError as refused:
                error = error or refused
        if error:
            raise error
        return [file.id for file in entry.raw]

    def _take(self, entry: Entry, upload: Any) -> None:
        if len(entry.raw) >= entry.question.max_files:
            message = _("%(label)s can have at most %(limit)s files; “%(file)s” was not taken")
            raise validators.wrong(message, entry.label, limit=entry.question.max_files, file=upload.name)
        entry.raw.append(entry.uploads.put(entry.question, upload))

    def absent(self, entry: Entry) -> str:
        return _("Attach %(name)s") % {"name": validators.inside(entry.label)}


CONTROLS: Mapping[FieldType, Control] = {
    FieldType.TEXT: Control(),
    FieldType.LONG_TEXT: Control(),
    FieldType.INTEGER: Number(validators.integer),
    FieldType.MONEY: Number(validators.money),
    FieldType.DATE: ThreeBoxes(),
    FieldType.TIME: Parsed(validators.time),
    FieldType.CHOICE: Choice(),
    FieldType.CHOICES: Choices(),
    FieldType.YES_NO: YesNo(),
    FieldType.PERSONAL_ID: Parsed(validators.personal_id),
    FieldType.PHONE: Parsed(validators.phone),
    FieldType.EMAIL: Parsed(validators.email),
    FieldType.TAX_CODE: Parsed(validators.tax_code),
    FieldType.COMMUNE: Commune(),
    FieldType.FILE: Files(),
}
