"""Guards that the mutants found unguarded (see `mutants.py`), and that the list of mutants is true."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payments import desk, ledger, queue, reconciliation, refunds, settlement, tasks
from payments.models import Charge, Payment, ProviderEvent, Refund, RefundReason, RefundStatus
from payments.providers import ProviderDown, RefundSeen, RefundState, Seen, State
from tests.factories import UserFactory
from tests.payments.conftest import start
from tests.payments.mutants import MUTANTS
from tests.payments.sandbox import CREATE, create, ring
from tests.payments.test_start import line

REFUNDS = "/v1/refunds"


@pytest.fixture
def paid(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    return reconciliation.check(started, at=now)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: f"{each.file}: {each.breaks}")
def test_a_mutants_text_is_in_the_source_once(mutant):
    assert mutant.where().count(mutant.text) == 1, mutant.text
    assert mutant.to != mutant.text


def test_a_mutant_is_made_of_every_guard_once():
    assert len({(each.file, each.text, each.to) for each in MUTANTS}) == len(MUTANTS) >= 30


# ── Payments ──────────────────────────────────────────────────────────────────────────────────────
def test_a_transfer_promised_to_a_cancelled_charge_leaves_it_cancelled(started, sandbox, now):
    sandbox.act(started.provider_id, "transfer")

    ledger.cancel(started.charge, reason="withdrawn", at=now)

    assert Payment.objects.get().status == "processing"
    assert Charge.objects.get().status == "cancelled"


def test_the_end_of_another_attempt_does_not_hide_the_money_on_its_way(charge, sandbox, now):
    first = start(charge, at=now)
    sandbox.act(first.provider_id, "expire")
    reconciliation.check(first, at=now)
    second = start(charge, at=now)
    sandbox.act(second.provider_id, "transfer")
    reconciliation.check(second, at=now)

    reconciliation.check(Payment.objects.select_related("charge").get(pk=first.pk), at=now)

    assert Charge.objects.get().status == "pending"


def test_the_same_call_still_under_way_is_asked_for_again_later(charge, sandbox, now):
    sandbox.fault(CREATE, "busy", times=3)

    with pytest.raises(ProviderDown):
        start(charge, at=now)

    assert Payment.objects.get().status == "created"
    assert start(charge, at=now).status == "open"


def test_a_silent_payment_lets_the_others_pass(started, sandbox, now):
    later = now + timedelta(minutes=6)
    sandbox.fault(f"{CREATE}/{started.provider_id}", "error", method="GET", times=3)

    reconciliation.sweep_stale(at=later)

    assert Payment.objects.get().next_check_at == later + settlement.WAIT_OPEN


def test_what_a_person_looks_into_does_not_settle_by_itself(started, sandbox, now):
    Payment.objects.update(status="review", next_check_at=None)
    seen = Seen(started.provider_id, State.PAID, 10_000, "vnd", started.reference, False, "pi_1")

    assert settlement.apply(started, seen, at=now).status == "review"
    assert Charge.objects.get().status == "due"


# ── The ledger's verbs ────────────────────────────────────────────────────────────────────────────
def test_cash_is_refused_when_a_tab_was_quicker_than_the_lock(started, sandbox, now, monkeypatch):
    close = reconciliation.close

    def meanwhile(payment, *, at):
        close(payment, at=at)
        start(payment.charge, at=at)

    monkeypatch.setattr(reconciliation, "close", meanwhile)

    with pytest.raises(ledger.InProgress):
        ledger.take(started.charge, provider="cash", place="till:1", by=UserFactory(), at=now)


def test_a_paid_fee_is_neither_waived_nor_changed(paid, now):
    with pytest.raises(ledger.AlreadyPaid):
        ledger.waive(paid.charge, basis="Điều 4", by=paid.started_by, at=now)
    with pytest.raises(ledger.AlreadyPaid):
        ledger.requote(paid.charge, [line("other", 3_000)], at=now)

    assert (Charge.objects.get().status, Charge.objects.get().amount) == ("paid", 10_000)


def test_a_fee_does_not_become_nought(charge, now):
    with pytest.raises(ledger.NothingToPay):
        ledger.requote(charge, [], at=now)

    assert charge.lines.count() == 1


def test_of_an_unpaid_fee_nothing_goes_back(charge, now):
    assert ledger.give_back(charge, 1_000, reason=RefundReason.RULE, at=now) == 0


def test_no_more_goes_back_than_there_is(paid, now):
    ledger.refund(paid.charge, by=None, amount=4_000, at=now)

    assert ledger.give_back(paid.charge, 10_000, reason=RefundReason.RULE, at=now) == 6_000


def test_what_goes_back_is_what_settled_not_the_surplus(charge, sandbox, now):
    first = start(charge, at=now)
    Payment.objects.filter(pk=first.pk).update(status="expired", next_check_at=None)
    second = start(charge, at=now)
    for payment in (second, first):
        sandbox.act(payment.provider_id, "pay")
        reconciliation.check(Payment.objects.select_related("charge").get(pk=payment.pk), at=now)

    refund = ledger.refund(charge, by=None, at=now)

    assert (refund.payment_id, Refund.objects.count()) == (second.pk, 2)
    assert Charge.objects.get().status == "refunded"


# ── The inbox ─────────────────────────────────────────────────────────────────────────────────────
def test_the_door_bell_needs_no_token(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")

    answer = ring(
        Client(enforce_csrf_checks=True), sandbox.events(started.provider_id)[0], at=now.timestamp()
    )

    assert answer.status_code == 200
    assert Charge.objects.get().status == "paid"


def test_of_two_workers_one_has_the_event(client, started, sandbox, now, monkeypatch):
    monkeypatch.setattr(tasks.process_event, "delay", lambda **_: None)
    sandbox.act(started.provider_id, "pay")
    event = sandbox.events(started.provider_id)[0]
    ring(client, event, at=now.timestamp())
    real = queue.next_attempt

    def meanwhile(attempts, at):
        ProviderEvent.objects.update(attempts=attempts + 1)  # the other one was quicker
        return real(attempts, at)

    monkeypatch.setattr(queue, "next_attempt", meanwhile)

    assert reconciliation._claim("stripe", event["id"], now) is None


def test_a_refund_of_no_payment_of_ours_is_ignored(client, sandbox, transactional_db, now):
    theirs = sandbox.act(create(sandbox).json()["id"], "pay")["payment_intent"]
    refund = sandbox.call("POST", REFUNDS, {"payment_intent": theirs}).json()

    ring(client, sandbox.events(refund["id"])[0], at=now.timestamp())

    event = ProviderEvent.objects.get()
    assert (event.status, event.note) == ("ignored", "a refund of no payment of ours")


# ── Refunds ───────────────────────────────────────────────────────────────────────────────────────
def test_money_that_was_not_owed_waits_for_nobody(started, sandbox, now, settings):
    settings.REFUND_ALONE_LIMIT = 5_000
    sandbox.act(started.provider_id, "pay")

    ledger.cancel(started.charge, reason="withdrawn", at=now)

    assert Refund.objects.get().status == "succeeded"


def test_a_part_on_its_way_leaves_the_charge_paid(paid, now, monkeypatch):
    monkeypatch.setattr(tasks.send_refund, "delay", lambda **_: None)

    ledger.refund(paid.charge, by=None, amount=4_000, at=now)

    assert (Charge.objects.get().status, Refund.objects.get().status) == ("paid", "requested")


def test_what_is_back_is_neither_sent_nor_promised_again(paid, sandbox, now):
    ledger.refund(paid.charge, by=None, at=now)
    refund = Refund.objects.get()

    refunds.send(refund.pk, at=now + timedelta(hours=1))
    overtaken = RefundSeen(refund.provider_id, RefundState.PENDING, 10_000, paid.transaction_id)
    refunds.write(refund, overtaken, at=now)

    assert (Refund.objects.get().attempts, Refund.objects.get().status) == (1, "succeeded")
    assert Charge.objects.get().status == "refunded"


def test_a_taking_that_goes_back_is_not_reversed_again(taking, now):
    desk.ask_reversal(taking, note="Thu nhầm", by=taking.till.cashier, at=now)

    with pytest.raises(refunds.RefundExceeds):
        desk.ask_reversal(taking, note="Thu nhầm", by=taking.till.cashier, at=now)


def test_a_known_refund_is_known_by_its_id_alone(paid, sandbox, now):
    ledger.refund(paid.charge, by=None, at=now)
    id_ = Refund.objects.get().provider_id
    sandbox.control("change", kind="refund", id=id_, to={"payment_intent": None, "status": "failed"})

    assert refunds.hear("stripe", id_, at=now)
    assert Refund.objects.get().status == "failed"


def test_the_event_of_a_refund_finds_the_one_that_asked(client, paid, sandbox, now):
    sandbox.fault(REFUNDS, "lost", times=6)
    for amount in (4_000, 6_000):
        ledger.refund(paid.charge, by=None, amount=amount, at=now)
    assert set(Refund.objects.values_list("provider_id", flat=True)) == {""}
    second = next(row for row in sandbox.refunds(paid.transaction_id) if row["amount"] == 6_000)

    ring(client, sandbox.events(second["id"])[0], at=now.timestamp())

    told = Refund.objects.order_by("amount").values_list("amount", "status", "provider_id")
    assert list(told) == [(4_000, "requested", ""), (6_000, "succeeded", second["id"])]


# ── Locks ─────────────────────────────────────────────────────────────────────────────────────────
def locks_first(verb):
    """Does the verb lock the charge before it reads anything that it judges by?"""
    with CaptureQueriesContext(connection) as ran:
        verb()
    reads = [query["sql"] for query in ran if query["sql"].startswith("SELECT")]
    return "FOR UPDATE" in reads[0] and "payments_charge" in reads[0]


@pytest.fixture
def postgresql(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole database")


def test_what_the_provider_says_is_judged_under_the_lock(postgresql, started, now):
    seen = Seen(started.provider_id, State.OPEN, 10_000, "vnd", started.reference, False, "")

    assert locks_first(lambda: settlement.apply(started, seen, at=now))
    assert locks_first(lambda: settlement.fail(started, note="", at=now))
    assert locks_first(lambda: settlement.expire(started, at=now))


def test_refunds_are_asked_for_and_written_under_the_lock(postgresql, paid, now, settings):
    settings.REFUND_ALONE_LIMIT = 0
    seen = RefundSeen("re_1", RefundState.PENDING, 1_000, paid.transaction_id)
    officer, other = paid.charge.payer, paid.started_by

    assert locks_first(lambda: ledger.refund(paid.charge, by=officer, amount=1_000, at=now))
    refund = Refund.objects.get()
    with pytest.raises(refunds.NotDecidable):
        refunds.decide(refund, by=other, approved=True, at=now)
    Refund.objects.update(needs_second=False, status=RefundStatus.REQUESTED)
    assert locks_first(lambda: refunds.write(refund, seen, at=now))
    assert locks_first(lambda: ledger.cancel(paid.charge, reason="", at=now))
