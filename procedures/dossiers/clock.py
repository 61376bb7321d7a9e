"""The statutory clock of one dossier: its due time, its pauses, and how it is explained."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from portal import calendars, worktime
from procedures.definitions import runtime
from procedures.dossiers.models import PAUSED, Dossier, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

Pause = tuple[datetime, datetime | None]


def pauses(events: Sequence[Event]) -> list[Pause]:
    """The times in which the clock stood, from the history (ascending); the last may still be open."""
    found: list[Pause] = []
    for event in events:
        if event.to_status in PAUSED and event.from_status not in PAUSED:
            found.append((event.at, None))
        elif event.from_status in PAUSED and event.to_status not in PAUSED and found:
            found[-1] = (found[-1][0], event.at)
    return found


def due(dossier: Dossier, *, received_at: datetime, stopped: Sequence[Pause] = ()) -> datetime:
    """When the result is due (UTC), counted from the receipt of a complete dossier."""
    time = runtime.definition(dossier.version_id).time
    return worktime.due(
        received_at,
        time.amount,
        time.unit,
        calendars.current(),
        cutoff_shifts=settings.CUTOFF_SHIFTS_START,
        pauses=[pause for pause in stopped if pause[1] is None or pause[1] > received_at],
    )


def expected(version_id: int, *, at: datetime) -> datetime:
    """When a result would be due if the dossier were received at `at`."""
    return due(Dossier(version_id=version_id), received_at=at)


def explained(dossier: Dossier, events: Sequence[Event], *, now: datetime) -> list[worktime.DayLine]:
    """Day by day, from receipt to due date: what counted, what stood still, what is to come."""
    if not dossier.received_at:
        return []
    time = runtime.definition(dossier.version_id).time
    stopped = [p for p in pauses(events) if p[1] is None or p[1] > dossier.received_at]
    return worktime.explain(
        dossier.received_at,
        time.amount,
        time.unit,
        calendars.current(),
        cutoff_shifts=settings.CUTOFF_SHIFTS_START,
        pauses=stopped,
        now=now,
    )
