"""Issuing in two phases: what is refused before a number is spent, what waits, what stops, what goes back."""

from datetime import timedelta

import pytest

from portal.documents import signing, store
from portal.documents.models import Document, IssuedPaper
from procedures.dossiers.models import Dossier, Status
from procedures.results import issuing, numbers, results
from procedures.results.models import NumberSeries, Result, ResultState, Trouble
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"
LATER = world.MONDAY + timedelta(hours=1)


@pytest.fixture
def office():
    made = world.office()
    world.keys(made)
    return made


@pytest.fixture
def approved(office):
    """Dossiers at the clerk's desk, as many as asked."""
    mother, version = world.mother(), world.publish(BIRTH)[BIRTH]
    return lambda: world.approve(world.file(mother, version, office.agency), office)


def asked(dossier, office):
    return issuing.ask(dossier, **office.act("clerk"))


def now(result):
    return Result.objects.get(pk=result.pk)


def silent(monkeypatch, field="seal"):
    """The time-stamping authority does not answer when `field` is to be signed."""
    real = signing.sign

    def sign(content, **told):
        if told["field"] == field:
            raise signing.Unavailable("no answer")
        return real(content, **told)

    monkeypatch.setattr(signing, "sign", sign)


def test_the_press_only_writes_down_what_is_wanted(approved, office):
    result = asked(approved(), office)

    assert (result.state, result.issued_by) == (ResultState.ASKED, office.staff["clerk"])
    assert not NumberSeries.objects.exists()
    assert Dossier.objects.get().stage_role == "clerk"


def test_a_second_press_while_a_worker_is_at_it_changes_nothing(approved, office, monkeypatch):
    dossier = approved()
    result = asked(dossier, office)

    def pressed_again(*_args):
        before = now(result)
        asked(dossier, office)
        assert now(result).next_attempt_at == before.next_attempt_at
        assert issuing.work(result.pk, at=world.MONDAY) is None
        return real(*_args)

    real = issuing._draw
    monkeypatch.setattr(issuing, "_draw", pressed_again)

    assert issuing.work(result.pk, at=world.MONDAY)
    assert IssuedPaper.objects.count() == 1


def test_a_silent_authority_makes_it_wait_and_it_is_issued_by_itself(approved, office, monkeypatch):
    result = asked(approved(), office)
    silent(monkeypatch)

    assert issuing.work(result.pk, at=world.MONDAY) is None

    held = now(result)
    assert (held.state, held.trouble, held.sequence) == ("numbered", Trouble.AUTHORITY, 1)
    assert not Document.objects.filter(kind="result").exists()
    monkeypatch.undo()
    assert issuing.waiting(at=held.next_attempt_at) == [result.pk]
    paper = issuing.work(result.pk, at=held.next_attempt_at)
    assert (paper.number, paper.check_code) == (held.number, held.check_code)
    assert paper.issued_at == held.issued_at == world.MONDAY


def test_no_further_number_is_spent_while_the_authority_is_known_to_be_silent(approved, office, monkeypatch):
    first, second = asked(approved(), office), asked(approved(), office)
    silent(monkeypatch, "leader")

    for result in (first, second):
        issuing.work(result.pk, at=world.MONDAY)

    assert (now(first).sequence, now(second).sequence) == (1, None)
    assert now(second).trouble == Trouble.AUTHORITY


def test_pauses_grow_and_end_at_ten_minutes(approved, office, monkeypatch):
    def refuse(_result):
        raise issuing.Stopped(Trouble.AUTHORITY)

    result, pauses = asked(approved(), office), []
    monkeypatch.setattr(issuing, "_draw", refuse)
    at = world.MONDAY
    for _attempt in range(14):
        issuing.work(result.pk, at=at)
        pauses.append((now(result).next_attempt_at - at).total_seconds())
        at = now(result).next_attempt_at

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (15, 600)


@pytest.mark.parametrize(("missing", "trouble"), [("leader", Trouble.LEADER_KEY), ("seal", Trouble.SEAL_KEY)])
def test_a_missing_key_spends_no_number_and_stops(approved, office, missing, trouble):
    dossier = approved()
    office.staff["leader"].signing_key = "gone" if missing == "leader" else "leader-commune"
    office.staff["leader"].save()
    office.agency.seal_key = "gone" if missing == "seal" else "seal-commune"
    office.agency.save()
    result = asked(dossier, office)

    assert issuing.work(result.pk, at=world.MONDAY) is None

    stopped = now(result)
    assert (stopped.trouble, stopped.next_attempt_at, stopped.is_stopped) == (trouble, None, True)
    assert not NumberSeries.objects.exists()
    assert issuing.waiting(at=LATER) == []


def test_a_fault_is_tried_again_and_then_stops_until_somebody_presses(approved, office, monkeypatch):
    dossier = approved()
    result, at = asked(dossier, office), world.MONDAY
    monkeypatch.setattr(issuing, "_draw", lambda _result: 1 / 0)
    for _attempt in range(issuing.ATTEMPTS):
        assert issuing.work(result.pk, at=at) is None
        at += issuing.LONGEST

    assert (now(result).trouble, now(result).is_stopped) == (Trouble.FAULT, True)
    monkeypatch.undo()
    assert world.issue(dossier, **office.act("clerk", at=at)).number.startswith("1/")


def test_a_result_that_kills_its_workers_is_given_up(approved, office, monkeypatch):
    result, at = asked(approved(), office), world.MONDAY

    def die(_result):
        raise KeyboardInterrupt

    monkeypatch.setattr(issuing, "_draw", die)
    for _death in range(issuing.ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            issuing.work(result.pk, at=at)
        at += issuing.LEASE
    monkeypatch.undo()

    assert issuing.work(result.pk, at=at) is None
    assert (now(result).trouble, now(result).is_stopped) == (Trouble.FAULT, True)


def test_a_dead_workers_result_is_free_once_its_lease_is_over(approved, office, monkeypatch):
    result = asked(approved(), office)

    def die(_result):
        raise KeyboardInterrupt

    monkeypatch.setattr(issuing, "_draw", die)
    with pytest.raises(KeyboardInterrupt):
        issuing.work(result.pk, at=world.MONDAY)
    monkeypatch.undo()

    assert issuing.work(result.pk, at=world.MONDAY + issuing.LEASE / 2) is None
    assert issuing.work(result.pk, at=world.MONDAY + issuing.LEASE).number.startswith("1/")


def test_of_two_workers_at_one_result_the_first_to_store_it_wins(approved, office, monkeypatch):
    """The lease was too short: the second worker issues it while the first still draws."""
    result, real = asked(approved(), office), issuing._draw

    def slow(one):
        monkeypatch.setattr(issuing, "_draw", real)
        assert issuing.work(result.pk, at=world.MONDAY + issuing.LEASE)
        return real(one)

    monkeypatch.setattr(issuing, "_draw", slow)

    assert issuing.work(result.pk, at=world.MONDAY) is None
    assert Document.objects.filter(kind="result").count() == IssuedPaper.objects.count() == 1
    assert now(result).state == ResultState.ISSUED


# ── Back to the leader ────────────────────────────────────────────────────────────────────────────
def test_a_number_whose_paper_is_never_made_goes_to_the_next(approved, office, monkeypatch):
    first, second, third = approved(), approved(), approved()
    silent(monkeypatch)
    issuing.work(asked(first, office).pk, at=world.MONDAY)
    monkeypatch.undo()
    issuing.cache.clear()
    world.issue(second, **office.act("clerk"))

    results.unapprove(first, note="Khóa đã mất", **office.act("clerk"))

    assert NumberSeries.objects.get().spare == [1]
    assert first.events.get(action="unapprove").data["number"].startswith("1/")
    assert world.issue(third, **office.act("clerk")).number.startswith("1/")
    results.approve(first, **office.act("leader"))
    assert world.issue(first, **office.act("clerk")).number.startswith("3/")
    series = NumberSeries.objects.get()
    assert (series.last, series.spare) == (3, [])


def test_what_is_sent_back_while_it_is_signed_is_not_stored(approved, office, monkeypatch):
    dossier, real = approved(), issuing.sign
    result = asked(dossier, office)

    def meanwhile(content, one, **told):
        results.unapprove(dossier, note="Sai tên", **office.act("clerk"))
        return real(content, one, **told)

    monkeypatch.setattr(issuing, "sign", meanwhile)

    assert issuing.work(result.pk, at=world.MONDAY) is None
    assert not Document.objects.filter(kind="result").exists()
    assert (Dossier.objects.get().stage_role, NumberSeries.objects.get().spare) == ("leader", [1])


def test_spare_numbers_go_out_lowest_first(office):
    series = [numbers.allot(office.agency, "KQ", at=world.MONDAY)[0] for _n in range(3)][-1]
    for sequence in (3, 1, 1):
        numbers.give_back(series.pk, sequence)

    given = [numbers.allot(office.agency, "KQ", at=world.MONDAY)[1] for _n in range(3)]

    assert given == [1, 3, 4]


# ── What it leaves ────────────────────────────────────────────────────────────────────────────────
def test_a_file_whose_worker_died_before_the_commit_is_swept_up(approved, office, monkeypatch):
    result = asked(approved(), office)
    monkeypatch.setattr(issuing, "_register", lambda *_args: 1 / 0)
    issuing.work(result.pk, at=LATER)

    assert store.purge_strays(LATER.date()) == 1
    monkeypatch.undo()
    assert issuing.work(result.pk, at=now(result).next_attempt_at)
    assert Dossier.objects.get().status == Status.RETURNED


def test_issuing_costs_a_known_number_of_queries(approved, office, django_assert_max_num_queries):
    world.issue(approved(), **office.act("clerk"))  # what a process reads once
    result = asked(approved(), office)

    with django_assert_max_num_queries(45):
        issuing.work(result.pk, at=world.MONDAY)
