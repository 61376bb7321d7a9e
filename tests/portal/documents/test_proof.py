"""What time stamps and revocation data are worth to whoever verifies, now and in ten years."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.documents import authority, evidence, renewal, signing, store, verification
from portal.documents.models import Renewal
from tests.portal.documents.conftest import AT, KEYS, NOW, judged, sign_both

GOOD = ("ok", "known", "valid")
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def stamped(drawn, authorities_process):
    """The paper, signed at B-LTA at `AT`."""
    from django.test import override_settings  # noqa: PLC0415 - beside the settings it needs

    authorities_process.ensure(KEYS, at=AT)
    authorities_process.set_clock(AT)
    with override_settings(**authorities_process.settings()):
        return sign_both(drawn)


@pytest.fixture
def lasting(issue, stamped, authorities):
    """The register's entry for it, made by the process that signed."""
    authorities.set_clock(AT)
    evidence.stamper().prepared()
    return issue(stamped)


@pytest.fixture
def again(drawn, authorities):
    """A second signing: bytes that the register does not know, judged by the full policy."""
    authorities.set_clock(AT)
    return sign_both(drawn)


def check(pdf, at=NOW):
    return verification.check_bytes(pdf, at=at)


def test_the_register_notes_level_and_end_of_proof(lasting, authorities):
    certificate, _key = authority.load(authorities.folder / "services" / "tsa.p12", "tests")

    assert lasting.signature_level == "B-LTA"
    assert lasting.proof_until == certificate.not_valid_after_utc


def test_times_come_from_the_authority(lasting, again):
    verdict = check(again)

    assert (judged(verdict), verdict.reasons) == (GOOD, ())
    assert [(one.field, one.at, one.source) for one in verdict.signed] == [
        ("leader", AT, "stamp"),
        ("seal", AT, "stamp"),
    ]


def test_a_certificate_that_ended_or_was_revoked_later_does_no_harm(lasting, again, authorities):
    authorities.ensure({"later": "Người Nghỉ Sau"})
    authorities.revoke("leader", at=NOW)
    try:
        assert judged(check(again, at=AT + YEAR)) == GOOD
        assert judged(verification.check_paper(lasting, at=AT + 6 * YEAR)) == GOOD
    finally:
        (authorities.folder / "revoked.json").unlink()


def test_a_stamp_whose_authority_ended_proves_nothing_unless_the_register_knows_the_bytes(
    lasting, again, stamped
):
    late = AT + 6 * YEAR

    assert check(again, at=late).reasons == ("time_stamp_expired",)
    assert judged(check(stamped, at=late)) == GOOD


# ── Renewal ───────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def new_authority(authorities):
    """Four years and nine months later: the authority has a new certificate."""
    later = AT + 5 * YEAR - timedelta(days=90)
    path = authorities.folder / "services" / "tsa.p12"
    old = path.read_bytes()
    path.unlink()
    authorities.ensure({}, at=later)
    _reload(authorities)
    authorities.set_clock(later)
    yield later
    path.write_bytes(old)
    _reload(authorities)


def _reload(authorities):
    authorities.server.authority.__dict__.pop("_stamps", None)
    evidence.forget()


def test_a_proof_is_renewed_before_it_ends_and_both_files_stay_known(
    lasting, stamped, new_authority, client, mai
):
    with time_machine.travel(new_authority, tick=False):
        assert (renewal.sweep(at=new_authority), renewal.sweep(at=new_authority)) == (1, 0)

    kept = Renewal.objects.get(paper=lasting).document
    renewed = store.read(kept)
    lasting.refresh_from_db()
    assert renewed.startswith(stamped)
    assert lasting.proof_until > new_authority + 4 * YEAR
    assert (judged(check(stamped)), judged(check(renewed))) == (GOOD, GOOD)
    client.force_login(mai)
    assert client.get(f"/giay-to/{lasting.document_id}/tai-ve/").content == renewed


def test_a_renewed_file_passes_by_the_full_policy_long_after(lasting, again, new_authority):
    renewed = signing.renew(again, at=new_authority)

    assert judged(check(renewed, at=AT + 8 * YEAR)) == GOOD
    assert check(renewed, at=AT + 11 * YEAR).reasons == ("time_stamp_expired",)


def test_nothing_is_renewed_while_the_authority_lasts_no_longer(lasting):
    assert renewal.sweep(at=AT) == 0
    assert renewal.renew(lasting.pk, at=lasting.proof_until - timedelta(days=1)) is False
    assert not Renewal.objects.exists()


def test_an_unknown_end_is_learned_from_the_file(lasting):
    end = lasting.proof_until
    lasting.proof_until = None
    lasting.save()

    assert renewal.sweep(at=AT) == 0

    lasting.refresh_from_db()
    assert lasting.proof_until == end


def test_a_sweep_waits_for_an_authority_that_is_down(lasting, new_authority, settings):
    settings.TSA_URL = "http://127.0.0.1:1/"

    assert renewal.sweep(at=new_authority) == 0
    assert not Renewal.objects.exists()


def test_papers_without_stamps_are_not_swept(paper):
    assert paper.signature_level == "B-B"
    assert not renewal.due(at=timezone.now()).exists()
