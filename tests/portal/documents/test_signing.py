"""Signatures as poppler and pyHanko see them, and where they stand on the paper."""

import io
import subprocess
from datetime import UTC, datetime

import pikepdf
import pytest

from portal.documents import fields, inspection, keys, places, signing, stamps
from portal.documents.keys import files
from tests.portal.documents.conftest import AT, sign_both


def boxes(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {
            str(field.T): [round(float(n), 1) for n in field.Rect] for field in document.Root.AcroForm.Fields
        }


def test_poppler_calls_both_signatures_valid(signed, pdfsig, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(signed)

    said = subprocess.run([pdfsig, path], capture_output=True, text=True, check=False).stdout

    assert said.count("Signature Validation: Signature is Valid.") == 2
    assert said.count("Signature Type: ETSI.CAdES.detached") == 2
    assert "Signer Certificate Common Name: Hoàng Minh Ví Dụ" in said
    assert said.count("Total document signed") == 1


def test_qpdf_finds_no_fault_in_the_structure(signed):
    with pikepdf.open(io.BytesIO(signed)) as document:
        assert document.check_pdf_syntax() == []


def test_leader_certifies_and_the_seal_comes_last(signed, authority_folder):
    facts = inspection.inspect(signed, (authority_folder / "roots.pem").read_bytes())

    leader, seal = facts.signatures
    assert facts.fields == ("leader", "seal")
    assert (leader.field, leader.certifies, leader.last) == ("leader", True, False)
    assert (seal.field, seal.certifies, seal.last) == ("seal", False, True)
    assert all(one.intact and one.trusted and one.permitted for one in facts.signatures)


def test_signing_time_is_the_time_given(signed, authority_folder):
    facts = inspection.inspect(signed, (authority_folder / "roots.pem").read_bytes(), compare=False)

    assert [datetime.fromisoformat(one.signed_at) for one in facts.signatures] == [AT, AT]
    with pikepdf.open(io.BytesIO(signed)) as document:
        written = [str(field.V.M) for field in document.Root.AcroForm.Fields]
    assert written == ["D:20261112154210+07'00'"] * 2


def test_signing_leaves_every_earlier_byte_as_it_was(drawn, signing_keys):
    prepared = signing.prepare(drawn)
    once = signing.sign(prepared, key_id="leader", field="leader", name="A", reason="B", at=AT, certify=True)

    assert once.startswith(prepared)


def test_signature_lies_where_the_template_left_its_mark(drawn):
    prepared = signing.prepare(drawn)

    with pikepdf.open(io.BytesIO(drawn)) as document:
        _page, _how, left, top, *_zoom = pikepdf.NameTree(document.Root.Names.Dests)[places.SIGN_ANCHOR]
    leader, seal = boxes(prepared)["leader"], boxes(prepared)["seal"]
    assert seal == pytest.approx([float(left), float(top) - 104.9, float(left) + 104.9, float(top)], abs=0.1)
    assert (leader[0] - seal[0]) / places.MM == pytest.approx(20, abs=0.1)
    assert seal[2] - leader[0] == pytest.approx((leader[2] - leader[0]) * 0.42, abs=1)


def test_without_a_mark_the_last_page_is_signed_in_its_right_half():
    document = pikepdf.new()
    for _page in range(2):
        document.add_blank_page(page_size=(595, 842))
    out = io.BytesIO()
    document.save(out)

    prepared = signing.prepare(out.getvalue())

    assert boxes(prepared)["seal"][0] > 297
    with pikepdf.open(io.BytesIO(prepared)) as again:
        assert [len(page.obj.get("/Annots", [])) for page in again.pages] == [0, 2]


def test_the_widgets_are_part_of_the_tagged_structure(signed):
    with pikepdf.open(io.BytesIO(signed)) as document:
        tree = document.Root.StructTreeRoot
        for field in document.Root.AcroForm.Fields:
            element = pikepdf.NumberTree(tree.ParentTree)[int(field.StructParent)]
            assert str(element.S) == "/Form"
            assert element.K.Obj.T == field.T


def test_stamps_are_drawn_without_fonts_images_or_transparency(signed):
    with pikepdf.open(io.BytesIO(signed)) as document:
        for field in document.Root.AcroForm.Fields:
            drawing = field.AP.N
            assert "/Font" not in drawing.get("/Resources", {})
            assert "/XObject" not in drawing.get("/Resources", {})
            assert len(drawing.read_bytes()) > 300


def test_a_hand_is_always_the_same_for_one_name_and_another_for_another():
    assert stamps.hand("Nguyễn Thị Mẫu") == stamps.hand("Nguyễn Thị Mẫu")
    assert stamps.hand("Nguyễn Thị Mẫu") != stamps.hand("Nguyễn Văn Mẫu")


@pytest.mark.parametrize("name", ["", "X", "Ủy ban nhân dân " + "rất dài " * 12])
def test_a_seal_can_be_drawn_for_any_name(name):
    assert stamps.seal(name, "Hà Nội").content.startswith(b"q\n")


@pytest.mark.parametrize("key_id", ["", "nobody", "../leader", "Leader", "ca/../leader"])
def test_an_unknown_key_is_unavailable(key_id, drawn, signing_keys):
    with pytest.raises(keys.KeyUnavailable):
        signing.sign(signing.prepare(drawn), key_id=key_id, field="leader", name="A", reason="B", at=AT)


def test_a_wrong_passphrase_makes_the_key_unavailable_and_is_not_told(drawn, signing_keys, settings):
    settings.SIGNING_KEYS_PASSPHRASE = "wrong-passphrase"
    files._load.cache_clear()

    with pytest.raises(keys.KeyUnavailable) as refused:
        signing.certificate("other")

    assert "wrong-passphrase" not in str(refused.value)
    files._load.cache_clear()


def test_a_damaged_key_file_makes_the_key_unavailable(signing_keys):
    (signing_keys / "damaged.p12").write_bytes(b"no key")

    with pytest.raises(keys.KeyUnavailable):
        signing.certificate("damaged")


def test_a_key_file_that_was_replaced_is_read_again(tmp_path, settings, authority_folder):
    settings.SIGNING_KEYS_DIR, settings.SIGNING_KEYS_PASSPHRASE = tmp_path, "tests"
    for name in ("leader", "other"):
        (tmp_path / "mine.p12").unlink(missing_ok=True)
        (tmp_path / "mine.p12").write_bytes((authority_folder / f"{name}.p12").read_bytes())
        common = signing.certificate("mine").subject.rfc4514_string()
    assert "Lê Thị Người Khác" in common


@pytest.mark.parametrize("content", [b"", b"no pdf", b"%PDF-1.7\n%%EOF"])
def test_a_broken_pdf_is_unsignable(content):
    with pytest.raises(fields.Unsignable):
        signing.prepare(content)


def test_a_field_is_made_and_filled_only_once(signed, drawn, signing_keys):
    with pytest.raises(fields.Unsignable):
        signing.prepare(signed)
    with pytest.raises(fields.Unsignable):
        signing.sign(signed, key_id="seal", field="seal", name="A", reason="B", at=AT)
    with pytest.raises(fields.Unsignable):
        signing.sign(signing.prepare(drawn), key_id="seal", field="third", name="A", reason="B", at=AT)


def test_a_form_may_carry_the_seal_alone(drawn, signing_keys, pdfsig, tmp_path):
    sealed = signing.sign(
        signing.prepare(drawn, fields=("seal",)), key_id="seal", field="seal", name="A", reason="B", at=AT
    )
    (tmp_path / "form.pdf").write_bytes(sealed)

    said = subprocess.run([pdfsig, tmp_path / "form.pdf"], capture_output=True, text=True, check=False).stdout

    assert said.count("Signature is Valid.") == 1


def test_two_signings_differ_only_in_their_signatures(drawn, signing_keys):
    assert abs(len(sign_both(drawn)) - len(sign_both(drawn, at=datetime(2026, 1, 1, tzinfo=UTC)))) < 40
