"""The condition builder as pages: rows in, CEL out, nothing lost on the way."""

import pytest
from django.urls import reverse

from procedures.definitions import editing, places, versions
from procedures.definitions.models import ProcedureVersion
from procedures.eforms import conditions
from tests import factories
from tests.procedures import world
from tests.procedures.studio.browsing import Controls
from tests.procedures.studio.conftest import CODE

PLACE = "form.steps.birth.fields.birth_facility.applies"
CHECK = "form.steps.requester.checks.0.expression"
URL = reverse("studio:condition", args=[CODE])


def opened(page, place=PLACE):
    response = page.get(URL, {"o": place})
    assert response.status_code == 200
    return Controls(response.content.decode()).data


def post(page, data, do, place=PLACE, **changes):
    for name, value in changes.items():
        data.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    data["do"] = do
    content = data.urlencode()
    return page.post(f"{URL}?o={place}", content, content_type="application/x-www-form-urlencoded")


def put(draft, admin, value, place=PLACE):
    """Write before the page is opened; returns the draft as it then is."""
    return editing.set_value(draft, place, value, revision=draft.revision, by=admin, at=world.MONDAY)


@pytest.mark.parametrize(
    "text",
    [
        'birth_place_kind == "facility"',
        'birth_place_kind in ["facility", "home"] && !(relation == "mother")',
        'relation == "mother" || (applicant.sex == "male" && channel == "online")',
        "years_between(child_dob, today) < 18",
        "child_dob >= plus_months(today, -3) && child_dob != requester_dob && child_dob < requester_dob",
        'child_dob < "2026-08-15"',
        'applicant.phone != "" && !(relation in ["mother", "father"] && child_sex == "male")',
        'requester_name == "Nguyễn \\"Mẫu\\""',
    ],
)
def test_what_is_opened_and_saved_stays(page, draft, admin, fresh, text):
    put(draft, admin, text)
    data = opened(page)
    assert data["mode"] == "rows"

    response = post(page, data, "save")

    assert response.status_code == 302, response.content.decode()
    assert conditions.parse(places.value(fresh(), PLACE)) == conditions.parse(text)


def test_rows_are_built_without_scripts(page, fresh):
    """A row, its answer, a group beside it: each button posts the whole page."""
    data = opened(page, "form.steps.birth.applies")

    def page_of(do, **changes):
        response = post(page, data, do, "form.steps.birth.applies", **changes)
        return Controls(response.content.decode()).data

    data = page_of("look", **{"0_0_subject": "relation"})
    assert data["0-0-op"] == "is"
    data = page_of("group:0", **{"0_0_value": "mother"})
    data = page_of("look", **{"0_1_0_subject": "child_dob"})
    data = page_of("look", **{"0_1_0_op": "days.at_most"})
    data["0-1-0-value"] = "60"

    response = post(page, data, "save", "form.steps.birth.applies")

    assert response.status_code == 302
    assert response.url == f"{reverse('studio:step', args=[CODE])}?o=form.steps.birth" or "#" in response.url
    written = places.value(fresh(), "form.steps.birth.applies")
    assert written == 'relation == "mother" && days_between(child_dob, today) <= 60'


def test_only_what_is_asked_before_can_be_picked(page):
    html = page.get(URL, {"o": "form.steps.child.applies"}).content.decode()

    assert '<option value="relation">' in html
    assert '<option value="child_name">' not in html
    assert '<option value="registration_kind">' not in html


def test_the_sentence_and_the_expression_follow_the_rows(page):
    data = opened(page)

    html = post(page, data, "", **{"0_0_value": "home"}).content.decode()

    assert "“Tại nhà”</b>" in html
    assert "birth_place_kind == &quot;home&quot;</textarea>" in html


def test_an_unfinished_row_is_not_saved(page, fresh):
    before = places.value(fresh(), PLACE)
    data = opened(page)

    response = post(page, data, "save", **{"0_0_value": ""})

    assert response.status_code == 422
    assert 'href="#r0-0"' in response.content.decode()
    assert places.value(fresh(), PLACE) == before


def test_no_rows_mean_always(page, fresh):
    data = Controls(post(page, opened(page), "remove:0-0").content.decode()).data

    assert post(page, data, "save").status_code == 302
    assert "applies" not in places.find(fresh(), PLACE.rpartition(".")[0])


def test_a_check_must_say_something(page, fresh):
    data = Controls(post(page, opened(page, CHECK), "rows", CHECK).content.decode()).data

    response = post(page, data, "save", CHECK)

    assert response.status_code == 422
    assert places.value(fresh(), CHECK)


# ── The expression itself ─────────────────────────────────────────────────────────────────────────
RICH = "years_between(child_dob, today) * 2 < 30"


def test_what_rows_cannot_say_is_edited_as_text(page, draft, admin, fresh):
    put(draft, admin, RICH)
    data = opened(page)
    assert data["mode"] == "text"

    response = post(page, data, "save", cel=RICH.replace("30", "40"))

    assert response.status_code == 302
    assert places.value(fresh(), PLACE) == RICH.replace("30", "40")


def test_text_becomes_rows(page):
    data = opened(page)

    data = Controls(post(page, data, "read", cel='relation == "mother"').content.decode()).data

    assert data["mode"] == "rows"
    assert (data["0-0-subject"], data["0-0-value"]) == ("relation", "mother")


def test_typed_text_counts_before_the_rows(page, fresh):
    assert post(page, opened(page), "save", cel='relation == "father"').status_code == 302
    assert places.value(fresh(), PLACE) == 'relation == "father"'


@pytest.mark.parametrize(
    "text", ["relation ==", "unheard_of == 1", "explode(relation)", "registration_kind == 'x'"]
)
@pytest.mark.parametrize("do", ["look", "save"])
def test_a_faulty_expression_is_told_and_not_saved(page, fresh, text, do):
    before = places.value(fresh(), PLACE)

    response = post(page, opened(page), do, cel=text)

    assert response.status_code == (422 if do == "save" else 200)
    html = response.content.decode()
    assert '<p class="err">' in html.partition('id="cel-said"')[2].partition("<textarea")[0]
    assert places.value(fresh(), PLACE) == before


# ── Two people ────────────────────────────────────────────────────────────────────────────────────


def test_somebody_elses_change_is_shown_before_it_is_replaced(page, draft, admin, colleague, fresh):
    data = opened(page)
    put(draft, colleague, 'relation == "father"')

    response = post(page, data, "save", **{"0_0_value": "home"})

    html = response.content.decode()
    assert response.status_code == 409
    assert "Hồ Văn Khóa" in html
    assert "“Cha”" in html
    assert places.value(fresh(), PLACE) == 'relation == "father"'
    assert post(page, Controls(html).data, "save").status_code == 302
    assert places.value(fresh(), PLACE) == 'birth_place_kind == "home"'


def test_changes_elsewhere_do_not_disturb(page, draft, colleague, fresh):
    data = opened(page)
    put(draft, colleague, "Nơi trẻ sinh ra", "form.steps.birth.title.vi")

    assert post(page, data, "save", **{"0_0_value": "home"}).status_code == 302
    assert places.value(fresh(), "form.steps.birth.title.vi") == "Nơi trẻ sinh ra"


def test_a_part_that_is_gone_is_told(page, draft, colleague):
    data = opened(page)
    around = PLACE.rpartition(".")[0]
    editing.remove(draft, around, revision=draft.revision, by=colleague, at=world.MONDAY)

    assert post(page, data, "save").status_code == 404


# ── At the door ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "place", ["form.steps.nowhere.applies", "name.vi", "form", "x" * 400, "form.steps.0.title"]
)
def test_places_without_an_expression_are_not_there(page, place):
    assert page.get(URL, {"o": place}).status_code == 404


def test_another_branch_sees_nothing(client, draft):
    other = factories.AgencyFactory(parent=factories.AgencyFactory())
    client.force_login(factories.staff("procedure_admin", other))

    assert client.get(URL, {"o": PLACE}).status_code == 404
    assert client.post(f"{URL}?o={PLACE}", {"do": "save", "cel": "true", "mode": "text"}).status_code == 404


def test_half_finished_drafts_open(page, draft):
    definition = dict(draft.definition)
    definition["form"] = {
        "steps": [{"key": "a"}, 3, {"key": "b", "fields": [None, {"type": "choice"}, {"key": "x"}]}]
    }
    definition["conditions"] = [{"key": "c"}, None, {"expression": "x =="}]
    definition["papers"] = "none"
    ProcedureVersion.objects.filter(pk=draft.pk).delete()
    draft.definition = definition
    draft.save(force_insert=True)

    assert page.get(URL, {"o": "form.steps.b.fields.x.applies"}).status_code == 200
    assert page.get(URL).status_code == 200


def test_the_condition_of_a_reuse_is_about_the_claims_of_what_is_reused(client, admin, in_force):
    versions.draft_of(in_force["1.004222"].procedure, by=admin, at=world.MONDAY)
    client.force_login(admin)
    reuse = in_force["1.004222"].definition["reuse"][0]["key"]
    url = reverse("studio:condition", args=["1.004222"])

    html = client.get(url, {"o": f"reuse.{reuse}.condition"}).content.decode()

    assert '<option value="claims.child.personal_id"' in html
    assert Controls(html).data["mode"] == "rows"
