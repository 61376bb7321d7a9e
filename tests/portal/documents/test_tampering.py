"""Every way a signed file can be less than it was, and files made to hurt whoever opens them."""

import io
import zlib

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from portal.documents import canonical, inspection, signing, verification
from tests.portal.documents.conftest import AT, CODE, NOW, NUMBER, blank, check, judged, sign_both, using


# ── Altered ───────────────────────────────────────────────────────────────────────────────────────
def flipped(pdf, at):
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def test_one_changed_byte_anywhere_is_noticed(paper, signed):
    for at in (20, len(signed) // 5, len(signed) // 2, signed.rindex(b"/Contents") + 300, len(signed) - 10):
        assert check(flipped(signed, at)).outcome == "altered", at


def test_a_changed_byte_is_not_laid_at_the_signers_door(paper, signed):
    verdict = check(flipped(signed, len(signed) // 2))

    assert judged(verdict) == ("altered", "known", "valid")
    assert (verdict.paper, verdict.reasons) == (paper, ("content_changed",))


def test_a_file_cut_back_to_its_first_signature(paper, signed):
    end = signed.rindex(b"startxref", 0, signed.rindex(b"/ByteRange"))
    cut = signed[: signed.index(b"%%EOF", end) + 6]

    verdict = check(cut)

    assert verdict.outcome == "altered"
    assert verdict.paper == paper
    assert "signature_fields_differ" in verdict.reasons


@pytest.mark.parametrize("tail", [b"\n", b" " * 100, b"<script>alert(1)</script>", b"PK\x03\x04"])
def test_bytes_after_the_last_signature(paper, signed, tail):
    verdict = check(signed + tail)

    assert verdict.outcome == "altered"


def revised(pdf, change):
    out = io.BytesIO(pdf)
    writer = IncrementalPdfFileWriter(out)
    change(writer)
    writer.write_in_place()
    return out.getvalue()


def test_a_page_changed_in_a_later_revision(paper, signed):
    def paint(writer):
        writer.add_stream_to_page(0, writer.add_object(_stream(b"0 0 300 300 re f")))

    verdict = check(revised(signed, paint))

    assert verdict.outcome == "altered"
    assert {"changed_after_signing", "bytes_after_last_signature"} <= set(verdict.reasons)


def _stream(content):
    return StreamObject(stream_data=content)


def test_an_extra_signature_of_somebody_else(paper, signed, stranger_folder):
    out = io.BytesIO(revised(signed, lambda w: append_signature_field(w, SigFieldSpec("third"))))
    with using(stranger_folder):
        extra = signing.sign(out.getvalue(), key_id="other", field="third", name="X", reason="Y", at=AT)

    verdict = check(extra)

    assert verdict.outcome == "altered"
    assert "signature_fields_differ" in verdict.reasons


def test_other_data_inside_under_true_signatures(paper, claims, signing_keys):
    forged = canonical.payload(
        type_code=paper.type_code,
        number=NUMBER,
        check_code=CODE,
        issuer="H99.12",
        issued_on=AT.date(),
        valid_until=None,
        claims=claims | {"child": claims["child"] | {"date_of_birth": "2000-01-01"}},
    )

    verdict = check(sign_both(blank(forged)))

    assert verdict.outcome == "altered"
    assert verdict.reasons == ("data_differs",)


def test_a_stored_file_that_was_changed(paper, settings):
    path = settings.HOME / "files" / paper.document.storage_key
    path.write_bytes(flipped(path.read_bytes(), 5000))

    verdict = verification.check_paper(paper, at=NOW)

    assert (verdict.outcome, verdict.holds) == ("altered", False)
    assert verdict.reasons == ("stored_file_damaged",)


# ── Limits ────────────────────────────────────────────────────────────────────────────────────────
def test_a_decompression_bomb_ends_within_its_limits(db, signing_keys):
    bomb = zlib.compress(zlib.compress(b"\0" * 400_000_000, 9), 9)
    document = pikepdf.new()
    document.add_blank_page()
    stream = pikepdf.Stream(document, bomb)
    stream.Filter = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    specification = pikepdf.Dictionary(
        Type=pikepdf.Name.Filespec, F="du-lieu.json", EF=pikepdf.Dictionary(F=document.make_indirect(stream))
    )
    document.Root.Names = pikepdf.Dictionary(
        EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array(["du-lieu.json", specification]))
    )
    out = io.BytesIO()
    document.save(out, compress_streams=False)

    verdict = check(out.getvalue())

    assert verdict.outcome == "unknown"


def test_an_inspection_that_takes_too_long_is_ended(db, drawn, signing_keys, monkeypatch):
    monkeypatch.setattr(inspection, "WALL_SECONDS", 0.05)

    assert check(drawn).integrity == "unreadable"


def test_the_inspection_sees_nothing_of_our_environment(db, drawn, signing_keys, monkeypatch, tmp_path):
    asked = {}

    def run(command, **options):
        asked.update(options)
        return real(command, **options)

    real = inspection.subprocess.run
    monkeypatch.setattr(inspection.subprocess, "run", run)
    check(drawn)

    assert asked["env"] == {}


def test_missing_trust_roots_fail_loudly(db, drawn, signing_keys, settings, tmp_path):
    settings.SIGNING_TRUST_ROOTS = tmp_path / "nothing.pem"

    with pytest.raises(FileNotFoundError):
        check(drawn)
