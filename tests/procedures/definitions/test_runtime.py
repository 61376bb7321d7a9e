"""The ten procedures, each walked with a complete set of answers; fees and claims."""

import dataclasses
import json
from datetime import date

import pytest

from procedures.definitions import publishing, runtime
from procedures.eforms import expressions, journey, schema, values
from tests.procedures.golden import APPLICANT, CONTEXT, GOLDEN, TODAY, aged

CODES = sorted(GOLDEN)


def amounts(definition, answers, **context):
    return {line.key: line.amount for line in definition.quote(answers, CONTEXT | context)}


@pytest.mark.parametrize("code", CODES)
def test_golden_answers_reach_the_end(definitions, code):
    golden = GOLDEN[code]

    walked = journey.walk(definitions[code].form, golden.with_files(), context=CONTEXT)

    assert walked.keys == golden.steps
    assert [(step.key, step.missing, step.failed) for step in walked.steps if not step.is_complete] == []
    assert walked.answers == golden.with_files()
    assert walked.first_incomplete(walked.keys) is None


@pytest.mark.parametrize("code", CODES)
def test_golden_quote_subject_and_claims(definitions, code):
    definition, golden = definitions[code], GOLDEN[code]
    answers = golden.with_files()

    assert sum(amounts(definition, answers).values()) == golden.amount
    assert definition.subject_name(answers, CONTEXT) == golden.subject
    assert definition.result_subject(answers, golden.outcome, CONTEXT) == golden.subject
    assert definition.claims(answers, golden.outcome, CONTEXT) == golden.claims


@pytest.mark.parametrize("code", CODES)
def test_golden_holds_on_another_day(definitions, code):
    golden = aged(code, date(2027, 3, 1))
    context = CONTEXT | {"today": "2027-03-01"}

    walked = journey.walk(definitions[code].form, golden.with_files(), context=context)

    assert all(step.is_complete for step in walked.steps)
    assert sum(line.amount for line in definitions[code].quote(walked.answers, context)) == golden.amount


@pytest.mark.parametrize("code", CODES)
def test_snapshot_is_written_out_and_reads_back(definitions, bundled, code):
    snapshot = publishing.compile_snapshot(bundled[code])

    assert {"schema": 2, **schema.dump(definitions[code])} == snapshot
    assert all("quantity" in fee for fee in snapshot["fees"])


@pytest.mark.parametrize("code", CODES)
def test_steps_are_short(definitions, code):
    """At most eight or nine questions at once; of alternatives only one shows."""
    definition, golden = definitions[code], GOLDEN[code]

    walked = journey.walk(definition.form, golden.with_files(), context=CONTEXT)

    assert max(len(step.fields) for step in walked.steps) <= 9


@pytest.mark.parametrize("code", CODES)
def test_every_answer_of_the_account_is_usable(definitions, code):
    form = definitions[code].form
    for field in form.fields():
        if field.account:
            value = expressions.evaluate(field.account, {"applicant": APPLICANT})
            assert values.fits(field, value, CONTEXT, form), field.key


# ── Birth ─────────────────────────────────────────────────────────────────────────────────────────


def birth(**changes):
    return GOLDEN["1.001193"].with_files() | changes


@pytest.mark.parametrize(("born", "fee"), [("2026-09-22", {}), ("2026-09-21", {"late_registration": 5000})])
def test_late_birth_registration_costs_from_day_61(definitions, born, fee):
    assert amounts(definitions["1.001193"], birth(child_dob=born, fee_exemption="none")) == fee


@pytest.mark.parametrize("category", ["meritorious", "poor", "disabled"])
def test_late_birth_registration_is_free_for_the_exempt(definitions, category):
    answers = birth(child_dob="2026-01-02", fee_exemption=category)

    (line,) = definitions["1.001193"].quote(answers, CONTEXT)

    assert (line.unit_amount, line.reduction, line.amount) == (5000, 5000, 0)
    assert "Điều 11" in line.reduction_basis["vi"]


def test_copies_of_the_birth_certificate_cost_each(definitions):
    assert amounts(definitions["1.001193"], birth(wants_copies=True, copies=3)) == {"copies": 24_000}


def test_father_unknown_leaves_his_part_blank(definitions):
    definition = definitions["1.001193"]
    answers = birth(registration_kind="mother_only")

    walked = journey.walk(definition.form, answers, context=CONTEXT)

    assert "father" not in walked.keys
    assert not [key for key in walked.answers if key.startswith("father_")]
    assert set(definition.claims(walked.answers, {}, CONTEXT)["father"].values()) <= {None, ""}


def test_mother_cannot_say_that_the_mother_is_unknown(definitions):
    walked = journey.walk(
        definitions["1.001193"].form, birth(registration_kind="father_only"), context=CONTEXT
    )

    assert [check.field for check in walked.step("parents").failed] == ["registration_kind"]


def test_other_requester_gives_both_parents_and_an_authorisation(definitions):
    walked = journey.walk(
        definitions["1.001193"].form, birth(relation="other", relation_other="Cậu ruột"), context=CONTEXT
    )

    assert {"mother", "father"} <= set(walked.keys)
    assert "authorisation" in {field.key for field in walked.step("papers").fields}
    assert "requester_dob" not in walked.answers


@pytest.mark.parametrize(
    ("proof", "paper"),
    [("notice", {"birth_notice"}), ("witness", {"witness_statement"}), ("commitment", {"birth_commitment"})],
)
def test_proof_of_birth_decides_the_paper(definitions, proof, paper):
    walked = journey.walk(definitions["1.001193"].form, birth(birth_proof=proof), context=CONTEXT)

    assert {field.key for field in walked.step("papers").fields if field.required} == paper


def test_electronic_notice_needs_no_paper_at_all(definitions):
    """What remains is the parents' certificate, which nobody must send and the office looks up."""
    answers = birth(birth_proof="electronic")
    married = journey.walk(definitions["1.001193"].form, answers, context=CONTEXT)
    alone = journey.walk(definitions["1.001193"].form, answers | {"parents_married": False}, context=CONTEXT)

    assert [(f.key, f.required) for f in married.step("papers").fields] == [("marriage_certificate", False)]
    assert alone.step("papers") is None


# ── The others ────────────────────────────────────────────────────────────────────────────────────


def test_residence_costs_more_at_the_counter(definitions):
    answers = GOLDEN["1.004222"].with_files()

    assert amounts(definitions["1.004222"], answers, channel="counter") == {"residence": 20_000}


def test_reuse_gives_what_the_form_asks(definitions):
    """The claims inside a birth certificate fill the residence form with values that fit its fields."""
    claims, form = GOLDEN["1.001193"].claims, definitions["1.004222"].form
    (rule,) = definitions["1.004222"].reuse

    filled = {key: claims[path.split(".")[0]][path.split(".")[1]] for key, path in rule.fills.items()}

    assert {key: GOLDEN["1.004222"].answers[key] for key in filled} == filled
    assert all(values.fits(form.field(key), value, CONTEXT, form) for key, value in filled.items())


def test_digital_citizen_pays_nothing_while_the_policy_lasts(definitions):
    answers = GOLDEN["2.000635"].with_files() | {"fee_exemption": "digital_citizen"}

    assert amounts(definitions["2.000635"], answers) == {"copies": 0}
    assert amounts(definitions["2.000635"], answers, today="2027-03-01") == {"copies": 16_000}


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ("single", set()),
        ("married", {"spouse_name", "marriage_number", "marriage_date", "marriage_agency"}),
        ("divorced", {"spouse_name", "divorce_number", "divorce_date", "divorce_agency"}),
        ("widowed", {"spouse_name", "death_number", "death_date", "death_agency"}),
        (
            "single_then_married",
            {
                "single_from",
                "single_until",
                "spouse_name",
                "marriage_number",
                "marriage_date",
                "marriage_agency",
            },
        ),
        ("other", {"status_other"}),
    ],
)
def test_marital_status_opens_its_own_questions(definitions, status, asked):
    answers = GOLDEN["1.004873"].with_files() | {"marital_status": status}

    walked = journey.walk(definitions["1.004873"].form, answers, context=CONTEXT)

    assert {field.key for field in walked.step("status").fields} == asked | {"marital_status"}


@pytest.mark.parametrize(
    "change",
    [{"partner_sex": "female"}, {"marriage_place_kind": "foreign_mission"}],
    ids=["same sex", "mission"],
)
def test_marriages_that_the_paper_is_not_for(definitions, change):
    walked = journey.walk(
        definitions["1.004873"].form, GOLDEN["1.004873"].with_files() | change, context=CONTEXT
    )

    assert [check.field for check in walked.step("partner").failed] == list(change)


def test_fee_that_cannot_be_known_is_not_free(definitions):
    definition = definitions["1.004873"]
    broken = dataclasses.replace(definition.fees[0], unit_amount='"3000"')

    with pytest.raises(runtime.FeeUnknown):
        dataclasses.replace(definition, fees=(broken,)).quote({}, CONTEXT)


def test_unanswered_quantity_is_not_quoted_yet(definitions):
    assert definitions["2.000635"].quote({}, CONTEXT) == ()


def test_time_in_words(definitions):
    assert definitions["1.001193"].time.text("en") == "The same day"
    assert definitions["1.004873"].time.text("en") == "3 working days"


def test_definition_is_loaded_once(in_force, django_assert_num_queries):
    with django_assert_num_queries(1):
        first = runtime.definition(in_force["1.001193"].pk)
        second = runtime.definition(in_force["1.001193"].pk)

    assert first is second
    assert first.code == "1.001193"
    runs = {key: value for key, value in in_force["1.001193"].snapshot.items() if key != "cases"}
    assert TODAY not in json.dumps(runs)


@pytest.mark.parametrize(
    ("outcome", "lacking"),
    [
        ({}, ["record_status", "searched_on"]),
        ({"record_status": "none", "searched_on": TODAY}, []),
        ({"record_status": "some", "searched_on": TODAY}, ["record_detail"]),
    ],
)
def test_a_finding_that_does_not_apply_is_not_lacking(definitions, outcome, lacking):
    definition = definitions["3.000333"]
    answers = GOLDEN["3.000333"].answers | {"bans_wanted": False}

    found = definition.lacking(definition.result.fields, answers, outcome, CONTEXT)

    assert [field.key for field in found] == lacking
