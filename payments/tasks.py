"""What workers do for the cash desk. Every task may run twice, and none carries more than ids."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from payments import reconciliation, refunds
from payments.models import Payment
from payments.providers import ProviderDown


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
