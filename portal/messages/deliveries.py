"""Getting a message out of the portal: attempts, and when to try again. Any number of workers may try at once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import TYPE_CHECKING

from django.db.models import F

from portal.messages import mail
from portal.messages.models import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)

# How long to wait after the first, second, … failed attempt; then the delivery is given up.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
SWEEP = 100  # deliveries that one sweep takes on


def due(at: datetime) -> Iterable[int]:
    """Ids of the deliveries whose time has come, the longest waiting first."""
    waiting = Delivery.objects.filter(next_attempt_at__lte=at).order_by("next_attempt_at")
    return list(waiting.values_list("pk", flat=True)[:SWEEP])


def attempt(delivery_id: int, *, at: datetime) -> bool:
    """Try one delivery that is due; True when it went out now.

    First the attempt is claimed with one conditional UPDATE that also sets the next one, so that two
    workers never send the same message, and a worker that dies in the middle is made good by the next
    sweep. Then the message goes out, outside any transaction; then the outcome is written down. A crash
    between the last two sends it twice, with the same Message-ID. Expected failures of the peer are
    recorded and not raised.
    """
    if not _claim(delivery_id, at):
        return False
    delivery = Delivery.objects.select_related("message__recipient").get(pk=delivery_id)
    try:
        mail.send(delivery)
    except (OSError, SMTPException) as error:
        _failed(delivery, error)
        return False
    delivery.sent_at, delivery.next_attempt_at, delivery.error = at, None, ""
    delivery.save(update_fields=["sent_at", "next_attempt_at", "error"])
    return True


def _claim(delivery_id: int, at: datetime) -> bool:
    for tries, wait in enumerate((*BACKOFF, None)):
        claimed = Delivery.objects.filter(pk=delivery_id, attempts=tries, next_attempt_at__lte=at).update(
            attempts=F("attempts") + 1, next_attempt_at=at + wait if wait else None
        )
        if claimed:
            return True
    return False


def _failed(delivery: Delivery, error: Exception) -> None:
    """Write the reason down; a peer that will never take the message is not asked again."""
    if is_permanent(error):
        delivery.next_attempt_at = None
    # The class and the peer's code, not its words: those often quote the address.
    delivery.error = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
    delivery.save(update_fields=["next_attempt_at", "error"])
    log.warning("delivery %s failed (attempt %s): %s", delivery.pk, delivery.attempts, delivery.error)


def is_permanent(error: Exception) -> bool:
    """Does a later attempt make no sense? SMTP says so with a 5xx about the recipient or the message."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code in range(550, 555)
