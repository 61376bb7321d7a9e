"""What a PDF says of its own signatures, read by pyHanko. Pure: no Django, no network, no register.

A stranger's PDF is never read inside the web process: `apart` runs this very file as a program of its own with
limits on memory and time and an empty environment (a file of 1 MB can unpack to gigabytes). Whether the signers
are the right ones, and what follows, is `verification`'s to judge.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MEMORY_BYTES = 768 * 2**20
CPU_SECONDS = 10
WALL_SECONDS = 20
PAYLOAD_SCHEMAS = "urn:motcua:"
MAX_SIGNATURES = 8


class Unreadable(Exception):
    """The bytes are no PDF that can be inspected: broken, encrypted, or too much for the limits."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One filled signature field. `intact`: bytes and certificate agree, nothing is hidden beside. `trusted`: a
    root of ours stands above the certificate, which was valid at the time the signature claims. `permitted`: what
    came later was allowed by the certifying signature. `last`: it covers the file to its last byte.
    """

    field: str
    certificate: str  # SHA-256, hex
    signer: str  # common name
    intact: bool
    trusted: bool
    permitted: bool
    last: bool
    certifies: bool
    signed_at: str  # ISO 8601, as the signer claims; "" when not said
    expires: str  # end of the certificate, ISO 8601


@dataclass(frozen=True, slots=True)
class Facts:
    """All signature fields by name, empty ones included; the signatures in order; the data inside.

    `payload` is the text of our JSON attachment as the first signature covers it, "" without one, and
    `payload_stays` whether it is the same in every later revision. `changes`: what kinds of things were added or
    written anew after the last signature that holds, sorted; see KINDS.
    """

    fields: tuple[str, ...]
    signatures: tuple[Signature, ...]
    payload: str
    payload_stays: bool
    changes: tuple[str, ...] = ()


def inspect(pdf: bytes, roots: bytes, *, compare: bool = True) -> Facts:
    """Read `pdf` in this process, for files we made. `roots` are PEM certificates. Raises Unreadable.

    Comparing the revisions (`permitted`) takes three quarters of the time. A file whose every byte is known from
    the register need not be compared: what was added after the first signature, we added.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - heavy; most checks need only a hash

    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        if reader.encrypted:
            raise Unreadable("encrypted")
        return _facts(reader, _trust(roots), compare=compare)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        # A hostile file breaks a parser in any way it can; what broke is of no use to who sent it.
        raise Unreadable(type(error).__name__) from error


def apart(pdf: bytes, roots: Path) -> Facts:
    """The same for a stranger's file, in a process of its own with limits. Raises Unreadable."""
    try:
        done = subprocess.run(  # noqa: S603 - this very file, by the interpreter that runs us
            [sys.executable, "-I", __file__, str(roots)],
            input=pdf,
            capture_output=True,
            timeout=WALL_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("too slow") from None
    if done.returncode:
        raise Unreadable(f"the inspection ended with {done.returncode}")
    found = json.loads(done.stdout)
    found["signatures"] = tuple(Signature(**one) for one in found["signatures"])
    return Facts(**found | {name: tuple(found[name]) for name in ("fields", "changes")})


def _trust(roots: bytes) -> list[Any]:
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415 - as above

    return list(load_certs_from_pemder_data(roots))


def _facts(reader: Any, roots: list[Any], *, compare: bool) -> Facts:
    from pyhanko.sign.fields import enumerate_sig_fields  # noqa: PLC0415 - as above

    fields = tuple(str(name) for name, _value, _field in enumerate_sig_fields(reader))
    embedded = reader.embedded_signatures
    if len(fields) > MAX_SIGNATURES:
        raise Unreadable("too many signature fields")
    revisions = [one.signed_revision for one in embedded]
    payloads = [_payload(reader.get_historical_root(revision)) for revision in revisions]
    payloads.append(_payload(reader.root))
    signatures = tuple(_signature(one, roots, compare=compare) for one in embedded)
    holding = [
        one for one, facts in zip(revisions, signatures, strict=True) if facts.intact and facts.trusted
    ]
    return Facts(
        fields=fields,
        signatures=signatures,
        payload=payloads[0],
        payload_stays=len(set(payloads)) == 1,
        changes=_changes(reader, max(holding or revisions)) if compare and revisions else (),
    )


def _signature(embedded: Any, roots: list[Any], *, compare: bool) -> Signature:
    from pyhanko.sign.fields import MDPPerm  # noqa: PLC0415 - as above
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415

    certificate, signed_at = embedded.signer_cert, embedded.self_reported_timestamp
    status = validate_pdf_signature(
        embedded, _context(roots, signed_at or datetime.now(UTC)), skip_diff=not compare
    )
    return Signature(
        field=embedded.field_name,
        certificate=hashlib.sha256(certificate.dump()).hexdigest(),
        signer=certificate.subject.native.get("common_name", ""),
        intact=bool(status.intact and status.valid) and _nothing_beside(embedded),
        trusted=bool(status.trusted),
        permitted=not compare or bool(status.docmdp_ok),
        last=embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        certifies=embedded.docmdp_level == MDPPerm.FILL_FORMS,
        signed_at=signed_at.astimezone(UTC).isoformat() if signed_at else "",
        expires=certificate.not_valid_after.isoformat(),
    )


def _nothing_beside(embedded: Any) -> bool:
    """Is nothing in the room of the signature but the signature? No signed range covers that room: whatever lay
    there, behind the value or among its unsigned attributes (a time stamp apart), would travel under our seal.
    """
    from asn1crypto import parser  # type: ignore[import-untyped] # noqa: PLC0415 - as above

    room = bytes(embedded.pkcs7_content)
    unsigned = embedded.signer_info["unsigned_attrs"].native or ()
    return not room[parser.peek(room) :].strip(b"\0") and all(
        one["type"] == "signature_time_stamp_token" for one in unsigned
    )


def _context(roots: list[Any], moment: datetime) -> Any:
    """Only our roots, nothing fetched: an address inside a stranger's certificate is never called."""
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415 - as above

    return ValidationContext(
        trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )


# ── What came later ───────────────────────────────────────────────────────────────────────────────
# The /Type, /Subtype or /S of an object → what it is to a person. Whatever is not here is "other".
KINDS = {
    "/Catalog": "catalogue",
    "/Pages": "pages",
    "/Page": "page",
    "/Annot": "annotation",
    "/Metadata": "metadata",
    "/EmbeddedFile": "attachment",
    "/Filespec": "attachment",
    "/Font": "font",
    "/FontDescriptor": "font",
    "/JavaScript": "script",
    "/OCG": "layer",
    "/Sig": "signature",
}


def _changes(reader: Any, revision: int) -> tuple[str, ...]:
    """The kinds of objects that the revisions after `revision` add or write anew."""
    later = range(revision + 1, reader.xrefs.total_revisions)
    found = {_kind(reader, one) for each in later for one in reader.xrefs.explicit_refs_in_revision(each)}
    return tuple(sorted(found))


def _kind(reader: Any, reference: Any) -> str:
    try:
        value = reader.get_object(reference)
    except Exception:
        # As in `inspect`; that something was changed is known already.
        return "other"
    if not isinstance(value, dict):
        return "other"
    if "/FT" in value or value.get("/Subtype") == "/Widget":
        return "field"
    names = (str(value.get(key)) for key in ("/Type", "/S"))
    kind = next((KINDS[name] for name in names if name in KINDS), "")
    return kind or ("content" if hasattr(value, "data") else "other")


# ── The data inside ───────────────────────────────────────────────────────────────────────────────
def _payload(root: Any) -> str:
    """The text of the attached JSON whose schema is ours; "" without one."""
    for content in _attachments(root):
        try:
            text = content.decode()
            if json.loads(text)["schema"].startswith(PAYLOAD_SCHEMAS):
                return text
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return ""


def _attachments(root: Any) -> Iterator[bytes]:
    if "/Names" not in root or "/EmbeddedFiles" not in root["/Names"]:
        return
    for specification in _leaves(root["/Names"]["/EmbeddedFiles"], depth=0):
        if "/EF" in specification and "/F" in specification["/EF"]:
            yield specification["/EF"]["/F"].data


def _leaves(node: Any, depth: int) -> Iterator[Any]:
    """The values of a name tree; one deeper than 20 is an attack. (`[]` resolves references, `get` does not.)"""
    if depth > 20:
        raise Unreadable("name tree too deep")
    if "/Names" in node:
        names = node["/Names"]
        yield from (names[at] for at in range(1, len(names), 2))
    if "/Kids" in node:
        kids = node["/Kids"]
        for at in range(len(kids)):
            yield from _leaves(kids[at], depth + 1)


def _main(roots: Path) -> None:
    import resource  # noqa: PLC0415 - only the program limits itself

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    facts = inspect(sys.stdin.buffer.read(), roots.read_bytes())
    sys.stdout.write(json.dumps(asdict(facts)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
