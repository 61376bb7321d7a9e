"""The cash desk with a real payment server beside it, and the people at it."""

import threading
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from payments import desk, ledger
from payments.lines import Line
from payments.models import Payment
from payments.sandbox.gateway import Gateway, server
from tests import peers
from tests.factories import AgencyFactory, UserFactory, staff
from tests.payments.sandbox import KEY, SECRET, Sandbox
from tests.together import together

VNPAY_SECRET = "a-secret-of-the-tests"
LINES = [
    Line(
        key="residence",
        kind="le_phi",
        label={"vi": "Đăng ký thường trú", "en": "Residence registration"},
        unit_amount=10_000,
        amount=10_000,
        basis={"vi": "Thông tư mẫu", "en": "Sample circular"},
    )
]


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory):
    running = Sandbox(tmp_path_factory.mktemp("sandbox") / "state.sqlite3", "--transfer-delay", "3600")
    peers.took_part("Stripe-speaking sandbox (own process)")
    yield running
    running.stop()


@pytest.fixture
def sandbox(sandbox_process, settings, monkeypatch):
    """The payment server, with nothing wrong and webhooks kept back."""
    settings.STRIPE_API_KEY = KEY
    settings.STRIPE_API_BASE = sandbox_process.base
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    # The SDK waits half a second before it repeats a call; the tests need not.
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.05)
    monkeypatch.setattr("stripe._http_client.HTTPClient.MAX_DELAY", 0.2)
    sandbox_process.calm()
    return sandbox_process


@pytest.fixture
def gateway(settings, live_server):
    """A gateway of the VNPAY kind beside the portal: a real server that knows the specification only."""
    peer = Gateway("MOTCUA01", VNPAY_SECRET, live_server.url + reverse("payments:webhook", args=["vnpay"]))
    running = server(peer)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    peers.took_part("VNPAY-speaking gateway (own server)")
    settings.VNPAY_TMN_CODE, settings.VNPAY_SECRETS = peer.code, [VNPAY_SECRET, "the-next-one"]
    settings.VNPAY_PAY_URL, settings.VNPAY_API_URL = f"{running.url}/pay", f"{running.url}/api"
    yield peer
    running.shutdown()
    running.server_close()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def payer(transactional_db):
    return UserFactory(full_name="Nguyễn Thị Mẫu")


@pytest.fixture
def charge(payer, now):
    return open_charge(payer, at=now)


def open_charge(payer, *, at, reference="dossier:1", lines=LINES, agency=None):
    return ledger.open_charge(
        reference=reference,
        description={"vi": "Đăng ký thường trú", "en": "Residence registration"},
        lines=lines,
        payer=payer,
        agency=agency,
        return_path="/ho-so/H26.1-261121-0001/",
        at=at,
    )


@pytest.fixture
def started(charge, sandbox, now):
    """A payment that waits for its payer at the sandbox."""
    return start(charge, at=now)


def start(charge, *, at) -> Payment:
    return ledger.start(charge, provider="stripe", by=charge.payer, at=at)


@pytest.fixture(name="together")
def setting_off():
    """See `tests.together`."""
    return together


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# ── A window and its accountant ──
@pytest.fixture
def agency(transactional_db):
    return AgencyFactory()


@pytest.fixture
def cashier(agency):
    return staff("receiver", agency, full_name="Trần Thị Thu")


@pytest.fixture
def keeper(agency):
    return staff("accountant", agency, full_name="Bạch Thị Tính")


@pytest.fixture
def owed(payer, agency, now):
    return open_charge(payer, agency=agency, at=now)


@pytest.fixture
def till(agency, cashier, now):
    return desk.open_till(agency, window="Cửa 1", float_amount=50_000, by=cashier, at=now)


@pytest.fixture
def taking(owed, till, now):
    return desk.take(owed, given=10_000, till=till, by=till.cashier, at=now)


@pytest.fixture
def at_sandbox(owed, sandbox, now):
    """A payment of this agency that waits for its payer at the sandbox."""
    return start(owed, at=now)


def sign_in(client, user):
    client.force_login(user)
    return client
