"""What a PDF says of its own signatures, read by pyHanko. Pure: no Django, no network, no register.

A stranger's PDF is never read inside the web process: `apart` runs this very folder as a program of its own with
limits on memory and time and an empty environment (a file of 1 MB can unpack to gigabytes). Whether the signers
are the right ones, and what follows, is `verification`'s to judge.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import evidence, judging, updates
from .facts import Facts, Signature, Stamp, Unreadable
from .updates import KINDS

__all__ = ["KINDS", "Facts", "Signature", "Stamp", "Unreadable", "apart", "inspect"]

MEMORY_BYTES = 768 * 2**20
CPU_SECONDS = 10
WALL_SECONDS = 20
# How a data file of ours begins to say what it is; those of the first papers said so in "schema".
PAYLOAD_FORMATS = "urn:motcua:"
# Two signatures, and a renewed archive time stamp every few years for a century.
MAX_SIGNATURES = 40


def inspect(pdf: bytes, roots: bytes, *, stamp_roots: bytes = b"", compare: bool = True) -> Facts:
    """Read `pdf` in this process, for files we made. Raises Unreadable.

    `roots` are the PEM certificates that signers must lead to, `stamp_roots` those of time-stamping authorities,
    the same by default. Comparing the revisions (`permitted`, `closed`, `changes`) takes three quarters of the
    time. A file whose every byte is known from the register need not be compared: what was added after the first
    signature, we added.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - heavy; most checks need only a hash

    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        if reader.encrypted:
            raise Unreadable("encrypted")
        signers, stampers = _trust(roots), _trust(stamp_roots or roots)
        judge = judging.Judge(signers, stampers, evidence.read(reader.root), compare)
        return _facts(reader, pdf, judge)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        # A hostile file breaks a parser in any way it can; what broke is of no use to who sent it.
        raise Unreadable(type(error).__name__) from error


def apart(pdf: bytes, roots: Path, stamp_roots: Path | None = None) -> Facts:
    """The same for a stranger's file, in a process of its own with limits. Raises Unreadable."""
    try:
        done = subprocess.run(  # noqa: S603 - this very folder, by the interpreter that runs us
            [sys.executable, "-I", str(Path(__file__).parent), str(roots), str(stamp_roots or roots)],
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
    lists = {name: tuple(found[name]) for name in ("fields", "changes")}
    lists["signatures"] = tuple(Signature(**one) for one in found["signatures"])
    lists["stamps"] = tuple(Stamp(**one) for one in found["stamps"])
    return Facts(**found | lists)


def _trust(roots: bytes) -> list[Any]:
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415 - as above

    return list(load_certs_from_pemder_data(roots))


def _facts(reader: Any, pdf: bytes, judge: judging.Judge) -> Facts:
    from pyhanko.sign.fields import enumerate_sig_fields  # noqa: PLC0415 - as above

    fields = tuple(str(name) for name, _value, _field in enumerate_sig_fields(reader))
    if len(fields) > MAX_SIGNATURES:
        raise Unreadable("too many signature fields")
    every = reader.embedded_signatures
    embedded = [one for one in every if not judging.is_stamp(one)]
    payloads = [_payload(reader.get_historical_root(one.signed_revision)) for one in every]
    payloads.append(_payload(reader.root))
    signatures = tuple(map(judge.signature, embedded))
    stamps = tuple(judge.stamp(one) for one in every if judging.is_stamp(one))
    closed = not judge.compare or _closed(reader, pdf, embedded, judge)
    return Facts(
        fields=fields,
        signatures=signatures,
        payload=payloads[0],
        payload_stays=len(set(payloads)) == 1,
        changes=() if closed else _changes(reader, every, signatures + stamps),
        stamps=stamps,
        closed=closed,
    )


def _closed(reader: Any, pdf: bytes, embedded: list[Any], judge: judging.Judge) -> bool:
    return not embedded or updates.only_evidence(
        reader, pdf, embedded[-1], [*judge.roots, *judge.stamp_roots]
    )


def _changes(reader: Any, every: list[Any], judged: tuple[Signature | Stamp, ...]) -> tuple[str, ...]:
    """What came after the last signature or stamp that holds."""
    good = {one.field for one in judged if one.intact and one.trusted}
    holding = [one.signed_revision for one in every if one.field_name in good]
    return updates.changes(reader, max(holding or [one.signed_revision for one in every]))


# ── The data inside ───────────────────────────────────────────────────────────────────────────────
def _payload(root: Any) -> str:
    """The text of the attached JSON whose format is ours; "" without one."""
    for content in _attachments(root):
        try:
            text = content.decode()
            data = json.loads(text)
            if data.get("format", data["schema"]).startswith(PAYLOAD_FORMATS):
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
