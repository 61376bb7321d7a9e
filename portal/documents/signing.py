"""The one door to making signatures: PAdES with P-256 keys, through pyHanko.

The order of a signed paper: `prepare` once, then `sign` for the leader with `certify=True`, then `sign` for
the seal. The first signature certifies the paper: from then on only signature fields may be filled (DocMDP
FILL_FORMS). Nothing writes the file's description (XMP) anew: what was signed stays as it was drawn.

`SIGNING_LEVEL` says how much proof goes with them. B-LTA: each signature carries a time stamp and, in its own
revision (DSS), what proves that its certificate and the authority's were not revoked (B-LT); behind the seal, an
archive time stamp covers the whole file (B-LTA), and `renew` puts a further one on top before the last one's
certificate ends. B-B: signatures alone.

When an authority does not answer, nothing weaker is made: `Unavailable`, within 5 seconds or so. Whoever signs
keeps its paper as it was and tries again later, with a new `at`.
"""

from __future__ import annotations

import functools
import io
import threading
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone

from portal.documents import evidence, keys, places, stamps
from portal.documents.fields import Unsignable, prepare
from portal.documents.keys import KeyUnavailable, Unavailable, certificate, fingerprint

__all__ = [
    "B_B",
    "B_LTA",
    "KeyUnavailable",
    "Unavailable",
    "Unsignable",
    "certificate",
    "fingerprint",
    "prepare",
    "proof_until",
    "renew",
    "sign",
]

B_B, B_LTA = LEVELS = ("B-B", "B-LTA")

# Room for a signature besides its certificates and its time stamp: the value (512 bytes with RSA-4096) and its
# attributes. Reckoned, so that nothing is signed twice only to learn the size.
ROOM = 1024
# The next stamp may be a little longer than the last.
SPARE = 128

# Between our clock and the authority's. A stamp further off would make a paper that verification refuses.
TOLERANCE = timedelta(minutes=5)


_LOADING = threading.Lock()


def _load() -> None:
    """Import the library, one thread after the other: its modules import one another, and half a module is none."""
    with _LOADING:
        import pyhanko.sign.signers.pdf_signer  # noqa: PLC0415 - 0.4 s to import
        import pyhanko.stamp  # noqa: F401, PLC0415


def sign(
    pdf: bytes,
    *,
    key_id: str,
    field: str,
    name: str,
    reason: str,
    at: datetime,
    certify: bool = False,
    appearance: stamps.Drawing | None = None,
) -> bytes:
    """The PDF with the field signed by the key, at `SIGNING_LEVEL`: one new revision, and behind a seal one more
    with the archive time stamp. Nothing before them is touched.

    `name` and `reason` are readable in every PDF program; `at`, the time now, is written with Vietnam's offset.
    `appearance` is what readers see; by default a blue hand for a leader and the agency's red seal for a seal.
    Raises Unavailable (KeyUnavailable is one: nothing was signed, try again later), Unsignable,
    fonts.FontMissing.
    """
    _load()
    drawing = appearance or _appearance(field, name)
    key = keys.key(key_id)
    meta = {"field_name": field, "name": name, "reason": reason, **_profile(certify=certify)}
    if settings.SIGNING_LEVEL == B_B:
        return _signed(pdf, key, meta, drawing, at, [], None)
    stamper = evidence.stamper().prepared()
    proofs = [_of_key(key, key_id, at), *_of_authority(stamper, at)]
    signed = _signed(pdf, key, meta, drawing, at, proofs, stamper)
    return _stamped(signed, [], stamper, at) if field == places.SEAL else signed


def renew(pdf: bytes, *, at: datetime) -> bytes:
    """The PDF with one more archive time stamp over all that it holds. Raises Unavailable, Unsignable."""
    stamper = evidence.stamper().prepared()
    return _stamped(pdf, _of_authority(stamper, at), stamper, at)


def proof_until() -> datetime | None:
    """When the first of the certificates ends with which the authority stamps here; None at B-B, or while unknown."""
    if settings.SIGNING_LEVEL == B_B:
        return None
    chains = evidence.stamper().chains
    return min((chain[0].not_valid_after_utc for chain in chains), default=None)


def _of_key(key: keys.Key, key_id: str, at: datetime) -> evidence.Proof:
    try:
        return evidence.proof((key.certificate, *key.chain), at=at)
    except evidence.Revoked as error:
        raise KeyUnavailable(key_id, "its certificate was revoked") from error


def _of_authority(stamper: Any, at: datetime) -> list[evidence.Proof]:
    """For each certificate with which the time-stamping authority has signed so far."""
    try:
        return [evidence.proof(chain, at=at) for chain in stamper.chains]
    except evidence.Revoked as error:
        raise Unavailable("A certificate of the time-stamping authority was revoked.") from error


def _signed(
    pdf: bytes,
    key: keys.Key,
    meta: dict[str, Any],
    drawing: stamps.Drawing,
    at: datetime,
    proofs: list[evidence.Proof],
    stamper: Any,
) -> bytes:
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415 - 0.4 s to import
    from pyhanko.sign.general import SigningError  # noqa: PLC0415
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata  # noqa: PLC0415

    out, known = io.BytesIO(pdf), stamper and stamper.chains
    room = ROOM + sum(len(one.public_bytes(Encoding.DER)) for one in (key.certificate, *key.chain))
    try:
        writer = _writer(out)
        _keep(writer, proofs)
        _session(PdfSignatureMetadata(**meta), _signer(key), drawing, at, stamper).sign_pdf(
            writer, existing_fields_only=True, bytes_reserved=2 * (room + _room(stamper)), in_place=True
        )
    except (PdfError, SigningError) as error:
        raise Unsignable(str(error)) from error
    _check(stamper, known, at)
    return out.getvalue()


def _stamped(pdf: bytes, proofs: list[evidence.Proof], stamper: Any, at: datetime) -> bytes:
    """With an archive time stamp over everything, `proofs` included."""
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415 - as above
    from pyhanko.sign.signers.pdf_signer import PdfTimeStamper  # noqa: PLC0415

    out, known = io.BytesIO(pdf), stamper.chains
    try:
        writer = _writer(out)
        _keep(writer, proofs)
        PdfTimeStamper(stamper).timestamp_pdf(
            writer, "sha256", bytes_reserved=2 * _room(stamper), in_place=True
        )
    except PdfError as error:
        raise Unsignable(str(error)) from error
    _check(stamper, known, at)
    return out.getvalue()


def _room(stamper: Any) -> int:
    return stamper.size + SPARE if stamper else 0


def _check(stamper: Any, known: Any, at: datetime) -> None:
    """The stamp just made will serve: it tells our time, and its signer was asked about. Raises Unavailable."""
    if stamper and abs(stamper.time - at) > TOLERANCE:
        raise Unavailable(f"The time stamp says {stamper.time.isoformat()}, our clock {at.isoformat()}.")
    if stamper and stamper.chain not in known:
        raise Unavailable("The time-stamping authority signs with another certificate now.")


def _writer(out: io.BytesIO) -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - as above

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """Nothing: pyHanko would write a new description into every revision."""

    return Writer(out)


def _keep(writer: Any, proofs: list[evidence.Proof]) -> None:
    """Put what is not there yet into the security store (DSS, PAdES B-LT), in the revision under way."""
    if not proofs:
        return
    from asn1crypto import crl, ocsp  # type: ignore[import-untyped] # noqa: PLC0415 - with pyHanko
    from pyhanko.sign.validation.dss import DocumentSecurityStore  # noqa: PLC0415

    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        ocsps=[ocsp.OCSPResponse.load(each) for one in proofs for each in one.ocsps],
        crls=[crl.CertificateList.load(each) for one in proofs for each in one.crls],
    )


def _profile(*, certify: bool) -> dict[str, Any]:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415 - as above

    profile = {"md_algorithm": "sha256", "subfilter": SigSeedSubFilter.PADES}
    return profile | ({"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS} if certify else {})


def _appearance(field: str, name: str) -> stamps.Drawing:
    return stamps.seal(name, settings.CITY_NAME) if field == places.SEAL else stamps.hand(name)


def _session(meta: Any, signer: Any, drawing: stamps.Drawing, at: datetime, stamper: Any) -> Any:
    """pyHanko's signer of one document, told the time: by itself it takes the machine's clock and zone."""
    from pyhanko.sign.signers.pdf_signer import PdfSigner  # noqa: PLC0415 - as above

    class At(PdfSigner):
        def init_signing_session(self, *args: Any, **options: Any) -> Any:
            session = super().init_signing_session(*args, **options)
            session.system_time = timezone.localtime(at)
            return session

    return At(meta, signer=signer, timestamper=stamper, stamp_style=_style(drawing))


def _style(drawing: stamps.Drawing) -> Any:
    """The drawing as a stamp that fills the field's box, compressed."""
    from pyhanko.stamp import BaseStamp, BaseStampStyle  # noqa: PLC0415 - as above

    class Stamp(BaseStamp):
        def render(self) -> bytes:
            across, up = self.box.width / drawing.width, self.box.height / drawing.height
            return f"q {across:.5f} 0 0 {up:.5f} 0 0 cm ".encode() + drawing.content + b" Q"

        def as_form_xobject(self) -> Any:
            stream: Any = super().as_form_xobject()
            stream.compress()
            return stream

    class Style(BaseStampStyle):
        def create_stamp(self, writer: Any, box: Any, text_params: Any) -> Any:
            return Stamp(writer=writer, style=self, box=box)

    return Style()


@functools.lru_cache(maxsize=512)
def _signer(key: keys.Key) -> Any:
    """pyHanko's signer for a key that stays open: its own one parses the key again for each signature."""
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415 - as above
    from pyhanko.sign.signers.pdf_cms import Signer  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    class Open(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return key.sign(data)

    store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain))
    own, *above = load_certs_from_pemder_data(pem)
    store.register_multiple(above)
    signer = Open(signing_cert=own, cert_registry=store)
    signer.signed_attr_prov_spec = _attributes(own)
    return signer


def _attributes(certificate: Any) -> Any:
    """What PAdES B-B signs besides type and digest: which certificate. Encoded once: each time costs 9 ms."""
    from pyhanko.sign.attributes import SignedAttributeProviderSpec, SigningCertificateV2Provider  # noqa: PLC0415
    from pyhanko.sign.general import as_signing_certificate_v2  # noqa: PLC0415

    built = as_signing_certificate_v2(certificate)
    encoded = built.dump()

    class Encoded(SigningCertificateV2Provider):
        async def build_attr_value(self, dry_run: bool = False) -> Any:
            return type(built).load(encoded)

    class Attributes(SignedAttributeProviderSpec):
        def signed_attr_providers(self, data_digest: bytes, digest_algorithm: str) -> Any:
            return [Encoded(certificate)]

    return Attributes()
