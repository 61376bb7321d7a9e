"""Incremental updates: not one signed byte is touched, and the paper says something else."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from tests.portal.documents.attacks.bench import (
    BLACK,
    LATER,
    TEXT,
    Bench,
    a_font,
    again,
    attached,
    attack,
    contents,
    first_page,
    font_file,
    page_of,
    replaced,
    revised,
    revision,
    saved,
)
from tests.portal.documents.conftest import using


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
    again(writer, font.container_ref)[NameObject("/BaseFont")] = NameObject("/Courier")


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
