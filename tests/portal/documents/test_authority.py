"""The demonstration authority: idempotent, private, and only for who really signs."""

from datetime import UTC, datetime

import pytest
import requests
from cryptography import x509
from django.core.management import CommandError, call_command

from portal.documents import authority
from tests import factories

AT = datetime(2026, 11, 12, tzinfo=UTC)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_makes_root_trust_and_keys_once(tmp_path):
    first = authority.ensure({"b": "Hai", "a": "Một"}, folder=tmp_path, passphrase="x", at=AT)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}

    second = authority.ensure({"b": "Hai", "a": "Một"}, folder=tmp_path, passphrase="x", at=AT)

    assert (first, second) == (["a", "b"], [])
    assert names(tmp_path) == [".lock", "a.p12", "b.p12", "ca.p12", "roots.pem"]
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


def test_a_later_key_comes_from_the_same_root(tmp_path):
    authority.ensure({"a": "Một"}, folder=tmp_path, passphrase="x", at=AT)
    root = (tmp_path / "roots.pem").read_bytes()

    assert authority.ensure({"a": "Một", "c": "Ba"}, folder=tmp_path, passphrase="x", at=AT) == ["c"]
    assert (tmp_path / "roots.pem").read_bytes() == root


def test_files_are_for_the_owner_alone(tmp_path):
    folder = tmp_path / "keys"
    authority.ensure({"a": "Một"}, folder=folder, passphrase="x", at=AT)

    assert folder.stat().st_mode & 0o077 == 0
    assert all((folder / name).stat().st_mode & 0o077 == 0 for name in ("ca.p12", "a.p12", "roots.pem"))


def test_the_root_says_that_it_is_for_demonstration(tmp_path):
    authority.ensure({}, folder=tmp_path, passphrase="x", at=AT)

    root = x509.load_pem_x509_certificate((tmp_path / "roots.pem").read_bytes())
    assert "trình diễn" in root.subject.rfc4514_string()
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_command_makes_keys_for_signers_and_manned_agencies_only(db, settings, tmp_path, capsys):
    settings.SIGNING_KEYS_DIR, settings.SIGNING_KEYS_PASSPHRASE = tmp_path, "x"
    manned = factories.AgencyFactory(seal_key="con-dau-1")
    factories.AgencyFactory(seal_key="con-dau-2")
    factories.staff("leader", manned, signing_key="lanh-dao-1")
    factories.staff("clerk", manned)

    call_command("demo_ca")
    call_command("demo_ca")

    assert names(tmp_path) == [".lock", "ca.p12", "con-dau-1.p12", "lanh-dao-1.p12", "roots.pem"]
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()] == [
        "2 certificates made",
        "0 certificates made",
    ]


# ── The services beside it ────────────────────────────────────────────────────────────────────────
PLACE = "http://127.0.0.1:8003"


def test_a_folder_of_before_gets_certificates_that_name_the_services_for_the_same_keys(tmp_path):
    authority.ensure({"a": "Một"}, folder=tmp_path, passphrase="x", at=AT)
    before, key = authority.load(tmp_path / "a.p12", "x")

    made = authority.ensure({"a": "Một"}, folder=tmp_path, passphrase="x", at=AT, services=PLACE)
    again = authority.ensure({"a": "Một"}, folder=tmp_path, passphrase="x", at=AT, services=PLACE)

    after, same = authority.load(tmp_path / "a.p12", "x")
    assert (made, again) == (["a"], [])
    assert same.private_numbers() == key.private_numbers()
    assert after != before
    points = after.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name[0].value == f"{PLACE}/root.crl"
    assert authority.ensure({"a": "Một"}, folder=tmp_path, passphrase="x", at=AT, services=f"{PLACE}1") == [
        "a"
    ]


def test_a_name_of_any_length_fits_into_a_certificate(tmp_path):
    authority.ensure({"a": "Ủy ban nhân dân " * 9}, folder=tmp_path, passphrase="x", at=AT)

    certificate, _key = authority.load(tmp_path / "a.p12", "x")
    assert "Ủy ban nhân dân" in certificate.subject.rfc4514_string()


def test_the_services_answer_and_name_what_was_revoked(authorities):
    authorities.ensure({"ended": "Người Đã Nghỉ"})
    certificate, _key = authority.load(authorities.folder / "ended.p12", "tests")
    authorities.revoke("ended")

    listed = x509.load_der_x509_crl(requests.get(f"{authorities.base}/root.crl", timeout=5).content)
    root = requests.get(f"{authorities.base}/root.crt", timeout=5).content

    assert listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    assert listed.is_signature_valid(x509.load_der_x509_certificate(root).public_key())
    assert requests.post(f"{authorities.base}/ocsp", data=b"rubbish", timeout=5).status_code == 400
    assert requests.post(f"{authorities.base}/tsa", data=b"x" * 70_000, timeout=5).status_code == 413
    assert requests.get(f"{authorities.base}/nothing", timeout=5).status_code == 404


def test_the_command_revokes(db, settings, tmp_path, capsys):
    settings.SIGNING_KEYS_DIR, settings.SIGNING_KEYS_PASSPHRASE = tmp_path, "x"
    authority.ensure({"a": "Một"}, folder=tmp_path, passphrase="x", at=AT)

    call_command("demo_ca", revoke="a")
    with pytest.raises(CommandError, match="no key b"):
        call_command("demo_ca", revoke="b")

    certificate, _key = authority.load(tmp_path / "a.p12", "x")
    assert list(authority.revoked(tmp_path)) == [certificate.serial_number]
