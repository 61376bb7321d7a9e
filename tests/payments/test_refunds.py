"""Money on its way back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from payments import ledger, reconciliation, refunds, tasks
from payments.models import Charge, Payment, Refund
from tests.factories import UserFactory
from tests.payments.conftest import start
from tests.payments.sandbox import ring

CREATE = "/v1/refunds"


@pytest.fixture
def paid(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    return reconciliation.check(started, at=now)


def ask(payment, at, **more):
    return ledger.refund(payment.charge, by=None, at=at, **more)


def test_all_of_it(paid, sandbox, now):
    ask(paid, now)

    assert (Charge.objects.get().status, Refund.objects.get().status) == ("refunded", "succeeded")
    assert [r["amount"] for r in sandbox.refunds(paid.transaction_id)] == [10_000]


def test_a_part_leaves_the_charge_paid(paid, now):
    ask(paid, now, amount=4_000)

    assert Charge.objects.get().status == "paid"
    ask(paid, now, amount=6_000)
    assert Charge.objects.get().status == "refunded"


def test_cancel_gives_back_what_is_left(paid, now):
    ask(paid, now, amount=4_000)

    ledger.cancel(paid.charge, reason="withdrawn", at=now)

    assert list(Refund.objects.order_by("id").values_list("amount", flat=True)) == [4_000, 6_000]
    assert Charge.objects.get().status == "refunded"


def test_more_than_came_in_is_refused(paid, now):
    with pytest.raises(refunds.RefundExceeds):
        ask(paid, now, amount=10_001)
    ask(paid, now, amount=4_000)
    with pytest.raises(refunds.RefundExceeds):
        ask(paid, now)


def test_nothing_paid_nothing_to_refund(charge, now):
    with pytest.raises(ledger.NotPaid):
        ledger.refund(charge, by=None, at=now)


@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_lost_on_the_way_is_one_refund(paid, sandbox, now, times):
    sandbox.fault(CREATE, "lost", times=times)

    ask(paid, now)
    reconciliation.sweep_refunds(at=now + timedelta(minutes=2))

    assert len(sandbox.refunds(paid.transaction_id)) == 1
    assert (Charge.objects.get().status, Refund.objects.get().status) == ("refunded", "succeeded")


def test_an_answer_lost_longer_ago_than_keys_are_kept_is_one_refund(paid, sandbox, now):
    sandbox.fault(CREATE, "lost", times=3)
    ask(paid, now, amount=4_000)
    sandbox.control("forget")

    reconciliation.sweep_refunds(at=now + timedelta(days=3))

    assert [r["amount"] for r in sandbox.refunds(paid.transaction_id)] == [4_000]
    assert Refund.objects.get().status == "succeeded"


def test_with_the_provider_down_the_promise_waits(paid, sandbox, now):
    sandbox.fault(CREATE, "error", times=3)

    ask(paid, now)

    assert (Charge.objects.get().status, Refund.objects.get().status) == ("refunding", "requested")
    assert reconciliation.sweep_refunds(at=now) == 0
    reconciliation.sweep_refunds(at=now + timedelta(minutes=2))
    assert (Charge.objects.get().status, Refund.objects.get().status) == ("refunded", "succeeded")


def test_the_sweep_finds_what_the_broker_lost(paid, sandbox, now, monkeypatch):
    monkeypatch.setattr(tasks.send_refund, "delay", lambda **_: None)
    ask(paid, now)

    tasks.sweep_refunds()

    assert Refund.objects.get().status == "succeeded"


def test_a_refused_refund_is_for_a_person_to_look_at(paid, sandbox, now, caplog):
    sandbox.call("POST", CREATE, {"payment_intent": paid.transaction_id})

    ask(paid, now)

    refund = Refund.objects.get()
    assert (refund.status, refund.note) == ("failed", "charge_already_refunded")
    assert Charge.objects.get().status == "paid"
    assert "a person has to look at it" in caplog.text


def test_a_refund_in_the_providers_dashboard_is_recorded(client, paid, sandbox, now):
    made = sandbox.call("POST", CREATE, {"payment_intent": paid.transaction_id}).json()
    event = sandbox.events(made["id"])[0]

    for id_ in ("evt_1", "evt_2"):
        ring(client, event | {"id": id_}, at=now.timestamp())

    refund = Refund.objects.get()
    assert (refund.reason, refund.status, refund.provider_id) == ("external", "succeeded", made["id"])
    assert Charge.objects.get().status == "refunded"


def test_a_refund_that_fails_after_all_puts_the_charge_back(client, paid, sandbox, now):
    ask(paid, now)
    id_ = Refund.objects.get().provider_id
    sandbox.control(
        "change", kind="refund", id=id_, to={"status": "failed", "failure_reason": "lost_account"}
    )
    event = sandbox.events(id_)[0]

    ring(client, event | {"id": "evt_failed", "type": "refund.failed"}, at=now.timestamp())

    assert (Charge.objects.get().status, Refund.objects.get().note) == ("paid", "lost_account")


def test_a_pending_refund_is_asked_about_until_it_is_done(paid, sandbox, now, monkeypatch):
    monkeypatch.setattr(tasks.send_refund, "delay", lambda **_: None)
    refund = ask(paid, now)
    refunds.send(refund.pk, at=now)
    id_ = Refund.objects.get().provider_id
    sandbox.control("change", kind="refund", id=id_, to={"status": "pending"})
    Refund.objects.update(status="pending", next_attempt_at=now)

    reconciliation.sweep_refunds(at=now + timedelta(minutes=1))
    assert Refund.objects.get().status == "pending"

    sandbox.control("change", kind="refund", id=id_, to={"status": "succeeded"})
    reconciliation.sweep_refunds(at=now + timedelta(hours=2))
    assert Refund.objects.get().status == "succeeded"
    assert len(sandbox.refunds(paid.transaction_id)) == 1


def test_a_strangers_refund_is_ignored(client, sandbox, paid, now):
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "refund.created",
        "livemode": False,
        "data": {"object": {"id": "re_unknown", "metadata": {"refund": "x"}}},
    }

    assert ring(client, event, at=now.timestamp()).status_code == 200

    assert not Refund.objects.exists()


def test_surplus_goes_back_even_if_its_worker_died(charge, sandbox, now, monkeypatch):
    payment = start(charge, at=now)
    sandbox.act(payment.provider_id, "pay")
    monkeypatch.setattr(tasks.send_refund, "delay", lambda **_: None)
    ledger.cancel(charge, reason="withdrawn", at=now)
    refund = Refund.objects.get()
    refunds._claim(refund.pk, now)  # a worker takes the row, and is killed

    assert reconciliation.sweep_refunds(at=now + timedelta(seconds=5)) == 0
    reconciliation.sweep_refunds(at=now + timedelta(minutes=5))

    assert Refund.objects.get().status == "succeeded"
    assert len(sandbox.refunds(Payment.objects.get().transaction_id)) == 1


# ── Two people ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def officers(settings, paid):
    settings.REFUND_ALONE_LIMIT = 5_000
    return UserFactory(), UserFactory()


def test_up_to_the_limit_one_officer_is_enough(paid, officers, now):
    refund = ledger.refund(paid.charge, by=officers[0], amount=5_000, note="Nộp nhầm", at=now)

    assert Refund.objects.get(pk=refund.pk).status == "succeeded"


def test_above_the_limit_another_officer_decides(paid, officers, sandbox, now):
    refund = ledger.refund(paid.charge, by=officers[0], at=now)
    assert (refund.status, sandbox.refunds(paid.transaction_id)) == ("proposed", [])
    with pytest.raises(refunds.NotDecidable):
        refunds.decide(refund, by=officers[0], approved=True, at=now)
    with pytest.raises(refunds.RefundExceeds):  # what is proposed is not there for another
        ledger.refund(paid.charge, by=officers[1], amount=1, at=now)

    refunds.decide(refund, by=officers[1], approved=True, at=now)

    assert Refund.objects.get().status == "succeeded"
    assert Charge.objects.get().status == "refunded"
    with pytest.raises(refunds.NotDecidable):
        refunds.decide(refund, by=officers[1], approved=False, at=now)


def test_a_rejected_refund_leaves_the_money(paid, officers, sandbox, now):
    refund = ledger.refund(paid.charge, by=officers[0], at=now)

    refunds.decide(refund, by=officers[1], approved=False, at=now)

    assert (Refund.objects.get().status, Charge.objects.get().status) == ("rejected", "paid")
    assert sandbox.refunds(paid.transaction_id) == []


def test_the_database_wants_two_people(paid, officers, now):
    refund = ledger.refund(paid.charge, by=officers[0], at=now)

    for change in ({"status": "requested"}, {"status": "requested", "decided_by": officers[0]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(**change)
