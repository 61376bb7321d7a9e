"""Cash on the table, beside whatever the payer has open elsewhere."""

import pytest

from payments import ledger
from payments.models import Charge, Payment, Receipt
from tests.factories import UserFactory
from tests.payments.test_journal import books


def take(charge, at):
    return ledger.take(charge, provider="cash", place="till:window-1", by=UserFactory(), at=at)


def test_cash_settles_and_lies_in_the_till(charge, now):
    take(charge, now)

    assert (Charge.objects.get().status, Receipt.objects.count()) == ("paid", 1)
    assert books() == {"till:window-1": 10_000, "le_phi:": -10_000}


def test_cash_with_a_session_open_closes_the_session(started, sandbox, now):
    payment = take(started.charge, now)

    assert (payment.attempt, payment.status) == (2, "succeeded")
    assert Payment.objects.get(pk=started.pk).status == "expired"
    assert sandbox.call("GET", f"/v1/checkout/sessions/{started.provider_id}").json()["status"] == "expired"


def test_cash_is_refused_when_it_was_just_paid(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")

    with pytest.raises(ledger.AlreadyPaid):
        take(started.charge, now)

    assert (Payment.objects.count(), Charge.objects.get().status) == (1, "paid")


def test_cash_is_refused_while_the_bank_is_at_it(started, sandbox, now):
    sandbox.act(started.provider_id, "transfer")

    with pytest.raises(ledger.InProgress):
        take(started.charge, now)


def test_two_windows_take_it_once(charge, together, now):
    answers = together(lambda: take(charge, now), lambda: take(charge, now))

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyPaid", "Payment"]
