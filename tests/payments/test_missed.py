"""Webhooks that never came are read from the provider's own list."""

from datetime import timedelta

from payments import missed, reconciliation
from payments.models import Charge, Payment, ProviderCursor, ProviderEvent, Refund
from tests.payments.sandbox import CREATE, create, ring

EVENTS = "/v1/events"


def test_what_nobody_heard_is_read_from_the_list(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")

    missed.sweep(at=now)

    assert Charge.objects.get().status == "paid"
    assert ProviderEvent.objects.filter(object_id=started.provider_id).get().status == "done"
    assert missed.sweep(at=now + timedelta(minutes=5)) == 0


def test_what_was_heard_is_not_looked_at_again(client, started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    ring(client, sandbox.events(started.provider_id)[0], at=now.timestamp())
    heard = ProviderEvent.objects.get(object_id=started.provider_id)

    missed.sweep(at=now)

    again = ProviderEvent.objects.get(object_id=started.provider_id)
    assert (again.attempts, again.handled_at) == (heard.attempts, heard.handled_at)


def test_an_event_that_entered_the_list_late_is_found_by_the_overlap(started, sandbox, now):
    missed.sweep(at=now + timedelta(minutes=50))
    sandbox.act(started.provider_id, "pay")

    assert missed.sweep(at=now + timedelta(minutes=55)) == 1
    assert Charge.objects.get().status == "paid"


def test_the_cursor_stays_while_the_provider_is_silent(started, sandbox, now):
    missed.sweep(at=now)
    sandbox.act(started.provider_id, "pay")
    sandbox.fault(EVENTS, "error", method="GET", times=3)

    assert missed.sweep(at=now + timedelta(days=2)) == 0
    assert ProviderCursor.objects.get().until == now
    assert missed.sweep(at=now + timedelta(days=2)) == 1


def test_a_list_of_many_pages_is_read_to_its_end(sandbox, transactional_db, now):
    before = missed.sweep(at=now)
    ProviderCursor.objects.all().delete()
    ProviderEvent.objects.all().delete()
    for _ in range(101):
        sandbox.act(create(sandbox).json()["id"], "expire")

    assert missed.sweep(at=now) == before + 101


def test_a_refund_made_there_is_found_too(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    payment = reconciliation.check(started, at=now)
    sandbox.call("POST", "/v1/refunds", {"payment_intent": payment.transaction_id})

    missed.sweep(at=now)

    assert Refund.objects.get().status == "succeeded"
    assert Charge.objects.get().status == "refunded"


# ── Trouble that the payment server makes on demand ───────────────────────────────────────────────
def test_an_answer_with_another_sum_is_for_a_person(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    sandbox.fault(f"{CREATE}/{started.provider_id}", "amount", method="GET")

    reconciliation.check(started, at=now)

    assert (Payment.objects.get().status, Payment.objects.get().note) == ("review", "amount")
    assert Charge.objects.get().status == "due"
