"""Data → `parts.Content`. Structure only: types, known keys, expressions that compile.

Reads what `compiled` made of a bundle, and published snapshots alike. Each top-level key is read by a
function of its own, so that validation can name a problem in every one of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from portal.accounts.models import AgencyKind, Role
from procedures.definitions import parts
from procedures.eforms import schema, soundness
from procedures.eforms.reading import Reader
from procedures.eforms.schema import SchemaError, Text

SCHEMA = 1
PAPERS_STEP = "papers"
LIFE_EVENTS = ("birth", "marriage", "home", "moving", "business", "school_work", "health", "death")
AGENCIES = (AgencyKind.COMMUNE.value, AgencyKind.POLICE.value, AgencyKind.CITY_POLICE.value)
UNITS = ("same_day", "working_hours", "working_days", "days")
FORMS = ("original", "copy", "electronic")
NUMBER = "{seq}/{year}/{symbol}"
CODE = re.compile(r"\d\.\d{6}\Z")
RESULT_TYPE = re.compile(r"KQ\.[A-Z]\d{2}\.\d{6}\Z")
CLAIM_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")

_FILE = ("key", "label", "hint", "required", "applies", "accept", "max_mb", "max_files")


def compiled(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with its papers as the last step of the form. What is misshapen stays for `load` to refuse."""
    form, papers = data.get("form"), data.get("papers")
    if not isinstance(form, Mapping) or not isinstance(form.get("steps"), list) or not _are_maps(papers):
        return dict(data)
    fields = [
        {name: paper[name] for name in _FILE if name in paper} | {"type": "file"} for paper in papers or []
    ]
    step = {"key": PAPERS_STEP, "title": {"vi": "Giấy tờ", "en": "Papers"}, "fields": fields}
    return {**data, "form": {**form, "steps": [*form["steps"], *([step] if fields else [])]}}


def load(data: Mapping[str, Any]) -> parts.Content:
    """Raises SchemaError at the first thing that is wrong."""
    reader = Reader(data, "")
    values = {name: read(reader) for name, read in READERS.items()}
    reader.done()
    return parts.Content(**{name: value for name, value in values.items() if name != "schema"})


def _are_maps(items: Any) -> bool:
    return items is None or (isinstance(items, list) and all(isinstance(item, Mapping) for item in items))


# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def _schema(reader: Reader) -> int:
    number = reader.integer("schema", 0)
    return number if number == SCHEMA else reader.fail("schema", f"must be {SCHEMA}")


def _matching(key: str, pattern: re.Pattern[str], example: str) -> Callable[[Reader], str]:
    def read(reader: Reader) -> str:
        value = reader.required(key)
        return value if pattern.match(value) else reader.fail(key, f"must look like {example}")

    return read


def _one_of(key: str, allowed: tuple[str, ...]) -> Callable[[Reader], str]:
    return lambda reader: reader.one_of(key, allowed) or reader.fail(key, "is missing")


def _needed(key: str) -> Callable[[Reader], Text]:
    return lambda reader: reader.needed_text(key)


def _list_of(
    key: str, read: Callable[[Any, str], Any], least: int = 0
) -> Callable[[Reader], tuple[Any, ...]]:
    def read_all(reader: Reader) -> tuple[Any, ...]:
        found = reader.each(key, read)
        return found if len(found) >= least else reader.fail(key, "is missing or empty")

    return read_all


def _expression(reader: Reader, key: str) -> str:
    return reader.expression(key) or reader.fail(key, "is missing")


def _text(item: Any, path: str) -> Text:
    reader = Reader(item, path)
    text = Text(reader.required("vi"), reader.string("en"))
    reader.done()
    return text


def _string(item: Any, path: str) -> str:
    if not isinstance(item, str) or not item:
        raise SchemaError(path, "must be a text that is not empty")
    return item


# ── The parts ─────────────────────────────────────────────────────────────────────────────────────


def _form(reader: Reader) -> schema.Form:
    return schema.load_form(reader.take("form") or reader.fail("form", "is missing"))


def _level_reason(reader: Reader) -> Text | None:
    reason, level = reader.text("level_reason"), reader.take("level")
    if (level == "partial") != (reason is not None):
        reader.fail(
            "level_reason" if reason else "level", "partial needs a level_reason, full has none (NĐ 224/2026)"
        )
    return reason


def _time(outer: Reader) -> parts.Time:
    reader = Reader(outer.take("time"), "time")
    unit: Any = reader.one_of("unit", UNITS) or reader.fail("unit", "is missing")
    amount = reader.integer("amount", 0)
    if not 0 <= amount <= 400 or (amount == 0) != (unit == "same_day"):
        reader.fail("amount", "must be from 1 to 400, and 0 with same_day alone")
    reader.done()
    return parts.Time(amount, unit)


def _paper(item: Any, path: str) -> parts.Paper:
    reader = Reader(item, path)
    form: Any = reader.one_of("form", FORMS, "original")
    required = reader.take("required")
    paper = parts.Paper(
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
    return paper


def _type_at(item: Any, path: str) -> str:
    if not RESULT_TYPE.match(_string(item, path)):
        raise SchemaError(path, "must look like KQ.G15.000031")
    return str(item)


def _reuse(item: Any, path: str) -> parts.Reuse:
    reader = Reader(item, path)
    reuse = parts.Reuse(
        key=reader.key(),
        type=_matching("type", RESULT_TYPE, "KQ.G15.000031")(reader),
        paper=reader.required("paper"),
        purpose=reader.needed_text("purpose"),
        condition=reader.expression("condition"),
        applies=reader.expression("applies"),
        fills=_fills(reader.take("fills"), f"{path}.fills"),
    )
    reader.done()
    return reuse


def _fills(item: Any, path: str) -> dict[str, str]:
    if not isinstance(item, Mapping) or not item:
        raise SchemaError(path, "must map at least one field to a path in the claims")
    for key, value in item.items():
        if not isinstance(value, str) or not CLAIM_PATH.match(value):
            raise SchemaError(f"{path}.{key}", "must be a path like child.full_name")
    return dict(item)


def _exemption(item: Any, path: str) -> parts.Exemption:
    reader = Reader(item, path)
    exemption = parts.Exemption(
        applies=_expression(reader, "applies"),
        percent=reader.integer("percent", 100),
        label=reader.needed_text("label"),
        basis=reader.needed_text("basis"),
    )
    reader.done()
    return exemption if 1 <= exemption.percent <= 100 else reader.fail("percent", "must be from 1 to 100")


def _fee(item: Any, path: str) -> parts.Fee:
    reader = Reader(item, path)
    kind: Any = _one_of("kind", ("phi", "le_phi"))(reader)
    fee = parts.Fee(
        key=reader.key(),
        kind=kind,
        label=reader.needed_text("label"),
        unit_amount=_expression(reader, "unit_amount"),
        quantity=reader.expression("quantity") or "1",
        applies=reader.expression("applies"),
        basis=reader.needed_text("basis"),
        exemptions=reader.each("exemptions", _exemption),
    )
    reader.done()
    return fee


def _stage(item: Any, path: str) -> parts.Stage:
    reader = Reader(item, path)
    stage = parts.Stage(
        key=reader.key(),
        title=reader.needed_text("title"),
        role=reader.one_of("role", tuple(Role.values)) or reader.fail("role", "is missing"),
        share=reader.integer("share", 0),
    )
    reader.done()
    return stage if 0 < stage.share <= 100 else reader.fail("share", "must be from 1 to 100")


def _result(outer: Reader) -> parts.Result:
    reader = Reader(outer.take("result"), "result")
    fields = reader.take("fields")
    result = parts.Result(
        type=_matching("type", RESULT_TYPE, "KQ.G15.000031")(reader),
        name=reader.needed_text("name"),
        template=_matching("template", re.compile(r"[a-z_]+\Z"), "birth_certificate")(reader),
        symbol=reader.required("symbol"),
        number=_number(reader),
        validity_months=reader.typed("validity_months", int, "a whole number"),
        fields=schema.load_fields(fields or (), "result.fields", known=_keys(outer)) if fields != [] else (),
        claims=_claims(reader.take("claims"), "result.claims"),
        subject=_expression(reader, "subject"),
    )
    reader.done()
    return result


def _number(reader: Reader) -> str:
    pattern = reader.string("number", NUMBER)
    try:
        pattern.format(seq=1, year=2026, symbol="X")
    except (KeyError, IndexError, ValueError):
        reader.fail("number", f"may hold {{seq}}, {{year}} and {{symbol}} only, like {NUMBER}")
    return pattern if "{seq" in pattern else reader.fail("number", "must hold {seq}")


def _keys(outer: Reader) -> frozenset[str]:
    """Keys of the form's fields, which the officer's fields may refer to."""
    return frozenset(field.key for field in schema.load_form(outer.take("form")).fields())


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
    return _expression(Reader({name: value}, leaf), name)


READERS: Mapping[str, Callable[[Reader], Any]] = {
    "schema": _schema,
    "code": _matching("code", CODE, '"1.001193", in quotes'),
    "name": _needed("name"),
    "field": _needed("field"),
    "life_event": _one_of("life_event", LIFE_EVENTS),
    "summary": _needed("summary"),
    "keywords": _list_of("keywords", _string),
    "agency": _one_of("agency", AGENCIES),
    "level_reason": _level_reason,
    "level": _one_of("level", ("full", "partial")),
    "legal": _list_of("legal", _text, least=1),
    "who": _needed("who"),
    "requirements": _list_of("requirements", _text),
    "time": _time,
    "declaration": _needed("declaration"),
    "subject": lambda reader: _expression(reader, "subject"),
    "form": _form,
    "papers": _list_of("papers", _paper),
    "reuse": _list_of("reuse", _reuse),
    "fees": _list_of("fees", _fee),
    "stages": _list_of("stages", _stage, least=1),
    "result": _result,
}
