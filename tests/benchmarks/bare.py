"""The same document by the libraries alone: WeasyPrint and pyHanko as their manuals use them, nothing of the portal.

What can be kept is kept, as in the portal: font map and style sheet, open keys, the authority's answers (OCSP, CRL)
and its connection. The HTML lies ready. No row is read, nothing stored, and the signatures look as ours do.
"""

from __future__ import annotations

import io
import logging
from typing import Any
from unittest import mock

from django.conf import settings

from portal.documents import evidence, keys, places, render, signing, stamps

# That it may not fetch anything is what we want, and is told each time.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)


def page(result: Any) -> tuple[str, list[Any]]:
    """What is drawn of a result: its HTML, and its data to be attached."""
    from procedures.results import issuing  # noqa: PLC0415

    asked: list[Any] = []
    with mock.patch.object(render, "_draw", lambda *given: asked.append(given) or b""):
        issuing._draw(result)
    [(text, _css, attachments, dated)] = asked
    return text, [(attachment, dated) for attachment in attachments]


def draw(text: str, attachments: list[Any]) -> bytes:
    import weasyprint  # noqa: PLC0415

    press = render._press()
    content: bytes = weasyprint.HTML(string=text, url_fetcher=press.fetcher).write_pdf(
        stylesheets=[press.stylesheet],
        font_config=press.font_config,
        pdf_variant=render.VARIANT,
        attachments=[render._attachment(*each) for each in attachments],
    )
    return content


def sign(pdf: bytes, result: Any, *, at: Any) -> bytes:
    """The fields and the leader's signature in one revision, then the agency's seal, at `SIGNING_LEVEL`."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field  # noqa: PLC0415

    leader, agency = result.approved_by, result.dossier.agency
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    block = (0, places.FALLBACK_LEFT * places.MM, 400.0)
    for role, place in (("leader", places.leader_at(*block)), ("seal", places.seal_at(*block))):
        append_signature_field(writer, SigFieldSpec(role, on_page=place.page, box=tuple(map(int, place.box))))
    out = _signed(writer, leader.signing_key, "leader", leader.full_name, stamps.hand(leader.full_name), at)
    seal = stamps.seal(agency.name, settings.CITY_NAME)
    signed = _signed(IncrementalPdfFileWriter(out), agency.seal_key, "seal", agency.name, seal, at)
    return bytes(signed.getvalue())


def _signed(writer: Any, key_id: str, field: str, name: str, drawing: Any, at: Any) -> Any:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner  # noqa: PLC0415

    key, more, stamper = keys.key(key_id), {}, None
    if settings.SIGNING_LEVEL == signing.B_LTA:
        stamper = evidence.stamper().prepared()
        more = {"embed_validation_info": True, "validation_context": _context(key, stamper, at)}
        more |= {"use_pades_lta": field == "seal"}
    meta = PdfSignatureMetadata(
        field_name=field,
        name=name,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=field == "leader",
        docmdp_permissions=MDPPerm.FILL_FORMS,
        **more,
    )
    signer = PdfSigner(meta, signer=_signer(key), timestamper=stamper, stamp_style=signing._style(drawing))
    return signer.sign_pdf(writer, existing_fields_only=True)


_signers: dict[Any, Any] = {}


def _signer(key: Any) -> Any:
    """pyHanko's own, with a key that stays open."""
    from pyhanko.sign.signers.pdf_cms import Signer  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    class Open(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return bytes(key.sign(data))

    if key not in _signers:
        store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([evidence.plain(one) for one in key.chain])
        _signers[key] = Open(signing_cert=evidence.plain(key.certificate), cert_registry=store)
    return _signers[key]


def _context(key: Any, stamper: Any, at: Any) -> Any:
    """pyHanko asks nobody: what the authorities said is in it already."""
    chains = [(key.certificate, *key.chain), *stamper.chains]
    proofs = [evidence.proof(chain, at=at) for chain in chains]
    roots = settings.SIGNING_TRUST_ROOTS.read_bytes()
    return evidence._context(
        roots,
        other_certs=[evidence.plain(one) for chain in chains for one in chain],
        ocsps=[each for one in proofs for each in one.ocsps],
        crls=[each for one in proofs for each in one.crls],
    )
