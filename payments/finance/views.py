"""Payments searched and filtered, one charge with all that happened to it, the tills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from payments import scopes, things
from payments.models import Charge, Payment, PaymentStatus, ProviderEvent, Refund
from portal import words
from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.accounts.models import Role
from portal.sharing.paging import SHOWN, keyset

accountant = access.staff(Role.ACCOUNTANT)
CHANNELS = ("stripe", "vnpay", "vietqr", "cash")
FILTERS = ("loc", "kenh", "ngay", "co-quan", "thu-tuc")
WHERE = ("co-quan", "thu-tuc")  # those that hold for charges of any kind


@accountant
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: StaffRequest) -> HttpResponse:
    """The newest first, filtered by the address; a search is a POST, since names do not belong into addresses."""
    now = timezone.now()
    kept = asked(request, FILTERS)
    rows = scopes.payments(request.user, now).select_related("charge__payer", "charge__agency")
    rows = _filtered(rows, kept)
    text = request.POST.get("q", "").strip()
    pages: dict[str, str] = {}
    if text:
        found = list(rows.filter(_searched(text)).order_by("-pk")[:SHOWN])
    else:
        found, pages = keyset(rows, request, **kept)
    page = {
        "rows": found,
        "codes": things.told(row.charge.reference for row in found),
        "text": text,
        "kept": kept,
        "kept_query": urlencode({name: value for name, value in kept.items() if value}),
        "states": [(value, label, value == kept["loc"]) for value, label in PaymentStatus.choices],
        "channels": CHANNELS,
        "agencies": offered_agencies(request, kept),
    }
    return render(request, "payments/finance/payments.html", page | pages | where(kept))


def asked(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """The filters of the address, as they were chosen; what cannot be read counts as not chosen."""
    readable: dict[str, Callable[[str], bool]] = {
        "loc": PaymentStatus.values.__contains__,
        "kenh": CHANNELS.__contains__,
        "ngay": lambda value: _day(value) is not None,
        "co-quan": lambda value: value.isascii() and value.isdecimal() and len(value) < 10,
        "thu-tuc": lambda value: len(value) <= 40,
    }
    found = {name: request.GET.get(name, "").strip() for name in names}
    return {name: value if readable[name](value) else "" for name, value in found.items()}


def where(kept: dict[str, str]) -> dict[str, str]:
    """The two filters of every page, by names that templates can say."""
    return {"chosen_agency": kept["co-quan"], "chosen_topic": kept["thu-tuc"]}


def offered_agencies(request: StaffRequest, kept: dict[str, str]) -> list[tuple[int, str, bool]]:
    """(id, name, chosen) of the accountant's agencies."""
    rows = scopes.agencies(request.user, Role.ACCOUNTANT, timezone.now()).values_list("pk", "name")
    return [(pk, name, str(pk) == kept["co-quan"]) for pk, name in rows]


def narrowed(kept: dict[str, str], path: str = "") -> Q:
    """Charges (`path` leads to them) of the chosen agency and procedure."""
    found = Q()
    if kept["co-quan"]:
        found &= Q(**{f"{path}agency": int(kept["co-quan"])})
    if kept["thu-tuc"]:
        found &= Q(**{f"{path}topic": kept["thu-tuc"]})
    return found


def _searched(text: str) -> Q:
    """A dossier's code, our reference, the provider's id; or how the payer's name begins, accents or not."""
    found = Q(charge__reference__in=[text, *things.find(text)])
    found |= Q(provider_id=text) | Q(transaction_id=text)
    if len(text) >= 2:
        found |= Q(charge__payer_plain__startswith=words.fold(text))
    return found


def _filtered(rows: QuerySet[Payment], kept: dict[str, str]) -> QuerySet[Payment]:
    rows = rows.filter(narrowed(kept, "charge__"))
    if kept["loc"]:
        rows = rows.filter(status=kept["loc"])
    if kept["kenh"]:
        rows = rows.filter(provider=kept["kenh"])
    if span := _day(kept["ngay"]):
        rows = rows.filter(created_at__gte=span[0], created_at__lt=span[1])
    return rows


def _day(text: str) -> tuple[datetime, datetime] | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or not 2000 < day.year < 3000:
        return None
    start = timezone.make_aware(datetime.combine(day, time()))
    return start, start + timedelta(days=1)


@accountant
@never_cache
@require_safe
def charge(request: StaffRequest, charge: UUID) -> HttpResponse:
    """One charge: its lines, every attempt with what became of it, receipts, refunds, disputes, the books."""
    return charge_page(request, find(request, charge))


def find(request: StaffRequest, uuid: UUID) -> Charge:
    rows = scopes.charges(request.user, Role.ACCOUNTANT, timezone.now())
    return get_object_or_404(rows.select_related("payer", "agency"), uuid=uuid)


def charge_page(request: HttpRequest, found: Charge, *, status: int = 200, **more: Any) -> HttpResponse:
    returns = Refund.objects.select_related("requested_by", "decided_by", "paid_out_by").order_by("pk")
    attempts = list(
        found.payments.select_related("started_by", "taking__till")
        .prefetch_related(Prefetch("refunds", returns), "disputes", "decisions__by")
        .order_by("-attempt")
    )
    ids = [row.provider_id for row in attempts if row.provider_id]
    ids += [refund.provider_id for row in attempts for refund in row.refunds.all() if refund.provider_id]
    page = {
        "charge": found,
        "thing": things.told([found.reference]).get(found.reference),
        "lines": found.lines.order_by("id"),
        "attempts": attempts,
        "events": ProviderEvent.objects.filter(object_id__in=ids).order_by("received_at")[:100],
        "entries": found.entries.select_related("debit", "credit").order_by("pk"),
        "receipts": found.receipts.select_related("document").order_by("pk"),
    }
    return render(request, "payments/finance/charge.html", page | more, status=status)


@accountant
@never_cache
@require_safe
def tills(request: StaffRequest) -> HttpResponse:
    """The tills of every window, open and closed."""
    found, pages = keyset(scopes.tills(request.user, timezone.now()), request)

    return render(request, "payments/finance/tills.html", {"tills": found} | pages)
