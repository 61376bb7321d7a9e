"""One signature or time stamp of a PDF, judged with what the file itself holds and the roots that we trust."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .evidence import Evidence, issued, loaded
from .facts import Signature, Stamp


@dataclass(frozen=True, slots=True)
class Judge:
    """`roots` stand above signers, `stamp_roots` above time-stamping authorities; `evidence` is the file's own."""

    roots: list[Any]
    stamp_roots: list[Any]
    evidence: Evidence
    compare: bool

    def signature(self, embedded: Any) -> Signature:
        from pyhanko.sign.fields import MDPPerm  # noqa: PLC0415 - heavy; most checks need only a hash
        from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415

        certificate, claimed = embedded.signer_cert, embedded.self_reported_timestamp
        stamp, stamped_at = self._stamp_of(embedded)
        status, revocation = self._status(embedded, stamped_at or claimed or datetime.now(UTC))
        return Signature(
            field=embedded.field_name,
            certificate=hashlib.sha256(certificate.dump()).hexdigest(),
            signer=_common_name(certificate),
            intact=bool(status.intact and status.valid) and nothing_beside(embedded),
            trusted=bool(status.trusted),
            permitted=not self.compare or bool(status.docmdp_ok),
            last=embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE,
            certifies=embedded.docmdp_level == MDPPerm.FILL_FORMS,
            signed_at=_iso(claimed),
            expires=certificate.not_valid_after.isoformat(),
            stamp=stamp,
            stamped_at=_iso(stamped_at),
            revocation=revocation,
        )

    def stamp(self, embedded: Any) -> Stamp:
        """An archive time stamp (ETSI.RFC3161), judged at its own time."""
        from pyhanko.sign.validation import validate_pdf_timestamp  # noqa: PLC0415 - as above
        from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415

        at = _time_of(embedded.signed_data)
        status = validate_pdf_timestamp(embedded, self._context(self.stamp_roots, at), skip_diff=True)
        return Stamp(
            field=embedded.field_name,
            authority=_common_name(embedded.signer_cert),
            at=_iso(at),
            expires=embedded.signer_cert.not_valid_after.isoformat(),
            intact=bool(status.intact and status.valid) and nothing_beside(embedded),
            trusted=bool(status.trusted),
            last=embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        )

    def _stamp_of(self, embedded: Any) -> tuple[str, datetime | None]:
        """What the signature's own time stamp is worth, and its time when it is trusted."""
        import asyncio  # noqa: PLC0415 - as above

        from pyhanko.sign.validation import generic_cms  # noqa: PLC0415

        token = next(generic_cms.extract_tst_data_iter(embedded.signer_info, signed=False), None)
        if token is None:
            return "", None
        at = _time_of(token)

        def stamped(algorithm: str) -> bytes:
            return hashlib.new(algorithm, embedded.signer_info["signature"].native).digest()

        context = self._context(self.stamp_roots, at)
        found = asyncio.run(generic_cms.validate_tst_signed_data(token, context, stamped))
        good = found["intact"] and found["valid"] and found["trust_problem_indic"] is None
        return ("trusted", at) if good else ("bad", None)

    def _status(self, embedded: Any, moment: datetime) -> tuple[Any, str]:
        """pyHanko's verdict for the moment; what is known of revocation then."""
        status = self._validated(embedded, self._context(self.roots, moment))
        if status.revoked:
            return status, "revoked"
        if not self.evidence:
            return status, "unknown"
        if status.trusted:
            return status, "good"
        return self._validated(embedded, self._context(self.roots, moment, required=False)), "unknown"

    def _validated(self, embedded: Any, context: Any) -> Any:
        from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415 - as above

        # Its own time stamp was judged already; here any will do.
        return validate_pdf_signature(
            embedded, context, ts_validation_context=context, skip_diff=not self.compare
        )

    def _context(self, roots: list[Any], moment: datetime, *, required: bool = True) -> Any:
        """Only our roots, nothing fetched: an address inside a stranger's certificate is never called.

        Where the file holds revocation data, it has to suffice.
        """
        from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415 - as above

        return ValidationContext(
            trust_roots=roots,
            moment=moment,
            allow_fetching=False,
            revocation_mode="require" if required and self.evidence else "soft-fail",
            retroactive_revinfo=True,
            other_certs=self.evidence.certificates,
            ocsps=self.evidence.ocsps,
            crls=self.evidence.crls,
        )


def nothing_beside(embedded: Any) -> bool:
    """Is nothing in the room of the signature but the signature? No signed range covers that room: whatever lay
    there, behind the value, among its unsigned attributes (one time stamp apart) or beside the certificates that
    it needs, would travel under our seal.
    """
    from asn1crypto import parser  # type: ignore[import-untyped] # noqa: PLC0415 - as above

    room = bytes(embedded.pkcs7_content)
    if room[parser.peek(room) :].strip(b"\0"):
        return False
    unsigned = list(embedded.signer_info["unsigned_attrs"] or ())
    if any(one["type"].native != "signature_time_stamp_token" or len(one["values"]) != 1 for one in unsigned):
        return False
    tokens = [one["values"][0]["content"] for one in unsigned]
    return len(tokens) <= 1 and _only_its_own(embedded.signed_data) and all(map(_bare, tokens))


def _bare(token: Any) -> bool:
    """A time stamp with nothing of its own beside it."""
    return not list(token["signer_infos"][0]["unsigned_attrs"] or ()) and _only_its_own(token)


def _only_its_own(signed: Any) -> bool:
    """The envelope's certificates are the signer's and those that really stand above it; it has no other lists."""
    from pyhanko.sign.validation.generic_cms import extract_certs_for_validation  # noqa: PLC0415 - as above

    if signed["crls"].native or len(signed["signer_infos"]) != 1:
        return False
    certificates = extract_certs_for_validation(signed)
    inside = [loaded(one.dump()) for one in (certificates.signer_cert, *certificates.other_certs)]
    own, rest = inside[0], inside[1:]
    while rest:
        above = next((one for one in rest if issued(own, one)), None)
        if above is None:
            return False
        rest.remove(above)
        own = above
    return not list(certificates.attribute_certs)


def _time_of(token: Any) -> datetime:
    at: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return at


def _common_name(certificate: Any) -> str:
    return str(certificate.subject.native.get("common_name", ""))


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


def is_stamp(embedded: Any) -> bool:
    return str(embedded.sig_object_type) == "/DocTimeStamp"
