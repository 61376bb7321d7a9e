"""manage.py demo_ca: a certificate authority and signing keys where the State's own cannot be had."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts.models import Agency, Duty, User
from portal.documents import authority, keys


class Command(BaseCommand):
    help = "Make the demonstration CA and the signing keys that are named in the database and missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--services",
            default="",
            help="the address of portal.documents.sandbox: certificates without it are made anew, for the same keys",
        )
        parser.add_argument("--revoke", metavar="KEY", help="revoke the certificate of this key from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        place: dict[str, Any] = {
            "folder": settings.SIGNING_KEYS_DIR,
            "passphrase": settings.SIGNING_KEYS_PASSPHRASE,
        }
        if key_id := options["revoke"]:
            try:
                authority.revoke(key_id, **place, at=now)
            except FileNotFoundError as error:
                raise CommandError(f"There is no key {key_id}.") from error
            self.stdout.write(f"{key_id}: revoked")
            return
        made = authority.ensure(signers() | seals(), **place, at=now, services=options["services"])
        self.stdout.write(f"{settings.SIGNING_KEYS_DIR}: {len(made)} certificates made")


def signers() -> dict[str, str]:
    """Key id → name of everyone who signs with a key of ours; a provider's is the provider's to make."""
    ours = User.objects.exclude(signing_key="").exclude(signing_key__startswith=keys.REMOTE)
    return dict(ours.values_list("signing_key", "full_name"))


def seals() -> dict[str, str]:
    """Key id → name of every agency where somebody is on duty, now or later: the others seal nothing."""
    manned = Duty.objects.filter(until=None).values("agency")
    return dict(Agency.objects.filter(pk__in=manned).exclude(seal_key="").values_list("seal_key", "name"))
