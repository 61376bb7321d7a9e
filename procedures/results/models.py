"""Results (kết quả) on their way from the leader's approval to the signed, numbered, sealed paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ResultState(models.TextChoices):
    APPROVED = "approved", pgettext_lazy("result", "Approved, waiting for number and seal")
    ASKED = "asked", pgettext_lazy("result", "Being issued")
    NUMBERED = "numbered", pgettext_lazy("result", "Numbered, being signed and sealed")
    ISSUED = "issued", pgettext_lazy("result", "Issued")


# The clerk has pressed the button, the paper is not there yet.
UNDER_WAY = (ResultState.ASKED, ResultState.NUMBERED)


class Trouble(models.TextChoices):
    """What keeps a result from being issued, in the words that the office reads. Never a person's data."""

    AUTHORITY = "authority", _("The time-stamping authority or the key store does not answer.")
    STORE = "store", _("The store of papers is full.")
    FAULT = "fault", _("A fault of the system. The technicians find it in the log.")
    LEADER_KEY = "leader_key", _("The leader's signing key cannot be used.")
    LEADER_GONE = (
        "leader_gone",
        _("The leader who approved no longer holds the position, or the account is closed."),
    )
    SEAL_KEY = "seal_key", _("The key of the agency's seal cannot be used.")
    ENDED = "ended", _("A paper that the dossier relies on is no longer valid: the leader has to decide.")
    CHANGED = "changed", _("The data is no longer what the leader approved.")
    LETTERS = "letters", _("The paper holds characters that cannot be printed.")


class ResultQuerySet(models.QuerySet["Result"]):
    def due(self, at: datetime) -> ResultQuerySet:
        """Results to be issued that no worker holds, or whose worker has died: its time is over."""
        return self.filter(state__in=UNDER_WAY, next_attempt_at__lte=at)


class Result(models.Model):
    """One result of a dossier. Approval freezes what it says; issuing gives number, date and signatures.

    Every writer but the claim of a worker holds the dossier's lock.
    """

    dossier = models.OneToOneField("dossiers.Dossier", on_delete=models.PROTECT, related_name="result")
    type_code = models.CharField(max_length=30)
    claims: models.JSONField[dict[str, Any]] = models.JSONField()
    claims_sha256 = models.CharField(max_length=64)  # of the canonical JSON: what the leader approved
    state = models.CharField(max_length=10, choices=ResultState, default=ResultState.APPROVED)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    approver_position = models.CharField(max_length=120)
    # The clerk who has it issued, and when it was last asked for.
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    # Number, code and time of the paper: allotted together, once, and kept through every attempt.
    series = models.ForeignKey("NumberSeries", on_delete=models.PROTECT, null=True, related_name="results")
    sequence = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=60, blank=True)  # 12/2026/GKS
    check_code = models.CharField(max_length=12, blank=True)
    issued_at = models.DateTimeField(null=True)
    paper = models.OneToOneField(
        "documents.IssuedPaper", on_delete=models.PROTECT, null=True, related_name="result"
    )
    # When to try (again). While a worker is at it: when it would be taken for dead. Empty under way: stopped.
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(
        default=0
    )  # begun since the last outcome that explains itself
    trouble = models.CharField(max_length=12, choices=Trouble, blank=True)
    trouble_detail = models.CharField(max_length=60, blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="approved", issued_by=None, asked_at=None)
                | (~Q(state="approved") & Q(issued_by__isnull=False, asked_at__isnull=False)),
                name="result_asked_for_by_a_clerk",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("approved", "asked"), series=None, sequence=None, issued_at=None)
                | Q(
                    state__in=("numbered", "issued"),
                    series__isnull=False,
                    sequence__isnull=False,
                    issued_at__isnull=False,
                ),
                name="result_numbered_and_dated_at_once",
            ),
            models.CheckConstraint(
                condition=Q(number="", check_code="", sequence=None)
                | (~Q(number="") & ~Q(check_code="") & Q(sequence__isnull=False)),
                name="result_coded_with_its_number",
            ),
            models.CheckConstraint(
                condition=Q(state="issued", paper__isnull=False, next_attempt_at=None, trouble="")
                | (~Q(state="issued") & Q(paper=None)),
                name="result_issued_iff_paper",
            ),
            models.UniqueConstraint(fields=["series", "sequence"], name="result_number_once_per_series"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=("asked", "numbered")),
                name="result_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"result of {self.dossier_id}"

    @property
    def dated(self) -> datetime:
        """The date and time that the paper bears. Raises ValueError before it is numbered."""
        if self.issued_at is None:
            raise ValueError("A result is dated when it is numbered.")
        return self.issued_at

    @property
    def is_under_way(self) -> bool:
        """Asked for, and not stopped: it is being issued, or waits to be tried again by itself."""
        return self.state in UNDER_WAY and self.next_attempt_at is not None

    @property
    def is_stopped(self) -> bool:
        """Asked for, and stands still until somebody does something about its trouble."""
        return self.state in UNDER_WAY and self.next_attempt_at is None


class NumberSeries(models.Model):
    """Numbers of an agency's papers of one type in one year; locked while one is allotted: no gaps."""

    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    type_code = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)
    # Numbers up to `last` whose paper will never be made: the next papers get these, so that none stays unused.
    spare: models.JSONField[list[int]] = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "type_code", "year"], name="series_once_per_agency_type_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.type_code} {self.year}"


class BatchKind(models.TextChoices):
    APPROVE = "approve", pgettext_lazy("batch", "Approve and sign")
    ISSUE = "issue", pgettext_lazy("batch", "Number, seal and issue")


class Batch(models.Model):
    """What one officer decided for many dossiers at once. A worker carries it out, item by item."""

    # Given by the page that asks: the second press of its button finds the batch that the first one made.
    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=10, choices=BatchKind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="batches")
    created_at = models.DateTimeField()
    # Once all is decided, the leader is to be asked to confirm it, at the provider of the leader's key.
    asks = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "batches"
        indexes = [models.Index(fields=["by", "-created_at"], name="batch_of_officer")]

    def __str__(self) -> str:
        return str(self.id)


class ItemState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("batch", "Waiting")
    DONE = "done", pgettext_lazy("batch", "Done")
    REFUSED = "refused", pgettext_lazy("batch", "Not done")


class BatchItem(models.Model):
    """One dossier of a batch: decided once, whatever happens to the worker."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    dossier = models.ForeignKey("dossiers.Dossier", on_delete=models.PROTECT, related_name="+")
    # SHA-256 of the data that the leader saw: nothing else is approved. Empty where nothing was shown.
    seen = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    reason = models.TextField(blank=True)  # why it was refused, in the language of who decided
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "dossier"], name="batch_item_once_per_dossier"),
            models.CheckConstraint(
                condition=Q(state="refused") & ~Q(reason="") | ~Q(state="refused") & Q(reason=""),
                name="batch_item_refused_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["batch"], condition=Q(state="waiting"), name="batch_item_waiting")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.dossier_id}"
