"""Keys in a PKCS#11 token (an HSM, SoftHSM): they sign inside it and never leave it.

A key is a private key whose label is the key id; its certificate carries the same CKA_ID. A key that is being
renewed stands twice under one label: the one whose certificate is valid and newest signs.

The module is loaded by the process that signs, when it first signs, and is told of no threads: one session, one
lock. What a fork inherits of it cannot be used, so a child starts it anew. A refused PIN is not tried again,
because tokens lock themselves after a few wrong ones.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from django.conf import settings
from django.utils import timezone

from portal.documents.keys import KeyUnavailable, matches

T = TypeVar("T")

REMEMBERED = 60.0  # seconds: a certificate that an operator installs is used within a minute
DEPTH = 5  # certificates above one, at most


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key inside the token, with its certificate; `identifier` is its CKA_ID."""

    key_id: str
    identifier: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def sign(self, data: bytes) -> bytes:
        """As `Key.sign`. Looked at before it is given away: a certificate may have been put beside another key."""
        signature = use(
            self.key_id, lambda session: raw_signature(session, self.key_id, self.identifier, data)
        )
        if not matches(self.certificate, data, signature):
            raise KeyUnavailable(self.key_id, "its certificate in the token belongs to another key")
        return signature


@dataclass
class _Connection:
    """The one session of this process with the token of `address`, and what was learnt by it."""

    address: tuple[str, ...]
    session: Any = None
    is_refused: bool = False
    found: dict[str, tuple[float, TokenKey]] = field(default_factory=dict)
    handles: dict[bytes, Any] = field(default_factory=dict)

    def forget(self) -> None:
        self.session = None
        self.found.clear()
        self.handles.clear()


_lock = threading.RLock()
_connection = _Connection(())
_loaded: set[str] = set()  # modules that were loaded here, or by the parent before a fork


def _after_fork() -> None:
    """A child has a lock that nobody holds, and no session."""
    global _lock, _connection
    _lock, _connection = threading.RLock(), _Connection(())


os.register_at_fork(after_in_child=_after_fork)


def key(key_id: str) -> TokenKey:
    """The key with the newest valid certificate, remembered for a minute. Raises KeyUnavailable."""
    with _lock:
        until, found = _here().found.get(key_id, (0.0, None))
        if found is None or time.monotonic() > until:
            found = use(key_id, lambda session: _find(session, key_id))
            _here().found[key_id] = (time.monotonic() + REMEMBERED, found)
        return found


def forget() -> None:
    """Look again at what the token holds: somebody changed it."""
    with _lock:
        _here().forget()


def use(key_id: str, work: Callable[[Any], T], *, writes: bool = False) -> T:
    """`work` with a session of the token; once more with a new one should the token have been away.

    Raises KeyUnavailable with a reason for `key_id`.
    """
    from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - only who signs loads it

    with _lock:
        for is_last in (False, True):
            try:
                return _work(work, writes=writes)
            except PKCS11Error as error:
                _here().forget()
                _here().is_refused = _is_about_the_pin(error)
                if is_last or _here().is_refused:
                    raise KeyUnavailable(key_id, _reason(error), passes=not _here().is_refused) from None
    raise AssertionError  # the loop ends by itself


def _work(work: Callable[[Any], T], *, writes: bool) -> T:
    session = _session()
    if not writes:
        return work(session)
    with session.token.open(rw=True) as writing:  # logged in like the other one: the login is the process's
        return work(writing)


def _here() -> _Connection:
    """This process's connection, a new one when the settings name another token."""
    global _connection  # noqa: PLW0603 - as above
    address = (settings.SIGNING_TOKEN["module"], settings.SIGNING_TOKEN["token"], settings.SIGNING_KEYS_PIN)
    if _connection.address != address:
        _connection = _Connection(address)
    return _connection


def _session() -> Any:
    import pkcs11  # noqa: PLC0415 - as above

    here = _here()
    module, token, pin = here.address
    if here.is_refused:
        raise pkcs11.PinIncorrect
    if here.session is None:
        library = pkcs11.lib(module)
        if module in _loaded:
            _begin_anew(library)
        _loaded.add(module)
        here.session = library.get_token(token_label=token).open(user_pin=pin)
    return here.session


def _begin_anew(library: Any) -> None:
    """After a fork, and for a session that was lost. Some modules know of themselves that a fork ended them."""
    from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - as above

    with contextlib.suppress(PKCS11Error):
        library.finalize()
    library.initialize()


# ── What is asked of the token ────────────────────────────────────────────────────────────────────
def private_keys(session: Any, key_id: str | None = None) -> Iterator[Any]:
    """The private keys of this id, or all, under any algorithm."""
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - as above

    named = {} if key_id is None else {Attribute.LABEL: key_id}
    # All at once: a token allows one search at a time, and a forsaken one would stay open.
    yield from list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY} | named))


def certificates(session: Any, **wanted: bytes) -> Iterator[x509.Certificate]:
    """The certificates with this `id`, or this `subject` (DER)."""
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - as above

    query = {Attribute[name.upper()]: value for name, value in wanted.items()}
    for stored in list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE} | query)):
        yield x509.load_der_x509_certificate(stored[Attribute.VALUE])


def _find(session: Any, key_id: str) -> TokenKey:
    from pkcs11 import Attribute  # noqa: PLC0415 - as above

    identifiers = [one[Attribute.ID] for one in private_keys(session, key_id)]
    if not identifiers:
        raise KeyUnavailable(key_id, "the token holds no key of this name")
    pairs = [(one, each) for each in identifiers for one in certificates(session, id=each)]
    if not pairs:
        raise KeyUnavailable(key_id, "the token holds no certificate for it")
    certificate, identifier = max(pairs, key=lambda pair: rank(pair[0]))
    return TokenKey(key_id, identifier, certificate, tuple(_above(session, certificate)))


def rank(certificate: x509.Certificate) -> tuple[bool, Any]:
    """To be compared: a certificate that is valid now before any other, then the newest."""
    begins = certificate.not_valid_before_utc
    return begins <= timezone.now() <= certificate.not_valid_after_utc, begins


def _above(session: Any, certificate: x509.Certificate) -> Iterator[x509.Certificate]:
    """The issuers up to the root, from the token or from the roots that this site trusts."""
    for _step in range(DEPTH):
        if certificate.issuer == certificate.subject:
            return
        known = [*certificates(session, subject=certificate.issuer.public_bytes()), *_roots()]
        above = next((one for one in known if _issued(certificate, by=one)), None)
        if above is None:
            return
        yield above
        certificate = above


def _roots() -> list[x509.Certificate]:
    path = Path(settings.SIGNING_TRUST_ROOTS)
    return x509.load_pem_x509_certificates(path.read_bytes()) if path.is_file() else []


def _issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def raw_signature(session: Any, key_id: str, identifier: bytes, data: bytes) -> bytes:
    """The signature of `data` over SHA-256, as X.509 and CMS write it. Raises KeyUnavailable, PKCS11Error."""
    from pkcs11 import KeyType, Mechanism  # noqa: PLC0415 - as above

    handle = _handle(session, key_id, identifier)
    if handle.key_type == KeyType.RSA:
        return bytes(handle.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
    digest = Hash(SHA256())
    digest.update(data)
    # Not every token hashes for ECDSA itself; all sign a digest, and answer r and s side by side.
    pair = handle.sign(digest.finalize(), mechanism=Mechanism.ECDSA)
    half = len(pair) // 2
    return encode_dss_signature(int.from_bytes(pair[:half]), int.from_bytes(pair[half:]))


def _handle(session: Any, key_id: str, identifier: bytes) -> Any:
    from pkcs11 import Attribute  # noqa: PLC0415 - as above

    known = _here().handles
    if identifier not in known:
        fitting = [one for one in private_keys(session, key_id) if one[Attribute.ID] == identifier]
        if not fitting:
            raise KeyUnavailable(key_id, "the token no longer holds it")
        known[identifier] = fitting[0]
    return known[identifier]


# ── What went wrong ───────────────────────────────────────────────────────────────────────────────
def _is_about_the_pin(error: Exception) -> bool:
    return type(error).__name__.startswith("Pin")


def _reason(error: Exception) -> str:
    """In words that hold nothing secret: the type of what the module says, never its text."""
    name = type(error).__name__
    if _is_about_the_pin(error):
        return "the token refuses the PIN, which is not tried again before a restart"
    if name == "NoSuchToken":
        return f"there is no token {settings.SIGNING_TOKEN['token']!r}"
    if name == "PKCS11Error":  # the module itself, which answers nothing yet
        return f"the module {settings.SIGNING_TOKEN['module']} cannot be loaded"
    return f"the token answers {name}"
