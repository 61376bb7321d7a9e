"""What proves later that a signature was good when it was made: time stamps (RFC 3161) and revocation data (OCSP,
RFC 6960; CRL, RFC 5280), asked of the authorities over HTTP while a paper is signed.

Only two kinds of addresses are ever called: `TSA_URL`, and those inside a certificate that begin with one of
`REVOCATION_ADDRESSES`. An authority that does not answer within 5 seconds, or says anything but what it should,
is `Unavailable`: a paper waits for it, it is never signed with less.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.documents.keys import Unavailable

SECONDS = 5.0
LONGEST_ANSWER = 2**20
# How long an answer without an end of its own is used again.
UNDATED = timedelta(minutes=10)

Chain = tuple[x509.Certificate, ...]  # a certificate and those above it


class Revoked(Exception):
    """The certificate was revoked; the text says when and why."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The answers (DER) that say that a certificate and those above it are not revoked, and till when they serve."""

    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    until: datetime


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────
def stamper() -> Any:
    """pyHanko's time stamper for `TSA_URL`; see `_stamper`. Raises ImproperlyConfigured without one."""
    if not settings.TSA_URL:
        raise ImproperlyConfigured("Set TSA_URL, or SIGNING_LEVEL=B-B to sign without time stamps.")
    return _stamper(settings.TSA_URL, stamp_roots().read_bytes())


def stamp_roots() -> Path:
    """The file of the roots that time-stamping authorities must lead to: the signers' where none is named."""
    return Path(settings.TSA_TRUST_ROOTS or settings.SIGNING_TRUST_ROOTS)


@functools.lru_cache(maxsize=8)
def _stamper(url: str, roots: bytes) -> Any:
    """A time stamper whose tokens have been checked: of this digest, by an authority that leads to `roots`.

    `chains` are the authority's certificates, as far as it showed them; `chain` and `time` are the last token's.
    Raises Unavailable when used.
    """
    from asn1crypto import tsp  # type: ignore[import-untyped] # noqa: PLC0415 - 0.4 s to import
    from pyhanko.sign.timestamps.api import TimeStamper  # noqa: PLC0415

    class Stamper(TimeStamper):
        chains: frozenset[Chain] = frozenset()
        chain: Chain
        time: datetime

        async def async_request_tsa_response(self, req: Any) -> Any:
            kind = "application/timestamp-query"
            return tsp.TimeStampResp.load(_fetch("POST", url, req.dump(), {"Content-Type": kind}))

        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
            try:
                token = await super().async_timestamp(message_digest, md_algorithm)
                self.chain = await _authority(token["content"], message_digest, roots, self.chains)
            except Unavailable:
                raise
            except Exception as error:
                # An authority can answer nonsense in any way it likes; none of it may get into a paper.
                raise Unavailable(f"The time stamp cannot be used: {error!r:.200}") from error
            self.chains |= {self.chain}
            self.time = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
            return token

        def prepared(self) -> Any:
            """Itself, knowing the authority's certificate: asks for one stamp of nothing, the first time."""
            if not self.chains:
                asyncio.run(self.async_dummy_response("sha256"))
            return self

        @property
        def size(self) -> int:
            """Bytes of a token."""
            return len(self._dummy_response_cache["sha256"].dump())

    return Stamper()  # type: ignore[no-untyped-call]


async def _authority(signed: Any, digest: bytes, roots: bytes, known: frozenset[Chain]) -> Chain:
    """The certificates of who signed the token. Raises Unavailable, or what it likes, for a token that is no good.

    Whether the certificate leads to a root and may stamp is looked into once; the signature, each time.
    """
    from pyhanko.sign.general import extract_signer_info  # noqa: PLC0415 - as above
    from pyhanko.sign.validation import generic_cms  # noqa: PLC0415

    told = signed["encap_content_info"]["content"]
    certificates = generic_cms.extract_certs_for_validation(signed)
    chain = tuple(_der(one) for one in (certificates.signer_cert, *certificates.other_certs))
    if chain in known:
        sha256 = hashes.Hash(hashes.SHA256())
        sha256.update(bytes(told))
        good = all(
            generic_cms.validate_sig_integrity(
                extract_signer_info(signed), certificates.signer_cert, "tst_info", sha256.finalize()
            )
        )
    else:
        context = _context(roots, moment=told.parsed["gen_time"].native)
        found = await generic_cms.validate_tst_signed_data(signed, context, lambda _algorithm: digest)
        good = found["intact"] and found["valid"] and found["trust_problem_indic"] is None
    if not good or told.parsed["message_imprint"]["hashed_message"].native != digest:
        raise Unavailable("The time stamp is not by an authority that we trust, or not of what was asked.")
    return chain


# ── Revocation ────────────────────────────────────────────────────────────────────────────────────
_proofs: dict[bytes, Proof] = {}
_asking = threading.Lock()


def proof(chain: Chain, *, at: datetime) -> Proof:
    """That the first certificate of `chain` and those above it are not revoked at `at`, as the authorities say.

    Kept until the first of their answers runs out. Raises Revoked, Unavailable.
    """
    name = chain[0].fingerprint(hashes.SHA256())
    with _asking:
        kept = _proofs.get(name)
        if kept is None or not kept.until > at:
            kept = _proofs[name] = _ask(chain, at)
    return kept


def forget() -> None:
    """Ask again for everything: after a certificate was revoked or replaced."""
    with _asking:
        _proofs.clear()
    _stamper.cache_clear()


def _ask(chain: Chain, at: datetime) -> Proof:
    roots = settings.SIGNING_TRUST_ROOTS.read_bytes() + stamp_roots().read_bytes()
    ocsps, crls, ends = [], [], []
    for certificate, issuer in _pairs(chain, roots):
        if address := _allowed(_responders(certificate)):
            kind = {"Content-Type": "application/ocsp-request"}
            ocsps.append(_fetch("POST", address, _question(certificate, issuer), kind))
            ends.append(_end(ocsp.load_der_ocsp_response, ocsps[-1]))
        elif address := _allowed(_lists(certificate)):
            crls.append(_fetch("GET", address, None, {}))
            ends.append(_end(x509.load_der_x509_crl, crls[-1]))
        else:
            raise Unavailable(f"{_name(certificate)} names no address among REVOCATION_ADDRESSES.")
    _judge(chain, roots, at, ocsps=ocsps, crls=crls)
    return Proof(tuple(ocsps), tuple(crls), min((end or at + UNDATED for end in ends), default=at + UNDATED))


def _pairs(chain: Chain, roots: bytes) -> list[tuple[x509.Certificate, x509.Certificate]]:
    """(certificate, its issuer) from the signer up; nobody is asked about a root. Raises Unavailable for a gap."""
    pool = [*chain[1:], *x509.load_pem_x509_certificates(roots)]
    certificate, found = chain[0], []
    while certificate.issuer != certificate.subject:
        issuer = next((one for one in pool if _issued(certificate, one)), None)
        if issuer is None:
            raise Unavailable(f"The certificate above {_name(certificate)} is missing.")
        pool.remove(issuer)
        found.append((certificate, issuer))
        certificate = issuer
    return found


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """By the key, not the name alone: a root that was renewed keeps its name."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    # SHA-1 only names the certificate here and protects nothing; every responder understands it (RFC 6960).
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return asked.build().public_bytes(Encoding.DER)


def _judge(chain: Chain, roots: bytes, at: datetime, **answers: Any) -> None:
    """As verification will judge: with these answers, does the certificate lead to our roots, unrevoked at `at`?"""
    from pyhanko_certvalidator import CertificateValidator  # noqa: PLC0415 - as above
    from pyhanko_certvalidator.errors import PathBuildingError, RevokedError, ValidationError  # noqa: PLC0415

    own, *above = map(plain, chain)
    context = _context(roots, moment=at, revocation_mode="require", **answers)
    validator = CertificateValidator(own, intermediate_certs=above, validation_context=context)
    try:
        asyncio.run(validator.async_validate_path())
    except RevokedError as error:
        raise Revoked(str(error)) from error
    except (PathBuildingError, ValidationError, ValueError) as error:
        raise Unavailable(f"What was said of {_name(chain[0])} cannot be used: {error}") from error


def _context(roots: bytes, **options: Any) -> Any:
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415 - as above
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    trusted = list(load_certs_from_pemder_data(roots))
    # The authorities' clocks are not ours: an answer may be some seconds younger than what it speaks of.
    return ValidationContext(trust_roots=trusted, allow_fetching=False, retroactive_revinfo=True, **options)


def plain(certificate: x509.Certificate) -> Any:
    """The certificate as pyHanko has it."""
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - as above

    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def _der(certificate: Any) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


def _responders(certificate: x509.Certificate) -> list[str]:
    return [
        each.access_location.value
        for each in _extension(certificate, x509.AuthorityInformationAccess)
        if each.access_method == AuthorityInformationAccessOID.OCSP
    ]


def _lists(certificate: x509.Certificate) -> list[str]:
    points = _extension(certificate, x509.CRLDistributionPoints)
    return [name.value for point in points for name in point.full_name or () if isinstance(name.value, str)]


def _extension(certificate: x509.Certificate, kind: Any) -> Iterable[Any]:
    try:
        return certificate.extensions.get_extension_for_class(kind).value  # type: ignore[no-any-return]
    except x509.ExtensionNotFound:
        return ()


def _end(load: Any, answer: bytes) -> datetime | None:
    try:
        end: datetime | None = load(answer).next_update_utc
    except ValueError:
        raise Unavailable(
            "What was said of a certificate is neither OCSP nor a list of revoked ones."
        ) from None
    return end


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


# ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────
def _allowed(addresses: Sequence[str]) -> str | None:
    """The first address that may be called: until then it is what a stranger's certificate says."""
    return next((each for each in addresses if each.startswith(tuple(settings.REVOCATION_ADDRESSES))), None)


def _fetch(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> bytes:
    """The answer's bytes. Raises Unavailable, within 5 seconds or so; no redirection is followed."""
    account = urllib3.util.parse_url(url).auth
    headers = headers | (urllib3.make_headers(basic_auth=account) if account else {})
    pool = _pool(os.getpid())
    try:
        answer = pool.request(method, url, body=body, headers=headers, preload_content=False, redirect=False)
        content = answer.read(LONGEST_ANSWER)
        answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"{_host(url)} does not answer: {type(error).__name__}.") from error
    if answer.status != 200:
        raise Unavailable(f"{_host(url)} answers {answer.status}.")
    return content


@functools.lru_cache(maxsize=1)
def _pool(_process: int) -> urllib3.PoolManager:
    """Connections that stay open, of this process: a forked one must not speak through its parent's."""
    return urllib3.PoolManager(timeout=urllib3.Timeout(total=SECONDS), retries=False, maxsize=4)


def _host(url: str) -> str:
    return urllib3.util.parse_url(url).host or url
