"""manage.py verify_pdf FILE: is this paper real, and does it still hold? The public check page's answer, in words.

Exit status: 0 when all three verdicts are good, 1 when one is not, 2 when the file cannot be read.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop

from portal import words
from portal.documents import checking, verification
from portal.documents.verification import Verdict

GOOD, BAD, UNREADABLE = 0, 1, 2

# ── What is said of each answer ───────────────────────────────────────────────────────────────────
INTEGRITY = {
    "ok": gettext_noop("unchanged: the file is as it was signed"),
    "altered": gettext_noop("changed: the file is not as it was signed"),
    "unreadable": gettext_noop("the file cannot be read"),
}
ISSUER = {
    "known": gettext_noop("signed by those who sign for our offices"),
    "unknown": gettext_noop("not signed by those who should have signed it"),
}
STATUS = {
    "valid": gettext_noop("the register says: valid"),
    "expired": gettext_noop("the register says: expired"),
    "suspended": gettext_noop("the register says: suspended"),
    "revoked": gettext_noop("the register says: revoked"),
    "replaced": gettext_noop("the register says: replaced by another paper"),
    "unknown": gettext_noop("the register knows no such paper"),
}
REASONS = {
    "bytes_after_last_signature": gettext_noop("something was added after the last signature"),
    "changed_after_signing": gettext_noop("what was signed was changed, or not closed to changes"),
    "content_changed": gettext_noop("bytes under a signature were changed"),
    "data_differs": gettext_noop("the data inside differs from the register's"),
    "not_in_register": gettext_noop("the file names no paper of the register"),
    "not_signed": gettext_noop("the file carries no digital signature"),
    "signature_fields_differ": gettext_noop("signatures are missing, or there are others than were made"),
    "signed_at_another_time": gettext_noop("it was signed at another time than the register says"),
    "signer_not_registered": gettext_noop("a signer is not the one whom the register names"),
    "signer_not_trusted": gettext_noop("no authority that we trust stands above a signer"),
    "revocation_data_missing": gettext_noop("what proves that no certificate was revoked was taken out"),
    "signer_revoked": gettext_noop("a signer's certificate was revoked before the signature"),
    "time_stamp_expired": gettext_noop(
        "the certificate above a time stamp ended before another stamp covered it"
    ),
    "time_stamp_missing": gettext_noop("a time stamp was taken out"),
    "time_stamp_not_trusted": gettext_noop(
        "a time stamp is not by an authority that we trust, or of another time"
    ),
    "unreadable": gettext_noop("the file is damaged, locked or too complicated"),
}
SOURCES = {
    "stamp": gettext_noop("as a time-stamping authority certifies"),
    "claim": gettext_noop("as the signer says"),
}
NAMES = (
    gettext_noop("Integrity"),
    gettext_noop("Issuer"),
    gettext_noop("Status now"),
    gettext_noop("Paper"),
    gettext_noop("Signers"),
    gettext_noop("Signed at"),
    gettext_noop("Because"),
    gettext_noop("Changed after signing"),
    gettext_noop("Conclusion"),
)
HOLDS = gettext_noop("this paper may be relied on")
FAILS = gettext_noop("do not rely on this file")


class Command(BaseCommand):
    help = "Says of a PDF whether it is unchanged, ours and in force; exit status 0 only if all three hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF file")
        parser.add_argument("--json", action="store_true", help="the answer for programs")

    def handle(self, *_args: Any, file: Path, **options: Any) -> None:
        """Print the verdict; leave with the status in the module's docstring."""
        verdict = self._verdict(_content(file))
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(verdict), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(verdict)))
        if code := _code(verdict):
            raise SystemExit(code)

    def _verdict(self, content: bytes) -> Verdict:
        try:
            return verification.check_bytes(content)
        except FileNotFoundError as error:
            roots = settings.SIGNING_TRUST_ROOTS
            raise CommandError(
                f"Thiếu chứng thư gốc · no trust roots: {roots}", returncode=UNREADABLE
            ) from error


def _content(file: Path) -> bytes:
    """The file's bytes within the public page's limits. Raises CommandError."""
    try:
        with file.open("rb") as stream:
            content = stream.read(settings.UPLOAD_MAX_FILE + 1)
    except OSError as error:
        raise CommandError(
            f"Không đọc được tệp · cannot read {file}: {error.strerror}", returncode=UNREADABLE
        ) from error
    if len(content) > settings.UPLOAD_MAX_FILE:
        most = words.filesize(settings.UPLOAD_MAX_FILE)
        raise CommandError(f"Tệp lớn hơn · the file is larger than {most}: {file}", returncode=UNREADABLE)
    if not content.startswith(b"%PDF-"):
        raise CommandError(f"Không phải tệp PDF · not a PDF file: {file}", returncode=UNREADABLE)
    return content


def _code(verdict: Verdict) -> int:
    if verdict.integrity == "unreadable":
        return UNREADABLE
    return GOOD if verdict.holds else BAD


def _as_json(verdict: Verdict) -> dict[str, Any]:
    """The public page's answer, and whether it holds, and the signers as the file names them."""
    more = {"holds": verdict.holds, "signers": list(verdict.signers)}
    return checking.as_json(verdict) | more


def _lines(verdict: Verdict) -> Iterator[str]:
    yield _line("Integrity", _both(INTEGRITY[verdict.integrity]))
    yield _line("Issuer", _both(ISSUER[verdict.issuer]))
    yield _line("Status now", _both(STATUS[verdict.status]))
    if paper := verdict.paper:
        yield _line("Paper", f"{paper.number}, {paper.issuer_name}, {paper.check_code}")
    if verdict.signers:
        yield _line("Signers", "; ".join(map(_plain, verdict.signers)))
    for one in verdict.signed:
        if one.at:
            at = timezone.localtime(one.at).isoformat(timespec="seconds")
            yield _line("Signed at", f"{_plain(one.name)}: {at}, {_both(SOURCES[one.source])}")
    for reason in verdict.reasons:
        yield _line("Because", _both(REASONS[reason]))
    for change in verdict.changes:
        yield _line("Changed after signing", _both(checking.CHANGES[change]))
    yield _line("Conclusion", _both(HOLDS if verdict.holds else FAILS))


def _line(name: str, said: str) -> str:
    return f"{_both(name)}: {said}"


def _both(text: str | Promise) -> str:
    """The words in Vietnamese and in English."""
    said = []
    for language in ("vi", "en"):
        with translation.override(language):
            said.append(gettext(text) if isinstance(text, str) else str(text))
    return " · ".join(said)


def _plain(name: str) -> str:
    """A name out of a stranger's certificate, without what a terminal would obey."""
    return "".join(letter for letter in name if letter.isprintable())
