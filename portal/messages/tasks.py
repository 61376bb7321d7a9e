"""What the queue does for messages. Safe to run twice."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from portal.messages import deliveries


@shared_task
def deliver(*, delivery_id: int, **_later: Any) -> None:
    """Try one delivery now; nothing happens if it has gone out or is not due."""
    deliveries.attempt(delivery_id, at=timezone.now())


@shared_task
def sweep(**_later: Any) -> int:
    """Try every delivery whose time has come: what the queue lost, and what failed before. How many went out."""
    at = timezone.now()
    return sum(deliveries.attempt(delivery_id, at=at) for delivery_id in deliveries.due(at))
