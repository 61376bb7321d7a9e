"""Money on its way back: asked for under the charge's lock, carried out by a worker, once."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from payments import journal, providers, queue, receipts, signals
from payments.models import (
    Charge,
    ChargeStatus,
    DisputeStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
    RefundStatus,
)
from payments.providers import ProviderRefused, RefundSeen, RefundState

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

ON_ITS_WAY = (RefundStatus.REQUESTED, RefundStatus.PENDING)
STATUS = {
    RefundState.PENDING: RefundStatus.PENDING,
    RefundState.SUCCEEDED: RefundStatus.SUCCEEDED,
    RefundState.FAILED: RefundStatus.FAILED,
}


class RefundExceeds(Exception):
    """More would go back than came in."""


class NotDecidable(Exception):
    """The refund waits for nobody's decision, or not for this person's."""


def ask(
    charge: Charge,
    payment: Payment,
    *,
    amount: int,
    reason: RefundReason,
    by: User | None,
    at: datetime,
    note: str = "",
    two_people: bool = False,
) -> Refund:
    """Promise `amount` đồng of `payment` back. The caller holds the charge's lock.

    Writes the refund, the books, the charge's status; a worker sends the money after the commit. What a person
    asks for above REFUND_ALONE_LIMIT only becomes a proposal: another person decides.
    Raises RefundExceeds when less than that is left of the payment, or nothing.
    """
    second = by is not None and (two_people or amount > settings.REFUND_ALONE_LIMIT)
    if not 0 < amount <= left(payment):
        raise RefundExceeds
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        reason=reason,
        requested_by=by,
        requested_at=at,
        needs_second=second,
        status=RefundStatus.PROPOSED if second else RefundStatus.REQUESTED,
        next_attempt_at=None if second else at,
        note=note[:200],
    )
    if not second:
        _promise(refund, charge, at)
    _tell(refund, charge, at)
    return refund


def _tell(refund: Refund, charge: Charge, at: datetime) -> None:
    signals.refund_changed.send(Charge, charge=charge, refund=refund, at=at)


def _promise(refund: Refund, charge: Charge, at: datetime) -> None:
    journal.refunded(refund, charge, at=at)
    write_charge(charge, refund.payment)
    queue.later("send_refund", refund_id=refund.pk)


@transaction.atomic
def decide(refund: Refund, *, by: User, approved: bool, at: datetime) -> Refund:
    """A second person lets a proposed refund go, or not. Raises NotDecidable, also for who proposed it."""
    charge = Charge.objects.select_for_update(of=("self",)).get(payments=refund.payment_id)
    refund = Refund.objects.select_related("payment").get(pk=refund.pk)
    if refund.status != RefundStatus.PROPOSED or refund.requested_by_id == by.pk:
        raise NotDecidable
    refund.decided_by, refund.decided_at = by, at
    refund.status = RefundStatus.REQUESTED if approved else RefundStatus.REJECTED
    refund.next_attempt_at = at if approved else None
    refund.save(update_fields=["decided_by", "decided_at", "status", "next_attempt_at"])
    if approved:
        _promise(refund, charge, at)
    _tell(refund, charge, at)
    return refund


def left(payment: Payment) -> int:
    """Đồng of the payment that are neither back, nor promised or proposed to go back, nor disputed."""
    gone = _sum(payment, RefundStatus.PROPOSED, *ON_ITS_WAY, RefundStatus.SUCCEEDED)
    return max(0, payment.amount - gone - _contested(payment))


def send(refund_id: int, *, at: datetime) -> None:
    """Claim the row, ask the provider (outside any transaction), write what it says.

    May be called any number of times, by several workers: the provider sees one refund a row.
    Raises ProviderDown; the row has its next attempt set by then.
    """
    if not (refund := _claim(refund_id, at)):
        return
    provider = providers.get(refund.payment.provider)
    try:
        seen = provider.fetch_refund(refund.provider_id) if refund.provider_id else provider.refund(refund)
    except ProviderRefused as refusal:
        logger.error("Refund %s was refused by the provider: %s", refund.pk, refusal.code)
        seen = RefundSeen(refund.provider_id, RefundState.FAILED, refund.amount, "", reason=refusal.code)
    write(refund, seen, at=at)


def _claim(refund_id: int, at: datetime) -> Refund | None:
    """Count the attempt and set the next before the first byte leaves; None when nothing is due."""
    with transaction.atomic():
        due = Refund.objects.select_for_update(of=("self",)).filter(status__in=ON_ITS_WAY)
        refund = due.select_related("payment").filter(pk=refund_id).first()
        if not refund or (refund.attempts and refund.next_attempt_at and refund.next_attempt_at > at):
            return None
        refund.next_attempt_at = queue.next_attempt(refund.attempts, at)
        refund.attempts += 1
        refund.save(update_fields=["attempts", "next_attempt_at"])
    return refund


def write(refund: Refund, seen: RefundSeen, *, at: datetime) -> None:
    """Lock the charge, bring the refund and the charge to what the provider says, tell upwards when it is done."""
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(payments=refund.payment_id)
        refund = Refund.objects.select_related("payment").get(pk=refund.pk)
        before = refund.status
        refund.status = STATUS[seen.state]
        if before == RefundStatus.SUCCEEDED and refund.status != RefundStatus.FAILED:
            return  # told twice, or an older answer that was overtaken
        _write_refund(refund, seen, at)
        journal.refunded(refund, charge, at=at)
        write_charge(charge, refund.payment)
        if refund.status == RefundStatus.SUCCEEDED:
            receipts.adjust(charge, refund, at=at)
        if refund.status != before:
            _tell(refund, charge, at)


def _write_refund(refund: Refund, seen: RefundSeen, at: datetime) -> None:
    refund.provider_id = seen.provider_id or refund.provider_id
    if refund.status != RefundStatus.PENDING:
        refund.next_attempt_at = None
        refund.settled_at = at
    if refund.status == RefundStatus.FAILED:
        refund.note = seen.reason[:200]
        logger.error("Refund %s failed: a person has to look at it", refund.pk)
    refund.save(update_fields=["status", "provider_id", "next_attempt_at", "settled_at", "note"])


def write_charge(charge: Charge, payment: Payment) -> None:
    """The charge follows the payment that settled it; money that was never owed does not change it."""
    if payment.surplus:
        return
    returned = _sum(payment, RefundStatus.SUCCEEDED)
    coming = _sum(payment, *ON_ITS_WAY)
    if returned >= payment.amount:
        charge.status = ChargeStatus.REFUNDED
    elif _contested(payment):
        charge.status = ChargeStatus.DISPUTED
    else:
        whole = coming and returned + coming >= payment.amount
        charge.status = ChargeStatus.REFUNDING if whole else ChargeStatus.PAID
    charge.save(update_fields=["status"])


def _contested(payment: Payment) -> int:
    """Đồng that the payer's bank holds, or has kept."""
    found = payment.disputes.exclude(status=DisputeStatus.WON)
    return found.aggregate(sum=Sum("amount"))["sum"] or 0


def _sum(payment: Payment, *statuses: RefundStatus) -> int:
    return payment.refunds.filter(status__in=statuses).aggregate(sum=Sum("amount"))["sum"] or 0


def hear(provider_key: str, provider_id: str, *, at: datetime) -> bool:
    """The provider has told of a refund: ask for it, write it. One that nobody here asked for is recorded too.

    Returns False when it belongs to no payment of ours. Raises ProviderDown, and ProviderRefused for an
    unknown id.
    """
    seen = providers.get(provider_key).fetch_refund(provider_id)
    refund = _find(seen) or _record(provider_key, seen, at)
    if refund:
        write(refund, seen, at=at)
    return refund is not None


def _find(seen: RefundSeen) -> Refund | None:
    """By the provider's id; else by our own, when the answer to our call has not been written yet."""
    if known := Refund.objects.filter(provider_id=seen.provider_id).first():
        return known
    asked = Refund.objects.filter(payment__transaction_id=seen.transaction_id, provider_id="")
    return next((refund for refund in asked if str(refund.uuid) == seen.reference), None)


def _record(provider_key: str, seen: RefundSeen, at: datetime) -> Refund | None:
    """Write down a refund that somebody made in the provider's own dashboard."""
    known = Payment.objects.filter(provider=provider_key, status=PaymentStatus.SUCCEEDED)
    payment = known.exclude(transaction_id="").filter(transaction_id=seen.transaction_id).first()
    if not payment:
        return None
    refund, _ = Refund.objects.get_or_create(
        provider_id=seen.provider_id,
        defaults={
            "payment": payment,
            "amount": seen.amount,
            "reason": RefundReason.EXTERNAL,
            "requested_at": at,
        },
    )
    return refund
