"""The task list: sound procedures have nothing open, every planted fault is found where it stands."""

import copy
import time
from datetime import date

import pytest
from django.utils import translation

from procedures.definitions import bundles, proofs, translations
from procedures.definitions.models import Procedure, ProcedureVersion
from procedures.definitions.proofs import State
from tests.procedures import world
from tests.procedures.definitions.proofs.planted import BIRTH, PLANTED, RESIDENCE, put

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def drafted(definition, *, origin=None):
    procedure, _created = Procedure.objects.get_or_create(code=definition["code"])
    number = procedure.versions.count() + 1
    return ProcedureVersion.objects.create(
        procedure=procedure, number=number, definition=dict(definition), digest="", origin=origin
    )


def found(version):
    return {task.key: task for task in proofs.tasks(version, today=TODAY)}


def test_sound_procedures_have_nothing_open(in_force, bundled):
    for definition in bundled.values():
        tasks = proofs.tasks(drafted(definition), today=TODAY)

        assert [(task.key, task.findings) for task in tasks if task.state == State.OPEN] == []
        assert proofs.is_publishable(tasks)


def test_sample_dossiers_keep_their_day(bundled):
    """Filed in 2030 the newborn would be late; the case names the day it is filed on."""
    version = drafted(bundled[BIRTH])

    tasks = {task.key: task for task in proofs.tasks(version, today=date(2030, 1, 2))}

    assert tasks["cases"].state == State.DONE


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_at_its_place(bundled, name):
    code, plant, key, place, words = PLANTED[name]
    tasks = found(drafted(plant(bundled[code])))

    assert tasks[key].state == State.OPEN
    assert any(one.place == place and words in one.text for one in tasks[key].findings), tasks[key].findings
    assert not proofs.is_publishable(tasks.values())


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_told_once(bundled, name):
    """Other tasks stay as they are, or wait; one slip is not five. What it makes of sample dossiers is told too."""
    code, plant, key, _place, _words = PLANTED[name]
    tasks = found(drafted(plant(bundled[code])))

    others = {task.key for task in tasks.values() if task.state == State.OPEN} - {key}
    assert others <= {"structure", "cases"}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_told_in_vietnamese(bundled, name):
    code, plant, key, _place, _words = PLANTED[name]
    version = drafted(plant(bundled[code]))
    english = [one.text for one in found(version)[key].findings]

    with translation.override("vi"):
        vietnamese = [one.text for one in found(version)[key].findings]

    assert set(english) & set(vietnamese) == set()


@pytest.mark.parametrize(
    "definition", [{}, {"form": 3}, {"form": {"steps": [None, {"fields": 1}]}, "papers": {}}]
)
def test_a_draft_in_any_state_has_a_list(definition):
    procedure = Procedure.objects.create(code="9.000001")
    version = ProcedureVersion.objects.create(procedure=procedure, number=1, definition=definition, digest="")
    tasks = found(version)

    assert tasks["structure"].state == State.OPEN
    assert tasks["fees"].state == State.WAITING
    assert not proofs.is_publishable(tasks.values())


def test_english_that_the_vietnamese_has_left_behind(in_force, bundled):
    changed = put(bundled[BIRTH], "summary.vi", "Đăng ký khai sinh cho trẻ em.")
    draft = drafted(changed, origin=in_force[BIRTH])

    assert [one.place for one in found(draft)["languages"].findings] == ["summary"]

    summary = changed["summary"]
    draft.reviewed = {"summary": translations.digest(summary["vi"], summary["en"])}
    assert found(draft)["languages"].state == State.DONE


def test_a_draft_without_an_origin_is_compared_with_what_is_in_force(in_force, bundled):
    draft = drafted(put(bundled[BIRTH], "summary.vi", "Đăng ký khai sinh cho trẻ em."))

    assert [one.place for one in found(draft)["languages"].findings] == ["summary"]


def test_a_claim_that_another_procedure_reads(in_force, bundled):
    """Residence takes the child's name from the birth certificate."""
    draft = drafted(put(bundled[BIRTH], "result.claims.child.personal_id", None))
    findings = found(draft)["reliance"].findings

    assert [one.place for one in findings] == ["result.claims"] * len(findings)
    assert any(RESIDENCE in one.text and "child.personal_id" in one.text for one in findings)


def test_a_claim_that_another_procedure_reads_as_another_kind_of_data(in_force, bundled):
    draft = drafted(put(bundled[BIRTH], "result.claims.child.date_of_birth", "size(child_name)"))
    findings = found(draft)["reliance"].findings

    assert {one.place for one in findings} == {"result.claims"}
    assert any(RESIDENCE in one.text and "child.date_of_birth" in one.text for one in findings)
    assert all("another kind of data" in one.text for one in findings)


def test_a_claim_that_stays_what_it_was_is_no_matter(in_force, bundled):
    draft = drafted(put(bundled[BIRTH], "result.claims.child.full_name", "father_name"))

    assert found(draft)["reliance"].findings == ()


def test_a_type_of_result_that_another_procedure_takes_over(in_force, bundled):
    draft = drafted(put(bundled[BIRTH], "result.type", "KQ.G15.999999"))

    assert [one.place for one in found(draft)["reliance"].findings][:1] == ["result.type"]


def test_a_claim_that_the_other_procedure_does_not_give(in_force, bundled):
    fills = {"person_name": "child.nickname"}
    draft = drafted(put(bundled[RESIDENCE], "reuse.birth.fills", fills))

    assert "child.nickname" in found(draft)["structure"].findings[0].text


def test_a_paper_that_no_procedure_issues_only_warns(bundled):
    task = found(drafted(bundled[RESIDENCE]))["papers"]

    assert task.state == State.WARNING
    assert "KQ.G15.000031" in task.findings[0].text


def test_a_condition_that_is_too_involved_is_counted_not_guessed(bundled):
    text = "days_between(child_dob, registered) > 3 && days_between(registered, child_dob) > 3"
    steps = copy.deepcopy(bundled[BIRTH]["form"]["steps"])
    steps[2]["fields"] += [
        {"key": "registered", "type": "date", "label": {"vi": "Ngày", "en": "Day"}},
        {
            "key": "why",
            "type": "text",
            "max_length": 9,
            "label": {"vi": "Lý do", "en": "Why"},
            "applies": text,
        },
    ]
    task = found(drafted({**bundled[BIRTH], "form": {"steps": steps}}))["conditions"]

    assert (task.state, task.note) == (State.DONE, "1 condition is too involved to be judged here.")


def test_it_costs_three_queries(in_force, bundled, django_assert_max_num_queries):
    draft = drafted(bundled[BIRTH], origin=in_force[BIRTH])
    draft.procedure  # noqa: B018 - known to who shows the list

    with django_assert_max_num_queries(3):
        proofs.tasks(draft, today=TODAY)


def test_a_procedure_of_many_questions_is_judged_in_time(bundled):
    """Two hundred more questions, each with a condition on the one before."""
    fields = [
        {"key": f"q{n}", "type": "choice", "label": {"vi": f"Câu {n}", "en": f"Q {n}"}, "options": OPTIONS}
        | ({"applies": f'q{n - 1} == "a"'} if n % 10 else {})
        for n in range(200)
    ]
    steps = [
        *bundled[BIRTH]["form"]["steps"],
        {"key": "many", "title": OPTIONS[0]["label"], "fields": fields},
    ]
    draft = drafted({**bundled[BIRTH], "form": {"steps": steps}})
    begun = time.process_time()
    tasks = found(draft)

    assert tasks["reach"].state == State.DONE
    assert time.process_time() - begun < 60  # all combinations would never end


OPTIONS = [{"value": value, "label": {"vi": value, "en": value}} for value in "abcd"]


def test_bundles_are_those_of_the_house():
    assert set(world.publish()) == {bundles.read(file)["code"] for file in bundles.FOLDER.glob("*.yaml")}
