"""A draft made runnable as far as it goes, for trying it out: its form, its fees, or what is in the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from procedures.definitions import code_lists, loading, parts, reasons, runtime
from procedures.eforms import expressions, questions, values
from procedures.eforms.reading import Reader
from procedures.eforms.schema import SchemaError
from procedures.studio import places

# A made-up person, as the account would tell about a citizen.
APPLICANT: Mapping[str, str] = {
    "full_name": "Nguyễn Thị Mẫu",
    "personal_id": "001192000001",
    "date_of_birth": "1992-03-14",
    "sex": "female",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "commune": "00070",
    "address": "Số 7 ngõ Mẫu",
    "phone": "0900000001",
    "email": "nguoi.mau@vidu.example",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """`definition` None: it cannot be shown at all. `problem` at `place` says why, or why it has no fees."""

    definition: runtime.Definition | None
    problem: str = ""
    place: str = ""


def of(definition: Mapping[str, Any]) -> Trial:
    """The form and the fees of a draft, made runnable. Never raises, whatever the draft holds."""
    data = loading.compiled(definition, code_lists.of(definition))
    try:
        form = loading.READERS["form"](Reader(data, ""))
    except SchemaError as error:
        return _refused(definition, error, None)
    try:
        return Trial(_runnable(form, loading.READERS["fees"](Reader(data, ""))))
    except SchemaError as error:
        return _refused(definition, error, _runnable(form, ()))


def _runnable(form: questions.Form, fees: tuple[parts.Fee, ...]) -> runtime.Definition:
    """Only what walking and counting look at; the rest of a draft may not be there yet."""
    known = {item.name: None for item in dataclasses.fields(parts.Content)}
    whole: dict[str, Any] = known | {"code": "", "form": form, "fees": fees}
    return runtime.Definition(**whole)


def _refused(definition: Mapping[str, Any], error: SchemaError, made: runtime.Definition | None) -> Trial:
    return Trial(made, reasons.in_words(error.reason), _place(definition, error.path))


def _place(definition: Mapping[str, Any], path: str) -> str:
    """A path in the step that the papers become is one among the papers."""
    steps = places.items(definition, "form.steps")
    inside = f"form.steps[{len(steps)}].fields"
    return places.of_path(definition, path.replace(inside, "papers", 1) if path.startswith(inside) else path)


def context(today: date) -> dict[str, Any]:
    return {"today": today.isoformat(), "channel": "online", "applicant": dict(APPLICANT)}


def prefilled(definition: runtime.Definition) -> tuple[dict[str, Any], frozenset[str]]:
    """What the made-up person's account gives, by key; and which of that is locked."""
    found = {field.key: _of_account(field, definition.form) for field in definition.form.fields()}
    answers = {key: value for key, value in found.items() if value is not None}
    return answers, frozenset(key for key in answers if definition.form.field(key).lock)


def _of_account(field: questions.Field, form: questions.Form) -> Any:
    for source in field.prefill:
        if source.source == "account":
            value = expressions.evaluate(source.value, {"applicant": APPLICANT})
            if value not in (None, "") and values.fits(field, value, {}, form):
                return value
    return None
