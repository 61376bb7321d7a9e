"""Fees that do not come out: with complete answers every fee that applies must give a whole number of đồng.

The fees are computed by what computes them for citizens (`charges`), over every combination of the answers
that they depend on, at the counter and online.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from procedures.definitions import charges, parts
from procedures.definitions.proofs.findings import Finding, Judged
from procedures.eforms import expressions, possible
from procedures.eforms.schema import Field, Form

MOST = 1500  # combinations tried for one fee
BOTH_CHANNELS = 'channel == "counter"'


def find(content: parts.Content, today: datetime.date, language: str) -> Judged:
    """At most one finding of each kind for a fee, with answers that show it."""
    found: list[Finding] = []
    unknown = 0
    for fee in content.fees:
        texts = [*_expressions(fee), BOTH_CHANNELS]
        search = possible.search(content.form, texts, today=today, complete=True)
        try:
            found += _of_fee(fee, search, language)
        except possible.TooMany:
            unknown += 1
    return Judged(found, len(content.fees) - unknown, unknown)


def _of_fee(fee: parts.Fee, search: possible.Search, language: str) -> Iterator[Finding]:
    said = set[str]()
    for scope in search.scopes(MOST):
        wrong = _wrong(fee, scope, search.form)
        if wrong and wrong not in said:
            said.add(wrong)
            yield Finding(f"fees.{fee.key}", f"{wrong} {_example(search, scope, language)}")


def _wrong(fee: parts.Fee, scope: possible.Scope, form: Form) -> str:
    try:
        line = charges.line(fee, scope, form)
    except charges.FeeUnknown:
        return _("The fee comes out negative, or is no whole number of đồng.")
    if line is None and (not fee.applies or expressions.holds(fee.applies, scope, form=form)):
        return _("The fee applies, but no amount comes out.")
    return ""


def _expressions(fee: parts.Fee) -> Iterator[str]:
    """Every expression of a fee."""
    texts = (fee.applies, fee.unit_amount, fee.counter_amount, fee.quantity, fee.tiers and fee.tiers.count)
    yield from (text for text in texts if text)
    yield from (exemption.applies for exemption in fee.exemptions)


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
