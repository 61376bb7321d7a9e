"""SoftHSM2 as the tests' HSM: tokens in a folder of their own, a real PKCS#11 module."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from portal import machine
from portal.documents import authority
from portal.documents.keys import minting, token
from tests import peers

LABEL, PIN = "motcua", "75319024"
ROOT = authority._name("Gốc của HSM thử")


class Hsm:
    """A token `LABEL` in `folder`, and a certificate authority for the keys in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens").mkdir()
        self.initialise()
        self.ca_key = ec.generate_private_key(ec.SECP256R1())
        self.root = None

    def initialise(self, label: str = LABEL) -> None:
        subprocess.run(
            [
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                "00000000",
                "--pin",
                PIN,
            ],
            check=True,
            capture_output=True,
        )

    def remove(self) -> None:
        """Pull the token out."""
        (self.folder / "tokens").rename(self.folder / "away")
        (self.folder / "tokens").mkdir()

    def put_back(self) -> None:
        (self.folder / "tokens").rmdir()
        (self.folder / "away").rename(self.folder / "tokens")

    def certify(self, request: bytes, *, at: datetime, days: int = 365) -> bytes:
        """What an authority does: the certificate (PEM) for a request, and its own."""
        asked = x509.load_pem_x509_csr(request)
        assert asked.is_signature_valid
        self.root = self.root or self._certificate(ROOT, self.ca_key.public_key(), at, 3650, ca=True)
        own = self._certificate(asked.subject, asked.public_key(), at, days, ca=False)
        return own.public_bytes(Encoding.PEM) + self.root.public_bytes(Encoding.PEM)

    def _certificate(self, subject, public, at, days, *, ca):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ROOT)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=1))
            .not_valid_after(at + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(authority._usage(ca=ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.ca_key, hashes.SHA256())
        )

    def make(
        self, key_id: str, name: str, *, at: datetime, algorithm: str = "p256", days: int = 365
    ) -> bytes:
        """A key in the token with a certificate of the authority; the certificate in PEM."""
        subject = {"country_name": "VN", "common_name": name}
        request = minting.generate(key_id, algorithm=algorithm, subject=subject)
        pem = self.certify(request, at=at, days=days)
        minting.install(key_id, pem)
        (self.folder / "roots.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        return pem


@pytest.fixture
def hsm(tmp_path_factory, monkeypatch, settings):
    """The site's keys in a new token."""
    module = machine.softhsm()
    if module is None or not shutil.which("softhsm2-util"):
        pytest.skip("no SoftHSM on this machine (apt-get install softhsm2)")
    peers.took_part(f"SoftHSM {peers.version('softhsm2-util', '--version')}")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    settings.SIGNING_TOKEN = {"module": str(module), "token": LABEL}
    settings.SIGNING_KEYS_PIN = PIN
    settings.SIGNING_TRUST_ROOTS = folder / "roots.pem"
    token.forget()
    yield Hsm(folder)
    token.forget()
