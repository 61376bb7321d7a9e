"""Asking the provider: for one payment, for one event of the inbox, for all that has been silent too long."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, Q

from payments import disputes, providers, queue, refunds, settlement
from payments.models import (
    EventStatus,
    Payment,
    PaymentStatus,
    ProviderEvent,
    Refund,
)
from payments.providers import Notice, ProviderDown, ProviderRefused, Seen

logger = logging.getLogger(__name__)

AT_ONCE = 100  # rows of one sweep; the next one comes soon
REFERENCE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([0-9]{1,4})")  # Payment.reference
OVER = (PaymentStatus.SUCCEEDED, PaymentStatus.REVIEW)


def check(payment: Payment, *, at: datetime) -> Payment:
    """Ask the provider how the payment stands, and write it down. Returns the fresh row.

    Called outside a transaction. An attempt that may not be paid any more (charge cancelled or settled,
    time over) is closed at the provider first. Raises ProviderDown; nothing is written then.
    """
    if payment.status in OVER:
        return payment
    if not payment.provider_id:
        # Opened or not, nobody was given an address: there is nothing to ask for until the payer comes back.
        dead = not payment.is_wanted or at >= payment.expires_at
        return settlement.expire(payment, at=at) if dead else payment
    try:
        seen = _look(payment, at)
    except ProviderRefused as refusal:
        logger.error("The provider does not know payment %s: %s", payment.pk, refusal.code)
        raise ProviderDown(refusal.code) from refusal
    return settlement.apply(payment, seen, at=at)


def close(payment: Payment, *, at: datetime) -> Payment:
    """Make sure that an attempt takes no money any more, and write down how it ended. Raises ProviderDown."""
    if not payment.provider_id:
        return settlement.expire(payment, at=at)
    return settlement.apply(payment, providers.get(payment.provider).cancel(payment), at=at)


def _look(payment: Payment, at: datetime) -> Seen:
    provider = providers.get(payment.provider)
    wanted = payment.is_wanted and at < payment.expires_at
    return provider.fetch_status(payment) if wanted else provider.cancel(payment)


# ── The inbox ─────────────────────────────────────────────────────────────────────────────────────


def record(provider_key: str, notice: Notice, *, at: datetime) -> None:
    """Put a callback into the inbox (once, however often it comes) and ask a worker to look at it."""
    wrong_mode = notice.live != providers.get(provider_key).live
    row = ProviderEvent(
        provider=provider_key,
        event_id=notice.event_id,
        kind=notice.kind,
        object_id=notice.object_id,
        reference=notice.reference,
        live=notice.live,
        received_at=at,
        next_attempt_at=at,
    )
    if wrong_mode or not notice.about:
        row.status, row.handled_at, row.next_attempt_at = EventStatus.IGNORED, at, None
        row.note = "wrong mode" if wrong_mode else "of no interest"
    with transaction.atomic():
        ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
        if row.status == EventStatus.NEW:
            queue.later("process_event", provider=provider_key, event_id=notice.event_id)


def handle(provider_key: str, event_id: str, *, at: datetime) -> None:
    """Claim an event, ask the provider about its object, write the change and the event's end in one transaction.

    May run twice or in parallel. When the provider does not answer, the row waits for its next attempt.
    """
    if not (event := _claim(provider_key, event_id, at)):
        return
    try:
        if providers.get(provider_key).about(event.kind) == "refund":
            known = refunds.hear(provider_key, event.object_id, at=at)
            _close(event, "" if known else "a refund of no payment of ours", at)
        elif providers.get(provider_key).about(event.kind) == "dispute":
            known = disputes.hear(provider_key, event.object_id, at=at)
            _close(event, "" if known else "a dispute of no payment of ours", at)
        else:
            _handle_payment(event, at)
    except ProviderDown:
        logger.warning("Event %s waits: the provider does not answer", event.pk)
    except ProviderRefused:
        _close(event, "the provider does not know its object", at)


def _claim(provider_key: str, event_id: str, at: datetime) -> ProviderEvent | None:
    """Count the attempt and set the next one; the row counts decide which of two workers has it."""
    waiting = ProviderEvent.objects.filter(provider=provider_key, event_id=event_id, status=EventStatus.NEW)
    event = waiting.filter(Q(attempts=0) | Q(next_attempt_at__lte=at)).first()
    if not event:
        return None
    claimed = waiting.filter(attempts=event.attempts).update(
        attempts=F("attempts") + 1, next_attempt_at=queue.next_attempt(event.attempts, at)
    )
    return event if claimed else None


def _handle_payment(event: ProviderEvent, at: datetime) -> None:
    payment = find(event.provider, event.object_id, event.reference)
    if not payment:
        return _close(event, "of no payment of ours", at)
    if payment.status in OVER:
        return _close(event, "", at)
    seen = _look(payment, at)
    with transaction.atomic():
        settlement.apply(payment, seen, at=at)
        return _close(event, "", at)


def find(provider_key: str, provider_id: str, reference: str) -> Payment | None:
    """By the provider's id; else by our reference, for an event that overtook the answer to our first call."""
    payments = Payment.objects.select_related("charge").filter(provider=provider_key)
    if known := payments.filter(provider_id=provider_id).first():
        return known
    if not (ours := REFERENCE.fullmatch(reference)):
        return None
    early = payments.filter(charge__uuid=ours[1], attempt=int(ours[2]), provider_id="").first()
    if early:
        early.provider_id = provider_id
    return early


def _close(event: ProviderEvent, note: str, at: datetime) -> None:
    event.status = EventStatus.IGNORED if note else EventStatus.DONE
    event.note = note
    event.handled_at = at
    event.next_attempt_at = None
    event.save(update_fields=["status", "note", "handled_at", "next_attempt_at"])


# ── What the messages lost ────────────────────────────────────────────────────────────────────────


def sweep_events(*, at: datetime) -> int:
    """Handle the events that are still NEW when their time has come. Returns how many were tried."""
    due = ProviderEvent.objects.filter(status=EventStatus.NEW, next_attempt_at__lte=at).order_by(
        "next_attempt_at"
    )
    rows = due.values_list("provider", "event_id")[:AT_ONCE]
    return _each([partial(handle, provider, event, at=at) for provider, event in rows])


def sweep_stale(*, at: datetime) -> int:
    """Ask about the payments that have been silent too long: a lost webhook costs minutes, not the money."""
    due = Payment.objects.filter(next_check_at__lte=at).select_related("charge").order_by("next_check_at")
    return _each([partial(_check_silent, payment, at) for payment in due[:AT_ONCE]])


def _check_silent(payment: Payment, at: datetime) -> None:
    claimed = Payment.objects.filter(pk=payment.pk, next_check_at=payment.next_check_at)
    if claimed.update(next_check_at=at + settlement.WAIT_OPEN):
        check(payment, at=at)


def sweep_refunds(*, at: datetime) -> int:
    """Carry out the refunds whose time has come."""
    due = Refund.objects.filter(next_attempt_at__lte=at).order_by("next_attempt_at")
    ids = due.values_list("pk", flat=True)[:AT_ONCE]
    return _each([partial(refunds.send, pk, at=at) for pk in ids])


def _each(calls: list[Callable[[], object]]) -> int:
    """One bad row may not hold up the others; a provider that is down holds up all of them."""
    for number, call in enumerate(calls, start=1):
        try:
            call()
        except ProviderDown as down:
            logger.warning("The provider does not answer (%s); %d rows wait", down, len(calls) - number + 1)
            return number
        except Exception:
            logger.exception("One row of a sweep failed; the others go on")
    return len(calls)
