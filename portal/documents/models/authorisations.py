"""Questions to the owners of keys that lie at a provider."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class AuthorisationState(models.TextChoices):
    WANTED = "wanted", pgettext_lazy("authorisation", "Not asked yet")
    ASKED = "asked", pgettext_lazy("authorisation", "Waiting for confirmation")
    CONFIRMED = "confirmed", pgettext_lazy("authorisation", "Confirmed")
    REFUSED = "refused", pgettext_lazy("authorisation", "Refused")
    EXPIRED = "expired", pgettext_lazy("authorisation", "Expired")
    SPENT = "spent", pgettext_lazy("authorisation", "Used up")
    DROPPED = "dropped", pgettext_lazy("authorisation", "Withdrawn")


class Authorisation(models.Model):
    """One question to the owner of a remote key: may it sign these papers? Asked and answered at the provider.

    Its id is the reference that the provider knows it by: asked twice, it is the same question.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=60)
    description = models.CharField(max_length=500)  # as the owner reads it at the provider
    link = models.CharField(max_length=200, blank=True)  # where on this site the owner sees more
    state = models.CharField(max_length=10, choices=AuthorisationState, default=AuthorisationState.WANTED)
    handle = models.CharField(max_length=4000, blank=True)
    token = models.TextField(blank=True)  # encrypted; only while it can be used
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True)  # of the question while it is asked, of the token once confirmed
    next_at = models.DateTimeField(null=True)  # when the sweep looks at it
    is_stuck = models.BooleanField(default=False)  # the provider did not answer last time

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="confirmed", until__isnull=False) & ~Q(token="")
                | ~Q(state="confirmed") & Q(token=""),
                name="authorisation_token_iff_confirmed",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="authorisation_to_look_at"
            )
        ]

    def __str__(self) -> str:
        return f"authorisation {self.pk}"


class AuthorisedSignature(models.Model):
    """One signature that an authorisation covers. `subject` names what is signed, `digest` what it says."""

    authorisation = models.ForeignKey(Authorisation, on_delete=models.CASCADE, related_name="signatures")
    subject = models.CharField(max_length=60, db_index=True)  # "result:12"
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authorisation", "subject"], name="authorised_once_per_subject")
        ]

    def __str__(self) -> str:
        return self.subject
