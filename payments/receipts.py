"""Receipts (biên lai): numbered without a gap where the money moves, then made as signed PDFs by a worker.

Luật Phí và lệ phí 2015, Article 14, and NĐ 254/2026 on electronic receipts: whoever pays phí or lệ phí gets one.
Money that goes back does not unmake a receipt; it is followed by an adjustment with a number of its own.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from payments import queue, signals
from payments.models import Charge, Payment, Receipt, ReceiptKind, ReceiptSeries, Refund
from portal.documents import canonical, papers, render, signing, store
from portal.documents.models import Document, DocumentKind, new_check_code

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
ATTEMPTS = 12
TYPE = "BL"  # of the register of papers
TITLES = {
    ReceiptKind.RECEIPT: {"vi": "Biên lai thu phí, lệ phí", "en": "Receipt for fees and charges"},
    ReceiptKind.ADJUSTMENT: {"vi": "Biên lai điều chỉnh giảm", "en": "Receipt of money returned"},
}


def issue(charge: Charge, payment: Payment, *, at: datetime) -> Receipt:
    """Lock the series, take the next number, write the receipt, ask for its PDF.

    The lock is held until the settlement commits: if that is undone, so is the number.
    """
    return _number(charge, payment, None, amount=payment.amount, at=at)


def adjust(charge: Charge, refund: Refund, *, at: datetime) -> Receipt | None:
    """Money of a receipt has gone back: a receipt of its own says so. Once a refund, none for what had no receipt."""
    if refund.payment.surplus or Receipt.objects.filter(refund=refund).exists():
        return None
    return _number(charge, refund.payment, refund, amount=refund.amount, at=at)


def _number(charge: Charge, payment: Payment, refund: Refund | None, *, amount: int, at: datetime) -> Receipt:
    name = series_name(charge, at)
    ReceiptSeries.objects.get_or_create(name=name)
    series = ReceiptSeries.objects.select_for_update(of=("self",)).get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    signed = bool(charge.agency and charge.agency.seal_key and charge.payer.person_id)
    receipt = Receipt.objects.create(
        kind=ReceiptKind.ADJUSTMENT if refund else ReceiptKind.RECEIPT,
        charge=charge,
        payment=payment,
        refund=refund,
        series=name,
        number=series.last,
        payer_name=charge.payer.full_name,
        amount=amount,
        issued_at=at,
        next_attempt_at=at if signed else None,
    )
    if signed:
        queue.later("make_receipt", receipt_id=receipt.pk)
    return receipt


def series_name(charge: Charge, at: datetime) -> str:
    """By agency and day of issue in Vietnam, as RECEIPT_SERIES says: the numbering is the treasury's to decide."""
    agency = charge.agency.code if charge.agency else ""
    return str(settings.RECEIPT_SERIES.format(day=timezone.localtime(at), agency=agency)).strip(" ./-")


def make(receipt_id: int, *, at: datetime) -> Document | None:
    """Draw, seal, register and attach the PDF of a receipt. None when another worker has it, or it is made.

    A failure sets the next attempt and is raised; the receipt and its number stand all the same.
    """
    due = Receipt.objects.filter(pk=receipt_id, document=None, next_attempt_at__lte=at)
    if not due.update(next_attempt_at=at + LEASE):
        return None
    receipt = Receipt.objects.select_related("charge__agency", "charge__payer__person").get(pk=receipt_id)
    try:
        return _make(receipt, at=at)
    except Exception:
        attempts = receipt.attempts + 1
        again = queue.next_attempt(attempts, at) if attempts < ATTEMPTS else None
        Receipt.objects.filter(pk=receipt_id).update(attempts=attempts, next_attempt_at=again)
        raise


def _make(receipt: Receipt, *, at: datetime) -> Document:
    charge, code = receipt.charge, new_check_code()
    agency, holder = charge.agency, charge.payer.person
    if agency is None or holder is None:
        raise ValueError(f"{receipt} has no agency, or no person to hold it.")
    claims = _claims(receipt)
    content = _sealed(_draw(receipt, claims, code, at=at), receipt)
    with transaction.atomic():
        document = store.put(
            content,
            name=f"{receipt}.pdf",
            content_type="application/pdf",
            kind=DocumentKind.RESULT,
            owner=holder,
            by=None,
            at=at,
        )
        papers.register(
            document,
            check_code=code,
            type_code=TYPE,
            title=TITLES[ReceiptKind(receipt.kind)],
            number=str(receipt),
            issuer=agency,
            signer_name=agency.name,
            signer_position="",
            signer_keys={"seal": agency.seal_key},
            holder=holder,
            subject_name=receipt.payer_name,
            claims=claims,
            issued_at=receipt.issued_at,
        )
        Receipt.objects.filter(pk=receipt.pk).update(document=document, next_attempt_at=None)
        signals.receipt_made.send(Receipt, receipt=receipt, at=at)
    return document


def _claims(receipt: Receipt) -> dict[str, Any]:
    """What a machine reads. Of an adjustment: the number of the receipt that it adjusts."""
    lines = [
        {"key": line.key, "kind": line.kind, "amount": line.amount} for line in receipt.charge.lines.all()
    ]
    found: dict[str, Any] = {"payer": receipt.payer_name, "amount": receipt.amount, "lines": lines}
    if receipt.kind == ReceiptKind.ADJUSTMENT:
        found = {**found, "lines": [], "adjusts": str(_adjusted(receipt))}
    return found


def _adjusted(receipt: Receipt) -> Receipt:
    return Receipt.objects.get(charge=receipt.charge_id, kind=ReceiptKind.RECEIPT)


def _draw(receipt: Receipt, claims: dict[str, Any], code: str, *, at: datetime) -> bytes:
    charge, title = receipt.charge, TITLES[ReceiptKind(receipt.kind)]["vi"]
    url = settings.PUBLIC_URL + reverse("documents:check_code", args=[code])
    data = canonical.payload(
        type_code=TYPE,
        number=str(receipt),
        check_code=code,
        issuer=charge.agency.code if charge.agency else "",
        issued_on=timezone.localdate(receipt.issued_at),
        valid_until=None,
        claims=claims,
    )
    context = {
        "receipt": receipt,
        "heading": title,
        "agency": charge.agency,
        "matter": charge.description,
        "lines": list(charge.lines.order_by("id")),
        "adjusted": _adjusted(receipt) if "adjusts" in claims else None,
        "issued_on": timezone.localdate(receipt.issued_at),
        "check_code": code,
        "check_url": url,
        "qr": render.qr(url),
    }
    attached = render.Attachment(canonical.PAYLOAD_NAME, data, canonical.PAYLOAD_MIME, title)
    return render.pdf(
        "pdf/forms/fee_receipt.html",
        context,
        language="vi",
        title=f"{title} {receipt}",
        attachments=[attached],
        substitute="□",
        at=at,
    )


def _sealed(content: bytes, receipt: Receipt) -> bytes:
    """The agency's seal alone: a receipt is the agency's own paper, no officer decides on it."""
    agency = receipt.charge.agency
    if agency is None:
        raise ValueError(f"{receipt} has no agency.")
    with translation.override("vi"):
        return signing.sign(
            signing.prepare(content, ("seal",)),
            key_id=agency.seal_key,
            field="seal",
            name=agency.name,
            reason=_("Issued"),
            at=receipt.issued_at,
        )


def sweep(*, at: datetime) -> int:
    """Make the receipts whose message was lost, or that failed before. Returns how many were tried."""
    due = Receipt.objects.filter(next_attempt_at__lte=at).order_by("next_attempt_at")
    ids = list(due.values_list("pk", flat=True)[:100])
    for receipt_id in ids:
        try:
            make(receipt_id, at=at)
        except Exception:
            logger.exception("Receipt %s was not made; it is tried again", receipt_id)
    return len(ids)


def gaps() -> dict[str, list[int]]:
    """Numbers that a series gave out and no receipt bears. Always empty, or a person has to look."""
    found = {}
    for series in ReceiptSeries.objects.order_by("name"):
        borne = set(Receipt.objects.filter(series=series.name).values_list("number", flat=True))
        if missing := sorted(set(range(1, series.last + 1)) - borne):
            found[series.name] = missing
            logger.error("Series %s has gaps: %s", series.name, missing[:20])
    return found
