"""The sandbox refuses what Stripe refuses, and answers twice the same."""

from urllib.parse import urlencode

import pytest
import requests

from payments.sandbox.parameters import decode
from tests.payments.sandbox import CREATE, create, wanted


def test_a_session_is_kept_as_it_was_asked_for(sandbox):
    session = create(sandbox).json()

    assert session["id"].startswith("cs_test_")
    assert (session["status"], session["payment_status"], session["livemode"]) == ("open", "unpaid", False)
    assert (session["amount_total"], session["metadata"]) == (10_000, {"charge": "c1"})
    assert sandbox.call("GET", f"{CREATE}/{session['id']}").json() == session
    items = sandbox.call("GET", f"{CREATE}/{session['id']}/line_items").json()["data"]
    assert [(i["description"], i["amount_total"]) for i in items] == [("Lệ phí <b>mẫu</b>", 10_000)]


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"line_items[0][price_data][colour]": "red"},
            "parameter_unknown",
            "line_items[0][price_data][colour]",
        ),
        ({"mode": ""}, "parameter_missing", "mode"),
        ({"mode": "subscription"}, None, "mode"),
        ({"line_items[0][price_data][currency]": "usd"}, None, "line_items[0][price_data][currency]"),
        ({"line_items[0][price_data][unit_amount]": "1.5"}, "parameter_invalid_integer", None),
        ({"line_items[0][price_data][unit_amount]": "100000000"}, "amount_too_large", None),
        ({"line_items[0][price_data][unit_amount]": "0"}, "amount_too_small", None),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"expires_at": "1"}, None, "expires_at"),
        ({"locale": "xx"}, None, "locale"),
        ({"metadata": "x"}, None, "metadata"),
        ({"mode[x]": "payment"}, None, "mode[x]"),
        ({"expand[0]": "customer"}, None, "expand"),
    ],
    ids=str,
)
def test_it_refuses_what_stripe_refuses(sandbox, change, code, param):
    before = len(sandbox.sessions())

    answer = create(sandbox, **change)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["type"] == "invalid_request_error"
    assert code is None or error["code"] == code
    assert param is None or error["param"] == param
    assert len(sandbox.sessions()) == before


@pytest.mark.parametrize("key", ["sk_test_other", "sk_live_tests", ""])
def test_it_refuses_another_key(sandbox, key):
    assert sandbox.call("GET", CREATE, key=key).status_code == 401


def test_what_is_not_there_is_404(sandbox):
    for path in (f"{CREATE}/cs_test_x", "/v1/refunds/re_x", "/v1/customers"):
        assert sandbox.call("GET", path).status_code == 404


def test_it_answers_to_the_loopback_only(sandbox):
    assert requests.get(sandbox.base, headers={"Host": "evil.example"}, timeout=5).status_code == 403
    assert requests.get(sandbox.base, timeout=5).status_code == 200


def test_the_same_key_gives_the_same_answer(sandbox):
    first, second = (sandbox.call("POST", CREATE, wanted(), once="k1") for _ in range(2))

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_with_other_parameters_is_refused(sandbox):
    sandbox.call("POST", CREATE, wanted(), once="k2")

    answer = sandbox.call("POST", CREATE, wanted(locale="en"), once="k2")

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_refused_call_does_not_use_up_its_key(sandbox):
    sandbox.call("POST", CREATE, wanted(colour="red"), once="k3")

    assert sandbox.call("POST", CREATE, wanted(), once="k3").status_code == 200


def test_only_an_open_session_can_be_expired(sandbox):
    id_ = create(sandbox).json()["id"]

    assert sandbox.call("POST", f"{CREATE}/{id_}/expire").json()["status"] == "expired"
    assert sandbox.call("POST", f"{CREATE}/{id_}/expire").status_code == 400


def test_refunds_stop_at_what_was_paid(sandbox):
    intent = sandbox.act(create(sandbox).json()["id"], "pay")["payment_intent"]

    def refund(**more):
        return sandbox.call("POST", "/v1/refunds", {"payment_intent": intent} | more)

    assert refund(amount="4000").json()["amount"] == 4_000
    assert refund(amount="6001").status_code == 400
    assert refund().json()["amount"] == 6_000
    assert refund().json()["error"]["code"] == "charge_already_refunded"
    charge = sandbox.call("GET", f"/v1/payment_intents/{intent}").json()["latest_charge"]
    assert sandbox.call("GET", f"/v1/charges/{charge}").json()["refunded"] is True


def test_events_are_listed_in_pages(sandbox):
    create(sandbox)
    for _ in range(2):
        sandbox.act(create(sandbox).json()["id"], "expire")

    first = sandbox.call("GET", "/v1/events?limit=1&type=checkout.session.expired").json()
    rest = sandbox.call("GET", f"/v1/events?limit=1&starting_after={first['data'][0]['id']}").json()

    assert first["has_more"]
    assert rest["data"][0]["id"] != first["data"][0]["id"]


def test_lists_and_nesting_are_read_as_stripe_sends_them():
    sent = urlencode({"a[b][0][c]": "1", "a[b][1][c]": "2", "expand[]": "x", "d": "é"})

    assert decode(sent) == {"a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}}, "expand": {"0": "x"}, "d": "é"}
