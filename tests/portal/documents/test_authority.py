"""The demonstration authority: idempotent, private, and only for who really signs."""

from datetime import UTC, datetime

from cryptography import x509
from django.core.management import call_command

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
        "2 keys made",
        "0 keys made",
    ]
