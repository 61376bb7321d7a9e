"""What providers tell us."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from payments.models.attempts import Payment


class EventStatus(models.TextChoices):
    NEW = "new", "new"
    DONE = "done", "done"
    IGNORED = "ignored", "ignored"  # not ours, or of the wrong mode: kept, so that it can be counted


class ProviderEvent(models.Model):
    """The inbox of what providers tell us. A row is a reason to ask, never a fact to believe."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=80, blank=True)  # our own id, as the provider repeats it
    live = models.BooleanField()
    status = models.CharField(max_length=10, choices=EventStatus, default=EventStatus.NEW)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="event_once_per_provider")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="event_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class StrayQuerySet(models.QuerySet["Stray"]):
    def waiting(self) -> StrayQuerySet:
        """Those that nobody has cleared up, and that no payment has turned out to be meanwhile."""
        ours = Payment.objects.filter(provider=OuterRef("provider"), provider_id=OuterRef("provider_id"))
        return self.filter(~Exists(ours), cleared_at=None)


class Stray(models.Model):
    """Money that a provider says it got for us, of no payment of ours. Kept until somebody has cleared it up."""

    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=120)
    reference = models.CharField(max_length=80, blank=True)  # what the provider repeats as our own id
    amount = models.PositiveIntegerField()  # đồng
    found_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)  # how it was cleared up

    objects = StrayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_id"], name="stray_once_per_provider_id"),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_by=None, note="")
                | (Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(note="")),
                name="stray_cleared_by_somebody_with_a_note",
            ),
        ]

    def __str__(self) -> str:
        return f"stray {self.pk}"


class ProviderCursor(models.Model):
    """Until when a provider's own list of events has been read: what came in by itself moves it not."""

    provider = models.CharField(max_length=20, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider} {self.until}"
