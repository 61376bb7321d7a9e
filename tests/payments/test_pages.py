"""The payer's two pages."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments import ledger, reconciliation
from payments.models import Charge, Payment
from tests.factories import UserFactory
from tests.payments.conftest import open_charge, start
from tests.payments.test_start import line

PAGES = ("payments:pay", "payments:back")


@pytest.fixture
def at_desk(client, charge):
    client.force_login(charge.payer)
    return client


def url(page, charge):
    return reverse(page, args=[charge.uuid])


def test_it_shows_what_is_to_be_paid(at_desk, charge):
    answer = at_desk.get(url("payments:pay", charge))

    assert answer.status_code == 200
    assert "10.000\u00a0đ" in answer.text
    assert "Thông tư mẫu" in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert not Payment.objects.exists()


def test_it_sends_to_the_hosted_page(at_desk, charge, sandbox):
    answer = at_desk.post(url("payments:pay", charge))

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{sandbox.base}/c/pay/cs_test_")


def test_it_speaks_english(at_desk, charge, sandbox):
    at_desk.cookies["django_language"] = "en"

    assert "10,000\u00a0đ" in at_desk.get(url("payments:pay", charge)).text
    at_desk.post(url("payments:pay", charge))
    assert Payment.objects.get().parameters["locale"] == "en"


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_gets_404(client, charge, page):
    client.force_login(UserFactory())

    assert client.get(url(page, charge)).status_code == 404
    assert client.post(url("payments:pay", charge)).status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.parametrize("page", PAGES)
def test_nobody_signs_in_first(client, charge, page):
    answer = client.get(url(page, charge))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/tai-khoan/")


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_charge_is_404(at_desk, page):
    assert at_desk.get(reverse(page, args=["00000000-0000-4000-8000-000000000000"])).status_code == 404


def test_paying_needs_the_csrf_token(charge):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(charge.payer)

    assert strict.post(url("payments:pay", charge)).status_code == 403
    assert not Payment.objects.exists()


def test_with_the_payment_server_down_nothing_is_lost(at_desk, charge, sandbox, settings):
    base = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"

    answer = at_desk.post(url("payments:pay", charge))

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Tiền chưa bị trừ" in answer.text
    assert "Thử lại" in answer.text
    settings.STRIPE_API_BASE = base
    assert at_desk.post(url("payments:pay", charge)).status_code == 302
    assert Payment.objects.count() == 1


def test_a_refused_sum_says_so(at_desk, payer, sandbox):
    big = open_charge(payer, at=timezone.now(), reference="dossier:2", lines=[line("a", 100_000_000)])

    answer = at_desk.post(url("payments:pay", big))

    assert answer.status_code == 503
    assert "không nhận khoản này" in answer.text


def test_coming_back_paid_settles_without_a_webhook(at_desk, charge, started, sandbox):
    sandbox.act(started.provider_id, "pay")

    answer = at_desk.get(url("payments:back", charge))

    assert "Đã nộp phí, lệ phí" in answer.text
    assert str(Charge.objects.get().receipts.get()) in answer.text
    assert Charge.objects.get().status == "paid"


def test_a_forged_return_proves_nothing(at_desk, charge, started):
    answer = at_desk.get(url("payments:back", charge) + "?session_id=cs_test_paid&payment_status=paid")

    assert "Chưa nộp được phí, lệ phí" in answer.text
    assert "Tiền chưa bị trừ" in answer.text
    assert Charge.objects.get().status == "due"


def test_coming_back_is_get_only(at_desk, charge):
    assert at_desk.post(url("payments:back", charge)).status_code == 405


def test_coming_back_before_starting_offers_to_pay(at_desk, charge):
    assert "Thử lại" in at_desk.get(url("payments:back", charge)).text


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        (["transfer"], "Đang chờ ngân hàng"),
        (["transfer", "returned"], "Ngân hàng trả lại tiền"),
        (["decline"], "Chưa nộp được"),
        (["expire"], "Chưa nộp được"),
    ],
    ids=str,
)
def test_coming_back_says_how_it_stands(at_desk, charge, started, sandbox, acts, said):
    for act in acts:
        sandbox.act(started.provider_id, act)

    answer = at_desk.get(url("payments:back", charge))

    assert answer.status_code == 200
    assert said in answer.text


def test_coming_back_with_the_payment_server_down(at_desk, charge, started, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"

    answer = at_desk.get(url("payments:back", charge))

    assert answer.status_code == 503
    assert "Máy thanh toán không trả lời" in answer.text
    assert Charge.objects.get().status == "due"


def test_coming_back_to_a_review_says_do_not_pay_again(at_desk, charge, started):
    Payment.objects.update(status="review", next_check_at=None)

    assert "Không nộp lại" in at_desk.get(url("payments:back", charge)).text
    assert at_desk.post(url("payments:pay", charge))["Location"] == url("payments:back", charge)


def test_a_paid_charge_leads_to_its_outcome(at_desk, charge, started, sandbox):
    sandbox.act(started.provider_id, "pay")
    reconciliation.check(started, at=timezone.now())

    for answer in (at_desk.get(url("payments:pay", charge)), at_desk.post(url("payments:pay", charge))):
        assert answer["Location"] == url("payments:back", charge)


def test_a_cancelled_charge_tells_of_the_money_that_went_back(at_desk, charge, started, sandbox):
    sandbox.act(started.provider_id, "pay")
    ledger.cancel(charge, reason="withdrawn", at=timezone.now())

    text = at_desk.get(url("payments:back", charge)).text

    assert "Không còn khoản nào phải nộp" in text
    assert "10.000\u00a0đ. Khoản đó tự hoàn lại" in text


def test_a_refunded_charge_says_so(at_desk, charge, started, sandbox):
    sandbox.act(started.provider_id, "pay")
    reconciliation.check(started, at=timezone.now())
    ledger.refund(charge, by=None, at=timezone.now())

    assert "Đã hoàn tiền" in at_desk.get(url("payments:back", charge)).text


def test_pages_ask_few_questions(at_desk, charge, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        at_desk.get(url("payments:pay", charge))


def test_start_helper_is_the_page_button(charge, sandbox, at_desk):
    payment = start(charge, at=timezone.now())

    assert at_desk.post(url("payments:pay", charge))["Location"] == payment.url
