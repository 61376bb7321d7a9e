"""Trouble on the way, and what people see: a clear sentence, the right status, nothing lost, nothing twice."""

import logging
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.documents import store
from procedures.definitions import bundles, publishing
from procedures.dossiers.models import Dossier
from procedures.filing import drafts
from procedures.filing.models import Draft
from tests import factories
from tests.procedures import world
from tests.procedures.shown import inputs

pytestmark = pytest.mark.django_db

BIRTH, RESIDENCE = "1.001193", "1.004222"


@pytest.fixture
def office():
    return world.office()


@pytest.fixture
def versions():
    return world.publish(BIRTH, RESIDENCE)


@pytest.fixture
def mother(client):
    user = world.mother()
    client.force_login(user)
    return user


@pytest.fixture
def draft(mother, versions, office):
    """Begun now, nothing answered."""
    now = datetime.now(UTC)
    return drafts.begin(mother, mother.person, versions[BIRTH], agency=office.agency, language="vi", at=now)


@pytest.fixture
def complete(mother, versions, office):
    """Every step saved, ready to send."""
    return world.draft(mother, versions[BIRTH], office.agency, at=datetime.now(UTC))


def url(draft, step):
    return reverse("filing:step", args=[draft.pk, step])


def post(client, draft, step, **data):
    """Send one step as its page would."""
    shown = inputs(client.get(url(draft, step)).context["form"])
    return client.post(url(draft, step), {f"draft-{draft.pk}-current_step": step} | shown | data)


# ── What was typed ────────────────────────────────────────────────────────────────────────────────
def test_a_mistake_is_named_and_what_was_typed_is_still_there_tomorrow(client, draft):
    post(client, draft, "requester", relation="mother")
    answer = post(client, draft, "contact", requester_phone="12", requester_address="Số 9 phố Mẫu")

    again = client.get(url(draft, "contact"))

    assert answer.status_code == 422
    assert answer.content.decode().count("Số điện thoại") >= 2  # in the summary and at the field
    assert "Số 9 phố Mẫu" in again.content.decode()
    assert 'value="12"' in again.content.decode()


@pytest.mark.parametrize(
    ("day", "month", "year", "words"),
    [("31", "2", "2026", "31"), ("x", "1", "2026", "số"), ("1", "1", "2999", "hôm nay")],
)
def test_a_date_that_cannot_be_says_what_is_wrong(client, complete, day, month, year, words):
    answer = post(client, complete, "child", child_dob__d=day, child_dob__m=month, child_dob__y=year)

    assert answer.status_code == 422
    message = answer.context["form"].errors["child_dob"][0]
    assert words in message
    assert year in client.get(url(complete, "child")).content.decode()


def test_a_session_that_ended_in_mid_form_loses_nothing(client, draft, mother):
    post(client, draft, "requester", relation="mother")
    client.logout()

    sent = client.post(
        url(draft, "contact"),
        {f"draft-{draft.pk}-current_step": "contact", "requester_paper_place": "Bộ Công an mẫu"},
    )
    client.force_login(mother)
    page = client.get(url(draft, "contact"))

    assert sent.status_code == 302
    assert sent.url.startswith(reverse("accounts:sign_in"))
    assert "Bộ Công an mẫu" in page.content.decode()
    assert Draft.objects.get(pk=draft.pk).refused["contact"]


def test_what_somebody_else_typed_after_the_session_ended_goes_nowhere(client, draft):
    client.logout()
    client.post(url(draft, "requester"), {"relation": "mother"})
    client.force_login(factories.UserFactory())

    assert client.get(url(draft, "requester")).status_code == 404
    assert Draft.objects.get(pk=draft.pk).refused == {}


# ── Order ─────────────────────────────────────────────────────────────────────────────────────────
def test_no_step_can_be_skipped(client, draft):
    assert client.get(url(draft, "child")).url == url(draft, "requester")
    assert client.get(reverse("filing:review", args=[draft.pk])).url == url(draft, "requester")


def test_an_unknown_step_is_not_there(client, draft):
    assert client.get(url(draft, "khong-co")).status_code == 404


def test_two_tabs_on_two_steps_keep_both(client, complete):
    first = inputs(client.get(url(complete, "contact")).context["form"])
    post(client, complete, "child", child_name="Trần Mẫu Hai")

    changed = {f"draft-{complete.pk}-current_step": "contact", "requester_address": "Số 2 phố Mẫu"}
    client.post(url(complete, "contact"), first | changed)

    answers = Draft.objects.get(pk=complete.pk).answers
    assert (answers["child_name"], answers["requester_address"]) == ("Trần Mẫu Hai", "Số 2 phố Mẫu")


def test_the_last_step_leads_to_the_review_page_at_once(client, complete):
    drafts.save_step(complete, "papers", {"birth_notice": None}, at=datetime.now(UTC))

    answer = post(client, complete, "papers", birth_notice=world.picture())

    assert answer.url == reverse("filing:review", args=[complete.pk])


def test_change_from_the_review_page_leads_back_there(client, complete):
    data = inputs(client.get(url(complete, "child") + "?ve=1").context["form"])
    changed = {f"draft-{complete.pk}-current_step": "child", "child_name": "Trần Mẫu Ba"}

    answer = client.post(url(complete, "child") + "?ve=1", data | changed)

    assert answer.url == reverse("filing:review", args=[complete.pk])


# ── Sending ───────────────────────────────────────────────────────────────────────────────────────
def test_a_double_click_and_back_end_at_the_one_dossier(client, complete):
    submit = reverse("filing:submit", args=[complete.pk])

    first = client.post(submit, {"declare": "yes"})
    second = client.post(submit, {"declare": "yes"})
    back = client.get(reverse("filing:review", args=[complete.pk]))

    assert Dossier.objects.count() == 1
    assert first.url == second.url == back.url == Dossier.objects.get().get_absolute_url()


def test_sending_needs_the_declaration(client, complete):
    answer = client.post(reverse("filing:submit", args=[complete.pk]))

    assert answer.status_code == 422
    assert "cam đoan" in answer.content.decode()
    assert not Dossier.objects.exists()


def test_a_step_saved_after_submitting_changes_nothing(client, complete):
    client.post(reverse("filing:submit", args=[complete.pk]), {"declare": "yes"})

    answer = client.post(url(complete, "child"), {"child_name": "Tên Khác"})

    assert answer.url == Dossier.objects.get().get_absolute_url()
    assert Dossier.objects.get().answers["child_name"] != "Tên Khác"


def test_a_version_retired_while_the_draft_is_open(client, complete, versions):
    publishing.retire(versions[BIRTH], by=None, at=datetime.now(UTC))

    sent = client.post(reverse("filing:submit", args=[complete.pk]), {"declare": "yes"})
    page = client.get(sent.url)

    assert page.status_code == 410
    assert "không còn áp dụng" in page.content.decode()
    assert Draft.objects.get(pk=complete.pk).answers["child_name"]


def test_a_new_version_while_the_draft_is_open_takes_the_answers_along(client, complete, versions):
    definition = dict(versions[BIRTH].definition) | {"summary": {"vi": "Bản mới", "en": "New text"}}
    new = bundles.import_bundle(definition, by=None, at=datetime.now(UTC), publish=True)

    page = client.get(reverse("filing:review", args=[complete.pk]), follow=True)
    client.post(reverse("filing:carry_over", args=[complete.pk]))

    moved = Draft.objects.get(pk=complete.pk)
    assert "đã thay đổi" in page.content.decode()
    assert (moved.version, moved.answers["child_name"]) == (new, complete.answers["child_name"])


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("giay.jpg", b"<html><script>alert(1)</script></html>"),
        ("giay.pdf", b"MZ" + b"\0" * 200),
        ("giay.png", b""),
    ],
)
def test_a_file_is_judged_by_its_content_and_refused_with_a_sentence(client, complete, name, content):
    answer = post(client, complete, "papers", birth_notice=SimpleUploadedFile(name, content))

    assert answer.status_code == 422
    assert answer.context["form"].errors["birth_notice"][0]


def test_a_full_disk_is_said_and_the_rest_is_kept(client, complete, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.default_storage, "save", full)
    answer = post(client, complete, "papers", birth_notice=world.picture())

    assert answer.status_code == 422
    assert answer.context["form"].errors["birth_notice"][0]
    assert Draft.objects.get(pk=complete.pk).answers["birth_notice"]


# ── Beginning ─────────────────────────────────────────────────────────────────────────────────────
def test_beginning_twice_gives_one_draft(client, mother, versions, office):
    data = {"procedure": BIRTH, "agency": office.agency.pk}

    first, second = client.post(reverse("filing:begin"), data), client.post(reverse("filing:begin"), data)

    assert first.url == second.url
    assert Draft.objects.count() == 1


@pytest.mark.parametrize("agency", ["", "x", "999999"])
def test_beginning_without_an_office_asks_for_one(client, mother, versions, agency):
    answer = client.post(reverse("filing:begin"), {"procedure": BIRTH, "agency": agency}, follow=True)

    assert "Chọn cơ quan" in answer.content.decode()


def test_beginning_an_unknown_procedure_is_not_there(client, mother, versions, office):
    answer = client.post(reverse("filing:begin"), {"procedure": "9.999999", "agency": office.agency.pk})

    assert answer.status_code == 404


# ── What it costs, and what is written down ───────────────────────────────────────────────────────
@pytest.mark.django_db(
    transaction=True
)  # as in production: a savepoint of the test's own is no query of ours
def test_a_step_takes_at_most_six_queries(client, complete, django_assert_max_num_queries):
    client.get(url(complete, "child"))  # the definition is compiled once per process
    page = client.get(url(complete, "child"))
    data = inputs(page.context["form"]) | {f"draft-{complete.pk}-current_step": "child"}

    with django_assert_max_num_queries(6):
        assert client.get(url(complete, "child")).status_code == 200
    with django_assert_max_num_queries(6):
        assert client.post(url(complete, "child"), data).status_code == 302


def test_the_log_names_the_request_and_nobody(client, draft, caplog):
    with caplog.at_level(logging.INFO):
        answer = post(client, draft, "requester", relation="")

    line = next(record for record in caplog.records if record.name == "django.request")
    assert answer["X-Request-Id"]
    assert draft.user.person.personal_id not in caplog.text
    assert draft.user.full_name not in caplog.text
    assert line.status_code == 422
