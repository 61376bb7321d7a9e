"""Cash at a window: tills, takings, money handed back, the count at the end of the day."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from payments import desk, journal, ledger, refunds
from payments.models import Charge, JournalEntry, Payment, Receipt, Refund, Taking, Till
from payments.providers import cash
from tests.factories import AgencyFactory, staff
from tests.payments.conftest import moment, open_charge
from tests.payments.test_journal import books

MORNING = moment(2026, 11, 16, 2)  # Monday, 9:00 in Vietnam
TOMORROW = MORNING + timedelta(days=1)


@pytest.fixture
def agency(transactional_db):
    return AgencyFactory()


@pytest.fixture
def cashier(agency):
    return staff("receiver", agency)


@pytest.fixture
def keeper(agency):
    return staff("accountant", agency)


@pytest.fixture
def till(agency, cashier):
    return desk.open_till(agency, window="Cửa 1", float_amount=50_000, by=cashier, at=MORNING)


@pytest.fixture
def owed(payer, agency):
    return open_charge(payer, agency=agency, at=MORNING)


def take(charge, till, *, given=10_000, at=MORNING, by=None):
    return desk.take(charge, given=given, till=till, by=by or till.cashier, at=at)


def close(till, keeper, counted, at=MORNING, **more):
    return desk.close(till, counted=counted, handed_to=keeper, at=at, **more)


# ── Taking ────────────────────────────────────────────────────────────────────────────────────────
def test_cash_is_taken_with_its_change(owed, till):
    taking = take(owed, till, given=50_000)

    assert (taking.given, taking.change, taking.payment.status) == (50_000, 40_000, "succeeded")
    assert (Charge.objects.get().status, Receipt.objects.count()) == ("paid", 1)
    assert books()[till.place] == 10_000


def test_too_little_is_not_taken(owed, till):
    with pytest.raises(desk.TooLittle):
        take(owed, till, given=9_999)

    assert not Payment.objects.exists()


def test_cash_with_a_session_open_closes_it(started, sandbox, till):
    take(started.charge, till)

    assert Payment.objects.get(pk=started.pk).status == "expired"
    assert sandbox.call("GET", f"/v1/checkout/sessions/{started.provider_id}").json()["status"] == "expired"


def test_cash_is_refused_when_it_was_just_paid_online(started, sandbox, till):
    sandbox.act(started.provider_id, "pay")

    with pytest.raises(ledger.AlreadyPaid):
        take(started.charge, till)

    assert not Taking.objects.exists()


def test_nothing_is_taken_without_an_open_till_of_ones_own(owed, till, agency, keeper):
    other = staff("receiver", agency)
    with pytest.raises(desk.TillClosed):
        take(owed, till, by=other)
    with pytest.raises(desk.TillClosed):  # left open since yesterday
        take(owed, till, at=TOMORROW)
    close(till, keeper, 50_000)
    with pytest.raises(desk.TillClosed):
        take(owed, till)

    assert (Payment.objects.count(), Charge.objects.get().status) == (0, "due")


def test_two_windows_take_one_charge_once(owed, till, agency, together):
    second = desk.open_till(agency, window="Cửa 2", by=staff("receiver", agency), at=MORNING)

    answers = together(lambda: take(owed, till), lambda: take(owed, second))

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyPaid", "Taking"]


def test_a_taking_and_the_closing_at_once(owed, till, keeper, together):
    def count():
        try:
            return close(till, keeper, 50_000)
        except desk.NoReason:  # the money was there first
            return close(till, keeper, 60_000)

    taken, closed = together(lambda: take(owed, till), count)

    assert closed.counted == (60_000 if isinstance(taken, Taking) else 50_000)
    assert books().get(till.place, 0) == 0


# ── Back ──────────────────────────────────────────────────────────────────────────────────────────
def test_a_reversal_is_decided_by_another_and_handed_out(owed, till, agency, cashier, keeper):
    refund = desk.ask_reversal(take(owed, till), note="Thu nhầm", by=cashier, at=MORNING)
    with pytest.raises(refunds.NotDecidable):
        desk.pay_out(refund, till=till, agency=agency, by=cashier, at=MORNING)
    with pytest.raises(refunds.NotDecidable):
        refunds.decide(refund, by=cashier, approved=True, at=MORNING)
    refunds.decide(refund, by=keeper, approved=True, at=MORNING)
    assert Refund.objects.get().status == "pending"

    desk.pay_out(refund, till=till, agency=agency, by=cashier, at=MORNING)

    refund = Refund.objects.get()
    assert (refund.status, refund.paid_out_by, Charge.objects.get().status) == (
        "succeeded",
        cashier,
        "refunded",
    )
    assert books().get(till.place, 0) == 0
    assert Receipt.objects.filter(kind="adjustment").count() == 1


def test_an_old_answer_does_not_undo_what_was_handed_out(owed, till, agency, cashier, keeper):
    refund = desk.ask_reversal(take(owed, till), note="", by=cashier, at=MORNING)
    refunds.decide(refund, by=keeper, approved=True, at=MORNING)
    desk.pay_out(refund, till=till, agency=agency, by=cashier, at=MORNING)

    refunds.write(refund, cash.provider().refund(refund), at=MORNING)

    assert Refund.objects.get().status == "succeeded"


def test_handing_out_twice_is_once(owed, till, agency, cashier, keeper, together):
    refund = desk.ask_reversal(take(owed, till), note="", by=cashier, at=MORNING)
    refunds.decide(refund, by=keeper, approved=True, at=MORNING)

    def out():
        return desk.pay_out(refund, till=till, agency=agency, by=cashier, at=MORNING)

    answers = together(out, out)

    assert sorted(type(answer).__name__ for answer in answers) == ["NotDecidable", "Refund"]
    assert books().get(till.place, 0) == 0


def test_a_reversal_is_of_the_same_day(owed, till, cashier, keeper):
    taking = take(owed, till)
    with pytest.raises(desk.NotSameDay):
        desk.ask_reversal(taking, note="", by=cashier, at=TOMORROW)
    close(till, keeper, 60_000)
    with pytest.raises(desk.NotSameDay):
        desk.ask_reversal(taking, note="", by=cashier, at=MORNING)


def test_after_the_closing_the_safe_pays_back(owed, till, agency, keeper):
    take(owed, till)
    close(till, keeper, 60_000)
    refund = ledger.refund(owed, by=None, at=TOMORROW)

    desk.pay_out(refund, till=None, agency=agency, by=keeper, at=TOMORROW)

    assert Refund.objects.get().status == "succeeded"
    assert {side: sum_ for side, sum_ in books().items() if sum_} == {}


def test_a_till_hands_out_no_more_than_it_holds(owed, till, agency, keeper, cashier):
    take(owed, till)
    close(till, keeper, 60_000)
    refund = ledger.refund(owed, by=None, at=TOMORROW)
    empty = desk.open_till(agency, window="Cửa 1", by=cashier, at=TOMORROW)

    with pytest.raises(desk.TooLittle):
        desk.pay_out(refund, till=empty, agency=agency, by=cashier, at=TOMORROW)


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────
def test_the_day_is_counted_and_handed_over(owed, till, keeper, agency):
    take(owed, till)

    closed = close(till, keeper, 60_000, denominations={50_000: 1, 10_000: 1, 5_000: 0})

    assert (closed.expected, closed.difference, closed.handed) == (60_000, 0, 10_000)
    assert closed.denominations == {"50000": 1, "10000": 1}
    assert books()[f"safe:{agency.pk}"] == 10_000
    assert books().get(till.place, 0) == 0


@pytest.mark.parametrize(("counted", "found"), [(58_000, 2_000), (61_000, -1_000)])
def test_a_difference_is_booked_with_its_reason(owed, till, keeper, agency, counted, found):
    take(owed, till)
    with pytest.raises(desk.NoReason):
        close(till, keeper, counted)
    assert Till.objects.get().closed_at is None

    close(till, keeper, counted, reason="Trả nhầm tiền thừa")

    assert books()[f"count:{agency.pk}"] == found
    assert books()[f"safe:{agency.pk}"] == counted - 50_000
    assert books().get(till.place, 0) == 0


def test_a_closed_window_opens_the_next_day(till, keeper, agency, cashier):
    close(till, keeper, 50_000)
    with pytest.raises(desk.TillClosed):
        close(till, keeper, 50_000)
    with pytest.raises(ValidationError, match="Ngày mai"):
        desk.open_till(agency, window="Cửa 1", by=cashier, at=MORNING)

    assert desk.open_till(agency, window="Cửa 1", by=cashier, at=TOMORROW).day == TOMORROW.date()


def test_nobody_hands_over_to_themselves_or_less_than_the_change_money(till, cashier, keeper):
    with pytest.raises(ValidationError):
        close(till, cashier, 50_000)
    with pytest.raises(ValidationError):
        close(till, keeper, 49_000, reason="Thiếu")

    assert not JournalEntry.objects.exists()


def test_the_database_wants_one_open_till(till, agency, cashier):
    rows = {"day": TOMORROW.date(), "opened_at": MORNING}
    for clash in (
        {"agency": AgencyFactory(), "window": "X", "cashier": cashier},
        {"agency": agency, "window": "Cửa 1", "cashier": staff("receiver", agency)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Till.objects.create(**clash, **rows)
    with pytest.raises(IntegrityError), transaction.atomic():
        Till.objects.filter(pk=till.pk).update(closed_at=MORNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Till.objects.filter(pk=till.pk).update(float_amount=-1)


def test_what_is_expected_comes_from_the_books(owed, till):
    take(owed, till)

    assert desk.expected(till) == 60_000
    assert journal.balance(journal.Account.objects.get(kind="till")) == 10_000
