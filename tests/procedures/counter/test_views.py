"""The counter's pages: who sees what, what a button does, what a refusal says, and what it costs."""

import pytest
from django.urls import reverse

from procedures.counter import queues
from procedures.dossiers import dossiers, supplements
from procedures.dossiers.models import Dossier, Status
from tests import factories
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def office():
    return world.office()


@pytest.fixture
def dossier(office):
    return world.file(world.mother(), world.publish(BIRTH)[BIRTH], office.agency)


def page(dossier):
    return reverse("counter:dossier", args=[dossier.code])


def act(client, dossier, action, **data):
    url = reverse("counter:act", args=[dossier.code])
    return client.post(url, {"action": action} | data, follow=True).content.decode()


@pytest.mark.parametrize(
    ("role", "heading"),
    [
        ("receiver", "Mới nộp"),
        ("handler", "Cần xử lý"),
        ("leader", "Chờ ký"),
        ("clerk", "Chờ cấp số, đóng dấu"),
    ],
)
def test_the_inbox_opens_at_ones_own_queue(client, office, role, heading):
    client.force_login(office.staff[role])

    assert f"<h1>{heading}</h1>" in client.get(reverse("counter:inbox")).content.decode()


def test_the_inbox_shows_only_the_own_agency(client, dossier):
    client.force_login(factories.staff("receiver", factories.AgencyFactory()))

    assert dossier.code not in client.get(reverse("counter:inbox") + "?hang=moi").content.decode()


def test_an_agency_above_sees_its_branch(client, office, dossier):
    city = factories.AgencyFactory(kind="city", commune="")
    agency = office.agency
    agency.parent, agency.path = city, f"{city.path}{agency.pk}/"
    agency.save(update_fields=["parent", "path"])
    client.force_login(factories.staff("receiver", city))

    assert dossier.code in client.get(reverse("counter:inbox") + "?hang=moi").content.decode()


@pytest.mark.parametrize("text", ["H26", "không có ai"])
def test_a_search_without_hits_says_how_to_search(client, office, dossier, text):
    client.force_login(office.staff["receiver"])

    assert "Không tìm thấy" in client.post(reverse("counter:inbox"), {"q": text}).content.decode()


@pytest.mark.parametrize("key", ["code", "personal_id", "name"])
def test_a_search_finds_by_code_number_and_name(client, office, dossier, key):
    words = {
        "code": dossier.code,
        "personal_id": dossier.person.personal_id,
        "name": dossier.subject_name[:8],
    }
    client.force_login(office.staff["receiver"])

    assert dossier.code in client.post(reverse("counter:inbox"), {"q": words[key]}).content.decode()


def test_an_unknown_queue_is_not_there(client, office):
    client.force_login(office.staff["receiver"])

    assert client.get(reverse("counter:inbox") + "?hang=gi-do").status_code == 404


def test_pages_follow_each_other_without_gap(client, office, dossier, monkeypatch):
    monkeypatch.setattr(queues, "PAGE", 2)
    for _more in range(4):
        world.file(dossier.applicant, dossier.version, office.agency)
    client.force_login(office.staff["receiver"])
    seen, cursor = [], ""
    while True:
        answer = client.get(reverse("counter:inbox"), {"hang": "moi", "sau": cursor})
        seen += [one.code for one in answer.context["dossiers"]]
        cursor = answer.context["next"]
        if not cursor:
            break

    assert seen == sorted(Dossier.objects.values_list("code", flat=True))


@pytest.mark.parametrize("rows", [1, 30])
def test_the_inbox_costs_the_same_at_1_and_at_30_rows(
    client, office, dossier, rows, django_assert_max_num_queries
):
    for _more in range(rows - 1):
        world.file(dossier.applicant, dossier.version, office.agency)
    client.force_login(office.staff["receiver"])
    client.get(reverse("counter:inbox"))

    with django_assert_max_num_queries(8):
        client.get(reverse("counter:inbox"))


def test_a_button_of_another_role_is_not_offered_and_not_obeyed(client, office, dossier):
    client.force_login(office.staff["leader"])

    assert 'value="receive"' not in client.get(page(dossier)).content.decode()
    assert "Vai trò" in act(client, dossier, "receive")
    assert Dossier.objects.get().status == Status.NEW


def test_receiving_twice_says_where_the_dossier_stands(client, office, dossier):
    client.force_login(office.staff["receiver"])

    act(client, dossier, "receive")

    assert "Được tiếp nhận" in act(client, dossier, "receive")


def test_a_refusal_without_a_reason_is_asked_for_one(client, office, dossier):
    client.force_login(office.staff["receiver"])

    assert "lý do" in act(client, dossier, "refuse", note=" ")
    assert Dossier.objects.get().status == Status.NEW


@pytest.mark.parametrize("action", ["", "withdraw", "settle_fee", "khong-co"])
def test_an_action_that_is_not_the_counters_is_refused(client, office, dossier, action):
    client.force_login(office.staff["receiver"])

    act(client, dossier, action)

    assert Dossier.objects.get().status == Status.NEW


def test_a_supplement_is_asked_for_field_by_field(client, office, dossier):
    client.force_login(office.staff["receiver"])

    act(client, dossier, "ask_supplement", note="Giấy chứng sinh mờ", **{"field:birth_notice": "1"})

    assert supplements.asked(Dossier.objects.get()) == {"birth_notice": ""}


def test_findings_that_are_wrong_stay_on_the_page_with_their_reason(client, office, dossier):
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    client.force_login(office.staff["handler"])

    answer = client.post(reverse("counter:outcome", args=[dossier.code]), {"child_personal_id": "12"})

    assert answer.status_code == 422
    assert 'value="12"' in answer.content.decode()


def test_findings_are_kept_and_open_the_way_to_the_leader(client, office, dossier):
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    client.force_login(office.staff["handler"])

    before = client.get(page(dossier)).content.decode()
    dossiers.fill_outcome(
        dossier, golden.aged(BIRTH, world.MONDAY.date()).outcome, by=office.staff["handler"], at=world.MONDAY
    )

    assert "Điền trước đã" in before
    assert 'value="forward"' in client.get(page(dossier)).content.decode()


def test_the_draft_of_the_result_is_a_picture_of_what_will_be_signed(client, office, dossier):
    client.force_login(office.staff["leader"])

    answer = client.get(reverse("counter:preview", args=[dossier.code]))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_paper_is_shown_to_the_office_that_handles_it(client, office, dossier):
    client.force_login(office.staff["handler"])
    file = dossier.files.get()

    assert client.get(reverse("counter:file", args=[dossier.code, file.pk])).status_code == 200
    client.force_login(factories.staff("handler", factories.AgencyFactory()))
    assert client.get(reverse("counter:file", args=[dossier.code, file.pk])).status_code == 404


def test_a_form_that_is_still_being_made_is_not_there_yet(client, office, dossier):
    client.force_login(office.staff["handler"])

    assert client.get(reverse("counter:form", args=[dossier.code, "filing"])).status_code == 404
    assert "đang lập" in client.get(page(dossier)).content.decode()
