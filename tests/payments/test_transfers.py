"""Transfers: the code in the picture, the reference in the memo, and what becomes of money that came."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import journal, ledger, reconciliation, transfers
from payments.models import Account, BankAccount, BankTransfer, Charge, JournalEntry, Payment, Payout, Refund
from payments.providers import vietqr
from payments.transfers import Row
from tests.factories import UserFactory
from tests.payments.conftest import open_charge
from tests.payments.test_start import line


@pytest.fixture
def account(transactional_db):
    return BankAccount.objects.create(
        bank_bin="970436", bank_name="Vietcombank", number="1023020330000", holder="KHO BAC MAU"
    )


@pytest.fixture
def asked(charge, account, now):
    """A charge of 10.000 đ that is to be paid by transfer."""
    return ledger.start(charge, provider="vietqr", by=charge.payer, at=now)


@pytest.fixture
def bank(account, now):
    """Tell of a transfer, as a statement would."""
    count = iter(range(1, 1000))

    def tell(amount, memo, bank_id=None):
        row = Row(
            bank_id=bank_id or f"FT{next(count)}",
            amount=amount,
            memo=memo,
            booked_at=now,
            sender="NGUYEN THI MAU",
            sender_number="0011",
        )
        transfer, _new = transfers.record(account, row, source="statement", at=now)
        return BankTransfer.objects.get(pk=transfer.pk)

    return tell


def clearing():
    found = Account.objects.filter(kind="clearing", owner="vietqr").first()
    return journal.balance(found) if found else 0


def the_books_hold():
    """What stands on the clearing account is exactly the money that nobody has cleared up."""
    assert clearing() == -transfers.unclear()


# ── The picture and the reference ─────────────────────────────────────────────────────────────────


def test_the_check_value_of_the_format():
    assert vietqr.crc("123456789") == "29B1"


def test_a_payload_by_the_book():
    text = vietqr.payload(bank_bin="970436", number="1023020330000", amount=10_000, memo="MC1")

    assert text.startswith(
        "00020101021238570010A00000072701270006970436011310230203300000208QRIBFTTA53037045405100005802VN62070803MC16304"
    )
    assert text[-4:] == vietqr.crc(text[:-4])


def _alike(one, other):
    """Another sign of the same kind."""
    return one != other and one.isdigit() == other.isdigit()


@given(charge=st.integers(1, 32**7 - 1), attempt=st.integers(1, 999), data=st.data())
def test_a_reference_survives_banks_and_no_typo(charge, attempt, data):
    reference = vietqr.reference(charge, attempt)
    assert len(reference) <= vietqr.MEMO
    cut = data.draw(st.integers(0, len(reference)))
    assert vietqr.references(f"CT DEN 0123 {reference[:cut]} {reference[cut:].lower()} nop phi") == [
        reference
    ]

    place = data.draw(st.integers(2, len(reference) - 1))
    other = data.draw(st.sampled_from(vietqr.DIGITS).filter(lambda char: _alike(char, reference[place])))
    assert reference not in vietqr.references(reference[:place] + other + reference[place + 1 :])
    assert vietqr.references(reference[:place] + other + reference[place + 1 :]) == []


def test_the_nearest_account_is_asked_for(charge, account):
    BankAccount.objects.create(bank_bin="970415", bank_name="B", number="22222", holder="B", is_active=False)

    assert vietqr.account_for(charge) == account


# ── What becomes of money ─────────────────────────────────────────────────────────────────────────


def test_the_right_sum_settles(asked, bank):
    transfer = bank(10_000, f"MBVCB.123 {asked.provider_id} nop phi")

    assert (transfer.status, transfer.payment) == ("matched", asked)
    assert Charge.objects.get().status == "paid"
    assert clearing() == 0
    the_books_hold()


def test_told_twice_it_is_there_once(asked, bank):
    first = bank(10_000, asked.provider_id, "FT9")
    assert bank(10_000, asked.provider_id, "FT9") == first

    assert Payment.objects.filter(status="succeeded").count() == 1
    assert JournalEntry.objects.filter(key__startswith="transfer/").count() == 1


def test_a_bank_number_used_again_for_another_sum_is_a_conflict(asked, bank):
    bank(10_000, asked.provider_id, "FT9")

    with pytest.raises(transfers.Conflict):
        bank(20_000, "other", "FT9")


@pytest.mark.parametrize(
    ("amount", "memo", "trouble"),
    [(9_000, "{ref}", "partial"), (11_000, "{ref}", "over"), (10_000, "xin chao", "unknown")],
)
def test_what_does_not_fit_goes_to_people(asked, bank, amount, memo, trouble):
    transfer = bank(amount, memo.format(ref=asked.provider_id))

    assert (transfer.status, transfer.trouble) == ("review", trouble)
    assert Charge.objects.get().status == "due"
    the_books_hold()


def test_two_references_are_ambiguous(asked, bank, payer, now):
    other = open_charge(payer, at=now, reference="dossier:2")
    second = ledger.start(other, provider="vietqr", by=payer, at=now)

    assert bank(20_000, f"{asked.provider_id} {second.provider_id}").trouble == "ambiguous"


def test_late_money_settles_while_the_fee_is_due(asked, bank, time_machine, now):
    Payment.objects.update(status="expired", next_check_at=None, expires_at=now - timedelta(days=1))

    assert bank(10_000, asked.provider_id).status == "matched"
    assert Charge.objects.get().status == "paid"


def test_money_for_what_is_paid_or_not_owed_waits_for_people(asked, bank, payer, now):
    bank(10_000, asked.provider_id)
    assert bank(10_000, asked.provider_id).trouble == "duplicate"

    other = open_charge(payer, at=now, reference="dossier:2")
    second = ledger.start(other, provider="vietqr", by=payer, at=now)
    ledger.cancel(other, reason="withdrawn", at=now)
    assert bank(10_000, second.provider_id).trouble == "late"
    assert not Refund.objects.exists()
    the_books_hold()


def test_a_part_is_kept_and_the_rest_completes_it(asked, charge, bank, now):
    part = bank(4_000, asked.provider_id)
    transfers.keep(part, charge, by=UserFactory(), at=now)
    assert bank(7_000, asked.provider_id).trouble == "over"

    assert bank(6_000, asked.provider_id).status == "matched"

    assert BankTransfer.objects.filter(status="matched").count() == 2
    assert Charge.objects.get().status == "paid"
    the_books_hold()


def test_a_person_says_what_it_is_for(asked, charge, bank, now):
    typo = asked.provider_id[:-1] + ("1" if asked.provider_id[-1] != "1" else "2")
    transfer = bank(10_000, typo)
    assert transfer.trouble == "unknown"
    assert transfers.candidates(transfer) == [charge]

    transfers.assign(transfer, charge, by=UserFactory(), at=now)

    assert Charge.objects.get().status == "paid"
    assert Payment.objects.get(status="succeeded").transfers.get() == transfer
    with pytest.raises(transfers.NotOpen):
        transfers.give_back(transfer, by=UserFactory(), at=now)
    the_books_hold()


def test_only_the_whole_fee_can_be_assigned(asked, charge, bank, now):
    with pytest.raises(transfers.WrongSum):
        transfers.assign(bank(9_999, "x"), charge, by=UserFactory(), at=now)

    assert Charge.objects.get().status == "due"


def test_two_people_assign_at_once(asked, charge, bank, now, payer, together):
    """One of them wins, whichever fee it was."""
    other = open_charge(payer, at=now, reference="dossier:2")
    transfer = bank(10_000, "x")
    officer = UserFactory()

    def say(target):
        try:
            return transfers.assign(transfer, target, by=officer, at=now)
        except (transfers.NotOpen, ledger.NotPayable):
            return None

    done = together(*(lambda target=target: say(target) for target in (charge, other)))

    assert sum(payment is not None for payment in done) == 1
    assert Charge.objects.filter(status="paid").count() == 1
    the_books_hold()


def test_a_large_return_takes_two_people(bank, now, settings):
    settings.REFUND_ALONE_LIMIT = 5_000
    one, two = UserFactory(), UserFactory()
    transfer = transfers.give_back(bank(10_000, "x"), by=one, at=now)
    assert (transfer.status, Payout.objects.count()) == ("proposed", 0)
    with pytest.raises(transfers.SecondPerson):
        transfers.decide(transfer, by=one, approved=True, at=now)

    transfers.decide(transfer, by=two, approved=True, at=now)
    [payout] = transfers.order(Payout.objects.all())
    assert transfers.order(Payout.objects.all()) == []
    the_books_hold()
    transfers.confirm(payout, done=True, by=two, at=now)

    assert BankTransfer.objects.get().status == "returned"
    assert clearing() == 0
    with pytest.raises(transfers.NotOpen):
        transfers.confirm(payout, done=True, by=two, at=now)


def test_a_refund_goes_back_by_an_order_to_the_bank(asked, charge, bank, now):
    bank(10_000, asked.provider_id)
    refund = ledger.refund(charge, by=None, at=now)
    assert (Charge.objects.get().status, Payout.objects.get().number) == ("refunding", "0011")

    transfers.order(Payout.objects.all())
    transfers.confirm(Payout.objects.get(), done=True, by=UserFactory(), at=now)
    reconciliation.sweep_refunds(at=now + timedelta(hours=2))

    assert (Charge.objects.get().status, Refund.objects.get(pk=refund.pk).status) == ("refunded", "succeeded")
    assert clearing() == 0


def test_matching_that_fails_loses_nothing(asked, bank, now, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("payments.settlement.apply", lambda *a, **k: 1 / 0)
        assert bank(10_000, asked.provider_id).status == "new"
    the_books_hold()

    transfers.sweep(at=now)

    assert Charge.objects.get().status == "paid"


def test_a_large_fee_keeps_its_sum(payer, account, bank, now):
    big = open_charge(payer, at=now, reference="dossier:3", lines=[line("a", 900_000_000)])
    payment = ledger.start(big, provider="vietqr", by=payer, at=now)

    assert "5409900000000" in payment.parameters["text"]
