"""Results (kết quả) on their way from the officer's proposal to the signed, numbered, sealed paper."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class ResultState(models.TextChoices):
    APPROVED = "approved", pgettext_lazy("result", "Approved, waiting for number and seal")
    ISSUED = "issued", pgettext_lazy("result", "Issued")


class Result(models.Model):
    """One result of a dossier. Approval freezes what it says; issue gives number, date and signatures."""

    dossier = models.OneToOneField("dossiers.Dossier", on_delete=models.PROTECT, related_name="result")
    type_code = models.CharField(max_length=30)
    claims: models.JSONField[dict[str, Any]] = models.JSONField()
    claims_sha256 = models.CharField(max_length=64)  # of the canonical JSON: what the leader approved
    state = models.CharField(max_length=10, choices=ResultState, default=ResultState.APPROVED)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    approver_position = models.CharField(max_length=120)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField(null=True)
    paper = models.OneToOneField(
        "documents.IssuedPaper", on_delete=models.PROTECT, null=True, related_name="result"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state="issued", paper__isnull=False, issued_at__isnull=False, issued_by__isnull=False
                )
                | Q(state="approved", paper=None, issued_at=None, issued_by=None),
                name="result_issued_iff_paper",
            )
        ]

    def __str__(self) -> str:
        return f"result of {self.dossier_id}"


class NumberSeries(models.Model):
    """Numbers of an agency's papers of one type in one year; locked while one is allotted: no gaps."""

    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    type_code = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "type_code", "year"], name="series_once_per_agency_type_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.type_code} {self.year}"
