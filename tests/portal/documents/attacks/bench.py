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
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

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


def build(signed: bytes, drawn: bytes, claims: Mapping[str, Any], folder: Path, strangers: Path) -> Bench:
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
    stream = again(writer, reference)
    stream._data, stream._encoded_data = content, None


def again(writer: Any, reference: Any) -> Any:
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
