"""Reading and writing a form: the YAML/JSON of a definition ↔ the values in `questions`.

`load_form` refuses what it does not know (SchemaError, with the path) and everything that could fail
later, so that what loads can run. A condition may look only at what was asked before it: one pass in
order then decides what applies, there are no circles, and deciding twice gives the same.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from procedures.eforms import budget, expressions, lists, soundness, tokens
from procedures.eforms.lists import CodeList
from procedures.eforms.questions import (
    REGISTRIES,
    SOURCES,
    Check,
    Field,
    FieldType,
    Form,
    Level,
    Pattern,
    Personal,
    Prefill,
    Step,
)
from procedures.eforms.reading import Reader, SchemaError
from procedures.eforms.texts import Option, Text

__all__ = [
    "Check",
    "Field",
    "FieldType",
    "Form",
    "Level",
    "Option",
    "Pattern",
    "Personal",
    "Prefill",
    "SchemaError",
    "Step",
    "Text",
    "dump",
    "load_fields",
    "load_form",
]

ATTRIBUTES: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("max_length", "pattern"),
    FieldType.LONG_TEXT: ("max_length",),
    FieldType.INTEGER: ("min", "max"),
    FieldType.MONEY: ("min", "max"),
    FieldType.DATE: ("min", "max"),
    FieldType.CHOICE: ("widget", "options", "list"),
    FieldType.CHOICES: ("options", "list"),
    FieldType.PERSONAL_ID: ("personal",),
    FieldType.FILE: ("accept", "max_mb", "max_files"),
    FieldType.GROUP: ("fields", "min", "max"),
}
CLAIM = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
ORIGIN = re.compile(r"[a-z0-9_-]{1,60}@[1-9]\d{0,5}\Z")
_OWN = frozenset(name for names in ATTRIBUTES.values() for name in names)


Lists = Mapping[str, CodeList]
NO_LISTS: Lists = {}


def load_form(data: Mapping[str, Any], path: str = "form", *, code_lists: Lists = NO_LISTS) -> Form:
    """The form that `data` describes, everything checked. Raises SchemaError.

    `code_lists`: what its `list:` names stand for, before the lists that are built in.
    """
    reader = Reader(data, path)
    form = Form(_with_lists(reader.each("steps", _step), path, code_lists))
    reader.done()
    if not form.steps:
        reader.fail("steps", "has no steps")
    soundness.refuse_doubles(((step.key, f"{path}.steps[{i}]") for i, step in enumerate(form.steps)))
    soundness.refuse_doubles(soundness.keys_with_paths(form, path), soundness.CONTEXT)
    soundness.check_names(form, path)
    return form


def load_fields(
    items: Sequence[Any],
    path: str = "fields",
    known: Collection[str] = (),
    *,
    code_lists: Lists = NO_LISTS,
) -> tuple[Field, ...]:
    """Fields outside a form (what an officer fills in). `known`: more names that they may refer to."""
    fields = Reader({"fields": items}, path.rpartition(".")[0]).each("fields", _field)
    fields = tuple(_with_list(field, f"{path}[{i}]", code_lists) for i, field in enumerate(fields))
    keys = ((field.key, f"{path}[{index}]") for index, field in enumerate(fields))
    soundness.refuse_doubles(keys, soundness.CONTEXT | set(known))
    seen = soundness.CONTEXT | set(known)
    for index, field in enumerate(fields):
        soundness.check_field(field, f"{path}[{index}]", seen, seen | {field.key for field in fields})
        seen = seen | {field.key}
    return fields


def dump(value: object) -> Any:
    """JSON-ready maps and lists of a form or any part of it, defaults left out; load_form reads it again."""
    if dataclasses.is_dataclass(value):
        return {item.metadata.get("name", item.name): dump(given) for item, given in _given(value)}
    if isinstance(value, tuple):
        return [dump(item) for item in value]
    return str(value) if isinstance(value, FieldType | Level) else value


def _given(value: Any) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    for item in dataclasses.fields(value):
        given = getattr(value, item.name)
        # Where nothing said means something else than none said, an empty list is told.
        is_nothing = given in (None, "") or (given == () and item.default is not None)
        is_default = given == item.default and type(given) is type(item.default)
        if item.init and item.metadata.get("name", item.name) and not (is_nothing or is_default):
            yield item, given


# ── Steps and fields ──────────────────────────────────────────────────────────────────────────────


def _step(data: Any, path: str) -> Step:
    reader = Reader(data, path)
    step = Step(
        key=reader.key(),
        title=reader.needed_text("title"),
        intro=reader.text("intro"),
        applies=reader.expression("applies"),
        fields=reader.each("fields", _field),
        checks=reader.each("checks", _check),
    )
    reader.done()
    return step if step.fields else reader.fail("fields", "has no fields")


def _with_lists(steps: tuple[Step, ...], path: str, code_lists: Lists) -> tuple[Step, ...]:
    return tuple(
        dataclasses.replace(
            step,
            fields=tuple(
                _with_list(field, f"{path}.steps[{i}].fields[{j}]", code_lists)
                for j, field in enumerate(step.fields)
            ),
        )
        for i, step in enumerate(steps)
    )


def _with_list(field: Field, path: str, code_lists: Lists) -> Field:
    """`field`, and the questions of its rows, with the code list that each names. Raises SchemaError."""
    rows = tuple(_with_list(sub, f"{path}.fields[{k}]", code_lists) for k, sub in enumerate(field.fields))
    if field.list and field.list not in code_lists and field.list not in lists.NAMES:
        known = ", ".join(sorted({*lists.NAMES, *code_lists}))
        raise SchemaError(f"{path}.list", f"is “{field.list}”, must be one of: {known}")
    return dataclasses.replace(field, fields=rows, listed=code_lists.get(field.list))


def _field(data: Any, path: str) -> Field:
    reader = Reader(data, path)
    kind = FieldType(reader.one_of("type", tuple(FieldType)) or reader.fail("type", "is missing"))
    key = reader.key()
    own = {name: _READ[name](reader, kind) for name in ATTRIBUTES.get(kind, ())}
    for name in _OWN - own.keys():
        if reader.has(name):
            reader.fail(name, f"does not belong to a field of type {kind}")
        reader.take(name)
    field = Field(
        key=key,
        type=kind,
        label=reader.needed_text("label"),
        hint=reader.text("hint"),
        required=_required(reader),
        applies=reader.expression("applies"),
        compute=reader.expression("compute"),
        prefill=reader.each("prefill", _prefill),
        lock=reader.flag("lock", default=False),
        origin=_origin(reader),
        purpose=reader.text("purpose"),
        checks=tuple(dataclasses.replace(check, field=key) for check in reader.each("checks", _check)),
        **own,
    )
    reader.done()
    soundness.check_shape(field, reader)
    return field


def _prefill(data: Any, path: str) -> Prefill:
    reader = Reader(data, path)
    source = reader.one_of("from", SOURCES) or reader.fail("from", "is missing")
    wanted = {"account": ("value",), "registry": ("registry", "claim")}.get(source, ())
    found = Prefill(
        source=source,
        value=reader.expression("value") or "",
        registry=reader.one_of("registry", REGISTRIES),
        claim=reader.string("claim"),
        applies=reader.expression("applies"),
    )
    reader.done()
    for name in ("value", "registry", "claim"):
        if bool(getattr(found, name)) != (name in wanted):
            reader.fail(name, "is missing" if name in wanted else f"does not belong to the source {source}")
    if found.claim and not CLAIM.match(found.claim):
        reader.fail("claim", "must be a path like address.commune")
    return found


def _origin(reader: Reader) -> str:
    origin = reader.string("origin")
    return origin if not origin or ORIGIN.match(origin) else reader.fail("origin", "must look like person@1")


def _required(reader: Reader) -> bool | str:
    value = reader.take("required")
    if isinstance(value, str):
        return reader.expression("required") or True
    return reader.flag("required", default=True)


def _check(data: Any, path: str) -> Check:
    reader = Reader(data, path)
    check = Check(
        expression=reader.expression("expression") or reader.fail("expression", "is missing"),
        message=reader.needed_text("message"),
        level=Level(reader.one_of("level", tuple(Level), Level.ERROR)),
        field=reader.string("field"),
    )
    reader.done()
    return check


def _option(data: Any, path: str) -> Option:
    reader = Reader(data, path)
    option = Option(
        value=reader.required("value"),
        label=reader.needed_text("label"),
        hint=reader.text("hint"),
        applies=reader.expression("applies"),
    )
    reader.done()
    return option


def _pattern(reader: Reader, _kind: FieldType) -> Pattern | None:
    if not reader.has("pattern"):
        return None
    inner = Reader(reader.take("pattern"), reader.at("pattern"))
    pattern = Pattern(inner.required("regex"), inner.needed_text("message"))
    inner.done()
    if tokens.pattern_weight(pattern.regex) > budget.MOST:
        inner.fail("regex", "repeats repetitions so often that it takes too long to make")
    if expressions.matches("", pattern.regex) is None:
        inner.fail("regex", "is not a regular expression (RE2 syntax, no look-around)")
    return pattern


def _personal(reader: Reader, _kind: FieldType) -> Personal | None:
    if not reader.has("personal"):
        return None
    inner = Reader(reader.take("personal"), reader.at("personal"))
    personal = Personal(inner.string("sex"), inner.string("date_of_birth"))
    inner.done()
    return personal


def _bound(name: str) -> Callable[[Reader, FieldType], int | str | None]:
    def read(reader: Reader, kind: FieldType) -> int | str | None:
        if kind == FieldType.DATE:
            return reader.expression(name)
        return reader.typed(name, int, "a whole number")

    return read


_READ: Mapping[str, Callable[[Reader, FieldType], Any]] = {
    "max_length": lambda reader, kind: reader.integer(
        "max_length", 2000 if kind == FieldType.LONG_TEXT else 200
    ),
    "pattern": _pattern,
    "min": _bound("min"),
    "max": _bound("max"),
    "widget": lambda reader, _kind: reader.one_of("widget", ("radio", "select", "search")),
    "options": lambda reader, _kind: reader.each("options", _option),
    "list": lambda reader, _kind: reader.string("list"),
    "personal": _personal,
    "fields": lambda reader, _kind: reader.each("fields", _field),
    "accept": lambda reader, _kind: reader.strings("accept") or soundness.FORMATS,
    "max_mb": lambda reader, _kind: reader.integer("max_mb", 10),
    "max_files": lambda reader, _kind: reader.integer("max_files", 1),
}
