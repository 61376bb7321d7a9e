"""What holders agreed to, and who looked at whose papers, and why."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.documents.models.papers import CODE_ALPHABET, IssuedPaper


def new_receipt_number() -> str:
    """The number of a consent's receipt: "DY" (đồng ý) and ten characters that nobody guesses."""
    return "DY" + "".join(secrets.choice(CODE_ALPHABET) for _i in range(10))


class ConsentKind(models.TextChoices):
    REUSE = "reuse", _("Used in a dossier of mine")
    SHARE = "share", _("Shared with another agency")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: Any) -> ConsentQuerySet:
        """What the user's own person has agreed to, a child's papers that they hold included."""
        return self.filter(person=user.person_id) if getattr(user, "person_id", None) else self.none()

    def in_force(self, at: datetime) -> ConsentQuerySet:
        """Neither withdrawn, nor used up, nor over at `at` (aware datetime)."""
        lasting = Q(until=None) | Q(until__gt=at)
        return self.filter(lasting, withdrawn_at=None, spent_at=None)


class Consent(models.Model):
    """A receipt: who agreed that whom learns what from which paper, for what, in which words, until when.

    Frozen when it is given (Luật BVDLCN 91/2025: a consent must be provable, for a purpose, and can be withdrawn);
    `spent_at` and `withdrawn_at` are the only columns that change, each once.
    """

    number = models.CharField(max_length=12, unique=True, default=new_receipt_number, editable=False)
    kind = models.CharField(max_length=6, choices=ConsentKind)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="consents")
    paper = models.ForeignKey(IssuedPaper, on_delete=models.PROTECT, related_name="consents")
    recipient = models.CharField(max_length=160)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    purpose: models.JSONField[dict[str, str]] = models.JSONField()  # {"vi": …, "en": …}
    basis: models.JSONField[dict[str, str]] = models.JSONField(default=dict)  # of the recipient's asking
    # [{"path": "child.full_name", "vi": …, "en": …}]; both empty: the whole paper.
    claims: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)
    questions: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)  # "code", "vi", "en"
    text = models.TextField()  # the words as shown
    language = models.CharField(max_length=2, default="vi")
    channel = models.CharField(max_length=10, default="portal", choices=[("portal", _("On this portal"))])
    dossier_code = models.CharField(max_length=60, blank=True)
    given_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    once = models.BooleanField(default=False)
    spent_at = models.DateTimeField(null=True)  # when a consent for once was used
    withdrawn_at = models.DateTimeField(null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="consent_has_its_words"),
            models.CheckConstraint(
                condition=Q(spent_at=None) | Q(once=True), name="consent_spent_only_if_for_once"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=models.F("given_at")),
                name="consent_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="consent_of_person"),
            models.Index(
                fields=["paper", "dossier_code"], condition=~Q(dossier_code=""), name="consent_in_dossier"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("sharing:receipt", args=[self.number])

    def state(self, at: datetime) -> str:
        """At `at`: "withdrawn", "spent", "over" or "holds"."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.spent_at:
            return "spent"
        return "over" if self.until and self.until <= at else "holds"


class AccessKind(models.TextChoices):
    OWN = "own", pgettext_lazy("use of a paper", "You yourself")
    OFFICER = "officer", pgettext_lazy("use of a paper", "Looked at by an officer")
    REUSE = "reuse", pgettext_lazy("use of a paper", "Used in your dossier")
    QUESTION = "question", pgettext_lazy("use of a paper", "Question of another agency")
    SHOWN = "shown", pgettext_lazy("use of a paper", "A part of it, shown by your link")


class AccessLogQuerySet(models.QuerySet["AccessLog"]):
    def visible_to(self, user: Any) -> AccessLogQuerySet:
        """What was done with the papers of the user's own person."""
        return self.filter(person=user.person_id) if getattr(user, "person_id", None) else self.none()


class AccessLog(models.Model):
    """Every use of a person's paper by someone or something else: who, what of it, why. Never changed."""

    kind = models.CharField(max_length=10, choices=AccessKind)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="accesses")
    # Empty when an agency asked and there was no paper to answer from, or none that it may know of.
    paper = models.ForeignKey(IssuedPaper, on_delete=models.PROTECT, null=True, related_name="accesses")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=160)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    purpose = models.JSONField()  # {"vi": …, "en": …}
    basis: models.JSONField[dict[str, str]] = models.JSONField(
        default=dict
    )  # the law that allows it, likewise
    # What was asked of the paper, by name ({"vi": …, "en": …}), never the values; empty: the whole paper.
    claims: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)
    is_told = models.BooleanField(default=True)  # False: "cannot be said" was the answer
    dossier_code = models.CharField(max_length=60, blank=True)
    # Empty for a look under the law, without consent.
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, related_name="uses")
    # The link through which a part of the paper was looked at.
    share = models.ForeignKey(
        "Share", on_delete=models.PROTECT, null=True, blank=True, related_name="accesses"
    )
    at = models.DateTimeField(default=timezone.now)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["paper", "-at"], name="access_of_paper"),
            models.Index(fields=["person", "-id"], name="access_of_person"),
        ]

    def __str__(self) -> str:
        return f"access {self.pk}"


class PaperCheck(models.Model):
    """How often a paper was checked by its code or QR on one day (Vietnam's). Nothing of who did it is kept."""

    paper = models.ForeignKey(IssuedPaper, on_delete=models.CASCADE, related_name="checks")
    day = models.DateField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "day"], name="paper_check_once_a_day")]

    def __str__(self) -> str:
        return f"checks {self.paper_id} {self.day}"
