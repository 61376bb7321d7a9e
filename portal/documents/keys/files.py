"""PKCS#12 files with P-256 keys, `<key id>.p12` in SIGNING_KEYS_DIR, each opened once per process."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings

from portal.documents.keys import KeyUnavailable

KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class FileKey:
    """A private key that was read from its file."""

    certificate: x509.Certificate
    secret: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]

    def sign(self, data: bytes) -> bytes:
        return self.secret.sign(data, ec.ECDSA(hashes.SHA256()))


def key(key_id: str) -> FileKey:
    """The key, from memory while its file is unchanged. Raises KeyUnavailable."""
    if not KEY_ID.fullmatch(key_id):
        raise KeyUnavailable(key_id, "no key of this name can exist")
    try:
        changed = (settings.SIGNING_KEYS_DIR / f"{key_id}.p12").stat().st_mtime_ns
    except OSError:
        raise KeyUnavailable(key_id, "there is no file for it") from None
    return _load(key_id, str(settings.SIGNING_KEYS_DIR), changed)


@functools.lru_cache(maxsize=512)
def _load(key_id: str, folder: str, _changed: int) -> FileKey:
    try:
        content = (settings.SIGNING_KEYS_DIR / f"{key_id}.p12").read_bytes()
        stored = pkcs12.load_pkcs12(content, settings.SIGNING_KEYS_PASSPHRASE.encode())
    except (OSError, ValueError):
        raise KeyUnavailable(key_id, "its file cannot be opened with the passphrase given") from None
    if stored.cert is None or not isinstance(stored.key, ec.EllipticCurvePrivateKey):
        raise KeyUnavailable(key_id, "its file holds no elliptic-curve key with a certificate")
    return FileKey(stored.cert.certificate, stored.key, tuple(c.certificate for c in stored.additional_certs))
