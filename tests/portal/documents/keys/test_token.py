"""Keys in a real PKCS#11 token: signing, forks, threads, and everything that an HSM can do to you."""

import logging
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from portal.documents import authority, keys
from portal.documents.keys import minting, token
from tests.softhsm import LABEL, PIN

# python-pkcs11 ends a search of a session that is gone, and cannot.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NOW = datetime.now(UTC)
DATA = b"the bytes to be signed"


@pytest.fixture(params=minting.ALGORITHMS)
def algorithm(request):
    return request.param


def test_a_key_signs_inside_the_token(hsm, algorithm):
    hsm.make("lanh-dao", "Hoàng Minh Ví Dụ", at=NOW, algorithm=algorithm)

    key = keys.key("lanh-dao")

    assert keys.matches(key.certificate, DATA, key.sign(DATA))
    assert not keys.matches(key.certificate, DATA + b".", key.sign(DATA))
    kind = rsa.RSAPublicKey if algorithm == "rsa3072" else ec.EllipticCurvePublicKey
    assert isinstance(key.certificate.public_key(), kind)
    assert key.chain == (hsm.root,)
    assert hash(key) == hash(keys.key("lanh-dao"))


def test_the_private_key_cannot_leave(hsm):
    from pkcs11 import Attribute, exceptions  # noqa: PLC0415 - as lazily as the site does

    hsm.make("lanh-dao", "Hoàng Minh Ví Dụ", at=NOW)
    [held] = token.use("lanh-dao", lambda session: list(token.private_keys(session, "lanh-dao")))

    with pytest.raises(exceptions.AttributeSensitive):
        held[Attribute.VALUE]


def test_a_root_that_only_this_site_knows_completes_the_chain(hsm):
    request = minting.generate("k", algorithm="p256", subject={"common_name": "K"})
    own, root = x509.load_pem_x509_certificates(hsm.certify(request, at=NOW))
    minting.install("k", own.public_bytes(_pem()))
    assert keys.key("k").chain == ()

    (hsm.folder / "roots.pem").write_bytes(root.public_bytes(_pem()))
    token.forget()

    assert keys.key("k").chain == (root,)


def _pem():
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return Encoding.PEM


# ── Renewal ───────────────────────────────────────────────────────────────────────────────────────
def test_the_old_key_signs_until_the_new_certificate_is_installed(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW - timedelta(days=300))
    old = keys.fingerprint("k")
    request = minting.generate("k", algorithm="p256", subject={"common_name": "Hoàng Minh Ví Dụ"})
    token.forget()
    assert keys.fingerprint("k") == old

    minting.install("k", hsm.certify(request, at=NOW))

    key = keys.key("k")
    assert keys.fingerprint("k") != old
    assert keys.matches(key.certificate, DATA, key.sign(DATA))


def test_a_certificate_that_is_not_valid_yet_does_not_sign(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    now_valid = keys.fingerprint("k")

    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW + timedelta(days=30))

    assert keys.fingerprint("k") == now_valid


def test_a_certificate_of_another_key_is_not_installed(hsm):
    hsm.make("one", "Một", at=NOW)
    pem = hsm.make("two", "Hai", at=NOW)

    with pytest.raises(minting.Misfit, match="No key 'one'"):
        minting.install("one", pem)
    with pytest.raises(minting.Misfit, match="no certificate in PEM"):
        minting.install("one", b"rubbish")


def test_a_signature_that_does_not_fit_its_certificate_is_not_given_away(hsm):
    hsm.make("one", "Một", at=NOW)
    hsm.make("two", "Hai", at=NOW)
    one, two = keys.key("one"), keys.key("two")
    mixed = token.TokenKey("one", two.identifier, one.certificate, ())
    token._here().handles[two.identifier] = token.use("two", lambda s: next(token.private_keys(s, "two")))

    with pytest.raises(keys.KeyUnavailable, match="belongs to another key"):
        mixed.sign(DATA)


def test_a_file_key_moves_into_the_token(hsm, tmp_path):
    authority.ensure({"k": "Hoàng Minh Ví Dụ"}, folder=tmp_path, passphrase="p", at=NOW)
    content = (tmp_path / "k.p12").read_bytes()

    with pytest.raises(minting.Misfit, match="passphrase"):
        minting.bring("k", content, "wrong")
    held = minting.bring("k", content, "p")

    key = keys.key("k")
    assert key.certificate == held.certificate
    assert keys.matches(key.certificate, DATA, key.sign(DATA))
    assert len(key.chain) == 1


# ── Processes and threads ─────────────────────────────────────────────────────────────────────────
def test_after_a_fork_parent_and_child_sign(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    key = keys.key("k")
    assert key.sign(DATA)

    child = os.fork()
    if child == 0:  # a worker of Celery's is born like this
        fine = False
        try:
            fine = all(keys.matches(k.certificate, DATA, k.sign(DATA)) for k in (key, keys.key("k")))
        finally:
            os._exit(0 if fine else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert keys.matches(key.certificate, DATA, key.sign(DATA))


def test_a_fork_while_another_thread_signs_leaves_no_locked_child(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    key = keys.key("k")
    held, done = threading.Event(), threading.Event()

    def hold():
        with token._lock:
            held.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    child = os.fork()
    if child == 0:
        fine = False
        try:
            fine = keys.matches(key.certificate, DATA, key.sign(DATA))
        finally:
            os._exit(0 if fine else 1)
    done.set()
    holder.join()

    assert os.waitpid(child, 0)[1] == 0


def test_threads_share_the_session(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    key, good = keys.key("k"), []

    def work():
        good.extend(keys.matches(key.certificate, DATA, key.sign(DATA)) for _n in range(20))

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert good == [True] * 80


# ── What goes wrong ───────────────────────────────────────────────────────────────────────────────
def test_a_wrong_pin_is_tried_once_and_never_told(hsm, settings, caplog):
    caplog.set_level(logging.DEBUG)
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    settings.SIGNING_KEYS_PIN = "86420975"
    opened = []
    use = token._session

    for _attempt in range(5):
        with pytest.raises(keys.KeyUnavailable, match="refuses the PIN") as refused:
            keys.key("k")
        opened.append(token._here().session)
        assert "86420975" not in f"{refused.value!r} {refused.value} {caplog.text}"
        assert refused.value.__suppress_context__

    assert use is token._session
    assert opened == [None] * 5
    settings.SIGNING_KEYS_PIN = PIN  # mended, and the process started again
    assert keys.key("k")


def test_a_wrong_pin_does_not_reach_the_token_again(hsm, settings, monkeypatch):
    import pkcs11  # noqa: PLC0415

    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    settings.SIGNING_KEYS_PIN = "86420975"
    with pytest.raises(keys.KeyUnavailable, match="PIN"):
        keys.key("k")
    monkeypatch.setattr(pkcs11, "lib", lambda _so: pytest.fail("the token was asked again"))

    with pytest.raises(keys.KeyUnavailable, match="PIN"):
        keys.key("k")


@pytest.mark.parametrize("key_id", ["unknown", "", "../k", "k\0"])
def test_a_key_that_is_not_there(hsm, key_id):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)

    with pytest.raises(keys.KeyUnavailable, match="no key of this name"):
        keys.key(key_id)


def test_a_key_that_waits_for_its_certificate(hsm):
    minting.generate("k", algorithm="p256", subject={"common_name": "K"})

    with pytest.raises(keys.KeyUnavailable, match="no certificate"):
        keys.key("k")


def test_a_module_that_is_not_there(hsm, settings):
    settings.SIGNING_TOKEN = {"module": "/nowhere/module.so", "token": LABEL}

    with pytest.raises(keys.KeyUnavailable, match=r"module /nowhere/module\.so cannot be loaded"):
        keys.key("k")


def test_a_token_of_another_name(hsm, settings):
    settings.SIGNING_TOKEN = settings.SIGNING_TOKEN | {"token": "elsewhere"}

    with pytest.raises(keys.KeyUnavailable, match="there is no token 'elsewhere'"):
        keys.key("k")


def test_a_token_that_is_pulled_out_and_comes_back(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    key = keys.key("k")
    assert key.sign(DATA)

    hsm.remove()
    with pytest.raises(keys.KeyUnavailable, match="there is no token"):
        key.sign(DATA)
    hsm.put_back()

    assert keys.matches(key.certificate, DATA, key.sign(DATA))


def test_a_session_that_is_lost_is_opened_again(hsm):
    hsm.make("k", "Hoàng Minh Ví Dụ", at=NOW)
    key = keys.key("k")
    token._here().session.close()  # as an HSM does with idle ones

    assert keys.matches(key.certificate, DATA, key.sign(DATA))


def test_nothing_is_loaded_before_somebody_signs(hsm):
    code = "import django, sys; django.setup(); import portal.documents.signing; assert 'pkcs11' not in sys.modules"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}

    assert _run(code, environment) == 0


def _run(code, environment):
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    return subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode
