"""What makes a paper good, what ends it, and who may have signed it."""

import io
from datetime import date, timedelta

import pikepdf
import pytest
import time_machine

from portal.documents import canonical, inspection, keys, papers, verification
from tests.portal.documents.conftest import AT, CODE, NOW, NUMBER, blank, check, judged, sign_both, using


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
