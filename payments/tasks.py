"""What workers do for the cash desk. Every task may run twice, and none carries more than ids."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from payments import journal, missed, receipts, reconciliation, refunds, strays, transfers
from payments.models import Payment
from payments.providers import ProviderDown

logger = logging.getLogger(__name__)


@shared_task
def process_event(*, provider: str, event_id: str, **_newer: object) -> None:
    reconciliation.handle(provider, event_id, at=timezone.now())


@shared_task
def check_payment(*, payment_id: int, **_newer: object) -> None:
    payment = Payment.objects.select_related("charge").filter(pk=payment_id).first()
    if not payment:
        return
    try:
        reconciliation.check(payment, at=timezone.now())
    except ProviderDown:
        return  # the row has its next check; the sweep comes back to it


@shared_task
def send_refund(*, refund_id: int, **_newer: object) -> None:
    try:
        refunds.send(refund_id, at=timezone.now())
    except ProviderDown:
        return  # the row has its next attempt; the sweep comes back to it


@shared_task
def sweep_events(**_newer: object) -> None:
    reconciliation.sweep_events(at=timezone.now())


@shared_task
def sweep_stale(**_newer: object) -> None:
    reconciliation.sweep_stale(at=timezone.now())


@shared_task
def sweep_refunds(**_newer: object) -> None:
    reconciliation.sweep_refunds(at=timezone.now())


@shared_task
def sweep_missed(**_newer: object) -> None:
    missed.sweep(at=timezone.now())


@shared_task
def sweep_strays(**_newer: object) -> None:
    strays.sweep(at=timezone.now())


@shared_task
def make_receipt(*, receipt_id: int, **_newer: object) -> None:
    try:
        receipts.make(receipt_id, at=timezone.now())
    except Exception:  # the money is settled; the sweep comes back to the paper
        logger.exception("Receipt %s was not made; it is tried again", receipt_id)


@shared_task
def sweep_receipts(**_newer: object) -> None:
    receipts.sweep(at=timezone.now())


@shared_task
def check_receipts(**_newer: object) -> None:
    receipts.gaps()


@shared_task
def close_days(**_newer: object) -> None:
    journal.close_days(at=timezone.now())


@shared_task
def match_transfer(*, transfer_id: int, **_newer: object) -> None:
    try:
        transfers.match(transfer_id, at=timezone.now())
    except Exception:  # the row is there and booked; the sweep comes back to it
        logger.exception("Transfer %s was not matched; it is tried again", transfer_id)


@shared_task
def sweep_transfers(**_newer: object) -> None:
    transfers.sweep(at=timezone.now())
