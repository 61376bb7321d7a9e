"""`manage.py demo_people`: the city's agencies and the made-up people of the demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts import demo


class Command(BaseCommand):
    help = "Make the agencies of the city and the demo's people. Only where DEMO=1; may be run again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("Demo people share a public password: set DEMO=1 only for a demonstration.")
        users = demo.seed(at=timezone.now())
        if not users:
            self.stdout.write("The demo people are there already.")
            return
        for user in users:
            self.stdout.write(f"  {user.username:16} {user.full_name}")
        self.stdout.write(f"{len(users)} new accounts, all with the password {demo.PASSWORD}")
