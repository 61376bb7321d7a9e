"""The cash desk with a real payment server beside it, and the people at it."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from payments import ledger
from payments.models import Payment
from tests import peers
from tests.factories import UserFactory
from tests.payments.sandbox import KEY, SECRET, Sandbox
from tests.together import together

LINES = [
    ledger.Line(
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
def now():
    return timezone.now()


@pytest.fixture
def payer(transactional_db):
    return UserFactory(full_name="Nguyễn Thị Mẫu")


@pytest.fixture
def charge(payer, now):
    return open_charge(payer, at=now)


def open_charge(payer, *, at, reference="dossier:1", lines=LINES):
    return ledger.open_charge(
        reference=reference,
        description={"vi": "Đăng ký thường trú", "en": "Residence registration"},
        lines=lines,
        payer=payer,
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
