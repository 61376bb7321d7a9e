"""A draft made runnable as far as it goes, for trying it out: its form, its fees, or what is in the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from procedures.definitions import loading, parts, runtime
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
    """`form` None: it cannot be shown at all. `definition` None: nor can its fees. `problem` at `place` says why."""

    form: questions.Form | None
    definition: runtime.Definition | None = None
    problem: str = ""
    place: str = ""


def of(definition: Mapping[str, Any]) -> Trial:
    """Never raises, whatever the draft holds."""
    data = loading.compiled(definition)
    try:
        form = loading.READERS["form"](Reader(data, ""))
    except SchemaError as error:
        return Trial(None, problem=error.reason, place=_place(definition, error.path))
    try:
        fees = loading.READERS["fees"](Reader(data, ""))
    except SchemaError as error:
        return Trial(form, problem=error.reason, place=_place(definition, error.path))
    known = {item.name: None for item in dataclasses.fields(parts.Content)}
    whole: dict[str, Any] = known | {"code": "", "form": form, "fees": fees}
    return Trial(form, runtime.Definition(**whole))


def _place(definition: Mapping[str, Any], path: str) -> str:
    """A path in the step that the papers become is one among the papers."""
    steps = places.items(definition, "form.steps")
    inside = f"form.steps[{len(steps)}].fields"
    return places.of_path(definition, path.replace(inside, "papers", 1) if path.startswith(inside) else path)


def context(today: date) -> dict[str, Any]:
    return {"today": today.isoformat(), "channel": "online", "applicant": dict(APPLICANT)}


def prefilled(form: questions.Form, known: Mapping[str, Any]) -> dict[str, Any]:
    """What the made-up person's account gives, by key."""
    found = {}
    for field in form.fields():
        expression = account_source(field)
        value = expressions.evaluate(expression, known) if expression else None
        if value is not None and values.fits(field, value, dict(known), form):
            found[field.key] = value
    return found


def locked(form: questions.Form, known: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(key for key in prefilled(form, known) if form.field(key).lock)


def account_source(field: questions.Field) -> str:
    """The expression by which the account fills the field in; "" when it does not."""
    return field.prefill or ""
