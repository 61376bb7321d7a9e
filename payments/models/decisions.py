"""What a person decided about money that did not come or go as it should."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from payments.models.attempts import Payment
from payments.models.returns import Dispute, Refund


class Act(models.TextChoices):
    ASKED = "asked", pgettext_lazy("review", "The provider was asked again")
    ACCEPTED = "accepted", pgettext_lazy("review", "Accepted as the payment")
    RETURNED = "returned", pgettext_lazy("review", "The money goes back")
    ENDED = "ended", pgettext_lazy("review", "No money came in")
    RETRIED = "retried", pgettext_lazy("review", "Tried again")
    MARKED = "marked", pgettext_lazy("review", "Settled in another way")
    NOTED = "noted", pgettext_lazy("review", "Note")


# After these a failed refund needs nobody any more.
SETTLING = (Act.RETRIED, Act.MARKED)


class Decision(models.Model):
    """One step of somebody's looking into a payment, a failed refund or a dispute. Never changed."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="decisions")
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    act = models.CharField(max_length=10, choices=Act)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refund=None) | Q(dispute=None), name="decision_about_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(act__in=(Act.ASKED, Act.RETRIED)) | ~Q(note=""), name="decision_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk}"
