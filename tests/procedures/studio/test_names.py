"""Named conditions: made, said, used, renamed, removed when nothing mentions them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.definitions import editing, places
from procedures.studio import names
from tests.procedures import world
from tests.procedures.studio.browsing import Controls
from tests.procedures.studio.conftest import CODE

URL = reverse("studio:condition", args=[CODE])
PLACE = "form.steps.birth.fields.birth_facility.applies"


@pytest.fixture
def mother(draft, admin):
    """The condition “Người khai là mẹ”."""
    return names.add(draft, "Người khai là mẹ", 'relation == "mother"', by=admin, at=world.MONDAY)[1]


def put(draft, admin, place, value):
    return editing.set_value(draft, place, value, revision=10_000, by=admin, at=world.MONDAY)


def test_a_name_makes_the_key(draft, admin):
    draft, key = names.add(draft, "Chưa đủ 18 tuổi!", "", by=admin, at=world.MONDAY)

    assert key == "chua_du_18_tuoi"
    assert names.add(draft, "Chưa đủ 18 tuổi", "", by=admin, at=world.MONDAY)[1] == "chua_du_18_tuoi_2"
    assert names.add(draft, "18 tuổi", "", by=admin, at=world.MONDAY)[1] == "c_18_tuoi"
    assert names.add(draft, "child_name", "", by=admin, at=world.MONDAY)[1] == "child_name_2"


def test_it_is_created_and_then_said(page, fresh):
    response = page.post(URL, {"do": "add", "vi": "  Sinh tại  nhà "})

    assert response.url == f"{URL}?o=conditions.sinh_tai_nha.expression"
    assert places.find(fresh(), "conditions.sinh_tai_nha.name.vi") == "Sinh tại nhà"
    assert "Sinh tại nhà" in page.get(response.url).content.decode()


def test_without_a_name_nothing_is_created(page, fresh):
    assert page.post(URL, {"do": "add", "vi": " "}).status_code == 422
    assert "conditions" not in fresh()


def test_what_was_built_is_kept_under_a_name_and_mentioned(page, fresh):
    data = Controls(page.get(URL, {"o": PLACE}).content.decode()).data
    data["do"], data["name"] = "name", "Sinh ở cơ sở y tế"
    before = places.value(fresh(), PLACE)

    response = page.post(
        f"{URL}?o={PLACE}", data.urlencode(), content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 302
    assert places.value(fresh(), PLACE) == "sinh_o_co_so_y_te"
    assert places.value(fresh(), "conditions.sinh_o_co_so_y_te.expression") == before


def test_it_can_be_picked_where_what_it_looks_at_is_asked(page, mother):
    later = page.get(URL, {"o": PLACE}).content.decode()
    earlier = page.get(URL, {"o": "form.steps.requester.applies"}).content.decode()

    assert f'<option value="{mother}">' in later
    assert f'<option value="{mother}">' not in earlier


def test_it_is_said_by_its_name(page, draft, admin, mother):
    put(draft, admin, PLACE, f'{mother} && birth_place_kind == "facility"')

    html = page.get(URL, {"o": PLACE}).content.decode()

    assert "<b>“Người khai là mẹ”, " in html


def test_the_list_says_what_it_means_and_where_it_is_used(page, draft, admin, mother):
    assert f'value="remove:{mother}"' in page.get(URL).content.decode()
    put(draft, admin, PLACE, mother)

    html = page.get(URL).content.decode()

    assert "“Mẹ”" in html
    assert "birth_facility" in html
    assert f'value="remove:{mother}"' not in html


def test_it_is_renamed_in_both_languages(page, mother, fresh):
    page.post(URL, {"do": f"rename:{mother}", "vi": "Là mẹ", "en": "Is the mother"})

    assert places.find(fresh(), f"conditions.{mother}.name") == {"vi": "Là mẹ", "en": "Is the mother"}


def test_renaming_to_nothing_is_refused(page, mother, fresh):
    assert page.post(URL, {"do": f"rename:{mother}", "vi": ""}).status_code == 422
    assert places.find(fresh(), f"conditions.{mother}.name.vi") == "Người khai là mẹ"


def test_what_is_used_is_not_removed(page, draft, admin, mother, fresh):
    put(draft, admin, PLACE, mother)
    page.post(URL, {"do": f"remove:{mother}"})
    assert places.value(fresh(), f"conditions.{mother}")

    put(draft, admin, PLACE, None)
    page.post(URL, {"do": f"remove:{mother}"})
    assert "conditions" not in fresh() or places.value(fresh(), f"conditions.{mother}") is None


def test_what_is_gone_is_told(page, draft):
    assert page.post(URL, {"do": "rename:gone", "vi": "x"}).status_code == 302


def test_the_list_costs_the_same_for_one_and_for_thirty(page, draft, admin):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page.get(URL)
        return len(queries)

    draft, _key = names.add(draft, "Một", 'relation == "mother"', by=admin, at=world.MONDAY)
    page.get(URL)
    one = cost()
    for number in range(29):
        draft, _key = names.add(draft, f"Thứ {number}", 'relation == "mother"', by=admin, at=world.MONDAY)

    assert cost() == one
