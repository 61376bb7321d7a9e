"""Attacks on what proves a B-LTA file: its time stamps, its revocation data, and the room that both may be added in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import override_settings
from pyhanko.pdf_utils.generic import DictionaryObject, NameObject, StreamObject
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from portal.documents import authority, evidence, signing
from tests.portal.documents.attacks.bench import TEXT, gaps, replaced, with_gap
from tests.portal.documents.conftest import AT, KEYS, sign_both

LATER = "bytes_after_last_signature"


@dataclass(frozen=True)
class Bench:
    """A good B-LTA file (`signed`, and `other`), its unsigned print, our authority and one that nobody trusts."""

    signed: bytes
    other: bytes
    drawn: bytes
    ours: Any
    theirs: Any

    @property
    def stranger(self) -> dict[str, Any]:
        """The settings of somebody who has his papers stamped by the other authority."""
        return {"TSA_URL": f"{self.theirs.base}/tsa", "TSA_TRUST_ROOTS": self.theirs.folder / "roots.pem"}

    def sign(self, **changes: Any) -> bytes:
        """Signed as the portal does, by somebody who does not care what the authorities answer."""
        with self.careless(**changes):
            return sign_both(self.drawn)

    @contextmanager
    def careless(self, **changes: Any) -> Iterator[None]:
        evidence.forget()
        with (
            override_settings(**self.ours.settings(REVOCATION_ADDRESSES=["http://127.0.0.1:"], **changes)),
            mock.patch.object(evidence, "_judge"),
            mock.patch.object(evidence, "_authority", _anybody),
            mock.patch.object(signing, "TOLERANCE", timedelta(days=9999)),
        ):
            yield
        evidence.forget()


async def _anybody(signed: Any, _digest: bytes, _roots: bytes, _known: Any) -> Any:
    return tuple(evidence._der(one.chosen) for one in signed["certificates"])


def build(drawn: bytes, ours: Any, theirs: Any) -> Bench:
    for each in (ours, theirs):
        each.ensure(KEYS | {"gone": KEYS["leader"]})
        each.set_clock(AT)
    bench = Bench(b"", b"", drawn, ours, theirs)
    return Bench(bench.sign(), bench.sign(), drawn, ours, theirs)


def revised(pdf: bytes, change: Callable[[Any], object]) -> bytes:
    """An incremental update by a writer that leaves the description alone, so that only `change` can be at fault."""
    out = io.BytesIO(pdf)
    writer = signing._writer(out)
    change(writer)
    writer.write_in_place()
    return out.getvalue()


ATTACKS: dict[str, tuple[Callable[[Bench], bytes], set[str]]] = {}


def attack(*reasons: str) -> Any:
    def added(make: Callable[[Bench], bytes]) -> Callable[[Bench], bytes]:
        ATTACKS[make.__name__] = (make, set(reasons))
        return make

    return added


# ── Stripped ──────────────────────────────────────────────────────────────────────────────────────
def without_archive(pdf: bytes) -> bytes:
    """Cut back to the seal's revision."""
    end = pdf.rindex(b"startxref", 0, pdf.rindex(b"/ByteRange"))
    return pdf[: pdf.index(b"%%EOF", end) + 6]


def with_envelope(pdf: bytes, which: int, change: Callable[[Any], object]) -> bytes:
    """The envelope of one signature written anew, where no range of its own covers it."""
    start, end = gaps(pdf)[which]
    envelope = cms.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()).rstrip(b"\0"))
    change(envelope["content"])
    return with_gap(pdf, which, envelope.dump(force=True).hex().encode().ljust(end - start, b"0"))


def _unstamped(signed: Any) -> None:
    signed["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([])


@attack("time_stamp_missing")
def archive_stamp_cut_off(bench: Bench) -> bytes:
    return without_archive(bench.signed)


@attack("content_changed")
def stamp_of_the_seal_removed(bench: Bench) -> bytes:
    return with_envelope(bench.signed, 1, _unstamped)


@attack("time_stamp_missing")
def every_stamp_after_the_leaders_removed(bench: Bench) -> bytes:
    return with_envelope(without_archive(bench.signed), 1, _unstamped)


@attack("time_stamp_missing", "revocation_data_missing")
def signed_at_a_weaker_level(bench: Bench) -> bytes:
    return bench.sign(SIGNING_LEVEL="B-B")


@attack("revocation_data_missing")
def signed_without_revocation_data(bench: Bench) -> bytes:
    with mock.patch.object(signing, "_keep"):
        return bench.sign()


@attack(LATER)
def security_store_removed(bench: Bench) -> bytes:
    def change(writer: Any) -> None:
        del writer.root["/DSS"]
        writer.update_root()

    return revised(bench.signed, change)


# ── Wrong stamps ──────────────────────────────────────────────────────────────────────────────────
@attack("time_stamp_not_trusted")
def stamped_by_an_authority_nobody_trusts(bench: Bench) -> bytes:
    return bench.sign(**bench.stranger)


@attack("time_stamp_not_trusted")
def archive_stamp_of_a_stranger_on_top(bench: Bench) -> bytes:
    with bench.careless(**bench.stranger), mock.patch.object(signing, "_keep"):
        return signing.renew(bench.signed, at=AT)


@attack("time_stamp_not_trusted")
def stamped_by_an_authority_that_had_ended(bench: Bench) -> bytes:
    path = bench.ours.folder / "services" / "tsa.p12"
    kept = path.read_bytes()
    path.unlink()
    bench.ours.ensure({}, at=AT - timedelta(days=365 * (authority.LEAF_YEARS + 1)))
    bench.ours.server.authority.__dict__.pop("_stamps", None)
    try:
        return bench.sign()
    finally:
        path.write_bytes(kept)
        bench.ours.server.authority.__dict__.pop("_stamps", None)


@attack("time_stamp_not_trusted")
def stamp_of_another_signature(bench: Bench) -> bytes:
    start, end = gaps(bench.other)[1]
    other = cms.ContentInfo.load(bytes.fromhex(bench.other[start:end].decode()).rstrip(b"\0"))
    token = other["content"]["signer_infos"][0]["unsigned_attrs"]

    def change(signed: Any) -> None:
        signed["signer_infos"][0]["unsigned_attrs"] = token

    return with_envelope(without_archive(bench.signed), 1, change)


@attack("content_changed")
def archive_stamp_of_another_file(bench: Bench) -> bytes:
    start, end = gaps(bench.other)[2]
    room = gaps(bench.signed)[2]
    return with_gap(
        bench.signed, 2, bench.other[start:end].ljust(room[1] - room[0], b"0")[: room[1] - room[0]]
    )


@attack("signed_at_another_time")
def backdated_and_stamped_today(bench: Bench) -> bytes:
    bench.ours.set_clock(AT + timedelta(days=5))
    try:
        return bench.sign()
    finally:
        bench.ours.set_clock(AT)


# ── Wrong signers ─────────────────────────────────────────────────────────────────────────────────
@attack("signer_revoked")
def signed_by_a_revoked_key(bench: Bench) -> bytes:
    """The true leader's certificate, a day after it was revoked."""
    bench.ours.revoke("leader", at=AT - timedelta(days=1))
    try:
        return bench.sign()
    finally:
        (bench.ours.folder / "revoked.json").unlink()
        evidence.forget()


# ── In the envelope ───────────────────────────────────────────────────────────────────────────────
def _smuggled(bench: Bench) -> Callable[[Any], None]:
    certificate, _key = authority.load(bench.theirs.folder / "gone.p12", "tests")

    def change(signed: Any) -> None:
        more = cms.CertificateChoices.load(certificate.public_bytes(Encoding.DER))
        signed["certificates"] = cms.CertificateSet([*(one for one in signed["certificates"]), more])

    return change


@attack("content_changed", "time_stamp_missing")
def certificate_of_a_stranger_in_the_envelope(bench: Bench) -> bytes:
    return with_envelope(_roomier(bench), 1, _smuggled(bench))


def _roomier(bench: Bench) -> bytes:
    with mock.patch.object(signing, "ROOM", 4096):
        return without_archive(bench.sign())


# ── In the security store ─────────────────────────────────────────────────────────────────────────
def _stored(writer: Any, content: bytes) -> None:
    store = writer.root["/DSS"]
    store["/Certs"].append(writer.add_object(StreamObject(stream_data=content)))
    writer.update_container(store["/Certs"])


def _known(bench: Bench, key_id: str = "leader") -> bytes:
    certificate, _key = authority.load(bench.ours.folder / f"{key_id}.p12", "tests")
    content: bytes = certificate.public_bytes(Encoding.DER)
    return content


@attack(LATER)
def rubbish_in_the_security_store(bench: Bench) -> bytes:
    return revised(bench.signed, lambda writer: _stored(writer, b"<script>alert(1)</script>"))


@attack(LATER)
def certificate_of_a_stranger_in_the_security_store(bench: Bench) -> bytes:
    certificate, _key = authority.load(bench.theirs.folder / "gone.p12", "tests")
    return revised(bench.signed, lambda writer: _stored(writer, certificate.public_bytes(Encoding.DER)))


@attack(LATER)
def bytes_behind_a_certificate_in_the_security_store(bench: Bench) -> bytes:
    return revised(bench.signed, lambda writer: _stored(writer, _known(bench) + b"MZ hidden"))


@attack(LATER)
def object_that_nothing_uses_beside_the_security_store(bench: Bench) -> bytes:
    def change(writer: Any) -> None:
        _stored(writer, _known(bench))
        writer.add_object(StreamObject(stream_data=b"0 0 300 300 re f"))

    return revised(bench.signed, change)


@attack(LATER)
def strange_key_in_the_security_store(bench: Bench) -> bytes:
    def change(writer: Any) -> None:
        writer.root["/DSS"][NameObject("/Note")] = TEXT("Đã thay thế")
        writer.update_container(writer.root["/DSS"])

    return revised(bench.signed, change)


@attack(LATER)
def other_description_beside_the_security_store(bench: Bench) -> bytes:
    def change(writer: Any) -> None:
        _stored(writer, _known(bench))
        replaced(writer, writer.prev.root.raw_get("/Metadata"), b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")

    return revised(bench.signed, change)


@attack(LATER)
def words_between_the_objects(bench: Bench) -> bytes:
    good = revised(bench.signed, lambda writer: _stored(writer, _known(bench)))
    return good + b"% not what was signed\n"


@attack(LATER)
def extension_announced_beside_the_security_store(bench: Bench) -> bytes:
    def change(writer: Any) -> None:
        _stored(writer, _known(bench))
        writer.root[NameObject("/Extensions")] = DictionaryObject({NameObject("/X"): TEXT("x")})
        writer.update_root()

    return revised(bench.signed, change)


@attack("signature_fields_differ")
def empty_field_under_a_true_stamp(bench: Bench) -> bytes:
    out = io.BytesIO(
        revised(bench.signed, lambda writer: append_signature_field(writer, SigFieldSpec("third")))
    )
    with bench.careless():
        return signing.renew(out.getvalue(), at=AT)


@attack(LATER)
def page_redrawn_under_a_true_stamp(bench: Bench) -> bytes:
    def change(writer: Any) -> None:
        writer.add_stream_to_page(0, writer.add_object(StreamObject(stream_data=b"0 0 300 300 re f")))

    with bench.careless():
        return signing.renew(revised(bench.signed, change), at=AT)


# ── What is good ──────────────────────────────────────────────────────────────────────────────────
def good(bench: Bench) -> dict[str, bytes]:
    """Files that pass by the full policy: the same paper signed again, and its evidence added to."""
    with bench.careless():
        renewed = signing.renew(bench.other, at=AT)
        twice = signing.renew(renewed, at=AT)
    return {
        "signed again": bench.other,
        "renewed": renewed,
        "renewed twice": twice,
        "a certificate more": revised(bench.other, lambda writer: _stored(writer, _known(bench))),
        "a certificate more, renewed before": revised(renewed, lambda writer: _stored(writer, _known(bench))),
        "the root itself": revised(bench.other, lambda writer: _stored(writer, _known(bench, "ca"))),
        "the authority's": revised(
            bench.other, lambda writer: _stored(writer, _known(bench, "services/tsa"))
        ),
    }
