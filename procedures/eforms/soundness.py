"""What must be true of a field as a whole, and of a form as a whole, before it may be used.

Raises SchemaError with the path of what is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from procedures.eforms import expressions
from procedures.eforms.questions import Field, FieldType, Form
from procedures.eforms.reading import Reader, SchemaError

# What an expression may look at besides the fields asked before it.
CONTEXT = frozenset({"today", "channel", "applicant"})
FORMATS = ("pdf", "jpg", "png")
MAX_ROWS = expressions.ROWS


def check_shape(field: Field, reader: Reader) -> None:
    """What the attributes of one field must be together."""
    if field.type in (FieldType.CHOICE, FieldType.CHOICES):
        if bool(field.options) == bool(field.list):
            reader.fail("options", "needs either options or list")
        refuse_doubles(
            (option.value, f"{reader.path}.options[{i}]") for i, option in enumerate(field.options)
        )
    if wrong := set(field.accept) - set(FORMATS):
        reader.fail("accept", f"has “{min(wrong)}”, must be among: {', '.join(FORMATS)}")
    if field.type == FieldType.GROUP:
        _check_group(field, reader)
    if field.type == FieldType.FILE and min(field.max_mb, field.max_files) < 1:
        reader.fail("max_files", "must be at least 1, like max_mb")
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT) and not 0 < field.max_length <= 10_000:
        reader.fail("max_length", "must be between 1 and 10000")
    if isinstance(field.min, int) and isinstance(field.max, int) and field.min > field.max:
        reader.fail("max", "must not be less than min")


def _check_group(field: Field, reader: Reader) -> None:
    if not field.fields:
        reader.fail("fields", "has no fields")
    if not 0 <= int(field.min or 0) <= (MAX_ROWS if field.max is None else int(field.max)) <= MAX_ROWS:
        reader.fail("max", f"must be a number of rows up to {MAX_ROWS}, not below min")
    for index, sub in enumerate(field.fields):
        if sub.type in (FieldType.GROUP, FieldType.FILE) or sub.compute or sub.prefill:
            reader.fail(f"fields[{index}]", "may be neither a group nor a file, nor computed, nor prefilled")


def keys_with_paths(form: Form, path: str) -> Iterator[tuple[str, str]]:
    for i, step in enumerate(form.steps):
        for j, field in enumerate(step.fields):
            at = f"{path}.steps[{i}].fields[{j}]"
            yield field.key, at
            yield from ((sub.key, f"{at}.fields[{k}]") for k, sub in enumerate(field.fields))


def refuse_doubles(keys: Iterable[tuple[str, str]], reserved: Collection[str] = ()) -> None:
    """`keys` are (key, path)."""
    seen: set[str] = set()
    for key, path in keys:
        if key in reserved:
            raise SchemaError(path, f"“{key}” is a name that expressions already have")
        if key in seen:
            raise SchemaError(path, f"“{key}” is used twice")
        seen.add(key)


def check_names(form: Form, path: str) -> None:
    seen = set(CONTEXT)
    everything = CONTEXT | {field.key for field in form.fields()}
    for i, step in enumerate(form.steps):
        at = f"{path}.steps[{i}]"
        _check_expression(step.applies, f"{at}.applies", seen)
        for j, field in enumerate(step.fields):
            check_field(field, f"{at}.fields[{j}]", seen, everything)
            seen.add(field.key)
        for k, check in enumerate(step.checks):
            _check_expression(check.expression, f"{at}.checks[{k}].expression", seen)
            if check.field and check.field not in {field.key for field in step.fields}:
                raise SchemaError(f"{at}.checks[{k}].field", f"“{check.field}” is not a field of this step")


def check_field(field: Field, path: str, before: Collection[str], everything: Collection[str]) -> None:
    """`before`: names known when the field is asked; `everything`: all names of the form."""
    for name, expression in field.conditions():
        _check_expression(expression, f"{path}.{name}", before)
    for k, source in enumerate(field.prefill):
        _check_expression(source.value, f"{path}.prefill[{k}].value", ("applicant",))
        _check_expression(source.applies, f"{path}.prefill[{k}].applies", before)
    inside = set(before) | {field.key}
    for k, check in enumerate(field.checks):
        _check_expression(check.expression, f"{path}.checks[{k}].expression", inside)
    for key in (field.personal.sex, field.personal.date_of_birth) if field.personal else ():
        if key and key not in everything:
            raise SchemaError(f"{path}.personal", f"“{key}” is not a field of this form")
    row = set(before)
    for k, sub in enumerate(field.fields):
        row_names = set(everything) | {other.key for other in field.fields}
        check_field(sub, f"{path}.fields[{k}]", row, row_names)
        row.add(sub.key)


def _check_expression(text: str | None, path: str, known: Collection[str]) -> None:
    if text and (found := expressions.problems(text, known)):
        raise SchemaError(path, f"{found[0]}; it may look at what is asked before it")
