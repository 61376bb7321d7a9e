"""The fee at the counter: who may waive, refund and decide, and what they are told."""

import pytest
from django.urls import reverse

from payments import ledger
from payments.models import Charge, Refund
from procedures.dossiers.models import Status
from tests import factories
from tests.procedures import world
from tests.procedures.dossiers.test_fees import RESIDENCE, again, charge, nothing_is_sent, pay  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def police():
    return world.office("commune_police")


@pytest.fixture
def dossier(police):
    return world.file(world.mother(), world.publish(RESIDENCE)[RESIDENCE], police.agency)


@pytest.fixture
def at_desk(client, police):
    def sign_in(role, user=None):
        client.force_login(user or police.staff[role])
        return client

    return sign_in


def page(dossier):
    return reverse("counter:dossier", args=[dossier.code])


def post(client, name, dossier, pk, **data):
    return client.post(reverse(f"counter:{name}", args=[dossier.code, pk]), data, follow=True)


def test_the_leader_waives_by_an_article_and_the_dossier_goes_on(at_desk, dossier):
    due, leader = charge(dossier), at_desk("leader")
    assert reverse("counter:waive", args=[dossier.code, due.pk]) in leader.get(page(dossier)).text

    refused = post(leader, "waive", dossier, due.pk, basis=" ")
    assert (Charge.objects.get().status, again(dossier).status) == ("due", Status.FEE_DUE)
    assert "căn cứ" in refused.text or "article" in refused.text

    post(leader, "waive", dossier, due.pk, basis="Điều 4 Thông tư mẫu")
    assert (Charge.objects.get().waiver_basis, again(dossier).status) == ("Điều 4 Thông tư mẫu", Status.NEW)
    assert "Điều 4 Thông tư mẫu" in leader.get(page(dossier)).text
    post(leader, "waive", dossier, due.pk, basis="Lần nữa")
    assert Charge.objects.get().waiver_basis == "Điều 4 Thông tư mẫu"


@pytest.mark.parametrize(("role", "name"), [("receiver", "waive"), ("handler", "waive"), ("clerk", "refund")])
def test_who_lacks_the_role_gets_403_and_no_button(at_desk, dossier, role, name):
    due, client = charge(dossier), at_desk(role)
    address = reverse(f"counter:{name}", args=[dossier.code, due.pk])

    assert client.post(address, {"basis": "x", "amount": "1", "note": "x"}).status_code == 403
    assert address not in client.get(page(dossier)).text
    assert Charge.objects.get().status == "due"


def test_another_agency_and_another_dossiers_charge_are_404(at_desk, dossier, police):
    stranger = factories.staff("leader", factories.AgencyFactory())
    address = reverse("counter:waive", args=[dossier.code, charge(dossier).pk])
    assert at_desk("leader", stranger).post(address, {"basis": "x"}).status_code == 404

    gone = reverse("counter:waive", args=[dossier.code, charge(dossier).pk + 99])
    assert at_desk("leader").post(gone, {"basis": "x"}).status_code == 404


def test_up_to_the_limit_one_officer_pays_back(at_desk, dossier):
    pay(dossier)
    client = at_desk("receiver")
    assert (
        reverse("counter:refund", args=[dossier.code, charge(dossier).pk]) in client.get(page(dossier)).text
    )

    post(client, "refund", dossier, charge(dossier).pk, amount="4.000", note="Thu nhầm")

    refund = Refund.objects.get()
    assert (refund.amount, refund.status, refund.note) == (4_000, "requested", "Thu nhầm")
    assert "Thu nhầm" in client.get(page(dossier)).text


@pytest.mark.parametrize("data", [
    {"amount": "10001", "note": "x"}, {"amount": "x", "note": "x"}, {"amount": "٤", "note": "x"},
    {"amount": "", "note": "x"}, {"amount": "1000", "note": " "}, {"amount": "9" * 30, "note": "x"},
])  # fmt: skip
def test_what_cannot_go_back_is_refused_in_words(at_desk, dossier, data):
    pay(dossier)

    answer = post(at_desk("receiver"), "refund", dossier, charge(dossier).pk, **data)

    assert answer.status_code == 200
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("decision", "status"), [("approve", "requested"), ("reject", "rejected")])
def test_above_the_limit_a_second_person_decides(at_desk, dossier, police, settings, decision, status):
    settings.REFUND_ALONE_LIMIT = 5_000
    pay(dossier)
    post(at_desk("receiver"), "refund", dossier, charge(dossier).pk, amount="10000", note="Thu nhầm")
    proposed = Refund.objects.get()
    address = reverse("counter:decide_refund", args=[dossier.code, proposed.pk])
    assert proposed.status == "proposed"
    assert address not in at_desk("receiver").get(page(dossier)).text
    post(at_desk("receiver"), "decide_refund", dossier, proposed.pk, decision="approve")
    assert Refund.objects.get().status == "proposed"

    leader = at_desk("leader")
    assert address in leader.get(page(dossier)).text
    post(leader, "decide_refund", dossier, proposed.pk, decision=decision)
    post(leader, "decide_refund", dossier, proposed.pk, decision="approve")

    assert (Refund.objects.get().status, Refund.objects.get().decided_by) == (status, police.staff["leader"])


def test_another_dossiers_refund_is_404(at_desk, dossier, police):
    pay(dossier)
    refund = ledger.refund(charge(dossier), by=police.staff["receiver"], amount=1, at=world.MONDAY)
    other = world.file(dossier.applicant, dossier.version, police.agency)

    address = reverse("counter:decide_refund", args=[other.code, refund.pk])

    assert at_desk("leader").post(address, {"decision": "approve"}).status_code == 404


def test_the_exemptions_buttons_are_on_the_page(at_desk, police):
    version = world.publish(RESIDENCE)[RESIDENCE]
    dossier = world.file(world.mother(), version, police.agency, fee_exemption="digital_citizen")

    shown = at_desk("receiver").get(page(dossier)).text
    assert 'value="confirm_exemption"' in shown
    assert 'value="deny_exemption"' in shown

    at_desk("receiver").post(
        reverse("counter:act", args=[dossier.code]), {"action": "deny_exemption", "note": "Không đúng diện"}
    )
    assert again(dossier).status == Status.FEE_DUE
