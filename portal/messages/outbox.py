"""Telling somebody something: a row in their inbox, and a delivery row for every way out of the portal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from portal.messages import tasks
from portal.messages.models import Channel, Delivery, Message

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def send(recipient: User, *, key: str, subject: str, body: str, link: str = "", at: datetime) -> Message:
    """Put a message into the outbox, in the caller's transaction; the words are already in the reader's language.

    In order: the inbox row; a delivery row if the recipient has an e-mail address; on commit, a word to the
    queue. When the queue cannot be reached the row waits for the sweep. The same `key` for the same
    recipient is sent once: a repeated call returns the first message and changes nothing.
    `link` is a path on this site ("/ho-so/…"); anything else raises ValueError.
    """
    if link and not is_local(link):
        raise ValueError("a message links to this site only")
    message, created = Message.objects.get_or_create(
        recipient=recipient,
        key=key,
        defaults={"subject": subject[:200], "body": body, "link": link, "created_at": at},
    )
    if created and recipient.email:
        delivery = Delivery.objects.create(
            message=message, channel=Channel.EMAIL, address=recipient.email, next_attempt_at=at
        )
        _tell_queue(delivery)
    return message


def _tell_queue(delivery: Delivery) -> None:
    # A function of its own, not a partial: Django's report of a robust callback needs its name.
    def enqueue() -> None:
        tasks.deliver.delay(delivery_id=delivery.pk)

    # robust: a broker that does not answer must not fail the verb that has just been committed.
    transaction.on_commit(enqueue, robust=True)


def is_local(link: str) -> bool:
    """Is `link` a path on this site? "//host" and "/\\host" are other sites to a browser."""
    return link.startswith("/") and link[1:2] not in ("/", "\\") and link.isprintable()
