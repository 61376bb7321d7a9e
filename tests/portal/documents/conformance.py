"""Our own judge of PDF/A-3a and of what PDF/UA-1 asks of a paper. It is ours: no certified validator has run.

veraPDF comes neither from PyPI nor npm nor Debian. `faults` says in words what is wrong; [] is what it can tell
of a file that is in order. Clause numbers are those of ISO 19005-3 (A) and ISO 14289-1 (UA).
"""

from __future__ import annotations

import io
import itertools
import re

import pikepdf

FORBIDDEN = {
    "/JS",
    "/JavaScript",
    "/Launch",
    "/URI",
    "/GoToR",
    "/OpenAction",
    "/AA",
    "/XFA",
    "/Movie",
    "/Sound",
}
HEADINGS = ("/H1", "/H2", "/H3", "/H4", "/H5", "/H6")


def faults(content: bytes, *, title: str, language: str = "vi") -> list[str]:
    """Everything that is wrong with a paper."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [*_archive(pdf), *_fonts(pdf), *_names(pdf, title, language), *_structure(pdf), *_tables(pdf)]


def _dictionaries(pdf):
    return [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary | pikepdf.Stream)]


def _archive(pdf):
    """A 6.1-6.3: nothing encrypted, active, outside or undefined."""
    items = _dictionaries(pdf)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        if (metadata.get("pdfaid:part"), metadata.get("pdfaid:conformance")) != ("3", "A"):
            yield "A 6.6.4: the metadata do not claim PDF/A-3a"
    if pdf.is_encrypted or "/ID" not in pdf.trailer:
        yield "A 6.1.3: encrypted, or without an identifier"
    if active := {key for item in items for key in item if key in FORBIDDEN}:
        yield f"A 6.5/6.6: active or outside: {sorted(active)}"
    intents = list(pdf.Root.get("/OutputIntents", []))
    if len(intents) != 1 or intents[0].get("/S") != "/GTS_PDFA1":
        yield "A 6.2.3: colours without one output intent"
    for image in (item for item in items if item.get("/Subtype") == "/Image"):
        if bool(image.get("/Interpolate", False)) or "/LZWDecode" in str(image.get("/Filter", "")):
            yield "A 6.2.8: a picture that is interpolated or LZW"
    for file in (item for item in items if item.get("/Type") == "/Filespec"):
        if "/AFRelationship" not in file or "/UF" not in file:
            yield "A 6.8: an attachment without its relationship or name"
    yield from (f"syntax: {problem}" for problem in pdf.check_pdf_syntax())


def _fonts(pdf):
    """A 6.2.11: every font is embedded and every glyph has its letter."""
    for item in _dictionaries(pdf):
        if item.get("/Type") == "/FontDescriptor" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(
            item.keys()
        ):
            yield f"A 6.2.11.4: {item.get('/FontName')} is not embedded"
        if item.get("/Type") == "/Font" and item.get("/Subtype") == "/Type0" and "/ToUnicode" not in item:
            yield f"A 6.2.11.7: {item.get('/BaseFont')} has no letters"
        if item.get("/Type") == "/Font" and item.get("/Subtype") in ("/Type3", "/Type1"):
            yield f"A 6.2.11: a font of type {item.get('/Subtype')}"


def _names(pdf, title, language):
    """UA 7.1, 7.2: title and language, and that a reader shows the title."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        if not metadata.get("dc:title") == str(pdf.docinfo.get("/Title")) == title:
            yield "UA 7.1: the title is missing or said in two ways"
    if str(pdf.Root.get("/Lang")) != language:
        yield "UA 7.2: no language, or another"
    if not bool(pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
        yield "UA 7.1: a reader would show the file's name"


def elements(pdf):
    """The elements of the structure tree in reading order."""
    found, ahead = [], [pdf.Root.StructTreeRoot.get("/K")]
    while ahead:
        node = ahead.pop(0)
        if isinstance(node, pikepdf.Array):
            ahead[:0] = list(node)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append(node)
            if "/K" in node:
                ahead.insert(0, node.K)
    return found


def _structure(pdf):
    """UA 7.1-7.4: tagged once, in one tree, headings in order, pictures that say what they are."""
    if not bool(pdf.Root.get("/MarkInfo", {}).get("/Marked", False)):
        yield "UA 7.1: not tagged"
        return
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)[1::2]
    for page, mapped in zip(pdf.pages, numbers, strict=False):
        marked = re.findall(rb"/MCID (\d+)", page.Contents.read_bytes())
        if sorted(map(int, marked)) != list(range(len(mapped))):
            yield "UA 7.1: pieces of a page outside the tree"
    tree = elements(pdf)
    kinds = [str(item.S) for item in tree]
    levels = [HEADINGS.index(kind) + 1 for kind in kinds if kind in HEADINGS]
    if levels[:1] != [1] or any(after > before + 1 for before, after in itertools.pairwise(levels)):
        yield f"UA 7.4: headings out of order: {levels}"
    yield from (
        "UA 7.3: a picture without words" for item in tree if item.S == "/Figure" and not item.get("/Alt")
    )


def _attributes(cell):
    given = cell.get("/A", {})
    return list(given) if isinstance(given, pikepdf.Array) else [given]


def _tables(pdf):
    """UA 7.5: tables have heads, and one knows a cell's: each head says its way, or each cell names its heads."""
    tree = elements(pdf)
    heads = [item for item in tree if item.S == "/TH"]
    if not heads and any(item.S == "/Table" for item in tree):
        yield "UA 7.5: a table without a head"
    if all(any("/Scope" in one for one in _attributes(head)) for head in heads):
        return
    known = {str(head.get("/ID")) for head in heads}
    for cell in tree:
        if cell.S == "/TD":
            own = {str(name) for one in _attributes(cell) for name in one.get("/Headers", [])}
            if not own or own - known:
                yield "UA 7.5: a cell that does not name its heads"
