"""Sums of a period, whether provider, books and dossiers agree, and the table for the accounting system."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from payments import agreement, scopes, strays, sums
from payments.finance import export as tables
from payments.finance.views import WHERE, accountant, asked, find, narrowed, offered_agencies, where
from payments.models import Stray
from payments.providers import ProviderDown, ProviderRefused
from portal.accounts.access import StaffRequest
from portal.accounts.models import Role
from portal.documents import serving

LONGEST = timedelta(days=366)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BY = ("agency", "topic", "channel", "day")


@accountant
@never_cache
@require_safe
def report(request: StaffRequest) -> HttpResponse:
    """Sums and differences of `?tu=` to `?den=`; with `?hoi=1` the providers are asked, too."""
    first, last = _period(request)
    kept = asked(request, WHERE)
    parts = sums.parts(first, last, _branches(request))
    charges = scopes.charges(request.user, Role.ACCOUNTANT, timezone.now()).filter(narrowed(kept))
    since, until = _moments(first, last)
    differences = agreement.between(since, until, charges)
    both, down = "hoi" in request.GET, False
    if both:
        try:
            for key in agreement.LISTED:
                differences += agreement.with_provider(key, since, until, charges)
        except (ProviderDown, ProviderRefused):
            down = True
    page = {
        "first": first,
        "last": last,
        "tables": _tables(parts),
        "received": sum(part.received for part in parts),
        "returned": sum(part.returned for part in parts),
        "kept": sum(part.received - part.returned for part in parts),
        "differences": differences,
        "asked": both,
        "down": down,
        "agencies": offered_agencies(request, kept),
        "strays": list(Stray.objects.waiting().order_by("pk")[:100]),
        "kept_query": urlencode(
            {name: value for name, value in kept.items() if value}
            | {"tu": first.isoformat(), "den": last.isoformat()}
        ),
    }
    return render(request, "payments/finance/report.html", page | where(kept))


def _tables(parts: list[sums.Part]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The sums by each thing; a procedure is (its code, its name)."""
    names = sums.names(parts)
    tables = {by: list(sums.totals(parts, by)) for by in BY}
    tables["topic"] = [((code, names.get(str(code))), *rest) for code, *rest in tables["topic"]]  # type: ignore[misc]
    return list(tables.items())


def _period(request: StaffRequest) -> tuple[date, date]:
    """As asked for, where it can be read; else this month to today. At most a year."""
    today = timezone.localdate()
    last = _read(request.GET.get("den", "")) or today
    first = _read(request.GET.get("tu", "")) or last.replace(day=1)
    first, last = min(first, last), max(first, last)
    return max(first, last - LONGEST), last


def _read(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 2000 < day.year < 3000 else None


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first day's beginning to the last day's end, in Vietnam."""
    start = timezone.make_aware(datetime.combine(first, time()))
    return start, timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))


def _branches(request: StaffRequest) -> Q:
    own = scopes.within(request.user, Role.ACCOUNTANT, timezone.now(), "charge__agency__path")
    return own & narrowed(asked(request, WHERE), "charge__")


@accountant
@require_POST
def retell(request: StaffRequest, charge: UUID) -> HttpResponse:
    """Mend one difference, and look again at the same period."""
    found, cause = find(request, charge), request.POST.get("cause", "")
    if cause in set(agreement.Cause):
        try:
            agreement.mend(found, agreement.Cause(cause), at=timezone.now())
        except (ProviderDown, ProviderRefused):
            messages.error(
                request, _("The payment provider does not answer. Nothing was changed; try again later.")
            )
        else:
            messages.success(request, _("Done once more. What still differs is listed below."))
    return redirect(f"{reverse('finance:report')}?{request.GET.urlencode()}")


@accountant
@require_POST
def stray(request: StaffRequest, pk: int) -> HttpResponse:
    """Money of no payment of ours: look for its payment once more (`act=again`), or write how it was cleared up."""
    found = get_object_or_404(Stray.objects.waiting(), pk=pk)
    note = request.POST.get("note", "").strip()
    try:
        if request.POST.get("act") == "again":
            _look_again(request, found)
        elif note:
            strays.clear(found, note=note, by=request.user, at=timezone.now())
            messages.success(request, _("Written."))
        else:
            messages.error(request, _("Write a reason first."))
    except strays.Cleared:
        messages.error(request, _("Somebody has settled it meanwhile."))
    except ProviderDown:
        messages.error(
            request, _("The payment provider does not answer. Nothing was changed; try again later.")
        )
    return redirect(f"{reverse('finance:report')}?{request.GET.urlencode()}")


def _look_again(request: StaffRequest, found: Stray) -> None:
    if strays.look_again(found, at=timezone.now()):
        messages.success(request, _("Its payment was found. It is listed with the payments now."))
    else:
        messages.warning(request, _("There is still no payment of ours with its number or reference."))


@accountant
@require_safe
def export(request: StaffRequest) -> HttpResponse:
    """The movements of the period; `?dang=csv` for programs, else a spreadsheet."""
    first, last = _period(request)
    rows = tables.lines(first, last, _branches(request))
    name = f"thu-phi-{first:%Y%m%d}-{last:%Y%m%d}"
    if request.GET.get("dang") == "csv":
        content, kind, name = tables.as_csv(rows), "text/csv; charset=utf-8", f"{name}.csv"
    else:
        parts = sums.parts(first, last, _branches(request))
        content, kind, name = tables.as_xlsx(rows, parts), XLSX, f"{name}.xlsx"
    return serving.respond(content, name=name, content_type=kind, shown=False)
