"""Made-up values for a definition's paper: usual ones, long ones, and none where nothing has to be given.

They come out of the definition itself: its first sample dossier with what the officers filled in, computed as
a real one would be, and whatever that leaves open by the type of the question behind it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone

from portal.documents import render
from procedures.definitions import code_lists, facts, loading, parts
from procedures.definitions.runtime import Definition
from procedures.eforms.questions import Field, FieldType
from procedures.eforms.reading import Reader
from procedures.eforms.schema import Form, SchemaError


class Sample(StrEnum):
    SHORT = "short"
    LONG = "long"
    EMPTY = "empty"


ROWS = 4  # of a list, when it is long
CODE = "7K4M218CQXZ3"
URL = "https://motcua.vidu.example/giay-to/kiem-tra/7K4M218CQXZ3/"
LONG = "của gia đình có tên rất dài ở một nơi rất xa, Kroong Ƀlă Ksơr Y Nghuyễn-Hoàng"
NAME = "Công Tằng Tôn Nữ Thị Phương Hoàng Nguyễn Kroong Ksơr Thanh Nghuyễn"
ADDRESS = (
    "Số 1234 đường Huyền Trân Công Chúa nối dài, tổ dân phố số 17, khu đô thị mới Phước Nguyên Hưng, "
    "phường Phan Rang - Tháp Chàm, tỉnh Khánh Hòa"
)
OF_TYPE: Mapping[str, Any] = {
    FieldType.INTEGER: 2,
    FieldType.MONEY: 16_000,
    FieldType.DATE: "1996-03-14",
    FieldType.TIME: "08:30",
    FieldType.YES_NO: True,
    FieldType.PERSONAL_ID: "001192000001",
    FieldType.PHONE: "0900000001",
    FieldType.EMAIL: "nguoi.mau@vidu.example",
    FieldType.TAX_CODE: "0100000008",
    FieldType.COMMUNE: "00070",
}
REPLACED = {"replaces_number": "12344/2026/MAU", "replaces_on": date(2026, 3, 14)}
# As what the agency of a definition is called; long: a name that needs three lines.
AGENCIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "commune": {
        "short": ("UBND phường Mẫu", "UBND thành phố Mẫu"),
        "long": ("UBND phường Phan Rang - Tháp Chàm mở rộng về phía biển Ninh Chử", "UBND tỉnh Khánh Hòa"),
    },
    "commune_police": {
        "short": ("Công an phường Mẫu", "Công an thành phố Mẫu"),
        "long": ("Công an phường Phan Rang - Tháp Chàm mở rộng về phía biển", "Công an tỉnh Khánh Hòa"),
    },
    "city_police": {
        "short": ("Công an thành phố Mẫu", "Bộ Công an"),
        "long": ("Công an tỉnh Khánh Hòa, Phòng Hồ sơ nghiệp vụ và lý lịch tư pháp", "Bộ Công an"),
    },
}


def context(definition: Definition, sample: Sample) -> dict[str, Any]:
    """What the paper is printed with, as `printing.pdf` takes it."""
    held = claims(definition, sample)
    is_long, today = sample == Sample.LONG, timezone.localdate()
    applicant = NAME if is_long else "Nguyễn Thị Mẫu"
    until = today + timedelta(days=30 * (definition.result.validity_months or 0))
    return {
        "claims": held,
        "facts": facts.of(definition, held),
        "result": {
            "type": definition.result.type,
            "name": definition.result.name.vi,
            "number": definition.result.number.format(
                seq=12_345 if is_long else 45, year=today.year, symbol=definition.result.symbol
            ),
            "symbol": definition.result.symbol,
            "issued_on": today,
            "valid_until": until if definition.result.validity_months else None,
            **({"replaces_name": definition.result.name.vi, **REPLACED} if is_long else {}),
        },
        "dossier": {"code": "H99.12-261109-0058", "person": {"full_name": applicant}},
        "agency": _agency(definition, is_long=is_long),
        "signer": _signer(definition, is_long=is_long),
        "check_url": URL,
        "check_code": CODE,
        "qr": render.qr(URL),
        "is_draft": True,
    }


def claims(definition: Definition, sample: Sample) -> dict[str, Any]:
    """The data inside the paper, as long or as short as it gets."""
    return _filled(definition.result.claims, _usual(definition), sample, _Fields(definition))


def of_draft(draft: Mapping[str, Any]) -> Definition:
    """As much of a draft as its paper needs, however unfinished the rest is. Raises SchemaError."""
    data = loading.compiled(draft, code_lists.of(draft))
    known: dict[str, Any] = {item.name: None for item in dataclasses.fields(parts.Content)}
    read = {name: loading.READERS[name](Reader(data, "")) for name in ("form", "result", "agency")}
    try:
        cases = loading.READERS["cases"](Reader(data, ""))
    except SchemaError:
        cases = ()
    return Definition(**{**known, **read, "cases": cases})


def _usual(definition: Definition) -> dict[str, Any]:
    """The claims of the first sample dossier in which the officers filled something in; {} without one."""
    found = sorted(definition.cases, key=lambda case: not case.outcome)
    for case in found[:1]:
        day = case.today or timezone.localdate().isoformat()
        given = {"today": day, "channel": case.channel, "applicant": case.applicant or {}}
        return definition.claims(case.answers, case.outcome or {}, given)
    return {}


class _Fields:
    """The question behind a claim, where there is one."""

    def __init__(self, definition: Definition) -> None:
        form: Form = definition.form
        self.by_key = {field.key: field for field in (*form.fields(), *definition.result.fields)}

    def of(self, expression: str) -> tuple[Field | None, bool]:
        """(question, whether the claim holds the words of its answer)."""
        text = expression.strip()
        told = facts.LABEL.match(text)
        return self.by_key.get(told[1] if told else text), bool(told)


def _filled(told: Mapping[str, Any], held: Any, sample: Sample, fields: _Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, expression in told.items():
        value = held.get(key) if isinstance(held, Mapping) else None
        if isinstance(expression, Mapping):
            found[key] = _filled(expression, value, sample, fields)
        else:
            field, is_words = fields.of(expression)
            found[key] = _value(key, value, field, is_words=is_words, sample=sample)
    return found


def _value(key: str, value: Any, field: Field | None, *, is_words: bool, sample: Sample) -> Any:
    if sample == Sample.EMPTY and field is not None and (field.required is not True or field.applies):
        return [] if field.fields else None
    if value in (None, "", []):
        value = _made(key, field, is_words=is_words)
    if sample != Sample.LONG:
        return value
    if isinstance(value, list):
        rows = (value * ROWS)[: min(ROWS, int(field.max or ROWS))] if field else value
        return [_long_row(row, field) for row in rows]
    return _longer(key, value, field, is_words=is_words)


def _made(key: str, field: Field | None, *, is_words: bool) -> Any:
    if field is None:
        return "Nguyễn Thị Mẫu" if "name" in key else "1996-03-14" if "date" in key else "Mẫu"
    if field.fields:
        return [{sub.key: _made(sub.key, sub, is_words=False) for sub in field.fields}]
    if field.choices:
        return field.choices[0].label.vi if is_words else field.choices[0].value
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        return "Nguyễn Thị Mẫu" if "name" in f"{key} {field.key}" else "Nội dung mẫu"
    return OF_TYPE.get(field.type, "Mẫu")


def _long_row(row: Any, field: Field | None) -> Any:
    subs = {sub.key: sub for sub in field.fields} if field else {}
    if not isinstance(row, Mapping):
        return row
    return {
        key: _longer(key, value, sub, is_words=False) if (sub := subs.get(key)) else value
        for key, value in row.items()
    }


def _longer(key: str, value: Any, field: Field | None, *, is_words: bool) -> Any:
    """`value` as long as its question lets it be; codes, numbers and dates stay."""
    if not isinstance(value, str) or _is_date(value):
        return value
    if field is not None and not is_words and field.type not in (FieldType.TEXT, FieldType.LONG_TEXT):
        return value
    if field is None and " " not in value.strip():
        return value  # computed: a code, not words
    if is_words and field is not None and field.choices:
        return max((option.label.vi for option in field.choices), key=len)
    if "name" in key:
        text = NAME
    elif any(word in key for word in ("residence", "address", "place", "origin")):
        text = ADDRESS
    else:
        text = f"{value} {LONG}"
    return text[: min(160, field.max_length or 160) if field and not is_words else 160].strip()


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text[:10]))
    except ValueError:
        return False


def _agency(definition: Definition, *, is_long: bool) -> dict[str, str]:
    kinds = AGENCIES.get(definition.agency) or AGENCIES["commune"]
    name, superior = kinds["long" if is_long else "short"]
    return {"name": name, "superior_name": superior, "place_name": "Khánh Hòa" if is_long else "Mẫu"}


def _signer(definition: Definition, *, is_long: bool) -> dict[str, str]:
    body = definition.agency not in ("commune_police", "city_police")
    if is_long:
        position = "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH" if body else "KT. TRƯỞNG CÔNG AN\nPHÓ TRƯỞNG CÔNG AN"
        return {"name": NAME, "position": position, "authority": "TM. ỦY BAN NHÂN DÂN" if body else ""}
    position = "CHỦ TỊCH" if body else "TRƯỞNG CÔNG AN"
    return {
        "name": "Hoàng Minh Mẫu",
        "position": position,
        "authority": "TM. ỦY BAN NHÂN DÂN" if body else "",
    }
