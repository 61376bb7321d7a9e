"""Results: numbers without a gap, how long a paper holds, what is refused before it is too late."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.utils import translation

from portal.documents import signing, store
from portal.documents.models import Document, IssuedPaper
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, Status
from procedures.results import issuing, numbers, results
from procedures.results.models import NumberSeries, Result, Trouble
from tests import factories
from tests.procedures import golden, world

BIRTH = "1.001193"


@pytest.fixture
def office(db):
    made = world.office()
    world.keys(made)
    return made


@pytest.fixture
def filed(office):
    """Files and processes up to the leader's desk, as often as asked."""
    mother, version = world.mother(), world.publish(BIRTH)[BIRTH]

    def make(**changes):
        dossier = world.file(mother, version, office.agency, **changes)
        dossiers.receive(dossier, **office.act("receiver"))
        dossiers.start(dossier, **office.act("handler"))
        outcome = golden.aged(BIRTH, world.MONDAY.date()).outcome
        dossiers.fill_outcome(dossier, outcome, by=office.staff["handler"], at=world.MONDAY)
        return dossiers.forward(dossier, **office.act("handler"))

    return make


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_results_issued_at_the_same_time_have_numbers_without_a_gap(office, filed):
    waiting = [filed() for _n in range(3)]
    for dossier in waiting:
        results.approve(dossier, **office.act("leader"))
    failures = _together(lambda dossier: world.issue(dossier, **office.act("clerk")), waiting)

    assert failures == []
    numbers = [
        int(number.partition("/")[0]) for number in IssuedPaper.objects.values_list("number", flat=True)
    ]
    assert sorted(numbers) == [1, 2, 3]
    assert NumberSeries.objects.get().last == 3


@pytest.mark.django_db(transaction=True)
def test_two_clerks_issue_one_result_once(office, filed):
    dossier = filed()
    results.approve(dossier, **office.act("leader"))

    failures = _together(lambda one: issuing.ask(one, **office.act("clerk")), [dossier, dossier])

    # The second press is harmless while the first is at work, and refused once it is done.
    assert {type(error).__name__ for error in failures} <= {"NotAllowed"}
    assert IssuedPaper.objects.get().number.startswith("1/")
    assert (NumberSeries.objects.get().last, Dossier.objects.get().status) == (1, Status.RETURNED)


@pytest.mark.django_db(transaction=True)
def test_two_leaders_approve_once(office, filed):
    dossier = filed()

    failures = _together(lambda one: results.approve(one, **office.act("leader")), [dossier, dossier])

    assert [type(error).__name__ for error in failures] == ["NotAllowed"]
    assert Result.objects.count() == 1


def _together(do, given):
    """Run `do` on each of `given` in a thread of its own; the exceptions raised."""
    start, failures = threading.Barrier(len(given)), []

    def run(one):
        start.wait()
        try:
            do(one)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_numbers_begin_anew_each_year_of_vietnam(office):
    agency = office.agency
    old_year = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)  # 23:59 in Hà Nội
    new_year = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # midnight there

    def allot(type_code, at):
        with transaction.atomic():
            series, sequence = numbers.allot(agency, type_code, at=at)
        return sequence, series.year

    assert [allot("KQ.1", at) for at in (old_year, old_year, new_year)] == [(1, 2026), (2, 2026), (1, 2027)]
    assert allot("KQ.2", old_year) == (1, 2026)


# ── How long it holds ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("day", "months", "until"),
    [
        (date(2026, 5, 20), 6, date(2026, 11, 20)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 8, 30), 6, date(2027, 2, 28)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 6, 1), 6, date(2026, 12, 1)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 5, 20), None, None),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(day, months, until):
    assert results._add_months(day, months) == until


# ── Before it is too late ─────────────────────────────────────────────────────────────────────────
def test_what_cannot_be_printed_is_not_approved(office, filed):
    dossier = filed(child_name="Trần 𠀋 Mẫu")

    with pytest.raises(results.UnableToIssue, match="𠀋"):
        results.approve(dossier, **office.act("leader"))

    assert Dossier.objects.get().stage_role == "leader"
    assert not Result.objects.exists()


def test_a_leader_without_a_key_cannot_approve(office, filed):
    dossier = filed()
    office.staff["leader"].signing_key = ""

    with pytest.raises(results.UnableToIssue, match="khóa"):
        results.approve(dossier, **office.act("leader"))

    assert Dossier.objects.get().stage_role == "leader"


def test_a_full_store_issues_nothing_and_it_is_tried_again_by_itself(office, filed, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    dossier = filed()
    results.approve(dossier, **office.act("leader"))
    monkeypatch.setattr(store.default_storage, "save", full)

    with pytest.raises(issuing.Stopped) as stopped:
        world.issue(dossier, **office.act("clerk"))

    assert stopped.value.trouble == Trouble.STORE
    assert not Document.objects.filter(kind="result").exists()
    assert Dossier.objects.get().stage_role == "clerk"
    monkeypatch.undo()
    due = Result.objects.get().next_attempt_at
    assert issuing.work(Result.objects.get().pk, at=due).number.startswith("1/")


def test_data_that_is_not_what_the_leader_approved_is_not_issued(office, filed):
    dossier = filed()
    result = results.approve(dossier, **office.act("leader"))
    Result.objects.filter(pk=result.pk).update(claims=result.claims | {"child": {"full_name": "Người Khác"}})

    with pytest.raises(results.UnableToIssue):
        world.issue(dossier, **office.act("clerk"))


# ── What the paper says ───────────────────────────────────────────────────────────────────────────
def test_the_signer_signs_as_what_they_are_at_this_agency(office, filed):
    city = factories.AgencyFactory(kind="city", commune="")
    agency, leader = office.agency, office.staff["leader"]
    agency.parent, agency.path = city, f"{city.path}{agency.pk}/"
    agency.save(update_fields=["parent", "path"])
    elsewhere = factories.AgencyFactory()
    factories.DutyFactory(user=leader, agency=elsewhere, role="leader", position="PHÓ CHỦ TỊCH")
    factories.DutyFactory(user=leader, agency=city, role="leader", position="GIÁM ĐỐC")

    result = results.approve(filed(), **office.act("leader"))

    assert result.approver_position == "CHỦ TỊCH"


def test_the_reasons_in_the_file_are_vietnamese_whatever_the_screen_speaks(office, filed, monkeypatch):
    said, sign = [], signing.sign
    monkeypatch.setattr(signing, "sign", lambda *a, **k: (said.append(k["reason"]), sign(*a, **k))[1])
    dossier = filed()

    with translation.override("en"):
        results.approve(dossier, **office.act("leader"))
        world.issue(dossier, **office.act("clerk"))

    with translation.override("vi"):
        assert said == [translation.gettext("Approved"), translation.gettext("Issued")]
    assert said != ["Approved", "Issued"]


def test_a_preview_changes_nothing_and_forgives_letters(office, filed):
    dossier = filed(child_name="Trần 𠀋 Mẫu")

    content = results.preview(dossier, by=office.staff["handler"], at=world.MONDAY)

    assert content.startswith(b"%PDF")
    assert not NumberSeries.objects.exists()
    assert not Result.objects.exists()
