"""Fees that do not come out: with complete answers every fee that applies must give a whole number of đồng.

The fees are computed by what computes them for citizens (`runtime.Definition.quote`), over every
combination of the answers that they depend on, at the counter and online.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from procedures.definitions import runtime
from procedures.definitions.proofs.findings import Finding, Judged
from procedures.eforms import expressions, possible
from procedures.eforms.schema import Field, Form

MOST = 1500  # combinations tried for one fee
BOTH_CHANNELS = 'channel == "counter"'


def find(definition: runtime.Definition, today: datetime.date, language: str) -> Judged:
    """At most one finding of each kind for a fee, with answers that show it."""
    found: list[Finding] = []
    unknown = 0
    for fee in definition.fees:
        search = possible.search(definition.form, _texts(fee), today=today, complete=True)
        alone = _alone(definition, fee, search)
        try:
            found += _of_fee(alone, search, language)
        except possible.TooMany:
            unknown += 1
    return Judged(found, len(definition.fees) - unknown, unknown)


def _of_fee(alone: runtime.Definition, search: possible.Search, language: str) -> Iterator[Finding]:
    fee, said = alone.fees[0], set[str]()
    for scope in search.scopes(MOST):
        wrong = _wrong(alone, scope)
        if wrong and wrong not in said:
            said.add(wrong)
            yield Finding(f"fees.{fee.key}", f"{wrong} {_example(search, scope, language)}")


def _wrong(alone: runtime.Definition, scope: possible.Scope) -> str:
    fee = alone.fees[0]
    answers = {key: value for key, value in scope.items() if value is not None and key not in _CONTEXT}
    try:
        lines = alone.quote(answers, {name: scope[name] for name in _CONTEXT})
    except runtime.FeeUnknown:
        return _("The fee comes out negative, or is no whole number of đồng.")
    if not lines and (not fee.applies or expressions.holds(fee.applies, scope, form=alone.form)):
        return _("The fee applies, but no amount comes out.")
    return ""


_CONTEXT = ("today", "channel", "applicant")


def _texts(fee: runtime.Fee) -> list[str]:
    """Every expression of a fee."""
    return [*_expressions(fee), BOTH_CHANNELS]


def _expressions(value: Any) -> Iterator[str]:
    for name in ("applies", "unit_amount", "counter_amount", "quantity", "count"):
        if isinstance(text := getattr(value, name, None), str):
            yield text
    if tiers := getattr(value, "tiers", None):
        yield from _expressions(tiers)
    for exemption in getattr(value, "exemptions", ()):
        yield from _expressions(exemption)


def _alone(definition: runtime.Definition, fee: runtime.Fee, search: possible.Search) -> runtime.Definition:
    """The definition with this fee alone, and with the questions that it depends on."""
    wanted = {field.key for _step, field in search.asked}
    steps = (
        dataclasses.replace(step, fields=tuple(one for one in step.fields if one.key in wanted), checks=())
        for step in definition.form.steps
    )
    return dataclasses.replace(definition, form=Form(tuple(s for s in steps if s.fields)), fees=(fee,))


def _example(search: possible.Search, scope: possible.Scope, language: str) -> str:
    """ "Số bản: 0; nơi nộp: tại quầy": the answers that show it, two languages as everywhere."""
    words = [
        f"{field.label.get(language)}: {_answer(field, scope[field.key], language)}"
        for _step, field in search.asked
    ]
    at_counter = scope["channel"] == "counter"
    words.append(_("filed at the counter") if at_counter else _("filed online"))
    return _("For example: %s.") % "; ".join(words)


def _answer(field: Field, value: Any, language: str) -> str:
    if value is None:
        return pgettext("answer", "none")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return field.label_of(value).get(language) if isinstance(value, str) else str(value)
