"""Groups of questions: looked at, made out of a form, named anew."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.definitions import field_groups, places
from procedures.definitions.models import FieldGroup
from tests.procedures import world
from tests.procedures.eforms.samples import field
from tests.procedures.studio.conftest import CODE

INDEX, NEW = reverse("studio:groups"), reverse("studio:group_new")
FROM = f"{NEW}?thu-tuc={CODE}"
BIRTH = "form.steps.birth.fields."


@pytest.fixture
def standing(db):
    field_groups.install(at=world.MONDAY)


def test_groups_and_their_questions_are_shown(page, standing):
    assert "Giấy tờ tùy thân" in page.get(INDEX).content.decode()
    html = page.get(reverse("studio:group", args=["identity_paper"])).content.decode()
    assert "Nơi cấp" in html
    assert "identity_papers" in html


def test_a_group_that_is_not_there(page):
    assert page.get(reverse("studio:group", args=["gone"])).status_code == 404


def test_it_is_made_out_of_a_form(page, admin):
    assert CODE in page.get(NEW).content.decode()
    assert f'value="{BIRTH}birth_facility"' in page.get(FROM).content.decode()

    response = page.post(
        FROM,
        {"field": [f"{BIRTH}birth_place_kind", f"{BIRTH}birth_facility"], "vi": "Nơi sinh", "en": "Birth"},
    )

    made = FieldGroup.objects.get()
    assert response.url == reverse("studio:group", args=["noi-sinh"])
    assert [each["key"] for each in made.fields] == ["birth_place_kind", "birth_facility"]
    assert made.fields[1]["applies"] == 'birth_place_kind == "facility"'
    assert made.created_by == admin


def test_rules_about_other_questions_stay_behind_and_that_is_said(page):
    html = page.post(FROM, {"field": [f"{BIRTH}birth_facility"], "vi": "Cơ sở"}, follow=True).content.decode()

    assert "applies" not in FieldGroup.objects.get().fields[0]
    assert "Tên cơ sở y tế" in html.partition('class="note')[2]


def test_the_next_version_of_a_group(page, standing):
    page.post(FROM, {"field": [f"{BIRTH}birth_place_kind"], "onto": "address"})

    newest = {each.key: (each.number, each.name_vi) for each in field_groups.newest()}
    assert newest["address"] == (2, "Địa chỉ")


@pytest.mark.parametrize(
    "data",
    [
        {"vi": "Nhóm"},
        {"vi": "Nhóm", "field": ["form.steps.gone.fields.x", "name"]},
        {"vi": " ", "field": [f"{BIRTH}birth_place_kind"]},
    ],
)
def test_what_makes_no_group_is_told(page, data):
    response = page.post(FROM, data)

    assert response.status_code == 422
    assert "errsum" in response.content.decode()
    assert not FieldGroup.objects.exists()


def test_a_foreign_draft_gives_nothing(page):
    assert page.get(f"{NEW}?thu-tuc=9.999999").status_code == 404


def test_a_group_is_renamed(page, standing):
    url = reverse("studio:group", args=["person"])

    assert page.post(url, {"vi": ""}).status_code == 422
    assert page.post(url, {"vi": "Một cá nhân", "en": "An individual"}).status_code == 302
    assert FieldGroup.objects.get(key="person").name_vi == "Một cá nhân"


def test_the_index_costs_the_same_for_three_and_for_thirty(page, standing):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            page.get(INDEX)
        return len(queries)

    page.get(INDEX)
    few = cost()
    for number in range(30):
        field_groups.publish({"vi": f"Nhóm {number}"}, [field("x")], by=None, at=world.MONDAY)

    assert cost() == few


def test_a_second_copy_in_a_form_speaks_of_itself(page, standing, fresh):
    url = f"{reverse('studio:add', args=[CODE])}?o=form.steps.birth"
    for _time in range(2):
        assert page.post(url, {"group": "identity_paper@1"}).status_code == 302

    fields = {each["key"]: each for each in places.find(fresh(), "form.steps.birth.fields")}
    assert fields["identity_other"]["applies"] == 'identity_kind == "other"'
    assert fields["identity_other_2"]["applies"] == 'identity_kind_2 == "other"'
    assert fields["identity_other_2"]["origin"] == "identity_paper@1"
