"""manage.py sign_statements: sign what can be shown of the papers from before papers could be shown in part."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.documents import keys, shares
from portal.documents.models import IssuedPaper


class Command(BaseCommand):
    help = "Signs the list of statements of each valid paper that has none. May run twice."

    def handle(self, *args: Any, **options: Any) -> None:
        """One transaction a paper: what was signed before a failure stays. A key that is away is told, not fatal."""
        now = timezone.now()
        lacking = IssuedPaper.objects.usable(timezone.localdate(now)).filter(statement=None).order_by("pk")
        signed = nothing = failed = 0
        for paper in lacking.iterator():
            try:
                shares.state(paper, at=now)
                signed += 1
            except shares.NothingToShow:
                nothing += 1
            except keys.KeyUnavailable as error:
                failed += 1
                self.stderr.write(str(error))
        self.stdout.write(f"{signed} signed, {nothing} with nothing to show, {failed} without a key")
