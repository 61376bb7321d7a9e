"""Statements: what a paper says, signed piece by piece, so that one piece can be shown without the rest. Pure.

Form: an SD-JWT (RFC 9901). At issue the agency's seal key signs (JWS, ES256 or RS256 as the key is, certificates in
`x5c`) a list of digests, sorted, of salted disclosures, one for each thing that the paper says. To show something is
to hand over the signed list with its disclosure; of the others nobody learns more than that there may be some, for
every list is filled up with decoys. Neither the paper's number nor its check code is inside: they lead to a page with
more.

An age must hold on the day of looking, and its date must stay hidden ("of age since 3/5/2014" is a birthday; a
signed "of age: yes" cannot be had for a child that will be). So a fact of the kind `reached` is a hash chain: a
random seed stands for the hidden day D, each SHA-256 over it for the next one, and what is signed is the value at
the chain's fixed last day. Whoever knows the seed can give the value of any day from D on, and nobody one of a day
before; from a value the next days follow, never the days before it. Days before the issue count as the day of
issue, so that all chains look alike.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from portal.documents import canonical, keys

TYPE = "dc+sd-jwt"
RSA_BITS = 2048  # RFC 7518, section 3.3: shorter keys must not be used
SALT_BYTES, SEED_BYTES, HALF = 16, 32, 32
DIGESTS = 64  # their number is a multiple of this, so that it tells nothing
CHAIN_DAYS = 7305  # 20 years: a newborn comes of age within


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a paper says: `name`, its words {"vi", "en"}, and a text, whole number or yes/no.

    `reached`: the value is an ISO date that stays hidden; said is only that the day has come.
    """

    name: str
    label: Mapping[str, str]
    value: Any
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """`token`: the signed list. `disclosures` and `seeds` by name of the fact: the holder's secrets."""

    token: str
    disclosures: dict[str, str]
    seeds: dict[str, dict[str, str]] = field(default_factory=dict)


# ── Signing ───────────────────────────────────────────────────────────────────────────────────────
def sign(
    facts: Iterable[Fact],
    *,
    code: str,
    issuer: str,
    type_code: str,
    title: Mapping[str, str],
    status: str,
    valid_until: datetime | None,
    key: keys.Key,
    day: date,
    at: datetime,
) -> Signed:
    """Sign what can be shown of a paper. About 5 ms, nearly all of it for the chains.

    `code`: an opaque id of this list; `issuer`: the agency's code; `status`: where to ask whether the paper still
    holds; `day`: the day of issue in Vietnam. A `reached` fact whose day lies more than 20 years ahead is left out.
    """
    disclosures: dict[str, str] = {}
    seeds: dict[str, dict[str, str]] = {}
    for fact in facts:
        value: dict[str, Any] = {"label": dict(fact.label)}
        if fact.reached:
            if (chain := _chain(date.fromisoformat(fact.value), day)) is None:
                continue
            value["reached"], seeds[fact.name] = chain
        else:
            value["value"] = fact.value
        disclosures[fact.name] = _encode(canonical.dumps([_random(SALT_BYTES), fact.name, value]))
    payload = {
        "jti": code,
        "iss": f"urn:motcua:agency:{issuer}",
        "iat": int(at.timestamp()),
        "vct": f"urn:motcua:result:{type_code}",
        "title": dict(title),
        "status": {"uri": status},
        "_sd_alg": "sha-256",
        "_sd": _digests(disclosures.values()),
    }
    if valid_until is not None:
        payload["exp"] = int(valid_until.timestamp())
    return Signed(_jws(payload, key), disclosures, seeds)


def _digests(disclosures: Iterable[str]) -> list[str]:
    """The digests, sorted, filled up with random ones to a multiple of `DIGESTS`."""
    found = [digest(one) for one in disclosures]
    return sorted(found + [_random(32) for _i in range(-len(found) % DIGESTS)])


def digest(disclosure: str) -> str:
    return _encode(hashlib.sha256(disclosure.encode()).digest())


def algorithm(certificate: x509.Certificate) -> str:
    """How the key of this certificate signs a JWS (RFC 7518): its kind decides, never a header; "" when it cannot."""
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return "RS256" if public.key_size >= RSA_BITS else ""
    return (
        "ES256" if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp256r1" else ""
    )


def _jws(payload: Mapping[str, Any], key: keys.Key) -> str:
    above = (one for one in key.chain if one.subject != one.issuer)
    ders = [one.public_bytes(Encoding.DER) for one in (key.certificate, *above)]
    alg = algorithm(key.certificate)
    header = {"alg": alg, "typ": TYPE, "x5c": [base64.b64encode(der).decode() for der in ders]}
    signed = f"{_encode(canonical.dumps(header))}.{_encode(canonical.dumps(payload))}"
    signature = key.sign(signed.encode())
    if alg == "ES256":
        r, s = decode_dss_signature(signature)
        signature = r.to_bytes(HALF) + s.to_bytes(HALF)
    return f"{signed}.{_encode(signature)}"


# ── Chains of days ────────────────────────────────────────────────────────────────────────────────
def _chain(reached: date, issued: date) -> tuple[dict[str, str], dict[str, str]] | None:
    """(what is signed, what the holder keeps) of a day; None when it lies beyond the chain."""
    first, last = max(reached, issued), issued + timedelta(days=CHAIN_DAYS)
    if first > last:
        return None
    seed = secrets.token_bytes(SEED_BYTES)
    end = hashed(seed, (last - first).days)
    return (
        {"last": last.isoformat(), "end": _encode(end)},
        {"first": first.isoformat(), "last": last.isoformat(), "seed": _encode(seed)},
    )


def hashed(value: bytes, times: int) -> bytes:
    for _i in range(times):
        value = hashlib.sha256(value).digest()
    return value


def link(chain: Mapping[str, str], day: date) -> dict[str, str] | None:
    """The proof that the hidden day had come by `day`; None while it has not. Up to 4 ms."""
    first, last = date.fromisoformat(chain["first"]), date.fromisoformat(chain["last"])
    on = min(day, last)
    if on < first:
        return None
    return {"on": on.isoformat(), "link": _encode(hashed(decode(chain["seed"]), (on - first).days))}


# ── Showing ───────────────────────────────────────────────────────────────────────────────────────
def present(signed: Signed, names: Iterable[str], *, day: date) -> dict[str, Any]:
    """What is handed over to show the facts called `names` on `day`: {"sd_jwt", "reached"}. Nothing of the others.

    A `reached` fact whose day has not come has no entry under "reached", and then proves nothing.
    """
    wanted = [name for name in names if name in signed.disclosures]
    links = {name: link(signed.seeds[name], day) for name in wanted if name in signed.seeds}
    return {
        "sd_jwt": "~".join([signed.token, *(signed.disclosures[name] for name in wanted), ""]),
        "reached": {name: proof for name, proof in links.items() if proof},
    }


def _random(size: int) -> str:
    return _encode(secrets.token_bytes(size))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError for anything that is not exactly that."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(data) != text:
        raise ValueError("not base64url")
    return data


def value_of(disclosure: str) -> Any:
    """What a disclosure of ours says: {"label", "value"} or {"label", "reached"}."""
    return json.loads(decode(disclosure))[2]
