"""What was added to a PDF after a signature: evidence alone, or more."""

from __future__ import annotations

import re
from typing import Any

from . import evidence

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
    "/DocTimeStamp": "stamp",
}

TABLE = re.compile(rb"xref\s+(?:\d+ \d+\s+(?:\d{10} \d{5} [fn]\s+)+)+trailer\s*")
END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*")
GAP = re.compile(rb"\s*")
HEAD = re.compile(rb"(\d+) (\d+) obj\b")
TRAILER = {"/Size", "/Root", "/Info", "/ID", "/Prev"}
STAMP = {"/Type", "/Filter", "/SubFilter", "/Contents", "/ByteRange"}


def changes(reader: Any, revision: int) -> tuple[str, ...]:
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


# ── Evidence alone ────────────────────────────────────────────────────────────────────────────────
def only_evidence(reader: Any, pdf: bytes, last: Any, roots: list[Any]) -> bool:
    """Is all that comes after the signature `last` revocation data by authorities under `roots`, and archive time
    stamps? Four times over: nothing else in the structure, nothing strange in the security store, no words in the
    stamps, and not one byte between the objects.
    """
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415 - heavy, as below

    start = int(last.byte_range[2]) + int(last.byte_range[3])
    later = range(last.signed_revision + 1, reader.xrefs.total_revisions)
    if not later:
        return bool(last.coverage == SignatureCoverageLevel.ENTIRE_FILE)
    return (
        last.coverage == SignatureCoverageLevel.ENTIRE_REVISION
        and _structure_stays(reader, last.signed_revision)
        and all(evidence.genuine(reader.get_historical_root(each), roots) for each in later)
        and all(_is_plain(one) for one in reader.embedded_timestamp_signatures)
        and _accounted(reader, pdf, start)
    )


def _structure_stays(reader: Any, revision: int) -> bool:
    """pyHanko's comparison without its leave for other descriptions, extensions and objects that nothing uses."""
    from pyhanko.sign import diff_analysis  # noqa: PLC0415 - heavy; most checks need only a hash

    rules: Any = diff_analysis
    level = rules.ModificationLevel.LTA_UPDATES
    policy = rules.StandardDiffPolicy(
        global_rules=[
            rules.CatalogModificationRule(ignored_keys=frozenset({"/AcroForm", "/DSS"})),
            rules.XrefStreamRule().as_qualified(level),
            rules.DSSCompareRule().as_qualified(level),
        ],
        form_rule=rules.FormUpdatingRule(
            field_rules=[rules.SigFieldCreationRule(), rules.SigFieldModificationRule()]
        ),
        ignore_orphaned_objects=False,
    )
    result = policy.review_file(reader, revision)
    return isinstance(result, rules.DiffResult) and result.modification_level <= level


def _is_plain(stamp: Any) -> bool:
    """No reason, name or place that a reader would show as the authority's words."""
    return set(stamp.sig_object) <= STAMP


def _accounted(reader: Any, pdf: bytes, start: int) -> bool:
    """Is every byte from `start` on part of an object, a table of them, or blank? Comments are not."""
    at = _past(GAP, pdf, start)
    while at < len(pdf):
        if head := HEAD.match(pdf, at):
            end = _past_object(reader, pdf, head)
        elif TABLE.match(pdf, at):
            end = _past_trailer(reader, _past(TABLE, pdf, at))
        else:
            end = _past(END, pdf, at)
        if end <= at:
            return False
        at = _past(GAP, pdf, end)
    return True


def _past(pattern: re.Pattern[bytes], pdf: bytes, at: int) -> int:
    found = pattern.match(pdf, at)
    return found.end() if found else -1


def _past_object(reader: Any, pdf: bytes, head: re.Match[bytes]) -> int:
    """The end of the object that begins with `head`; -1 when it does not end well, or holds a comment."""
    end = _read(reader, head.end(), int(head[1]))[0]
    tail = re.compile(rb"\s*endobj\b").match(pdf, end)
    body = pdf[head.end() : end].partition(b"stream")[0]
    return tail.end() if tail and b"%" not in body else -1


def _past_trailer(reader: Any, at: int) -> int:
    end, trailer = _read(reader, at, 0)
    return end if isinstance(trailer, dict) and set(trailer) <= TRAILER else -1


def _read(reader: Any, at: int, number: int) -> tuple[int, Any]:
    """The value that begins there and where it ends."""
    from pyhanko.pdf_utils import generic, misc  # noqa: PLC0415 - as above

    reader.stream.seek(at)
    skip: Any = misc.read_non_whitespace
    skip(reader.stream, seek_back=True)
    value = generic.read_object(reader.stream, generic.Reference(number, 0, reader))
    return reader.stream.tell(), value
