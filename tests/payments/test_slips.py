"""The slip that asks for a payment: what is on it, whose code it bears, and who may draw it."""

import base64
import io
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from django.urls import reverse
from PIL import Image, ImageChops

from payments import ledger, slips, things, transfers
from payments.models import BankAccount, Charge, Payment
from portal.documents import render
from tests.factories import AgencyFactory, UserFactory, staff
from tests.payments.conftest import LINES, moment, open_charge, sign_in, start

LONG = "của gia đình có tên rất dài ở một nơi rất xa, Nghuyễn-Hoàng " * 2


@pytest.fixture
def account(agency):
    return BankAccount.objects.create(
        agency=agency,
        bank_bin="970436",
        bank_name="Vietcombank",
        number="1023020330000",
        holder="KHO BAC MAU",
    )


@pytest.fixture
def words(tmp_path):
    """What stands on the slip, line by line; it has to fit on one page."""

    def read(content):
        path = tmp_path / "slip.pdf"
        path.write_bytes(content)
        with pikepdf.open(path) as pdf:
            assert len(pdf.pages) == 1
        done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
        return done.stdout

    return read


def pictures(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [
            pikepdf.PdfImage(image).as_pil_image().convert("L")
            for image in pdf.pages[0].get_images().values()
        ]


def page_of(who, request):
    """The two who draw it: the payer, and the officer at the counter. Client and address of the slip."""
    client, owed = request.getfixturevalue("client"), request.getfixturevalue("owed")
    if who == "payer":
        return sign_in(client, owed.payer), reverse("payments:slip", args=[owed.uuid])
    cashier = request.getfixturevalue("cashier")
    return sign_in(client, cashier), reverse("cash:request_slip", args=[owed.uuid])


def test_it_tells_all_that_paying_takes(owed, account, agency, now, words, monkeypatch):
    known = {owed.reference: things.Thing("H26.1-261122-0001", waits=True)}
    monkeypatch.setattr(things, "told", lambda _references: known)
    payment = ledger.start(owed, provider="vietqr", by=owed.payer, at=now)

    content = slips.pdf(owed, at=now)

    told = " ".join(words(content).split())
    facts = ("10.000 đ", "Nguyễn Thị Mẫu", "Đăng ký thường trú", payment.provider_id, "1023020330000")
    for fact in (
        *facts,
        "Vietcombank",
        "KHO BAC MAU",
        agency.name,
        "có hiệu lực đến",
        "Mã hồ sơ: H26.1-261122-0001",
    ):
        assert fact in told, told
    assert f"Thanh toán trực tuyến tại testserver/thanh-toan/{owed.uuid}" in told
    drawn = Image.open(io.BytesIO(base64.b64decode(render.qr(payment.parameters["text"]).partition(",")[2])))
    [picture] = pictures(content)
    assert ImageChops.difference(picture, drawn.convert("L")).getbbox() is None


def test_without_an_open_transfer_it_bears_no_code(owed, account, sandbox, now, words):
    start(owed, at=now)

    content = slips.pdf(owed, at=now)

    assert pictures(content) == []
    assert "VietQR" not in words(content)
    assert owed.agency.name in words(content)


def test_a_code_for_an_old_sum_is_not_printed(owed, account, now):
    ledger.start(owed, provider="vietqr", by=owed.payer, at=now)
    Charge.objects.update(amount=8_000)

    assert slips.attempt(Charge.objects.get()) is None


def test_the_longest_texts_fit(payer, agency, account, now, words):
    payer.full_name = LONG[:100]
    payer.save()
    lines = [replace(LINES[0], key=f"line{n}", label={"vi": LONG, "en": LONG}) for n in range(3)]
    charge = open_charge(payer, agency=agency, lines=lines, at=now)
    ledger.start(charge, provider="vietqr", by=payer, at=now)

    assert "nơi rất xa" in words(slips.pdf(charge, at=moment(2026, 11, 16, 2)))


def test_the_payer_asks_for_it_on_the_pay_page(client, owed, account, settings):
    settings.PAYMENT_PROVIDERS = ["vietqr"]
    sign_in(client, owed.payer)
    url = reverse("payments:pay", args=[owed.uuid])
    assert 'value="slip"' in client.get(url).text

    answer = client.post(url, {"way": "slip"}, follow=True)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert len(pictures(answer.content)) == 1
    client.post(url, {"way": "slip"})
    assert Payment.objects.get().provider == "vietqr"
    transfer = client.get(reverse("payments:transfer", args=[owed.uuid])).text
    assert reverse("payments:slip", args=[owed.uuid]) in transfer


def test_where_no_transfer_is_taken_it_still_shows_the_way_to_the_counter(client, owed):
    sign_in(client, owed.payer)

    answer = client.post(reverse("payments:pay", args=[owed.uuid]), {"way": "slip"}, follow=True)

    assert answer.content.startswith(b"%PDF")
    assert not Payment.objects.exists()


def test_the_officer_prints_it_at_the_counter(client, owed, account, cashier):
    sign_in(client, cashier)
    url = reverse("cash:request_slip", args=[owed.uuid])
    assert url in client.get(reverse("cash:take", args=[owed.uuid])).text

    answer = client.post(url, follow=True)

    assert answer["Content-Disposition"].startswith("inline")
    assert len(pictures(answer.content)) == 1
    assert Payment.objects.get().started_by == cashier


def test_the_transfer_of_the_slip_settles_the_fee(client, owed, account, cashier, now):
    sign_in(client, cashier).post(reverse("cash:request_slip", args=[owed.uuid]))
    memo = Payment.objects.get().provider_id
    row = transfers.Row(bank_id="FT1", amount=10_000, memo=f"nop phi {memo}", booked_at=now)

    transfers.record(account, row, source="statement", at=now)

    assert Charge.objects.get().status == "paid"


@pytest.mark.parametrize("who", ["payer", "officer"])
def test_for_what_is_paid_there_is_no_slip(who, request, owed, now):
    ledger.take(owed, provider="cash", place="till:1", by=owed.payer, at=now)
    client, url = page_of(who, request)

    assert client.get(url).status_code == 302
    assert client.post(url).status_code == (405 if who == "payer" else 302)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("who", ["payer", "officer"])
def test_a_stranger_gets_404(who, request, owed, client):
    _client, url = page_of(who, request)
    stranger = UserFactory() if who == "payer" else staff("receiver", AgencyFactory())

    assert sign_in(client, stranger).get(url).status_code == 404


def test_with_the_payment_server_down_the_officer_is_told(
    client, owed, account, cashier, sandbox, settings, now
):
    start(owed, at=now)  # the payer's card page is open, and cannot be closed now
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"

    answer = sign_in(client, cashier).post(reverse("cash:request_slip", args=[owed.uuid]))

    assert answer.url == reverse("cash:take", args=[owed.uuid])
    assert Payment.objects.get().provider == "stripe"
