"""What somebody has been told: their messages, newest first, and which of them they have opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from portal.messages.models import Message

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import User

PAGE = 20


@dataclass(frozen=True, slots=True)
class Page:
    messages: list[Message]
    older: int | None  # the id to pass as `before` for the page that follows, if there is one


def of(user: User) -> QuerySet[Message]:
    return Message.objects.filter(recipient=user)


def page(user: User, *, before: int | None = None) -> Page:
    """Up to 20 messages, newest first, from those before the id `before`. One query whatever the number."""
    found = of(user).order_by("-id")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def unread(user: User) -> int:
    return of(user).filter(read_at=None).count()


def read(user: User, *, message_id: int, at: datetime) -> Message | None:
    """Note that `user` has opened the message, once; None when it is not theirs."""
    of(user).filter(pk=message_id, read_at=None).update(read_at=at)
    return of(user).filter(pk=message_id).first()


def read_all(user: User, *, at: datetime) -> int:
    """Note that `user` has seen everything; how many were new."""
    return of(user).filter(read_at=None).update(read_at=at)
