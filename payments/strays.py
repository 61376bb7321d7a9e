"""Money that a provider got for us and that no payment of ours knows: found by its list, cleared up by a person."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from payments import agreement, providers, reconciliation
from payments.models import Payment, Stray
from payments.providers import ProviderDown, ProviderRefused

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

# A payment may be begun a day before it is paid; one hour more for the sweep that failed.
BACK = timedelta(hours=25)
SETTLING = timedelta(minutes=10)  # our own row gets the provider's number within this time


class Cleared(Exception):
    """Somebody else has cleared it up meanwhile, or it has found its payment."""


def sweep(*, at: datetime) -> int:
    """Look through what every provider that lists was paid lately. Returns how many strays are new."""
    return sum(_look(key, at) for key in agreement.LISTED if key in settings.PAYMENT_PROVIDERS)


def _look(key: str, at: datetime) -> int:
    try:
        paid = providers.listing(key).list_movements(at - BACK, at - SETTLING)
    except (ProviderDown, ProviderRefused) as trouble:
        logger.warning("The payments of %s could not be listed (%s)", key, trouble)
        return 0
    ids = [moved.provider_id for moved in paid]
    known = set(
        Payment.objects.filter(provider=key, provider_id__in=ids).values_list("provider_id", flat=True)
    )
    known |= set(
        Stray.objects.filter(provider=key, provider_id__in=ids).values_list("provider_id", flat=True)
    )
    rows = [
        Stray(
            provider=key,
            provider_id=moved.provider_id,
            reference=moved.reference[:80],
            amount=moved.amount,
            found_at=at,
        )
        for moved in paid
        if moved.provider_id not in known
    ]
    Stray.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        logger.warning("%d payments at %s are of no payment of ours", len(rows), key)
    return len(rows)


def look_again(stray: Stray, *, at: datetime) -> Payment | None:
    """Find its payment after all, by the provider's number or our reference, and settle it. Raises ProviderDown."""
    payment = reconciliation.find(stray.provider, stray.provider_id, stray.reference)
    return reconciliation.check(payment, at=at) if payment else None


def clear(stray: Stray, *, note: str, by: User, at: datetime) -> None:
    """Write how it was cleared up: sent back at the provider, of another system. Raises Cleared."""
    waiting = Stray.objects.waiting().filter(pk=stray.pk)
    if not waiting.update(note=note[:300], cleared_by=by, cleared_at=at):
        raise Cleared
