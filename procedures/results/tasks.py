"""Work that the queue does for results. Every task may run twice."""

from __future__ import annotations

import uuid
from typing import Any

from celery import shared_task
from django.utils import timezone

from procedures.results import batches, issuing


@shared_task
def issue(*, result_id: int, **_later: Any) -> None:
    """Issue one result that a clerk asked for; nothing happens where it is not due."""
    issuing.work(result_id, at=timezone.now())


@shared_task
def sweep_issuing(**_later: Any) -> None:
    """Issue what waits: the queue lost it, its worker died, the authority was silent."""
    for result_id in issuing.waiting(at=timezone.now()):
        issuing.work(result_id, at=timezone.now())


@shared_task
def work_batch(*, batch_id: str, **_later: Any) -> None:
    """Carry out what waits of a batch."""
    batches.work(uuid.UUID(batch_id))


@shared_task
def sweep_batches(**_later: Any) -> None:
    """Carry on with batches that no worker is at: the queue lost them, or their worker died."""
    for batch_id in batches.waiting():
        batches.work(batch_id)
