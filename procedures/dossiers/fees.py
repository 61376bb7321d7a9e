"""What a dossier costs as it goes: what is due by now, what was asked for, and what goes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payments import ledger
from payments.lines import Line
from payments.models import PAYABLE, Charge, RefundReason
from procedures.definitions import runtime
from procedures.dossiers.models import Dossier, Exemption


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for by now, đồng by fee key, and whether a charge was opened for `more`."""

    by_key: dict[str, int]
    more: int
    exemption: str


def ask(dossier: Dossier, purpose: str, *, reference: str, at: datetime) -> Asked | None:
    """Open a charge for what is due by now and not yet asked for; give back what is asked for no longer.

    None when nothing changes. Inside the caller's transaction. `purpose` names the charge, once a dossier.
    """
    lines = quote(dossier, purpose)
    by_key = {line.key: line.amount for line in lines}
    exemption = dossier.exemption
    if not exemption and any(line.reduction for line in lines):
        exemption = Exemption.CLAIMED
    if (by_key, exemption) == (dossier.fee_asked, dossier.exemption):
        return None
    further = [line for line in (_further(line, dossier.fee_asked) for line in lines) if line]
    more = sum(line.amount for line in further)
    if more:
        ledger.open_charge(
            reference=reference,
            purpose=purpose,
            topic=runtime.definition(dossier.version_id).code,
            description=dossier.title,
            lines=further,
            payer=dossier.applicant,
            agency=dossier.agency,
            return_path=dossier.get_absolute_url(),
            at=at,
        )
    fallen = sum(max(0, was - by_key.get(key, 0)) for key, was in dossier.fee_asked.items())
    _return(ledger.lock(reference), fallen, reason=RefundReason.LOWER, note=purpose, at=at)
    return Asked(by_key, more, exemption)


def note(dossier: Dossier, *, asked: Asked, at: datetime) -> None:
    """What was asked for, on the dossier that its caller saves."""
    dossier.fee_asked, dossier.exemption = asked.by_key, asked.exemption
    dossier.fee_total = sum(asked.by_key.values())
    dossier.fee_settled_at = None if asked.more else dossier.fee_settled_at or at


def due(dossier: Dossier) -> list[Charge]:
    """What is asked for and not paid yet."""
    return list(ledger.charges(f"dossier:{dossier.pk}").filter(status__in=PAYABLE))


def quote(dossier: Dossier, purpose: str) -> tuple[Line, ...]:
    """The lines due by now: at filing, once received, with a supplement, with an approved result."""
    reached = {"submit", purpose}
    if dossier.received_at:
        reached.add("acceptance")
    if dossier.supplements:
        reached.add("supplement")
    if dossier.stage_role == "clerk":
        reached.add("return")
    definition = runtime.definition(dossier.version_id)
    if not any(fee.when in reached for fee in definition.fees):
        return ()
    exempt = dossier.exemption != Exemption.DENIED
    return definition.quote(dossier.answers, dossier.context, when=reached, exempt=exempt)


def _further(line: Line, asked: dict[str, int]) -> Line | None:
    """The line as it is when it is asked for the first time, else what is more of it than before."""
    if line.key not in asked:
        return line if line.amount or line.reduction else None
    more = line.amount - asked[line.key]
    if more <= 0:
        return None
    return Line(
        key=line.key, kind=line.kind, label=line.label, unit_amount=more, amount=more, basis=line.basis
    )


def give_back(dossier: Dossier, charges: Sequence[Charge], case: str, *, at: datetime) -> None:
    """The dossier ended as `case`: what is unpaid is owed no more, what is paid goes back as each fee's rule says."""
    rules = {fee.key: fee.refunds for fee in runtime.definition(dossier.version_id).fees}
    for charge in charges:
        if charge.is_payable:
            ledger.cancel(charge, reason=case, at=at)
            continue
        lines = charge.lines.all()
        amount = sum(line.amount for line in lines if case in rules.get(line.key, ()))
        ledger.give_back(charge, amount, reason=RefundReason.RULE, note=case, at=at)


def _return(charges: Sequence[Charge], amount: int, *, reason: RefundReason, note: str, at: datetime) -> None:
    for charge in reversed(charges):
        if amount > 0:
            amount -= ledger.give_back(charge, amount, reason=reason, note=note, at=at)
