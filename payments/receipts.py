"""Receipts (biên lai): numbered without a gap, in the transaction that settles the charge."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from payments.models import Charge, Payment, Receipt, ReceiptSeries

# How a series is named, by the day of issue in Vietnam. The numbering rules of electronic receipts are the
# treasury's to decide, so a deployment may set its own (RECEIPT_SERIES).
SERIES = "BL{day:%y}"


def issue(charge: Charge, payment: Payment, *, at: datetime) -> Receipt:
    """Lock the series, take the next number, write the receipt.

    The lock is held until the settlement commits: if that is undone, so is the number.
    """
    name = series_name(at)
    ReceiptSeries.objects.get_or_create(name=name)
    series = ReceiptSeries.objects.select_for_update(of=("self",)).get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    return Receipt.objects.create(
        charge=charge,
        payment=payment,
        series=name,
        number=series.last,
        payer_name=charge.payer.full_name,
        amount=payment.amount,
        issued_at=at,
    )


def series_name(at: datetime) -> str:
    pattern: str = getattr(settings, "RECEIPT_SERIES", SERIES)
    return pattern.format(day=timezone.localtime(at))
