"""manage.py demo_ca: a certificate authority and signing keys where the State's own cannot be had."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.accounts.models import Agency, Duty, User
from portal.documents import authority


class Command(BaseCommand):
    help = "Make the demonstration CA and the signing keys that are named in the database and missing."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        made = authority.ensure(
            signers() | seals(),
            folder=settings.SIGNING_KEYS_DIR,
            passphrase=settings.SIGNING_KEYS_PASSPHRASE,
            at=now,
        )
        self.stdout.write(f"{settings.SIGNING_KEYS_DIR}: {len(made)} keys made")


def signers() -> dict[str, str]:
    """Key id → name of everyone who signs."""
    return dict(User.objects.exclude(signing_key="").values_list("signing_key", "full_name"))


def seals() -> dict[str, str]:
    """Key id → name of every agency where somebody is on duty, now or later: the others seal nothing."""
    manned = Duty.objects.filter(until=None).values("agency")
    return dict(Agency.objects.filter(pk__in=manned).exclude(seal_key="").values_list("seal_key", "name"))
