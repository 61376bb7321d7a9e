"""Procedures (thủ tục hành chính) and their versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts import access
from portal.accounts.models import Agency, Role


class ProcedureQuerySet(models.QuerySet["Procedure"]):
    def of_admin(self, user: Any, at: datetime) -> ProcedureQuerySet:
        """Those that `user` may edit at `at`: what the own branch owns; the site's own for who serves at its root."""
        wanted = Q(pk=None)
        for duty in access.duties(user, at):
            if duty.role == Role.PROCEDURE_ADMIN:
                wanted |= Q(owner__path__startswith=duty.agency.path)
                wanted |= Q(owner=None) if duty.agency.parent_id is None else Q(pk=None)
        return self.filter(wanted)


class Procedure(models.Model):
    """An administrative procedure by its national code; everything else belongs to a version."""

    code = models.CharField(_("code"), max_length=20, unique=True)  # 1.001193
    # The agency in whose branch the procedure is edited; none: the whole site's, edited at the root.
    owner = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ProcedureQuerySet.as_manager()

    def __str__(self) -> str:
        return self.code


class VersionState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("version", "Draft")
    PUBLISHED = "published", pgettext_lazy("version", "Published")
    RETIRED = "retired", pgettext_lazy("version", "Retired")


class ImmutableVersion(Exception):
    """A version that is or was in force was about to be changed or lost."""


class NotADraft(Exception):
    """Only a draft can be edited, published or thrown away."""


# What a version says. Its state may move on, and what is copied out of it for lists may be refreshed.
FROZEN = frozenset({"definition", "snapshot", "digest", "number", "procedure", "procedure_id"})


# What makes a version heavy: runtime reads the snapshot once per process, everything else none of these.
HEAVY = ("definition", "snapshot", "search_text")


class VersionQuerySet(models.QuerySet["ProcedureVersion"]):
    def current(self) -> VersionQuerySet:
        """The one version of each procedure that new dossiers are filed on."""
        return self.filter(state=VersionState.PUBLISHED)

    def open_on(self, day: date) -> VersionQuerySet:
        """Those in force that a dossier can be begun on that day."""
        return self.current().filter(Q(last_filing_on=None) | Q(last_filing_on__gte=day))

    def light(self) -> VersionQuerySet:
        """Without the definition's text, which is tens of kilobytes to read and parse."""
        return self.defer(*HEAVY)

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
    # Drafts only. Counts the edits: who saves says which revision was looked at.
    revision = models.PositiveIntegerField(default=0)
    # Texts whose English was looked at again after the Vietnamese changed: place → SHA-256 of both.
    reviewed: models.JSONField[dict[str, str]] = models.JSONField(default=dict, blank=True)
    # The version that this one was copied from.
    origin = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # A draft that is to be published by itself.
    publish_at = models.DateTimeField(null=True, blank=True)
    # What its predecessor's last filing date is to be then; none: drafts have to be carried over at once.
    finish_until = models.DateField(null=True, blank=True)
    # Last day on which a dossier can be filed on it. Published: none means no end. Retired: unfinished
    # drafts of citizens may still be submitted through that day; none means not any more.
    last_filing_on = models.DateField(_("last filing date"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(publish_at=None) | Q(state="draft"),
                name="version_only_a_draft_waits_for_publication",
            ),
            models.CheckConstraint(
                condition=Q(finish_until=None) | Q(publish_at__isnull=False),
                name="version_finish_until_only_while_it_waits",
            ),
            models.CheckConstraint(
                condition=Q(last_filing_on=None) | ~Q(state="draft"),
                name="version_draft_has_no_last_filing_date",
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

    def takes_new(self, day: date) -> bool:
        """Whether a dossier can be begun on it on that day."""
        return self.state == VersionState.PUBLISHED and self.takes_begun(day)

    def takes_begun(self, day: date) -> bool:
        """Whether a dossier begun on it can be filed on that day."""
        if self.last_filing_on is None:
            return self.state == VersionState.PUBLISHED
        return self.state != VersionState.DRAFT and day <= self.last_filing_on

    def _refuse_unless_draft(self) -> None:
        was = type(self).objects.filter(pk=self.pk).values_list("state", flat=True).first()
        if was in (VersionState.PUBLISHED, VersionState.RETIRED):
            raise ImmutableVersion(self.pk)


class Edit(models.Model):
    """One change of a draft version: what stood at a place before and after. The draft's history and its undo."""

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="edits")
    revision = models.PositiveIntegerField()  # the draft's, after this edit
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What was done ("set", "insert", "move", "remove") and to which place: "form.steps.person.title.vi".
    action = models.CharField(max_length=10)
    place = models.CharField(max_length=300)
    before: models.JSONField[Any] = models.JSONField(null=True, blank=True)
    after: models.JSONField[Any] = models.JSONField(null=True, blank=True)
    # The edit that this one takes back; an edit is taken back once.
    undoes = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="undone_by"
    )

    class Meta:
        ordering = ["version", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["version", "revision"], name="edit_revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} r{self.revision}"


class CodeList(models.Model):
    """A managed list of options (danh mục): ethnic groups, nationalities, relations. Definitions name it."""

    key = models.SlugField(max_length=60, unique=True)
    name_vi = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)

    def __str__(self) -> str:
        return self.key


class CodeListVersion(models.Model):
    """The options of a list as they were valid from a day on. Published versions keep a copy of what they used."""

    code_list = models.ForeignKey(CodeList, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    options: models.JSONField[list[dict[str, str]]] = models.JSONField()  # [{"value", "vi", "en"}]
    reason = models.CharField(_("legal basis"), max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["code_list", "number"]
        constraints = [
            models.UniqueConstraint(fields=["code_list", "number"], name="code_list_version_number_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="code_list_version_counts_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.code_list_id} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to change a version: what was published may rest on it."""
        if self.pk:
            raise ImmutableVersion(self.pk)
        super().save(*args, **kwargs)


class FieldGroup(models.Model):
    """Fields kept for copying into forms: a person, an address, an identity paper. Copies remember where from."""

    key = models.SlugField(max_length=60)
    number = models.PositiveIntegerField(_("version"), default=1)
    name_vi = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    fields: models.JSONField[list[dict[str, Any]]] = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["key", "number"]
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="field_group_number_once")]

    def __str__(self) -> str:
        return f"{self.key}@{self.number}"


class ResultSchema(models.Model):
    """The JSON Schema of the data in results of one type. Never changed: issued papers name it for ever."""

    type_code = models.CharField(max_length=30)
    number = models.PositiveIntegerField(_("version"))
    sha256 = models.CharField(max_length=64)  # of the canonical body
    body: models.JSONField[dict[str, Any]] = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type_code", "number"], name="result_schema_number_once"),
            models.UniqueConstraint(fields=["type_code", "sha256"], name="result_schema_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type_code}/{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to change a schema that papers name."""
        if self.pk:
            raise ImmutableVersion(self.pk)
        super().save(*args, **kwargs)
