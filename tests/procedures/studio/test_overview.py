"""The list of procedures, one procedure with its versions, comparing, copying, exporting."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from procedures.definitions import bundles, editing, publishing, versions
from procedures.definitions.models import Procedure, ProcedureVersion
from procedures.studio import portfolio
from tests import factories
from tests.procedures import world

LIST = reverse("studio:list")
BIRTH, RESIDENCE, STATUS, EXTRACT = "1.001193", "1.004222", "1.004873", "2.000635"


@pytest.fixture
def signed_in(client, admin, in_force):
    client.force_login(admin)
    return client


def shown(client, **asked):
    """Codes on the page, in order."""
    html = client.get(LIST, asked).content.decode()
    return re.findall(r'<span class="code">([\d.]+)</span>', html)


def many(count, **columns):
    """`count` procedures that were never published, as a city might be preparing them."""
    made = [Procedure(code=f"3.{number:06d}") for number in range(count)]
    for number, procedure in enumerate(Procedure.objects.bulk_create(made)):
        name = f"Thủ tục mẫu số {number}"
        definition = {"code": procedure.code, "name": {"vi": name, "en": f"Sample {number}"}}
        ProcedureVersion.objects.create(
            procedure=procedure,
            number=1,
            definition=definition,
            digest="",
            name_vi=name,
            search_text=f"thu tuc mau so {number} {procedure.code}",
            **columns,
        )


def test_the_list_shows_every_procedure_of_the_branch(signed_in, in_force):
    assert shown(signed_in) == sorted(in_force)


def test_an_administrator_of_another_branch_sees_none_of_them(client, in_force):
    commune = factories.AgencyFactory(parent=factories.AgencyFactory(kind="city"))
    client.force_login(factories.staff("procedure_admin", commune))

    assert shown(client) == []
    assert client.get(reverse("studio:procedure", args=[BIRTH])).status_code == 404


def test_a_colleague_without_the_role_is_told_so(client, city):
    client.force_login(factories.staff("handler", city))

    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "khai sinh"}, [BIRTH, EXTRACT]),
        ({"q": "DANG KY KHAI SINH"}, [BIRTH]),
        ({"q": "đăng ký thường trú"}, [RESIDENCE]),
        ({"q": "1.0048"}, [STATUS]),
        ({"q": "100%_"}, []),
        ({"linh-vuc": "Đăng ký, quản lý cư trú", "q": "thuong tru"}, [RESIDENCE]),
        ({"tinh-trang": "ban-nhap"}, []),
        ({"tinh-trang": "da-ngung"}, []),
    ],
)
def test_the_list_is_searched_without_accents_and_filtered(signed_in, asked, found):
    assert shown(signed_in, **asked) == found


def test_the_list_knows_fields_of_work_and_what_is_in_force(signed_in, in_force):
    civil_status = [code for code, version in sorted(in_force.items()) if version.field_vi == "Hộ tịch"]

    assert shown(signed_in, **{"linh-vuc": "Hộ tịch"}) == civil_status
    assert shown(signed_in, **{"tinh-trang": "dang-dung"}) == sorted(in_force)
    assert 3 <= len(civil_status) < len(in_force)


def test_the_list_follows_what_becomes_of_a_procedure(signed_in, admin, in_force):
    draft = versions.draft_of(in_force[BIRTH].procedure, by=admin, at=world.MONDAY)
    publishing.retire(in_force[STATUS], by=admin, at=world.MONDAY)
    versions.start("9.000001", owner=None, name="Thủ tục mới", by=admin, at=world.MONDAY)

    assert shown(signed_in, **{"tinh-trang": "ban-nhap"}) == [BIRTH, "9.000001"]
    assert shown(signed_in, **{"tinh-trang": "da-ngung"}) == [STATUS]
    assert shown(signed_in, **{"tinh-trang": "chua-cong-bo"}) == ["9.000001"]

    soon = timezone.now() + timezone.timedelta(days=3)
    publishing.schedule(draft, publish_at=soon, by=admin, at=timezone.now())
    assert shown(signed_in, **{"tinh-trang": "cho-cong-bo"}) == [BIRTH]


def test_the_list_tells_dossiers_drafts_and_stale_translations(signed_in, admin, in_force):
    office, mother = world.office(), world.mother()
    world.file(mother, in_force[BIRTH], office.agency)
    world.draft(mother, in_force[BIRTH], office.agency)
    draft = versions.draft_of(in_force[BIRTH].procedure, by=admin, at=world.MONDAY)
    editing.set_value(draft, "summary.vi", "Tóm tắt khác", revision=0, by=admin, at=world.MONDAY)
    row = portfolio.page(Procedure.objects.filter(code=BIRTH), portfolio.Wanted())[0][0]

    assert (row.running, row.unfinished, row.stale) == (1, 1, 1)
    assert (row.current.number, row.draft.number) == (1, 2)


def test_pages_follow_each_other_without_a_gap(signed_in, in_force):
    many(70)
    first = signed_in.get(LIST)
    seen = shown(signed_in)
    while link := re.search(r'href="\?([^"]+)" rel="next"', first.content.decode()):
        first = signed_in.get(f"{LIST}?{link[1].replace('&amp;', '&')}")
        seen += re.findall(r'<span class="code">([\d.]+)</span>', first.content.decode())

    assert seen == sorted(Procedure.objects.values_list("code", flat=True))
    assert len(seen) == 70 + len(in_force)


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(client, admin, count, django_assert_max_num_queries):
    many(count)
    client.force_login(admin)

    with django_assert_max_num_queries(11):
        assert len(shown(client)) == count


def test_a_procedure_begins_in_the_editor(signed_in, admin):
    posted = {"code": "9.000001", "name": "Thủ tục mới", "name_en": "New", "field": "Hộ tịch", "owner": ""}
    response = signed_in.post(reverse("studio:new"), posted)
    draft = ProcedureVersion.objects.get(procedure__code="9.000001")

    assert response.url == reverse("studio:edit", args=["9.000001"])
    assert draft.definition["field"] == {"vi": "Hộ tịch", "en": "Civil status"}
    assert (draft.name_vi, draft.name_en, draft.field_vi) == ("Thủ tục mới", "New", "Hộ tịch")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"code": "khai sinh"}, "1.001193"),
        ({"code": BIRTH}, BIRTH),
        ({"name": ""}, "bad-field"),
        ({"field": ""}, "bad-field"),
        ({"owner": "999999"}, "bad-field"),
    ],
)
def test_what_cannot_begin_is_said_where_it_is(signed_in, changed, words):
    posted = {"code": "9.000001", "name": "Thủ tục mới", "field": "Hộ tịch", "owner": ""} | changed
    response = signed_in.post(reverse("studio:new"), posted)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Procedure.objects.filter(code="9.000001").exists()


def test_nobody_begins_a_procedure_for_the_whole_site_from_below(client, db):
    commune = factories.AgencyFactory(parent=factories.AgencyFactory(kind="city"))
    client.force_login(factories.staff("procedure_admin", commune))
    posted = {"code": "9.000001", "name": "Thủ tục mới", "field": "Hộ tịch", "owner": ""}

    assert client.post(reverse("studio:new"), posted).status_code == 422
    assert client.post(reverse("studio:new"), posted | {"owner": commune.pk}).status_code == 302
    assert Procedure.objects.get(code="9.000001").owner == commune


# ── One procedure ─────────────────────────────────────────────────────────────────────────────────


def test_a_procedure_shows_its_versions(signed_in, admin, in_force):
    draft = versions.draft_of(in_force[BIRTH].procedure, by=admin, at=world.MONDAY)
    editing.set_value(draft, "summary.vi", "Khác", revision=0, by=admin, at=world.MONDAY)
    publishing.publish(draft, by=admin, at=world.MONDAY)
    html = signed_in.get(reverse("studio:procedure", args=[BIRTH])).content.decode()

    assert admin.full_name in html
    assert reverse("studio:compare", args=[BIRTH, 1, 2]) in html
    assert reverse("studio:copy", args=[BIRTH, 1]) in html
    assert reverse("studio:retire", args=[BIRTH]) in html


def test_the_versions_cost_the_same_however_many(signed_in, admin, in_force, django_assert_max_num_queries):
    for number in range(2, 8):
        draft = versions.draft_of(in_force[BIRTH].procedure, by=admin, at=world.MONDAY)
        draft = editing.set_value(
            draft, "summary.vi", f"Bản {number}", revision=draft.revision, by=admin, at=world.MONDAY
        )
        publishing.publish(draft, by=admin, at=world.MONDAY)

    with django_assert_max_num_queries(12):
        assert signed_in.get(reverse("studio:procedure", args=[BIRTH])).status_code == 200


def test_an_older_version_comes_back_as_a_draft(signed_in, admin, in_force):
    draft = versions.draft_of(in_force[BIRTH].procedure, by=admin, at=world.MONDAY)
    draft = editing.set_value(draft, "summary.vi", "Khác", revision=0, by=admin, at=world.MONDAY)
    publishing.publish(draft, by=admin, at=world.MONDAY)
    response = signed_in.post(reverse("studio:copy", args=[BIRTH, 1]))
    restored = ProcedureVersion.objects.get(procedure__code=BIRTH, state="draft")

    assert response.url == reverse("studio:edit", args=[BIRTH])
    assert restored.definition["summary"] == in_force[BIRTH].definition["summary"]
    assert ProcedureVersion.objects.get(procedure__code=BIRTH, state="published").number == 2


def test_nobodys_draft_is_overwritten_by_a_copy(page, draft, admin):
    edited = editing.set_value(draft, "summary.vi", "Khác", revision=0, by=admin, at=world.MONDAY)
    response = page.post(reverse("studio:copy", args=[BIRTH, 1]), follow=True)

    assert ProcedureVersion.objects.get(pk=draft.pk).definition == edited.definition
    assert 'class="note bad"' in response.content.decode()


def test_a_version_is_exported_as_what_it_was_imported_from(signed_in, in_force):
    response = signed_in.get(reverse("studio:export", args=[BIRTH, 1]))

    assert f"{BIRTH}-v1.yaml" in response["Content-Disposition"]
    assert bundles.read(response.content.decode()) == in_force[BIRTH].definition


def test_what_differs_is_told_in_words(page, draft, admin):
    draft = editing.set_value(
        draft, "form.steps.child.title.vi", "Thông tin của trẻ", revision=0, by=admin, at=world.MONDAY
    )
    editing.move(
        draft, "papers.birth_notice", to="papers", index=2, revision=draft.revision, by=admin, at=world.MONDAY
    )
    html = page.get(reverse("studio:compare", args=[BIRTH, 1, draft.number])).content.decode()

    assert "<ins>Thông tin của trẻ</ins>" in html
    assert 'id="d-form"' in html
    assert 'id="d-papers"' in html
    assert 'id="d-fees"' not in html


def test_two_versions_are_chosen_on_the_page(page, draft):
    asked = {"cu": draft.number, "moi": 1}
    response = page.get(reverse("studio:compare", args=[BIRTH, 1, draft.number]), asked)

    assert response.url == reverse("studio:compare", args=[BIRTH, draft.number, 1])
    assert page.get(reverse("studio:compare", args=[BIRTH, 1, 77])).status_code == 404


def test_a_draft_is_thrown_away_only_as_it_was_seen(page, draft):
    url = reverse("studio:discard", args=[BIRTH])

    assert page.post(url, {"number": draft.number + 1}).status_code == 404
    assert page.post(url, {"number": draft.number}).url == reverse("studio:procedure", args=[BIRTH])
    assert not ProcedureVersion.objects.filter(pk=draft.pk).exists()
    assert page.get(url).status_code == 405


def test_the_staff_menu_leads_to_the_studio_for_administrators_alone(client, admin, city):
    client.force_login(admin)
    assert LIST in client.get(reverse("counter:inbox")).content.decode()

    client.force_login(factories.staff("handler", city))
    assert LIST not in client.get(reverse("counter:inbox")).content.decode()
