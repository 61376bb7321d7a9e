"""A citizen's pages of a filed dossier: five questions each, and what odd addresses get."""

import pytest
from django.urls import reverse

from payments import ledger
from procedures.dossiers import dossiers, paperwork
from procedures.dossiers.models import Dossier, Status
from tests import factories
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH, RESIDENCE = "1.001193", "1.004222"
# name → methods that it does not know
PAGES = {"dossier": "post", "qr": "post", "pay": "post", "withdraw": "put", "file": "post", "form": "post"}


@pytest.fixture
def office():
    return world.office()


@pytest.fixture
def mother(client):
    user = world.mother()
    client.force_login(user)
    return user


@pytest.fixture
def dossier(mother, office):
    filed = world.file(mother, world.publish(BIRTH)[BIRTH], office.agency)
    for form in filed.forms.all():
        paperwork.make(form.pk, at=world.MONDAY)
    return filed


@pytest.fixture
def residence(mother):
    police = world.office("commune_police")
    return world.file(mother, world.publish(RESIDENCE)[RESIDENCE], police.agency)


def url(name, dossier):
    rest = {"file": [dossier.files.first().pk], "form": ["filing"]}.get(name, [])
    return reverse(f"dossiers:{name}", args=[dossier.code, *rest])


# ── It works ──────────────────────────────────────────────────────────────────────────────────────
def test_the_list_shows_what_was_sent_and_what_was_not(client, mother, office, dossier):
    draft = world.draft(mother, dossier.version, office.agency)

    page = client.get(reverse("dossiers:list")).content.decode()

    assert dossier.code in page
    assert draft.get_absolute_url() in page


def test_the_dossier_says_whose_turn_it_is(client, dossier):
    answer = client.get(url("dossier", dossier))

    assert answer.status_code == 200
    assert answer.context["turn"]["kind"] == "new"


def test_pay_leads_to_the_cash_desk(client, residence):
    charge = ledger.for_reference(dossiers.reference(residence))

    assert client.get(url("pay", residence)).url == reverse("payments:pay", args=[charge.uuid])


def test_pay_of_a_free_dossier_leads_back(client, dossier):
    assert client.get(url("pay", dossier)).url == dossier.get_absolute_url()


def test_when_the_result_comes_is_said_until_it_has_come(client, dossier, office):
    dossiers.receive(dossier, **office.act("receiver"))
    waiting = client.get(url("dossier", dossier))
    dossiers.withdraw(dossier, by=dossier.applicant, note="", at=world.MONDAY)
    ended = client.get(url("dossier", dossier))

    assert ended.context["dossier"].ended_at
    assert ['id="clock"' in page.text for page in (waiting, ended)] == [True, False]


def test_withdraw_asks_first_and_then_does_it_once(client, dossier):
    asked = client.get(url("withdraw", dossier))
    client.post(url("withdraw", dossier), {"note": "Khai\0 nhầm"})
    again = client.post(url("withdraw", dossier), follow=True)

    assert asked.status_code == 200
    assert Dossier.objects.get().status == Status.WITHDRAWN
    assert Dossier.objects.get().events.get(action="withdraw").note == "Khai nhầm"
    assert "rút" in [str(message) for message in again.context["messages"]][-1]


def test_the_code_for_the_counter_is_a_picture_that_a_browser_keeps(client, dossier):
    address = reverse("dossiers:qr", args=[dossier.code])
    page = client.get(dossier.get_absolute_url()).content.decode()
    response = client.get(address)

    assert f'src="{address}" loading="lazy"' in page
    assert response["Content-Type"] == "image/svg+xml"
    assert "private" in response["Cache-Control"]
    assert response.content.startswith(b"<svg")


@pytest.mark.parametrize("name", ["file", "form"])
def test_papers_are_served_privately(client, dossier, name):
    answer = client.get(url(name, dossier))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


# ── Who may ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", PAGES)
def test_another_persons_dossier_is_not_there(client, dossier, name):
    client.force_login(factories.UserFactory())

    assert client.get(url(name, dossier)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_who_has_not_signed_in_is_asked_to(client, dossier, name):
    client.logout()

    assert client.get(url(name, dossier)).url.startswith(reverse("accounts:sign_in"))


@pytest.mark.parametrize(("name", "method"), PAGES.items())
def test_a_method_without_meaning_is_refused(client, dossier, name, method):
    assert getattr(client, method)(url(name, dossier)).status_code == 405


# ── What is not there ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", ["X-1/", "X-1/nop-phi/", "X-1/rut/", "X-1/tep/1/", "X-1/bieu-mau/filing/"])
def test_an_unknown_code_is_not_there(client, mother, path):
    assert client.get(reverse("dossiers:list") + path).status_code == 404


@pytest.mark.parametrize("rest", ["tep/999999/", f"tep/{'9' * 30}/", "bieu-mau/receipt/", "bieu-mau/la/"])
def test_an_unknown_paper_is_not_there(client, dossier, rest):
    assert client.get(dossier.get_absolute_url() + rest).status_code == 404


def test_a_paper_of_another_dossier_is_not_there(client, dossier, residence):
    other = residence.files.first()

    assert client.get(reverse("dossiers:file", args=[dossier.code, other.pk])).status_code == 404


@pytest.mark.parametrize("before", ["²", "-1", "x", "9" * 30, "9" * 5000])
def test_an_odd_place_in_the_list_shows_a_list(client, dossier, before):
    assert client.get(reverse("dossiers:list"), {"truoc": before}).status_code == 200


def test_a_code_that_is_not_ones_own_says_so(client, dossier):
    answer = client.get(reverse("dossiers:list"), {"ma": "khong-co"})

    assert answer.status_code == 404
    assert dossier.code in answer.content.decode()


@pytest.mark.parametrize("address", ["/ho-so/%00/", "/ho-so/?ma=%00", "/can-bo/?q=%00"])
def test_a_nul_in_an_address_is_a_bad_request(client, mother, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("rows", [1, 15])
def test_the_list_costs_the_same_at_1_and_at_15_rows(
    client, mother, office, dossier, rows, django_assert_max_num_queries
):
    for _more in range(rows - 1):
        world.file(mother, dossier.version, office.agency)
    client.get(reverse("dossiers:list"))

    with django_assert_max_num_queries(6):
        client.get(reverse("dossiers:list"))
