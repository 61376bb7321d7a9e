"""The inbox: queues over the dossiers of one's agencies, each a range of one index, read page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import pgettext_lazy

from procedures.dossiers import pages
from procedures.dossiers.models import OPEN, Dossier, Status

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PAGE = 30


@dataclass(frozen=True, slots=True)
class Queue:
    """One list of the inbox; `slug` stands in the address."""

    slug: str
    name: _StrPromise
    where: Q
    order: tuple[str, ...] = ("due_at", "id")


QUEUES = {
    queue.slug: queue
    for queue in (
        Queue("moi", pgettext_lazy("queue", "New"), Q(status=Status.NEW), ("id",)),
        Queue(
            "xu-ly",
            pgettext_lazy("queue", "To be processed"),
            Q(status=Status.RECEIVED) | Q(status=Status.PROCESSING, stage_role="handler"),
        ),
        Queue(
            "cho-ky", pgettext_lazy("queue", "To be signed"), Q(status=Status.PROCESSING, stage_role="leader")
        ),
        Queue(
            "cho-so",
            pgettext_lazy("queue", "To be numbered and sealed"),
            Q(status=Status.PROCESSING, stage_role="clerk"),
        ),
        Queue(
            "cho-dan", pgettext_lazy("queue", "Waiting for the citizen"), Q(status=Status.SUPPLEMENT), ("id",)
        ),
        Queue("cho-phi", pgettext_lazy("queue", "Waiting for the fee"), Q(status=Status.FEE_DUE), ("id",)),
        Queue(
            "xong",
            pgettext_lazy("queue", "Finished"),
            Q(status__in=(Status.REFUSED, Status.WITHDRAWN, Status.STOPPED, Status.DONE, Status.RETURNED)),
            ("-id",),
        ),
    )
}

# The queue that a person's first role looks at when the inbox opens.
HOME = {"receiver": "moi", "handler": "xu-ly", "leader": "cho-ky", "clerk": "cho-so"}


def home(roles: frozenset[str]) -> str:
    return next((slug for role, slug in HOME.items() if role in roles), "moi")


def counts(dossiers: QuerySet[Dossier]) -> dict[str, int]:
    """How many wait in each open queue. One query over the open dossiers; finished ones are not counted."""
    return dossiers.filter(status__in=OPEN).aggregate(
        **{slug: Count("pk", filter=queue.where) for slug, queue in QUEUES.items() if slug != "xong"}
    )


def page(dossiers: QuerySet[Dossier], queue: Queue, *, after: str = "") -> tuple[list[Dossier], str]:
    """Up to PAGE dossiers of the queue after the cursor, and the cursor of the next page ("" at the end).

    The cursor is the last row's sort key, so a page costs the same however far down it lies.
    """
    rows = _after(dossiers.filter(queue.where), queue, after).select_related("handler", "person")
    found = list(rows.order_by(*queue.order)[: PAGE + 1])
    return found[:PAGE], _cursor(queue, found[PAGE - 1]) if len(found) > PAGE else ""


def _after(rows: QuerySet[Dossier], queue: Queue, cursor: str) -> QuerySet[Dossier]:
    """The rows behind the cursor; all of them when it is none of ours."""
    due, _bar, last = cursor.rpartition("_")
    pk, moment = pages.row_id(last), _moment(due)
    if pk is None:
        return rows
    if queue.order == ("id",):
        return rows.filter(pk__gt=pk)
    if queue.order == ("-id",):
        return rows.filter(pk__lt=pk)
    return rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=pk)) if moment else rows


def _moment(text: str) -> datetime | None:
    """An aware time as `_cursor` writes it, or None."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _cursor(queue: Queue, last: Dossier) -> str:
    due = last.due_at.isoformat() if last.due_at and "due_at" in queue.order else ""
    return f"{due}_{last.pk}"


def search(dossiers: QuerySet[Dossier], text: str) -> list[Dossier]:
    """By code, by the applicant's whole personal ID number, or by the beginning of a name."""
    text = text.strip()
    where = Q(code__iexact=text) | Q(person__personal_id=text)
    if len(text) >= 2:
        where |= Q(subject_name__istartswith=text) | Q(person__full_name__istartswith=text)
    return list(dossiers.filter(where).select_related("handler", "person").order_by("-id")[:PAGE])
