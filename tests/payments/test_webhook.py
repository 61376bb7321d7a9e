"""The provider's door bell: what is let in, what is turned away, what happens then."""

import json
from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError

from payments import ledger, reconciliation, settlement, tasks
from payments.models import Charge, Payment, ProviderEvent, Receipt
from payments.sandbox.post import signature
from tests.payments.conftest import open_charge, start
from tests.payments.sandbox import SECRET, ring


@pytest.fixture
def paid(started, sandbox):
    """The event of a session that has been paid; nobody here knows yet."""
    sandbox.act(started.provider_id, "pay")
    return sandbox.events(started.provider_id)[0]


def test_it_settles(client, paid, now):
    answer = ring(client, paid, at=now.timestamp())

    assert (answer.status_code, answer.content) == (200, b"")
    assert Charge.objects.get().status == "paid"
    event = ProviderEvent.objects.get()
    assert (event.status, event.next_attempt_at, event.attempts) == ("done", None, 1)


def test_an_older_secret_is_good_while_it_is_listed(client, paid, now, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]

    assert ring(client, paid, at=now.timestamp()).status_code == 200
    assert Charge.objects.get().status == "paid"


@pytest.mark.parametrize(
    "case",
    [
        {"secret": "whsec_wrong"},
        {"header": ""},
        {"header": "t=abc,v1=00"},
        {"header": "v1=00"},
        {"age": timedelta(minutes=6)},
        {"age": timedelta(minutes=-6)},
        {"event": b"[]"},
        {"event": b"{}"},
        {"event": b"null"},
        {"event": b"\xff\xfe{}"},
        {"event": b"not json"},
        {"event": b'{"id": "evt_1", "type": "x", "livemode": false, "data": {"object": []}}'},
        {"event": b'{"id": "evt_1", "type": [], "livemode": false, "data": {"object": {}}}'},
    ],
    ids=str,
)
def test_what_proves_nothing_is_refused_without_a_row(client, paid, now, case):
    at = (now - case.get("age", timedelta())).timestamp()

    answer = ring(
        client, case.get("event", paid), at=at, secret=case.get("secret", SECRET), header=case.get("header")
    )

    assert answer.status_code == 400
    assert not ProviderEvent.objects.exists()
    assert Charge.objects.get().status == "due"


def test_a_changed_body_is_refused(client, paid, now):
    header = signature(json.dumps(paid).encode(), SECRET, int(now.timestamp()))

    assert ring(client, paid | {"id": "evt_other"}, at=now.timestamp(), header=header).status_code == 400


def test_get_is_not_for_the_door_bell(client, transactional_db):
    assert client.get("/thanh-toan/stripe/webhook/").status_code == 405


def test_the_wrong_mode_is_kept_and_ignored(client, paid, now):
    assert ring(client, paid | {"livemode": True}, at=now.timestamp()).status_code == 200

    assert Charge.objects.get().status == "due"
    assert ProviderEvent.objects.get().note == "wrong mode"


def test_events_of_no_interest_are_ignored(client, paid, now):
    assert ring(client, paid | {"type": "customer.created"}, at=now.timestamp()).status_code == 200

    assert ProviderEvent.objects.get().status == "ignored"
    assert Charge.objects.get().status == "due"


def test_a_strangers_session_is_ignored(client, sandbox, paid, now):
    thing = paid["data"]["object"] | {"id": "cs_test_other", "metadata": {}}

    ring(client, paid | {"data": {"object": thing}}, at=now.timestamp())

    assert ProviderEvent.objects.get().note == "of no payment of ours"
    assert Charge.objects.get().status == "due"


@pytest.mark.parametrize("reference", ["not-a-uuid:1", "x:y", ":1", "0" * 32 + ":99999999999999999999"])
def test_nonsense_for_a_reference_is_ignored(client, sandbox, paid, now, reference):
    charge, _, attempt = reference.partition(":")
    ids = {"charge": charge, "attempt": attempt}
    thing = paid["data"]["object"] | {"id": "cs_test_other", "metadata": ids}

    ring(client, paid | {"data": {"object": thing}}, at=now.timestamp())

    assert ProviderEvent.objects.get().status == "ignored"


def test_signed_paid_is_not_believed_while_the_provider_says_open(client, started, sandbox, now):
    said = {"id": started.provider_id, "payment_status": "paid", "status": "complete"}
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "livemode": False,
        "data": {"object": said},
    }

    assert ring(client, event, at=now.timestamp()).status_code == 200

    assert Charge.objects.get().status == "due"
    assert ProviderEvent.objects.get().status == "done"


def test_it_may_come_before_the_session_id_is_stored(client, paid, started, now):
    Payment.objects.update(status="created", provider_id="", url="")

    ring(client, paid, at=now.timestamp())

    payment = Payment.objects.get()
    assert (payment.status, payment.provider_id) == ("succeeded", started.provider_id)


def test_async_succeeded_before_completed_settles_once(client, started, sandbox, now):
    sandbox.act(started.provider_id, "transfer")
    sandbox.act(started.provider_id, "arrived")
    succeeded, completed = sandbox.events(started.provider_id)
    assert succeeded["type"] == "checkout.session.async_payment_succeeded"

    for event in (succeeded, completed):
        ring(client, event, at=now.timestamp())

    assert Charge.objects.get().status == "paid"
    assert Receipt.objects.count() == 1


def test_a_late_event_leaves_a_refunded_charge_alone(client, paid, sandbox, now):
    ring(client, paid, at=now.timestamp())
    ledger.refund(Charge.objects.get(), by=None, at=now)
    assert Charge.objects.get().status == "refunded"

    ring(client, paid | {"id": "evt_late"}, at=now.timestamp())

    assert Charge.objects.get().status == "refunded"
    # One when it was paid, one adjustment when the money went back.
    assert sorted(Receipt.objects.values_list("kind", flat=True)) == ["adjustment", "receipt"]


def test_with_the_broker_down_the_row_waits_and_the_sweep_settles(client, paid, now, monkeypatch):
    def broken(**_more):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.process_event, "delay", broken)

    assert ring(client, paid, at=now.timestamp()).status_code == 200
    assert (Charge.objects.get().status, ProviderEvent.objects.get().status) == ("due", "new")

    tasks.sweep_events()
    assert (Charge.objects.get().status, ProviderEvent.objects.get().status) == ("paid", "done")


def test_with_the_provider_down_the_event_waits_longer_each_time(client, paid, started, sandbox, now):
    path = f"/v1/checkout/sessions/{started.provider_id}"
    sandbox.fault(path, "error", method="GET", times=6)

    ring(client, paid, at=now.timestamp())
    first = ProviderEvent.objects.get()
    assert (first.status, first.attempts) == ("new", 1)
    assert reconciliation.sweep_events(at=now + timedelta(seconds=5)) == 0

    reconciliation.sweep_events(at=now + timedelta(minutes=1))
    assert ProviderEvent.objects.get().next_attempt_at > first.next_attempt_at

    reconciliation.sweep_events(at=now + timedelta(minutes=5))
    assert Charge.objects.get().status == "paid"


def test_a_lost_webhook_is_made_up_for(paid, now):
    assert reconciliation.sweep_stale(at=now) == 0

    reconciliation.sweep_stale(at=now + timedelta(minutes=6))

    assert Charge.objects.get().status == "paid"
    assert not ProviderEvent.objects.exists()


def test_one_bad_row_does_not_hold_up_a_sweep(payer, sandbox, now, monkeypatch, caplog):
    charges = [open_charge(payer, at=now, reference=f"dossier:{n}") for n in range(3)]
    for each in charges:
        sandbox.act(start(each, at=now).provider_id, "pay")
    real = settlement.apply

    def picky(payment, seen, *, at):
        if payment.charge_id == charges[0].pk:
            raise RuntimeError("bad row")
        return real(payment, seen, at=at)

    monkeypatch.setattr(settlement, "apply", picky)

    reconciliation.sweep_stale(at=now + timedelta(minutes=6))

    assert list(Charge.objects.order_by("pk").values_list("status", flat=True)) == ["due", "paid", "paid"]
    assert "bad row" in caplog.text
