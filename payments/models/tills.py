"""Cash: the tills at the windows, what was put on the table, what was counted at the end of the day."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from payments.models.attempts import Payment


class Till(models.Model):
    """One window's till on one day: opened by a cashier, counted, closed, and its cash handed over.

    Once closed it stays closed: the window takes cash again the next day.
    """

    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    window = models.CharField(_("window"), max_length=30)
    day = models.DateField()  # in Vietnam
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Change money that lay in it beforehand, đồng: the window's own, never in the books, and not handed over.
    float_amount = models.PositiveIntegerField(_("change money in the till"), default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    expected = models.PositiveBigIntegerField(
        null=True, blank=True
    )  # đồng: the change money and what the books say
    counted = models.PositiveBigIntegerField(null=True, blank=True)
    denominations: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, blank=True
    )
    reason = models.CharField(max_length=300, blank=True)  # why counted and expected differ
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cashier"],
                condition=Q(closed_at=None),
                name="till_one_open_a_cashier",
                violation_error_message=_("You have a till open at another window."),
            ),
            models.UniqueConstraint(
                fields=["agency", "window"],
                condition=Q(closed_at=None),
                name="till_one_open_a_window",
                violation_error_message=_("Somebody else has this window’s till."),
            ),
            models.UniqueConstraint(
                fields=["agency", "window", "day"],
                name="till_once_a_day",
                violation_error_message=_("This window’s till is closed for today. It opens again tomorrow."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, expected=None, counted=None, handed_to=None)
                | Q(
                    closed_at__isnull=False,
                    expected__isnull=False,
                    counted__isnull=False,
                    handed_to__isnull=False,
                ),
                name="till_closed_whole",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(counted=F("expected")) | ~Q(reason=""),
                name="till_difference_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(counted__gte=F("float_amount")), name="till_change_stays"
            ),
            models.CheckConstraint(
                condition=Q(handed_to=None) | ~Q(handed_to=F("cashier")), name="till_handed_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"till {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("cash:till", args=[self.pk])

    @property
    def owner(self) -> str:
        """The name of the window's account in the books: the same one every day."""
        return f"{self.agency_id}.{self.window}"

    @property
    def place(self) -> str:
        """See `Payment.place`."""
        return f"till:{self.owner}"

    @property
    def difference(self) -> int:
        """Counted less expected, đồng; 0 while it is open."""
        return (self.counted or 0) - (self.expected or 0)

    @property
    def handed(self) -> int:
        """What was handed over, đồng; 0 while it is open."""
        return (self.counted or 0) - self.float_amount if self.closed_at else 0


class Taking(models.Model):
    """Cash on the table for one payment: what was given, and the change."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="taking")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="takings")
    given = models.PositiveIntegerField()  # đồng
    change = models.PositiveIntegerField()  # đồng, handed back at once

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(given__gte=F("change")), name="taking_change_of_what_was_given"
            )
        ]

    def __str__(self) -> str:
        return f"taking {self.pk}"
