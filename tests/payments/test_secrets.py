"""What the cash desk tells about people, and to whom: no name, no number, no key in logs, addresses or orders.

One payer pays in every way and gets money back, with everything going wrong that may. Meanwhile the log is written
as it is in earnest, every address that is visited and every byte that leaves for a provider is kept.
"""

import http.client
import io
import json
import logging
import re
from contextlib import suppress
from datetime import timedelta
from urllib.parse import unquote_plus, urlsplit

import pytest
import requests
from django.conf import settings as site
from django.core.signals import request_started
from django.urls import reverse
from django.utils.module_loading import import_string

from payments import desk, ledger, reconciliation, refunds, tasks
from payments.models import BankAccount, Charge, Payment, Receipt, Refund
from payments.providers import ProviderDown
from portal.words import fold
from tests.factories import PersonFactory, UserFactory, staff
from tests.payments.conftest import VNPAY_SECRET, open_charge
from tests.payments.sandbox import CREATE, KEY, SECRET, ring
from tests.payments.test_bank_pages import SECRET as BANK_SECRET
from tests.payments.test_bank_pages import tell
from tests.payments.test_vnpay import act

NAME = "Đặng Thị Kín Đáo"
PERSONAL = {
    "name": NAME,
    "personal id": "001190654321",
    "phone": "0912 345 678",
    "e-mail": "kin.dao@vidu.example",
    "address": "Số 27 ngõ Vắng, phố Lặng",
    "account": "0451000998877",
    "card": "4242 4242 4242 4242",
}
SECRETS = {
    "Stripe's key": KEY,
    "the webhook's secret": SECRET,
    "the gateway's secret": VNPAY_SECRET,
    "the bank's secret": BANK_SECRET,
    "the site's key": site.SECRET_KEY,
}


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────
def bare(text: str) -> str:
    """The text as somebody would read it who looks for a person: no escapes, accents, capitals or blanks."""
    text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), unquote_plus(text))
    return re.sub(r"[\s\u00a0.-]", "", fold(text))


def found(text: str, wanted: dict[str, str] = PERSONAL | SECRETS) -> set[str]:
    """Which of these the text gives away."""
    text = bare(text)
    return {what for what, value in wanted.items() if bare(value) in text}


@pytest.fixture
def log():
    """All that is logged, formatted as the site's settings say."""
    told = site.LOGGING["formatters"]["line"]
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(import_string(told.get("()", "logging.Formatter"))(told["format"]))
    handler.addFilter(import_string(site.LOGGING["filters"]["request_id"]["()"])())
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def visited():
    """Every address that somebody asked this site for."""
    addresses = []

    def keep(environ, **_more):
        addresses.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")

    request_started.connect(keep)
    yield addresses
    request_started.disconnect(keep)


@pytest.fixture
def sent(monkeypatch):
    """All that leaves this process over HTTP, apart from the header that has to carry the key."""
    texts, send = [], http.client.HTTPConnection.send

    def keep(self, data):
        if isinstance(data, bytes):
            texts.append(re.sub(r"(?im)^authorization: .*$", "", data.decode()))
        return send(self, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", keep)
    return texts


@pytest.mark.parametrize(
    "text",
    [
        NAME,
        "dang thi kin dao",
        json.dumps({"name": NAME}),
        "?ten=%C4%90%E1%BA%B7ng+Th%E1%BB%8B+K%C3%ADn+%C4%90%C3%A1o",
        "ĐẶNG THỊ KÍN ĐÁO",
    ],
)
def test_a_name_is_found_however_it_is_written(text):
    assert found(f"… {text} …") == {"name"}
    assert found("4242-4242-4242-4242 or +84912345678 or 0912.345.678") == {"card", "phone"}
    assert found("dang thi kin") == set()


def test_the_log_keeps_what_stands_around_the_databases_details(log):
    told = f"a row is refused\nDETAIL:  Failing row contains (1, {NAME}\n\n{NAME})."
    try:
        try:
            raise LookupError(told)
        except LookupError as error:
            raise ValueError(told) from error
    except ValueError:
        logging.getLogger("tests").exception("Task failed: %r", told)

    said = log.getvalue()
    assert found(said) == set(), said
    assert said.count("a row is refused") == 3
    assert "The above exception was the direct cause" in said
    assert "in test_the_log_keeps" in said


# ── One payer, every way ──────────────────────────────────────────────────────────────────────────
class Journey:
    """What one person goes through, and the people who serve them."""

    def __init__(self, client, agency, sandbox, gateway, now):
        self.client, self.agency, self.sandbox, self.gateway, self.now = client, agency, sandbox, gateway, now
        person = PersonFactory(
            full_name=NAME,
            personal_id=PERSONAL["personal id"],
            phone=PERSONAL["phone"].replace(" ", ""),
            email=PERSONAL["e-mail"],
            address=PERSONAL["address"],
        )
        self.payer = UserFactory(person=person, username="nguoi-nop", email=person.email)
        self.cashier, self.keeper = staff("receiver", agency), staff("accountant", agency)
        client.force_login(self.payer)

    def owes(self, number):
        charge = open_charge(self.payer, agency=self.agency, reference=f"dossier:{number}", at=self.now)
        Charge.objects.filter(pk=charge.pk).update(description={"vi": f"Thường trú của {NAME}"})
        return Charge.objects.get(pk=charge.pk)

    def go(self, charge, way):
        """From the pay page to the provider's; what is typed where it does not belong goes nowhere."""
        url = reverse("payments:pay", args=[charge.uuid])
        assert self.client.get(url).status_code == 200
        answer = self.client.post(url, {"way": way, "card": PERSONAL["card"], "name": NAME})
        assert answer.status_code == 302, answer.text
        return Payment.objects.filter(charge=charge).latest("attempt"), answer["Location"]

    def comes_back(self, charge, query=""):
        return self.client.get(reverse("payments:back", args=[charge.uuid]) + query)

    def back_it_goes(self, charge):
        ledger.refund(charge, by=self.keeper, note=f"Hoàn cho {NAME}", at=self.now)
        return Refund.objects.filter(payment__charge=charge).latest("id")


@pytest.fixture
def journey(client, agency, sandbox, gateway, now, settings):
    settings.PAYMENT_PROVIDERS = ["stripe", "vietqr", "vnpay"]
    settings.BANK_SECRETS = [BANK_SECRET]
    agency.seal_key = "a-seal-that-is-not-there"  # making the receipt fails, and the log says so
    agency.save()
    return Journey(client, agency, sandbox, gateway, now)


def by_card(journey, settings):
    charge = journey.owes(1)
    payment, page = journey.go(charge, "stripe")
    for outcome in ("declined", "card"):
        requests.post(page, {"outcome": outcome}, allow_redirects=False, timeout=10)
    journey.comes_back(charge)
    event = journey.sandbox.events(payment.provider_id)[0]
    at = journey.now.timestamp()
    for secret in ("whsec_wrong", SECRET, SECRET):
        ring(journey.client, event, at=at, secret=secret)
    refund = journey.back_it_goes(charge)
    assert refund.status == "succeeded"
    ring(journey.client, journey.sandbox.events(refund.provider_id)[0], at=at)


def by_card_and_nothing_goes_well(journey, settings):
    charge, base = journey.owes(2), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    assert journey.client.post(reverse("payments:pay", args=[charge.uuid])).status_code == 503
    settings.STRIPE_API_BASE = base
    payment, _page = journey.go(charge, "stripe")
    journey.sandbox.act(payment.provider_id, "pay")
    journey.sandbox.fault(f"{CREATE}/{payment.provider_id}", "amount", method="GET")
    journey.comes_back(charge)
    assert Payment.objects.get(pk=payment.pk).status == "review"


def by_gateway(journey, settings):
    charge = journey.owes(3)
    payment, page = journey.go(charge, "vnpay")
    assert requests.get(page, timeout=10).status_code == 200
    journey.gateway.faults.append("ipn_signature")
    journey.comes_back(charge, f"?{urlsplit(act(payment)).query}")
    assert Charge.objects.get(pk=charge.pk).status == "paid"
    journey.gateway.faults.append("answer_lost")
    refund = journey.back_it_goes(charge)
    with suppress(ProviderDown):
        refunds.send(refund.pk, at=journey.now + timedelta(minutes=5))
    assert journey.gateway.refunds


def by_transfer(journey, settings):
    charge = journey.owes(4)
    account = BankAccount.objects.get()
    payment, page = journey.go(charge, "vietqr")
    assert journey.client.get(page).status_code == 200
    message = {
        "id": "FT1",
        "bin": account.bank_bin,
        "account": account.number,
        "amount": charge.amount,
        "content": f"{NAME} {PERSONAL['phone']} {payment.provider_id}",
        "sender": NAME,
        "sender_account": PERSONAL["account"],
    }
    assert tell(journey.client, message, secret="wrong") == 400
    assert tell(journey.client, message | {"amount": NAME}) == 400
    assert tell(journey.client, message) == 200
    assert tell(journey.client, message, amount=1) == 409
    assert Charge.objects.get(pk=charge.pk).status == "paid"
    assert journey.back_it_goes(charge).status == "pending"


def by_cash(journey, settings):
    charge = journey.owes(5)
    till = desk.open_till(journey.agency, window="Cửa 1", by=journey.cashier, at=journey.now)
    journey.client.force_login(journey.cashier)
    page = reverse("cash:take", args=[charge.uuid])
    assert journey.client.post(page, {"given": "20.000"}).status_code == 302
    refund = journey.back_it_goes(charge)
    journey.client.post(reverse("cash:pay_out", args=[refund.pk]))
    assert Refund.objects.get(pk=refund.pk).status == "succeeded"
    assert desk.expected(till) == 0


def what_fails_at_night(journey, settings, monkeypatch):
    """A receipt that cannot be sealed, and a row that the database refuses with all that stands in it."""
    receipt = Receipt.objects.filter(document=None).first()
    tasks.make_receipt(receipt_id=receipt.pk)
    Receipt.objects.filter(pk=receipt.pk).update(next_attempt_at=journey.now)
    tasks.sweep_receipts()

    def refused(*_arguments, **_more):
        Receipt.objects.filter(pk=receipt.pk).update(amount=-1)

    monkeypatch.setattr(refunds, "send", refused)
    Refund.objects.filter(status="pending").update(next_attempt_at=journey.now)
    reconciliation.sweep_refunds(at=journey.now)


def test_nothing_tells_who_paid_or_with_which_key(journey, settings, log, visited, sent, monkeypatch):
    BankAccount.objects.create(bank_bin="970436", bank_name="Vietcombank", number="1023", holder="KHO BAC")

    for way in (by_card, by_card_and_nothing_goes_well, by_gateway, by_transfer, by_cash):
        journey.client.force_login(journey.payer)
        way(journey, settings)
    what_fails_at_night(journey, settings, monkeypatch)

    said = log.getvalue()
    assert "was refused" in said  # the log was written
    assert "the payment server is down" in said
    assert "the others go on" in said
    assert found(said) == set(), said
    assert len(visited) > 15
    assert [address for address in visited if found(address)] == []
    assert any("/v1/refunds" in text for text in sent)
    assert any("vnp_Command" in text for text in sent)
    assert [text for text in sent if found(text)] == []


def test_providers_are_told_ids_and_what_for(journey, settings):
    by_card(journey, settings)
    payment = Payment.objects.get()

    session = next(each for each in journey.sandbox.sessions() if each["id"] == payment.provider_id)
    assert session["metadata"] == {"charge": str(payment.charge.uuid), "attempt": "1"}
    intent = journey.sandbox.call("GET", f"/v1/payment_intents/{payment.transaction_id}").json()
    assert intent["metadata"] == session["metadata"]
    items = journey.sandbox.call("GET", f"{CREATE}/{payment.provider_id}/line_items").json()["data"]
    assert [item["description"] for item in items] == ["Đăng ký thường trú"]
    [refund] = journey.sandbox.refunds(payment.transaction_id)
    assert refund["metadata"] == {"refund": str(Refund.objects.get().uuid)}
    assert found(json.dumps([session, intent, items, refund, payment.parameters])) == set()
