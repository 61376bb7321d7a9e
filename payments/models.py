"""What is owed, what was tried, what came in, what went back. Integer đồng everywhere.

Only `ledger`, `settlement`, `refunds` and `reconciliation` write these rows.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser


class ChargeStatus(models.TextChoices):
    DUE = "due", pgettext_lazy("charge", "To be paid")
    PENDING = "pending", pgettext_lazy("charge", "On its way")  # confirmed by the payer, not yet by the bank
    PAID = "paid", pgettext_lazy("charge", "Paid")
    REFUNDING = "refunding", pgettext_lazy("charge", "Being refunded")
    REFUNDED = "refunded", pgettext_lazy("charge", "Refunded")
    CANCELLED = "cancelled", pgettext_lazy("charge", "Nothing to pay any more")


PAYABLE = (ChargeStatus.DUE, ChargeStatus.PENDING)
SETTLED = (ChargeStatus.PAID, ChargeStatus.REFUNDING, ChargeStatus.REFUNDED)


class ChargeQuerySet(models.QuerySet["Charge"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> ChargeQuerySet:
        """The charges that `user` has to pay, or has paid."""
        return self.filter(payer_id=user.pk) if user.pk else self.none()


class Charge(models.Model):
    """One sum that one person owes for one thing. `reference` is the thing's own number."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the id in addresses
    reference = models.CharField(_("reference"), max_length=60, unique=True)
    description: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()  # {"vi": …, "en": …}
    payer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="charges")
    amount = models.PositiveIntegerField(_("amount"))  # đồng, the sum of the fee lines
    status = models.CharField(_("status"), max_length=10, choices=ChargeStatus, default=ChargeStatus.DUE)
    return_path = models.CharField(max_length=200)  # where the payer came from, a path of this site
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="charge_amount_positive",
                violation_error_message=_("There is nothing to pay."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=SETTLED, settled_at__isnull=False)
                | (~Q(status__in=SETTLED) & Q(settled_at=None)),
                name="charge_settled_at_iff_settled",
            ),
            models.CheckConstraint(
                condition=Q(status=ChargeStatus.CANCELLED, cancelled_at__isnull=False)
                | (~Q(status=ChargeStatus.CANCELLED) & Q(cancelled_at=None)),
                name="charge_cancelled_at_iff_cancelled",
            ),
        ]
        indexes = [models.Index(fields=["payer", "-id"], name="charge_of_payer")]

    def __str__(self) -> str:
        return f"charge {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:pay", args=[self.uuid])

    @property
    def is_payable(self) -> bool:
        return self.status in PAYABLE


class FeeKind(models.TextChoices):
    """Luật Phí và lệ phí 2015, Article 3: two kinds that the books keep apart."""

    PHI = "phi", _("Charge for a service")
    LE_PHI = "le_phi", _("State fee")


class FeeLine(models.Model):
    """One line of a charge, frozen with its legal basis when the charge is opened."""

    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, related_name="lines")
    key = models.CharField(max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=FeeKind)
    label: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()
    quantity = models.PositiveIntegerField(default=1)
    unit_amount = models.PositiveIntegerField()  # đồng
    reduction = models.PositiveIntegerField(default=0)  # đồng off the whole line
    reduction_basis: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        default=dict, blank=True
    )
    amount = models.PositiveIntegerField()  # đồng, after the reduction
    basis: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charge", "key"], name="fee_line_once_per_key"),
            models.CheckConstraint(
                condition=Q(amount=F("quantity") * F("unit_amount") - F("reduction")), name="fee_line_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charge_id} {self.key}"


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


class RefundReason(models.TextChoices):
    SURPLUS = "surplus", pgettext_lazy("refund", "Money that was not owed")
    REQUESTED = "requested", pgettext_lazy("refund", "Decided by the agency")
    EXTERNAL = "external", pgettext_lazy("refund", "Made at the payment provider")


class RefundStatus(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("refund", "Asked for")
    PENDING = "pending", pgettext_lazy("refund", "On its way")
    SUCCEEDED = "succeeded", pgettext_lazy("refund", "Returned")
    FAILED = "failed", pgettext_lazy("refund", "Failed")


class Refund(models.Model):
    """Money on its way back. The row is the promise; a worker carries it out."""

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
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)  # null: settled, or a person has to look at it
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
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


class EventStatus(models.TextChoices):
    NEW = "new", "new"
    DONE = "done", "done"
    IGNORED = "ignored", "ignored"  # not ours, or of the wrong mode: kept, so that it can be counted


class ProviderEvent(models.Model):
    """The inbox of what providers tell us. A row is a reason to ask, never a fact to believe."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=80, blank=True)  # our own id, as the provider repeats it
    live = models.BooleanField()
    status = models.CharField(max_length=10, choices=EventStatus, default=EventStatus.NEW)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="event_once_per_provider")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="event_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class ReceiptSeries(models.Model):
    """The last number given out in a series; locked while a receipt is numbered, so that no number is lost."""

    name = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "receipt series"

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """The receipt (biên lai) of a settled charge. Its number is given in the settling transaction."""

    charge = models.OneToOneField(Charge, on_delete=models.PROTECT, related_name="receipt")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="receipt")
    series = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    payer_name = models.CharField(max_length=120)  # frozen at issue
    amount = models.PositiveIntegerField()  # đồng
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="receipt_number_once_per_series")
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.number:07d}"
