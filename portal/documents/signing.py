"""The one door to making signatures: PAdES B-B with P-256 keys, through pyHanko.

The order of a signed paper: `prepare` once, then `sign` for the leader with `certify=True`, then `sign` for
the seal. The first signature certifies the paper: from then on only signature fields may be filled (DocMDP
FILL_FORMS). Time stamps (B-T) and revocation data (B-LT) need a time-stamping authority: not made here.
"""

from __future__ import annotations

import functools
import io
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone

from portal.documents import keys, places, stamps
from portal.documents.fields import Unsignable, prepare
from portal.documents.keys import KeyUnavailable, certificate, fingerprint

__all__ = ["KeyUnavailable", "Unsignable", "certificate", "fingerprint", "prepare", "sign"]

# A signature with its certificate and the root's takes 1.6 KB or so. Fixed, so that nothing is signed twice only
# to learn the size.
RESERVED_BYTES = 3072


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
    """The PDF with the field signed by the key: one new revision, nothing before it is touched.

    `name` and `reason` are readable in every PDF program; `at` is written with Vietnam's offset. `appearance`
    is what readers see; by default a blue hand for a leader and the agency's red seal for a seal.
    Raises KeyUnavailable, Unsignable, fonts.FontMissing.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - 0.4 s to import
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415
    from pyhanko.sign.general import SigningError  # noqa: PLC0415
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata  # noqa: PLC0415

    drawing = appearance or _appearance(field, name)
    signer = _signer(keys.key(key_id))
    meta = PdfSignatureMetadata(field_name=field, name=name, reason=reason, **_profile(certify=certify))
    out = io.BytesIO(pdf)
    try:
        writer = IncrementalPdfFileWriter(out)
        _session(meta, signer, drawing, at).sign_pdf(
            writer, existing_fields_only=True, bytes_reserved=RESERVED_BYTES, in_place=True
        )
    except (PdfError, SigningError) as error:
        raise Unsignable(str(error)) from error
    return out.getvalue()


def _profile(*, certify: bool) -> dict[str, Any]:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415 - as above

    profile = {"md_algorithm": "sha256", "subfilter": SigSeedSubFilter.PADES}
    return profile | ({"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS} if certify else {})


def _appearance(field: str, name: str) -> stamps.Drawing:
    return stamps.seal(name, settings.CITY_NAME) if field == places.SEAL else stamps.hand(name)


def _session(meta: Any, signer: Any, drawing: stamps.Drawing, at: datetime) -> Any:
    """pyHanko's signer of one document, told the time: by itself it takes the machine's clock and zone."""
    from pyhanko.sign.signers.pdf_signer import PdfSigner  # noqa: PLC0415 - as above

    class At(PdfSigner):
        def init_signing_session(self, *args: Any, **options: Any) -> Any:
            session = super().init_signing_session(*args, **options)
            session.system_time = timezone.localtime(at)
            return session

    return At(meta, signer=signer, stamp_style=_style(drawing))


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
            return key.secret.sign(data, ec.ECDSA(hashes.SHA256()))

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
