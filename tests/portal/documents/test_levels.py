"""Signatures at production's level: time stamps, revocation data, archive time stamps, from real authorities."""

import socket
import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from portal.documents import evidence, inspection, signing
from tests.portal.documents.conftest import KEYS, sign_both


@pytest.fixture
def keys(authorities):
    authorities.ensure(KEYS)
    return authorities


def inspected(pdf, keys, **options):
    return inspection.inspect(pdf, (keys.folder / "roots.pem").read_bytes(), **options)


def test_both_signatures_are_stamped_proved_and_under_an_archive_stamp(drawn, keys):
    facts = inspected(sign_both(drawn, at=timezone.now()), keys)

    assert [(one.field, one.stamp, one.revocation) for one in facts.signatures] == [
        ("leader", "trusted", "good"),
        ("seal", "trusted", "good"),
    ]
    assert all(one.intact and one.trusted and one.permitted for one in facts.signatures)
    (stamp,) = facts.stamps
    assert (stamp.intact, stamp.trusted, stamp.last) == (True, True, True)
    assert (facts.closed, facts.changes) == (True, ())


def test_a_renewed_file_begins_with_the_old_one_and_is_as_good(drawn, keys):
    pdf = sign_both(drawn, at=timezone.now())

    renewed = signing.renew(pdf, at=timezone.now())

    facts = inspected(renewed, keys)
    assert renewed.startswith(pdf)
    assert [(one.trusted, one.last) for one in facts.stamps] == [(True, False), (True, True)]
    assert facts.closed


def test_authorities_are_asked_about_a_certificate_once_until_the_answer_runs_out(drawn, keys, monkeypatch):
    asked, fetch = [], evidence._fetch

    def noted(method, url, *rest):
        asked.append(url.rpartition("/")[2])
        return fetch(method, url, *rest)

    monkeypatch.setattr(evidence, "_fetch", noted)
    evidence.forget()
    for _paper in range(3):
        sign_both(drawn, at=timezone.now())

    assert asked.count("ocsp") == 3  # about the leader's, the seal's and the authority's certificate
    assert asked.count("tsa") == 1 + 3 * 3


# ── When nothing can be signed ────────────────────────────────────────────────────────────────────
def leader_signs(drawn):
    return signing.sign(
        signing.prepare(drawn),
        key_id="leader",
        field="leader",
        name="A",
        reason="B",
        at=timezone.now(),
        certify=True,
    )


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/tsa", "{base}/nothing", "{base}/ocsp"])
def test_without_a_stamp_nothing_is_signed(address, drawn, keys, settings):
    settings.TSA_URL = address.format(base=keys.base)

    with pytest.raises(signing.Unavailable):
        leader_signs(drawn)


def test_an_authority_that_hangs_is_waited_for_5_seconds(drawn, keys, settings, monkeypatch):
    monkeypatch.setattr(evidence, "SECONDS", 0.3)
    evidence._pool.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.TSA_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        begun = time.monotonic()
        with pytest.raises(signing.Unavailable):
            leader_signs(drawn)
    evidence._pool.cache_clear()

    assert time.monotonic() - begun < 3
    assert evidence.SECONDS <= 5


def test_only_allowed_addresses_are_called(drawn, keys, settings):
    settings.REVOCATION_ADDRESSES = ["http://127.0.0.1:1/"]
    evidence.forget()

    with pytest.raises(signing.Unavailable, match="REVOCATION_ADDRESSES"):
        leader_signs(drawn)


def test_a_revoked_key_signs_no_more(drawn, keys):
    keys.ensure({"gone": "Người Đã Nghỉ"})
    keys.revoke("gone")

    with pytest.raises(signing.KeyUnavailable, match="revoked"):
        signing.sign(
            signing.prepare(drawn), key_id="gone", field="leader", name="A", reason="B", at=timezone.now()
        )


def test_an_authority_nobody_trusts_stamps_nothing(drawn, keys, settings, tmp_path, stranger_folder):
    settings.TSA_TRUST_ROOTS = stranger_folder / "roots.pem"

    with pytest.raises(signing.Unavailable):
        leader_signs(drawn)


def test_an_authority_whose_clock_is_wrong_stamps_nothing(drawn, keys):
    keys.set_clock(timezone.now() + timedelta(hours=1))

    with pytest.raises(signing.Unavailable, match="our clock"):
        leader_signs(drawn)


def test_without_an_address_the_level_is_never_lowered(drawn, keys, settings):
    settings.TSA_URL = ""

    with pytest.raises(ImproperlyConfigured, match="SIGNING_LEVEL=B-B"):
        leader_signs(drawn)


def test_every_failure_can_be_caught_as_one():
    assert issubclass(signing.KeyUnavailable, signing.Unavailable)


def test_many_threads_sign_at_once(drawn, keys):
    done = []

    def work():
        done.append(leader_signs(drawn))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(inspected(one, keys, compare=False).signatures[0].stamp == "trusted" for one in done)
    assert len(done) == 4
