"""Whatever comes, in whatever order: citizens and officers act, the provider's messages get lost, doubled and late.

A provider played in this process keeps the truth of whose money it has; the worker's messages lie in a heap from
which the test takes, doubles and throws away. In the end only the sweeps run, and everything must agree.
"""

import os
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from payments import desk, disputes, ledger, providers, queue, reconciliation, refunds, tasks
from payments.models import PAYABLE, SETTLED, Charge, Dispute, JournalEntry, Payment, Receipt, Refund, Taking
from payments.providers import (
    DisputeSeen,
    DisputeState,
    Notice,
    ProviderDown,
    RefundSeen,
    RefundState,
    State,
    cash,
)
from procedures.dossiers import dossiers, exemptions, workflow
from procedures.dossiers.models import Dossier, Exemption, Status
from tests.payments.bank import Bank
from tests.payments.test_journal import books, line
from tests.procedures import world

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "16"))  # more of them by night
RESIDENCE = "1.004222"
WHICH = st.integers(0, 9)
REFUSALS = (
    ledger.NotPayable, ledger.NotPaid, refunds.RefundExceeds, refunds.NotDecidable,
    desk.TooLittle, desk.NotSameDay, ProviderDown, workflow.NotAllowed,
)  # fmt: skip


def _sum(rows):
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


class Money(RuleBasedStateMachine):
    # Two filed dossiers (one claims to be exempt) and their office: made once, undone to after each run.
    world: SimpleNamespace
    now = world.MONDAY  # of people and workers alike

    @initialize(exempt=st.sampled_from([False, False, True]))
    def begin(self, exempt):
        self.bank, self.heap, self.events = Bank(), [], 0
        self._it_is(world.MONDAY)
        self.undo = transaction.atomic()
        self.undo._from_testcase = True  # a verb that wants to be outermost may run in it
        self.undo.__enter__()
        desks = {"cash": cash.provider()}
        providers.get, queue.later = lambda key: desks.get(key, self.bank), self._later
        self.filed = self.world.exempt if exempt else self.world.dossier
        self.payer, self.staff = self.filed.applicant, self.world.office.staff

    def _it_is(self, now):
        Money.now = now

    def _later(self, task, **arguments):
        if task != "make_receipt":  # papers, which are not money
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
        with suppress(REFUSALS), transaction.atomic():
            call(*arguments, **more)

    def _dossier(self):
        return Dossier.objects.get(pk=self.filed.pk)

    def _charges(self):
        return list(ledger.charges(dossiers.reference(self.filed)))

    def _about(self, which, verb, *arguments, **more):
        """Try the verb on one of the charges, if there is any."""
        if charges := self._charges():
            self._try(verb, charges[which % len(charges)], *arguments, **more)

    def _sessions(self, *states):
        return sorted(id_ for id_, session in self.bank.sessions.items() if session[0] in states)

    # ── People ────────────────────────────────────────────────────────────────────────────────────
    @rule(which=WHICH, lost=st.booleans(), pays=st.booleans(), comes_back=st.booleans())
    def click_pay(self, which, lost, pays, comes_back):
        """To the provider's page; perhaps they pay there at once, and perhaps we see them again."""
        if not (charges := self._charges()):
            return
        self.bank.lose = int(lost)
        payment = self._start(charges[which % len(charges)])
        self.bank.lose = 0
        if payment and pays:
            self.bank.sessions[payment.provider_id][0] = State.PAID
        if payment and comes_back:
            reconciliation.check(payment, at=self.now)

    def _start(self, charge):
        with suppress(REFUSALS):  # no transaction around it: what was begun stays
            return ledger.start(charge, provider="stripe", by=self.payer, at=self.now)

    @contextmanager
    def _beside(self, page):
        """What happens while the payer looks at the provider's page, if `page`; afterwards they pay there."""
        if page:
            for charge in self._charges():
                self._start(charge)
        yield
        if page:
            for id_ in self._sessions(State.OPEN):
                self.bank.sessions[id_][0] = State.PAID

    @rule(which=WHICH, how=st.sampled_from([State.PAID, State.PAID, State.PROCESSING]))
    def at_the_bank(self, which, how):
        if open_ := self._sessions(State.OPEN):
            self.bank.sessions[open_[which % len(open_)]][0] = how

    @rule(which=WHICH, how=st.sampled_from([State.PAID, State.FAILED]))
    def transfer_ends(self, which, how):
        if waiting := self._sessions(State.PROCESSING):
            self.bank.sessions[waiting[which % len(waiting)]][0] = how

    @rule(page=st.booleans())
    def end(self, page):
        """The officer refuses, or the citizen withdraws: nothing is owed, and what is paid goes back by the rules."""
        act = self.world.office.act("receiver", at=self.now)
        with self._beside(page):
            self._try(dossiers.refuse, self._dossier(), note="Không đúng thẩm quyền", **act)
            self._try(dossiers.withdraw, self._dossier(), by=self.payer, note="", at=self.now)

    @rule()
    def receive(self):
        self._try(dossiers.receive, self._dossier(), **self.world.office.act("receiver", at=self.now))

    @rule(confirmed=st.sampled_from([False, False, True]))
    def judge_the_exemption(self, confirmed):
        act = self.world.office.act("receiver", at=self.now)
        self._try(exemptions.judge, self._dossier(), confirmed=confirmed, note="Không đúng diện", **act)
        found = self._dossier()
        assert found.exemption != Exemption.DENIED or self._charges()

    @rule(exempt=st.booleans())
    def answer_otherwise(self, exempt):
        """The answers of a supplement cost more, or less, than those before."""
        found = self._dossier()
        if found.status not in (Status.NEW, Status.RECEIVED):
            return
        found.answers |= {"fee_exemption": "digital_citizen" if exempt else "none"}
        found.save(update_fields=["answers"])
        ledger.lock(dossiers.reference(found))
        self._try(dossiers.ask_fee, found, f"answer {len(self._charges())}", at=self.now)

    @rule(which=WHICH, amount=st.sampled_from([8_000, 15_000]), page=st.booleans())
    def ask_another_sum(self, which, amount, page):
        with self._beside(page):
            self._about(which, ledger.requote, [line("residence", "phi", amount)], at=self.now)

    @rule(which=WHICH, page=st.booleans())
    def waive(self, which, page):
        with self._beside(page):
            self._about(which, ledger.waive, basis="Điều 4", by=self.staff["leader"], at=self.now)

    @rule(which=WHICH, amount=st.integers(1, 12_000), alone=st.booleans())
    def give_back(self, which, amount, alone):
        """A part or all of it; `alone`: nobody has to ask, so nobody has to decide."""
        by = None if alone else self.staff["receiver"]
        self._about(which, ledger.refund, amount=amount, by=by, at=self.now)

    @rule(approved=st.booleans())
    def decide(self, approved):
        if refund := Refund.objects.filter(status="proposed").order_by("id").first():
            refunds.decide(refund, by=self.staff["leader"], approved=approved, at=self.now)

    # ── A window ──────────────────────────────────────────────────────────────────────────────────
    def _till(self):
        """Today's till; yesterday's is counted and closed first."""
        till = desk.current(self.staff["receiver"])
        if till and not desk.is_stale(till, self.now):
            return till
        if till:
            desk.close(till, counted=desk.expected(till), handed_to=self.staff["leader"], at=self.now)
        agency = self.world.office.agency
        return desk.open_till(agency, window="1", by=self.staff["receiver"], at=self.now)

    @rule(which=WHICH, given=st.sampled_from([9_000, 20_000]), lost=st.booleans())
    def take_cash(self, which, given, lost):
        till, charges = self._till(), self._charges()
        if charges:
            self.bank.lose = int(lost)
            charge = charges[which % len(charges)]
            with suppress(REFUSALS):  # as above: an attempt that was closed stays closed
                desk.take(charge, given=given, till=till, by=till.cashier, at=self.now)
            self.bank.lose = 0

    @rule()
    def reverse_a_taking(self):
        till = self._till()
        if taking := Taking.objects.filter(till=till).order_by("id").first():
            self._try(desk.ask_reversal, taking, note="Thu nhầm", by=till.cashier, at=self.now)

    @rule(from_till=st.booleans())
    def pay_out(self, from_till):
        till = self._till() if from_till else None
        if refund := self._cash_on_its_way().first():
            agency, by = self.world.office.agency, self.staff["receiver"]
            self._try(desk.pay_out, refund, till=till, agency=agency, by=by, at=self.now)

    def _cash_on_its_way(self):
        return Refund.objects.filter(status__in=refunds.ON_ITS_WAY, payment__provider="cash").order_by("id")

    # ── The provider's people ─────────────────────────────────────────────────────────────────────
    @rule(which=WHICH)
    def refund_at_the_dashboard(self, which):
        """Somebody gives back, beside us, what is left of a payment that we know of."""
        known = list(Payment.objects.filter(status="succeeded", provider="stripe").order_by("id"))
        if not known:
            return
        payment = known[which % len(known)]
        if left := refunds.left(payment):
            key = f"re_dash_{len(self.bank.sent)}"
            self.bank.sent[key] = RefundSeen(key, RefundState.SUCCEEDED, left, payment.transaction_id)
            refunds.hear("stripe", key, at=self.now)

    @rule(which=WHICH, state=st.sampled_from(DisputeState), part=st.booleans())
    def dispute(self, which, state, part):
        """The payer's bank holds what is left, or a part of it; told again, it has decided or not."""
        known = list(
            Payment.objects.filter(status="succeeded", surplus=False, provider="stripe").order_by("id")
        )
        if not known:
            return
        payment = known[which % len(known)]
        before = payment.disputes.first()
        if amount := before.amount if before else refunds.left(payment) // (2 if part else 1):
            seen = DisputeSeen(f"dp_{payment.pk}", state, amount, payment.transaction_id)
            disputes.write(payment, seen, at=self.now)

    # ── Messages ──────────────────────────────────────────────────────────────────────────────────
    @rule(which=WHICH, same=st.booleans(), known=st.booleans())
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

    @rule(which=WHICH)
    def ring_about_a_refund(self, which):
        """The provider tells of one, also before its answer to our call is written."""
        if ids := sorted(self.bank.sent):
            refunds.hear("stripe", ids[which % len(ids)], at=self.now)

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
        self._it_is(self.now + timedelta(minutes=minutes))

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
            self._it_is(self.now + timedelta(minutes=61))
            self.sweep()
        for refund in self._cash_on_its_way():
            agency, by = self.world.office.agency, self.staff["receiver"]
            desk.pay_out(refund, till=None, agency=agency, by=by, at=self.now)

    # ── What has to hold ──────────────────────────────────────────────────────────────────────────
    @invariant()
    def the_ledger_agrees_with_itself(self):
        if not hasattr(self, "undo"):
            return
        charges = self._charges()
        paid = Payment.objects.filter(status="succeeded", surplus=False)
        settled = {charge.pk for charge in charges if charge.status in SETTLED}
        assert sorted(paid.values_list("charge_id", flat=True)) == sorted(settled)
        assert Receipt.objects.filter(kind="receipt").count() == len(settled)
        done = all(charge.status in (*SETTLED, "waived") for charge in charges)
        assert (self._dossier().fee_settled_at is not None) == done
        for payment in paid:
            whole = _sum(payment.refunds.filter(status="succeeded")) >= payment.amount
            assert (Charge.objects.get(pk=payment.charge_id).status == "refunded") == whole
        for payment in Payment.objects.filter(status="succeeded"):
            gone = payment.refunds.exclude(status__in=("failed", "rejected"))
            assert _sum(gone) + _sum(payment.disputes.exclude(status="won")) <= payment.amount
        for payment in Payment.objects.filter(status="succeeded", surplus=True):
            back = Refund.objects.filter(payment=payment).exclude(status__in=("failed", "rejected"))
            assert [refund.amount for refund in back] == [payment.amount]

    @invariant()
    def the_books_agree_with_the_ledger(self):
        if not hasattr(self, "undo"):
            return
        kinds: dict[str, int] = Counter()
        for account, balance in books().items():
            kinds[account.split(":")[0]] += balance
        assert sum(kinds.values()) == 0
        assert kinds["receivable"] == _sum(Charge.objects.filter(status__in=PAYABLE))
        assert kinds["surplus"] == 0
        assert -kinds["refunds"] == _sum(Refund.objects.filter(status__in=refunds.ON_ITS_WAY))
        held = {way: self._came(way) - self._went(way) for way in ("stripe", "cash")}
        in_dispute = _sum(Dispute.objects.exclude(status="won"))
        assert kinds["clearing"] == held["stripe"] - in_dispute
        assert kinds["till"] + kinds["safe"] + kinds["count"] == held["cash"]
        assert min(held.values()) >= 0

    def _came(self, way):
        return _sum(Payment.objects.filter(status="succeeded", provider=way))

    def _went(self, way):
        return _sum(Refund.objects.filter(status="succeeded", payment__provider=way))

    def _agree(self):
        """What the messages lost is made up for: we know of every đồng that the bank has of ours."""
        self.the_ledger_agrees_with_itself()
        self.the_books_agree_with_the_ledger()
        assert not Refund.objects.filter(status__in=refunds.ON_ITS_WAY).exists()
        assert self._came("stripe") - self._went("stripe") == self._known()
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
    monkeypatch.setattr(tasks.timezone, "now", lambda: Money.now)
    office = world.office("commune_police")
    version = world.publish(RESIDENCE)[RESIDENCE]
    mother = world.mother()
    Money.world = SimpleNamespace(
        office=office,
        dossier=world.file(mother, version, office.agency),
        exempt=world.file(mother, version, office.agency, fee_exemption="digital_citizen"),
    )
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
