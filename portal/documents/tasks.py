"""What papers need while nobody looks: the store swept at night, certificates watched, consents followed up."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal.documents import authorisations, expiry, renewal, store
from portal.documents.models import Authorisation, Document

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


@shared_task
def send_authorisation(*, authorisation_id: str) -> None:
    """Have the owner of a remote key asked. May run twice."""
    authorisations.send(authorisation_id, at=timezone.now())


@shared_task
def check_authorisation(*, authorisation_id: str) -> None:
    """Ask the provider what the owner has answered. May run twice."""
    authorisations.check(authorisation_id, at=timezone.now())


@shared_task
def cancel_authorisation(*, authorisation_id: str) -> None:
    """Take a question back at the provider. May run twice."""
    for row in Authorisation.objects.filter(pk=authorisation_id):
        authorisations.cancel(row.handle)


@shared_task
def sweep_authorisations() -> int:
    """Go on with questions to owners of remote keys; how many. May run twice, and beside itself."""
    return authorisations.sweep(at=timezone.now())


@shared_task
def renew_archive_stamps() -> int:
    """Renew the archive time stamps whose proof ends within half a year; how many papers.

    May run twice: a paper is locked while it is renewed, and what was renewed is not due again.
    """
    return renewal.sweep(at=timezone.now())
