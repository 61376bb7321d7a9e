"""Numbers of issued papers: one series per agency, type and year (of Vietnam), without a gap."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from portal.accounts.models import Agency
from procedures.results.models import NumberSeries


def allot(agency: Agency, type_code: str, *, at: datetime) -> tuple[NumberSeries, int]:
    """The series and the number of the agency's next paper of this type: the lowest spare one, else a new one.

    The series stays locked to the end of the caller's transaction, which has to write the number down.
    """
    series = _locked(agency, type_code, timezone.localtime(at).year)
    if series.spare:
        sequence = min(series.spare)
        series.spare = [one for one in series.spare if one != sequence]
        series.save(update_fields=["spare"])
        return series, sequence
    series.last += 1
    series.save(update_fields=["last"])
    return series, series.last


def give_back(series_id: int, sequence: int) -> None:
    """The paper with this number will never be made: the next of the series gets it, once the caller commits."""
    series = NumberSeries.objects.select_for_update(of=("self",)).get(pk=series_id)
    series.spare = sorted({*series.spare, sequence})
    series.save(update_fields=["spare"])


def _locked(agency: Agency, type_code: str, year: int) -> NumberSeries:
    row: dict[str, Any] = {"agency": agency, "type_code": type_code, "year": year}
    found = NumberSeries.objects.select_for_update(of=("self",)).filter(**row).first()
    if found is None:
        NumberSeries.objects.get_or_create(**row)
        found = NumberSeries.objects.select_for_update(of=("self",)).get(**row)
    return found
