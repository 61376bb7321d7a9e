"""The hosted page: what it shows, and where each choice leads."""

import pytest
import requests

from tests.payments.sandbox import CREATE, create


def choose(sandbox, session, outcome):
    body = {"outcome": outcome} if outcome else {}
    return requests.post(session["url"], data=body, allow_redirects=False, timeout=5)


def test_the_page_shows_the_sum_in_the_sessions_language(sandbox):
    page = requests.get(create(sandbox).json()["url"], timeout=5)
    english = requests.get(create(sandbox, locale="en").json()["url"], timeout=5).text

    assert "10.000\u00a0đ" in page.text
    assert "Không có tiền thật" in page.text
    assert "Lệ phí &lt;b&gt;mẫu&lt;/b&gt;" in page.text
    assert "form-action 'self' http://portal.test" in page.headers["Content-Security-Policy"]
    assert "10,000\u00a0đ" in english
    assert "There is no real money" in english


@pytest.mark.parametrize(
    ("outcome", "status", "paid"),
    [("card", "complete", "paid"), ("arrives", "complete", "unpaid"), ("returns", "complete", "unpaid")],
)
def test_a_choice_leads_back_to_the_portal(sandbox, outcome, status, paid):
    session = create(sandbox).json()

    answer = choose(sandbox, session, outcome)

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://portal.test/back?s={session['id']}"
    after = sandbox.call("GET", f"{CREATE}/{session['id']}").json()
    assert (after["status"], after["payment_status"]) == (status, paid)
    assert "đã xong" in choose(sandbox, session, "card").text


def test_a_declined_card_stays_on_the_page(sandbox):
    session = create(sandbox).json()

    answer = choose(sandbox, session, "declined")

    assert answer.status_code == 200
    assert "Tiền chưa bị trừ" in answer.text
    assert sandbox.call("GET", f"{CREATE}/{session['id']}").json()["status"] == "open"


def test_no_choice_is_asked_for_again(sandbox):
    session = create(sandbox).json()

    answer = choose(sandbox, session, "")

    assert answer.status_code == 422
    assert "Chọn một kết quả" in answer.text
