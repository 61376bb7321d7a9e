"""The window's and the accountant's pages: who sees what, what the buttons do, what a list costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments import desk, ledger, reconciliation, things, transfers
from payments.models import BankAccount, Charge, Decision, Payment, Refund, Till
from tests.factories import AgencyFactory, UserFactory, staff
from tests.payments.conftest import open_charge, sign_in, start


# ── The window ────────────────────────────────────────────────────────────────────────────────────
def test_a_day_at_the_window(client, cashier, keeper, agency, owed):
    sign_in(client, cashier)
    opened = client.post(
        reverse("cash:home"), {"agency": agency.pk, "window": "Cửa 1", "float_amount": "50.000"}
    )
    till = Till.objects.get()
    assert (opened.url, till.float_amount) == (till.get_absolute_url(), 50_000)

    page = client.get(reverse("cash:take", args=[owed.uuid]))
    assert "Nguyễn Thị Mẫu" in page.text
    refused = client.post(reverse("cash:take", args=[owed.uuid]), {"given": "5000"})
    assert refused.status_code == 422
    taken = client.post(reverse("cash:take", args=[owed.uuid]), {"given": "20.000 đ"}, follow=True)
    assert "10.000" in taken.text  # the change
    assert Charge.objects.get().status == "paid"

    short = {"counted": "59000", "handed_to": keeper.pk}
    assert client.post(reverse("cash:close", args=[till.pk]), short).status_code == 422
    notes = {"n50000": "1", "n10000": "1", "handed_to": keeper.pk}
    done = client.post(reverse("cash:close", args=[till.pk]), notes, follow=True)
    till.refresh_from_db()
    assert (till.counted, till.difference, till.handed_to) == (60_000, 0, keeper)
    assert reverse("cash:slip", args=[till.pk]) in done.text
    slip = client.get(reverse("cash:slip", args=[till.pk]))
    assert slip.content.startswith(b"%PDF")


def test_the_window_is_closed_for_today(client, cashier, keeper, agency, till, owed, now):
    desk.close(till, counted=50_000, handed_to=keeper, at=now)
    sign_in(client, cashier)

    again = client.post(reverse("cash:home"), {"agency": agency.pk, "window": "Cửa 1", "float_amount": "0"})
    page = client.post(reverse("cash:take", args=[owed.uuid]), {"given": "10000"})

    assert (again.status_code, page.status_code, Payment.objects.count()) == (422, 200, 0)


def test_what_was_just_paid_online_is_refused_with_the_reason(client, cashier, till, at_sandbox, sandbox):
    sandbox.act(at_sandbox.provider_id, "pay")

    page = sign_in(client, cashier).post(
        reverse("cash:take", args=[at_sandbox.charge.uuid]), {"given": "10000"}
    )

    assert page.status_code == 422
    assert Payment.objects.get().provider == "stripe"


def test_a_reversal_goes_through_two_hands(client, cashier, keeper, taking):
    sign_in(client, cashier).post(reverse("cash:reverse", args=[taking.pk]), {"note": "Thu nhầm"})
    refund = Refund.objects.get()
    assert refund.status == "proposed"
    sign_in(client, keeper).post(reverse("finance:refund", args=[refund.pk]), {"act": "approve"})
    sign_in(client, cashier).post(reverse("cash:pay_out", args=[refund.pk]))

    refund.refresh_from_db()
    assert (refund.status, refund.decided_by, refund.paid_out_by) == ("succeeded", keeper, cashier)


# ── Who sees what ─────────────────────────────────────────────────────────────────────────────────
PAGES = ("payments", "review", "refunds", "tills", "report", "export")


@pytest.mark.parametrize("name", PAGES)
def test_finance_is_for_accountants(client, agency, keeper, name):
    url = reverse(f"finance:{name}")

    assert client.get(url).status_code == 302
    assert sign_in(client, UserFactory()).get(url).status_code == 404
    assert sign_in(client, staff("receiver", agency)).get(url).status_code == 403
    assert sign_in(client, keeper).get(url).status_code == 200


def test_an_agency_sees_itself_and_its_branch(client, agency, taking):
    below = staff("accountant", AgencyFactory(parent=agency))
    beside = staff("accountant", AgencyFactory())
    page = reverse("finance:charge", args=[taking.payment.charge.uuid])
    for stranger in (below, beside):
        sign_in(client, stranger)
        assert client.get(page).status_code == 404
        assert client.get(taking.till.get_absolute_url()).status_code == 404
        assert "Nguyễn Thị Mẫu" not in client.get(reverse("finance:payments")).text
        assert client.post(reverse("finance:refund", args=[1])).status_code == 404

    above = AgencyFactory()
    agency.parent, agency.path = above, f"{above.path}{agency.pk}/"
    agency.save()
    assert sign_in(client, staff("accountant", above)).get(page).status_code == 200


def test_another_windows_cashier_does_not_see_the_till(client, agency, till, taking):
    sign_in(client, staff("receiver", agency))

    assert client.get(till.get_absolute_url()).status_code == 404
    assert client.get(reverse("cash:close", args=[till.pk])).status_code == 404
    assert client.get(reverse("cash:reverse", args=[taking.pk])).status_code == 404


# ── Search and filters ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["nguyen thi mau", "NGUYỄN THỊ", "dossier:1"])
def test_search(client, keeper, taking, text):
    page = sign_in(client, keeper).post(reverse("finance:payments"), {"q": text})

    assert str(taking.payment.charge.uuid) in page.text


def test_search_by_code_and_by_the_providers_number(client, keeper, at_sandbox, monkeypatch):
    class Keeper:
        def told(self, keys):
            return {key: things.Thing("H26.1", waits=True) for key in keys}

        def find(self, code):
            return "1" if code == "H26.1" else None

    monkeypatch.setitem(things._keepers, "dossier", Keeper())
    sign_in(client, keeper)
    for text in ("H26.1", at_sandbox.provider_id):
        assert str(at_sandbox.charge.uuid) in client.post(reverse("finance:payments"), {"q": text}).text
    assert str(at_sandbox.charge.uuid) not in client.post(reverse("finance:payments"), {"q": "H26.2"}).text


@pytest.mark.parametrize(
    ("query", "there"),
    [("loc=succeeded", True), ("loc=review", False), ("kenh=cash", True), ("kenh=stripe", False),
     ("ngay=2020-01-01", False), ("thu-tuc=1.1", False), ("ngay=9999-99-99&loc=x&truoc=x&co-quan=x", True)],
)  # fmt: skip
def test_filters(client, keeper, taking, query, there):
    page = sign_in(client, keeper).get(reverse("finance:payments") + "?" + query)

    assert (str(taking.payment.charge.uuid) in page.text) is there


def test_a_page_goes_on_where_the_last_ended(client, keeper, payer, agency, till, now):
    _many(31, payer, agency, till, now)
    sign_in(client, keeper)

    first = client.get(reverse("finance:payments"))
    second = client.get(reverse("finance:payments") + first.context["older"])

    assert (len(first.context["rows"]), len(second.context["rows"])) == (30, 1)


def test_chosen_filters_are_shown_and_kept_by_paging_search_and_export(
    client, agency, keeper, payer, till, now
):
    below = AgencyFactory(parent=agency)
    _many(31, payer, agency, till, now)
    Charge.objects.update(topic="1.004222")
    sign_in(client, keeper)
    chosen = f"co-quan={agency.pk}&thu-tuc=1.004222"

    page = client.get(f"{reverse('finance:payments')}?{chosen}&loc=succeeded&loc=succeeded")
    report = client.get(f"{reverse('finance:report')}?{chosen}")
    empty = client.get(f"{reverse('finance:export')}?co-quan={below.pk}&dang=csv")
    full = client.get(f"{reverse('finance:export')}?{report.context['kept_query']}&dang=csv")

    for shown in (page, report):
        assert f'<option value="{agency.pk}" selected>' in shown.text
        assert 'value="1.004222"' in shown.text
    assert 'value="succeeded" selected' in page.text
    assert chosen in page.context["older"]
    assert chosen in report.context["kept_query"]
    assert f'{reverse("finance:payments")}?loc=succeeded&amp;{chosen.replace("&", "&amp;")}"' in page.text
    assert (len(empty.text.splitlines()), len(full.text.splitlines())) == (1, 32)


def test_a_search_looks_within_the_filters(client, keeper, taking):
    sign_in(client, keeper)
    url = reverse("finance:payments")

    assert client.post(f"{url}?kenh=cash", {"q": "nguyen thi"}).context["rows"]
    assert not client.post(f"{url}?kenh=stripe", {"q": "nguyen thi"}).context["rows"]


def test_a_transfer_that_fits_no_fee_is_on_the_review_list(client, agency, keeper, now):
    transfer = unclear_transfer(agency, now)

    page = sign_in(client, keeper).get(reverse("finance:review"))
    beside = sign_in(client, staff("accountant", AgencyFactory())).get(reverse("finance:review"))

    assert reverse("bank:case", args=[transfer.pk]) in page.text
    assert not beside.context["transfers"]


def unclear_transfer(agency, at, number=1):
    """Money without a word of what it is for."""
    account, _new = BankAccount.objects.get_or_create(
        agency=agency, bank_bin="999999", bank_name="Ngân hàng Mẫu", number="1023", holder="KHO BAC"
    )
    row = transfers.Row(bank_id=f"FT{number}", amount=37_000, memo="nop phi", booked_at=at)
    return transfers.record(account, row, source="statement", at=at)[0]


def _many(number, payer, agency, till, at):
    for each in range(number):
        charge = open_charge(payer, agency=agency, reference=f"dossier:{each + 100}", at=at)
        desk.take(charge, given=10_000, till=till, by=till.cashier, at=at)


@pytest.mark.parametrize("name", ["payments", "refunds", "review", "tills", "report"])
def test_a_list_of_thirty_costs_as_many_queries_as_one(client, keeper, payer, agency, till, now, name):
    sign_in(client, keeper)
    url = reverse(f"finance:{name}")

    def cost(number):
        unclear_transfer(agency, now, number)
        for charge in Charge.objects.filter(status="paid", payments__refunds=None):
            ledger.refund(charge, by=till.cashier, amount=1_000, at=now)
            Refund.objects.filter(payment__charge=charge).update(status="failed")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    _many(1, payer, agency, till, now)
    one = cost(1)
    for each in range(1, 30):
        unclear_transfer(agency, now, each + 1)
        charge = open_charge(payer, agency=agency, reference=f"dossier:{each + 200}", at=now)
        desk.take(charge, given=10_000, till=till, by=till.cashier, at=now)

    assert cost(31) == one < 22


# ── Looking into it ───────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def differing(at_sandbox, sandbox, now):
    """Paid at the provider, with another sum than we asked for."""
    sandbox.act(at_sandbox.provider_id, "pay")
    Payment.objects.update(amount=9_000)
    at_sandbox.refresh_from_db()
    payment = reconciliation.check(at_sandbox, at=now)
    assert payment.status == "review"
    return payment


def step(client, payment, act, note="Đã đối chiếu"):
    return client.post(reverse("finance:payment", args=[payment.pk]), {"act": act, "note": note})


def test_review_lists_with_its_cause(client, keeper, differing):
    page = sign_in(client, keeper).get(reverse("finance:review"))

    assert [row.pk for row in page.context["payments"]] == [differing.pk]


def test_a_reason_is_wanted(client, keeper, differing):
    step(sign_in(client, keeper), differing, "end", note="")

    assert not Decision.objects.exists()


def test_what_agrees_now_is_settled_by_asking_again(client, keeper, differing):
    Payment.objects.update(amount=10_000)

    step(sign_in(client, keeper), differing, "ask", note="")

    assert (Payment.objects.get().status, Charge.objects.get().status) == ("succeeded", "paid")
    assert Decision.objects.get().act == "asked"


def test_another_sum_is_not_accepted_and_not_put_away(client, keeper, differing):
    for act in ("accept", "end", "ask"):
        step(sign_in(client, keeper), differing, act)

    assert (Payment.objects.get().status, Charge.objects.get().status) == ("review", "due")


def test_money_that_differs_goes_back_whole_and_the_payer_may_pay_anew(
    client, keeper, differing, sandbox, now
):
    step(sign_in(client, keeper), differing, "return")
    step(client, differing, "return")

    payment = Payment.objects.get()
    assert (payment.status, payment.surplus, payment.amount) == ("succeeded", True, 10_000)
    assert [refund["amount"] for refund in sandbox.refunds(payment.transaction_id)] == [10_000]
    assert start(Charge.objects.get(), at=now).attempt == 2


def test_a_failed_refund_is_tried_again_once(client, keeper, at_sandbox, sandbox, now):
    sandbox.act(at_sandbox.provider_id, "pay")
    payment = reconciliation.check(at_sandbox, at=now)
    refund = ledger.refund(payment.charge, by=None, amount=4_000, at=now)
    sandbox.control("change", kind="refund", id=Refund.objects.get().provider_id, to={"status": "failed"})
    Refund.objects.update(status="failed", provider_id="")
    sign_in(client, keeper)

    for _ in range(2):
        client.post(reverse("finance:refund", args=[refund.pk]), {"act": "retry"})

    assert list(Refund.objects.order_by("pk").values_list("status", flat=True)) == ["failed", "succeeded"]
    assert not client.get(reverse("finance:review")).context["refunds"]


def test_a_failed_refund_is_marked_as_paid_in_another_way(client, keeper, taking, now):
    refund = ledger.refund(taking.payment.charge, by=None, at=now)
    Refund.objects.update(status="failed")

    client = sign_in(client, keeper)
    client.post(reverse("finance:refund", args=[refund.pk]), {"act": "mark", "note": "Chuyển khoản số 12"})

    assert (Refund.objects.get().status, Charge.objects.get().status) == ("succeeded", "refunded")


def test_the_accountant_asks_another_decides(client, settings, agency, keeper, taking):
    settings.REFUND_ALONE_LIMIT = 1_000
    sign_in(client, keeper)
    url = reverse("finance:ask_refund", args=[taking.payment.charge.uuid])
    assert client.post(url, {"amount": "10.001", "note": "Trả"}).status_code == 422
    client.post(url, {"amount": "10.000", "note": "Trả"})
    refund = Refund.objects.get()
    client.post(reverse("finance:refund", args=[refund.pk]), {"act": "approve"})
    assert Refund.objects.get().status == "proposed"

    sign_in(client, staff("accountant", agency))
    client.post(reverse("finance:refund", args=[refund.pk]), {"act": "approve"})

    assert Refund.objects.get().status == "pending"  # until somebody hands it out


def test_one_charge_with_its_whole_history(client, keeper, taking, till, now):
    ledger.refund(taking.payment.charge, by=None, amount=4_000, at=now)

    page = sign_in(client, keeper).get(reverse("finance:charge", args=[taking.payment.charge.uuid]))

    assert page.context["attempts"][0].refunds.all()[0].amount == 4_000
    assert len(page.context["entries"]) == 3  # owed, received, promised
    assert "Cửa 1" in page.text
