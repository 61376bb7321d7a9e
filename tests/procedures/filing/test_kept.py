"""Nothing typed is lost, whatever came between; no form speaks for another step."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts import throttle
from portal.accounts import typed as signed_out
from portal.documents import store
from portal.documents.models import Document
from portal.documents.tasks import purge_orphans
from procedures.definitions import publishing
from procedures.dossiers.models import Dossier
from procedures.filing import drafts
from procedures.filing.models import Draft
from tests import factories
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


# ── What a signed-out browser may leave behind ────────────────────────────────────────────────────
def leave(client, draft, **more):
    return client.post(url(draft, "contact"), typed(draft, **more), follow=True).content.decode()


def test_a_signed_out_post_for_a_draft_that_is_not_there_is_not_kept(client, draft):
    client.logout()
    drafts.discard(draft)

    page = leave(client, draft)

    assert signed_out.KEY not in client.session
    assert client.session.get_expiry_age() > signed_out.LIFETIME
    assert page


def test_a_signed_out_post_that_is_too_large_is_not_kept(client, draft):
    client.logout()
    leave(client, draft, requester_address="a" * (signed_out.LIMIT + 1))

    assert signed_out.KEY not in client.session


def test_one_address_cannot_fill_the_sessions(client, draft):
    client.logout()
    for _more in range(signed_out.KEEPING.tries):
        throttle.count(signed_out.KEEPING, "127.0.0.1", at=datetime.now(UTC))

    leave(client, draft)

    assert signed_out.KEY not in client.session


def test_a_session_that_began_signed_out_lasts_as_long_as_any(client, draft):
    draft.user.set_password("mot-mat-khau-dai")
    draft.user.save(update_fields=["password"])
    client.logout()
    leave(client, draft)

    name = draft.user.get_username()
    client.post(reverse("accounts:sign_in"), {"name": name, "password": "mot-mat-khau-dai"})

    assert client.session["_auth_user_id"] == str(draft.user.pk)
    assert client.session.get_expiry_age() > signed_out.LIFETIME


# ── Thrown away in the middle ─────────────────────────────────────────────────────────────────────
@pytest.fixture
def thrown_away_meanwhile(draft, monkeypatch):
    """Between the reading and the writing of the next request, another window throws the draft away."""
    other, write = Client(), drafts._written
    other.force_login(draft.user)

    def late(*args, **kwargs):
        if Draft.objects.filter(pk=draft.pk).exists():
            assert other.post(reverse("filing:discard", args=[draft.pk])).status_code == 302
        return write(*args, **kwargs)

    monkeypatch.setattr(drafts, "_written", late)


@pytest.mark.parametrize("address", ["Số 9 phố Mẫu", ""])  # accepted, refused
def test_a_step_of_a_draft_that_is_thrown_away_meanwhile_says_so(
    client, draft, thrown_away_meanwhile, address
):
    answer = client.post(url(draft, "contact"), typed(draft, requester_address=address))

    assert answer.status_code == 404
    assert reverse("dossiers:list") in answer.content.decode()
    assert not Draft.objects.exists()
    assert not Document.objects.exists()


def test_in_the_background_the_page_of_a_draft_thrown_away_moves_on(client, draft, thrown_away_meanwhile):
    answer = client.post(url(draft, "contact", "fields"), typed(draft), headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == reverse("dossiers:list")


def test_sending_a_draft_that_is_thrown_away_meanwhile_says_so(client, draft, monkeypatch):
    submit = drafts.submit

    def late(row, **given):
        drafts.discard(row)
        return submit(row, **given)

    monkeypatch.setattr(drafts, "submit", late)
    answer = client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    assert answer.status_code == 404
    assert not Dossier.objects.exists()


# ── Files that were typed but never accepted ──────────────────────────────────────────────────────
@pytest.fixture
def refused(client, draft):
    """The papers step with a file too many things are missing beside: the file is kept, the step is not."""
    document = world.upload(draft.user, at=datetime.now(UTC) - timedelta(days=40))
    drafts.keep_refused(draft, "papers", {"birth_notice__kept": [str(document.pk)]}, at=datetime.now(UTC))
    return document


def there(document):
    return Document.objects.filter(pk=document.pk).exists()


def test_a_file_that_was_typed_but_never_accepted_lives_as_long_as_its_draft(draft, refused):
    stray = world.upload(draft.user, at=datetime.now(UTC) - timedelta(days=40))

    purge_orphans()

    assert there(refused)
    assert not there(stray)
    drafts.discard(Draft.objects.get(pk=draft.pk))
    assert not there(refused)


def test_a_file_that_is_taken_out_again_goes(draft, refused):
    drafts.keep_refused(Draft.objects.get(pk=draft.pk), "papers", {}, at=datetime.now(UTC))

    assert not there(refused)
    assert Document.objects.filter(pk__in=draft.answers["birth_notice"]).exists()


@pytest.mark.parametrize("accepted", [True, False])
def test_a_file_goes_with_what_was_typed_unless_it_is_accepted(draft, refused, accepted):
    given = [str(refused.pk)] if accepted else draft.answers["birth_notice"]

    drafts.save_step(Draft.objects.get(pk=draft.pk), "papers", {"birth_notice": given}, at=datetime.now(UTC))

    assert there(refused) is accepted


def test_naming_anothers_file_keeps_nothing_of_theirs(draft):
    foreign = world.upload(factories.UserFactory(), at=datetime.now(UTC) - timedelta(days=40))

    drafts.keep_refused(draft, "papers", {"birth_notice__kept": [str(foreign.pk), "x"]}, at=datetime.now(UTC))
    purge_orphans()

    assert not there(foreign)
