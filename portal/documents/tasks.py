"""What papers need while nobody looks: the store swept at night, certificates watched."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal.documents import expiry, store
from portal.documents.models import Document

log = logging.getLogger(__name__)

# A draft may rest for a month; what was uploaded for it and never sent goes after that.
KEEP_UNSENT = timedelta(days=30)
STRAY_DAYS = 7


@shared_task
def purge_orphans() -> int:
    """Forget uploads that nothing relies on after 30 days, and files whose row was never written; how many.

    May run twice, and beside uploads: only what is old enough is touched.
    """
    now = timezone.now()
    orphans = list(Document.objects.orphans(now - KEEP_UNSENT))
    for document in orphans:
        store.discard(document)
    strays = sum(store.purge_strays(day) for day in store.days_before(now, STRAY_DAYS))
    log.info("purged %s uploads and %s stray files", len(orphans), strays)
    return len(orphans) + strays


@shared_task
def warn_of_ending_keys() -> int:
    """Tell the system administrators of signing certificates that end within 60 days; how many keys.

    May run twice: each key is told of once a week.
    """
    return expiry.warn(at=timezone.now())
