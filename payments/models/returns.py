"""What went back, and what the payer's bank took back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.models.attempts import Payment


class RefundReason(models.TextChoices):
    SURPLUS = "surplus", pgettext_lazy("refund", "Money that was not owed")
    REQUESTED = "requested", pgettext_lazy("refund", "Decided by the agency")
    RULE = "rule", pgettext_lazy("refund", "Due by the procedure’s own rule")
    LOWER = "lower", pgettext_lazy("refund", "The fee became less")
    EXTERNAL = "external", pgettext_lazy("refund", "Made at the payment provider")


class RefundStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("refund", "Waits for a second person")
    REJECTED = "rejected", pgettext_lazy("refund", "Rejected")
    REQUESTED = "requested", pgettext_lazy("refund", "Asked for")
    PENDING = "pending", pgettext_lazy("refund", "On its way")
    SUCCEEDED = "succeeded", pgettext_lazy("refund", "Returned")
    FAILED = "failed", pgettext_lazy("refund", "Failed")


class Refund(models.Model):
    """Money on its way back. The row is the promise; a worker carries it out.

    Above the agency's limit one person asks and another decides; nothing leaves before.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveIntegerField()  # đồng
    reason = models.CharField(max_length=10, choices=RefundReason)
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.REQUESTED)
    provider_id = models.CharField(max_length=120, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    needs_second = models.BooleanField(default=False)  # frozen: the limit may change later
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    # Who handed out the cash; null where a provider sends the money.
    paid_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)  # null: settled, or a person has to look at it
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="refund_decided_by_another",
                violation_error_message=_("Whoever asks for a refund does not decide on it."),
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | Q(status=RefundStatus.PROPOSED, decided_by=None)
                | Q(decided_by__isnull=False, requested_by__isnull=False),
                name="refund_of_two_people",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(reason=RefundReason.SURPLUS), name="refund_surplus_once"
            ),
            models.UniqueConstraint(
                fields=["provider_id"], condition=~Q(provider_id=""), name="refund_once_per_provider_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="refund_due"
            )
        ]

    def __str__(self) -> str:
        return f"refund {self.pk}"


class DisputeStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("dispute", "Open")
    WON = "won", pgettext_lazy("dispute", "Decided for us")
    LOST = "lost", pgettext_lazy("dispute", "Decided for the payer")


class Dispute(models.Model):
    """A payer told their bank that the payment is not theirs. The provider holds the money until it is decided."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=120, unique=True)
    amount = models.PositiveIntegerField()  # đồng
    status = models.CharField(max_length=10, choices=DisputeStatus, default=DisputeStatus.OPEN)
    reason = models.CharField(max_length=60, blank=True)  # the provider's word: "fraudulent", "duplicate", …
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True, blank=True)  # until when evidence is taken
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(
                condition=Q(status=DisputeStatus.OPEN, closed_at=None)
                | (~Q(status=DisputeStatus.OPEN) & Q(closed_at__isnull=False)),
                name="dispute_closed_at_iff_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}"
