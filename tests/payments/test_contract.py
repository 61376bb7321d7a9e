"""Every call that is made to Stripe, as Stripe's own description of its API takes it, and as our sandbox does.

stripe-mock checks parameters against that description and answers with canned objects, so with it only this is
asked: was the call accepted, and could the answer be read. STRIPE_MOCK_URL=http://127.0.0.1:12111 names one.
"""

import inspect
import os
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest

from payments.models import Charge, Payment, Refund
from payments.providers import DisputeSeen, Opened, RefundSeen, Seen, stripe
from tests import peers

MOCK = "STRIPE_MOCK_URL"


@dataclass
class Known:
    """What there is at the peer; stripe-mock finds whatever it is asked for."""

    charge: Charge
    open_session: str = "cs_test_open"
    paid_session: str = "cs_test_paid"
    intent: str = "pi_paid"
    refund: str = "re_known"
    dispute: str = "dp_known"

    def payment(self, session=""):
        made = Payment(charge=self.charge, attempt=1, amount=10_000, provider_id=session)
        made.idempotency_key = f"contract:{uuid.uuid4()}"
        made.transaction_id = self.intent
        return made

    def asked(self, attempts):
        return Refund(payment=self.payment(self.paid_session), amount=1_000, attempts=attempts)


def begin(desk, known, now):
    payment = known.payment()
    payment.parameters = desk.plan(payment, back_url="https://vidu.vn/", language="vi", at=now).parameters
    return desk.start(payment)


# The SDK's call: what makes it, and what its answer becomes.
CALLS = {
    "checkout.sessions.create": (begin, Opened),
    "checkout.sessions.retrieve": (
        lambda desk, known, _now: desk.fetch_status(known.payment(known.paid_session)),
        Seen,
    ),
    "checkout.sessions.expire": (
        lambda desk, known, _now: desk.cancel(known.payment(known.open_session)),
        Seen,
    ),
    "checkout.sessions.list": (
        lambda desk, _known, now: desk.list_movements(now - timedelta(days=1), now + timedelta(days=1)),
        list,
    ),
    "refunds.create": (lambda desk, known, _now: desk.refund(known.asked(attempts=0)), RefundSeen),
    "refunds.list": (lambda desk, known, _now: desk.refund(known.asked(attempts=1)), RefundSeen),
    "refunds.retrieve": (lambda desk, known, _now: desk.fetch_refund(known.refund), RefundSeen),
    "disputes.retrieve": (lambda desk, known, _now: desk.fetch_dispute(known.dispute), DisputeSeen),
    "events.list": (lambda desk, _known, now: list(desk.events(since=now - timedelta(days=1))), list),
}


def at_sandbox(charge, sandbox, now):
    opened, paid = (begin(stripe.provider(), Known(charge), now).provider_id for _ in range(2))
    intent = sandbox.act(paid, "pay")["payment_intent"]
    refund = sandbox.call("POST", "/v1/refunds", {"payment_intent": intent, "amount": "500"}).json()
    return Known(charge, opened, paid, intent, refund["id"], sandbox.act(paid, "dispute")["id"])


@pytest.fixture(params=["our sandbox", "stripe-mock"])
def known(request, charge, now, settings):
    if request.param == "our sandbox":
        return at_sandbox(charge, request.getfixturevalue("sandbox"), now)
    if not (url := os.environ.get(MOCK)):
        pytest.skip(f"no stripe-mock ({MOCK} names none)")
    settings.STRIPE_API_BASE, settings.STRIPE_API_KEY = url, "sk_test_123"
    peers.took_part("stripe-mock")
    return Known(charge)


@pytest.fixture
def refused(monkeypatch):
    """Every call that the peer did not accept, whoever then made the best of it."""
    seen, ask = [], stripe._ask

    def asking(call):
        try:
            return ask(call)
        except Exception as error:
            seen.append(error)
            raise

    monkeypatch.setattr(stripe, "_ask", asking)
    return seen


def test_no_call_is_missing_here():
    assert set(re.findall(r"\bto\.v1\.([\w.]+)\(", inspect.getsource(stripe))) == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_the_peer_takes_the_call_and_its_answer_is_read(known, refused, now, call):
    make, kind = CALLS[call]

    answer = make(stripe.provider(), known, now)

    assert isinstance(answer, kind)
    assert refused == []
    if not isinstance(answer, list):
        assert answer.provider_id


def test_a_call_that_is_not_in_the_description_is_noticed(known, refused):
    with pytest.raises(stripe.ProviderRefused):
        stripe._ask(lambda to: to.v1.refunds.create({"payment_intent": known.intent, "colour": "red"}))

    assert len(refused) == 1
