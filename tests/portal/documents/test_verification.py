"""Every way a paper can be less than it seems, and what the verdict says of it."""

import io
import zlib
from datetime import date, timedelta

import pikepdf
import pytest
import time_machine
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from portal.documents import canonical, inspection, keys, papers, signing, verification
from tests.portal.documents.conftest import AT, CODE, NUMBER, sign_both, using

NOW = AT + timedelta(days=6)


def judged(verdict):
    return verdict.integrity, verdict.issuer, verdict.status


def check(pdf):
    return verification.check_bytes(pdf, at=NOW)


# ── Good ──────────────────────────────────────────────────────────────────────────────────────────
def test_an_issued_file_is_known_by_its_bytes_alone(paper, signed, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(inspection, "apart", lambda *_: pytest.fail("an own file needs no inspection"))

    with django_assert_num_queries(1):
        verdict = check(signed)

    assert judged(verdict) == ("ok", "known", "valid")
    assert (verdict.paper, verdict.holds, verdict.outcome) == (paper, True, "valid")


def test_a_registered_paper_passes_the_full_policy(paper):
    verdict = verification.check_paper(paper, at=NOW)

    assert judged(verdict) == ("ok", "known", "valid")
    assert verdict.signers == ("Hoàng Minh Ví Dụ", "UBND phường Cửa Đông")
    assert verdict.reasons == ()


def test_a_second_signing_of_the_same_paper_passes_by_policy(paper, drawn):
    """Issued twice, registered once: the other copy is as genuine, though its bytes are unknown."""
    again = sign_both(drawn)

    verdict = check(again)

    assert judged(verdict) == ("ok", "known", "valid")
    assert verdict.paper == paper


def test_the_data_inside_is_read_from_the_signed_revision(signed, signing_keys, claims):
    data = verification.payload(signed)

    assert (data["number"], data["check_code"], data["claims"]) == (NUMBER, CODE, claims)


def test_a_paper_outlives_its_signers_certificates(paper, drawn):
    with time_machine.travel(AT + timedelta(days=365 * 6), tick=False):
        later = verification.check_paper(paper)
        again = verification.check_bytes(sign_both(drawn))

    assert judged(later) == ("ok", "known", "valid")
    assert judged(again) == ("ok", "known", "valid")


# ── Status ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_sound_file_of_a_paper_that_no_longer_holds(status, paper, signed):
    papers.set_status(paper, status, reason="Cấp sai", at=NOW)

    verdict = check(signed)

    assert judged(verdict) == ("ok", "known", status)
    assert (verdict.holds, verdict.outcome) == (False, status)


def test_a_replaced_paper_names_its_successor(paper, signed, issue):
    successor = issue(b"%PDF-another", check_code="9999AAAABBBB", number="219/2026/GKS")
    papers.set_status(paper, "replaced", reason="Cải chính", at=NOW, replaced_by=successor)

    verdict = check(signed)

    assert verdict.outcome == "replaced"
    assert verdict.paper.replaced_by == successor


def test_a_paper_expires_after_its_last_day(issue, signed):
    issue(valid_until=date(2026, 11, 18))

    # 18 November in Vietnam ends at 17:00 UTC.
    on_the_day = verification.check_bytes(signed, at=AT.replace(day=18, hour=16, minute=59))
    after = verification.check_bytes(signed, at=AT.replace(day=18, hour=17))

    assert (on_the_day.status, after.status) == ("valid", "expired")


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


def blank(payload):
    """A page with `payload` attached."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    if payload:
        document.attachments[canonical.PAYLOAD_NAME] = pikepdf.AttachedFileSpec(
            document, payload, filename=canonical.PAYLOAD_NAME
        )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_stored_file_that_was_changed(paper, settings):
    path = settings.HOME / "files" / paper.document.storage_key
    path.write_bytes(flipped(path.read_bytes(), 5000))

    verdict = verification.check_paper(paper, at=NOW)

    assert (verdict.outcome, verdict.holds) == ("altered", False)
    assert verdict.reasons == ("stored_file_damaged",)


# ── Foreign ───────────────────────────────────────────────────────────────────────────────────────
def test_another_signer_of_the_same_authority(paper, drawn):
    verdict = check(sign_both(drawn, leader="other"))

    assert judged(verdict)[:2] == ("ok", "unknown")
    assert verdict.outcome == "unknown"
    assert verdict.reasons == ("signer_not_registered",)


def test_a_self_made_authority_with_the_same_names(paper, drawn, stranger_folder):
    with using(stranger_folder):
        forged = sign_both(drawn)

    verdict = check(forged)

    assert verdict.outcome == "unknown"
    assert verdict.reasons == ("signer_not_registered", "signer_not_trusted")


def test_the_right_signers_at_another_time(paper, drawn):
    verdict = check(sign_both(drawn, at=AT + timedelta(days=1)))

    assert verdict.reasons == ("signed_at_another_time",)
    assert verdict.outcome == "unknown"


def test_a_key_that_was_renewed_does_not_unmake_old_papers(paper, authority_folder, monkeypatch):
    monkeypatch.setattr(keys, "fingerprint", lambda key_id: "0" * 64)

    assert verification.check_paper(paper, at=NOW).holds


def test_a_signed_file_of_ours_that_is_not_registered(db, drawn, signing_keys):
    verdict = check(sign_both(drawn))

    assert judged(verdict) == ("ok", "known", "unknown")
    assert (verdict.paper, verdict.outcome) == (None, "unknown")


def test_without_a_register_entry_an_expired_certificate_counts_for_nothing(db, drawn, signing_keys):
    pdf = sign_both(drawn)

    verdict = verification.check_bytes(pdf, at=AT + timedelta(days=365 * 6))

    assert verdict.issuer == "unknown"


def test_an_unsigned_pdf(db, drawn, signing_keys):
    verdict = check(drawn)

    assert verdict.outcome == "unknown"
    assert verdict.reasons == ("not_signed",)


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"%PDF-" + b"\xff" * 1000])
def test_rubbish_is_unreadable_and_harmless(content, db, signing_keys):
    verdict = check(content)

    assert judged(verdict) == ("unreadable", "unknown", "unknown")


def test_an_encrypted_pdf_is_unreadable(db, drawn, signing_keys):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))

    assert check(out.getvalue()).integrity == "unreadable"


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


# ── By code ───────────────────────────────────────────────────────────────────────────────────────
def test_a_code_tells_the_status_and_that_no_file_was_seen(paper, django_assert_num_queries):
    with django_assert_num_queries(1):
        verdict = verification.check_code(CODE, at=NOW)

    assert judged(verdict) == ("unseen", "known", "valid")
    assert not verdict.holds


def test_an_unknown_code(db):
    verdict = verification.check_code("AAAABBBBCCCC", at=NOW)

    assert (verdict.outcome, verdict.reasons) == ("unknown", ("not_in_register",))


def test_no_payload(db, signing_keys):
    for pdf in (blank(b""), sign_both(blank(b'{"schema": "urn:other"}'))):
        with pytest.raises(verification.NoPayload):
            verification.payload(pdf)


def test_files_of_before_the_code_was_inside_are_found_by_number(issue, claims, signing_keys):
    """A payload without a check code still leads to its paper, by number and equal data."""
    inside = canonical.dumps({"schema": "urn:motcua:KQ.G15.000031:1", "number": NUMBER, "claims": claims})
    pdf = sign_both(blank(inside))
    issue(pdf)

    assert check(sign_both(blank(inside))).outcome == "valid"
