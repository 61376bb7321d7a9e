"""The accountant's pages for transfers, the payer's page with the code, and the bank's message."""

import hashlib
import hmac
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from payments import ledger
from payments.models import BankAccount, BankTransfer, Charge, Payout, Statement
from portal.accounts.models import Role
from tests.factories import AgencyFactory, DutyFactory
from tests.payments.conftest import open_charge

TOLD = "/can-bo/ngan-hang/bao-co/"
SECRET = "b-secret"


@pytest.fixture
def account(transactional_db):
    return BankAccount.objects.create(
        agency=AgencyFactory(), bank_bin="970436", bank_name="Vietcombank", number="1023", holder="KHO BAC"
    )


@pytest.fixture
def asked(payer, account, now):
    charge = open_charge(payer, at=now, agency=account.agency)
    return ledger.start(charge, provider="vietqr", by=payer, at=now)


@pytest.fixture
def at_desk(client, account):
    client.force_login(DutyFactory(agency=account.agency, role=Role.ACCOUNTANT).user)
    return client


def upload(client, account, memo, amount=10_000):
    content = f"date,reference,credit,description\n22/11/2026,FT1,{amount},{memo}\n".encode()
    file = SimpleUploadedFile("sao-ke.csv", content, content_type="text/csv")
    return client.post(reverse("bank:home"), {"account": account.pk, "file": file}, follow=True)


def test_a_statement_is_shown_before_it_is_taken_over_and_twice_does_no_harm(at_desk, account, asked):
    shown = upload(at_desk, account, asked.provider_id)
    assert "10.000\u00a0đ" in shown.text
    assert not BankTransfer.objects.exists()

    for _ in range(2):
        at_desk.post(reverse("bank:statement", args=[Statement.objects.get().pk]))

    assert BankTransfer.objects.get().status == "matched"
    assert Charge.objects.get().status == "paid"


def test_a_file_that_is_no_statement_is_refused_in_words(at_desk, account):
    file = SimpleUploadedFile("x.csv", b"hello")
    answer = at_desk.post(reverse("bank:home"), {"account": account.pk, "file": file})

    assert answer.status_code == 422
    assert not Statement.objects.exists()


def test_a_person_assigns_what_could_not_be_matched(at_desk, account, asked):
    upload(at_desk, account, "nop phi")
    at_desk.post(reverse("bank:statement", args=[Statement.objects.get().pk]))
    case = reverse("bank:case", args=[BankTransfer.objects.get().pk])
    assert f"assign:{asked.charge.uuid}" in at_desk.get(case).text

    at_desk.post(case, {"do": f"assign:{asked.charge.uuid}"})

    assert Charge.objects.get().status == "paid"
    assert at_desk.get(reverse("bank:home")).status_code == 200


def test_money_goes_back_by_a_list(at_desk, account):
    upload(at_desk, account, "nop phi")
    at_desk.post(reverse("bank:statement", args=[Statement.objects.get().pk]))
    at_desk.post(reverse("bank:case", args=[BankTransfer.objects.get().pk]), {"do": "return"})
    payout = Payout.objects.get()
    pay = reverse("bank:payouts")
    at_desk.post(pay, {"payout": payout.uuid, "number": "0011 22"})

    listed = at_desk.post(pay, {"do": "order"})
    assert "001122" in listed.content.decode()
    at_desk.post(pay, {"payout": payout.uuid, "do": "done"})

    assert BankTransfer.objects.get().status == "returned"


def test_a_stranger_to_the_account_sees_nothing(client, account, at_desk):
    upload(at_desk, account, "x")
    at_desk.post(reverse("bank:statement", args=[Statement.objects.get().pk]))
    client.force_login(DutyFactory(agency=AgencyFactory(), role=Role.ACCOUNTANT).user)

    assert client.get(reverse("bank:case", args=[BankTransfer.objects.get().pk])).status_code == 404
    assert client.get(reverse("bank:statement", args=[Statement.objects.get().pk])).status_code == 404


def test_an_account_is_added_and_offered(at_desk, account, payer, now):
    told = {
        "agency": account.agency.pk,
        "bank_name": "BIDV",
        "bank_bin": "970418",
        "number": "2222",
        "holder": "X",
    }
    assert at_desk.post(reverse("bank:accounts"), told | {"bank_bin": "12"}).status_code == 422

    assert at_desk.post(reverse("bank:accounts"), told | {"is_active": "on"}).status_code == 302
    assert BankAccount.objects.count() == 2


TOLD_ITS_OWN_WAY = "When,What,In,Who\n22/11/2026,MC01,10000,NGUYEN THI MAU\n"


def account_page(client, account, content="", **typed):
    """Send the page of an account as it stands, with headings typed and perhaps a file."""
    data = {"agency": account.agency.pk, "bank_name": account.bank_name, "holder": account.holder}
    data |= {"is_active": "on"} | typed
    if content:
        data["sample"] = SimpleUploadedFile("la.csv", content.encode())
    return client.post(reverse("bank:account", args=[account.pk]), data)


HEADINGS = {"column_date": "When", "column_memo": "What", "column_credit": "In"}


def test_a_file_with_headings_of_its_own_is_explained_in_words(at_desk, account):
    with translation.override("en"):
        answer = account_page(at_desk, account, TOLD_ITS_OWN_WAY, do="try")

    assert answer.status_code == 422
    [said] = answer.context["form"].errors["sample"]
    assert "When · What · In · Who" in said


def test_headings_are_tried_first_and_then_saved(at_desk, account):
    tried = account_page(at_desk, account, TOLD_ITS_OWN_WAY, do="try", **HEADINGS)
    assert [row.memo for row in tried.context["rows"]] == ["MC01"]
    assert BankAccount.objects.get().columns == {}

    account_page(at_desk, account, do="save", **HEADINGS)

    assert BankAccount.objects.get().columns == {"date": "When", "memo": "What", "credit": "In"}
    file = SimpleUploadedFile("la.csv", TOLD_ITS_OWN_WAY.encode())
    at_desk.post(reverse("bank:home"), {"account": account.pk, "file": file})
    assert Statement.objects.get().rows[0]["amount"] == 10_000


def test_a_trial_wants_a_file_and_a_change_keeps_number_and_other_columns(at_desk, account):
    BankAccount.objects.update(columns={"debit": "Out"})

    assert account_page(at_desk, account, do="try").status_code == 422
    account_page(at_desk, account, do="save", number="9999", holder="KHO BAC MAU", column_memo="What")

    saved = BankAccount.objects.get()
    assert (saved.number, saved.holder) == ("1023", "KHO BAC MAU")
    assert saved.columns == {"debit": "Out", "memo": "What"}


def test_a_fee_that_the_money_does_not_fit_is_not_offered(at_desk, account, asked):
    upload(at_desk, account, asked.provider_id, amount=12_000)
    at_desk.post(reverse("bank:statement", args=[Statement.objects.get().pk]))

    page = at_desk.get(reverse("bank:case", args=[BankTransfer.objects.get().pk]))

    assert page.context["candidates"] == [(asked.charge, 12_000)]
    assert "assign:" not in page.text
    assert "keep:" not in page.text


def test_the_payer_sees_the_code_and_goes_on_when_it_is_paid(client, asked, account, at_desk):
    client.force_login(asked.charge.payer)
    url = reverse("payments:transfer", args=[asked.charge.uuid])
    text = client.get(url).text
    assert asked.provider_id in text
    assert "data:image/png" in text
    assert client.get(url, headers={"HX-Request": "true"}).status_code == 204

    message = {"id": "1", "bin": "970436", "account": "1023", "amount": 10_000, "content": asked.provider_id}
    assert tell(client, message) == 200

    assert "HX-Redirect" in client.get(url, headers={"HX-Request": "true"})
    assert client.get(url)["Location"] == reverse("payments:back", args=[asked.charge.uuid])


def tell(client, message, *, secret=SECRET, late=0, **more):
    message = {"time": timezone.now().isoformat()} | message | more
    body, stamp = json.dumps(message).encode(), str(int(timezone.now().timestamp()) - late)
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Timestamp": stamp, "X-Signature": signature}
    return client.post(TOLD, body, content_type="application/json", headers=headers).status_code


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.BANK_SECRETS = ["the-new-one", SECRET]


def test_the_banks_message_is_signed_fresh_and_counted_once(client, account, asked):
    message = {"id": "1", "bin": "970436", "account": "1023", "amount": 10_000, "content": asked.provider_id}
    assert tell(client, message, secret="wrong") == 400
    assert tell(client, message, late=400) == 400
    assert tell(client, message, amount=-5) == 400
    assert tell(client, message, account="9") == 404
    assert not BankTransfer.objects.exists()

    assert [tell(client, message) for _ in range(2)] == [200, 200]
    assert tell(client, message, amount=11_000) == 409

    assert BankTransfer.objects.get().status == "matched"


@pytest.mark.parametrize("name", ["home", "payouts", "accounts"])
def test_a_list_of_thirty_costs_as_many_queries_as_one(at_desk, account, name):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert at_desk.get(reverse(f"bank:{name}")).status_code == 200
        return len(queries)

    _row(account, 0)
    one = cost()
    for number in range(1, 30):
        _row(account, number)

    assert cost() == one < 15


def _row(account, number):
    """A transfer that goes back, and an account more."""
    now = timezone.now()
    transfer = BankTransfer.objects.create(
        account=account, bank_id=str(number), amount=1, source="x", booked_at=now, received_at=now
    )
    Payout.objects.create(transfer=transfer, account=account, amount=1, asked_at=now)
    BankAccount.objects.create(
        agency=account.agency, bank_bin="970418", bank_name="BIDV", number=f"1{number:04d}", holder="X"
    )
