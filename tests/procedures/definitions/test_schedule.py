"""Publishing at an hour, retiring on a day; citizens' drafts in between."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from portal.messages.models import Message
from procedures.definitions import bundles, publishing, tasks, validation, versions
from procedures.definitions.models import ProcedureVersion, VersionState
from tests.factories import UserFactory
from tests.procedures.conftest import PUBLISHED_AT as AT  # 1 November 2026, 09:00 in Hà Nội

CODE = "1.004873"
DAY = timedelta(days=1)
TOMORROW = AT + DAY


@pytest.fixture
def admin(db):
    return UserFactory(person=None, username="quantri")


@pytest.fixture
def first(db, bundled):
    return bundles.import_bundle(bundled[CODE], by=None, at=AT, publish=True)


@pytest.fixture
def draft(first):
    return versions.draft_of(first.procedure, by=None, at=AT)


def _now(version):
    return ProcedureVersion.objects.get(pk=version.pk)


def test_a_citizens_draft_may_be_finished_for_thirty_days(first, draft):
    publishing.publish(draft, by=None, at=AT)

    old = _now(first)
    assert (old.state, old.last_filing_on) == (VersionState.RETIRED, date(2026, 12, 1))
    assert [old.takes_begun(date(2026, 12, day)) for day in (1, 2)] == [True, False]
    assert not old.takes_new(date(2026, 11, 1))


@pytest.mark.parametrize(("until", "open_on"), [(date(2026, 11, 5), [True, False]), (None, [False, False])])
def test_the_last_day_can_be_chosen(first, draft, until, open_on):
    publishing.publish(draft, by=None, at=AT, finish_until=until)

    assert [_now(first).takes_begun(date(2026, 11, day)) for day in (5, 6)] == open_on


def test_no_older_version_outlives_the_one_before(first, draft, bundled):
    second = publishing.publish(draft, by=None, at=AT)
    third = versions.draft_of(first.procedure, by=None, at=AT)

    publishing.publish(third, by=None, at=AT, finish_until=date(2026, 11, 9))

    assert [_now(old).last_filing_on for old in (first, second)] == [date(2026, 11, 9)] * 2


def test_a_draft_is_published_when_its_hour_comes(first, draft, admin):
    waiting = publishing.schedule(
        draft, publish_at=TOMORROW, by=admin, at=AT, finish_until=date(2026, 11, 20)
    )

    publishing.sweep_due(at=TOMORROW - timedelta(seconds=1))
    assert _now(draft).state == VersionState.DRAFT
    with time_machine.travel(TOMORROW, tick=False):
        tasks.sweep_versions()
        tasks.sweep_versions()

    new, old = _now(draft), _now(first)
    assert (waiting.publish_at, new.publish_at, new.finish_until) == (TOMORROW, None, None)
    assert (new.state, new.published_by, old.state) == (VersionState.PUBLISHED, admin, VersionState.RETIRED)
    assert old.last_filing_on == date(2026, 11, 20)


def test_a_draft_that_became_unsound_stays_and_who_scheduled_it_is_told(first, draft, admin, caplog):
    publishing.schedule(draft, publish_at=TOMORROW, by=admin, at=AT)
    broken = _now(draft)
    broken.definition = broken.definition | {"stages": []}
    broken.save()

    publishing.sweep_due(at=TOMORROW)
    publishing.sweep_due(at=TOMORROW + DAY)

    assert (_now(draft).state, _now(draft).publish_at) == (VersionState.DRAFT, None)
    assert _now(first).state == VersionState.PUBLISHED
    message = Message.objects.get()
    assert (message.recipient, CODE in message.subject) == (admin, True)
    assert message.link == reverse("studio:procedure", args=[CODE])
    assert CODE in caplog.text


def test_one_that_cannot_be_published_stops_no_other(first, draft, bundled, monkeypatch):
    other = bundles.import_bundle(bundled["2.000635"], by=None, at=AT)
    for each in (draft, other):
        publishing.schedule(each, publish_at=TOMORROW, by=None, at=AT)
    monkeypatch.setitem(publishing.compile_snapshot.__globals__, "compile_snapshot", _fails_for(CODE))

    publishing.sweep_due(at=TOMORROW)

    assert [_now(each).state for each in (draft, other)] == [VersionState.DRAFT, VersionState.PUBLISHED]


def _fails_for(code):
    real = publishing.compile_snapshot

    def compile_snapshot(definition, *rest):
        if definition["code"] == code:
            raise RuntimeError("the disk is full")
        return real(definition, *rest)

    return compile_snapshot


def test_what_was_unscheduled_meanwhile_is_not_published(draft, admin):
    stale = publishing.schedule(draft, publish_at=TOMORROW, by=admin, at=AT)
    publishing.unschedule(draft, by=admin, at=AT)

    publishing._publish_due(stale, at=TOMORROW)

    assert (_now(draft).state, _now(draft).published_by) == (VersionState.DRAFT, None)


def test_only_a_sound_draft_is_scheduled_and_for_later(first, draft):
    with pytest.raises(publishing.InThePast):
        publishing.schedule(draft, publish_at=AT, by=None, at=AT)
    with pytest.raises(publishing.NotADraft):
        publishing.schedule(first, publish_at=TOMORROW, by=None, at=AT)
    draft.definition = draft.definition | {"stages": []}
    draft.save()
    with pytest.raises(validation.InvalidDefinition):
        publishing.schedule(draft, publish_at=TOMORROW, by=None, at=AT)


def test_a_draft_keeps_the_code_of_its_procedure(draft):
    draft.definition = draft.definition | {"code": "1.000001"}
    draft.save()

    with pytest.raises(validation.InvalidDefinition, match=CODE):
        publishing.publish(draft, by=None, at=AT)


def test_what_is_to_end_stays_open_through_its_last_day(first, admin):
    publishing.retire(first, last_filing_on=date(2026, 11, 3), by=admin, at=AT)

    days = [date(2026, 11, day) for day in (3, 4)]
    assert [_now(first).takes_new(day) for day in days] == [True, False]
    assert [ProcedureVersion.objects.open_on(day).exists() for day in days] == [True, False]
    publishing.sweep_due(at=AT + 2 * DAY)
    assert _now(first).state == VersionState.PUBLISHED
    publishing.sweep_due(at=AT + 3 * DAY)
    assert (_now(first).state, _now(first).retired_by) == (VersionState.RETIRED, admin)


def test_the_end_can_be_taken_back(first, admin):
    publishing.retire(first, last_filing_on=date(2026, 11, 3), by=admin, at=AT)

    publishing.keep_open(first, by=admin, at=AT)
    publishing.sweep_due(at=AT + 9 * DAY)

    assert (_now(first).state, _now(first).last_filing_on) == (VersionState.PUBLISHED, None)


def test_retiring_at_once_closes_older_versions_too(first, draft):
    second = publishing.publish(draft, by=None, at=AT)

    publishing.retire(second, by=None, at=AT)

    assert not any(_now(each).takes_begun(date(2026, 11, 1)) for each in (first, second))
