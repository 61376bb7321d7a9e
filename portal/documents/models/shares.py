"""What a paper says, signed piece by piece, and the links by which its holder shows a piece."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.documents.models.papers import IssuedPaper


class Statement(models.Model):
    """What a paper says, signed piece by piece (`statements`), so that its holder can show one piece alone.

    `code` stands in the signed list instead of the paper's own codes, which lead to more. The disclosures with
    their salts, and the seeds, are the holder's secrets: they leave this row only one by one, when shown.
    """

    paper = models.OneToOneField(IssuedPaper, on_delete=models.PROTECT, related_name="statement")
    code = models.CharField(max_length=40, unique=True)
    token = models.TextField()
    disclosures = models.JSONField()
    seeds = models.JSONField(default=dict)
    certificate = models.CharField(max_length=64)  # SHA-256 of the seal's, at signing
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"statement {self.pk}"


class ShareQuerySet(models.QuerySet["Share"]):
    def visible_to(self, user: Any) -> ShareQuerySet:
        """What the user's own person shares."""
        person = getattr(user, "person_id", None)
        return self.filter(statement__paper__holder=person) if person else self.none()

    def open(self, at: datetime) -> ShareQuerySet:
        """Those that can still be looked at."""
        left = Q(most_looks=None) | Q(looks__lt=F("most_looks"))
        return self.filter(left, revoked_at=None, until__gt=at)


class Share(models.Model):
    """A part of a paper that its holder shows to somebody by a link, for a time. Of the link only a hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="shares")
    token_sha256 = models.CharField(max_length=64, unique=True)
    names = models.JSONField()  # of the facts, in order
    receiver = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200)
    consent_text = models.TextField()
    created_at = models.DateTimeField()
    until = models.DateTimeField()
    most_looks = models.PositiveSmallIntegerField(null=True, blank=True)
    looks = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("created_at")), name="share_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(most_looks=None) | Q(looks__lte=F("most_looks")), name="share_is_not_overlooked"
            ),
        ]
        indexes = [models.Index(fields=["statement", "-created_at"], name="share_of_statement")]

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("documents:shared", args=[self.pk])

    def state(self, at: datetime) -> str:
        """open, revoked, used_up or over."""
        if self.revoked_at:
            return "revoked"
        if self.most_looks is not None and self.looks >= self.most_looks:
            return "used_up"
        return "over" if self.until <= at else "open"
