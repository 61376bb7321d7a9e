"""Whether fees, stages and cases hold together: names, test tables, the time, the order of roles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from portal.accounts.models import Role
from portal.accounts.people import Applicant
from procedures.definitions import charges, parts
from procedures.definitions.findings import Finding, doubles, of_expression, strangers
from procedures.eforms import expressions

HOURS_A_DAY = 8


# ── Fees ──────────────────────────────────────────────────────────────────────────────────────────


def fees(content: parts.Content, names: Collection[str]) -> Iterator[Finding]:
    yield from doubles((fee.key, f"fees[{i}].key") for i, fee in enumerate(content.fees))
    for index, fee in enumerate(content.fees):
        wrong = list(_fee(fee, f"fees[{index}]", names))
        yield from wrong
        for k, example in enumerate(() if wrong else fee.examples):
            yield from _example(content, fee, example, f"fees[{index}].examples[{k}]")


def _fee(fee: parts.Fee, path: str, names: Collection[str]) -> Iterator[Finding]:
    for name, text in _texts(fee):
        yield from of_expression(text, f"{path}.{name}", names)
        if name != "applies" and not name.startswith("exemptions"):
            yield from _constant(text, f"{path}.{name}")


def _texts(fee: parts.Fee) -> Iterator[tuple[str, str]]:
    """(name, expression) of everything that a fee computes."""
    for name in ("unit_amount", "counter_amount", "quantity", "applies"):
        if text := getattr(fee, name):
            yield name, text
    if fee.tiers:
        yield "tiers.count", fee.tiers.count
    for index, exemption in enumerate(fee.exemptions):
        yield f"exemptions[{index}].applies", exemption.applies


def _constant(text: str, path: str) -> Iterator[Finding]:
    """What depends on nothing can be computed here: it must be a whole number."""
    if expressions.references(text):
        return
    value = expressions.evaluate(text, {})
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield path, f"gives {value!r}, must give a whole number of 0 or more"


def _example(content: parts.Content, fee: parts.Fee, example: parts.Example, path: str) -> Iterator[Finding]:
    known = {field.key for field in content.form.fields()} | {"today", "applicant"}
    yield from strangers(example.given, known, f"{path}.given.{{}}", "a field of the form")
    looked_at = {name for _name, text in _texts(fee) for name in expressions.references(text)}
    if "today" in looked_at and "today" not in example.given:
        yield path, "must give `today`, which the fee depends on, like “2026-11-21”"
        return
    try:
        amount = example_amount(content, fee, example)
    except charges.FeeUnknown as error:
        yield path, f"makes “{error}” give something else than a whole number of đồng"
        return
    if amount is None:
        yield path, "leaves open what the fee depends on; give every answer it looks at"
    elif amount != example.amount:
        yield f"{path}.amount", f"says {example.amount}, the fee comes to {amount} đồng"


def example_amount(content: parts.Content, fee: parts.Fee, example: parts.Example) -> int | None:
    """What the fee comes to in an example, in đồng; None when that is not determined. Raises FeeUnknown."""
    scope: dict[str, Any] = dict.fromkeys(field.key for field in content.form.fields())
    scope |= {"today": None, "applicant": {}} | dict(example.given) | {"channel": example.channel}
    for field in content.form.fields():
        if field.compute and field.key not in example.given:
            scope[field.key] = expressions.computed(field.compute, scope, form=content.form)
    if fee.applies and not expressions.holds(fee.applies, scope, form=content.form):
        return 0
    line = charges.line(fee, scope, content.form)
    return line.amount if line else None


# ── Stages ────────────────────────────────────────────────────────────────────────────────────────


def stages(content: parts.Content, names: Collection[str]) -> Iterator[Finding]:
    yield from doubles((stage.key, f"stages[{i}].key") for i, stage in enumerate(content.stages))
    yield from _times(content)
    yield from _roles(content.stages)
    for index, stage in enumerate(content.stages):
        yield from of_expression(stage.applies, f"stages[{index}].applies", names)
    yield from _fills(content)


def _times(content: parts.Content) -> Iterator[Finding]:
    """All stages are told in the same way: shares of the time, or hours that make up the time."""
    in_hours = [stage.hours is not None for stage in content.stages]
    if any(in_hours) and not all(in_hours):
        yield (
            f"stages[{in_hours.index(not in_hours[0])}]",
            "has share where others have hours; all need the same",
        )
        return
    total = sum(stage.weight for stage in content.stages)
    if not in_hours[0]:
        if total != 100:
            yield "stages", f"the shares sum to {total}, they must sum to 100"
    elif (whole := working_hours(content.time)) is None:
        yield "stages", "a time in calendar days has no working hours; give each stage a share"
    elif total != whole:
        yield "stages", f"the hours sum to {total}, they must sum to {whole}, the statutory time"


def working_hours(time: parts.Time) -> int | None:
    """The statutory time in working hours, eight to a day; None for calendar days."""
    if time.unit == "working_hours":
        return time.amount
    return {"same_day": HOURS_A_DAY, "working_days": time.amount * HOURS_A_DAY}.get(time.unit)


def _roles(stages: tuple[parts.Stage, ...]) -> Iterator[Finding]:
    """NĐ 30/2020: the clerk numbers and seals only what the leader has signed, so clerk comes last."""
    roles = [stage.role for stage in stages]
    if roles[-1] != Role.CLERK or roles.count(Role.CLERK) > 1:
        yield f"stages[{len(stages) - 1}].role", "the last stage, and no other, must be the clerk’s"
    if roles[-2:-1] != [Role.LEADER] or roles.count(Role.LEADER) > 1:
        yield (
            f"stages[{max(len(stages) - 2, 0)}].role",
            "the leader’s stage, and no other of the leader’s, must come right before the clerk’s",
        )
    for index, stage in enumerate(stages):
        if stage.role not in (Role.HANDLER, Role.LEADER, Role.CLERK):
            yield (
                f"stages[{index}].role",
                f"“{stage.role}” does not process dossiers; handler, leader or clerk do",
            )
        if stage.applies and stage.role != Role.HANDLER:
            yield f"stages[{index}].applies", "only a handler’s stage may be left out"
    if Role.HANDLER in roles and all(stage.applies for stage in stages if stage.role == Role.HANDLER):
        yield "stages", "one handler’s stage must always apply: somebody has to examine the dossier"


def _fills(content: parts.Content) -> Iterator[Finding]:
    fields = {field.key for field in content.result.fields}
    filled: set[str] = set()
    for index, stage in enumerate(content.stages):
        yield from strangers(stage.fills or (), fields, f"stages[{index}].fills", "a field of the result")
        if stage.fills and stage.role == Role.CLERK:
            yield f"stages[{index}].fills", "the clerk fills nothing in: the leader has signed it"
        filled |= fields if stage.fills is None and stage.role == Role.HANDLER else set(stage.fills or ())
    for index, field in enumerate(content.result.fields):
        if field.key not in filled:
            yield f"result.fields[{index}]", f"“{field.key}” is filled in at no stage"


# ── Cases ─────────────────────────────────────────────────────────────────────────────────────────


def cases(content: parts.Content) -> Iterator[Finding]:
    yield from doubles((case.key, f"cases[{i}].key") for i, case in enumerate(content.cases))
    for index, case in enumerate(content.cases):
        yield from _case(content, case, f"cases[{index}]")


def _case(content: parts.Content, case: parts.Case, path: str) -> Iterator[Finding]:
    fields = {field.key for field in content.form.fields()}
    steps = {step.key for step in content.form.steps}
    papers = {paper.key for paper in content.papers}
    findings = {field.key for field in content.result.fields} | {*content.result.told}
    expect = case.expect
    yield from strangers(case.answers, fields, f"{path}.answers.{{}}", "a field of the form")
    yield from strangers(case.papers, papers, f"{path}.papers", "among the papers")
    yield from strangers(case.outcome or (), findings, f"{path}.outcome.{{}}", "a field of the result")
    known = Applicant.__annotations__
    yield from strangers(case.applicant or (), known, f"{path}.applicant.{{}}", "known of applicants")
    yield from strangers(expect.steps or (), steps, f"{path}.expect.steps", "a step of the form")
    rows = {sub.key for field in content.form.fields() for sub in field.fields}
    yield from strangers(
        expect.fails or (), fields | rows | steps, f"{path}.expect.fails", "a field or step of the form"
    )
    yield from _claimed(expect.claims or {}, content.result.claims, f"{path}.expect.claims")


def _claimed(wanted: Mapping[str, Any], claims: Any, path: str) -> Iterator[Finding]:
    for key, value in wanted.items():
        if not isinstance(claims, Mapping) or key not in claims:
            yield f"{path}.{key}", f"“{key}” is not in the result’s data"
        elif isinstance(value, Mapping):
            yield from _claimed(value, claims[key], f"{path}.{key}")
