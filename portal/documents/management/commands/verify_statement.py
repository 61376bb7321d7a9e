"""manage.py verify_statement FILE: is what was shown of a paper as its office signed it, and does the paper hold?

Asks no network. FILE holds the JSON that was handed over, or the SD-JWT alone. Exit status: 0 when all of it holds,
1 when something does not, 2 when the file cannot be read.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.documents import proving, shares
from portal.documents.proving import Proof, Unproven

GOOD, BAD, UNREADABLE = 0, 1, 2
REASONS = {
    "malformed": "not of the published form",
    "signature_broken": "the signature does not fit",
    "signer_not_trusted": "no authority that we trust stands above the signer",
    "signed_in_future": "signed in the future",
    "disclosure_not_signed": "a statement is not among those that were signed",
    "disclosure_twice": "a statement is there twice",
    "day_not_proved": "it is not proved that the day had come",
    "issuer_unknown": "the register knows no such list of that office's seal",
    "expired": "the paper's time is over",
}


class Command(BaseCommand):
    help = "Says of a shown part of a paper whether it is as signed and in force; exit status 0 only if all holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the JSON that was handed over, or an SD-JWT")
        parser.add_argument(
            "--without-status",
            action="store_true",
            help="another site's paper: signature, root and time only",
        )

    def handle(self, *_args: Any, file: Path, **options: Any) -> None:
        """Print what is proved and what is not; leave with the status in the module's docstring."""
        presentation, now = _content(file), timezone.now()
        try:
            proof = proving.prove(presentation, roots=_roots(), at=now)
        except Unproven as error:
            self._say("Holds", f"no: {REASONS[error.reason]}")
            raise SystemExit(BAD) from None
        for name, text in _lines(proof):
            self._say(name, text)
        issuer, status = ("known", "valid") if options["without_status"] else shares.standing(proof, at=now)
        if proof.expires and proof.expires <= now:
            status = "expired"
        trouble = (
            REASONS["issuer_unknown"] if issuer != "known" else "" if status == "valid" else f"paper {status}"
        )
        self._say("Holds", f"no: {trouble}" if trouble else "yes")
        if trouble:
            raise SystemExit(BAD)

    def _say(self, name: str, text: str) -> None:
        self.stdout.write(f"{name}: {text}")


def _content(file: Path) -> Any:
    """The presentation in the file. Raises CommandError for one that cannot be read."""
    try:
        with file.open("rb") as stream:
            text = stream.read(proving.MAX_BYTES * 2).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {file}: {type(error).__name__}", returncode=UNREADABLE) from error
    try:
        return json.loads(text) if text.startswith("{") else text
    except (ValueError, RecursionError) as error:
        raise CommandError(f"no JSON in {file}", returncode=UNREADABLE) from error


def _roots() -> bytes:
    try:
        return settings.SIGNING_TRUST_ROOTS.read_bytes()
    except FileNotFoundError as error:
        raise CommandError(
            f"no trust roots: {settings.SIGNING_TRUST_ROOTS}", returncode=UNREADABLE
        ) from error


def _lines(proof: Proof) -> Iterator[tuple[str, str]]:
    for fact in proof.facts:
        on = f" (as of {fact.on})" if fact.on else ""
        yield str(fact.label.get("vi", fact.name)), f"{json.dumps(fact.value, ensure_ascii=False)}{on}"
    yield "Paper", f"{proof.title.get('vi', '')} ({proof.type_code})"
    yield "Signed", f"{proof.signed_at.isoformat()} by {proof.signer} ({proof.issuer})"
