"""Publishing as a task list: what stands in the way, what is done when nothing does, retiring."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from procedures.definitions import editing, publishing, runtime, simulation
from procedures.definitions.models import ProcedureVersion
from procedures.studio import reports, sample
from tests import factories
from tests.procedures import world
from tests.procedures.studio.conftest import CODE

PUBLISH = reverse("studio:publish", args=[CODE])
RETIRE = reverse("studio:retire", args=[CODE])
NOW = {"when": "now", "finish": "2099-01-31"}


def edited(draft, place, value, by):
    fresh = ProcedureVersion.objects.get(pk=draft.pk)
    return editing.set_value(fresh, place, value, revision=fresh.revision, by=by, at=world.MONDAY)


def state(draft):
    return ProcedureVersion.objects.get(pk=draft.pk).state


def test_a_sound_draft_can_be_published(page, draft, admin):
    html = page.get(PUBLISH).content.decode()
    response = page.post(PUBLISH, NOW | {"revision": draft.revision})
    published = ProcedureVersion.objects.get(pk=draft.pk)

    assert 'class="card headline ok' in html
    assert response.url == reverse("studio:procedure", args=[CODE])
    assert (published.state, published.published_by) == ("published", admin)


def test_open_tasks_lead_to_the_place(page, draft, admin):
    edited(draft, "form.steps.child.fields.child_name.label.en", "", admin)
    html = page.get(PUBLISH).content.decode()

    assert 'class="card headline no' in html
    assert reverse("studio:field", args=[CODE]) in html
    assert "o=form.steps.child.fields.child_name" in html


def test_nothing_is_published_while_a_task_is_open(page, draft, admin):
    """The form is not on the page then; whoever sends it all the same is refused by the server."""
    changed = edited(
        draft, "papers.birth_notice.applies", 'birth_proof == "notice" && birth_proof == "x"', admin
    )
    for when in ("now", "later"):
        posted = NOW | {"revision": changed.revision, "when": when, "day": "2098-01-01", "hour": "08:00"}
        response = page.post(PUBLISH, posted)

        assert response.status_code == 409
        assert state(draft) == "draft"
        assert ProcedureVersion.objects.get(pk=draft.pk).publish_at is None


def test_what_was_looked_at_is_what_is_published(page, draft, colleague):
    edited(draft, "summary.vi", "Tóm tắt của người khác", colleague)
    response = page.post(PUBLISH, NOW | {"revision": 0})

    assert response.status_code == 409
    assert state(draft) == "draft"


def test_what_waits_is_proven_again_when_its_hour_comes(page, draft, admin):
    """Edited after the hour was set: it is sound enough to run, and says what nobody can answer."""
    soon = timezone.now() + timedelta(hours=1)
    publishing.schedule(draft, publish_at=soon, by=admin, at=timezone.now())
    edited(draft, "papers.birth_notice.applies", 'birth_proof == "notice" && birth_proof == "x"', admin)
    publishing.sweep_due(at=soon + timedelta(minutes=1))

    assert state(draft) == "draft"
    assert admin.inbox.filter(key__contains="not-published").count() == 1


def test_a_draft_is_published_at_an_hour_and_that_is_taken_back(page, draft):
    day = timezone.localdate() + timedelta(days=9)
    posted = {"when": "later", "day": day.isoformat(), "hour": "08:00", "finish": "", "revision": 0}
    page.post(PUBLISH, posted)
    waiting = ProcedureVersion.objects.get(pk=draft.pk)

    assert timezone.localtime(waiting.publish_at).strftime("%Y-%m-%d %H:%M") == f"{day} 08:00"
    assert 'class="card headline later' in page.get(PUBLISH).content.decode()

    page.post(reverse("studio:unschedule", args=[CODE]))
    assert ProcedureVersion.objects.get(pk=draft.pk).publish_at is None


def test_the_usual_time_for_drafts_is_counted_from_when_it_is_in_force(page, draft):
    """Whoever leaves the day as offered and chooses a day far ahead is not told off for it."""
    today = timezone.localdate()
    day = today + timedelta(days=90)
    usual = (today + publishing.FINISH_WITHIN).isoformat()
    posted = {"when": "later", "day": day.isoformat(), "hour": "08:00", "finish": usual, "revision": 0}

    assert page.post(PUBLISH, posted).status_code == 302
    assert ProcedureVersion.objects.get(pk=draft.pk).finish_until == day + publishing.FINISH_WITHIN


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"when": "later", "day": "2020-01-01", "hour": "08:00"}, "id_day"),
        ({"when": "later", "day": ""}, "id_day"),
        ({"when": "later", "day": "31/12"}, "id_day"),
        ({"finish": "2020-01-01"}, "id_finish"),
        ({"when": "never"}, "id_when"),
    ],
)
def test_an_hour_that_cannot_be_is_said_where_it_is(page, draft, changed, field):
    response = page.post(PUBLISH, NOW | {"revision": draft.revision} | changed)

    assert response.status_code == 422
    assert f'href="#{field}' in response.content.decode()
    assert state(draft) == "draft"


def test_drafts_begun_on_the_old_version_are_kept_until_the_day(page, draft, in_force):
    page.post(PUBLISH, NOW | {"revision": draft.revision})
    old = ProcedureVersion.objects.get(pk=in_force[CODE].pk)

    assert old.last_filing_on.isoformat() == NOW["finish"]


def test_the_page_says_what_changes_for_whom(page, draft, in_force):
    office, mother = world.office(), world.mother()
    filed = world.file(mother, in_force[CODE], office.agency)
    world.draft(mother, in_force[CODE], office.agency)
    meaning = reports.consequences(draft)

    assert (meaning.current.number, meaning.running, meaning.unfinished) == (1, 1, 1)
    assert filed.subject_name not in page.get(PUBLISH).content.decode()


def test_a_colleague_from_elsewhere_publishes_nothing(client, draft):
    commune = factories.AgencyFactory(parent=factories.AgencyFactory(kind="city"))
    client.force_login(factories.staff("procedure_admin", commune))

    for url in (PUBLISH, RETIRE, reverse("studio:unschedule", args=[CODE])):
        assert client.post(url, NOW).status_code == 404
    assert state(draft) == "draft"


# ── The rehearsal ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def filed(in_force):
    return world.file(world.mother(), in_force[CODE], world.office().agency)


def replayed(draft):
    fresh = ProcedureVersion.objects.select_related("procedure").get(pk=draft.pk)
    return reports.of(fresh, today=world.MONDAY.date()).replay


def test_an_unchanged_draft_changes_nothing_for_past_dossiers(draft, filed):
    assert (replayed(draft).total, replayed(draft).same) == (1, 1)


def test_past_dossiers_show_what_would_be_otherwise(page, draft, filed, admin):
    checks = [{"expression": 'child_sex == "male"', "message": {"vi": "Chỉ con trai", "en": "Boys only"}}]
    edited(draft, "form.steps.child.checks", checks, admin)
    edited(draft, "form.steps.copies.applies", 'relation == "father"', admin)
    found = {effect.kind: effect for effect in replayed(draft).effects}
    html = page.get(PUBLISH).content.decode()

    assert set(found) == {"refused", "left_out", "dropped"}
    assert found["refused"].codes == (filed.code,)
    assert filed.code in html
    assert "Chỉ con trai" in html
    assert filed.subject_name not in html


def test_the_sample_is_the_newest_and_bounded(in_force, filed, django_assert_num_queries):
    runtime.definition(in_force[CODE].pk)
    with django_assert_num_queries(1):
        pasts = list(sample.of(in_force[CODE].procedure))

    assert [past.code for past in pasts] == [filed.code]
    assert list(sample.of(in_force[CODE].procedure, size=0)) == []


def test_a_draft_that_does_not_load_is_not_rehearsed(draft, filed, admin, page):
    edited(draft, "form", None, admin)

    assert replayed(draft) is None
    assert page.get(PUBLISH).status_code == 200


def test_effects_have_words(draft):
    for kind in simulation.KINDS:
        assert reports._sentence(simulation.Effect(kind, "X", ("1",)))


# ── Retiring ──────────────────────────────────────────────────────────────────────────────────────


def test_a_procedure_is_retired_with_a_last_day_and_kept_after_all(page, in_force):
    day = timezone.localdate() + timedelta(days=20)
    page.post(RETIRE, {"last_filing_on": day.isoformat(), "do": "retire"})
    current = ProcedureVersion.objects.get(pk=in_force[CODE].pk)

    assert (current.state, current.last_filing_on) == ("published", day)

    page.post(RETIRE, {"do": "keep"})
    assert ProcedureVersion.objects.get(pk=in_force[CODE].pk).last_filing_on is None


@pytest.mark.parametrize("day", ["", "2020-01-01", "mai"])
def test_a_last_day_that_cannot_be(page, in_force, day):
    assert page.post(RETIRE, {"last_filing_on": day, "do": "retire"}).status_code == 422
    assert ProcedureVersion.objects.get(pk=in_force[CODE].pk).last_filing_on is None


def test_what_is_not_in_force_cannot_be_retired(page, in_force, admin):
    publishing.retire(in_force[CODE], by=admin, at=world.MONDAY)

    assert page.get(RETIRE).status_code == 404
