"""`manage.py build`: everything that is made from the sources before the site can serve."""

import importlib
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal import catalogues


class Command(BaseCommand):
    help = "Compile translations, make the web fonts, collect the static files."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        compiled = catalogues.compile_all()
        fonts = importlib.import_module("portal.fonts")
        if hasattr(fonts, "build"):
            fonts.build()
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write(f"Built: {len(compiled)} catalogue(s), fonts, static files.")
