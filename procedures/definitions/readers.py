"""Mappings → what a definition says of its papers, of reuse and of its result; and the small things in them.

`process` reads how it is carried out. Structure only: types, known keys, expressions that compile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from procedures.definitions import parts
from procedures.eforms import lists as eforms_lists
from procedures.eforms import schema, soundness
from procedures.eforms.lists import CodeList
from procedures.eforms.reading import Reader
from procedures.eforms.schema import CLAIM as CLAIM_PATH
from procedures.eforms.schema import Option, SchemaError, Text

UNITS = ("same_day", "working_hours", "working_days", "days")
SHOWS = ("value", "reached")
FORMS = ("original", "copy", "electronic")
NUMBER = "{seq}/{year}/{symbol}"
MAX_AGE_DAYS = 36_500
SIZES, ORIENTATIONS = ("A4", "A5"), ("portrait", "landscape")
MAX_SHEET = 40_000  # characters of a paper's own text, of its English and of its style
RESULT_TYPE = re.compile(r"KQ\.[A-Z]\d{2}\.\d{6}\Z")

# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def matching(key: str, pattern: re.Pattern[str], example: str) -> Callable[[Reader], str]:
    def read(reader: Reader) -> str:
        value = reader.required(key)
        return value if pattern.match(value) else reader.fail(key, f"must look like {example}")

    return read


def one_of(key: str, allowed: tuple[str, ...]) -> Callable[[Reader], str]:
    return lambda reader: reader.one_of(key, allowed) or reader.fail(key, "is missing")


def needed(key: str) -> Callable[[Reader], Text]:
    return lambda reader: reader.needed_text(key)


def list_of(key: str, read: Callable[[Any, str], Any], least: int = 0) -> Callable[[Reader], tuple[Any, ...]]:
    def read_all(reader: Reader) -> tuple[Any, ...]:
        found = reader.each(key, read)
        return found if len(found) >= least else reader.fail(key, "is missing or empty")

    return read_all


def expression(reader: Reader, key: str) -> str:
    return reader.expression(key) or reader.fail(key, "is missing")


def text(item: Any, path: str) -> Text:
    reader = Reader(item, path)
    found = Text(reader.required("vi"), reader.string("en"))
    reader.done()
    return found


def string(item: Any, path: str) -> str:
    if not isinstance(item, str) or not item:
        raise SchemaError(path, "must be a text that is not empty")
    return item


# ── Code lists ────────────────────────────────────────────────────────────────────────────────────


def lists(outer: Reader) -> dict[str, list[dict[str, str]]] | None:
    """The options frozen into a snapshot: list → [{"value", "vi", "en"}]."""
    given = outer.typed("lists", dict, "a mapping")
    if given is None:
        return None
    inner = Reader(given, "lists")
    return {key: list(inner.each(key, _frozen)) for key in given}


def _frozen(item: Any, path: str) -> dict[str, str]:
    reader = Reader(item, path)
    found = {"value": reader.required("value"), "vi": reader.required("vi"), "en": reader.string("en")}
    reader.done()
    return found


def code_lists(outer: Reader) -> dict[str, CodeList]:
    """The lists of a snapshot as the form takes them."""
    return {
        key: eforms_lists.code_list(
            key, tuple(Option(row["value"], Text(row["vi"], row["en"])) for row in rows)
        )
        for key, rows in (lists(outer) or {}).items()
    }


def form(outer: Reader) -> schema.Form:
    given = outer.take("form") or outer.fail("form", "is missing")
    return schema.load_form(given, code_lists=code_lists(outer))


# ── The parts ─────────────────────────────────────────────────────────────────────────────────────


def level_reason(reader: Reader) -> Text | None:
    reason, level = reader.text("level_reason"), reader.take("level")
    if (level == "partial") != (reason is not None):
        reader.fail(
            "level_reason" if reason else "level", "partial needs a level_reason, full has none (NĐ 224/2026)"
        )
    return reason


def time(outer: Reader) -> parts.Time:
    reader = Reader(outer.take("time"), "time")
    unit: Any = reader.one_of("unit", UNITS) or reader.fail("unit", "is missing")
    amount = reader.integer("amount", 0)
    if not 0 <= amount <= 400 or (amount == 0) != (unit == "same_day"):
        reader.fail("amount", "must be from 1 to 400, and 0 with same_day alone")
    reader.done()
    return parts.Time(amount, unit)


def paper(item: Any, path: str) -> parts.Paper:
    reader = Reader(item, path)
    form: Any = reader.one_of("form", FORMS, "original")
    required = reader.take("required")
    found = parts.Paper(
        key=reader.key(),
        label=reader.needed_text("label"),
        hint=reader.text("hint"),
        form=form,
        required=reader.expression("required") or True
        if isinstance(required, str)
        else required is not False,
        applies=reader.expression("applies"),
        accept=reader.strings("accept") or soundness.FORMATS,
        max_mb=reader.integer("max_mb", 10),
        max_files=reader.integer("max_files", 1),
        accepts=reader.each("accepts", _type_at),
    )
    reader.done()
    return found


def _type_at(item: Any, path: str) -> str:
    if not RESULT_TYPE.match(string(item, path)):
        raise SchemaError(path, "must look like KQ.G15.000031")
    return str(item)


def reuse(item: Any, path: str) -> parts.Reuse:
    reader = Reader(item, path)
    found = parts.Reuse(
        key=reader.key(),
        type=matching("type", RESULT_TYPE, "KQ.G15.000031")(reader),
        paper=reader.required("paper"),
        purpose=reader.needed_text("purpose"),
        condition=reader.expression("condition"),
        applies=reader.expression("applies"),
        fills=_fills(reader.take("fills"), f"{path}.fills"),
        about=_about(reader),
        max_age_days=reader.typed("max_age_days", int, "a whole number"),
    )
    if found.max_age_days is not None and not 0 < found.max_age_days <= MAX_AGE_DAYS:
        raise SchemaError(f"{path}.max_age_days", f"must be between 1 and {MAX_AGE_DAYS}")
    reader.done()
    return found


def _about(reader: Reader) -> str | None:
    path = reader.string("about")
    if path and not CLAIM_PATH.match(path):
        reader.fail("about", "must be a path like child.personal_id")
    return path or None


def _fills(item: Any, path: str) -> dict[str, str]:
    if not isinstance(item, Mapping) or not item:
        raise SchemaError(path, "must map at least one field to a path in the claims")
    for key, value in item.items():
        if not isinstance(value, str) or not CLAIM_PATH.match(value):
            raise SchemaError(f"{path}.{key}", "must be a path like child.full_name")
    return dict(item)


def result(outer: Reader) -> parts.Result:
    reader = Reader(outer.take("result"), "result")
    fields = reader.take("fields")
    found = parts.Result(
        type=matching("type", RESULT_TYPE, "KQ.G15.000031")(reader),
        name=reader.needed_text("name"),
        template=matching("template", re.compile(r"[a-z_]+\Z"), "birth_certificate")(reader),
        symbol=reader.required("symbol"),
        number=_number(reader),
        validity_months=reader.typed("validity_months", int, "a whole number"),
        fields=schema.load_fields(
            fields or (), "result.fields", known=_keys(outer), code_lists=code_lists(outer)
        ),
        claims=_claims(reader.take("claims"), "result.claims"),
        subject=expression(reader, "subject"),
        layout=_layout(reader),
        copies=reader.string("copies") or None,
        statements=reader.each("statements", statement),
    )
    reader.done()
    return found


def statement(item: Any, path: str) -> parts.Statement:
    reader = Reader(item, path)
    shows: Any = reader.one_of("shows", SHOWS, "value")
    found = parts.Statement(
        key=reader.key(),
        label=reader.needed_text("label"),
        expression=expression(reader, "expression"),
        shows=shows,
    )
    reader.done()
    return found


def _layout(outer: Reader) -> parts.Layout | None:
    if not outer.has("layout"):
        return None
    reader = Reader(outer.take("layout"), outer.at("layout"))
    size: Any = reader.one_of("size", SIZES, "A4")
    orientation: Any = reader.one_of("orientation", ORIENTATIONS, "portrait")
    texts = {name: _sheet(reader, name) for name in ("html", "english", "css")}
    reader.done()
    return parts.Layout(size, orientation, **texts)


def _sheet(reader: Reader, key: str) -> str:
    found = reader.typed(key, str, "text") or ""
    if len(found) > MAX_SHEET:
        reader.fail(key, f"has {len(found)} characters, at most {MAX_SHEET} are allowed")
    return found


def _number(reader: Reader) -> str:
    pattern = reader.string("number", NUMBER)
    try:
        pattern.format(seq=1, year=2026, symbol="X")
    except (KeyError, IndexError, ValueError):
        reader.fail("number", f"may hold {{seq}}, {{year}} and {{symbol}} only, like {NUMBER}")
    return pattern if "{seq" in pattern else reader.fail("number", "must hold {seq}")


def _keys(outer: Reader) -> frozenset[str]:
    """Keys of the form's fields, which the officer's fields may refer to."""
    return frozenset(field.key for field in form(outer).fields())


def _claims(item: Any, path: str) -> dict[str, Any]:
    if not isinstance(item, Mapping) or not item:
        raise SchemaError(path, "must be a mapping with at least one entry")
    return {key: _claim(key, value, f"{path}.{key}") for key, value in item.items()}


def _claim(key: Any, value: Any, path: str) -> Any:
    if not CLAIM_PATH.match(str(key)) or "." in str(key):
        raise SchemaError(path, "has a name that is not lower-case letters, digits and _")
    if isinstance(value, Mapping):
        return _claims(value, path)
    leaf, _dot, name = path.rpartition(".")
    return expression(Reader({name: value}, leaf), name)
