"""Keys at a provider of remote signatures: `remote:<credential>`. They sign only within `consented`.

The certificate is known without consent, remembered for ten minutes. Every signature is looked at before it is
given away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache

from portal.documents.keys import REMOTE, KeyUnavailable, matches, provider

REMEMBERED = 600  # seconds
ECDSA_SHA256, RSA_SHA256 = "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"


@dataclass(frozen=True, slots=True)
class Consent:
    """What its owner has confirmed at the provider: `token` is the activation data, `reference` our own name for it."""

    key_id: str
    token: str
    reference: str

    def __repr__(self) -> str:
        return f"Consent({self.reference!r})"  # the token is nobody's to read


_consent: ContextVar[Consent | None] = ContextVar("consent", default=None)


@contextmanager
def consented(consent: Consent) -> Iterator[None]:
    """Within it the key of the consent signs."""
    before = _consent.set(consent)
    try:
        yield
    finally:
        _consent.reset(before)


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A private key at the provider, with its certificate."""

    key_id: str
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def sign(self, data: bytes) -> bytes:
        """As `Key.sign`; only with the consent of its owner."""
        consent = _consent.get()
        if consent is None or consent.key_id != self.key_id:
            raise KeyUnavailable(self.key_id, "its owner has not consented to this signature")
        is_rsa = isinstance(self.certificate.public_key(), rsa.RSAPublicKey)
        digest = hashlib.sha256(data)
        try:
            signature = provider.sign(
                self.key_id.removeprefix(REMOTE),
                token=consent.token,
                digest=digest.digest(),
                algorithm=RSA_SHA256 if is_rsa else ECDSA_SHA256,
                reference=f"{consent.reference}:{digest.hexdigest()[:32]}",
            )
        except (provider.ProviderDown, provider.ProviderRefused) as error:
            raise _unavailable(self.key_id, error) from None
        if not matches(self.certificate, data, signature):
            cache.delete(_name(self.key_id))  # the provider may have renewed the certificate
            raise KeyUnavailable(self.key_id, "the provider's signature does not fit the certificate")
        return signature


def key(key_id: str) -> RemoteKey:
    """The key with its certificates. Raises KeyUnavailable."""
    ders = cache.get(_name(key_id))
    try:
        if ders is None:
            ders = provider.certificates(key_id.removeprefix(REMOTE))
        own, *above = map(x509.load_der_x509_certificate, ders)
    except (provider.ProviderDown, provider.ProviderRefused) as error:
        raise _unavailable(key_id, error) from None
    except ValueError:
        raise KeyUnavailable(key_id, "the provider gives no certificate for it") from None
    cache.set(_name(key_id), ders, REMEMBERED)
    return RemoteKey(key_id, own, tuple(above))


def _unavailable(key_id: str, error: Exception) -> KeyUnavailable:
    return KeyUnavailable(key_id, str(error), passes=isinstance(error, provider.ProviderDown))


def _name(key_id: str) -> str:
    """Of the cache: no characters that a cache may not like."""
    return f"remote-key:{hashlib.sha256(key_id.encode()).hexdigest()}"
