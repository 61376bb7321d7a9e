"""A gateway of the VNPAY kind, with a fake of it as the peer: a real server that knows the specification only."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from django.urls import reverse

from payments import ledger, reconciliation, refunds
from payments.models import Charge, Payment, ProviderEvent, Refund
from payments.providers import KEYS, ProviderDown, vnpay


@pytest.fixture
def at_gateway(charge, gateway, now):
    """A payment whose payer looks at the gateway's page."""
    payment = ledger.start(charge, provider="vnpay", by=charge.payer, at=now)
    page = requests.get(payment.url, timeout=5)
    assert page.status_code == 200, page.text
    assert "10.000" in page.text
    return payment


def act(payment, what="pay"):
    """Press a button on the gateway's page; the address that it sends the payer back to."""
    url = payment.url.partition("?")[0]
    answer = requests.post(
        url, {"number": payment.provider_id, "what": what}, allow_redirects=False, timeout=10
    )
    assert answer.status_code == 303
    return answer.headers["Location"]


def state():
    return Charge.objects.get().status


def codes(gateway):
    return [answer["RspCode"] for answer in gateway.answers]


def test_a_file_is_a_provider():
    assert {"stripe", "vnpay"} <= KEYS


def test_sums_travel_times_a_hundred_and_in_vietnams_time(at_gateway, gateway):
    order = gateway.orders[at_gateway.provider_id]

    assert order.fields["vnp_Amount"] == "1000000"
    assert order.fields["vnp_ExpireDate"] > order.fields["vnp_CreateDate"]


def test_the_gateway_refuses_a_changed_redirect(at_gateway):
    changed = at_gateway.url.replace("vnp_Amount=1000000", "vnp_Amount=100")

    assert requests.get(changed, timeout=5).status_code == 400


def test_paid_there_is_paid_here(at_gateway, gateway):
    act(at_gateway)

    assert codes(gateway) == ["00"]
    assert state() == "paid"
    assert Payment.objects.get().transaction_id


@pytest.mark.parametrize(("fault", "said"), [("ipn_twice", ["00", "02"]), ("ipn_amount", ["04"])])
def test_doubles_and_wrong_sums_are_answered_by_the_book(at_gateway, gateway, fault, said):
    gateway.faults.append(fault)
    act(at_gateway)

    assert codes(gateway) == said
    assert state() == "paid"  # as the gateway says when it is asked
    assert Charge.objects.get().receipts.count() == 1


def test_a_bad_signature_leaves_no_row(at_gateway, gateway):
    gateway.faults.append("ipn_signature")
    act(at_gateway)

    assert codes(gateway) == ["97"]
    assert not ProviderEvent.objects.exists()
    assert state() == "due"


def test_an_unknown_order_is_01(at_gateway, gateway):
    act(at_gateway)
    gateway.ring(at_gateway.provider_id, vnp_TxnRef="0" * 36)

    assert codes(gateway)[-1] == "01"


def test_a_lost_ipn_is_made_good_by_the_sweep(at_gateway, gateway, now):
    gateway.faults.append("ipn_lost")
    act(at_gateway)
    assert state() == "due"

    reconciliation.sweep_stale(at=now + timedelta(minutes=6))

    assert state() == "paid"


def test_coming_back_asks_and_believes_no_parameter(at_gateway, gateway, client, charge):
    client.force_login(charge.payer)
    forged = urlencode({"vnp_ResponseCode": "00", "vnp_TransactionStatus": "00"})
    client.get(reverse("payments:back", args=[charge.uuid]) + "?" + forged)
    assert state() == "due"

    gateway.faults.append("ipn_lost")
    back = urlsplit(act(at_gateway))
    assert dict(parse_qsl(back.query))["vnp_TransactionStatus"] == "00"
    client.get(f"{back.path}?{back.query}")
    assert state() == "paid"


def test_declined_may_be_tried_again(at_gateway, gateway, charge, now):
    act(at_gateway, "decline")
    assert Payment.objects.get().status == "failed"

    again = ledger.start(charge, provider="vnpay", by=charge.payer, at=now)

    assert again.attempt == 2


def test_another_sum_at_the_gateway_is_looked_into(at_gateway, gateway, now):
    gateway.faults += ["ipn_lost", "query_amount"]
    act(at_gateway)

    reconciliation.check(Payment.objects.get(), at=now)

    assert (state(), Payment.objects.get().note) == ("due", "amount")


def test_an_answer_that_is_not_the_gateways_says_nothing(at_gateway, gateway, now):
    gateway.faults += ["ipn_lost", "query_signature"]
    act(at_gateway)

    with pytest.raises(ProviderDown):
        reconciliation.check(Payment.objects.get(), at=now)
    assert state() == "due"


def test_a_page_given_up_is_watched_to_its_end(at_gateway, gateway, charge, sandbox, now):
    ledger.start(charge, provider="stripe", by=charge.payer, at=now)
    given_up = Payment.objects.get(provider="vnpay")
    assert (given_up.status, given_up.next_check_at > given_up.expires_at) == ("expired", True)

    gateway.faults.append("ipn_lost")
    act(at_gateway)
    reconciliation.sweep_stale(at=given_up.next_check_at)

    assert state() == "paid"
    assert Payment.objects.get(provider="stripe").status == "expired"


def test_nobody_came_to_the_page(charge, gateway, now, time_machine):
    payment = ledger.start(charge, provider="vnpay", by=charge.payer, at=now)
    assert reconciliation.check(payment, at=now).status == "open"

    late = payment.expires_at + timedelta(minutes=16)
    time_machine.move_to(late)
    done = reconciliation.check(payment, at=late)

    assert (done.status, done.next_check_at) == ("expired", None)


@pytest.mark.parametrize(("end", "status"), [("00", "refunded"), ("09", "paid")])
def test_a_refund_goes_out_once_though_its_answer_is_lost(at_gateway, gateway, charge, now, end, status):
    act(at_gateway)
    gateway.faults.append("answer_lost")
    refund = ledger.refund(charge, by=None, at=now)
    assert len(gateway.refunds) == 1

    for minutes in (2, 5):
        reconciliation.sweep_refunds(at=now + timedelta(minutes=minutes))
        gateway.refunded(at_gateway.provider_id, status=end)
    reconciliation.sweep_refunds(at=now + timedelta(minutes=20))

    assert len(gateway.refunds) == 1
    assert state() == status
    assert Refund.objects.get(pk=refund.pk).status == ("succeeded" if end == "00" else "failed")


def test_more_than_came_in_is_refused(at_gateway, gateway, charge, now):
    act(at_gateway)

    with pytest.raises(refunds.RefundExceeds):
        ledger.refund(charge, by=None, at=now, amount=10_001)


def test_the_words_signed_are_the_specifications(gateway):
    """Sorted by name, form-encoded, nothing empty, without the signature itself."""
    fields = {"vnp_B": "b c", "vnp_A": "é", "vnp_SecureHash": "x", "vnp_C": ""}

    assert vnpay.sorted_text(fields) == "vnp_A=%C3%A9&vnp_B=b+c"
