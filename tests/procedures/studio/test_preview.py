"""The draft tried out: really rendered, really judged, and nothing of it kept but in the session."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.documents.models import Document
from procedures.definitions.models import ProcedureVersion
from procedures.dossiers.models import Dossier
from procedures.filing.models import Draft
from tests.procedures.studio.conftest import CODE

URL = reverse("studio:preview", args=[CODE])


@pytest.fixture
def change(draft):
    """Change the draft's definition as nobody should."""

    def write(do):
        row = ProcedureVersion.objects.get(pk=draft.pk)
        do(row.definition)
        row.save(update_fields=["definition"])

    return write


def answered(page, draft, **answers):
    """As if these had been answered before."""
    session = page.session
    session[f"studio_preview:{draft.pk}"] = {"answers": answers}
    session.save()


def paper_key(page):
    form = page.get(f"{URL}?phan=papers").context["form"]
    return next(entry.name for entry in form if entry.question.type == "file")


def test_shows_the_step_that_is_edited(page, draft):
    html = page.get(f"{URL}?phan=child").content.decode()

    assert "Trẻ được khai sinh" in html
    assert 'name="child_name"' in html


def test_stands_in_a_frame_of_the_own_site_only(page, draft):
    response = page.get(URL)

    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]


def test_shows_the_draft_and_not_what_is_in_force(page, draft, change):
    change(lambda d: d["form"]["steps"][0]["title"].update(vi="Tên mới của phần"))

    assert "Tên mới của phần" in page.get(URL).content.decode()


def test_errors_are_the_engines(page, draft):
    response = page.post(f"{URL}?phan=child", {})

    assert response.status_code == 422
    assert "errsum" in response.content.decode()


def test_answers_open_questions_and_are_kept_for_this_browser_only(page, draft, client):
    answers = {"relation": "other"}
    response = page.post(f"{URL}?phan=requester&hoi=1", answers, headers={"HX-Request": "true"})
    assert 'name="relation_other"' in response.content.decode()

    assert 'name="relation_other"' in page.get(f"{URL}?phan=requester").content.decode(), "typed is kept"
    page.post(f"{URL}?phan=requester", {"_do": "empty"})
    assert 'name="relation_other"' not in page.get(f"{URL}?phan=requester").content.decode()


def test_nothing_is_stored_but_in_the_session(page, draft):
    before = [model.objects.count() for model in (Dossier, Draft, Document)]
    answered(page, draft, birth_proof="notice")
    key = paper_key(page)
    file = SimpleUploadedFile("giay-chung-sinh.pdf", b"%PDF-1.4", content_type="application/pdf")

    response = page.post(f"{URL}?phan=papers", {key: file, "_attach": key})

    assert "giay-chung-sinh.pdf" in response.content.decode()
    assert "giay-chung-sinh.pdf" in page.get(f"{URL}?phan=papers").content.decode()
    assert [model.objects.count() for model in (Dossier, Draft, Document)] == before


def test_a_file_of_another_format_is_refused_in_words(page, draft):
    answered(page, draft, birth_proof="notice")
    key = paper_key(page)

    response = page.post(f"{URL}?phan=papers", {key: SimpleUploadedFile("x.exe", b"MZ"), "_attach": key})

    assert "x.exe" in response.content.decode()


def test_in_english_without_changing_the_editors_language(page, draft):
    html = page.get(f"{URL}?phan=child&tieng=en").content.decode()

    assert '<html lang="en">' in html
    assert "The child" in html
    assert "The child" in page.get(f"{URL}?phan=child").content.decode(), "it stays"
    assert '<html lang="vi">' in page.get(reverse("studio:section", args=[CODE, "form"])).content.decode()


def test_the_end_shows_answers_and_what_is_missing(page, draft):
    response = page.get(f"{URL}?phan=het")

    assert response.status_code == 200
    assert response.context["groups"][0]["missing"] > 0


def test_fees_are_counted(page, draft):
    answered(page, draft, wants_copies=True, copies=3)

    lines = page.get(f"{URL}?phan=het").context["lines"]

    assert [line.amount for line in lines if line.key == "copies"] == [24_000]


def test_a_form_that_cannot_be_shown_says_why_and_leads_there(page, draft, change):
    change(lambda d: d["form"]["steps"][2]["fields"][0].pop("label"))

    html = page.get(URL).content.decode()

    assert "cau/?o=form.steps.child.fields.child_name" in html
    assert 'target="_top"' in html


def test_fees_that_cannot_be_read_leave_the_form_usable(page, draft, change):
    change(lambda d: d["fees"][0].update(unit_amount="1 +"))

    response = page.get(f"{URL}?phan=child")

    assert 'name="child_name"' in response.content.decode()
    assert response.context["fees"] is None
    assert response.context["problem_url"]


def test_what_the_account_knows_is_filled_in_and_locked(page, draft):
    html = page.get(f"{URL}?phan=requester").content.decode()

    assert "Nguyễn Thị Mẫu" in html
    assert 'name="requester_name"' not in html
