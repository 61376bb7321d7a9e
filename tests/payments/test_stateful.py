"""Whatever comes, in whatever order: citizens and officers act, the provider's messages get lost, doubled and late.

A provider played in this process keeps the truth of whose money it has; the worker's messages lie in a heap from
which the test takes, doubles and throws away. In the end only the sweeps run, and everything must agree.
"""

import os
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from payments import disputes, ledger, providers, queue, reconciliation, refunds, tasks
from payments.models import SETTLED, Charge, JournalEntry, Payment, Receipt, Refund
from payments.providers import (
    DisputeSeen,
    DisputeState,
    Notice,
    Opened,
    Plan,
    ProviderDown,
    RefundSeen,
    RefundState,
    Seen,
    State,
)
from procedures.dossiers import dossiers, workflow
from procedures.dossiers.models import Dossier
from tests.payments.test_journal import books
from tests.procedures import world

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "12"))  # more of them by night
RESIDENCE = "1.004222"
REFUSALS = (ledger.NotPayable, ledger.NotPaid, ProviderDown, refunds.RefundExceeds, workflow.NotAllowed)


class Bank:
    """A provider that keeps what really happened, and loses an answer when it is told to."""

    live = False
    shuts = True

    def __init__(self):
        self.sessions, self.sent, self.lose = {}, {}, 0

    def plan(self, payment, *, back_url, language, at):
        return Plan({"amount": payment.amount}, at + timedelta(hours=1))

    def _answer(self, value):
        if self.lose:
            self.lose -= 1
            raise ProviderDown("lost")
        return value

    def start(self, payment):
        id_ = f"cs_{payment.idempotency_key}"
        self.sessions.setdefault(id_, [State.OPEN, payment.amount, payment.reference])
        return self._answer(Opened(id_, "http://bank.test"))

    def fetch_status(self, payment):
        state, amount, reference = self.sessions[payment.provider_id]
        return self._answer(
            Seen(payment.provider_id, state, amount, "vnd", reference, False, f"pi_{payment.provider_id}")
        )

    def cancel(self, payment):
        session = self.sessions[payment.provider_id]
        if session[0] is State.OPEN:
            session[0] = State.EXPIRED
        return self.fetch_status(payment)

    def refund(self, refund):
        key = f"re_{refund.uuid}"
        self.sent.setdefault(
            key,
            RefundSeen(
                key,
                RefundState.SUCCEEDED,
                refund.amount,
                refund.payment.transaction_id,
                reference=str(refund.uuid),
            ),
        )
        return self._answer(self.sent[key])

    def fetch_refund(self, provider_id):
        return self._answer(self.sent[provider_id])

    def about(self, kind):
        return kind

    def held(self):
        """Đồng of ours that it really has."""
        came = sum(amount for state, amount, _reference in self.sessions.values() if state is State.PAID)
        return came - sum(seen.amount for seen in self.sent.values())


class Money(RuleBasedStateMachine):
    world: SimpleNamespace  # the filed dossier, its office, the patches: made once, undone to after each run

    @initialize()
    def begin(self):
        self.bank, self.heap, self.events = Bank(), [], 0
        self.now = world.MONDAY
        self.undo = transaction.atomic()
        self.undo._from_testcase = True  # a verb that wants to be outermost may run in it
        self.undo.__enter__()
        providers.get, queue.later = lambda _key: self.bank, self._later
        self.charge = Charge.objects.get(reference=dossiers.reference(self.world.dossier))

    def _later(self, task, **arguments):
        self.heap.append((task, arguments))

    def teardown(self):
        if not hasattr(self, "undo"):
            return
        try:
            self._settle_down()
            self._agree()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def _try(self, call, *arguments, **more):
        with suppress(REFUSALS):
            call(*arguments, **more)

    def _dossier(self):
        return Dossier.objects.get(pk=self.world.dossier.pk)

    def _sessions(self, *states):
        return sorted(id_ for id_, session in self.bank.sessions.items() if session[0] in states)

    # ── People ────────────────────────────────────────────────────────────────────────────────────
    @rule(lost=st.booleans())
    def click_pay(self, lost):
        self.bank.lose = int(lost)
        self._try(ledger.start, self.charge, provider="stripe", by=self.charge.payer, at=self.now)
        self.bank.lose = 0

    @rule(which=st.integers(0, 9), how=st.sampled_from([State.PAID, State.PAID, State.PROCESSING]))
    def at_the_bank(self, which, how):
        if open_ := self._sessions(State.OPEN):
            self.bank.sessions[open_[which % len(open_)]][0] = how

    @rule(which=st.integers(0, 9), how=st.sampled_from([State.PAID, State.FAILED]))
    def transfer_ends(self, which, how):
        if waiting := self._sessions(State.PROCESSING):
            self.bank.sessions[waiting[which % len(waiting)]][0] = how

    @rule()
    def withdraw(self):
        self._try(dossiers.withdraw, self._dossier(), by=self.charge.payer, note="", at=self.now)

    @rule()
    def refuse(self):
        act = self.world.office.act("receiver", at=self.now)
        self._try(dossiers.refuse, self._dossier(), note="Không đúng thẩm quyền", **act)

    @rule()
    def receive(self):
        self._try(dossiers.receive, self._dossier(), **self.world.office.act("receiver", at=self.now))

    @rule()
    def waive(self):
        self._try(ledger.waive, self.charge, basis="Điều 4", by=self.charge.payer, at=self.now)

    @rule(amount=st.integers(1, 12_000))
    def give_back(self, amount):
        self._try(ledger.refund, self.charge, amount=amount, by=self.charge.payer, at=self.now)

    @rule(which=st.integers(0, 9))
    def refund_at_the_dashboard(self, which):
        """Somebody gives back, beside us, what is left of a payment that we know of."""
        known = list(Payment.objects.filter(status="succeeded").order_by("id"))
        if not known:
            return
        payment = known[which % len(known)]
        if left := refunds.left(payment):
            key = f"re_dash_{len(self.bank.sent)}"
            self.bank.sent[key] = RefundSeen(key, RefundState.SUCCEEDED, left, payment.transaction_id)
            refunds.hear("stripe", key, at=self.now)

    @rule(state=st.sampled_from(DisputeState))
    def dispute(self, state):
        payment = Payment.objects.filter(status="succeeded", surplus=False).first()
        if payment and (payment.disputes.exists() or refunds.left(payment) == payment.amount):
            seen = DisputeSeen(f"dp_{payment.pk}", state, payment.amount, payment.transaction_id)
            disputes.write(payment, seen, at=self.now)

    # ── Messages ──────────────────────────────────────────────────────────────────────────────────
    @rule(which=st.integers(0, 9), same=st.booleans(), known=st.booleans())
    def ring(self, which, same, known):
        """A webhook about any session: new, or the same again; before or after its id is stored."""
        if not self.bank.sessions:
            return
        ids = sorted(self.bank.sessions)
        id_ = ids[which % len(ids)]
        self.events += not same
        reference = self.bank.sessions[id_][2]
        notice = Notice(f"evt_{self.events}", "payment", "payment", id_, reference if known else "", False)
        reconciliation.record("stripe", notice, at=self.now)

    @rule(which=st.integers(0, 99), times=st.integers(0, 2), lost=st.booleans())
    def work(self, which, times, lost):
        """A worker takes a message: any of them; twice, or never."""
        if not self.heap:
            return
        task, arguments = self.heap.pop(which % len(self.heap))
        self.bank.lose = int(lost)
        for _ in range(times):
            getattr(tasks, task)(**arguments)
        self.bank.lose = 0

    @rule(minutes=st.sampled_from([1, 6, 70]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self):
        reconciliation.sweep_events(at=self.now)
        reconciliation.sweep_refunds(at=self.now)
        reconciliation.sweep_stale(at=self.now)

    # ── The end ───────────────────────────────────────────────────────────────────────────────────
    def _settle_down(self):
        """No more messages; the bank finishes what is on its way, and the sweeps go round."""
        self.heap.clear()
        for session in self.bank.sessions.values():
            session[0] = State.PAID if session[0] is State.PROCESSING else session[0]
        for _ in range(12):
            self.now += timedelta(minutes=61)
            self.sweep()

    def _agree(self):
        charge, dossier = Charge.objects.get(pk=self.charge.pk), self._dossier()
        settled = Payment.objects.filter(charge=charge, status="succeeded", surplus=False)
        assert settled.count() == (charge.status in SETTLED)
        assert (dossier.fee_settled_at is not None) == (charge.status in (*SETTLED, "waived"))
        assert Receipt.objects.filter(kind="receipt").count() == settled.count()
        for payment in Payment.objects.filter(status="succeeded", surplus=True):
            back = Refund.objects.filter(payment=payment, status="succeeded")
            assert sum(refund.amount for refund in back) == payment.amount
            assert refunds.left(payment) == 0
        self._books_agree(charge)

    def _books_agree(self, charge):
        balances = books()
        kinds: dict[str, int] = {}
        for account, balance in balances.items():
            kinds[account.split(":")[0]] = kinds.get(account.split(":")[0], 0) + balance
        assert sum(balances.values()) == 0
        assert kinds.get("receivable", 0) == (charge.amount if charge.is_payable else 0)
        assert kinds.get("surplus", 0) == kinds.get("refunds", 0) == 0
        in_dispute = sum(
            dispute.amount
            for payment in charge.payments.all()
            for dispute in payment.disputes.exclude(status="won")
        )
        assert kinds.get("clearing", 0) == self._known() - in_dispute
        keys = JournalEntry.objects.values_list("key", flat=True)
        assert len(keys) == len(set(keys))

    def _known(self):
        """What the bank holds of the sessions that anybody here was ever told of."""
        known = set(Payment.objects.exclude(provider_id="").values_list("provider_id", flat=True))
        strange = sum(
            amount
            for id_, (state, amount, _reference) in self.bank.sessions.items()
            if state is State.PAID and id_ not in known
        )
        return self.bank.held() - strange


@pytest.mark.django_db
def test_whatever_comes_the_money_agrees(monkeypatch):
    monkeypatch.setattr(providers, "get", providers.get)
    monkeypatch.setattr(queue, "later", queue.later)
    monkeypatch.setattr(tasks.timezone, "now", lambda: world.MONDAY + timedelta(days=1))
    office = world.office("commune_police")
    version = world.publish(RESIDENCE)[RESIDENCE]
    Money.world = SimpleNamespace(dossier=world.file(world.mother(), version, office.agency), office=office)
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
