"""What waits for a person: payments that differ, refunds that failed or wait for a second person, disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments import ledger, scopes, things, transfers
from payments import refunds as returns
from payments import review as verbs
from payments.desk_views import DongField
from payments.finance.views import accountant, charge_page, find
from payments.models import (
    SETTLING,
    Decision,
    Dispute,
    DisputeStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from payments.providers import ProviderDown, ProviderRefused
from portal.accounts.access import StaffRequest
from portal.accounts.forms import PlainForm
from portal.sharing.paging import keyset

MOST = 100  # of one kind on the page


class RefundForm(PlainForm):
    amount = DongField(label=gettext_lazy("Sum to be paid back, đồng"))
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        error_messages={"required": gettext_lazy("Answer this question.")},
    )


@accountant
@never_cache
@require_safe
def review(request: StaffRequest) -> HttpResponse:
    """Everything that somebody has to look at, oldest first, each with its cause and what can be done."""
    now = timezone.now()
    differing = scopes.payments(request.user, now).filter(status=PaymentStatus.REVIEW)
    differing = differing.select_related("charge__payer").prefetch_related("decisions__by").order_by("pk")
    failed = scopes.refunds(request.user, now).filter(status=RefundStatus.FAILED)
    failed = failed.exclude(pk__in=Decision.objects.filter(act__in=SETTLING).values("refund"))
    failed = failed.select_related("payment__charge__payer").prefetch_related("decisions__by").order_by("pk")
    disputes = Dispute.objects.filter(
        status=DisputeStatus.OPEN, payment__in=scopes.payments(request.user, now)
    )
    disputes = (
        disputes.select_related("payment__charge__payer").prefetch_related("decisions__by").order_by("pk")
    )
    unclear = scopes.transfers(request.user, now).filter(status__in=transfers.UNCLEAR).order_by("pk")
    page: dict[str, Any] = {
        "transfers": list(unclear[:MOST]),
        "payments": list(differing[:MOST]),
        "refunds": list(failed[:MOST]),
        "disputes": list(disputes[:MOST]),
    }
    charges = [row.charge for row in page["payments"]]
    charges += [row.payment.charge for row in (*page["refunds"], *page["disputes"])]
    page["codes"] = things.told(charge.reference for charge in charges)
    return render(request, "payments/finance/review.html", page)


Step = Callable[[Payment, StaffRequest, str], object]


def _again(payment: Payment, request: StaffRequest, _note: str) -> object:
    return verbs.ask_again(payment, by=request.user, at=timezone.now())


def _accept(payment: Payment, request: StaffRequest, note: str) -> object:
    return verbs.accept(payment, note=note, by=request.user, at=timezone.now())


def _give_back(payment: Payment, request: StaffRequest, note: str) -> object:
    return verbs.give_back(payment, note=note, by=request.user, at=timezone.now())


def _end(payment: Payment, request: StaffRequest, note: str) -> object:
    return verbs.end(payment, note=note, by=request.user, at=timezone.now())


def _remark(payment: Payment, request: StaffRequest, note: str) -> object:
    return verbs.remark(payment, note=note, by=request.user, at=timezone.now())


STEPS: dict[str, Step] = {
    "ask": _again,
    "accept": _accept,
    "return": _give_back,
    "end": _end,
    "note": _remark,
}


@accountant
@require_POST
def payment(request: StaffRequest, pk: int) -> HttpResponse:
    """One step about a payment that differs (or a note about its dispute)."""
    found = get_object_or_404(scopes.payments(request.user, timezone.now()).select_related("charge"), pk=pk)
    act, note = request.POST.get("act", ""), request.POST.get("note", "").strip()
    if act not in STEPS or (not note and act != "ask"):
        messages.error(request, _("Write a reason first."))
        return redirect("finance:review")
    try:
        STEPS[act](found, request, note)
    except verbs.NotInReview:
        messages.error(request, _("Somebody has settled it meanwhile."))
    except verbs.NothingPaid:
        messages.error(request, _("The payment provider has no such money: nothing was changed."))
    except verbs.StillThere:
        messages.error(
            request, _("The payment provider has money of this payment: it cannot be put away as unpaid.")
        )
    except (ProviderDown, ProviderRefused):
        messages.error(
            request, _("The payment provider does not answer. Nothing was changed; try again later.")
        )
    else:
        messages.success(request, _("Written."))
    return redirect("finance:review")


# ── Refunds ───────────────────────────────────────────────────────────────────────────────────────


@accountant
@never_cache
@require_safe
def refunds(request: StaffRequest) -> HttpResponse:
    """All refunds, the newest first; what waits for a second person or for cash comes with its buttons."""
    rows = scopes.refunds(request.user, timezone.now()).select_related(
        "payment__charge__payer", "payment__charge__agency", "requested_by", "decided_by", "paid_out_by"
    )
    wanted = request.GET.get("loc", "")
    rows = rows.filter(status=wanted) if wanted in RefundStatus.values else rows
    found, pages = keyset(rows, request, loc=wanted)
    page = {
        "rows": found,
        "codes": things.told(row.payment.charge.reference for row in found),
        "wanted": wanted,
        "states": RefundStatus.choices,
    }
    return render(request, "payments/finance/refunds.html", page | pages)


@accountant
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest, charge: UUID) -> HttpResponse:
    """Ask for money of a charge back: all that is left of it, or a part."""
    found = find(request, charge)
    paid = found.payments.filter(status=PaymentStatus.SUCCEEDED, surplus=False).first()
    form = RefundForm(request.POST or None, initial={"amount": returns.left(paid) if paid else None})
    if request.method == "POST" and form.is_valid():
        try:
            ledger.refund(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except ledger.NotPaid:
            form.add_error("amount", _("Nothing has been paid."))
        except (returns.RefundExceeds, ValueError):
            form.add_error("amount", _("More than is left of the payment."))
        else:
            messages.success(request, _("Asked for. Above the limit a second person decides."))
            return redirect("finance:charge", found.uuid)
    return charge_page(request, found, form=form, status=422 if form.errors else 200)


@accountant
@require_POST
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide on a proposed refund; try a failed one again, or write that the payer has the money."""
    found = get_object_or_404(scopes.refunds(request.user, timezone.now()).select_related("payment"), pk=pk)
    act, note, back = request.POST.get("act", ""), request.POST.get("note", "").strip(), "finance:review"
    more: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    try:
        if act in ("approve", "reject"):
            back = "finance:refunds"
            returns.decide(found, approved=act == "approve", **more)
        elif act == "retry":
            verbs.retry(found, **more)
        elif act in ("mark", "note") and note:
            _noted(found, act, note, more)
        else:
            messages.error(request, _("Write a reason first."))
            return redirect(back)
    except (returns.NotDecidable, verbs.NotInReview):
        messages.error(request, _("It is decided already, or another person has to decide."))
    except returns.RefundExceeds:
        messages.error(request, _("More than is left of the payment."))
    else:
        messages.success(request, _("Written."))
    return redirect(back)


def _noted(found: Refund, act: str, note: str, more: dict[str, Any]) -> None:
    if act == "mark":
        verbs.mark(found, note=note, **more)
    else:
        verbs.remark(found.payment, note=note, refund=found, **more)
