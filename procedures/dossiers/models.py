"""Dossiers (hồ sơ), their history, and the papers that the counter makes for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from portal.accounts.models import User


class Status(models.IntegerChoices):
    """The ten statuses of the national portal, with its own numbers."""

    NEW = 1, pgettext_lazy("dossier", "Newly filed")  # Mới đăng ký
    RECEIVED = 2, pgettext_lazy("dossier", "Received")  # Được tiếp nhận
    REFUSED = 3, pgettext_lazy("dossier", "Not received")  # Không được tiếp nhận
    PROCESSING = 4, pgettext_lazy("dossier", "Being processed")  # Đang xử lý
    SUPPLEMENT = 5, pgettext_lazy("dossier", "Supplement asked for")  # Yêu cầu bổ sung giấy tờ
    FEE_DUE = 6, pgettext_lazy("dossier", "Fee to be paid")  # Yêu cầu thực hiện nghĩa vụ tài chính
    WITHDRAWN = 7, pgettext_lazy("dossier", "Withdrawn by the citizen")  # Công dân yêu cầu rút hồ sơ
    STOPPED = 8, pgettext_lazy("dossier", "Processing stopped")  # Dừng xử lý
    DONE = 9, pgettext_lazy("dossier", "Processed")  # Đã xử lý xong
    RETURNED = 10, pgettext_lazy("dossier", "Result returned")  # Đã trả kết quả


OPEN = (Status.NEW, Status.RECEIVED, Status.PROCESSING, Status.SUPPLEMENT, Status.FEE_DUE)
PAUSED = (Status.SUPPLEMENT, Status.FEE_DUE)
ENDED = (Status.REFUSED, Status.WITHDRAWN, Status.STOPPED, Status.DONE, Status.RETURNED)


# Roles that work on dossiers. Whoever looks after procedures or machines has no business with people's papers.
HANDLING = ("receiver", "handler", "leader", "clerk")


class Intake(models.IntegerChoices):
    """How the dossier came in (kênh tiếp nhận)."""

    COUNTER = 1, pgettext_lazy("intake", "At the counter")
    ONLINE = 2, pgettext_lazy("intake", "Online")
    POST = 3, pgettext_lazy("intake", "By post")


class Exemption(models.TextChoices):
    """What became of the exemption that the citizen claims."""

    CLAIMED = "claimed", pgettext_lazy("exemption", "Claimed, to be checked")
    CONFIRMED = "confirmed", pgettext_lazy("exemption", "Confirmed")
    DENIED = "denied", pgettext_lazy("exemption", "Not confirmed")


class DossierQuerySet(models.QuerySet["Dossier"]):
    def of_citizen(self, user: User) -> DossierQuerySet:
        return self.filter(applicant=user)

    def of_staff(self, user: User, *, at: Any = None) -> DossierQuerySet:
        """Dossiers of the agencies, with their branches, where `user` is on duty."""
        # One subquery per duty would multiply; paths are few and short, so they are read once.
        duties = user.duties.at(at or timezone.now()).filter(role__in=HANDLING)
        paths = list(duties.values_list("agency__path", flat=True).distinct())
        if not paths:
            return self.none()
        within = Q()
        for path in paths:
            within |= Q(agency__path__startswith=path)
        return self.filter(within)


class Dossier(models.Model):
    """One application (hồ sơ), frozen to the version of the procedure it was filed on."""

    code = models.CharField(_("dossier code"), max_length=60, unique=True)
    version = models.ForeignKey(
        "definitions.ProcedureVersion", on_delete=models.PROTECT, related_name="dossiers"
    )
    procedure_code = models.CharField(max_length=20)
    title = models.JSONField()  # the procedure's name, frozen: {"vi": …, "en": …}
    subject_name = models.CharField(_("about whom"), max_length=120, blank=True)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="dossiers",
        verbose_name=_("applicant"),
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="dossiers")
    language = models.CharField(max_length=2, default="vi")
    # Four places that the law keeps apart; support is where somebody helped to file.
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="dossiers")
    intake_agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    return_agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    support_agency = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+"
    )
    intake = models.PositiveSmallIntegerField(choices=Intake, default=Intake.ONLINE)

    answers: models.JSONField[dict[str, Any]] = models.JSONField()  # flat, validated, only what applies
    provenance: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict
    )  # field → where its value came from
    reuse: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict
    )  # reuse key → paper, digest, consent
    # What expressions saw besides the answers when it was filed: today, channel, applicant.
    context: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    outcome: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # what the officers filled in

    status = models.PositiveSmallIntegerField(choices=Status, default=Status.NEW)
    stage = models.CharField(max_length=40, blank=True)  # key of the definition's stage while PROCESSING
    stage_role = models.CharField(max_length=20, blank=True)  # whose stage it is: a queue is one index range
    before_pause = models.PositiveSmallIntegerField(choices=Status, null=True, blank=True)
    supplements = models.PositiveSmallIntegerField(default=0)  # how often the citizen was asked for more
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The issued paper that this dossier corrects: its result takes that paper's place.
    corrects = models.ForeignKey(
        "documents.IssuedPaper", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    # Money is a dimension of its own; the cash desk tells, `dossiers` writes it down.
    fee_total = models.PositiveIntegerField(default=0)  # đồng
    fee_asked: models.JSONField[dict[str, int]] = models.JSONField(
        default=dict
    )  # fee key → đồng asked so far
    exemption = models.CharField(max_length=10, choices=Exemption, blank=True)
    fee_settled_at = models.DateTimeField(null=True, blank=True)

    submitted_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # a stored fact, recomputed by events alone
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PAUSED, paused_at__isnull=False, before_pause__isnull=False)
                | (~Q(status__in=PAUSED) & Q(paused_at=None, before_pause=None)),
                name="dossier_paused_at_iff_paused",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, ended_at__isnull=False)
                | (~Q(status__in=ENDED) & Q(ended_at=None)),
                name="dossier_ended_at_iff_ended",
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.PROCESSING) & ~Q(stage="") & ~Q(stage_role=""))
                | ~Q(status=Status.PROCESSING),
                name="dossier_processing_has_a_stage",
            ),
            models.CheckConstraint(
                condition=Q(received_at=None, due_at=None)
                | Q(received_at__isnull=False, due_at__isnull=False),
                name="dossier_due_iff_received",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(Status.RECEIVED, Status.PROCESSING, Status.DONE, Status.RETURNED))
                | Q(received_at__isnull=False),
                name="dossier_received_before_processing",
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(status__in=OPEN), name="dossier_one_open_correction_a_paper"
            ),
        ]
        indexes = [
            models.Index(fields=["applicant", "-id"], name="dossier_of_applicant"),
            models.Index(fields=["agency", "status", "stage_role", "due_at", "id"], name="dossier_inbox"),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("dossiers:dossier", args=[self.code])


class DossierFile(models.Model):
    """A paper of the dossier (thành phần hồ sơ): an upload, or an issued paper that stands in for one."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="files")
    key = models.CharField(max_length=60)  # the form field it answers
    label = models.JSONField()
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey("documents.IssuedPaper", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier", "key", "document"], name="dossier_file_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}/{self.key}"


class Event(models.Model):
    """One line of a dossier's history. Written with the change it tells of, never changed."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=30)
    from_status = models.PositiveSmallIntegerField(choices=Status, null=True)
    to_status = models.PositiveSmallIntegerField(choices=Status)
    stage = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=160)
    note = models.TextField(blank=True)
    data: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["dossier", "id"], name="event_of_dossier")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.action}"


class FormKind(models.TextChoices):
    """The forms (biểu mẫu) of TT 03/2025/TT-VPCP by name, not by number: the numbering has shifted before."""

    FILING = "filing", _("Acknowledgement of filing")
    RECEIPT = "receipt", _("Receipt and appointment slip")  # Giấy tiếp nhận hồ sơ và hẹn trả kết quả


class Form(models.Model):
    """A form that a worker has to make for the dossier. The row is the promise; the PDF follows."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="forms")
    kind = models.CharField(max_length=20, choices=FormKind)
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)  # null: made, or given up after the last attempt

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "kind"], name="form_once_per_kind")]
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(document=None), name="form_waiting")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.kind}"


class DaySequence(models.Model):
    """The last number given out by a unit on a day; locked while a dossier code is allotted."""

    unit = models.CharField(max_length=40)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "day"], name="sequence_once_per_unit_and_day")]

    def __str__(self) -> str:
        return f"{self.unit} {self.day}"
