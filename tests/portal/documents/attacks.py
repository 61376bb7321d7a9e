"""Files made from a good result that must not pass, each with the verdict that it deserves.

`ATTACKS` maps a name to an `Attack`: how the file is made from a `Bench`, and what verification has to say of it.
Nobody who makes one has the signers' keys, except where the name says `signed_`.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import cms, core
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from portal.documents import authority, canonical, signing
from tests.portal.documents.conftest import AT, CODE, KEYS, NUMBER, using

TEXT = generic.TextStringObject
BLACK = b"0 0 300 300 re f"


@dataclass(frozen=True)
class Bench:
    """A good file (`signed`, and `other`, a second good one), its unsigned print, and keys to do harm with."""

    signed: bytes
    other: bytes
    drawn: bytes
    at: datetime
    keys: Path
    strangers: Path
    payload: Mapping[str, Any]

    def sign(self, pdf: bytes, **options: Any) -> bytes:
        """Signed as the portal does it: leader, then seal; `leader` and `seal` name the keys."""
        at = options.get("at", self.at)
        with using(options.get("folder", self.keys)):
            pdf = signing.prepare(pdf)
            for field in options.get("order", ("leader", "seal")):
                certify = options.get("certify", True) and field == options.get("order", ("leader",))[0]
                pdf = self.one(pdf, options.get(field, field), field, at, certify=certify)
        return pdf

    def one(self, pdf: bytes, key: str, field: str, at: datetime, *, certify: bool = False) -> bytes:
        return signing.sign(pdf, key_id=key, field=field, name="X", reason="Y", at=at, certify=certify)

    def telling(self, **changes: Any) -> bytes:
        """A page with other data inside, unsigned."""
        document = pikepdf.open(io.BytesIO(self.drawn))
        inside = canonical.dumps({**self.payload, **changes})
        del document.Root.Names.EmbeddedFiles
        document.attachments[canonical.PAYLOAD_NAME] = pikepdf.AttachedFileSpec(document, inside)
        return saved(document)


def bench(signed: bytes, drawn: bytes, claims: Mapping[str, Any], folder: Path, strangers: Path) -> Bench:
    """Everything an attack is made with. More keys are put into `folder`, which holds the authority's own."""
    more = {"twin": KEYS["leader"], "other-seal": "UBND phường Cửa Tây"}
    authority.ensure(more, folder=folder, passphrase="tests", at=AT)
    _expired(folder)
    inside = canonical.payload(
        type_code="KQ.G15.000031",
        number=NUMBER,
        check_code=CODE,
        issuer="H99.12",
        issued_on=AT.date(),
        valid_until=None,
        claims=claims,
    )
    made = Bench(signed, b"", drawn, AT, folder, strangers, json.loads(inside))
    other = made.sign(made.telling(check_code="AAAABBBBCCCC", number="1/2026/GKS"))
    return replace(made, other=other)


def _expired(folder: Path) -> None:
    """A key under our own root whose certificate ended a year before the paper."""
    root = pkcs12.load_pkcs12((folder / "ca.p12").read_bytes(), b"tests")
    before = AT - timedelta(days=365 * (authority.LEAF_YEARS + 1))
    leaf, key = authority._leaf(KEYS["leader"], root.cert.certificate, root.key, before)
    bundle = authority._bundle("expired", leaf, key, [root.cert.certificate], "tests")
    (folder / "expired.p12").write_bytes(bundle)


@dataclass(frozen=True)
class Attack:
    """`integrity`, `issuer` and `reasons` are what verification must answer; of the reasons, at least these."""

    make: Callable[[Bench], bytes]
    integrity: str
    issuer: str
    reasons: frozenset[str]


ATTACKS: dict[str, Attack] = {}


def attack(*reasons: str, integrity: str = "altered", issuer: str = "known") -> Any:
    def added(make: Callable[[Bench], bytes]) -> Callable[[Bench], bytes]:
        ATTACKS[make.__name__] = Attack(make, integrity, issuer, frozenset(reasons))
        return make

    return added


def lost(make: Callable[[Bench], bytes]) -> Callable[[Bench], bytes]:
    """So broken that nothing can be read: altered, since it was signed once; whose it was cannot be said."""
    return attack("unreadable", issuer="unknown")(make)  # type: ignore[no-any-return]


LATER = ("bytes_after_last_signature", "changed_after_signing")


# ── Tools ─────────────────────────────────────────────────────────────────────────────────────────
def saved(document: pikepdf.Pdf, **options: Any) -> bytes:
    out = io.BytesIO()
    document.save(out, **options)
    return out.getvalue()


def flipped(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def swapped(pdf: bytes, old: bytes, new: bytes, *, last: bool = False) -> bytes:
    """`old` once replaced by `new` of the same length, so that no offset moves."""
    assert len(old) == len(new)
    at = pdf.rindex(old) if last else pdf.index(old)
    return pdf[:at] + new + pdf[at + len(old) :]


def inside(pdf: bytes, find: Callable[[Any], Any]) -> int:
    """The middle of the stream to which `find` leads from the catalogue's reader."""
    reference = find(PdfFileReader(io.BytesIO(pdf)))
    start = re.search(rb"(^|\s)%d 0 obj\b" % reference.idnum, pdf)
    assert start
    begin = pdf.index(b"stream", start.end())
    return (begin + pdf.index(b"endstream", begin)) // 2


def first_page(reader: Any) -> Any:
    node = reader.root["/Pages"]
    while "/Kids" in node:
        node = node["/Kids"][0]
    return node


def contents(reader: Any) -> Any:
    return first_page(reader).raw_get("/Contents")


def a_font(reader: Any) -> Any:
    fonts = first_page(reader)["/Resources"]["/Font"]
    return fonts[next(iter(fonts))]


def font_file(reader: Any) -> Any:
    descriptor = a_font(reader)["/DescendantFonts"][0]["/FontDescriptor"]
    return descriptor.raw_get(next(key for key in descriptor if key.startswith("/FontFile")))


def specification(reader: Any) -> Any:
    node = reader.root["/Names"]["/EmbeddedFiles"]
    while "/Kids" in node:
        node = node["/Kids"][0]
    return node["/Names"][1]


def attached(reader: Any) -> Any:
    return specification(reader)["/EF"].raw_get("/F")


def revised(pdf: bytes, change: Callable[[Any], object]) -> bytes:
    """An incremental update: not one earlier byte is touched."""
    out = io.BytesIO(pdf)
    writer = IncrementalPdfFileWriter(out)
    change(writer)
    writer.write_in_place()
    return out.getvalue()


def revision(change: Callable[[Any], object], *reasons: str) -> None:
    """Register an attack that is one incremental update of the good file."""
    ATTACKS[change.__name__] = Attack(
        lambda bench: revised(bench.signed, change), "altered", "known", frozenset(reasons or LATER)
    )


def replaced(writer: Any, reference: Any, content: bytes) -> None:
    """The stream at `reference` says something else from now on."""
    stream = _again(writer, reference)
    stream._data, stream._encoded_data = content, None


def _again(writer: Any, reference: Any) -> Any:
    """The object at `reference`, to be written once more."""
    here = generic.Reference(reference.idnum, 0, writer)
    writer.mark_update(here)
    return writer.get_object(here)


def page_of(writer: Any) -> Any:
    return writer.find_page_for_modification(0)[0].get_object()


def gaps(pdf: bytes) -> list[tuple[int, int]]:
    """Where the signatures' hexadecimal digits lie, without the angle brackets, in order."""
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)", pdf)
    return [(int(upto) + 1, int(again) - 1) for _zero, upto, again, _rest in ranges]


def with_gap(pdf: bytes, which: int, digits: bytes) -> bytes:
    start, end = gaps(pdf)[which]
    assert len(digits) == end - start
    return pdf[:start] + digits + pdf[end:]


# ── One byte ──────────────────────────────────────────────────────────────────────────────────────
@attack("content_changed")
def byte_of_the_header(bench: Bench) -> bytes:
    return swapped(bench.signed, b"%PDF-1.7", b"%PDF-1.6")


@attack("content_changed")
def byte_of_the_page(bench: Bench) -> bytes:
    return flipped(bench.signed, inside(bench.signed, contents))


@attack("content_changed")
def byte_of_a_font(bench: Bench) -> bytes:
    return flipped(bench.signed, inside(bench.signed, font_file))


@attack("content_changed")
def byte_of_the_metadata(bench: Bench) -> bytes:
    return flipped(bench.signed, inside(bench.signed, lambda reader: reader.root.raw_get("/Metadata")))


@lost
def byte_of_the_attachment(bench: Bench) -> bytes:
    return flipped(bench.signed, inside(bench.signed, attached))


@attack("content_changed")
def byte_of_the_first_xref(bench: Bench) -> bytes:
    return swapped(bench.signed, b" 65535 f", b" 65534 f")


@attack("content_changed")
def byte_of_the_trailer_id(bench: Bench) -> bytes:
    at = bench.signed.rindex(b"/ID")
    return bench.signed[:at] + b"/JD" + bench.signed[at + 3 :]


@lost
def byte_of_the_last_startxref(bench: Bench) -> bytes:
    return flipped(bench.signed, bench.signed.rindex(b"startxref") + len("startxref") + 2)


@attack("content_changed", "signed_at_another_time", issuer="unknown")
def signing_time_rewritten(bench: Bench) -> bytes:
    return swapped(bench.signed, b"20261112154210", b"20251112154210", last=True)


@attack("content_changed")
def page_size_rewritten(bench: Bench) -> bytes:
    box = re.search(rb"/MediaBox \[ ?0 0 (\d)", bench.signed)
    assert box
    return flipped(bench.signed, box.start(1))


@attack("content_changed")
def reason_rewritten(bench: Bench) -> bytes:
    at = bench.signed.rindex(b"/Reason")
    return flipped(bench.signed, at + 12)


# ── The signatures' own bytes ─────────────────────────────────────────────────────────────────────
def _digit_changed(bench: Bench, which: int, at: int) -> bytes:
    start, _end = gaps(bench.signed)[which]
    digit = bench.signed[start + at : start + at + 1]
    return bench.signed[: start + at] + (b"0" if digit != b"0" else b"1") + bench.signed[start + at + 1 :]


def _value_digit(bench: Bench, which: int) -> int:
    """The last digit of the signature value, just before the zeros that fill the room up."""
    start, end = gaps(bench.signed)[which]
    return len(bench.signed[start:end].rstrip(b"0")) - 1


@attack("content_changed")
def digit_of_the_leaders_signature(bench: Bench) -> bytes:
    return _digit_changed(bench, 0, _value_digit(bench, 0))


@attack("content_changed")
def digit_of_the_seals_signature(bench: Bench) -> bytes:
    return _digit_changed(bench, 1, _value_digit(bench, 1))


@lost
def signature_of_zeros(bench: Bench) -> bytes:
    start, end = gaps(bench.signed)[1]
    return with_gap(bench.signed, 1, b"0" * (end - start))


@attack("content_changed")
def data_hidden_behind_the_signature(bench: Bench) -> bytes:
    """The room that a signature does not fill is outside of every signed range."""
    start, end = gaps(bench.signed)[1]
    hidden = b"MZ hidden in the padding".hex().encode()
    return with_gap(bench.signed, 1, bench.signed[start : end - len(hidden)] + hidden)


@attack("content_changed")
def data_hidden_among_unsigned_attributes(bench: Bench) -> bytes:
    """The signature's envelope has a place of its own that the signature does not cover."""
    start, end = gaps(bench.signed)[1]
    envelope = cms.ContentInfo.load(bytes.fromhex(bench.signed[start:end].decode()))
    hidden = {"type": "1.2.3.4", "values": [core.OctetString(b"MZ hidden")]}
    signer = envelope["content"]["signer_infos"][0]
    signer["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute(hidden)])
    digits = envelope.dump(force=True).hex().encode()
    return with_gap(bench.signed, 1, digits.ljust(end - start, b"0"))


@attack("content_changed", "signer_not_registered", issuer="unknown")
def signatures_exchanged_in_place(bench: Bench) -> bytes:
    (a, b), (c, d) = gaps(bench.signed)
    first, second = bench.signed[a:b], bench.signed[c:d]
    return with_gap(with_gap(bench.signed, 0, second), 1, first)


@attack("content_changed")
def signatures_of_another_paper(bench: Bench) -> bytes:
    forged = bench.signed
    for which, (start, end) in enumerate(gaps(bench.other)):
        forged = with_gap(forged, which, bench.other[start:end])
    return forged


# ── ByteRange and wrapping ────────────────────────────────────────────────────────────────────────
def _range(pdf: bytes, which: int, numbers: Callable[[list[int]], list[int]]) -> bytes:
    """The ByteRange with other numbers, padded to its old length."""
    found = list(re.finditer(rb"/ByteRange\s*\[([\d ]+)\]", pdf))[which]
    made = b" ".join(b"%d" % n for n in numbers([int(n) for n in found[1].split()]))
    assert len(made) <= len(found[1])
    return pdf[: found.start(1)] + made.ljust(len(found[1])) + pdf[found.end(1) :]


@attack("content_changed")
def byte_range_shortened(bench: Bench) -> bytes:
    return _range(bench.signed, 1, lambda n: [n[0], n[1], n[2], n[3] - 20])


@attack("content_changed")
def byte_range_of_the_leader_stretched(bench: Bench) -> bytes:
    return _range(bench.signed, 0, lambda n: [n[0], n[1], n[2], n[3] + 20])


@attack("content_changed")
def byte_range_without_the_beginning(bench: Bench) -> bytes:
    return _range(bench.signed, 1, lambda n: [9, n[1] - 9, n[2], n[3]])


@attack("content_changed")
def byte_range_with_a_wider_gap(bench: Bench) -> bytes:
    return _range(bench.signed, 1, lambda n: [n[0], n[1] - 30, n[2], n[3]])


@lost
def byte_range_missing(bench: Bench) -> bytes:
    return swapped(bench.signed, b"/ByteRange", b"/ByteRanje", last=True)


def _wrapped(bench: Bench, inserted: bytes) -> bytes:
    """Close the signature's string early and go on in the unsigned gap."""
    start, end = gaps(bench.signed)[1]
    digits = bench.signed[start:end].rstrip(b"0") + b"00"
    wrapped = digits + b">" + inserted + b"<"
    return with_gap(bench.signed, 1, wrapped + b"0" * (end - start - len(wrapped)))


@attack(*LATER)
def key_in_the_gap(bench: Bench) -> bytes:
    return _wrapped(bench, b"/Location(Ha Noi)/Padding ")


@lost
def second_byte_range_in_the_gap(bench: Bench) -> bytes:
    return _wrapped(bench, b"/ByteRange[0 10 20 30]/Padding ")


@lost
def wrapped_with_its_tail_moved(bench: Bench) -> bytes:
    """What was signed after the gap is moved back; something of the attacker's stands between."""
    _start, end = gaps(bench.signed)[1]
    evil = b" 900 0 obj<</Type/Catalog>>endobj "
    moved = bench.signed[: end + 1] + evil + bench.signed[end + 1 :]
    return _range(moved, 1, lambda n: [n[0], n[1], n[2] + len(evil), n[3]])


# ── Cut and glued ─────────────────────────────────────────────────────────────────────────────────
@attack("signature_fields_differ")
def cut_back_to_the_first_signature(bench: Bench) -> bytes:
    end = bench.signed.rindex(b"startxref", 0, bench.signed.rindex(b"/ByteRange"))
    return bench.signed[: bench.signed.index(b"%%EOF", end) + 6]


@lost
def cut_in_half(bench: Bench) -> bytes:
    end = bench.signed.rindex(b"/ByteRange")
    return bench.signed[: end + 40]


@lost
def last_bytes_cut_off(bench: Bench) -> bytes:
    return bench.signed[:-12]


@lost
def garbage_before_the_header(bench: Bench) -> bytes:
    return b"GIF89a; " * 4 + bench.signed


@attack("bytes_after_last_signature")
def line_after_the_end(bench: Bench) -> bytes:
    return bench.signed + b"\n"


@attack("bytes_after_last_signature")
def page_of_html_after_the_end(bench: Bench) -> bytes:
    return bench.signed + b"<script>alert(1)</script>\n"


@lost
def another_pdf_after_the_end(bench: Bench) -> bytes:
    return bench.signed + bench.drawn


@attack("signature_fields_differ", "signer_not_trusted", issuer="unknown")
def printed_again_without_signatures(bench: Bench) -> bytes:
    return bench.drawn


@attack("content_changed")
def saved_as_a_whole_by_an_editor(bench: Bench) -> bytes:
    return saved(pikepdf.open(io.BytesIO(bench.signed)))


@attack("signature_fields_differ", "signer_not_trusted", issuer="unknown")
def signatures_removed_by_an_editor(bench: Bench) -> bytes:
    document = pikepdf.open(io.BytesIO(bench.signed))
    for field in document.Root.AcroForm.Fields:
        del field.V
    return saved(document)


# ── Incremental updates ───────────────────────────────────────────────────────────────────────────
def _annotated(writer: Any, **entries: Any) -> None:
    made = {
        "Type": NameObject("/Annot"),
        "Rect": ArrayObject(NumberObject(n) for n in (50, 50, 300, 90)),
    } | entries
    annotation = writer.add_object(DictionaryObject({NameObject(f"/{key}"): v for key, v in made.items()}))
    page = page_of(writer)
    page[NameObject("/Annots")] = ArrayObject([*page.get("/Annots", []), annotation])
    writer.update_container(page)


def note_on_the_page(writer: Any) -> None:
    _annotated(writer, Subtype=NameObject("/FreeText"), Contents=TEXT("2000"), DA=TEXT("/F 9 Tf"))


def link_on_the_page(writer: Any) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TEXT("http://x/")})
    _annotated(writer, Subtype=NameObject("/Link"), A=action)


def redrawn_page(writer: Any) -> None:
    writer.add_stream_to_page(0, writer.add_object(StreamObject(stream_data=BLACK)))


def rewritten_content_stream(writer: Any) -> None:
    replaced(writer, contents(writer.prev), BLACK)


def added_page(writer: Any) -> None:
    pages = writer.root["/Pages"]
    page = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Page"),
            NameObject("/Parent"): writer.root.raw_get("/Pages"),
            NameObject("/MediaBox"): ArrayObject(NumberObject(n) for n in (0, 0, 595, 842)),
        }
    )
    pages["/Kids"].append(writer.add_object(page))
    pages[NameObject("/Count")] = NumberObject(int(pages["/Count"]) + 1)
    writer.update_container(pages)


def removed_page(writer: Any) -> None:
    pages = writer.root["/Pages"]
    pages[NameObject("/Kids")] = ArrayObject()
    pages[NameObject("/Count")] = NumberObject(0)
    writer.update_container(pages)


def other_font(writer: Any) -> None:
    font = a_font(writer.prev)
    _again(writer, font.container_ref)[NameObject("/BaseFont")] = NameObject("/Courier")


def other_letters(writer: Any) -> None:
    """The font's own outlines: the same codes show other letters."""
    replaced(writer, font_file(writer.prev), b"not the font that was signed")


def form_field_with_a_value(writer: Any) -> None:
    field = DictionaryObject(
        {NameObject("/FT"): NameObject("/Tx"), NameObject("/T"): TEXT("name"), NameObject("/V"): TEXT("X")}
    )
    form = writer.root["/AcroForm"]
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form["/Fields"])
    writer.update_root()


def empty_signature_field(writer: Any) -> None:
    append_signature_field(writer, SigFieldSpec("third"))


def _in_the_catalogue(writer: Any, key: str, value: Any) -> None:
    writer.root[NameObject(key)] = value
    writer.update_root()


def _script() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TEXT("app.alert(1)")}
    )


def script_at_opening(writer: Any) -> None:
    _in_the_catalogue(writer, "/OpenAction", _script())


def script_by_name(writer: Any) -> None:
    names = ArrayObject([TEXT("x"), writer.add_object(_script())])
    writer.root["/Names"][NameObject("/JavaScript")] = DictionaryObject({NameObject("/Names"): names})
    writer.update_container(writer.root["/Names"])


def script_on_the_page(writer: Any) -> None:
    page = page_of(writer)
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): _script()})
    writer.update_container(page)


def optional_content(writer: Any) -> None:
    """A layer that is shown to some and hidden from others."""
    layer = writer.add_object(
        DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TEXT("x")})
    )
    order = DictionaryObject({NameObject("/OFF"): ArrayObject([layer])})
    value = DictionaryObject({NameObject("/OCGs"): ArrayObject([layer]), NameObject("/D"): order})
    _in_the_catalogue(writer, "/OCProperties", value)


def catalogue_overridden(writer: Any) -> None:
    """Another tree of pages under the catalogue."""
    empty = {"/Type": NameObject("/Pages"), "/Kids": ArrayObject(), "/Count": NumberObject(0)}
    pages = DictionaryObject({NameObject(key): value for key, value in empty.items()})
    _in_the_catalogue(writer, "/Pages", writer.add_object(pages))


def language_overridden(writer: Any) -> None:
    _in_the_catalogue(writer, "/Lang", TEXT("en"))


def attachment_replaced(writer: Any) -> None:
    replaced(writer, attached(writer.prev), b'{"schema": "urn:motcua:x", "number": "1"}')


def attachment_removed(writer: Any) -> None:
    del writer.root["/Names"]["/EmbeddedFiles"]
    writer.update_container(writer.root["/Names"])


def attachment_added(writer: Any) -> None:
    stream = writer.add_object(StreamObject({NameObject("/Type"): NameObject("/EmbeddedFile")}, b"evil"))
    held = DictionaryObject({NameObject("/F"): stream})
    made = {"/Type": NameObject("/Filespec"), "/F": TEXT("zz.exe"), "/EF": held}
    file = writer.add_object(DictionaryObject({NameObject(key): value for key, value in made.items()}))
    tree = writer.root["/Names"]["/EmbeddedFiles"]
    tree["/Names"].extend([TEXT("zz.exe"), file])
    writer.update_container(tree["/Names"])


def signature_taken_out(writer: Any) -> None:
    del _field(writer, 1)["/V"]
    writer.update_container(_field(writer, 1))


def signatures_exchanged(writer: Any) -> None:
    leader, seal = _field(writer, 0), _field(writer, 1)
    first, second = leader.raw_get("/V"), seal.raw_get("/V")
    leader[NameObject("/V")], seal[NameObject("/V")] = second, first
    writer.update_container(leader)
    writer.update_container(seal)


def seal_moved(writer: Any) -> None:
    _field(writer, 1)[NameObject("/Rect")] = ArrayObject(NumberObject(n) for n in (0, 0, 99, 99))
    writer.update_container(_field(writer, 1))


def seal_redrawn(writer: Any) -> None:
    replaced(writer, _field(writer.prev, 1)["/AP"].raw_get("/N"), BLACK)


def _field(writer: Any, at: int) -> Any:
    return writer.root["/AcroForm"]["/Fields"][at]


def security_store_added(writer: Any) -> None:
    """What a long-term archive adds (DSS): harmless, and still not the file that was issued."""
    _in_the_catalogue(writer, "/DSS", DictionaryObject({NameObject("/Certs"): ArrayObject()}))


for each in (
    *(note_on_the_page, link_on_the_page, redrawn_page, rewritten_content_stream, added_page, removed_page),
    *(other_font, other_letters, form_field_with_a_value, script_at_opening, script_by_name),
    *(script_on_the_page, optional_content, catalogue_overridden, language_overridden, attachment_added),
    *(seal_moved, seal_redrawn),
):
    revision(each)
revision(empty_signature_field, "signature_fields_differ", "bytes_after_last_signature")
revision(attachment_replaced, *LATER, "data_differs")
revision(attachment_removed, *LATER, "data_differs")
revision(signature_taken_out, "signature_fields_differ")
revision(security_store_added, "bytes_after_last_signature")


@attack(*LATER, "signer_not_registered", issuer="unknown")
def signatures_exchanged_by_an_update(bench: Bench) -> bytes:
    return revised(bench.signed, signatures_exchanged)


@attack("bytes_after_last_signature")
def empty_revision(bench: Bench) -> bytes:
    return revised(bench.signed, lambda writer: writer.update_root())


@attack("signature_fields_differ", "signer_not_registered", issuer="unknown")
def signature_of_a_stranger_on_top(bench: Bench) -> bytes:
    with_field = revised(bench.signed, empty_signature_field)
    with using(bench.strangers):
        return bench.one(with_field, "other", "third", bench.at)


# ── Shadows: prepared before the signers signed, shown or hidden afterwards ───────────────────────
def shadowed(bench: Bench) -> bytes:
    """A good file whose draft held an image over its text, and a second page's content that nothing shows."""
    document = pikepdf.open(io.BytesIO(bench.drawn))
    page = document.pages[0]
    cover = pikepdf.Stream(document, b"1 1 1 rg 0 0 10 10 re f")
    cover.Type, cover.Subtype, cover.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 10, 10]
    page.add_resource(cover, pikepdf.Name.XObject, pikepdf.Name.Cover)
    page.contents_add(b"q /Cover Do Q")
    document.Root.PieceInfo = pikepdf.Dictionary(
        Waiting=document.make_indirect(pikepdf.Stream(document, BLACK))
    )
    return bench.sign(saved(document))


def _cover(reader: Any) -> Any:
    return first_page(reader)["/Resources"]["/XObject"].raw_get("/Cover")


@attack(*LATER)
def shadow_hide(bench: Bench) -> bytes:
    """The cover is emptied, what it hid appears."""
    return revised(shadowed(bench), lambda writer: replaced(writer, _cover(writer.prev), b""))


@attack(*LATER)
def shadow_replace(bench: Bench) -> bytes:
    """The cover shows other words."""
    return revised(shadowed(bench), lambda writer: replaced(writer, _cover(writer.prev), BLACK))


@attack(*LATER)
def shadow_hide_and_replace(bench: Bench) -> bytes:
    """The page shows the content that waited unseen, all of which was signed."""

    def change(writer: Any) -> None:
        page = page_of(writer)
        page[NameObject("/Contents")] = writer.root["/PieceInfo"].raw_get("/Waiting")
        writer.update_container(page)

    return revised(shadowed(bench), change)


# ── Signers ───────────────────────────────────────────────────────────────────────────────────────
WRONG = {"integrity": "ok", "issuer": "unknown"}


@attack("signer_not_registered", **WRONG)
def signed_by_another_leader(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="other")


@attack("signer_not_registered", **WRONG)
def signed_with_the_seal_of_another_agency(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, seal="other-seal")


@attack("signer_not_registered", **WRONG)
def signed_by_the_same_name_with_another_key(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="twin")


@attack("signer_not_registered", "signer_not_trusted", **WRONG)
def signed_under_a_root_nobody_trusts(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, folder=bench.strangers)


@attack("signer_not_registered", **WRONG)
def signed_with_the_keys_exchanged(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="seal", seal="leader")


@attack("signature_fields_differ")
def signed_by_the_leader_without_a_seal(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, order=("leader",))


@attack("signature_fields_differ")
def signed_with_the_seal_alone(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, order=("seal",))


@attack("signature_fields_differ")
def signed_with_the_seal_first(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, order=("seal", "leader"))


@attack("changed_after_signing")
def signed_without_certifying(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, certify=False)


@attack("signed_at_another_time", **WRONG)
def signed_a_day_later(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, at=bench.at + timedelta(days=1))


@attack("signer_not_registered", "signer_not_trusted", **WRONG)
def signed_with_an_expired_certificate(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="expired")


# ── True signatures, false papers ─────────────────────────────────────────────────────────────────
@attack("data_differs")
def signed_with_another_number(bench: Bench) -> bytes:
    return bench.sign(bench.telling(number="219/2026/GKS"))


@attack("data_differs")
def signed_with_other_claims(bench: Bench) -> bytes:
    return bench.sign(bench.telling(claims={"child": {"full_name": "Trần Văn Khác"}}))


@attack("data_differs", "signer_not_registered", issuer="unknown")
def signed_by_another_agency_with_its_own_number(bench: Bench) -> bytes:
    made = bench.telling(number="7/2026/GKS", issuer="H99.77")
    return bench.sign(made, leader="other", seal="other-seal")


@attack("not_in_register", integrity="ok")
def signed_and_never_registered(bench: Bench) -> bytes:
    return bench.sign(bench.telling(check_code="ZZZZZZZZZZZZ"))


@attack("not_in_register", integrity="ok")
def signed_without_our_data(bench: Bench) -> bytes:
    return bench.sign(bench.telling(schema="urn:other"))
