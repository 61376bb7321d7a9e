"""Opening a charge and starting to pay it, with the payment server well and unwell."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from payments import ledger, reconciliation
from payments.lines import Line
from payments.models import Charge, FeeLine, Payment
from payments.providers import ProviderDown, ProviderRefused
from payments.providers.stripe import Stripe
from tests.factories import UserFactory
from tests.payments.conftest import LINES, open_charge, start

CREATE = "/v1/checkout/sessions"


def line(key, unit_amount, **more):
    fields = {
        "kind": "phi",
        "label": {"vi": key, "en": key},
        "unit_amount": unit_amount,
        "amount": unit_amount,
    } | more
    return Line(key=key, **fields)


def test_open_charge_freezes_the_lines(payer, now):
    copies = line("copies", 8_000, quantity=2, amount=8_000, reduction=8_000, reduction_basis={"vi": "Miễn"})

    charge = open_charge(payer, at=now, lines=[line("a", 5_000), copies])

    assert charge.amount == 13_000
    rows = FeeLine.objects.order_by("id").values_list("key", "quantity", "amount", "reduction_basis")
    assert list(rows) == [("a", 1, 5_000, {}), ("copies", 2, 8_000, {"vi": "Miễn"})]


def test_open_charge_is_idempotent_on_its_reference(payer, now):
    first, second = (open_charge(payer, at=now) for _ in range(2))

    assert first == second
    assert FeeLine.objects.count() == 1


def test_open_charge_refuses_another_sum_for_the_reference(payer, now):
    open_charge(payer, at=now)

    with pytest.raises(ledger.ChargeDiffers):
        open_charge(payer, at=now, lines=[line("a", 1)])
    with pytest.raises(ledger.ChargeDiffers):
        open_charge(UserFactory(), at=now)


@pytest.mark.parametrize("lines", [[], [line("a", 8_000, reduction=8_000, amount=0)]])
def test_nothing_to_pay_is_no_charge(payer, now, lines):
    with pytest.raises(ledger.NothingToPay):
        open_charge(payer, at=now, lines=lines)


def test_the_database_refuses_a_line_that_does_not_add_up(payer, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        open_charge(payer, at=now, lines=[line("a", 5_000, quantity=2)])


def test_the_database_refuses_a_second_active_attempt(started):
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            charge=started.charge,
            provider="stripe",
            attempt=2,
            amount=1,
            parameters={},
            idempotency_key="x",
            started_by=started.started_by,
            created_at=started.created_at,
            expires_at=started.expires_at,
        )


def test_start_says_all_the_provider_needs_and_no_more(started, sandbox):
    session = sandbox.call("GET", f"{CREATE}/{started.provider_id}").json()

    assert started.url == session["url"]
    assert (session["amount_total"], session["currency"]) == (10_000, "vnd")
    assert session["metadata"] == {"charge": str(started.charge.uuid), "attempt": "1"}
    assert session["adaptive_pricing"] == {"enabled": False}
    assert session["expires_at"] == int(started.expires_at.timestamp())
    assert session["success_url"] == f"http://testserver/thanh-toan/{started.charge.uuid}/ket-qua/"
    assert "Mẫu" not in str(session)


def test_starting_again_is_the_same_session(started, now):
    again = start(started.charge, at=now + timedelta(minutes=10))

    assert (again.pk, again.url) == (started.pk, started.url)


def test_starting_again_after_paying_in_another_tab_settles(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")

    with pytest.raises(ledger.AlreadyPaid):
        start(started.charge, at=now)

    assert Charge.objects.get().status == "paid"


def test_a_session_that_ran_out_gives_way_to_a_new_attempt(started, sandbox, now):
    sandbox.act(started.provider_id, "expire")

    again = start(started.charge, at=now)

    assert (again.attempt, again.status) == (2, "open")
    assert Payment.objects.get(attempt=1).status == "expired"


def test_cancelled_charges_cannot_be_paid(charge, sandbox, now):
    ledger.cancel(charge, reason="withdrawn", at=now)

    with pytest.raises(ledger.Cancelled):
        start(charge, at=now)


def test_server_down_keeps_the_attempt_and_the_next_try_goes_on_with_it(charge, settings, sandbox, now):
    base = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    with pytest.raises(ProviderDown):
        start(charge, at=now)
    waiting = Payment.objects.get()
    assert (waiting.status, waiting.provider_id) == ("created", "")

    settings.STRIPE_API_BASE = base
    again = start(charge, at=now + timedelta(minutes=2))

    assert (again.pk, again.status) == (waiting.pk, "open")


@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_lost_on_the_way_gives_the_same_session(charge, sandbox, now, times):
    before = len(sandbox.sessions())
    sandbox.fault(CREATE, "lost", times=times)

    if times == 3:  # the SDK repeats a call twice by itself
        with pytest.raises(ProviderDown):
            start(charge, at=now)
    payment = start(charge, at=now + timedelta(minutes=1))

    assert payment.status == "open"
    assert len(sandbox.sessions()) == before + 1


def test_an_attempt_never_opened_in_its_time_gives_way_to_a_new_one(charge, sandbox, now):
    sandbox.fault(CREATE, "error", times=3)
    with pytest.raises(ProviderDown):
        start(charge, at=now - timedelta(minutes=50))

    payment = start(charge, at=now)

    assert (payment.attempt, payment.status) == (2, "open")
    assert Payment.objects.get(attempt=1).status == "failed"


def test_a_wrong_key_is_our_trouble_not_the_payers(charge, settings, sandbox, now):
    settings.STRIPE_API_KEY = "sk_test_wrong"

    with pytest.raises(ProviderDown):
        start(charge, at=now)


def test_a_sum_that_the_provider_does_not_take_is_refused(payer, sandbox, now):
    charge = open_charge(payer, at=now, lines=[line("a", 100_000_000)])

    with pytest.raises(ProviderRefused):
        start(charge, at=now)

    assert Payment.objects.get().status == "failed"


def test_cancelled_while_the_provider_is_being_asked(charge, sandbox, now, monkeypatch):
    real = Stripe.start

    def slow(self, payment):
        opened = real(self, payment)
        ledger.cancel(charge, reason="withdrawn", at=now)
        return opened

    monkeypatch.setattr(Stripe, "start", slow)

    with pytest.raises(ledger.Cancelled):
        start(charge, at=now)

    reconciliation.sweep_stale(at=now + timedelta(minutes=6))
    assert Payment.objects.get().status == "expired"
    session = sandbox.call("GET", f"{CREATE}/{Payment.objects.get().provider_id}").json()
    assert session["status"] == "expired"


def test_lock_finds_the_charge_of_a_reference(charge):
    with transaction.atomic():
        assert ledger.lock(charge.reference) == [charge]
        assert ledger.lock("dossier:none") == []
    assert ledger.for_reference(charge.reference) == charge
    assert LINES[0].amount == charge.amount
