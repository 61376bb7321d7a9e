"""What a fee comes to over answers. Pure: the same arithmetic for citizens, for simulations and for test tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from payments.lines import Line
from procedures.definitions.parts import Exemption, Fee
from procedures.eforms import expressions
from procedures.eforms.schema import Form, Text

Scope = Mapping[str, Any]  # answers by key, null while unanswered; today, channel, applicant


class FeeUnknown(Exception):
    """A fee whose expression gives no whole number of đồng though everything it needs is answered."""


def line(fee: Fee, scope: Scope, form: Form, *, exempt: bool = True) -> Line | None:
    """The line of the fee; None when it does not apply, or is not determined yet. Raises FeeUnknown.

    `exempt`: whether exemptions that are claimed count (an officer may have found that they do not).
    """
    if fee.applies and not expressions.holds(fee.applies, scope, form=form):
        return None
    unit, quantity = piece(fee, scope, form), _number(fee.quantity, scope, form)
    if unit is None or quantity is None:
        return None
    claimed = _exemptions(fee, scope, form) if exempt else ()
    best = max(claimed, key=lambda exemption: exemption.percent, default=None)
    reduction = unit * quantity * best.percent // 100 if best else 0
    return Line(
        key=fee.key,
        kind=fee.kind,
        label=_map(fee.label),
        quantity=quantity,
        unit_amount=unit,
        reduction=reduction,
        reduction_basis=_map(best.label, best.basis) if best else {},
        amount=unit * quantity - reduction,
        basis=_map(fee.basis),
    )


def piece(fee: Fee, scope: Scope, form: Form) -> int | None:
    """What one piece costs, in đồng; None while what it depends on is unanswered. Raises FeeUnknown."""
    if fee.counter_amount and scope.get("channel") == "counter":
        return _number(fee.counter_amount, scope, form)
    if fee.tiers:
        count = _number(fee.tiers.count, scope, form)
        return None if count is None else fee.tiers.amount(count)
    return _number(fee.unit_amount or "0", scope, form)


def least(fee: Fee, scope: Scope, form: Form) -> int | None:
    """What one piece costs at least: as `piece`, and with tiers the price of a single one."""
    found = piece(fee, scope, form)
    return fee.tiers.amount(1) if found is None and fee.tiers else found


def _exemptions(fee: Fee, scope: Scope, form: Form) -> Iterator[Exemption]:
    return (found for found in fee.exemptions if expressions.holds(found.applies, scope, form=form))


def _number(text: str, scope: Scope, form: Form) -> int | None:
    """A whole number that is not negative; None while unanswered."""
    expression = expressions.compile_expression(text)
    if not expression.is_answered(scope):
        return None
    value = expression.evaluate(scope, form=form)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FeeUnknown(text)
    return value


def _map(*texts: Text) -> dict[str, str]:
    """{"vi", "en"} for what is frozen with a dossier."""
    return {language: ": ".join(text.get(language) for text in texts) for language in ("vi", "en")}
