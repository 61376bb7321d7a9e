"""What providers tell us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


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


class ProviderCursor(models.Model):
    """Until when a provider's own list of events has been read: what came in by itself moves it not."""

    provider = models.CharField(max_length=20, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider} {self.until}"
