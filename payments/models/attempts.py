"""What was tried, and what came in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from payments.models.charges import Charge


class PaymentStatus(models.TextChoices):
    CREATED = "created", pgettext_lazy("payment", "Begun")  # our row is there, the provider may not know yet
    OPEN = "open", pgettext_lazy("payment", "Waiting for the payer")
    PROCESSING = "processing", pgettext_lazy("payment", "On its way")
    SUCCEEDED = "succeeded", pgettext_lazy("payment", "Paid")
    FAILED = "failed", pgettext_lazy("payment", "Failed")
    EXPIRED = "expired", pgettext_lazy("payment", "Expired")
    REVIEW = "review", pgettext_lazy("payment", "Being looked into")  # a person has to look at it


ACTIVE = (PaymentStatus.CREATED, PaymentStatus.OPEN, PaymentStatus.PROCESSING)


class Payment(models.Model):
    """One attempt to pay a charge through one provider."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    attempt = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED)
    # Money that settles nothing: a second success, or one after the charge was cancelled. It goes back by itself.
    surplus = models.BooleanField(default=False)
    amount = models.PositiveIntegerField()  # đồng
    # Everything that the first call sends, stored before it is sent: a repeated call must be the same to the letter.
    parameters: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    idempotency_key = models.CharField(max_length=80, unique=True)
    provider_id = models.CharField(max_length=120, blank=True)
    transaction_id = models.CharField(max_length=120, blank=True)  # what a refund refers to
    url = models.TextField(blank=True)  # the provider's page
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True)  # null: nothing left to ask the provider
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)  # why FAILED or REVIEW; no personal data
    # The till or the bank account that the money lies in; empty: the provider keeps it until it pays out.
    place = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charge", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["charge"], condition=Q(status__in=ACTIVE), name="payment_one_active_a_charge"
            ),
            models.UniqueConstraint(
                fields=["charge"],
                condition=Q(status=PaymentStatus.SUCCEEDED, surplus=False),
                name="payment_one_success_a_charge",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_id"],
                condition=~Q(provider_id=""),
                name="payment_once_per_provider_id",
            ),
            models.CheckConstraint(
                condition=Q(status=PaymentStatus.SUCCEEDED, settled_at__isnull=False)
                | (~Q(status=PaymentStatus.SUCCEEDED) & Q(settled_at=None, surplus=False)),
                name="payment_settled_at_iff_succeeded",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="payment_to_be_checked",
            ),
            models.Index(
                fields=["charge"], condition=Q(status=PaymentStatus.REVIEW), name="payment_in_review"
            ),
            models.Index(
                fields=["settled_at"], condition=Q(settled_at__isnull=False), name="payment_settled"
            ),
            models.Index(
                fields=["transaction_id"], condition=~Q(transaction_id=""), name="payment_of_transaction"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"

    @property
    def reference(self) -> str:
        """How the provider knows this attempt; a callback is matched by it when the provider's id is not stored."""
        return f"{self.charge.uuid}:{self.attempt}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_wanted(self) -> bool:
        """Whether its money would settle the charge as it stands: the fee may have changed since. Reads the charge."""
        return self.is_active and self.charge.is_payable and self.amount == self.charge.amount
