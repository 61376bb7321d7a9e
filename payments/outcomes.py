"""What to tell a payer who comes back: the charge as it stands, after asking the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from payments import reconciliation
from payments.models import Charge, ChargeStatus, Payment, PaymentStatus, Receipt, ReceiptKind, Refund
from payments.providers import ProviderDown


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind` is one of: paid, processing, unpaid, failed, review, refunding, refunded, cancelled, waived,
    disputed, unknown."""

    kind: str
    charge: Charge
    receipt: Receipt | None = None
    surplus: Refund | None = None  # the way back of money that was not owed


def find(charge: Charge, *, at: datetime) -> Outcome:
    """Ask the provider about the latest attempt if that can still change anything, and say how it stands.

    "unknown": the provider does not answer, so the payer may or may not have paid.
    """
    payment = charge.payments.select_related("charge").order_by("-attempt").first()
    try:
        payment = reconciliation.check(payment, at=at) if payment and payment.is_active else payment
    except ProviderDown:
        fresh = Charge.objects.get(pk=charge.pk)
        return Outcome("unknown", fresh) if fresh.is_payable else _settled(fresh)
    fresh = Charge.objects.get(pk=charge.pk)
    return Outcome(_open_kind(fresh, payment), fresh) if fresh.is_payable else _settled(fresh)


def _open_kind(charge: Charge, payment: Payment | None) -> str:
    if charge.status == ChargeStatus.PENDING:
        return "processing"
    if charge.payments.filter(status=PaymentStatus.REVIEW).exists():
        return "review"
    return "failed" if payment and payment.status == PaymentStatus.FAILED else "unpaid"


def _settled(charge: Charge) -> Outcome:
    receipt = Receipt.objects.filter(charge=charge, kind=ReceiptKind.RECEIPT).first()
    surplus = Refund.objects.filter(payment__charge=charge, payment__surplus=True).order_by("-id").first()
    return Outcome(charge.status, charge, receipt, surplus)
