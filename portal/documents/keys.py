"""The keys that sign: PKCS#12 files with P-256 keys, one per key id, opened once per process.

A key id is written on a user (`signing_key`) or an agency (`seal_key`); production puts the same ids into a
PKCS#11 module behind a worker of its own.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings

KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class KeyUnavailable(Exception):
    """The key `key_id` cannot be used on this machine; the reason never holds the passphrase."""

    def __init__(self, key_id: str, reason: str) -> None:
        self.key_id = key_id
        super().__init__(f"The signing key {key_id!r} cannot be used: {reason}.")


@dataclass(frozen=True, slots=True)
class Key:
    """A private key with its certificate and the certificates above it."""

    certificate: x509.Certificate
    secret: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]


def certificate(key_id: str) -> x509.Certificate:
    """The certificate of the key. Raises KeyUnavailable."""
    return key(key_id).certificate


def fingerprint(key_id: str) -> str:
    """SHA-256 of the key's certificate, 64 hex digits: what the register keeps. Raises KeyUnavailable."""
    return certificate(key_id).fingerprint(hashes.SHA256()).hex()


def key(key_id: str) -> Key:
    """The key, from memory while its file is unchanged. Raises KeyUnavailable."""
    if not KEY_ID.fullmatch(key_id):
        raise KeyUnavailable(key_id, "no key of this name can exist")
    try:
        changed = (settings.SIGNING_KEYS_DIR / f"{key_id}.p12").stat().st_mtime_ns
    except OSError:
        raise KeyUnavailable(key_id, "there is no file for it") from None
    return _load(key_id, str(settings.SIGNING_KEYS_DIR), changed)


@functools.lru_cache(maxsize=512)
def _load(key_id: str, folder: str, _changed: int) -> Key:
    try:
        content = (settings.SIGNING_KEYS_DIR / f"{key_id}.p12").read_bytes()
        stored = pkcs12.load_pkcs12(content, settings.SIGNING_KEYS_PASSPHRASE.encode())
    except (OSError, ValueError):
        raise KeyUnavailable(key_id, "its file cannot be opened with the passphrase given") from None
    if stored.cert is None or not isinstance(stored.key, ec.EllipticCurvePrivateKey):
        raise KeyUnavailable(key_id, "its file holds no elliptic-curve key with a certificate")
    return Key(stored.cert.certificate, stored.key, tuple(c.certificate for c in stored.additional_certs))
