"""Whether a definition takes too much to evaluate, told before it is published rather than by a stalled page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from procedures.definitions import parts
from procedures.definitions.findings import Finding
from procedures.eforms import budget, expressions, tokens
from procedures.eforms.schema import Check, Field, Form


def findings(content: parts.Content) -> Iterator[Finding]:
    """Nothing, or the expression that takes most when all together may take more than one walk has."""
    costs = {path: cost for path, cost in _costs(content) if cost}
    if (total := sum(costs.values())) > budget.MOST:
        path = max(costs, key=lambda path: costs[path])
        yield (
            path,
            f"may take {costs[path]} steps to evaluate, of {total} for the whole definition; "
            f"at most {budget.MOST} are allowed. Nest fewer lists and repetitions",
        )


def _costs(content: parts.Content) -> Iterator[tuple[str, int]]:
    """(path, cost) of what is evaluated over a dossier, at worst."""
    yield from _of_form(content.form)
    for index, field in enumerate(content.result.fields):
        yield from _of_field(field, f"result.fields[{index}]", 1)
    for index, fee in enumerate(content.fees):
        texts = (fee.unit_amount, fee.counter_amount, fee.quantity, fee.applies)
        count = fee.tiers.count if fee.tiers else None
        exempt = (exemption.applies for exemption in fee.exemptions)
        yield f"fees[{index}]", sum(map(_cost, (*texts, count, *exempt)))
    for index, stage in enumerate(content.stages):
        yield f"stages[{index}].applies", _cost(stage.applies)
    yield from _of_claims(content.result.claims, "result.claims")
    for index, statement in enumerate(content.result.statements):
        yield f"result.statements[{index}].expression", _cost(statement.expression)


def _of_form(form: Form) -> Iterator[tuple[str, int]]:
    for i, step in enumerate(form.steps):
        path = f"form.steps[{i}]"
        yield f"{path}.applies", _cost(step.applies)
        yield from _of_checks(step.checks, path, 1)
        for j, field in enumerate(step.fields):
            yield from _of_field(field, f"{path}.fields[{j}]", 1)


def _of_field(field: Field, path: str, times: int) -> Iterator[tuple[str, int]]:
    for name, text in field.conditions():
        yield f"{path}.{name}", _cost(text) * times
    for k, source in enumerate(field.prefill):
        yield f"{path}.prefill[{k}].applies", _cost(source.applies)
    if field.pattern:
        yield f"{path}.pattern.regex", tokens.pattern_weight(field.pattern.regex) * times
    yield from _of_checks(field.checks, path, times)
    for k, sub in enumerate(field.fields):
        yield from _of_field(
            sub, f"{path}.fields[{k}]", expressions.ROWS if field.max is None else int(field.max)
        )


def _of_checks(checks: tuple[Check, ...], path: str, times: int) -> Iterator[tuple[str, int]]:
    for k, check in enumerate(checks):
        yield f"{path}.checks[{k}].expression", _cost(check.expression) * times


def _of_claims(claims: Mapping[str, Any], path: str) -> Iterator[tuple[str, int]]:
    for key, value in claims.items():
        if isinstance(value, Mapping):
            yield from _of_claims(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", _cost(value)


def _cost(text: str | None) -> int:
    return expressions.compile_expression(text).worst_cost() if text else 0
