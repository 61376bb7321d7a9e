"""What is owed, line by line."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

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
    WAIVED = "waived", pgettext_lazy("charge", "Waived")  # an exemption that an officer confirmed
    DISPUTED = "disputed", pgettext_lazy("charge", "Disputed")  # the payer's bank has taken the money back


PAYABLE = (ChargeStatus.DUE, ChargeStatus.PENDING)
# Paid once, whatever became of the money afterwards.
SETTLED = (ChargeStatus.PAID, ChargeStatus.REFUNDING, ChargeStatus.REFUNDED, ChargeStatus.DISPUTED)
OWED = (*PAYABLE, *SETTLED)


class ChargeQuerySet(models.QuerySet["Charge"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> ChargeQuerySet:
        """The charges that `user` has to pay, or has paid."""
        return self.filter(payer_id=user.pk) if user.pk else self.none()


class Charge(models.Model):
    """One sum that one person owes for one thing: `reference` is the thing's own number, `purpose` what for.

    A thing may cost several times in its life (at filing, with a supplement, …), each purpose once.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the id in addresses
    reference = models.CharField(_("reference"), max_length=60)
    purpose = models.CharField(_("purpose"), max_length=30, default="submit")
    # Whose money it is; null only on charges from before the books were kept.
    agency = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("agency")
    )
    description: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()  # {"vi": …, "en": …}
    topic = models.CharField(_("procedure"), max_length=40, blank=True)  # what sums are told apart by
    payer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="charges")
    amount = models.PositiveIntegerField(_("amount"))  # đồng, the sum of the fee lines
    status = models.CharField(_("status"), max_length=10, choices=ChargeStatus, default=ChargeStatus.DUE)
    payer_plain = models.CharField(max_length=120, blank=True, db_index=True)  # lower case, without accents
    return_path = models.CharField(max_length=200)  # where the payer came from, a path of this site
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    waiver_basis = models.CharField(max_length=300, blank=True)  # the article that the officer went by

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
            models.CheckConstraint(
                condition=(
                    Q(status=ChargeStatus.WAIVED, waived_at__isnull=False, waived_by__isnull=False)
                    & ~Q(waiver_basis="")
                )
                | (~Q(status=ChargeStatus.WAIVED) & Q(waived_at=None)),
                name="charge_waived_with_a_basis",
            ),
            models.UniqueConstraint(fields=["reference", "purpose"], name="charge_once_per_purpose"),
        ]
        indexes = [
            models.Index(fields=["payer", "-id"], name="charge_of_payer"),
            models.Index(fields=["agency", "opened_at"], name="charge_of_agency"),
        ]

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
