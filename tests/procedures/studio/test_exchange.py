"""Bundles over the counter: looked at first, taken over as a draft, refused with line and reason."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from procedures.definitions import bundles, editing, sources
from procedures.definitions.models import Procedure, ProcedureVersion
from tests import factories
from tests.procedures import world
from tests.procedures.studio.conftest import CODE

IMPORT = reverse("studio:import")
TEXT = (bundles.FOLDER / f"{CODE}.yaml").read_text()
NAME = {"vi": "Đăng ký khai sinh cho trẻ", "en": "Birth registration"}
CHANGED = sources.write({**bundles.read(TEXT), "name": NAME})


def upload(text, name="goi.yaml"):
    content = text if isinstance(text, bytes) else text.encode()
    return {"file": SimpleUploadedFile(name, content, content_type="application/yaml")}


@pytest.fixture
def signed_in(client, admin):
    client.force_login(admin)
    return client


def drafts():
    return ProcedureVersion.objects.filter(state="draft")


def test_a_bundle_is_looked_at_before_anything_is_kept(signed_in, in_force):
    html = signed_in.post(IMPORT, upload(CHANGED)).content.decode()

    assert "<ins>Đăng ký khai sinh cho trẻ</ins>" in html
    assert not drafts().exists()


def test_a_bundle_is_taken_over_as_a_draft(signed_in, in_force, admin):
    response = signed_in.post(IMPORT, {"text": CHANGED, "do": "take"})
    draft = drafts().get()

    assert response.url == reverse("studio:publish", args=[CODE])
    assert draft.definition == bundles.read(CHANGED)
    assert draft.name_vi == "Đăng ký khai sinh cho trẻ"
    assert ProcedureVersion.objects.get(pk=in_force[CODE].pk).state == "published"
    assert [edit.place for edit in draft.edits.all()] == ["name"]


def test_taking_over_a_draft_can_be_taken_back(signed_in, in_force, admin):
    signed_in.post(IMPORT, {"text": CHANGED, "do": "take"})
    editing.undo(drafts().get(), by=admin, at=world.MONDAY)

    assert drafts().get().definition == bundles.read(TEXT)


def test_a_draft_that_is_there_is_what_a_bundle_is_compared_with(signed_in, in_force, draft, admin):
    editing.set_value(draft, "summary.vi", "Khác", revision=0, by=admin, at=world.MONDAY)
    html = signed_in.post(IMPORT, upload(TEXT)).content.decode()

    assert "<del>Khác</del>" in html

    signed_in.post(IMPORT, {"text": TEXT, "do": "take"})
    assert drafts().get().definition == bundles.read(TEXT)


def test_the_same_again_changes_nothing(signed_in, in_force):
    response = signed_in.post(IMPORT, {"text": TEXT, "do": "take"})

    assert 'class="card headline ok' in response.content.decode()
    assert not drafts().exists()


def test_a_new_procedure_comes_with_who_looks_after_it(signed_in, city):
    html = signed_in.post(IMPORT, upload(TEXT)).content.decode()
    assert 'name="owner"' in html

    signed_in.post(IMPORT, {"text": TEXT, "do": "take", "owner": str(city.pk)})
    assert Procedure.objects.get(code=CODE).owner == city
    assert drafts().get().definition == bundles.read(TEXT)


def test_problems_are_told_with_their_lines(signed_in, in_force):
    broken = TEXT.replace("agency: commune", "agency: commune\ncolour: red", 1)
    line = broken[: broken.index("colour:")].count("\n") + 1
    response = signed_in.post(IMPORT, {"text": broken, "do": "take"})

    assert response.status_code == 422
    assert f">{line}</td>" in response.content.decode()
    assert not drafts().exists()


def test_text_that_is_no_bundle_is_told_with_its_line(signed_in):
    response = signed_in.post(IMPORT, upload("schema: 1\ncode: 1.10\n"))

    assert response.status_code == 422
    assert ">2</td>" in response.content.decode()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 1_000_001])
def test_a_file_that_cannot_be_read_is_refused_at_its_field(signed_in, content):
    response = signed_in.post(IMPORT, upload(content))

    assert response.status_code == 422
    assert 'href="#id_file"' in response.content.decode()


def test_no_file_at_all(signed_in):
    assert signed_in.post(IMPORT, {"do": "look"}).status_code == 422


def test_the_procedure_of_another_agency_is_not_taken_over(client, in_force):
    commune = factories.AgencyFactory(parent=factories.AgencyFactory(kind="city"))
    client.force_login(factories.staff("procedure_admin", commune))
    response = client.post(IMPORT, {"text": CHANGED, "do": "take"})

    assert response.status_code == 422
    assert "<ins>" not in response.content.decode()
    assert not drafts().exists()
