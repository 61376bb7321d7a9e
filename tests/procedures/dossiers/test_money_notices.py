"""What the payer and the office are told of money: once, in Vietnamese first, in the inbox and by e-mail."""

import pytest
from django.utils import translation

from payments import disputes, ledger, receipts, refunds
from payments.models import Payment, Receipt, Refund
from payments.providers import DisputeSeen, DisputeState, RefundSeen, RefundState
from portal.messages.models import Delivery, Message
from procedures.dossiers import exemptions
from tests import factories
from tests.procedures import world
from tests.procedures.dossiers.test_fees import RESIDENCE, charge, nothing_is_sent, pay  # noqa: F401

pytestmark = pytest.mark.django_db
MONDAY = world.MONDAY


@pytest.fixture
def police():
    return world.office("commune_police")


@pytest.fixture
def mother():
    return world.mother()


@pytest.fixture
def paid(mother, police):
    dossier = world.file(mother, world.publish(RESIDENCE)[RESIDENCE], police.agency)
    pay(dossier)
    return dossier


def told(user, word) -> list[str]:
    """The subjects of what the person was told under keys that begin with `word`."""
    return list(
        Message.objects.filter(recipient=user, key__startswith=word)
        .order_by("id")
        .values_list("subject", flat=True)
    )


def answer(refund, state):
    seen = RefundSeen("re_1", state, refund.amount, refund.payment.transaction_id, str(refund.uuid))
    refunds.write(refund, seen, at=MONDAY)


@pytest.fixture
def refund(paid):
    return ledger.refund(charge(paid), by=None, amount=4_000, at=MONDAY)


def test_a_refund_is_told_at_every_step_once(refund, mother, paid):
    for state in (RefundState.PENDING, RefundState.PENDING, RefundState.SUCCEEDED, RefundState.SUCCEEDED):
        answer(Refund.objects.get(), state)

    asked, coming, back = told(mother, "refund:")
    assert all("4.000\xa0đ" in subject and paid.code in subject for subject in (asked, coming, back))
    assert Delivery.objects.filter(message__key__startswith="refund:", address=mother.email).count() == 3


def test_words_are_vietnamese_unless_the_dossier_is_english(refund, mother, paid):
    with translation.override("en"):
        answer(refund, RefundState.SUCCEEDED)
    paid.language = "en"
    paid.save()
    other = ledger.refund(charge(paid), by=None, amount=1_000, at=MONDAY)

    assert "returned" not in told(mother, f"refund:{refund.pk}:succeeded")[0]
    assert "1,000\xa0đ of the fee" in told(mother, f"refund:{other.pk}:requested")[0]


def test_a_failed_refund_is_told_to_who_must_act_too(refund, mother, police):
    answer(refund, RefundState.FAILED)

    assert len(told(mother, f"refund:{refund.pk}:failed")) == 1
    message = Message.objects.get(key__startswith="office:refund")
    assert message.recipient == police.staff["receiver"]
    assert "/can-bo/" in message.link or message.link.endswith("/")


def test_an_accountant_acts_before_the_receivers(refund, police):
    accountant = factories.staff("accountant", police.agency)

    answer(refund, RefundState.FAILED)

    assert [m.recipient for m in Message.objects.filter(key__startswith="office:")] == [accountant]


def test_a_proposed_refund_is_told_to_the_others_alone(paid, police, mother, settings):
    settings.REFUND_ALONE_LIMIT = 1_000
    second = factories.staff("receiver", police.agency)

    ledger.refund(charge(paid), by=police.staff["receiver"], at=MONDAY)

    assert [m.recipient for m in Message.objects.filter(key__startswith="office:")] == [second]
    assert told(mother, "refund:") == []


def test_a_dispute_is_told_to_the_office(paid, police, mother):
    payment = Payment.objects.get()
    for state in (DisputeState.OPEN, DisputeState.OPEN, DisputeState.WON):
        disputes.write(payment, DisputeSeen("dp_1", state, 10_000, payment.transaction_id), at=MONDAY)

    assert len(told(police.staff["receiver"], "dispute:")) == 2
    assert told(mother, "dispute:") == []


@pytest.mark.parametrize(("confirmed", "action"), [(True, "confirm_exemption"), (False, "deny_exemption")])
def test_an_exemption_is_told_either_way(mother, police, confirmed, action):
    version = world.publish(RESIDENCE)[RESIDENCE]
    dossier = world.file(mother, version, police.agency, fee_exemption="digital_citizen")

    exemptions.judge(dossier, confirmed=confirmed, note="Đã đối chiếu", **police.act("receiver"))

    assert Message.objects.filter(recipient=mother, key__contains=f":{action}:").count() == 1


def test_receipts_are_told_when_their_paper_is_there(mother, police):
    world.keys(police)
    dossier = world.file(mother, world.publish(RESIDENCE)[RESIDENCE], police.agency)
    pay(dossier)

    assert told(mother, "receipt:") == []
    receipts.make(Receipt.objects.get().pk, at=MONDAY)
    answer(ledger.refund(charge(dossier), by=None, amount=4_000, at=MONDAY), RefundState.SUCCEEDED)
    receipts.make(Receipt.objects.get(kind="adjustment").pk, at=MONDAY)

    first, second = told(mother, "receipt:")
    assert str(Receipt.objects.get(kind="receipt")) in first
    assert str(Receipt.objects.get(kind="adjustment")) in second
