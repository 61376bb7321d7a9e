"""The slip that goes with the cash from a window to the safe (biên bản bàn giao tiền mặt), as a sealed PDF."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from payments.models import Till
from portal.documents import render, signing

TITLE = "Biên bản chốt quỹ và bàn giao tiền mặt"


def pdf(till: Till, *, at: datetime) -> bytes:
    """Of a closed till: the same figures whenever it is asked for. Sealed at `at` where the agency has a seal."""
    takings = till.takings.select_related("payment").order_by("pk")
    notes = [(int(note), number, int(note) * number) for note, number in till.denominations.items()]
    context = {
        "till": till,
        "agency": till.agency,
        "number": f"{till.day:%y%m%d}-{till.pk}",
        "notes": sorted(notes, reverse=True),
        "takings": takings.count(),
        "in_books": (till.expected or 0) - till.float_amount,
        "day": till.day,
    }
    content = render.pdf(
        "pdf/forms/handover.html", context, language="vi", title=TITLE, substitute="□", at=till.closed_at
    )
    if not till.agency.seal_key or till.closed_at is None:
        return content
    with translation.override("vi"):
        return signing.sign(
            signing.prepare(content, ("seal",)),
            key_id=till.agency.seal_key,
            field="seal",
            name=till.agency.name,
            reason=_("Issued"),
            at=at,
        )
