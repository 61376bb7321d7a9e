"""The answer to a supplement request: only what was asked for opens, and only once."""

import pytest
from django.urls import reverse

from procedures.dossiers import dossiers, supplements, unlocking, workflow
from procedures.dossiers.models import Dossier, Status
from procedures.results import results
from tests import factories
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


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
    return world.file(mother, world.publish(BIRTH)[BIRTH], office.agency)


@pytest.fixture
def page():
    return lambda dossier: reverse("filing:supplement", args=[dossier.code])


def ask(dossier, office, *keys, role="receiver"):
    fields = dict.fromkeys(keys, "")
    return supplements.ask(dossier, fields=fields, note="Ghi cho đủ", **office.act(role))


def again():
    return Dossier.objects.get()


# ── The page ──────────────────────────────────────────────────────────────────────────────────────
def test_the_page_shows_what_was_asked_with_what_was_answered(client, dossier, office, page):
    ask(dossier, office, "child_name")

    answer = client.get(page(dossier))

    assert [entry.name for entry in answer.context["form"]] == ["child_name"]
    assert dossier.answers["child_name"] in answer.content.decode()
    assert "Ghi cho đủ" in answer.content.decode()


def test_the_answer_is_sent_once(client, dossier, office, page):
    ask(dossier, office, "child_name")

    first = client.post(page(dossier), {"child_name": "Trần Mẫu Mới"})
    second = client.post(page(dossier), {"child_name": "Tên Thứ Ba"})

    assert first.url == second.url == dossier.get_absolute_url()
    assert (again().answers["child_name"], again().status) == ("Trần Mẫu Mới", Status.NEW)
    assert again().events.filter(action="supplement").count() == 1


def test_a_forged_post_changes_no_other_answer(client, dossier, office, page):
    ask(dossier, office, "child_name")

    client.post(
        page(dossier), {"child_name": "Trần Mẫu Mới", "requester_name": "Kẻ Khác", "child_sex": "male"}
    )

    changed = {key for key, value in again().answers.items() if dossier.answers.get(key) != value}
    assert changed <= {"child_name", "child_full_name"}
    assert again().subject_name == "Trần Mẫu Mới"


def test_a_mistake_keeps_the_page_and_the_dossier(client, dossier, office, page):
    ask(dossier, office, "child_name")

    answer = client.post(page(dossier), {"child_name": ""})

    assert answer.status_code == 422
    assert again().status == Status.SUPPLEMENT


def test_a_new_file_joins_the_dossier_and_anothers_does_not(client, dossier, office, page):
    ask(dossier, office, "birth_notice")
    stranger = factories.UserFactory()
    foreign = world.upload(stranger)

    client.post(page(dossier), {"birth_notice": world.picture(), "birth_notice__kept": str(foreign.pk)})

    held = {file.document.created_by for file in again().files.select_related("document__created_by")}
    assert held == {dossier.applicant}
    assert again().files.count() == 2
    assert str(foreign.pk) not in again().answers["birth_notice"]


def test_without_a_request_there_is_nothing_to_answer(client, dossier, page):
    assert client.get(page(dossier)).url == dossier.get_absolute_url()


def test_another_persons_request_is_not_there(client, dossier, office, page):
    ask(dossier, office, "child_name")
    client.force_login(factories.UserFactory())

    assert client.get(page(dossier)).status_code == 404
    assert client.post(page(dossier), {"child_name": "Kẻ Khác"}).status_code == 404


def test_who_has_not_signed_in_is_asked_to(client, dossier, page):
    client.logout()

    assert client.get(page(dossier)).url.startswith(reverse("accounts:sign_in"))


def test_a_method_without_meaning_is_refused(client, dossier, page):
    assert client.put(page(dossier)).status_code == 405


# ── What can be asked for ─────────────────────────────────────────────────────────────────────────
def test_only_questions_of_the_citizen_that_apply_can_be_unlocked(dossier):
    keys = [field.key for field in unlocking.fields(dossier)]

    assert keys[0] == "birth_notice"
    assert "child_name" in keys
    assert "requester_personal_id" not in keys  # locked, from the account


@pytest.mark.parametrize("keys", [["khong_co"], ["requester_personal_id"], ["a\0b"]])
def test_what_cannot_be_unlocked_is_no_request(dossier, office, keys):
    with pytest.raises(workflow.NotAllowed):
        ask(dossier, office, *keys)

    assert again().status == Status.NEW


def test_unknown_keys_are_left_out_of_a_request(dossier, office):
    ask(dossier, office, "child_name", "khong_co")

    assert supplements.asked(again()) == {"child_name": ""}


def test_what_lies_with_the_leader_or_is_approved_is_not_opened_again(dossier, office):
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    outcome = golden.aged(BIRTH, world.MONDAY.date()).outcome
    dossiers.fill_outcome(dossier, outcome, by=office.staff["handler"], at=world.MONDAY)
    dossiers.forward(dossier, **office.act("handler"))

    with pytest.raises(workflow.NotAllowed):
        ask(dossier, office, "child_name", role="handler")
    results.approve(dossier, **office.act("leader"))
    with pytest.raises(workflow.NotAllowed):
        ask(dossier, office, "child_name", role="handler")


def test_findings_are_not_written_while_the_citizen_is_asked(dossier, office):
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    ask(dossier, office, "child_name", role="handler")

    with pytest.raises(workflow.NotAllowed):
        dossiers.fill_outcome(dossier, {"book": "1"}, by=office.staff["handler"], at=world.MONDAY)
