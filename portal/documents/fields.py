"""The empty signature fields of a paper, made before anything is signed: a field added later would change
what was signed. They lie where the template left its mark (`places`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.documents import places
from portal.documents.places import Place

if TYPE_CHECKING:
    import pikepdf

# Annotation flags: print, locked. Flags of the form: signatures exist, append only.
PRINTED_AND_LOCKED = 4 | 128
SIGNATURES_EXIST, APPEND_ONLY = 1, 2

# What a screen reader says of the field; the papers are Vietnamese whatever the reader's language.
DESCRIPTIONS = {places.LEADER: "Chữ ký số của người có thẩm quyền", places.SEAL: "Chữ ký số của cơ quan"}


class Unsignable(Exception):
    """The PDF cannot take this signature: it is broken, has no such field, or the field is filled already."""


def prepare(pdf: bytes, fields: Sequence[str] = places.ROLES) -> bytes:
    """The PDF with an empty signature field for each of `fields` (roles of `places`), in their order.

    Each field lies where the template left its mark (`places`), is part of the page's tagged structure, and
    the file is written as one revision. Raises Unsignable for a PDF that is broken or has fields already.
    """
    import pikepdf  # noqa: PLC0415 - a compiled library that only the signing worker needs

    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            if "/AcroForm" in document.Root:
                raise Unsignable("The PDF has a form already.")
            made = [_field(document, role, _place(document, role)) for role in fields]
            document.Root.AcroForm = pikepdf.Dictionary(
                Fields=pikepdf.Array(made), SigFlags=SIGNATURES_EXIST | APPEND_ONLY
            )
            out = io.BytesIO()
            # Objects outside of streams: whoever checks signatures reads each one singly, twice as fast.
            document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    except pikepdf.PdfError as error:
        raise Unsignable("The PDF cannot be opened.") from error
    return out.getvalue()


def _place(document: pikepdf.Pdf, role: str) -> Place:
    """Where the role signs: the template's mark, or the last page's lower right when there is none."""
    marks = _marks(document)
    if role == places.SEAL and places.SEAL_ANCHOR in marks:
        return places.seal_at(*marks[places.SEAL_ANCHOR])
    last = len(document.pages) - 1
    default = (
        last,
        places.FALLBACK_LEFT * places.MM,
        (places.FALLBACK_BOTTOM + places.BLOCK_HEIGHT) * places.MM,
    )
    at = marks.get(places.SIGN_ANCHOR, default)
    return places.leader_at(*at) if role == places.LEADER else places.seal_at(*at)


def _marks(document: pikepdf.Pdf) -> dict[str, tuple[int, float, float]]:
    """The named destinations that are ours: (page from 0, left, top) in points."""
    import pikepdf  # noqa: PLC0415 - as above

    if "/Names" not in document.Root or "/Dests" not in document.Root.Names:
        return {}
    names = pikepdf.NameTree(document.Root.Names.Dests)
    pages = {page.obj.objgen: index for index, page in enumerate(document.pages)}
    found = {}
    for anchor in (places.SIGN_ANCHOR, places.SEAL_ANCHOR):
        if anchor in names:
            page, _how, left, top, *_zoom = names[anchor]
            found[anchor] = (pages[page.objgen], float(left), float(top))
    return found


def _field(document: pikepdf.Pdf, role: str, place: Place) -> pikepdf.Object:
    """A signature field merged with its widget, on its page, tagged as a Form of the structure tree."""
    import pikepdf  # noqa: PLC0415 - as above

    page = document.pages[place.page]
    left, bottom, right, top = place.box
    empty = pikepdf.Stream(document, b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    empty.BBox = pikepdf.Array([0, 0, right - left, top - bottom])
    field = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T=role,
            TU=DESCRIPTIONS[role],
            F=PRINTED_AND_LOCKED,
            P=page.obj,
            Rect=pikepdf.Array([left, bottom, right, top]),
            AP=pikepdf.Dictionary(N=document.make_indirect(empty)),
        )
    )
    page.obj.Annots = pikepdf.Array([*page.obj.get("/Annots", []), field])
    _tag(document, field, page.obj)
    return field


def _tag(document: pikepdf.Pdf, field: pikepdf.Object, page: pikepdf.Object) -> None:
    """Hang the widget into the structure tree (PDF/A-3a), as a Form element under its first element.

    `/K` is the object reference itself, not an array: pyHanko's comparison of revisions knows only that.
    """
    import pikepdf  # noqa: PLC0415 - as above

    tree = document.Root.get("/StructTreeRoot")
    if tree is None or "/ParentTree" not in tree:
        return
    parent = tree.K[0] if isinstance(tree.K, pikepdf.Array) else tree.K
    key = int(tree.get("/ParentTreeNextKey", 0)) or _next_key(tree.ParentTree)
    reference = pikepdf.Dictionary(Type=pikepdf.Name.OBJR, Obj=field, Pg=page)
    element = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.Form, P=parent, K=reference)
    )
    element.Alt = field.TU
    children = parent.get("/K", pikepdf.Array())
    parent.K = pikepdf.Array([*(children if isinstance(children, pikepdf.Array) else [children]), element])
    pikepdf.NumberTree(tree.ParentTree)[key] = element
    tree.ParentTreeNextKey = key + 1
    field.StructParent = key
    page.Tabs = pikepdf.Name.S


def _next_key(parents: pikepdf.Object) -> int:
    import pikepdf  # noqa: PLC0415 - as above

    return max((int(key) for key in pikepdf.NumberTree(parents)), default=-1) + 1
