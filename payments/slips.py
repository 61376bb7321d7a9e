"""The slip that asks for a payment (phiếu yêu cầu thanh toán): what is owed, until when, and every way to pay it.

It promises nothing and proves nothing, so it is neither numbered, sealed nor kept: each time it is drawn as it stands.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from payments import things
from payments.models import Charge, Payment, PaymentStatus
from portal.documents import render

WAY = "vietqr"  # what the code on it pays by
TITLE = "Phiếu yêu cầu thanh toán"


def attempt(charge: Charge) -> Payment | None:
    """The open transfer whose code the slip bears: for the sum that is owed now."""
    open_ = charge.payments.filter(provider=WAY, status=PaymentStatus.OPEN, amount=charge.amount)
    return open_.first() if charge.is_payable else None


def pdf(charge: Charge, *, at: datetime) -> bytes:
    """Of a charge with an agency. Without an open transfer it bears no code, only the other ways."""
    transfer = attempt(charge)
    thing = things.told([charge.reference]).get(charge.reference)
    context = {
        "charge": charge,
        "agency": charge.agency,
        "code": thing.code if thing else "",
        "lines": list(charge.lines.order_by("id")),
        "transfer": transfer,
        "facts": transfer.parameters if transfer else {},
        "qr": render.qr(transfer.parameters["text"]) if transfer else "",
        "online": settings.PUBLIC_URL + charge.get_absolute_url(),
        "day": at,
    }
    return render.pdf(
        "pdf/forms/payment_request.html", context, language="vi", title=TITLE, substitute="□", at=at
    )


def name(charge: Charge) -> str:
    """What the file is called: it says no person's name."""
    return f"phieu-yeu-cau-thanh-toan-{charge.pk}.pdf"
