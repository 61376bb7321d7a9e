"""Who may ask by machine, for what, and what was asked. Never what was answered."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Role, User


class Client(models.Model):
    """A system of another agency that may ask: its name, the hash of its secret, from when until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=160)  # as citizens read it
    system = models.CharField(max_length=120)
    contact = models.EmailField()
    agency = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    secret_sha256 = models.CharField(max_length=64)
    secret_at = models.DateTimeField()
    active_from = models.DateField()
    active_until = models.DateField(null=True, blank=True)
    per_minute = models.PositiveIntegerField(default=60)
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "system"], name="client_once_per_system"),
            models.CheckConstraint(
                condition=Q(active_until=None) | Q(active_until__gte=F("active_from")),
                name="client_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(per_minute__gte=1) & Q(per_minute__lte=6000), name="client_has_a_rate"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("clients:client", args=[self.pk])

    def state(self, day: date) -> str:
        """On `day` (Vietnam): "active", "suspended", "early" or "over"."""
        if self.suspended_at:
            return "suspended"
        if day < self.active_from:
            return "early"
        return "over" if self.active_until and self.active_until < day else "active"


class ScopeQuerySet(models.QuerySet["Scope"]):
    def in_force(self) -> ScopeQuerySet:
        return self.filter(ended_at=None)


class Scope(models.Model):
    """For one purpose, what a client may ask of one type of result. Never changed: ended, and another one made."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="scopes")
    code = models.SlugField(max_length=40)
    type_code = models.CharField(max_length=30)
    title: models.JSONField[dict[str, str]] = models.JSONField()  # what the paper is called
    purpose: models.JSONField[dict[str, str]] = models.JSONField()
    basis: models.JSONField[dict[str, str]] = models.JSONField()
    needs_consent = models.BooleanField(default=True)
    claims: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)  # path, vi, en
    questions: models.JSONField[list[dict[str, str]]] = models.JSONField(
        default=list
    )  # code, vi, en, expression
    most_days = models.PositiveIntegerField(default=90)
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "code"], condition=Q(ended_at=None), name="scope_once_in_force"
            ),
            models.CheckConstraint(condition=Q(most_days__lte=366), name="scope_consent_is_not_for_ever"),
        ]

    def __str__(self) -> str:
        return f"scope {self.pk}"

    def claims_of(self, paths: list[str]) -> list[dict[str, str]]:
        return [claim for claim in self.claims if claim["path"] in paths]

    def questions_of(self, codes: list[str]) -> list[dict[str, str]]:
        return [question for question in self.questions if question["code"] in codes]


class ClientAct(models.TextChoices):
    REGISTERED = "registered", pgettext_lazy("client", "Registered")
    CHANGED = "changed", pgettext_lazy("client", "Details changed")
    ROTATED = "rotated", pgettext_lazy("client", "New secret")
    SUSPENDED = "suspended", pgettext_lazy("client", "Suspended")
    RESUMED = "resumed", pgettext_lazy("client", "Allowed to ask again")
    SCOPED = "scoped", pgettext_lazy("client", "Purpose registered")
    ENDED = "ended", pgettext_lazy("client", "Purpose ended")


class ClientEvent(models.Model):
    """What an administrator did with a client: who, what, when, why."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=12, choices=ClientAct)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client", "-id"], name="client_event_of_client")]

    def __str__(self) -> str:
        return f"client event {self.pk}"


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: Any) -> RequestQuerySet:
        """Those about the user's own person, also from before the person was known here."""
        person = getattr(user, "person", None)
        if person is None:
            return self.none()
        return self.filter(Q(person=person) | Q(person=None, personal_id=person.personal_id))

    def waiting(self, at: datetime) -> RequestQuerySet:
        """The citizen has neither agreed nor refused, and still can."""
        return self.filter(agreed_at=None, refused_at=None, expires_at__gt=at)


class Request(models.Model):
    """A client asks a person to agree. What the client is told of its state never says whether the person exists."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="requests")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="requests")
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="share_requests"
    )
    personal_id = models.CharField(max_length=12, blank=True)  # of somebody who is not on record here
    claims: models.JSONField[list[str]] = models.JSONField(default=list)  # paths
    questions: models.JSONField[list[str]] = models.JSONField(default=list)  # codes
    days = models.PositiveIntegerField(default=0)  # how long it would like to ask; 0: once
    reference = models.CharField(max_length=60, blank=True)  # the client's own file
    key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    consent = models.OneToOneField(
        "documents.Consent", on_delete=models.PROTECT, null=True, related_name="request"
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="request_once_per_key"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, personal_id="") | (Q(person=None) & ~Q(personal_id="")),
                name="request_is_about_somebody",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None, consent=None) | Q(agreed_at__isnull=False, consent__isnull=False),
                name="request_agreed_has_its_receipt",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="request_of_person"),
            models.Index(fields=["client", "scope", "person"], name="request_of_client"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("sharing:request", args=[self.pk])

    @property
    def asked_claims(self) -> list[dict[str, str]]:
        return self.scope.claims_of(self.claims)

    @property
    def asked_questions(self) -> list[dict[str, str]]:
        return self.scope.questions_of(self.questions)

    def is_waiting(self, at: datetime) -> bool:
        return self.agreed_at is None and self.refused_at is None and at < self.expires_at

    def told_state(self, at: datetime) -> str:
        """For the client: "waiting", "granted" or "closed". A refusal reads like silence: waiting, then closed."""
        if self.consent is not None:
            return "granted" if self.consent.state(at) == "holds" else "closed"
        return "waiting" if at < self.expires_at else "closed"


class Asking(models.Model):
    """One question of a client, answered or not. A repeated one (same key) is answered by the same right."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="askings")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="askings")
    key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    consent = models.ForeignKey("documents.Consent", on_delete=models.PROTECT, null=True, related_name="+")
    paper = models.ForeignKey("documents.IssuedPaper", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="asking_once_per_key")]
        indexes = [models.Index(fields=["client", "-at"], name="asking_of_client")]

    def __str__(self) -> str:
        return str(self.pk)


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def visible_to(self, user: Any) -> ObjectionQuerySet:
        return self.filter(person=user.person_id) if getattr(user, "person_id", None) else self.none()

    def answerable_by(self, user: User, at: datetime) -> ObjectionQuerySet:
        """All for who administers the system; for who leads an agency, those about its officers' looks.

        Nobody answers for a look of their own but the system's administrators.
        """
        held = user.duties.at(at)
        if held.filter(role=Role.SYSTEM_ADMIN).exists():
            return self
        led = held.filter(role=Role.LEADER).values("agency")
        return self.filter(access__agency__in=led).exclude(access__by=user)


class Objection(models.Model):
    """A citizen does not understand a look at their data, or objects to it; an administrator answers."""

    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="objections")
    access = models.OneToOneField(
        "documents.AccessLog", on_delete=models.PROTECT, null=True, related_name="objection"
    )
    look_up = models.OneToOneField(
        "registries.LookUp", on_delete=models.PROTECT, null=True, related_name="objection"
    )
    text = models.TextField(max_length=2000)
    at = models.DateTimeField()
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(access__isnull=False, look_up=None) | Q(access=None, look_up__isnull=False),
                name="objection_is_about_one_look",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="objection_answered_in_words",
            ),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="objection_of_person")]

    def __str__(self) -> str:
        return f"objection {self.pk}"
