"""What the provider says, and what the cash desk makes of it."""

from datetime import timedelta

import pytest

from payments import ledger, reconciliation, signals
from payments.models import Charge, Payment, Receipt, Refund
from tests.payments.conftest import start


@pytest.fixture
def heard():
    """What travelled up while the test ran: (signal, charge status)."""
    told = []

    def settled(charge, **_more):
        told.append(("settled", charge.status))

    def refunded(charge, refund, **_more):
        if refund.status == "succeeded":
            told.append(("refunded", charge.status))

    signals.charge_settled.connect(settled)
    signals.refund_changed.connect(refunded)
    yield told
    signals.charge_settled.disconnect(settled)
    signals.refund_changed.disconnect(refunded)


def state(payment) -> tuple[str, str]:
    payment = Payment.objects.select_related("charge").get(pk=payment.pk)
    return payment.charge.status, payment.status


def test_paid_settles_once(started, sandbox, heard, now):
    sandbox.act(started.provider_id, "pay")

    for _ in range(2):
        reconciliation.check(Payment.objects.select_related("charge").get(pk=started.pk), at=now)

    assert state(started) == ("paid", "succeeded")
    receipt = Receipt.objects.get()
    assert (receipt.number, receipt.amount, receipt.payer_name) == (1, 10_000, "Nguyễn Thị Mẫu")
    assert heard == [("settled", "paid")]


def test_open_changes_nothing(started, now):
    reconciliation.check(started, at=now)

    assert state(started) == ("due", "open")


def test_declined_card_leaves_the_session_open(started, sandbox, now):
    sandbox.act(started.provider_id, "decline")

    reconciliation.check(started, at=now)

    assert state(started) == ("due", "open")
    sandbox.act(started.provider_id, "pay")
    reconciliation.check(started, at=now)
    assert state(started) == ("paid", "succeeded")


def test_bank_transfer_waits_then_arrives(started, sandbox, heard, now):
    sandbox.act(started.provider_id, "transfer")
    waiting = reconciliation.check(started, at=now)
    assert state(started) == ("pending", "processing")
    with pytest.raises(ledger.InProgress):
        start(started.charge, at=now)

    sandbox.act(started.provider_id, "arrived")
    reconciliation.check(waiting, at=now)

    assert state(started) == ("paid", "succeeded")
    assert heard == [("settled", "paid")]


def test_bank_transfer_comes_back(started, sandbox, now):
    sandbox.act(started.provider_id, "transfer")
    waiting = reconciliation.check(started, at=now)
    sandbox.act(started.provider_id, "returned")

    reconciliation.check(waiting, at=now)

    assert state(started) == ("due", "failed")
    again = start(started.charge, at=now)
    assert (again.attempt, again.status) == (2, "open")


@pytest.mark.parametrize(
    ("kind", "change", "note"),
    [
        ("payment_intent", {"amount_received": 9_000}, "amount"),
        ("checkout.session", {"currency": "usd"}, "currency"),
        ("checkout.session", {"metadata": {"charge": "another", "attempt": "1"}}, "reference"),
        ("checkout.session", {"livemode": True}, "mode"),
    ],
)
def test_another_fact_is_for_a_person_to_look_at(started, sandbox, heard, now, kind, change, note):
    session = sandbox.act(started.provider_id, "pay")
    id_ = started.provider_id if kind == "checkout.session" else session["payment_intent"]
    sandbox.control("change", kind=kind, id=id_, to=change)

    reconciliation.check(started, at=now)

    assert state(started) == ("due", "review")
    assert Payment.objects.get().note == note
    assert heard == []
    with pytest.raises(ledger.UnderReview):
        start(started.charge, at=now)


def test_expired_here_paid_there_is_paid(started, sandbox, heard, now):
    sandbox.act(started.provider_id, "pay")
    Payment.objects.update(status="expired", next_check_at=None)

    reconciliation.check(Payment.objects.select_related("charge").get(), at=now)

    assert state(started) == ("paid", "succeeded")
    assert heard == [("settled", "paid")]


def test_time_over_closes_the_session_there_too(started, sandbox, now):
    reconciliation.check(started, at=now + timedelta(hours=2))

    assert state(started) == ("due", "expired")
    assert sandbox.call("GET", f"/v1/checkout/sessions/{started.provider_id}").json()["status"] == "expired"


def test_cancelled_charge_closes_the_session_there(started, sandbox, now):
    ledger.cancel(started.charge, reason="withdrawn", at=now)

    assert state(started) == ("cancelled", "expired")
    assert sandbox.call("GET", f"/v1/checkout/sessions/{started.provider_id}").json()["status"] == "expired"


def test_money_after_cancellation_goes_back_once(started, sandbox, heard, now):
    sandbox.act(started.provider_id, "pay")

    ledger.cancel(started.charge, reason="withdrawn", at=now)
    ledger.cancel(started.charge, reason="withdrawn", at=now)
    reconciliation.check(Payment.objects.select_related("charge").get(), at=now)

    assert state(started) == ("cancelled", "succeeded")
    payment = Payment.objects.get()
    assert payment.surplus
    assert [r["amount"] for r in sandbox.refunds(payment.transaction_id)] == [10_000]
    assert Refund.objects.get().status == "succeeded"
    assert heard == [("refunded", "cancelled")]
    assert not Receipt.objects.exists()


def test_cancel_after_payment_gives_all_back(started, sandbox, heard, now):
    sandbox.act(started.provider_id, "pay")
    reconciliation.check(started, at=now)

    ledger.cancel(started.charge, reason="withdrawn", at=now)
    ledger.cancel(started.charge, reason="withdrawn", at=now)

    assert state(started) == ("refunded", "succeeded")
    assert len(sandbox.refunds(Payment.objects.get().transaction_id)) == 1
    assert heard == [("settled", "paid"), ("refunded", "refunded")]


def test_of_two_paid_sessions_the_second_goes_back(charge, sandbox, heard, now):
    first = start(charge, at=now)
    Payment.objects.filter(pk=first.pk).update(status="expired", next_check_at=None)
    second = start(charge, at=now)
    assert first.provider_id != second.provider_id
    sandbox.act(second.provider_id, "pay")
    reconciliation.check(second, at=now)
    sandbox.act(first.provider_id, "pay")

    reconciliation.check(Payment.objects.select_related("charge").get(pk=first.pk), at=now)

    assert Charge.objects.get().status == "paid"
    assert list(Payment.objects.order_by("attempt").values_list("status", "surplus")) == [
        ("succeeded", True),
        ("succeeded", False),
    ]
    assert Refund.objects.get().payment_id == first.pk
    assert heard == [("settled", "paid"), ("refunded", "paid")]


def test_paid_closes_another_open_attempt(charge, sandbox, now):
    first = start(charge, at=now)
    sandbox.act(first.provider_id, "pay")
    Payment.objects.filter(pk=first.pk).update(status="expired", next_check_at=None)
    second = start(charge, at=now)

    reconciliation.check(Payment.objects.select_related("charge").get(pk=first.pk), at=now)

    assert state(second) == ("paid", "expired")
    assert sandbox.call("GET", f"/v1/checkout/sessions/{second.provider_id}").json()["status"] == "expired"


def test_late_transfer_of_an_old_attempt_does_not_push_out_the_new_one(charge, sandbox, now):
    first = start(charge, at=now)
    sandbox.act(first.provider_id, "transfer")
    Payment.objects.filter(pk=first.pk).update(status="expired", next_check_at=None)
    second = start(charge, at=now)

    reconciliation.check(Payment.objects.select_related("charge").get(pk=first.pk), at=now)

    assert state(first) == ("pending", "expired")
    assert state(second) == ("pending", "open")


def test_nothing_moves_when_a_receiver_fails(started, sandbox, now):
    def breaks(**_more):
        raise RuntimeError("the room above")

    sandbox.act(started.provider_id, "pay")
    signals.charge_settled.connect(breaks)
    try:
        with pytest.raises(RuntimeError):
            reconciliation.check(started, at=now)
    finally:
        signals.charge_settled.disconnect(breaks)

    assert state(started) == ("due", "open")
    assert not Receipt.objects.exists()
    reconciliation.check(started, at=now)
    assert Receipt.objects.get().number == 1
