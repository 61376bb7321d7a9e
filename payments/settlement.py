"""What the provider says, judged and written down: the one place where a charge becomes PAID.

Every way in (webhook, return of the payer, sweep) ends in `apply`, with what the provider answered when it
was asked; so a forged, doubled, late or reordered message can do no more than make us ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from payments import journal, providers, queue, receipts, refunds, signals
from payments.models import (
    ACTIVE,
    Charge,
    ChargeStatus,
    Payment,
    PaymentStatus,
    RefundReason,
)
from payments.providers import Opened, Seen, State

logger = logging.getLogger(__name__)

CURRENCY = "vnd"
WAIT_OPEN = timedelta(minutes=5)
WAIT_PROCESSING = timedelta(minutes=15)


def apply(payment: Payment, seen: Seen, *, at: datetime) -> Payment:
    """Lock the charge, then bring payment and charge to what the provider says. Returns the fresh row.

    In order: payment, charge, receipt, signal (charge_settled), other attempts and refunds queued.
    Nothing happens for a payment that has succeeded or is under review. A receiver's exception undoes all.
    """
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)
        payment = Payment.objects.get(pk=payment.pk)
        payment.charge = charge
        if payment.status not in (PaymentStatus.SUCCEEDED, PaymentStatus.REVIEW):
            judge(charge, payment, seen, at=at)
    return payment


def judge(charge: Charge, payment: Payment, seen: Seen, *, at: datetime) -> None:
    """Bring both to what the provider says. The caller holds the charge's lock."""
    payment.provider_id = payment.provider_id or seen.provider_id
    payment.transaction_id = seen.transaction_id or payment.transaction_id
    _judge(payment, seen)(charge, payment, at)


def opened(payment: Payment, answer: Opened, *, at: datetime) -> Payment:
    """Write down the provider's answer to the first call. Returns the fresh row.

    The charge may have been cancelled while the call was under way: the attempt is then closed by a worker.
    """
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)
        payment = Payment.objects.get(pk=payment.pk)
        payment.charge = charge
        payment.provider_id = answer.provider_id
        payment.url = answer.url
        if payment.status == PaymentStatus.CREATED:
            payment.status = PaymentStatus.OPEN
        if payment.status not in (PaymentStatus.SUCCEEDED, PaymentStatus.REVIEW):
            payment.next_check_at = at + WAIT_OPEN if payment.is_wanted else at
        payment.save(update_fields=["provider_id", "url", "status", "next_check_at"])
    return payment


def expire(payment: Payment, *, at: datetime) -> Payment:
    """End an attempt that the provider never opened, or of which nobody has got the address."""
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)
        payment = Payment.objects.get(pk=payment.pk)
        if payment.status == PaymentStatus.CREATED:
            _end(PaymentStatus.EXPIRED)(charge, payment, at)
    return payment


def fail(payment: Payment, *, note: str, at: datetime) -> None:
    """End an attempt that the provider refused to open."""
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)
        payment = Payment.objects.get(pk=payment.pk)
        if payment.status == PaymentStatus.CREATED:
            payment.note = note[:200]
            _end(PaymentStatus.FAILED)(charge, payment, at)


Step = Callable[[Charge, Payment, datetime], None]


def _judge(payment: Payment, seen: Seen) -> Step:
    if seen.state in (State.FAILED, State.EXPIRED):
        return STEPS[seen.state]
    if note := _disagreement(payment, seen):
        payment.note = note
        return _review
    return STEPS[seen.state]


def _disagreement(payment: Payment, seen: Seen) -> str:
    """Which of the four facts is not the one we stored; empty when all agree."""
    facts = {
        "amount": (seen.amount, payment.amount),
        "currency": (seen.currency, CURRENCY),
        "reference": (seen.reference, payment.reference),
        "mode": (seen.live, providers.get(payment.provider).live),
    }
    return ", ".join(name for name, (theirs, ours) in facts.items() if theirs != ours)


def settle(charge: Charge, payment: Payment, *, at: datetime) -> Payment:
    """The money is there beyond doubt. The caller holds the charge's lock."""
    _paid(charge, payment, at)
    return payment


def _paid(charge: Charge, payment: Payment, at: datetime) -> None:
    payment.status = PaymentStatus.SUCCEEDED
    payment.settled_at = at
    # An attempt from before the fee changed brings another sum than is owed now.
    payment.surplus = not charge.is_payable or payment.amount != charge.amount
    _save(payment, next_check_at=None)
    journal.received(payment, charge, at=at)
    if payment.surplus:
        logger.warning("Payment %s came in for a charge that is %s: it goes back", payment.pk, charge.status)
        refunds.ask(charge, payment, amount=payment.amount, reason=RefundReason.SURPLUS, by=None, at=at)
    else:
        _settle(charge, payment, at)


def _settle(charge: Charge, payment: Payment, at: datetime) -> None:
    charge.status = ChargeStatus.PAID
    charge.settled_at = at
    charge.save(update_fields=["status", "settled_at"])
    receipt = receipts.issue(charge, payment, at=at)
    close_others(charge, at=at)
    signals.charge_settled.send(Charge, charge=charge, payment=payment, receipt=receipt, at=at)


def close_others(charge: Charge, *, at: datetime) -> None:
    """Attempts that are still open on a charge that takes no more money: a worker closes them at the provider."""
    for other in charge.payments.filter(status__in=ACTIVE):
        _save(other, next_check_at=at)
        queue.later("check_payment", payment_id=other.pk)


def _processing(charge: Charge, payment: Payment, at: datetime) -> None:
    # An attempt that ended here and lives on there may not push out the active one; it is only watched.
    if payment.is_active or not charge.payments.filter(status__in=ACTIVE).exists():
        payment.status = PaymentStatus.PROCESSING
    _save(payment, next_check_at=at + WAIT_PROCESSING)
    if charge.status == ChargeStatus.DUE:
        charge.status = ChargeStatus.PENDING
        charge.save(update_fields=["status"])


def _still_open(_charge: Charge, payment: Payment, at: datetime) -> None:
    _save(payment, next_check_at=at + WAIT_OPEN)


def _end(status: PaymentStatus) -> Step:
    def step(charge: Charge, payment: Payment, at: datetime) -> None:
        payment.status = status
        _save(payment, next_check_at=_watched_until(payment, at))
        on_its_way = charge.payments.filter(status=PaymentStatus.PROCESSING).exists()
        if charge.status == ChargeStatus.PENDING and not on_its_way:
            charge.status = ChargeStatus.DUE
            charge.save(update_fields=["status"])

    return step


def _watched_until(payment: Payment, at: datetime) -> datetime | None:
    """When to ask once more about an attempt that ended here but that its provider could not shut."""
    if not payment.provider_id or providers.get(payment.provider).shuts:
        return None
    last = payment.expires_at + WAIT_PROCESSING
    return last if at < last else None


def _review(_charge: Charge, payment: Payment, _at: datetime) -> None:
    """Money or not, something is not as we asked for it: hands off until a person has looked."""
    payment.status = PaymentStatus.REVIEW
    _save(payment, next_check_at=None)
    logger.error("Payment %s needs review: the provider has another %s", payment.pk, payment.note)


def _save(payment: Payment, *, next_check_at: datetime | None) -> None:
    payment.next_check_at = next_check_at
    payment.save(
        update_fields=[
            "status",
            "surplus",
            "provider_id",
            "transaction_id",
            "next_check_at",
            "settled_at",
            "note",
        ]
    )


STEPS: dict[State, Step] = {
    State.OPEN: _still_open,
    State.PROCESSING: _processing,
    State.PAID: _paid,
    State.FAILED: _end(PaymentStatus.FAILED),
    State.EXPIRED: _end(PaymentStatus.EXPIRED),
}
