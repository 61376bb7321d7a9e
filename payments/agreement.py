"""Provider, books and the things that were paid for must tell the same. Each difference is named, with its cure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from payments import journal, providers, reconciliation, things
from payments.models import PAYABLE, Charge, JournalEntry, Payment, PaymentStatus
from payments.providers import Movement

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTED = ("stripe",)  # the providers that can list what was paid


class Cause(enum.StrEnum):
    UNBOOKED = "unbooked"  # the payment succeeded, the books do not know
    UNTOLD = "untold"  # all is paid, the thing still waits
    UNASKED = "unasked"  # something is owed, the thing goes on
    UNHEARD = "unheard"  # paid at the provider, not here
    ABSENT = "absent"  # paid here, not at the provider
    AMOUNT = "amount"  # both know it, with different sums


@dataclass(frozen=True, slots=True)
class Difference:
    cause: Cause
    charge: Charge
    ours: int  # đồng
    theirs: int
    provider: str = ""

    @property
    def can_be_mended(self) -> bool:
        return self.cause in (Cause.UNBOOKED, Cause.UNTOLD, Cause.UNHEARD)


def between(since: datetime, until: datetime, charges: QuerySet[Charge]) -> list[Difference]:
    """Payments against the books, charges against things: of what was settled, or opened and is owed, in the period."""
    return [*_books(since, until, charges), *_things(since, until, charges)]


def _books(since: datetime, until: datetime, charges: QuerySet[Charge]) -> Iterator[Difference]:
    key = Concat(Value("received/"), Cast(OuterRef("pk"), CharField()), Value("/1"))
    booked = JournalEntry.objects.filter(key=key, amount=OuterRef("amount"))
    settled = Payment.objects.filter(settled_at__gte=since, settled_at__lt=until, charge__in=charges)
    for payment in settled.filter(~Exists(booked)).select_related("charge")[:1000]:
        yield Difference(Cause.UNBOOKED, payment.charge, payment.amount, 0, payment.provider)


def _things(since: datetime, until: datetime, charges: QuerySet[Charge]) -> Iterator[Difference]:
    recent = Q(settled_at__gte=since, settled_at__lt=until)
    owed = Q(status__in=PAYABLE, opened_at__gte=since, opened_at__lt=until)
    rows = list(charges.filter(recent | owed).order_by("pk"))
    references = {row.reference for row in rows}
    open_ = set(
        Charge.objects.filter(reference__in=references, status__in=PAYABLE).values_list(
            "reference", flat=True
        )
    )
    told, seen = things.told(references), set()
    for row in rows:
        thing = told.get(row.reference)
        if thing is None or row.reference in seen or thing.waits == (row.reference in open_):
            continue
        seen.add(row.reference)
        yield Difference(Cause.UNTOLD if thing.waits else Cause.UNASKED, row, row.amount, 0)


def with_provider(key: str, since: datetime, until: datetime, charges: QuerySet[Charge]) -> list[Difference]:
    """What the provider says was paid of the payments begun in the period, against ours. Raises ProviderDown."""
    theirs = {moved.provider_id: moved for moved in providers.listing(key).list_movements(since, until)}
    begun = Q(created_at__gte=since, created_at__lt=until) | Q(provider_id__in=theirs)
    ours = Payment.objects.filter(begun, provider=key, charge__in=charges).exclude(provider_id="")
    rows = ours.select_related("charge").order_by("pk")
    return [found for row in rows if (found := _compare(row, theirs.get(row.provider_id)))]


def _compare(payment: Payment, moved: Movement | None) -> Difference | None:
    paid = payment.status == PaymentStatus.SUCCEEDED
    ours, theirs = payment.amount if paid else 0, moved.amount if moved else 0
    if ours == theirs or payment.status == PaymentStatus.REVIEW:  # under review: on its own list
        return None
    cause = Cause.AMOUNT if ours and theirs else Cause.ABSENT if ours else Cause.UNHEARD
    return Difference(cause, payment.charge, ours, theirs, payment.provider)


def mend(charge: Charge, cause: Cause, *, at: datetime) -> None:
    """Do again what was not done: book, tell the thing, ask the provider. A repeat changes nothing."""
    if cause == Cause.UNTOLD:
        things.retell(charge.reference, at=at)
    elif cause == Cause.UNBOOKED:
        _book(charge, at)
    elif cause == Cause.UNHEARD:
        for payment in charge.payments.exclude(status=PaymentStatus.SUCCEEDED).select_related("charge"):
            reconciliation.check(payment, at=at)


@transaction.atomic
def _book(charge: Charge, at: datetime) -> None:
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    booked = set(charge.entries.values_list("key", flat=True))
    for payment in charge.payments.filter(status=PaymentStatus.SUCCEEDED):
        if f"received/{payment.pk}/1" not in booked:
            journal.owed(charge, at=at)
            journal.received(payment, charge, at=at)
