"""Procedures (thủ tục hành chính) and their versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Procedure(models.Model):
    """An administrative procedure by its national code; everything else belongs to a version."""

    code = models.CharField(_("code"), max_length=20, unique=True)  # 1.001193

    def __str__(self) -> str:
        return self.code


class VersionState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("version", "Draft")
    PUBLISHED = "published", pgettext_lazy("version", "Published")
    RETIRED = "retired", pgettext_lazy("version", "Retired")


class ImmutableVersion(Exception):
    """A version that is or was in force was about to be changed or lost."""


# What a version says. Its state may move on, and what is copied out of it for lists may be refreshed.
FROZEN = frozenset({"definition", "snapshot", "digest", "number", "procedure", "procedure_id"})


class VersionQuerySet(models.QuerySet["ProcedureVersion"]):
    def current(self) -> VersionQuerySet:
        """The one version of each procedure that new dossiers are filed on."""
        return self.filter(state=VersionState.PUBLISHED)

    def update(self, **values: Any) -> int:
        """Refuse to change content in bulk: a draft's is written by save(), a published one's by nobody."""
        if FROZEN & values.keys():
            raise ImmutableVersion("the content of versions is not updated in bulk")
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse to lose a version that was ever in force."""
        if self.exclude(state=VersionState.DRAFT).exists():
            raise ImmutableVersion("only drafts can be deleted")
        return super().delete()


class ProcedureVersion(models.Model):
    """One version of a procedure: a draft until it is published, immutable ever after.

    `definition` is the bundle's content as edited; `snapshot` is what publishing compiled from it
    and the only thing that runtime reads.
    """

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    definition: models.JSONField[dict[str, Any]] = models.JSONField()
    snapshot: models.JSONField[dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical definition
    # Copied out of the definition at publishing, so that lists and search never open a snapshot.
    name_vi = models.CharField(max_length=300)
    name_en = models.CharField(max_length=300, blank=True)
    field_vi = models.CharField(max_length=120, blank=True)
    field_en = models.CharField(max_length=120, blank=True)
    life_event = models.CharField(max_length=40, blank=True)
    search_text = models.TextField(blank=True)  # names, synonyms, code: lower case, without accents
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=Q(state="published"),
                name="version_one_published_per_procedure",
            ),
            models.UniqueConstraint(
                fields=["procedure"], condition=Q(state="draft"), name="version_one_draft_per_procedure"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", snapshot=None) | (~Q(state="draft") & Q(snapshot__isnull=False)),
                name="version_has_snapshot_iff_published",
            ),
            models.CheckConstraint(
                condition=(Q(state="retired") & Q(retired_at__isnull=False))
                | (~Q(state="retired") & Q(retired_at=None)),
                name="version_retired_at_iff_retired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure_id} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to change the content of a version once published (its state may still move on)."""
        updating = set(kwargs.get("update_fields") or FROZEN)
        if self.pk and updating & FROZEN:
            self._refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_unless_draft()
        return super().delete(*args, **kwargs)

    def _refuse_unless_draft(self) -> None:
        was = type(self).objects.filter(pk=self.pk).values_list("state", flat=True).first()
        if was in (VersionState.PUBLISHED, VersionState.RETIRED):
            raise ImmutableVersion(self.pk)
