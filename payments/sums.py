"""What came in and went back in a period, told apart by agency, procedure, channel and day: from the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, QuerySet, Sum

from payments.models import AccountKind, Cause, Charge, JournalEntry

MONEY = {AccountKind.TILL: "cash", AccountKind.BANK: "vietqr"}  # a provider's money is named by its owner
MOVED = (Cause.RECEIVED, Cause.RETURNED)


@dataclass(frozen=True, slots=True)
class Part:
    """đồng of one agency, procedure, channel and day."""

    day: date
    agency: str
    topic: str
    channel: str
    received: int
    returned: int


def entries(first: date, last: date, branches: Q) -> QuerySet[JournalEntry]:
    """The rows that moved money from or to payers. `branches`: over `charge__agency__path`."""
    return JournalEntry.objects.filter(branches, cause__in=MOVED, day__range=(first, last))


def parts(first: date, last: date, branches: Q) -> list[Part]:
    """One query over the index of cause and day, however many payments there were before."""
    columns = ("day", "cause", "charge__agency__name", "charge__topic", "debit__kind", "debit__owner")
    rows = entries(first, last, branches).values_list(*columns, "credit__kind", "credit__owner")
    return [_part(*row) for row in rows.annotate(total=Sum("amount")).order_by("day")]


def _part(
    day: date,
    cause: str,
    agency: str | None,
    topic: str | None,
    debit: str,
    debit_owner: str,
    credit: str,
    credit_owner: str,
    total: int,
) -> Part:
    came = debit not in (AccountKind.REFUNDS, AccountKind.RECEIVABLE, AccountKind.SURPLUS)
    kind, owner = (debit, debit_owner) if came else (credit, credit_owner)
    # A refund that came back to us after all is written the other way round: it returns less.
    received, returned = (total, 0) if cause == Cause.RECEIVED else (0, -total if came else total)
    return Part(day, agency or "", topic or "", channel(kind, owner), received, returned)


def sided(entry: JournalEntry) -> Part:
    """One row of the books as a part; its accounts and its charge are loaded."""
    debit, credit = entry.debit, entry.credit
    return _part(
        *(entry.day, entry.cause, "", "", debit.kind, debit.owner, credit.kind, credit.owner, entry.amount)
    )


def channel(kind: str, owner: str) -> str:
    return MONEY.get(AccountKind(kind), owner)


def names(found: Iterable[Part]) -> dict[str, dict[str, str]]:
    """What the procedures of `found` are called, as their latest charge says it. Two queries."""
    latest = Charge.objects.filter(topic__in={part.topic for part in found} - {""})
    newest = latest.order_by().values_list("topic").annotate(newest=Max("pk"))
    return dict(
        Charge.objects.filter(pk__in=[pk for _topic, pk in newest]).values_list("topic", "description")
    )


def totals(found: Iterable[Part], by: str) -> Iterator[tuple[object, int, int, int]]:
    """(what, received, returned, kept) by one field of `Part`, in its order."""
    sums: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    for part in found:
        both = sums[getattr(part, by)]
        both[0] += part.received
        both[1] += part.returned
    for what, (received, returned) in sorted(sums.items(), key=lambda item: str(item[0])):
        yield what, received, returned, received - returned
