"""The books: what a state means for them, what the database refuses, and what they come to."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from payments import journal, ledger, reconciliation, refunds
from payments.lines import Line
from payments.models import Account, AccountDay, AccountKind, Cause, JournalEntry, Payment
from tests.factories import AgencyFactory, UserFactory
from tests.payments.conftest import start


def books(**only) -> dict[str, int]:
    """Balance by account, those at nought left out. Summed from the rows alone, not by the code under test."""
    found: dict[str, int] = {}
    for entry in JournalEntry.objects.filter(**only).select_related("debit", "credit"):
        found[str(entry.debit)] = found.get(str(entry.debit), 0) + entry.amount
        found[str(entry.credit)] = found.get(str(entry.credit), 0) - entry.amount
    return {account: balance for account, balance in found.items() if balance}


def line(key, kind, amount):
    return Line(key=key, kind=kind, label={"vi": key, "en": key}, unit_amount=amount, amount=amount)


@pytest.fixture
def agency(transactional_db):
    return AgencyFactory()


@pytest.fixture
def both(agency, now):
    """A charge of phí 8.000 and lệ phí 2.000."""
    return ledger.open_charge(
        reference="dossier:7",
        description={"vi": "Thử", "en": "Test"},
        lines=[line("copies", "phi", 8_000), line("entry", "le_phi", 2_000)],
        payer=UserFactory(full_name="Nguyễn Thị Mẫu"),
        return_path="/",
        agency=agency,
        at=now,
    )


@pytest.fixture
def paid(both, sandbox, now):
    payment = start(both, at=now)
    sandbox.act(payment.provider_id, "pay")
    return reconciliation.check(payment, at=now)


def test_what_is_asked_for_is_booked_by_kind(both, agency):
    assert books() == {
        f"receivable:{agency.pk}": 10_000,
        f"phi:{agency.pk}": -8_000,
        f"le_phi:{agency.pk}": -2_000,
    }
    assert set(Account.objects.values_list("agency", flat=True)) == {agency.pk}


def test_paid_money_lies_with_the_provider(paid, agency):
    assert books() == {"clearing:stripe": 10_000, f"phi:{agency.pk}": -8_000, f"le_phi:{agency.pk}": -2_000}


def test_nothing_is_owed_after_cancelling(both, now):
    ledger.cancel(both, reason="withdrawn", at=now)
    ledger.cancel(both, reason="withdrawn", at=now)

    assert books() == {}
    assert JournalEntry.objects.count() == 4


def test_a_waiver_takes_the_revenue_back_and_names_its_basis(both, now):
    officer = UserFactory()
    ledger.waive(both, basis="Điều 11 Luật Hộ tịch", by=officer, at=now)

    both.refresh_from_db()
    assert (both.status, both.waived_by, both.waiver_basis) == ("waived", officer, "Điều 11 Luật Hộ tịch")
    assert books() == {}
    with pytest.raises(ledger.Cancelled):
        ledger.waive(both, basis="again", by=officer, at=now)


def test_a_part_that_goes_back_is_taken_from_both_kinds(paid, agency, now, monkeypatch):
    ledger.refund(paid.charge, amount=5_000, by=None, at=now)

    assert books() == {"clearing:stripe": 5_000, f"phi:{agency.pk}": -4_000, f"le_phi:{agency.pk}": -1_000}
    ledger.refund(paid.charge, amount=5_000, by=None, at=now)
    assert books() == {}


def test_a_promise_lies_apart_until_it_is_sent(paid, sandbox, agency, now):
    sandbox.fault("/v1/refunds", "lost", times=3)
    ledger.refund(paid.charge, by=None, at=now)

    assert books() == {"clearing:stripe": 10_000, "refunds:": -10_000}
    reconciliation.sweep_refunds(at=now + timedelta(minutes=2))
    assert books() == {}


def test_a_refund_that_failed_is_ours_again(paid, sandbox, agency, now):
    before = books()
    ledger.refund(paid.charge, by=None, at=now)
    refund = sandbox.refunds(paid.transaction_id)[0]
    sandbox.control(
        "change", kind="refund", id=refund["id"], to={"status": "failed", "failure_reason": "closed"}
    )
    refunds.hear("stripe", refund["id"], at=now)

    assert books() == before
    paid.charge.refresh_from_db()
    assert paid.charge.status == "paid"


def test_surplus_is_nobodys_revenue(both, sandbox, agency, now, monkeypatch):
    monkeypatch.setattr("payments.tasks.send_refund.delay", lambda **_: None)
    payment = start(both, at=now)
    sandbox.act(payment.provider_id, "pay")
    ledger.cancel(both, reason="withdrawn", at=now)

    assert books(cause__in=["owed", "received"]) == {"clearing:stripe": 10_000, "surplus:": -10_000}
    assert books() == {"clearing:stripe": 10_000, "refunds:": -10_000}


def test_a_new_fee_replaces_the_old_one_before_it_is_paid(both, sandbox, agency, now):
    old = start(both, at=now)
    ledger.requote(both, [line("copies", "phi", 3_000)], at=now)

    both.refresh_from_db()
    assert both.amount == 3_000
    assert books() == {f"receivable:{agency.pk}": 3_000, f"phi:{agency.pk}": -3_000}
    assert Payment.objects.get(pk=old.pk).status == "expired"
    assert (start(both, at=now).attempt, start(both, at=now).amount) == (2, 3_000)


def test_the_old_sum_paid_in_spite_of_a_new_fee_goes_back(both, sandbox, agency, now, monkeypatch):
    monkeypatch.setattr("payments.tasks.check_payment.delay", lambda **_: None)
    old = start(both, at=now)
    ledger.requote(both, [line("copies", "phi", 3_000)], at=now)
    sandbox.act(old.provider_id, "pay")

    reconciliation.check(Payment.objects.select_related("charge").get(pk=old.pk), at=now)

    both.refresh_from_db()
    assert both.status == "due"
    assert [r["amount"] for r in sandbox.refunds(Payment.objects.get().transaction_id)] == [10_000]
    assert books() == {f"receivable:{agency.pk}": 3_000, f"phi:{agency.pk}": -3_000}


# ── What the database refuses ─────────────────────────────────────────────────────────────────────
def test_a_booked_row_never_changes(both):
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.update(amount=1)


def test_a_booked_row_is_never_deleted(both):
    if connection.vendor == "sqlite":
        pytest.skip("the tests themselves empty SQLite by deleting")
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.all().delete()


@pytest.mark.parametrize(("amount", "same"), [(0, False), (5, True)])
def test_a_row_moves_something_between_two(both, amount, same, now):
    first, second = Account.objects.all()[:2]
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.create(
            key="x", cause=Cause.MOVED, debit=first, credit=first if same else second, amount=amount,
            day=timezone.localdate(now), at=now,
        )  # fmt: skip


def test_one_cause_is_booked_once(db, now):
    move = journal.Move((AccountKind.BANK, "main"), (AccountKind.TILL, "window-1"), 700)
    for _ in range(2):
        journal.book(Cause.MOVED, "handover/1", [move], at=now)
    assert books() == {"bank:main": 700, "till:window-1": -700}
    with pytest.raises(IntegrityError), transaction.atomic():
        journal._write(Cause.MOVED, "handover/1", [move], at=now)


# ── Balances ──────────────────────────────────────────────────────────────────────────────────────
def test_closed_days_carry_the_balance_and_take_no_more(db, now):
    move = journal.Move((AccountKind.BANK, "main"), (AccountKind.TILL, "window-1"), 100)
    for days in range(6):
        journal.book(Cause.MOVED, f"handover/{days}", [move], at=now - timedelta(days=5 - days))
    bank = Account.objects.get(kind="bank")
    assert journal.balance(bank) == 600

    assert journal.close_days(at=now) == 8
    assert journal.close_days(at=now) == 0

    today = timezone.localdate(now)
    assert journal.balance(bank) == 600
    assert journal.balance(bank, until=today - timedelta(days=3)) == 300
    assert list(AccountDay.objects.filter(account=bank).order_by("day").values_list("balance", flat=True)) == [
        100, 200, 300, 400,
    ]  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        journal.book(Cause.MOVED, "handover/late", [move], at=now - timedelta(days=2))


def test_a_balance_reads_only_what_was_not_closed(db, now, django_assert_num_queries):
    move = journal.Move((AccountKind.BANK, "main"), (AccountKind.TILL, "window-1"), 100)
    journal.book(Cause.MOVED, "handover/1", [move], at=now - timedelta(days=9))
    journal.close_days(at=now)
    bank = Account.objects.get(kind="bank")

    with django_assert_num_queries(3) as queries:
        journal.balance(bank)
    assert '"day" >' in queries.captured_queries[1]["sql"]


def test_the_books_sum_up_to_nought(paid, now):
    ledger.refund(paid.charge, amount=1, by=None, at=now)
    total = sum(journal.balance(account) for account in Account.objects.all())
    assert total == 0
    assert (
        JournalEntry.objects.aggregate(n=models.Count("key", distinct=True))["n"]
        == JournalEntry.objects.count()
    )
