"""Many at once: whatever comes in parallel happens once."""

from functools import partial

from django.test import Client
from django.urls import reverse

from payments import ledger, reconciliation, refunds, signals, tasks
from payments.models import Charge, Payment, ProviderEvent, Receipt, Refund
from tests.payments.conftest import open_charge, start
from tests.payments.sandbox import ring

EIGHT = range(8)


def test_one_event_eight_times(started, sandbox, together, now):
    sandbox.act(started.provider_id, "pay")
    event = sandbox.events(started.provider_id)[0]

    answers = together(*[lambda: ring(Client(), event, at=now.timestamp()) for _ in EIGHT])

    assert [a.status_code for a in answers] == [200] * 8
    assert ProviderEvent.objects.count() == 1
    assert (Charge.objects.get().status, Receipt.objects.count()) == ("paid", 1)


def test_eight_events_of_one_session(started, sandbox, together, now):
    sandbox.act(started.provider_id, "pay")
    event = sandbox.events(started.provider_id)[0]

    together(*[partial(ring, Client(), event | {"id": f"evt_{n}"}, at=now.timestamp()) for n in EIGHT])

    tasks.sweep_events()
    assert set(ProviderEvent.objects.values_list("status", flat=True)) == {"done"}
    assert (Charge.objects.get().status, Receipt.objects.count()) == ("paid", 1)


def test_two_tabs_eight_clicks_one_session(charge, sandbox, together, now):
    before = len(sandbox.sessions())

    def click(client):
        return client.post(reverse("payments:pay", args=[charge.uuid]))

    tabs = [Client(), Client()]
    for tab in tabs:
        tab.force_login(charge.payer)
    answers = together(*[partial(click, tabs[n % 2]) for n in EIGHT])

    assert len({a["Location"] for a in answers}) == 1
    assert Payment.objects.count() == 1
    assert len(sandbox.sessions()) == before + 1


def test_ten_receipts_leave_no_gap(payer, sandbox, together, now):
    charges = [open_charge(payer, at=now, reference=f"dossier:{n}") for n in range(10)]
    payments = [start(each, at=now) for each in charges]
    for payment in payments:
        sandbox.act(payment.provider_id, "pay")

    together(*[partial(reconciliation.check, payment, at=now) for payment in payments])

    numbers = Receipt.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 11))


def test_two_officers_refund_at_once(started, sandbox, together, now):
    sandbox.act(started.provider_id, "pay")
    reconciliation.check(started, at=now)

    answers = together(*[partial(ledger.refund, started.charge, by=None, at=now) for _ in range(2)])

    assert sorted(type(a).__name__ for a in answers) == ["Refund", "RefundExceeds"]
    assert [r["amount"] for r in sandbox.refunds(Payment.objects.get().transaction_id)] == [10_000]


def test_one_refund_sent_by_four_workers(started, sandbox, together, now, monkeypatch):
    monkeypatch.setattr(tasks.send_refund, "delay", lambda **_: None)
    sandbox.act(started.provider_id, "pay")
    reconciliation.check(started, at=now)
    refund = ledger.refund(started.charge, by=None, at=now)

    together(*[partial(refunds.send, refund.pk, at=now) for _ in range(4)])

    assert len(sandbox.refunds(Payment.objects.get().transaction_id)) == 1
    assert Refund.objects.get().status == "succeeded"


def test_withdrawal_and_payment_at_once_end_in_one_refund(payer, sandbox, together, now):
    for n in range(4):
        charge = open_charge(payer, at=now, reference=f"dossier:{n}")
        payment = start(charge, at=now)
        sandbox.act(payment.provider_id, "pay")

        together(
            partial(ledger.cancel, charge, reason="withdrawn", at=now),
            partial(reconciliation.check, payment, at=now),
        )

        payment = Payment.objects.get(pk=payment.pk)
        assert payment.status == "succeeded"
        assert [r["amount"] for r in sandbox.refunds(payment.transaction_id)] == [10_000]
        charge.refresh_from_db()
        assert charge.status in {"refunded", "cancelled"}
        assert Receipt.objects.filter(charge=charge).exists() == (charge.status == "refunded")


def test_a_receipt_number_of_an_undone_settlement_is_used_again(payer, sandbox, now, together):
    charges = [open_charge(payer, at=now, reference=f"dossier:{n}") for n in range(4)]
    payments = [start(each, at=now) for each in charges]
    for payment in payments:
        sandbox.act(payment.provider_id, "pay")

    def odd_ones_fail(charge, **_more):
        if charge.pk % 2:
            raise RuntimeError("undone")

    signals.charge_settled.connect(odd_ones_fail)
    try:
        together(*[partial(reconciliation.check, payment, at=now) for payment in payments])
    finally:
        signals.charge_settled.disconnect(odd_ones_fail)

    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2]
