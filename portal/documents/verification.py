"""Whether a paper is what it seems: three questions, each answered on its own.

Integrity: is this the file that was signed? Issuer: did those sign who the register says signed? Status: does the
register say that it still holds?

The file's SHA-256 is looked up first: the register knows every byte it issued. Any other file is judged by the
full policy: exactly the signature fields that were made, each filled by the certificate the register copied at
issue, a certifying first signature whose limits were kept, nothing after the last signature but what proves it
(revocation data and archive time stamps by authorities that we trust), none hidden beside it, the same data inside
every revision, equal to the register's. Mathematics alone is not enough: a file cut back to its first
signature, or signed by somebody else of the same authority, is sound to a PDF reader.

Time: a signature with a time stamp is judged at the time stamped, by an authority under `TSA_TRUST_ROOTS`, with the
revocation data in the file: a certificate that ended or was revoked later does no harm, one revoked before is
refused. A paper that was issued with stamps (B-LTA) and has lost them, or that data, was changed. One issued without
(B-B) is judged at the time that its signature claims. Either time is held against the register's own clock. Archive
stamps follow one another while the authority's certificate lasts, the last one's until now; bytes that the register
knows need no such proof. A file that names no paper of the register needs certificates that are valid now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.documents import canonical, evidence, inspection, places, signing, store
from portal.documents.inspection import Facts, Signature, Unreadable
from portal.documents.models import IssuedPaper

__all__ = ["NoPayload", "Unreadable", "Verdict", "check_bytes", "check_code", "check_paper", "payload"]

# Between the signatures' clock and the register's.
TOLERANCE = timedelta(minutes=10)


class NoPayload(Exception):
    """No data of ours is inside, or it is not under the first signature."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature: its field, the name on the certificate, when, and how that is known: `source` is "stamp" (a
    time-stamping authority says so) or "claim" (the signer does). `at` is None when nothing was said.
    """

    field: str
    name: str
    at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`integrity`: ok, altered, unreadable, or unseen (only a code was given). `issuer`: known, unknown.
    `status`: valid, expired, suspended, revoked, replaced, unknown. `signed`: who signed, in order.
    `reasons`: codes for what is wrong, for logs and programs; no personal data.
    `changes`: what kinds of things came after the last signature that holds (`inspection.KINDS`).
    """

    integrity: str
    issuer: str
    status: str
    paper: IssuedPaper | None
    checked_at: datetime
    signed: tuple[Signed, ...] = ()
    reasons: tuple[str, ...] = ()
    sha256: str = field(default="")
    changes: tuple[str, ...] = ()

    @property
    def signers(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.signed)

    @property
    def holds(self) -> bool:
        """The paper in hand may be relied on: unaltered, ours, in force."""
        return (self.integrity, self.issuer, self.status) == ("ok", "known", "valid")

    @property
    def outcome(self) -> str:
        """The one word for people: altered, unknown, or the status."""
        if self.integrity == "altered":
            return "altered"
        if self.integrity == "unreadable" or self.issuer == "unknown":
            return "unknown"
        return self.status


# ── The three doors ───────────────────────────────────────────────────────────────────────────────
def check_code(code: str, *, at: datetime) -> Verdict:
    """What the register says of a check code: the paper itself was not seen. One query."""
    paper = _known().filter(check_code=code).first()
    if paper is None:
        return Verdict("unseen", "unknown", "unknown", None, at, reasons=("not_in_register",))
    return Verdict("unseen", "known", _status(paper, at), paper, at)


def check_bytes(pdf: bytes, *, at: datetime | None = None) -> Verdict:
    """Judge a file that anybody may have made. Never raises for what is in it.

    A file that we issued takes one look-up; any other is inspected in a process of its own (about 1 s).
    """
    at = at or timezone.now()
    digest = hashlib.sha256(pdf).hexdigest()
    if paper := _of_bytes(digest):
        return Verdict("ok", "known", _status(paper, at), paper, at, signed=_as_issued(paper), sha256=digest)
    for roots in (settings.SIGNING_TRUST_ROOTS, evidence.stamp_roots()):
        roots.stat()  # without roots every paper would seem foreign: FileNotFoundError is better
    try:
        facts = inspection.apart(pdf, settings.SIGNING_TRUST_ROOTS, evidence.stamp_roots())
    except Unreadable:
        # Every file that was ever signed here can be read: a signed one that cannot was changed since.
        integrity = "altered" if b"/ByteRange" in pdf and b"/Encrypt" not in pdf else "unreadable"
        return Verdict(integrity, "unknown", "unknown", None, at, reasons=("unreadable",), sha256=digest)
    return _judge(facts, _claimed(facts), at, digest)


def check_paper(paper: IssuedPaper, *, at: datetime | None = None) -> Verdict:
    """Check a registered paper anew before relying on it: stored bytes, signatures, data, register."""
    at = at or timezone.now()
    paper = _known().get(pk=paper.pk)
    try:
        pdf = store.read(paper.document)
        facts = _inspected(pdf)
    except (store.Damaged, Unreadable):
        return Verdict("altered", "known", _status(paper, at), paper, at, reasons=("stored_file_damaged",))
    return _judge(facts, paper, at, paper.document.sha256, own=True)


def payload(pdf: bytes) -> dict[str, Any]:
    """The data inside a file of ours, as its first signature covers it. Raises NoPayload, Unreadable."""
    facts = _inspected(pdf)
    if not facts.payload or not facts.payload_stays or not facts.signatures:
        raise NoPayload
    data: dict[str, Any] = json.loads(facts.payload)
    return data


def _of_bytes(digest: str) -> IssuedPaper | None:
    """The paper that was issued with these bytes, or whose archive time stamp was renewed with them."""
    paper: IssuedPaper | None = _known().filter(document__sha256=digest).first()
    return paper or _known().filter(renewals__document__sha256=digest).first()


def _as_issued(paper: IssuedPaper) -> tuple[Signed, ...]:
    source = "claim" if paper.signature_level == signing.B_B else "stamp"
    names = {places.LEADER: paper.signer_name, places.SEAL: paper.issuer_name}
    return tuple(Signed(role, name, paper.issued_at, source) for role, name in names.items())


def _signed(facts: Facts) -> tuple[Signed, ...]:
    return tuple(
        Signed(one.field, one.signer, _time(one), "stamp" if one.stamped_at else "claim")
        for one in facts.signatures
    )


def _time(signature: Signature) -> datetime | None:
    said = signature.stamped_at or signature.signed_at
    return datetime.fromisoformat(said) if said else None


def _inspected(pdf: bytes) -> Facts:
    """A file of our own, in this process. Raises Unreadable."""
    roots, stamp_roots = settings.SIGNING_TRUST_ROOTS.read_bytes(), evidence.stamp_roots().read_bytes()
    return inspection.inspect(pdf, roots, stamp_roots=stamp_roots, compare=False)


# ── The policy ────────────────────────────────────────────────────────────────────────────────────
def _known() -> Any:
    return IssuedPaper.objects.select_related("document", "issuer", "replaced_by__document")


def _status(paper: IssuedPaper, at: datetime) -> str:
    return paper.state(timezone.localdate(at))


def _judge(
    facts: Facts, paper: IssuedPaper | None, at: datetime, digest: str, *, own: bool = False
) -> Verdict:
    """`own`: the register knows every byte of it."""
    if paper is None:
        return _stranger(facts, at, digest)
    broken = (*_altered(facts, paper), *_unproved(facts, paper, None if own else at))
    foreign = tuple(_foreign(facts, paper))
    return Verdict(
        integrity="altered" if broken else "ok",
        issuer="unknown" if foreign else "known",
        status=_status(paper, at),
        paper=paper,
        checked_at=at,
        signed=_signed(facts),
        reasons=broken + foreign,
        sha256=digest,
        changes=facts.changes,
    )


def _stranger(facts: Facts, at: datetime, digest: str) -> Verdict:
    """A file that names no paper of the register: at most its signatures can be judged, never its status."""
    signed = facts.signatures
    sound = all(one.intact and one.permitted for one in signed) and facts.closed
    ours = bool(signed) and all(one.trusted and datetime.fromisoformat(one.expires) > at for one in signed)
    return Verdict(
        integrity="ok" if sound else "altered",
        issuer="known" if ours else "unknown",
        status="unknown",
        paper=None,
        checked_at=at,
        signed=_signed(facts),
        reasons=("not_in_register",) if signed else ("not_signed",),
        sha256=digest,
        changes=facts.changes,
    )


def _altered(facts: Facts, paper: IssuedPaper) -> Iterator[str]:
    """Why this is not the file that was signed."""
    expected = tuple(role for role in places.ROLES if role in paper.signer_certificates)
    signed, stamps = facts.signatures, tuple(one.field for one in facts.stamps)
    if sorted(facts.fields) != sorted(expected + stamps) or tuple(one.field for one in signed) != expected:
        yield "signature_fields_differ"
    if not (all(one.intact for one in signed) and all(one.intact for one in facts.stamps)):
        yield "content_changed"
    if not all(one.permitted for one in signed) or not (signed and signed[0].certifies):
        yield "changed_after_signing"
    if not (signed and facts.closed):
        yield "bytes_after_last_signature"
    if not facts.payload_stays or not _same_data(facts.payload, paper):
        yield "data_differs"


def _unproved(facts: Facts, paper: IssuedPaper, at: datetime | None) -> Iterator[str]:
    """What the file has lost of its proof, or holds of a wrong one. `at`: till when archive stamps must last."""
    if any(one.stamp == "bad" for one in facts.signatures) or not all(one.trusted for one in facts.stamps):
        yield "time_stamp_not_trusted"
    if paper.signature_level == signing.B_B:
        return
    if not all(one.stamp for one in facts.signatures) or not facts.stamps:
        yield "time_stamp_missing"
    # Of a signature that no longer fits its file nothing follows about its certificate.
    if any(one.intact and one.trusted and one.revocation == "unknown" for one in facts.signatures):
        yield "revocation_data_missing"
    if facts.stamps and not _near(facts.stamps[0].at, paper):
        yield "time_stamp_not_trusted"
    later = [one.at for one in facts.stamps[1:]] + ([at.isoformat()] if at else [])
    if any(_moment(one.expires) < _moment(then) for one, then in zip(facts.stamps, later, strict=False)):
        yield "time_stamp_expired"


def _foreign(facts: Facts, paper: IssuedPaper) -> Iterator[str]:
    """Why these are not the signers whom the register names."""
    if any(one.certificate != paper.signer_certificates.get(one.field) for one in facts.signatures):
        yield "signer_not_registered"
    if any(one.revocation == "revoked" for one in facts.signatures):
        yield "signer_revoked"
    # Of a signature that no longer fits its file nothing follows about who stands above the signer.
    elif not facts.signatures or not all(one.trusted or not one.intact for one in facts.signatures):
        yield "signer_not_trusted"
    if not all(_in_time(one, paper) for one in facts.signatures):
        yield "signed_at_another_time"


def _in_time(signature: Signature, paper: IssuedPaper) -> bool:
    """What the signer claims, and what the stamp says where there is one, is the time of issue."""
    stamped = signature.stamped_at or signature.signed_at
    return bool(signature.signed_at) and _near(signature.signed_at, paper) and _near(stamped, paper)


def _near(said: str, paper: IssuedPaper) -> bool:
    return abs(_moment(said) - paper.issued_at) <= TOLERANCE


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _same_data(text: str, paper: IssuedPaper) -> bool:
    """The data inside says what the register says: canonically equal claims, and the number."""
    try:
        data = json.loads(text)
        return bool(
            canonical.dumps(data["claims"]) == canonical.dumps(paper.claims)
            and data["number"] == paper.number
        )
    except (ValueError, KeyError, TypeError):
        return False


def _claimed(facts: Facts) -> IssuedPaper | None:
    """The paper of the register that the file says it is: by its check code, or by number and data."""
    try:
        data = json.loads(facts.payload)
        if code := data.get("check_code"):
            return _known().filter(check_code=str(code)).first()  # type: ignore[no-any-return]
        candidates = _known().filter(number=str(data["number"]))
    except (ValueError, KeyError, AttributeError):
        return None
    return next((paper for paper in candidates if _same_data(facts.payload, paper)), None)
