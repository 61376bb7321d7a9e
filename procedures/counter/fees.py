"""The fee of a dossier at the counter: let the payer off with its legal basis, pay back, decide on a refund."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from payments import ledger, refunds
from payments.models import Charge, Payment, Refund, RefundStatus
from portal import words
from portal.accounts import access
from portal.accounts.access import StaffRequest
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier

WAIVES = frozenset({"leader"})
REFUNDS = frozenset({"accountant", "receiver", "leader"})


class Refused(Exception):
    """Why not, in the officer's language."""


def card(found: Dossier, actors: frozenset[str]) -> list[dict[str, Any]]:
    """What was asked for, each charge with what became of it and what `actors` may do. None asked: empty."""
    charges = ledger.charges(dossiers.reference(found)).prefetch_related("payments__refunds__requested_by")
    return [_row(charge, actors) for charge in charges]


def _row(charge: Charge, actors: frozenset[str]) -> dict[str, Any]:
    payments = list(charge.payments.all())
    settled = next((each for each in payments if each.status == "succeeded" and not each.surplus), None)
    left = refunds.left(settled) if settled and actors & REFUNDS else 0
    return {
        "charge": charge,
        "refunds": [refund for payment in payments for refund in payment.refunds.all()],
        "can_waive": charge.is_payable and bool(actors & WAIVES),
        "can_decide": bool(actors & REFUNDS),
        "left": left,
        "limit": settings.REFUND_ALONE_LIMIT,
    }


def _found(request: StaffRequest, code: str, allowed: frozenset[str]) -> Dossier:
    """A dossier of the person's own agencies, or 404; 403 without the role there."""
    own = Dossier.objects.of_staff(request.user).select_related("agency")
    found = get_object_or_404(own, code=code)
    if not access.roles(request.user, found.agency, timezone.now()) & allowed:
        raise PermissionDenied
    return found


def _charge(found: Dossier, charge_id: int) -> Charge:
    return get_object_or_404(ledger.charges(dossiers.reference(found)), pk=charge_id)


def _answer(request: StaffRequest, code: str, act: Callable[[], str]) -> HttpResponse:
    """Back on the dossier's page, with what came of it; a GET, from who had to sign in first, does nothing."""
    if request.method == "POST":
        try:
            messages.success(request, act())
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("counter:dossier", code)


@access.staff()
def waive(request: StaffRequest, code: str, charge_id: int) -> HttpResponse:
    """The leader lets the payer off, by an article that is kept with the charge."""
    charge = _charge(_found(request, code, WAIVES), charge_id)
    basis = request.POST.get("basis", "").strip()

    def act() -> str:
        if not basis:
            raise Refused(_("Say by which article the payer is let off."))
        try:
            ledger.waive(charge, basis=basis, by=request.user, at=timezone.now())
        except ledger.NotPayable:
            raise Refused(_("This fee can no longer be waived: it is paid or fell away.")) from None
        return _("The fee is waived.")

    return _answer(request, code, act)


@access.staff()
def refund(request: StaffRequest, code: str, charge_id: int) -> HttpResponse:
    """Ask for money to go back; above the limit it waits for a second person."""
    charge = _charge(_found(request, code, REFUNDS), charge_id)
    return _answer(request, code, lambda: _refund(request, charge))


def _refund(request: StaffRequest, charge: Charge) -> str:
    typed, note = request.POST.get("amount", ""), request.POST.get("note", "").strip()
    digits = typed.replace(".", "").replace(" ", "").strip()
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) < 10 and int(digits)):
        raise Refused(_("Type the amount as a number of đồng."))
    if not note:
        raise Refused(_("Say why the money goes back."))
    try:
        asked = ledger.refund(charge, amount=int(digits), note=note, by=request.user, at=timezone.now())
    except ledger.NotPaid:
        raise Refused(_("Nothing is paid that could go back.")) from None
    except refunds.RefundExceeds:
        paid = Payment.objects.get(charge=charge, status="succeeded", surplus=False)
        left = words.count(refunds.left(paid)) + "\u00a0đ"
        raise Refused(_("That much cannot be paid back: only %(left)s is left.") % {"left": left}) from None
    if asked.status == RefundStatus.PROPOSED:
        return _("The refund waits for a second person.")
    return _("The refund is on its way.")


@access.staff()
def decide(request: StaffRequest, code: str, refund_id: int) -> HttpResponse:
    """The second person approves the refund that a colleague asked for, or rejects it."""
    found = _found(request, code, REFUNDS)
    own = Refund.objects.filter(payment__charge__reference=dossiers.reference(found))
    proposed, approved = get_object_or_404(own, pk=refund_id), request.POST.get("decision") == "approve"

    def act() -> str:
        try:
            refunds.decide(proposed, by=request.user, approved=approved, at=timezone.now())
        except refunds.NotDecidable:
            raise Refused(_("This has been decided, or is not yours to decide.")) from None
        return _("The refund is on its way.") if approved else _("The refund was rejected.")

    return _answer(request, code, act)
