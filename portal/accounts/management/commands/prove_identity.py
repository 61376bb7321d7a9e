"""`manage.py prove_identity NUMBER`: somebody has seen the identity card of the account's owner."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts import people
from portal.accounts.models import User


class Command(BaseCommand):
    help = "Note that a citizen's account is theirs; the State's registers may then be asked about them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="the personal ID number that the account was opened with")

    def handle(self, *_args: Any, number: str, **_options: Any) -> None:
        user = User.objects.filter(person__personal_id=number).first()
        if user is None:
            raise CommandError("No account has this number.")
        people.prove(user, at=timezone.now())
