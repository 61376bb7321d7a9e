"""Judging what somebody shows of a paper: is it as the agency signed it? Pure; reads no register, asks no network.

The algorithm is published (`templates/documents/how.html`): whoever has the root certificates can do the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID
from django.utils import timezone

from portal.documents import chains, keys, statements
from portal.documents.statements import HALF, TYPE, decode

MAX_BYTES = 128 * 1024
MAX_FACTS = 100
MAX_LINKS = 36_525
# Between the signer's clock and ours.
TOLERANCE = timedelta(minutes=10)


class Unproven(Exception):
    """It does not hold; `reason` is a code for programs, without personal data."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Shown:
    """One fact as it was signed. Of a hidden day `on` is the day by which it had come, and `value` is True."""

    name: str
    label: Mapping[str, str]
    value: Any
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved. `signer`: the name on the certificate; `certificate` and `token_sha256`: SHA-256, hex."""

    code: str
    issuer: str
    type_code: str
    title: Mapping[str, str]
    signer: str
    certificate: str
    token_sha256: str
    status: str
    signed_at: datetime
    expires: datetime | None
    facts: tuple[Shown, ...]


def prove(presentation: Any, *, roots: bytes, at: datetime) -> Proof:
    """Check everything that was shown at `at`, trusting only the PEM `roots`. Never goes on after the first doubt.

    In order: form and size, the signature by the key of the first certificate, the chain above it at the time of
    signing, every disclosure under the signed list and none twice, every hidden day. Whether the paper still holds
    is the register's to say. Raises Unproven: malformed, signature_broken, signer_not_trusted, signed_in_future,
    disclosure_not_signed, disclosure_twice, day_not_proved.
    """
    try:
        token, disclosures, links = _parts(presentation)
        head, payload = _opened(token)
        leaf, *between = _certificates(head)
        # The algorithm is the key's to say, never the token's: "none" and HMAC with a public key are old tricks.
        _require(head["alg"] == statements.algorithm(leaf) != "", "malformed")
        _require(_is_signed(token, leaf), "signature_broken")
        signed_at = datetime.fromtimestamp(payload["iat"], UTC)
        _require(signed_at <= at + TOLERANCE, "signed_in_future")
        _require(chains.is_trusted(leaf, between, roots, at=signed_at), "signer_not_trusted")
        _require(_may_sign(leaf), "signer_not_trusted")
        facts = tuple(_facts(payload, disclosures, links, timezone.localdate(at)))
        return _proof(token, payload, leaf, signed_at, facts)
    except Unproven:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        raise Unproven("malformed") from None


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise Unproven(reason)


# ── Form ──────────────────────────────────────────────────────────────────────────────────────────
def _parts(presentation: Any) -> tuple[str, list[str], Mapping[str, Any]]:
    """(the signed list, disclosures, links) of {"sd_jwt", "reached"}, or of an SD-JWT by itself."""
    whole: Any = {"sd_jwt": presentation} if isinstance(presentation, str) else presentation
    text: Any = whole["sd_jwt"]
    _require(isinstance(text, str) and text.isascii() and len(text) <= MAX_BYTES, "malformed")
    token, *disclosures, end = text.split("~")
    _require(end == "" and len(disclosures) <= MAX_FACTS, "malformed")
    links = whole.get("reached") or {}
    _require(isinstance(links, Mapping), "malformed")
    return token, disclosures, links


def _opened(token: str) -> tuple[Any, Any]:
    head, payload, _signature = token.split(".")
    opened, body = json.loads(decode(head)), json.loads(decode(payload))
    _require(opened["typ"] == TYPE and "crit" not in opened, "malformed")
    _require(body["_sd_alg"] == "sha-256" and isinstance(body["iat"], int), "malformed")
    return opened, body


def _certificates(head: Mapping[str, Any]) -> list[x509.Certificate]:
    found = [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in head["x5c"]]
    _require(0 < len(found) <= chains.MAX_DEPTH, "malformed")
    return found


# ── Signature ─────────────────────────────────────────────────────────────────────────────────────
def _is_signed(token: str, leaf: x509.Certificate) -> bool:
    signed, _dot, signature = token.rpartition(".")
    raw = decode(signature)
    if statements.algorithm(leaf) == "ES256":
        if len(raw) != 2 * HALF:
            return False
        raw = encode_dss_signature(int.from_bytes(raw[:HALF]), int.from_bytes(raw[HALF:]))
    return keys.matches(leaf, signed.encode(), raw)


def _may_sign(leaf: x509.Certificate) -> bool:
    """Whether the certificate is one for signing papers, and no authority's."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.content_commitment and not usage.key_cert_sign


# ── Facts ─────────────────────────────────────────────────────────────────────────────────────────
def _facts(payload: Any, disclosures: list[str], links: Mapping[str, Any], today: date) -> Iterator[Shown]:
    signed, seen = set(payload["_sd"]), set[str]()
    _require(len(signed) == len(payload["_sd"]), "malformed")
    for disclosure in disclosures:
        _require(statements.digest(disclosure) in signed, "disclosure_not_signed")
        _salt, name, value = json.loads(decode(disclosure))
        _require(name not in seen, "disclosure_twice")
        seen.add(name)
        if "reached" in value:
            yield Shown(name, value["label"], True, _day(value["reached"], links.get(name), today))
        else:
            yield Shown(name, value["label"], value["value"])


def _day(chain: Mapping[str, str], link: Any, today: date) -> date:
    """The day by which the hidden day had come."""
    _require(isinstance(link, Mapping), "day_not_proved")
    on, last = date.fromisoformat(link["on"]), date.fromisoformat(chain["last"])
    steps = (last - on).days
    _require(0 <= steps <= MAX_LINKS and on <= today, "day_not_proved")
    _require(statements.hashed(decode(link["link"]), steps) == decode(chain["end"]), "day_not_proved")
    return on


def _proof(
    token: str, payload: Any, leaf: x509.Certificate, signed_at: datetime, facts: tuple[Shown, ...]
) -> Proof:
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    expires = payload.get("exp")
    return Proof(
        code=str(payload["jti"]),
        issuer=payload["iss"].removeprefix("urn:motcua:agency:"),
        type_code=payload["vct"].removeprefix("urn:motcua:result:"),
        title=payload["title"],
        signer=str(names[0].value) if names else "",
        certificate=leaf.fingerprint(hashes.SHA256()).hex(),
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        status=str(payload["status"]["uri"]),
        signed_at=signed_at,
        expires=datetime.fromtimestamp(expires, UTC) if expires is not None else None,
        facts=facts,
    )
