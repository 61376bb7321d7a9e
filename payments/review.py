"""What a person has to look at, and what they may do about it. Every step leaves a `Decision`.

A payment is in REVIEW when the provider's answer differs from what was asked; a refund fails when the provider
will not carry it out; a dispute is answered at the provider's.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from payments import journal, providers, refunds, settlement
from payments.models import (
    SETTLING,
    Act,
    Charge,
    Decision,
    Dispute,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
    RefundStatus,
)
from payments.providers import RefundSeen, RefundState, Seen, State

if TYPE_CHECKING:
    from portal.accounts.models import User


class NotInReview(Exception):
    """Somebody else has settled it meanwhile."""


class NothingPaid(Exception):
    """The provider has no money of this payment: nothing can be accepted, nothing goes back."""


class StillThere(Exception):
    """The provider has money of this payment, or may still get some: it cannot be put away as unpaid."""


def ask_again(payment: Payment, *, by: User, at: datetime) -> Payment:
    """Ask the provider; where it agrees now with what was asked, the payment goes its way. Raises ProviderDown."""
    seen = providers.get(payment.provider).fetch_status(payment)
    with transaction.atomic():
        charge, payment = _locked(payment)
        payment.note, payment.status = "", PaymentStatus.OPEN
        settlement.judge(charge, payment, seen, at=at)
        _write(payment, Act.ASKED, "", by, at)
    return payment


def accept(payment: Payment, *, note: str, by: User, at: datetime) -> Payment:
    """The money is the payment all the same: what is owed is settled, if the provider has just that sum.

    Raises NothingPaid when the provider has another sum or none, NotInReview, ProviderDown.
    """
    seen = providers.get(payment.provider).fetch_status(payment)
    if seen.state != State.PAID or seen.amount != payment.amount:
        raise NothingPaid
    with transaction.atomic():
        charge, payment = _locked(payment)
        _take_over(payment, seen)
        settlement.settle(charge, payment, at=at)
        _write(payment, Act.ACCEPTED, note, by, at)
    return payment


def give_back(payment: Payment, *, note: str, by: User, at: datetime) -> Refund:
    """Whatever the provider got goes back whole; the payer may pay anew. Raises NothingPaid, ProviderDown."""
    seen = providers.get(payment.provider).fetch_status(payment)
    if seen.state != State.PAID or not seen.amount:
        raise NothingPaid
    with transaction.atomic():
        charge, payment = _locked(payment)
        _take_over(payment, seen)
        payment.amount, payment.surplus = seen.amount, True
        payment.status, payment.settled_at, payment.next_check_at = PaymentStatus.SUCCEEDED, at, None
        payment.save()
        journal.received(payment, charge, at=at)
        refund = refunds.ask(
            charge, payment, amount=seen.amount, reason=RefundReason.SURPLUS, by=None, at=at, note=note
        )
        _write(payment, Act.RETURNED, note, by, at)
    return refund


def end(payment: Payment, *, note: str, by: User, at: datetime) -> Payment:
    """No money came in, and none will: the attempt is over. Raises StillThere, NotInReview, ProviderDown."""
    if providers.get(payment.provider).cancel(payment).state not in (State.EXPIRED, State.FAILED):
        raise StillThere
    with transaction.atomic():
        _charge, payment = _locked(payment)
        payment.status = PaymentStatus.FAILED
        payment.save(update_fields=["status"])
        _write(payment, Act.ENDED, note, by, at)
    return payment


def retry(refund: Refund, *, by: User, at: datetime) -> Refund:
    """Ask for a failed refund anew: above the limit another person decides again. Raises NotInReview, RefundExceeds."""
    with transaction.atomic():
        charge, refund = _failed(refund)
        again = refunds.ask(
            charge,
            refund.payment,
            amount=refund.amount,
            reason=RefundReason.REQUESTED,
            by=by,
            at=at,
            note=refund.note,
        )
        _write(refund.payment, Act.RETRIED, "", by, at, refund=refund)
    return again


def mark(refund: Refund, *, note: str, by: User, at: datetime) -> Refund:
    """The payer has the money by another way (a bank transfer of the agency): `note` says which.

    Raises NotInReview; RefundExceeds when it has gone back otherwise meanwhile.
    """
    with transaction.atomic():
        _charge, refund = _failed(refund)
        if refund.amount > refunds.left(refund.payment):
            raise refunds.RefundExceeds
        seen = RefundSeen(refund.provider_id, RefundState.SUCCEEDED, refund.amount, "")
        refunds.write(refund, seen, at=at)
        _write(refund.payment, Act.MARKED, note, by, at, refund=refund)
    return refund


def remark(
    payment: Payment,
    *,
    note: str,
    by: User,
    at: datetime,
    refund: Refund | None = None,
    dispute: Dispute | None = None,
) -> Decision:
    """A note for colleagues; nothing else changes."""
    return _write(payment, Act.NOTED, note, by, at, refund=refund, dispute=dispute)


def _locked(payment: Payment) -> tuple[Charge, Payment]:
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)
    payment = Payment.objects.get(pk=payment.pk)
    payment.charge = charge
    if payment.status != PaymentStatus.REVIEW:
        raise NotInReview
    return charge, payment


def _failed(refund: Refund) -> tuple[Charge, Refund]:
    charge = Charge.objects.select_for_update(of=("self",)).get(payments=refund.payment_id)
    refund = Refund.objects.select_related("payment").get(pk=refund.pk)
    if refund.status != RefundStatus.FAILED or refund.decisions.filter(act__in=SETTLING).exists():
        raise NotInReview
    return charge, refund


def _take_over(payment: Payment, seen: Seen) -> None:
    payment.provider_id = payment.provider_id or seen.provider_id
    payment.transaction_id = seen.transaction_id or payment.transaction_id


def _write(
    payment: Payment,
    act: Act,
    note: str,
    by: User,
    at: datetime,
    *,
    refund: Refund | None = None,
    dispute: Dispute | None = None,
) -> Decision:
    return Decision.objects.create(
        payment=payment, refund=refund, dispute=dispute, act=act, note=note[:300], by=by, at=at
    )
