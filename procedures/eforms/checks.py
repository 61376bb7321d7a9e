"""The checks of a definition, over answers: which fail, and where that is to be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from procedures.eforms import expressions
from procedures.eforms.questions import Check, Field, Form


class Finding(NamedTuple):
    check: Check
    at: str  # the input: "member_dob", in a row "members-0-member_dob"; "" the head of the step


def failing(
    checks: Iterable[Check], fields: Iterable[Field], scope: expressions.Scope, form: Form | None
) -> Iterator[Finding]:
    """`checks` of the step, then those of its `fields` and of their rows; `scope` holds values as seen."""
    for check in checks:
        if expressions.fails(check.expression, scope, form=form):
            yield Finding(check, check.field)
    for field in fields:
        if not field.checks and not field.fields:
            continue
        yield from _of_field(field, field.key, scope, form)
        for index, row in enumerate(scope[field.key] or () if field.fields else ()):
            yield from _of_row(field, f"{field.key}-{index}", {**scope, **row}, form)


def _of_row(field: Field, at: str, scope: Mapping[str, Any], form: Form | None) -> Iterator[Finding]:
    for sub in field.fields:
        yield from _of_field(sub, f"{at}-{sub.key}", scope, form)


def _of_field(field: Field, at: str, scope: expressions.Scope, form: Form | None) -> Iterator[Finding]:
    for check in field.checks:
        if expressions.fails(check.expression, scope, form=form):
            yield Finding(check, at)
