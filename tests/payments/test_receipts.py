"""Receipts as signed papers: made by the worker, checked by their code, followed by an adjustment."""

from datetime import timedelta

import pytest
from django.urls import reverse

from payments import ledger, receipts, reconciliation
from payments.models import Receipt, ReceiptSeries
from portal.documents import keys, store, verification
from tests.factories import PersonFactory, UserFactory
from tests.payments.conftest import open_charge
from tests.procedures import world


@pytest.fixture
def office(transactional_db):
    office = world.office()
    world.keys(office)
    return office


@pytest.fixture
def settled(office, now):
    """A charge paid in cash at the agency's window."""
    payer = UserFactory(full_name="Nguyễn Thị Mẫu", person=PersonFactory())
    charge = open_charge(payer, at=now, agency=office.agency)
    officer = office.staff["receiver"]
    ledger.take(charge, provider="cash", place="till:window-1", by=officer, at=now)
    charge.refresh_from_db()
    return charge


def test_the_worker_makes_a_sealed_paper_that_checks(settled, office):
    receipt = Receipt.objects.get()
    paper = receipt.document.paper

    assert receipt.series.endswith(office.agency.code)
    assert (paper.number, paper.holder, paper.issuer) == (
        str(receipt),
        settled.payer.person,
        office.agency,
    )
    verdict = verification.check_bytes(store.read(receipt.document))
    assert verdict.holds, verdict
    assert paper.claims["amount"] == 10_000


def test_the_payer_downloads_it_and_nobody_else(settled, client):
    address = reverse("payments:receipt", args=[settled.uuid, Receipt.objects.get().number])
    client.force_login(UserFactory())
    assert client.get(address).status_code == 404

    client.force_login(settled.payer)

    assert client.get(address)["Content-Type"] == "application/pdf"
    assert address in client.get(reverse("payments:back", args=[settled.uuid])).text


def test_without_the_key_the_number_stands_and_the_sweep_makes_it_later(settled, office, now, monkeypatch):
    def gone(_key_id):
        raise keys.KeyUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr("portal.documents.keys.key", gone)
        charge = open_charge(settled.payer, at=now, reference="dossier:2", agency=office.agency)
        ledger.take(charge, provider="cash", place="till:window-1", by=office.staff["receiver"], at=now)
        late = Receipt.objects.get(charge=charge)
        assert (late.number, late.document, late.attempts) == (2, None, 1)

    receipts.sweep(at=now + timedelta(hours=1))

    assert Receipt.objects.get(pk=late.pk).document is not None
    assert receipts.gaps() == {}


def test_money_that_goes_back_gets_an_adjustment(office, sandbox, now):
    payer = UserFactory(full_name="Nguyễn Thị Mẫu", person=PersonFactory())
    charge = open_charge(payer, at=now, agency=office.agency)
    payment = ledger.start(charge, provider="stripe", by=payer, at=now)
    sandbox.act(payment.provider_id, "pay")
    reconciliation.check(payment, at=now)

    ledger.refund(charge, amount=4_000, by=None, at=now)

    first, second = Receipt.objects.order_by("number")
    assert (second.kind, second.amount, second.number) == ("adjustment", 4_000, 2)
    assert second.document.paper.claims["adjusts"] == str(first)


def test_a_gap_is_found(settled, caplog):
    ReceiptSeries.objects.update(last=3)

    assert list(receipts.gaps().values()) == [[2, 3]]
    assert "gaps" in caplog.text
