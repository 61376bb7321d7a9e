"""manage.py signing_key, against a real token: request, install, list, import."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from django.core.management import CommandError, call_command

from portal.documents import authority, expiry, keys
from portal.documents.keys import minting
from tests import factories

NOW = datetime.now(UTC)


def run(*arguments):
    out = io.StringIO()
    call_command("signing_key", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("algorithm", minting.ALGORITHMS)
def test_from_the_request_to_the_certificate(db, hsm, tmp_path, algorithm):
    factories.UserFactory(full_name="Hoàng Minh Ví Dụ", signing_key="lanh-dao")
    words = ("--name", "Hoàng Minh Ví Dụ", "--organisation", "UBND phường Mẫu", "--algorithm", algorithm)

    request = run("request", "lanh-dao", *words).encode()

    asked = x509.load_pem_x509_csr(request)
    assert asked.is_signature_valid
    assert asked.subject.rfc4514_string() == "CN=Hoàng Minh Ví Dụ,O=UBND phường Mẫu,C=VN"
    assert "waits for its certificate" in run("list")

    (tmp_path / "cert.pem").write_bytes(hsm.certify(request, at=NOW, days=30))
    assert "ends on" in run("install", "lanh-dao", tmp_path / "cert.pem")

    assert "lanh-dao\tHoàng Minh Ví Dụ; certificate ends on" in run("list")
    key = keys.key("lanh-dao")
    assert keys.matches(key.certificate, b"x", key.sign(b"x"))
    # Certificates in a token are watched like others.
    assert [each.owner for each in expiry.ending(at=NOW)] == ["Hoàng Minh Ví Dụ"]


def test_the_list_shows_what_is_out_of_order(db, hsm):
    factories.UserFactory(full_name="Hoàng Minh Ví Dụ", signing_key="a")
    factories.UserFactory(full_name="Không Có Khoá", signing_key="b")
    hsm.make("a", "Lê Thị Người Khác", at=NOW)
    hsm.make("c", "Không Ai Dùng", at=NOW - timedelta(days=400))

    told = run("list")

    assert "a\tHoàng Minh Ví Dụ, made out to Lê Thị Người Khác; certificate ends on" in told
    assert (
        "b\tKhông Có Khoá: The signing key 'b' cannot be used: the token holds no key of this name." in told
    )
    assert "c\tcertificate ended on" in told
    assert "used by nobody" in told


def test_remote_keys_are_listed_and_watched(db, signer):
    key_id = signer.enrol("cred-1", "Hoàng Minh Ví Dụ")
    factories.UserFactory(full_name="Hoàng Minh Ví Dụ", signing_key=key_id)
    end = keys.certificate(key_id).not_valid_after_utc

    assert f"{key_id}\tHoàng Minh Ví Dụ; certificate ends on" in run("list")
    assert expiry.ending(at=end - timedelta(days=61)) == []
    assert [each.key_id for each in expiry.ending(at=end - timedelta(days=59))] == [key_id]


def test_a_file_is_moved_into_the_token(db, hsm, tmp_path, monkeypatch):
    authority.ensure({"k": "Hoàng Minh Ví Dụ"}, folder=tmp_path, passphrase="p", at=NOW)
    monkeypatch.setenv("SIGNING_KEYS_PASSPHRASE", "p")

    assert "Destroy the file now" in run("import", "k", tmp_path / "k.p12")
    assert keys.key("k").sign(b"x")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("install", "k", "/nowhere.pem"), "No such file"),
        (("install", "k", __file__), "no certificate in PEM"),
        (("request", "../k", "--name", "K"), "A key id has letters"),
    ],
)
def test_what_cannot_be_done_is_said(hsm, arguments, said):
    with pytest.raises(CommandError, match=said):
        run(*arguments)


def test_without_a_token_there_is_nothing_to_make(settings):
    settings.SIGNING_TOKEN = {}

    with pytest.raises(CommandError, match="SIGNING_KEYS_URL"):
        run("request", "k", "--name", "K")
