"""Which steps and fields apply to these answers, and which of the answers stay.

Recomputed at every change: the answers of an abandoned branch drop out here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from procedures.eforms import budget, checks, expressions, values
from procedures.eforms.questions import Check, Field, FieldType, Form, Level, Step


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that applies, with those of its fields that apply.

    `missing`: required fields without an answer; `failed`: error checks that the answers do not pass.
    Both can arise in a step that was fine when it was saved, by an answer changed elsewhere.
    """

    step: Step
    fields: tuple[Field, ...]
    missing: tuple[str, ...] = ()
    failed: tuple[Check, ...] = ()

    @property
    def key(self) -> str:
        return self.step.key

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.failed


@dataclass(frozen=True, slots=True)
class Journey:
    """`answers`: those that apply, computed ones included, never null. `scope`: what CEL may look at."""

    steps: tuple[OpenStep, ...]
    answers: dict[str, Any]
    scope: dict[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(step.key for step in self.steps)

    def step(self, key: str) -> OpenStep | None:
        """None when the step does not apply (or does not exist)."""
        return next((step for step in self.steps if step.key == key), None)

    def first_incomplete(self, done: Collection[str]) -> OpenStep | None:
        """The first step that was not yet saved, or that other answers have opened again; None: all done."""
        return next((step for step in self.steps if step.key not in done or not step.is_complete), None)

    def after(self, key: str) -> OpenStep | None:
        return self._beside(key, +1)

    def before(self, key: str) -> OpenStep | None:
        return self._beside(key, -1)

    def _beside(self, key: str, distance: int) -> OpenStep | None:
        position = self.keys.index(key) + distance if key in self.keys else -1
        return self.steps[position] if 0 <= position < len(self.steps) else None


def walk(form: Form, answers: Mapping[str, Any], *, context: Mapping[str, Any]) -> Journey:
    """The journey of `answers` under `context` ({"today", "channel", "applicant"}).

    One pass in order: a condition sees only what was asked, and kept, before it. Answers that do not
    apply, do not fit their field or belong to no field are left out. Walking the result gives the same.
    Raises BudgetExceeded for a form that takes too much to evaluate.
    """
    scope = dict(context) | dict.fromkeys(field.key for field in form.fields())
    kept: dict[str, Any] = {}
    with budget.metered():
        opened = [(step, _settle(form, step, answers, scope, kept)) for step in form.steps]
        steps = tuple(_open(form, step, fields, scope) for step, fields in opened if fields)
    return Journey(steps, kept, scope)


def applies(thing: Field | Step, scope: expressions.Scope, form: Form | None) -> bool:
    return not thing.applies or expressions.holds(thing.applies, scope, form=form)


def is_required(field: Field, scope: expressions.Scope, form: Form | None) -> bool:
    if field.compute:
        return False
    if isinstance(field.required, str):
        return expressions.holds(field.required, scope, form=form)
    return field.required


def settled(field: Field, given: Any, scope: expressions.Scope, form: Form | None) -> Any:
    """The value that counts: computed, or `given` if it fits, or None. Rows lose what does not apply."""
    value = expressions.computed(field.compute, scope, form=form) if field.compute else given
    if value is None or not values.fits(field, value, scope, form):
        return None
    if field.type == FieldType.GROUP:
        return [row for row in (_settled_row(field, row, scope, form) for row in value) if row] or None
    return value


def seen(field: Field, value: Any) -> Any:
    """A value as expressions see it: in the rows of a group every sub-key exists, null when unanswered."""
    if field.type != FieldType.GROUP or value is None:
        return value
    return [{sub.key: row.get(sub.key) for sub in field.fields} for row in value]


def least_rows(field: Field, scope: expressions.Scope, form: Form | None) -> int:
    return max(int(field.min or 0), int(is_required(field, scope, form)))


def lacks(field: Field, value: Any, scope: expressions.Scope, form: Form | None) -> bool:
    """Whether an answer (as seen) is absent though required, inside the rows of a group included."""
    if field.type != FieldType.GROUP:
        return value is None and is_required(field, scope, form)
    rows = value or []
    return len(rows) < least_rows(field, scope, form) or any(
        _row_lacks(field, row, scope, form) for row in rows
    )


def _settle(
    form: Form, step: Step, answers: Mapping[str, Any], scope: dict[str, Any], kept: dict[str, Any]
) -> tuple[Field, ...]:
    """The fields of `step` that apply. Writes their values into `kept`, and as seen into `scope`."""
    if not applies(step, scope, form):
        return ()
    found = []
    for field in step.fields:
        if not applies(field, scope, form):
            continue
        found.append(field)
        given = answers.get(field.key)
        if given is None and not field.compute:
            continue  # most questions of a form just begun
        if (value := settled(field, given, scope, form)) is not None:
            kept[field.key] = value
            scope[field.key] = seen(field, value)
    return tuple(found)


def _settled_row(
    field: Field, row: Mapping[str, Any], scope: expressions.Scope, form: Form | None
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    inner = dict(scope) | dict.fromkeys(sub.key for sub in field.fields)
    for sub in field.fields:
        if applies(sub, inner, form) and (value := settled(sub, row.get(sub.key), inner, form)) is not None:
            kept[sub.key] = inner[sub.key] = value
    return kept


def _row_lacks(field: Field, row: Mapping[str, Any], scope: expressions.Scope, form: Form | None) -> bool:
    inner = {**scope, **row}
    return any(applies(sub, inner, form) and lacks(sub, row[sub.key], inner, form) for sub in field.fields)


def _open(form: Form, step: Step, fields: tuple[Field, ...], scope: dict[str, Any]) -> OpenStep:
    missing = tuple(field.key for field in fields if lacks(field, scope[field.key], scope, form))
    failed = (found.check for found in checks.failing(step.checks, fields, scope, form))
    return OpenStep(step, fields, missing, tuple(check for check in failed if check.level == Level.ERROR))
