"""Money that came by bank transfer: the accounts it comes to, the bank's word of it, the way back."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.models.attempts import Payment
from payments.models.charges import Charge
from payments.models.returns import Refund


class BankAccount(models.Model):
    """An account that citizens transfer to: of one agency and those below it, or of all (no agency)."""

    agency = models.ForeignKey(
        "accounts.Agency",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agency"),
    )
    bank_bin = models.CharField(
        _("bank code (BIN)"), max_length=6, validators=[RegexValidator(r"^\d{6}$", _("A BIN has 6 digits."))]
    )
    bank_name = models.CharField(_("bank"), max_length=60)
    number = models.CharField(
        _("account number"),
        max_length=19,
        validators=[RegexValidator(r"^[0-9A-Z]{4,19}$", _("4 to 19 digits or capital letters, no spaces."))],
    )
    holder = models.CharField(_("account holder"), max_length=100)
    is_active = models.BooleanField(_("in use"), default=True)
    # Column heads of this bank's statements where they are not among the known ones: {"memo": "Diễn giải GD"}.
    columns: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank_bin", "number"],
                name="bank_account_once",
                violation_error_message=_("This account is there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.bank_name} {self.number}"

    @property
    def place(self) -> str:
        """Its name in the books."""
        return f"{self.bank_bin}-{self.number}"


class Statement(models.Model):
    """A bank statement file: read and shown first, then taken over by a person. Its rows stay as they were read."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    name = models.CharField(max_length=120)
    rows: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"statement {self.pk}"


class TransferStatus(models.TextChoices):
    NEW = "new", pgettext_lazy("transfer", "Just arrived")
    REVIEW = "review", pgettext_lazy("transfer", "To be looked into")
    HELD = "held", pgettext_lazy("transfer", "Part of a fee, waits for the rest")
    MATCHED = "matched", pgettext_lazy("transfer", "Paid a fee")
    PROPOSED = "proposed", pgettext_lazy("transfer", "Return waits for a second person")
    RETURNING = "returning", pgettext_lazy("transfer", "Going back to the sender")
    RETURNED = "returned", pgettext_lazy("transfer", "Sent back")


class Trouble(models.TextChoices):
    """Why a transfer does not pay a fee by itself."""

    UNKNOWN = "unknown", pgettext_lazy("transfer", "No reference of ours in it")
    AMBIGUOUS = "ambiguous", pgettext_lazy("transfer", "References of several fees in it")
    PARTIAL = "partial", pgettext_lazy("transfer", "Less than the fee")
    OVER = "over", pgettext_lazy("transfer", "More than the fee")
    DUPLICATE = "duplicate", pgettext_lazy("transfer", "The fee is paid already")
    LATE = "late", pgettext_lazy("transfer", "The fee is not owed any more, or has changed")


class BankTransfer(models.Model):
    """Money that the bank says has come in. Once per bank's own transaction number; never deleted."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="transfers")
    bank_id = models.CharField(max_length=100)
    amount = models.PositiveIntegerField()  # đồng
    memo = models.CharField(max_length=500, blank=True)
    sender = models.CharField(max_length=200, blank=True)
    sender_number = models.CharField(max_length=30, blank=True)
    booked_at = models.DateTimeField()  # by the bank
    received_at = models.DateTimeField()
    source = models.CharField(max_length=10)  # "statement" or "callback"
    status = models.CharField(max_length=10, choices=TransferStatus, default=TransferStatus.NEW)
    trouble = models.CharField(max_length=10, choices=Trouble, blank=True)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, null=True, related_name="transfers")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="transfers")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "bank_id"], name="transfer_once_per_bank_id"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=Q(status=TransferStatus.MATCHED, payment__isnull=False, charge__isnull=False)
                | (~Q(status=TransferStatus.MATCHED) & Q(payment=None)),
                name="transfer_matched_to_a_payment",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="transfer_by_status")]

    def __str__(self) -> str:
        return f"transfer {self.pk}"


class TransferStep(models.Model):
    """What was done with a transfer, by whom."""

    transfer = models.ForeignKey(BankTransfer, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(max_length=10, choices=TransferStatus)
    trouble = models.CharField(max_length=10, choices=Trouble, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"step {self.pk}"


class PayoutStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("payout", "Waits for the list")
    ORDERED = "ordered", pgettext_lazy("payout", "Given to the bank")
    DONE = "done", pgettext_lazy("payout", "Carried out")
    FAILED = "failed", pgettext_lazy("payout", "Refused by the bank")


class Payout(models.Model):
    """An order to the bank to send money back: of a refund, or of a transfer that paid nothing."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, related_name="payout")
    transfer = models.OneToOneField(BankTransfer, on_delete=models.PROTECT, null=True, related_name="payout")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="payouts")
    amount = models.PositiveIntegerField()  # đồng
    holder = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=10, choices=PayoutStatus, default=PayoutStatus.WAITING)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refund=None, transfer__isnull=False) | Q(refund__isnull=False, transfer=None),
                name="payout_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"payout {self.pk}"
