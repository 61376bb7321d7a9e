"""What a provider told and nobody heard: its own list of events, read on from a cursor, with some overlap."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, cast

from payments import providers, reconciliation
from payments.models import ProviderCursor, ProviderEvent
from payments.providers import Notice, ProviderDown, ProviderRefused

logger = logging.getLogger(__name__)

LISTING = ("stripe",)  # providers that keep a list of what they told
KEPT = timedelta(days=30)  # how long Stripe keeps its list
# Events are dated by when they happened, and may enter the list after younger ones.
OVERLAP = timedelta(hours=1)


class Listing(Protocol):
    def events(self, *, since: datetime) -> Iterable[Notice]:
        """What was told since then, as `parse_callback` would have given it. Raises ProviderDown, ProviderRefused."""


def sweep(*, at: datetime) -> int:
    """Put into the inbox what every provider told since its cursor, less the overlap. Returns how many were new.

    The cursor moves when the whole list has been read; a provider that does not answer is asked again next time.
    """
    return sum(_catch_up(key, at) for key in LISTING)


def _catch_up(key: str, at: datetime) -> int:
    cursor = ProviderCursor.objects.filter(provider=key).first()
    since = max(cursor.until - OVERLAP, at - KEPT) if cursor else at - KEPT
    try:
        told = list(cast(Listing, providers.get(key)).events(since=since))
    except (ProviderDown, ProviderRefused) as trouble:
        logger.warning("The list of %s could not be read (%s)", key, trouble)
        return 0
    heard = ProviderEvent.objects.filter(provider=key, event_id__in=[notice.event_id for notice in told])
    known = set(heard.values_list("event_id", flat=True))
    new = [notice for notice in told if notice.event_id not in known]
    for notice in reversed(new):  # the provider lists the newest first
        reconciliation.record(key, notice, at=at)
    ProviderCursor.objects.update_or_create(provider=key, defaults={"until": at})
    if new:
        logger.warning("%d events of %s had not come in by themselves", len(new), key)
    return len(new)
