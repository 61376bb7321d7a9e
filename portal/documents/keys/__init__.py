"""The keys that sign, wherever they lie. A key id is written on a user (`signing_key`) or an agency (`seal_key`).

remote:<credential>   at a trust service provider, used with its owner's consent each time (`remote.py`)
anything else         in the token that SIGNING_KEYS_URL names (`token.py`), else a PKCS#12 file (`files.py`)
"""

from __future__ import annotations

from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.conf import settings

from portal.accounts.models import Agency, User

__all__ = [
    "Key",
    "KeyUnavailable",
    "Unavailable",
    "certificate",
    "fingerprint",
    "is_remote",
    "key",
    "matches",
    "of_agency",
    "of_person",
]

REMOTE = "remote:"


class Unavailable(Exception):
    """Nothing can be signed now, and nothing was: a key, the time-stamping authority or the list of revoked
    certificates does not answer. Whoever signs keeps the paper unsigned and tries again later.
    """


class KeyUnavailable(Unavailable):
    """The key `key_id` cannot be used now; the reason never holds a passphrase, a PIN or a token.

    `passes`: what holds the key does not answer, which may mend itself; otherwise somebody has to see to it.
    """

    def __init__(self, key_id: str, reason: str, *, passes: bool = False) -> None:
        self.key_id, self.passes = key_id, passes
        super().__init__(f"The signing key {key_id!r} cannot be used: {reason}.")


class Key(Protocol):
    """A key that signs: its certificate and the certificates above it are known without using it. Hashable."""

    def __hash__(self) -> int: ...

    @property
    def certificate(self) -> x509.Certificate: ...

    @property
    def chain(self) -> tuple[x509.Certificate, ...]: ...

    def sign(self, data: bytes) -> bytes:
        """The signature of `data` over SHA-256: ECDSA in DER, or RSA PKCS#1 v1.5. Raises KeyUnavailable."""


def is_remote(key_id: str) -> bool:
    """Whether the key lies at a provider, where its owner consents to each use."""
    return key_id.startswith(REMOTE)


def key(key_id: str) -> Key:
    """The key, from memory while nothing about it has changed. Raises KeyUnavailable."""
    from portal.documents.keys import files, remote, token  # noqa: PLC0415 - they need KeyUnavailable

    if is_remote(key_id):
        return remote.key(key_id)
    return token.key(key_id) if settings.SIGNING_TOKEN else files.key(key_id)


def of_person(user: User) -> str:
    """The key id that is this person's and nobody else's. Raises KeyUnavailable; also for a closed account."""
    if not user.is_active:
        raise KeyUnavailable(user.signing_key, "the account of its owner is closed")
    if Agency.objects.filter(seal_key=user.signing_key).exclude(seal_key="").exists():
        raise KeyUnavailable(user.signing_key, "it is the seal of an agency")
    return user.signing_key


def of_agency(agency: Agency) -> str:
    """The key id that is this agency's seal and nobody's own key. Raises KeyUnavailable."""
    if is_remote(agency.seal_key):
        raise KeyUnavailable(agency.seal_key, "a seal does not wait for somebody's telephone")
    if User.objects.filter(signing_key=agency.seal_key).exclude(signing_key="").exists():
        raise KeyUnavailable(agency.seal_key, "it is a person's")
    return agency.seal_key


def certificate(key_id: str) -> x509.Certificate:
    """The certificate of the key. Raises KeyUnavailable."""
    return key(key_id).certificate


def fingerprint(key_id: str) -> str:
    """SHA-256 of the key's certificate, 64 hex digits: what the register keeps. Raises KeyUnavailable."""
    return certificate(key_id).fingerprint(hashes.SHA256()).hex()


def matches(certificate: x509.Certificate, data: bytes, signature: bytes) -> bool:
    """Whether `signature` is the certificate's key's over `data`: what came from elsewhere is looked at first."""
    public = certificate.public_key()
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
