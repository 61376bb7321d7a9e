"""Receipts (biên lai) and the numbers they bear."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.attempts import Payment
from payments.models.charges import Charge
from payments.models.returns import Refund


class ReceiptSeries(models.Model):
    """The last number given out in a series; locked while a receipt is numbered, so that no number is lost."""

    name = models.CharField(max_length=60, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "receipt series"

    def __str__(self) -> str:
        return self.name


class ReceiptKind(models.TextChoices):
    RECEIPT = "receipt", _("Receipt")
    ADJUSTMENT = "adjustment", _("Adjustment of a receipt")  # money of it went back


class Receipt(models.Model):
    """The receipt (biên lai) of a settled charge, or the note that a part or all of one went back.

    Its number is given in the transaction that moves the money; the signed PDF follows.
    """

    kind = models.CharField(max_length=10, choices=ReceiptKind, default=ReceiptKind.RECEIPT)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="receipts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    series = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    payer_name = models.CharField(max_length=120)  # frozen at issue
    amount = models.PositiveIntegerField()  # đồng, of an adjustment what went back
    issued_at = models.DateTimeField()
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)  # null: made, or given up after the last attempt

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="receipt_number_once_per_series"),
            models.UniqueConstraint(
                fields=["charge"], condition=Q(kind=ReceiptKind.RECEIPT), name="receipt_one_a_charge"
            ),
            models.CheckConstraint(
                condition=Q(kind=ReceiptKind.RECEIPT, refund=None)
                | Q(kind=ReceiptKind.ADJUSTMENT, refund__isnull=False),
                name="receipt_adjusts_a_refund",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="receipt_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.number:07d}"
