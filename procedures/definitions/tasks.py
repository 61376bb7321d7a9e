"""Work that the queue does for procedures. Every task may run twice."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from procedures.definitions import publishing


@shared_task
def sweep_versions(**_later: Any) -> None:
    """Publish drafts whose hour has come; retire versions whose last filing date is over."""
    publishing.sweep_due(at=timezone.now())
