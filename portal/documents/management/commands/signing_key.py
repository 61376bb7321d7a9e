"""manage.py signing_key: what an operator does with signing keys, from the request to the certificate.

signing_key list                                keys in use here and keys in the token, with their end
signing_key request KEY_ID --name … > key.csr   make a key pair in the token; its request for a certificate
signing_key install KEY_ID CERTIFICATE.pem      put the certificate that came back beside its key
signing_key import KEY_ID KEY.p12               move a PKCS#12 file's key into the token
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from getpass import getpass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal import words
from portal.documents import expiry, keys
from portal.documents.keys import minting


class Command(BaseCommand):
    help = "Make, list and renew signing keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description, parser.formatter_class = __doc__, RawDescriptionHelpFormatter
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list")
        request = acts.add_parser("request")
        request.add_argument("key_id")
        request.add_argument("--name", required=True, help="common name: the person's, or the agency's")
        request.add_argument("--organisation", default="", help="the agency, for a person's key")
        request.add_argument("--email", default="")
        request.add_argument("--algorithm", choices=minting.ALGORITHMS, default="p256")
        for act in ("install", "import"):
            given = acts.add_parser(act)
            given.add_argument("key_id")
            given.add_argument("file", type=Path)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act != "list" and not settings.SIGNING_TOKEN:
            raise CommandError("There is no token: set SIGNING_KEYS_URL and SIGNING_KEYS_PIN.")
        try:
            getattr(self, f"_{act}")(**options)
        except (keys.KeyUnavailable, minting.Misfit, OSError) as error:
            raise CommandError(str(error)) from error

    def _list(self, **_options: Any) -> None:
        owners = expiry.owners()
        for key_id, owner in sorted(owners.items()):
            self._line(key_id, owner)
        for held in minting.listing() if settings.SIGNING_TOKEN else []:
            if held.certificate is None:
                self.stdout.write(f"{held.key_id}\t{held.algorithm}, waits for its certificate")
            elif held.key_id not in owners:
                self.stdout.write(f"{held.key_id}\t{_life(held.certificate)}; used by nobody")

    def _line(self, key_id: str, owner: str) -> None:
        try:
            certificate = keys.certificate(key_id)
        except keys.KeyUnavailable as error:
            self.stdout.write(f"{key_id}\t{owner}: {error}")
            return
        name = _name(certificate)
        other = "" if name.casefold() == owner.casefold() else f", made out to {name}"
        self.stdout.write(f"{key_id}\t{owner}{other}; {_life(certificate)}")

    def _request(
        self, *, key_id: str, name: str, organisation: str, email: str, algorithm: str, **_o: Any
    ) -> None:
        subject = {"country_name": "VN", "organization_name": organisation, "common_name": name}
        subject["email_address"] = email
        given = {part: text for part, text in subject.items() if text}
        self.stdout.write(minting.generate(key_id, algorithm=algorithm, subject=given).decode(), ending="")

    def _install(self, *, key_id: str, file: Path, **_options: Any) -> None:
        held = minting.install(key_id, file.read_bytes())
        self.stdout.write(f"{key_id}: {_life(held.certificate)}")

    def _import(self, *, key_id: str, file: Path, **_options: Any) -> None:
        passphrase = os.environ.get("SIGNING_KEYS_PASSPHRASE") or getpass(f"Passphrase of {file.name}: ")
        held = minting.bring(key_id, file.read_bytes(), passphrase)
        self.stdout.write(f"{key_id}: {_life(held.certificate)}. Destroy the file now.")


def _name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else "nobody"


def _life(certificate: x509.Certificate | None) -> str:
    if certificate is None:
        return "without a certificate"
    end = certificate.not_valid_after_utc
    ended = "ended on" if end <= timezone.now() else "ends on"
    return f"certificate {ended} {words.dmy(timezone.localdate(end))}"
