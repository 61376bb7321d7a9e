"""What is never asked, and what can never hold.

A condition that fails for every answer contradicts itself. One that could hold, but never where it stands
(inside a step, beside other conditions), leaves something that nobody ever sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from procedures.definitions import loading, parts
from procedures.definitions.proofs.findings import Finding
from procedures.definitions.proofs.judging import Judge
from procedures.eforms import expressions, mentions, wording
from procedures.eforms.schema import Field, FieldType, Form, Step


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the definition, with those it stands inside of. `asks`: the question it opens, if any."""

    place: str
    text: str
    within: tuple[str | None, ...] = ()
    asks: str = ""
    step: str = ""


@dataclass(slots=True)
class Reach:
    dead: list[Finding] = field(default_factory=list)
    contradictions: list[Finding] = field(default_factory=list)


def find(content: parts.Content, judge: Judge, language: str) -> Reach:
    """Everything of `content` that can never be."""
    found, dead_steps, dead_keys = Reach(), set[str](), set[str]()
    for condition in conditions(content):
        if condition.step in dead_steps:
            dead_keys.add(condition.asks)
            continue
        strange = list(_strange_values(condition, content.form, language))
        found.contradictions += strange
        if not judge.never(*condition.within, condition.text):
            continue
        dead_keys.add(condition.asks)
        if condition.place == f"form.steps.{condition.step}.applies":
            dead_steps.add(condition.step)
            dead_keys |= {one.key for one in content.form.step(condition.step).fields}
        if not strange:
            _note(found, condition, dead_keys, judge, content.form, language)
    return found


def _note(
    found: Reach, condition: Condition, dead: set[str], judge: Judge, form: Form, language: str
) -> None:
    said = wording.words(condition.text, form, language)
    needs = sorted(expressions.references(condition.text) & dead - {condition.asks})
    if needs:
        names = ", ".join(f"“{form.field(key).label.get(language)}”" for key in needs)
        text = _("Never applies: it depends on %s, which nobody is ever asked.") % names
        found.dead.append(Finding(condition.place, text))
    elif judge.never(condition.text):
        text = _("No answer makes this hold: %s") % said
        found.contradictions.append(Finding(condition.place, text))
    else:
        text = _("Never applies here: %s does not go together with when the part around it applies.")
        found.dead.append(Finding(condition.place, text % f"“{said}”"))


def _strange_values(condition: Condition, form: Form, language: str) -> Iterator[Finding]:
    """Comparisons with something that is not among the answers: mostly a slip of the pen."""
    for name, value in mentions.compared(condition.text):
        asked = form.find(name)
        if asked is None or asked.type != FieldType.CHOICE or not isinstance(value, str):
            continue
        if value not in {option.value for option in asked.choices}:
            text = _("“%(value)s” is not among the answers to “%(question)s”.")
            said = text % {"value": value, "question": asked.label.get(language)}
            yield Finding(condition.place, said)


# ── Where conditions stand ────────────────────────────────────────────────────────────────────────


def conditions(content: parts.Content) -> Iterator[Condition]:
    """Every condition outside the rows of groups, in the order of the definition."""
    for step in content.form.steps:
        if step.key != loading.PAPERS_STEP and step.applies:
            yield Condition(f"form.steps.{step.key}.applies", step.applies, step=step.key)
        for one in step.fields:
            yield from _of_field(step, one)
    for named in content.conditions:
        yield Condition(f"conditions.{named.key}.expression", named.expression)
    for fee in content.fees:
        if fee.applies:
            yield Condition(f"fees.{fee.key}.applies", fee.applies)
        for index, exemption in enumerate(fee.exemptions):
            place = f"fees.{fee.key}.exemptions.{index}.applies"
            yield Condition(place, exemption.applies, (fee.applies,))
    for rule in content.reuse:
        if rule.applies:
            yield Condition(f"reuse.{rule.key}.applies", rule.applies)
    for stage in content.stages:
        if stage.applies:
            yield Condition(f"stages.{stage.key}.applies", stage.applies)


def _of_field(step: Step, one: Field) -> Iterator[Condition]:
    is_paper = step.key == loading.PAPERS_STEP
    place = f"papers.{one.key}" if is_paper else f"form.steps.{step.key}.fields.{one.key}"
    around = (step.applies, one.applies)
    if one.applies:
        yield Condition(f"{place}.applies", one.applies, (step.applies,), one.key, step.key)
    if isinstance(one.required, str):
        yield Condition(f"{place}.required", one.required, around, step=step.key)
    for option in one.options:
        if option.applies:
            at = f"{place}.options.{option.value}.applies"
            yield Condition(at, option.applies, around, step=step.key)
    for index, check in enumerate(one.checks):
        yield Condition(f"{place}.checks.{index}.expression", check.expression, around, step=step.key)
