"""Bytes changed, moved, cut off and glued on, without regard to what a PDF is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pikepdf
from asn1crypto import cms, core

from tests.portal.documents.attacks.bench import (
    LATER,
    Bench,
    attached,
    attack,
    contents,
    flipped,
    font_file,
    gaps,
    inside,
    lost,
    saved,
    swapped,
    with_gap,
)


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
    first, second = bench.signed[a:b].rstrip(b"0"), bench.signed[c:d].rstrip(b"0")
    return with_gap(with_gap(bench.signed, 0, second.ljust(b - a, b"0")), 1, first.ljust(d - c, b"0"))


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
