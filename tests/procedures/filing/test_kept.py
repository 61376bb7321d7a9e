"""Nothing typed is lost, whatever came between; no form speaks for another step."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from portal.documents import store
from procedures.definitions import publishing
from procedures.filing import drafts
from procedures.filing.models import Draft
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def office():
    return world.office()


@pytest.fixture
def version():
    return world.publish(BIRTH)[BIRTH]


@pytest.fixture
def draft(client, version, office):
    user = world.mother()
    client.force_login(user)
    return world.draft(user, version, office.agency, at=datetime.now(UTC))


def url(draft, step, name="step"):
    return reverse(f"filing:{name}", args=[draft.pk, step])


def typed(draft, step="contact", **more):
    return {f"draft-{draft.pk}-current_step": step, "requester_address": "Số 9 phố Mẫu"} | more


def kept(draft):
    return Draft.objects.get(pk=draft.pk).refused


def test_what_is_posted_after_the_version_ended_is_kept(client, draft, version):
    publishing.retire(version, by=None, at=datetime.now(UTC))

    answer = client.post(url(draft, "contact"), typed(draft))

    assert answer.url == reverse("filing:carry_over", args=[draft.pk])
    assert kept(draft)["contact"]["requester_address"] == ["Số 9 phố Mẫu"]


def test_what_is_posted_behind_a_step_that_another_tab_opened_again_is_kept(client, draft):
    drafts.save_step(draft, "requester", {"relation": None}, at=datetime.now(UTC))

    answer = client.post(url(draft, "contact"), typed(draft))

    assert answer.url == url(draft, "requester")
    assert kept(draft)["contact"]["requester_address"] == ["Số 9 phố Mẫu"]


@pytest.mark.parametrize("claimed", ["khong-co", "child"])
def test_a_form_cannot_say_that_it_is_another_steps(client, draft, claimed):
    before = Draft.objects.get(pk=draft.pk).answers["child_name"]

    answer = client.post(url(draft, "contact"), typed(draft, step=claimed, child_name="Tên Khác"))

    assert answer.status_code in (302, 422)
    assert Draft.objects.get(pk=draft.pk).answers["child_name"] == before
    assert set(kept(draft)) <= {"contact"}


def test_what_was_typed_into_a_step_that_is_not_there_is_forgotten(client, draft):
    client.logout()
    client.post(url(draft, "khong-co"), {"a": "b"})
    client.force_login(draft.user)

    assert client.get(url(draft, "khong-co")).status_code == 404


def test_a_background_request_after_the_session_ended_moves_the_page_to_sign_in(client, draft):
    client.logout()

    answer = client.post(url(draft, "contact", "fields"), typed(draft), headers={"HX-Request": "true"})
    client.force_login(draft.user)
    page = client.get(url(draft, "contact"))

    assert answer["HX-Redirect"].startswith(reverse("accounts:sign_in"))
    assert "Số 9 phố Mẫu" in page.content.decode()


def test_coming_back_from_signing_in_to_submit_leads_to_the_review_page(client, draft):
    answer = client.get(reverse("filing:submit", args=[draft.pk]))

    assert answer.url == reverse("filing:review", args=[draft.pk])


def test_submitting_what_another_tab_made_unfinished_leads_to_the_open_part(client, draft):
    drafts.save_step(draft, "contact", {"requester_address": None}, at=datetime.now(UTC))

    answer = client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    assert answer.url == url(draft, "contact")


def test_coming_back_from_signing_in_to_begin_leads_to_the_procedures(client, draft):
    assert client.get(reverse("filing:begin")).url == reverse("definitions:list")


@pytest.mark.parametrize("agency", ["²", "9" * 30, "9" * 5000, "\0"])
def test_beginning_with_an_odd_office_asks_for_one(client, draft, agency):
    answer = client.post(reverse("filing:begin"), {"procedure": BIRTH, "agency": agency})

    assert answer.url == reverse("definitions:procedure", args=[BIRTH])


def test_beginning_with_a_nul_is_not_there(client, draft):
    assert client.post(reverse("filing:begin"), {"procedure": "\0", "agency": "1"}).status_code == 404


def test_throwing_a_draft_away_leaves_a_file_that_a_dossier_has(client, draft, version, office):
    sent = world.file(draft.user, version, office.agency, at=datetime.now(UTC))
    document = sent.files.get().document
    drafts.save_step(draft, "papers", {"birth_notice": [str(document.pk)]}, at=datetime.now(UTC))

    answer = client.post(reverse("filing:discard", args=[draft.pk]))

    assert answer.url == reverse("dossiers:list")
    assert not Draft.objects.filter(pk=draft.pk).exists()
    assert store.read(document)
