"""What a dossier costs as it goes: asked for when the definition says, again when the answers change, and back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payments import ledger, settlement
from payments.models import Payment, Refund
from payments.providers import Seen, State
from procedures.definitions import runtime
from procedures.dossiers import dossiers, exemptions, supplements, workflow
from procedures.dossiers.models import Dossier, Status
from procedures.dossiers.workflow import Action
from procedures.results import results
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

RESIDENCE, EXTRACT = "1.004222", "2.000635"
MONDAY = world.MONDAY


@pytest.fixture
def police():
    return world.office("commune_police")


@pytest.fixture
def version(police):
    return world.publish(RESIDENCE)[RESIDENCE]


@pytest.fixture
def fee(monkeypatch):
    """Change every fee of every definition."""
    real = runtime.definition

    def change(**values):
        def changed(version_id):
            found = real(version_id)
            return replace(found, fees=tuple(replace(each, **values) for each in found.fees))

        changed.cache_clear = real.cache_clear
        monkeypatch.setattr(runtime, "definition", changed)

    return change


def again(dossier) -> Dossier:
    return Dossier.objects.get(pk=dossier.pk)


def charge(dossier):
    return ledger.for_reference(dossiers.reference(dossier))


def pay(dossier, *, at=MONDAY):
    """The money of the open charge arrives, as the provider tells it."""
    due = charge(dossier)
    payment = Payment.objects.create(
        charge=due, provider="stripe", attempt=due.payments.count() + 1, status="open", amount=due.amount,
        parameters={}, idempotency_key=f"{due.pk}", provider_id=f"cs_{due.pk}", started_by=due.payer,
        created_at=at, expires_at=at + timedelta(hours=1),
    )  # fmt: skip
    seen = Seen(payment.provider_id, State.PAID, due.amount, "vnd", payment.reference, False, f"pi_{due.pk}")
    settlement.apply(payment, seen, at=at)


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch):
    monkeypatch.setattr("payments.queue._send", lambda *_: None)


def test_at_submit(version, police):
    dossier = world.file(world.mother(), version, police.agency)

    assert (dossier.status, dossier.fee_total, charge(dossier).purpose) == (Status.FEE_DUE, 10_000, "submit")
    assert charge(dossier).agency == police.agency
    pay(dossier)
    assert again(dossier).status == Status.NEW


def test_on_acceptance_the_clock_waits_for_the_money(version, police, fee):
    fee(when="acceptance")
    dossier = world.file(world.mother(), version, police.agency)
    assert (dossier.status, dossier.fee_total) == (Status.NEW, 0)

    dossier = dossiers.receive(dossier, **police.act("receiver"))
    due = dossier.due_at

    assert (dossier.status, charge(dossier).purpose) == (Status.FEE_DUE, "acceptance")
    pay(dossier, at=MONDAY + timedelta(days=2))
    assert again(dossier).status == Status.RECEIVED
    assert again(dossier).due_at > due + timedelta(days=2)


def test_with_a_supplement(fee):
    office = world.office()
    version = world.publish(EXTRACT)[EXTRACT]
    fee(when="supplement")
    dossier = world.file(world.mother(), version, office.agency, copies=2)
    dossier = dossiers.receive(dossier, **office.act("receiver"))
    assert dossier.status == Status.RECEIVED
    asked = supplements.ask(dossier, fields={"copies": "Số bản chưa rõ"}, note="", **office.act("receiver"))

    dossier = supplements.answer(asked, answers={"copies": 3}, papers=[], by=asked.applicant, at=MONDAY)

    assert (dossier.status, charge(dossier).purpose) == (Status.FEE_DUE, "supplement")
    assert charge(dossier).amount == 24_000
    pay(dossier)
    assert again(dossier).status == Status.RECEIVED


def test_before_the_result_is_issued(version, police, fee):
    fee(when="return")
    world.keys(police)
    dossier = world.file(world.mother(), version, police.agency)
    dossiers.receive(dossier, **police.act("receiver"))
    dossiers.start(dossier, **police.act("handler"))
    outcome = golden.aged(RESIDENCE, MONDAY.date()).outcome
    dossiers.fill_outcome(dossier, outcome, by=police.staff["handler"], at=MONDAY)
    dossiers.forward(dossier, **police.act("handler"))
    results.approve(dossier, **police.act("leader"))

    assert (again(dossier).status, charge(dossier).purpose) == (Status.FEE_DUE, "return")
    with pytest.raises(workflow.NotAllowed):
        world.issue(again(dossier), **police.act("clerk"))
    pay(dossier)
    world.issue(again(dossier), **police.act("clerk"))
    assert again(dossier).status in (Status.DONE, Status.RETURNED)


def test_a_claimed_exemption_is_checked_before_receipt(version, police):
    dossier = world.file(world.mother(), version, police.agency, fee_exemption="digital_citizen")
    assert (dossier.status, dossier.exemption, charge(dossier)) == (Status.NEW, "claimed", None)
    position = dossiers.position(dossier)
    assert Action.CONFIRM_EXEMPTION in workflow.offered(position, frozenset({"receiver"}))
    with pytest.raises(workflow.NotAllowed):
        dossiers.receive(dossier, **police.act("receiver"))

    exemptions.judge(dossier, confirmed=True, **police.act("receiver"))

    assert dossiers.receive(again(dossier), **police.act("receiver")).status == Status.RECEIVED


def test_an_exemption_that_is_not_confirmed_is_asked_for(version, police):
    dossier = world.file(world.mother(), version, police.agency, fee_exemption="digital_citizen")
    with pytest.raises(workflow.NotAllowed):
        exemptions.judge(dossier, confirmed=False, **police.act("receiver"))

    dossier = exemptions.judge(
        dossier, confirmed=False, note="Sổ hộ nghèo đã hết hạn", **police.act("receiver")
    )

    assert (dossier.status, dossier.exemption, dossier.fee_total) == (Status.FEE_DUE, "denied", 10_000)
    assert (charge(dossier).purpose, charge(dossier).lines.get().reduction) == ("exemption", 0)
    pay(dossier)
    assert again(dossier).status == Status.NEW


@pytest.mark.parametrize(("copies", "more", "back"), [(5, 8_000 * 3, 0), (1, 0, 8_000)])
def test_an_answer_that_changes_the_fee_asks_for_the_rest_or_gives_it_back(copies, more, back):
    office = world.office()
    version = world.publish(EXTRACT)[EXTRACT]
    dossier = world.file(world.mother(), version, office.agency, copies=2)
    assert dossier.fee_total == 16_000
    pay(dossier)
    asked = supplements.ask(
        again(dossier), fields={"copies": "Số bản chưa rõ"}, note="", **office.act("receiver")
    )

    dossier = supplements.answer(asked, answers={"copies": copies}, papers=[], by=asked.applicant, at=MONDAY)

    assert dossier.fee_total == 8_000 * copies
    assert sum(refund.amount for refund in Refund.objects.filter(reason="lower")) == back
    assert (dossier.status == Status.FEE_DUE) == bool(more)
    if more:
        assert charge(dossier).amount == more


@pytest.mark.parametrize(("rule", "back"), [(("refused",), 10_000), (("withdrawn",), 0), (("never",), 0)])
def test_refused_money_goes_back_as_the_rule_says(version, police, fee, rule, back):
    fee(refunds=rule)
    dossier = world.file(world.mother(), version, police.agency)
    pay(dossier)

    dossiers.refuse(again(dossier), note="Không đúng thẩm quyền", **police.act("receiver"))

    refunds = Refund.objects.filter(reason="rule")
    assert sum(refund.amount for refund in refunds) == back


@pytest.mark.parametrize(("rule", "back"), [(("withdrawn",), 0), (("withdrawn_later",), 10_000)])
def test_withdrawn_after_receipt_money_goes_back_as_the_rule_says(version, police, fee, rule, back):
    fee(refunds=rule)
    mother = world.mother()
    dossier = world.file(mother, version, police.agency)
    pay(dossier)
    dossiers.receive(again(dossier), **police.act("receiver"))

    dossiers.withdraw(again(dossier), by=mother, note="", at=MONDAY)

    assert sum(refund.amount for refund in Refund.objects.all()) == back


def test_a_waived_charge_lets_the_dossier_go_on(version, police):
    dossier = world.file(world.mother(), version, police.agency)

    ledger.waive(charge(dossier), basis="Điều 4 TT 75/2022", by=police.staff["receiver"], at=MONDAY)

    assert again(dossier).status == Status.NEW
