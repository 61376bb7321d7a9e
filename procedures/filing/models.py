"""Drafts: what a citizen has typed so far, kept until it is submitted or thrown away."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from portal.accounts.models import User


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, user: User) -> DraftQuerySet:
        return self.filter(user=user)

    def unfinished(self) -> DraftQuerySet:
        return self.filter(dossier=None)


class Draft(models.Model):
    """A dossier being written. Bound to the version it was begun on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    version = models.ForeignKey(
        "definitions.ProcedureVersion", on_delete=models.PROTECT, related_name="drafts"
    )
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, default="vi")
    answers: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict
    )  # validated values by field key
    done: models.JSONField[list[str]] = models.JSONField(
        default=list
    )  # keys of the steps that were validated
    # What was typed but refused, step by step, as posted: shown again wherever the citizen returns.
    refused: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    applicant: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # as known when it was begun
    provenance: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    reuse: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # Submitting is exactly this link: it can be made once.
    dossier = models.OneToOneField(
        "dossiers.Dossier", on_delete=models.CASCADE, null=True, related_name="draft"
    )

    objects = DraftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-updated_at"], name="draft_of_user")]

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("filing:tasks", args=[self.id])


class Answering(models.Model):
    """What the citizen has typed in answer to a supplement request and not sent yet. Sending deletes it."""

    request = models.OneToOneField("dossiers.Event", on_delete=models.CASCADE, related_name="answering")
    typed: models.JSONField[dict[str, list[str]]] = models.JSONField(
        default=dict
    )  # as posted, right or wrong
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"answering {self.request_id}"
