"""Work that the queue does for dossiers. Every task may run twice."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from procedures.dossiers import paperwork

log = logging.getLogger(__name__)


@shared_task
def make_form(*, form_id: int, **_later: Any) -> None:
    """Make one form (a PDF) of a dossier."""
    paperwork.make(form_id, at=timezone.now())


@shared_task
def sweep_papers(**_later: Any) -> None:
    """Make the forms whose queue entry was lost: the queue was emptied, the worker killed, the broker down."""
    for form_id in paperwork.waiting(at=timezone.now()):
        try:
            paperwork.make(form_id, at=timezone.now())
        except Exception:
            log.exception("form %s failed again", form_id)
