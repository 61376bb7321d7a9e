"""Who had the state's registers looked up about whom, and why. Never what they answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from portal.registries.answers import CLAIMS, NAMES, Outcome, Registry

if TYPE_CHECKING:
    from portal.accounts.models import User


OUTCOMES = {
    Outcome.MATCH: pgettext_lazy("look-up", "Data found"),
    Outcome.MISMATCH: pgettext_lazy("look-up", "The data do not agree"),
    Outcome.NO_DATA: pgettext_lazy("look-up", "No data"),
    Outcome.INSUFFICIENT: pgettext_lazy("look-up", "Not enough to go by"),
    Outcome.UNAVAILABLE: pgettext_lazy("look-up", "No answer"),
}


class LookUpQuerySet(models.QuerySet["LookUp"]):
    def visible_to(self, user: User) -> LookUpQuerySet:
        """Those about the user's own person, also from before the person was known here."""
        if user.person is None:
            return self.none()
        return self.filter(Q(person=user.person) | Q(person=None, personal_id=user.person.personal_id))


class LookUp(models.Model):
    """One question to one register. Written whatever came of it; only the dossier's code is added later."""

    registry = models.CharField(max_length=20, choices=[(str(key), name) for key, name in NAMES.items()])
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="look_ups"
    )
    personal_id = models.CharField(max_length=12, blank=True)  # of somebody who is not on record here
    claims: models.JSONField[list[str]] = models.JSONField(default=list)  # which data, by name
    purpose: models.JSONField[dict[str, str]] = models.JSONField()  # {"vi": …, "en": …}
    basis: models.JSONField[dict[str, str]] = models.JSONField()  # the law that allows it, likewise
    draft = models.UUIDField(null=True, blank=True)
    dossier_code = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=12, choices=[(str(key), words) for key, words in OUTCOMES.items()])
    # Answered from what the register had said minutes before: nothing went over the wire.
    was_kept = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = LookUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, personal_id="") | (Q(person=None) & ~Q(personal_id="")),
                name="look_up_is_about_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="look_up_of_person"),
            models.Index(
                fields=["personal_id", "-id"], condition=~Q(personal_id=""), name="look_up_of_number"
            ),
            models.Index(fields=["draft"], condition=Q(draft__isnull=False), name="look_up_of_draft"),
        ]

    def __str__(self) -> str:
        return f"look-up {self.pk}"

    @property
    def named_claims(self) -> list[Any]:
        """What the data asked for are called, in the register's order; one no longer known keeps its name."""
        names = CLAIMS[Registry(self.registry)]
        known = [name for claim, name in names.items() if claim in self.claims]
        return known + [claim for claim in self.claims if claim not in names]
