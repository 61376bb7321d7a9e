"""Papers: immutable files, and the register of those that were issued here or elsewhere."""

from __future__ import annotations

import secrets
import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# No letter or digit that is mistaken for another when read aloud or typed from paper.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_check_code() -> str:
    """An opaque code of 12 characters (59 bits) for the QR and the public check page."""
    return "".join(secrets.choice(CODE_ALPHABET) for _i in range(12))


class DocumentKind(models.TextChoices):
    UPLOAD = "upload", _("Uploaded by the applicant")
    FORM = "form", _("Form made by the agency")
    RESULT = "result", _("Result")


class DocumentQuerySet(models.QuerySet["Document"]):
    def of_person(self, person: Any) -> DocumentQuerySet:
        return self.filter(owner=person)

    def visible_to(self, user: Any) -> DocumentQuerySet:
        """The papers of the user's own person. Officers reach a dossier's papers through the counter."""
        return self.filter(owner=user.person_id) if getattr(user, "person_id", None) else self.none()

    def orphans(self, before: datetime) -> DocumentQuerySet:
        """Uploads from before `before` (aware datetime) that nothing relies on."""
        return self.filter(kind=DocumentKind.UPLOAD, attached_at=None, created_at__lt=before)


class Document(models.Model):
    """One immutable file in the private store, known by the SHA-256 of its bytes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=DocumentKind)
    owner = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="documents"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    storage_key = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Set when a dossier (or the register) relies on the file; what nobody relies on is purged.
    attached_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="document_is_not_empty"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="document_has_sha256"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="document_of_person"),
            models.Index(
                fields=["created_at"], condition=Q(attached_at=None, kind="upload"), name="document_orphans"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PaperStatus(models.TextChoices):
    VALID = "valid", pgettext_lazy("paper", "Valid")
    SUSPENDED = "suspended", pgettext_lazy("paper", "Suspended")
    REVOKED = "revoked", pgettext_lazy("paper", "Revoked")
    REPLACED = "replaced", pgettext_lazy("paper", "Replaced")


class IssuedPaperQuerySet(models.QuerySet["IssuedPaper"]):
    def visible_to(self, user: Any) -> IssuedPaperQuerySet:
        """The papers issued to the user's own person."""
        return self.filter(holder=user.person_id) if getattr(user, "person_id", None) else self.none()

    def usable(self, day: date) -> IssuedPaperQuerySet:
        """Valid papers that have not expired by `day`, a date in Vietnam."""
        lasting = Q(valid_until=None) | Q(valid_until__gte=day)
        return self.filter(lasting, status=PaperStatus.VALID)


class IssuedPaper(models.Model):
    """The register's entry for a signed result (kết quả): what is true of it now, for ever.

    Everything a reader sees is copied here at issue; a signed PDF cannot carry its own revocation,
    so `status` lives here alone.
    """

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="paper")
    check_code = models.CharField(max_length=12, unique=True, default=new_check_code, editable=False)
    type_code = models.CharField(_("result type"), max_length=30)  # KQ.G15.000031
    title = models.JSONField(_("title"))  # {"vi": …, "en": …}
    number = models.CharField(_("number"), max_length=60)  # 12/2026/GKS
    issuer = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="issued_papers")
    issuer_name = models.CharField(max_length=160)
    signer_name = models.CharField(max_length=120)
    signer_position = models.CharField(max_length=120)
    # Who signed, role by role: {"leader": key id, "seal": key id}, and the SHA-256 of the certificate that each
    # key had at issue: exactly these must be found in the file, whatever certificate the key gets later.
    signer_keys = models.JSONField(default=dict)
    signer_certificates = models.JSONField(default=dict)
    # signing.LEVELS: a file signed with time stamps and without them any more was changed.
    signature_level = models.CharField(max_length=6, default="B-B")
    # When the certificate above its last archive time stamp ends; renewed before. Unknown until somebody looked.
    proof_until = models.DateTimeField(null=True, blank=True)
    holder = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="papers")
    subject_name = models.CharField(_("about whom"), max_length=120)
    claims = models.JSONField(_("data inside"))
    issued_at = models.DateTimeField(_("issued"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    status = models.CharField(max_length=10, choices=PaperStatus, default=PaperStatus.VALID)
    status_at = models.DateTimeField(default=timezone.now)
    status_reason = models.CharField(max_length=300, blank=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )

    objects = IssuedPaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "type_code", "number"], name="paper_number_once_per_agency_and_type"
            ),
            models.CheckConstraint(
                condition=Q(status="replaced", replaced_by__isnull=False)
                | (~Q(status="replaced") & Q(replaced_by=None)),
                name="paper_replaced_names_its_successor",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "type_code", "-issued_at"], name="paper_of_holder"),
            models.Index(fields=["proof_until"], condition=~Q(signature_level="B-B"), name="paper_proof"),
        ]

    def __str__(self) -> str:
        return self.check_code

    def get_absolute_url(self) -> str:
        return reverse("documents:paper", args=[self.document_id])

    def state(self, day: date) -> str:
        """The status on `day` (Vietnam): a PaperStatus value, or "expired" for a valid paper whose time is over."""
        if self.status == PaperStatus.VALID and self.valid_until and self.valid_until < day:
            return "expired"
        return self.status


class Renewal(models.Model):
    """A paper's file with a further archive time stamp: the bytes issued, and some more. Each one stays known."""

    paper = models.ForeignKey(IssuedPaper, on_delete=models.PROTECT, related_name="renewals")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="renewal")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["paper", "-at"], name="renewal_of_paper")]

    def __str__(self) -> str:
        return f"renewal {self.pk}"


class ForeignPaper(models.Model):
    """A signed paper of another site that somebody sent us: what its signature says, what its site said last."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="foreign")
    site = models.CharField(max_length=40)
    site_name = models.CharField(max_length=160)
    type_code = models.CharField(max_length=30)
    title = models.JSONField()
    number = models.CharField(max_length=60)
    check_code = models.CharField(max_length=12)
    claims = models.JSONField()
    signers = models.JSONField(default=list)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    # What its site says of it; "": it could not be asked.
    outcome = models.CharField(max_length=12, blank=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.site}/{self.check_code}"

    @property
    def issuer_name(self) -> str:
        return self.site_name

    @property
    def subject_name(self) -> str:
        return ""

    @property
    def issued_at(self) -> date:
        return self.issued_on

    def state(self, day: date) -> str:
        """As `IssuedPaper.state`; "valid" also while its site is silent: its signature then says so alone."""
        if self.outcome in ("", "valid"):
            return "expired" if self.valid_until and self.valid_until < day else "valid"
        return self.outcome
