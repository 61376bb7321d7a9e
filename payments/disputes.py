"""Disputes: a payer tells their bank that the payment is not theirs. The provider decides; the books follow."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from payments import journal, providers, refunds, signals
from payments.models import Charge, Dispute, DisputeStatus, Payment, PaymentStatus
from payments.providers import DisputeSeen, DisputeState

logger = logging.getLogger(__name__)

STATUS = {
    DisputeState.OPEN: DisputeStatus.OPEN,
    DisputeState.WON: DisputeStatus.WON,
    DisputeState.LOST: DisputeStatus.LOST,
}


def hear(provider_key: str, provider_id: str, *, at: datetime) -> bool:
    """The provider has told of a dispute: ask for it, write it. False when it belongs to no payment of ours.

    Raises ProviderDown, and ProviderRefused for an unknown id.
    """
    seen = providers.get(provider_key).fetch_dispute(provider_id)
    known = Payment.objects.filter(provider=provider_key, status=PaymentStatus.SUCCEEDED)
    payment = known.exclude(transaction_id="").filter(transaction_id=seen.transaction_id).first()
    if payment:
        write(payment, seen, at=at)
    return payment is not None


@transaction.atomic
def write(payment: Payment, seen: DisputeSeen, *, at: datetime) -> Dispute:
    """Lock the charge, bring the dispute, the books and the charge to what the provider says.

    What is decided stays decided. The thing that was paid for goes on as it stood: it was paid in good faith.
    """
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)
    dispute, is_new = Dispute.objects.get_or_create(
        provider_id=seen.provider_id,
        defaults={
            "payment": payment,
            "amount": seen.amount,
            "reason": seen.reason[:60],
            "opened_at": at,
            "answer_by": seen.answer_by,
        },
    )
    if is_new:
        logger.error("Payment %s is disputed: a person has to answer the provider", payment.pk)
        journal.disputed(dispute, charge, at=at)
    is_decided = dispute.status == DisputeStatus.OPEN and seen.state != DisputeState.OPEN
    if is_decided:
        dispute.status, dispute.closed_at = STATUS[seen.state], at
        dispute.save(update_fields=["status", "closed_at"])
        journal.disputed(dispute, charge, at=at)
    refunds.write_charge(charge, payment)
    if is_new or is_decided:
        signals.dispute_changed.send(Charge, charge=charge, dispute=dispute, at=at)
    return dispute
