"""`manage.py catalogues [--check]`: compile the translations, or say what is missing from them."""

from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import catalogues


class Command(BaseCommand):
    help = "Compile the translation catalogues; with --check, look for messages without a translation."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail on a missing translation"
        )

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        if check:
            self.check_complete()
            return
        for target in catalogues.compile_all():
            self.stdout.write(f"{target}")

    def check_complete(self) -> None:
        messages = catalogues.used(settings.BASE_DIR).values()
        catalogue = polib.pofile(str(catalogues.path()))
        for entry in catalogues.unused(messages, catalogue):
            self.stdout.write(f"not used: {entry!r}")
        if found := catalogues.problems(messages, catalogue):
            raise CommandError(
                "\n".join([*found, f"{len(found)} of {len(messages)} messages are not translated."])
            )
        self.stdout.write(f"All {len(messages)} messages are translated.")
