"""Sample dossiers come out as written down, or it is said how they do not; past dossiers are walked again."""

import copy
from datetime import date

import pytest
from django.utils import translation

from procedures.definitions import loading, places, runtime, simulation
from procedures.definitions.simulation import Past
from tests.procedures import golden

TODAY = date.fromisoformat(golden.TODAY)
EXTRACT = "2.000635"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def case(code, **expect):
    """The golden answers of a procedure as a sample dossier of its bundle."""
    known = golden.GOLDEN[code]
    wanted = {
        "steps": list(known.steps),
        "amount": known.amount,
        "subject": known.subject,
        "claims": known.claims,
        "fails": [],
    }
    return {
        "key": "golden",
        "title": {"vi": "Hồ sơ mẫu", "en": "Golden"},
        "answers": known.answers,
        "applicant": golden.APPLICANT,
        "papers": list(known.papers),
        "outcome": known.outcome,
        "expect": wanted | expect,
    }


def compiled(definition, *cases):
    return runtime.of_snapshot(loading.compiled({**definition, "cases": list(cases)}))


def run(definition, *cases):
    runs = simulation.run_all(compiled(definition, *cases), today=TODAY, language="en")
    return [difference for one in runs for difference in one.differences]


@pytest.mark.parametrize("code", golden.GOLDEN)
def test_golden_dossiers_come_out_as_written(bundled, code):
    assert run(bundled[code], case(code)) == []


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"amount": 1}, "fee: must be"),
        ({"steps": ["requester"]}, "asked as well: “"),
        ({"steps": [*golden.GOLDEN[EXTRACT].steps, "later"]}, "not asked: later"),
        ({"steps": list(reversed(golden.GOLDEN[EXTRACT].steps))}, "steps: must be"),
        ({"subject": "Somebody Else"}, "Somebody Else"),
        ({"claims": {"subject": {"full_name": "Nobody"}}}, "subject.full_name"),
        ({"claims": {"subject": {"nothing": {"below": "x"}}}}, "subject.nothing.below"),
        ({"fails": ["copies"]}, "refused: must be copies"),
    ],
)
def test_what_comes_out_otherwise_is_said(bundled, expect, words):
    found = run(bundled[EXTRACT], case(EXTRACT, **expect))

    assert len(found) == 1
    assert words in found[0]


def test_what_a_sample_does_not_say_is_not_looked_at(bundled):
    silent = case(EXTRACT) | {"expect": {}}

    assert run(bundled[EXTRACT], silent) == []


def test_a_sample_that_must_be_refused(bundled):
    """An organisation without its letter."""
    asked = {"fails": ["organisation_letter"], "subject": "", "claims": None}
    lacking = case(EXTRACT, **asked, steps=None)
    lacking["answers"] = lacking["answers"] | {"about": "organisation", "organisation_name": "Trường Mẫu"}
    lacking["papers"] = []

    assert run(bundled[EXTRACT], lacking) == []

    lacking["expect"] = lacking["expect"] | {"fails": []}
    assert run(bundled[EXTRACT], lacking) == ["refused: must be nothing, comes out as organisation_letter"]


# ── Dossiers of the past ──────────────────────────────────────────────────────────────────────────


def past(bundled, code="H26.1-261121-0001", **answers):
    known = golden.GOLDEN[EXTRACT]
    return Past(code, compiled(bundled[EXTRACT]), known.with_files() | answers, golden.CONTEXT)


def changed(definition, **values):
    copied = copy.deepcopy(dict(definition))
    for place, value in values.items():
        places.put(copied, place.replace("__", "."), value)
    return compiled(copied)


def effects(definition, *pasts):
    found = simulation.replay(definition, pasts, language="en")
    return {(effect.kind, effect.name): effect.codes for effect in found.effects}, found


def test_the_same_definition_changes_nothing(bundled):
    told, found = effects(compiled(bundled[EXTRACT]), past(bundled), past(bundled, "H26.1-261121-0002"))

    assert told == {}
    assert (found.total, found.same) == (2, 2)


@pytest.mark.parametrize(
    ("values", "kind", "name"),
    [
        ({"fees__copies__unit_amount": "9000"}, "dearer", None),
        ({"fees__copies__unit_amount": "7000"}, "cheaper", None),
        ({"fees__copies__unit_amount": "5000 - copies * 100000"}, "uncharged", ""),
        ({"form__steps__contact__applies": 'about == "x"'}, "left_out", "Identity paper and residence"),
        ({"form__steps__contact__fields": ["without", "requester_email"]}, "dropped", "E-mail"),
        (
            {
                "form__steps__copies__checks": [
                    {"expression": "copies > 40", "message": {"vi": "Ít quá", "en": "Too few"}}
                ]
            },
            "refused",
            "Too few",
        ),
    ],
)
def test_each_kind_of_effect_is_told_with_the_dossiers(bundled, values, kind, name):
    definition = bundled[EXTRACT]
    if kind == "dropped":
        fields = places.find(definition, "form.steps.contact.fields")
        values = {"form__steps__contact__fields": [f for f in fields if f["key"] != "requester_email"]}
    told, found = effects(changed(definition, **values), past(bundled), past(bundled, "H26.1-261121-0002"))
    mine = {key: codes for key, codes in told.items() if key[0] == kind}

    assert found.same == 0
    assert list(mine.values()) == [("H26.1-261121-0001", "H26.1-261121-0002")]
    assert name is None or next(iter(mine))[1] == name


def test_a_step_that_is_asked_as_well(bundled):
    narrow = changed(bundled[EXTRACT], form__steps__copies__applies='about == "self"')
    known = golden.GOLDEN[EXTRACT]
    before = Past("H26.1-261121-0001", narrow, known.with_files(), golden.CONTEXT)
    told, _found = effects(compiled(bundled[EXTRACT]), before)

    assert ("asked", "Copies and fee") in told


def test_a_paper_that_was_not_asked_then_is_refused_now(bundled):
    known = golden.GOLDEN[EXTRACT]
    before = Past("H26.1-261121-0001", compiled(bundled[EXTRACT]), known.answers, golden.CONTEXT)
    told, _found = effects(changed(bundled[EXTRACT], papers__earlier_paper__required=True), before)

    assert [key for key in told if key[0] == "refused"]


def test_what_was_refused_then_is_no_difference(bundled):
    """A reused paper stands in for a file: its field was empty then as well."""
    known = golden.GOLDEN[EXTRACT]
    needing = changed(bundled[EXTRACT], papers__earlier_paper__required=True)
    before = Past("H26.1-261121-0001", needing, known.answers, golden.CONTEXT)
    told, found = effects(needing, before)

    assert (told, found.same) == ({}, 1)


def test_what_hinders_citizens_comes_first(bundled):
    checks = [{"expression": "copies > 40", "message": {"vi": "Ít quá", "en": "Too few"}}]
    draft = changed(bundled[EXTRACT], fees__copies__unit_amount="9000", form__steps__copies__checks=checks)
    found = simulation.replay(draft, [past(bundled)], language="en")

    assert [effect.kind for effect in found.effects] == ["refused", "dearer"]
    assert found.effects[0].examples == ("H26.1-261121-0001",)
