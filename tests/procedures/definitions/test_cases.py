"""Every sample dossier of every bundle comes out as it says. What is not said is not looked at."""

import pytest

from procedures.eforms import journey
from tests.procedures.golden import APPLICANT, CASES, files

EVERY = [(code, case) for code, cases in sorted(CASES.items()) for case in cases]
NAMES = [f"{code}-{case['key']}" for code, case in EVERY]


def context(case):
    channel, applicant = case.get("channel", "online"), case.get("applicant") or APPLICANT
    return {"today": case["today"], "channel": channel, "applicant": applicant}


@pytest.fixture
def walked(definitions, code, case):
    given = case["answers"] | files(case.get("papers", ()))
    return journey.walk(definitions[code].form, given, context=context(case))


def refused(walked):
    lacking = {key for step in walked.steps for key in step.missing}
    return lacking | {check.field or step.key for step in walked.steps for check in step.failed}


def part(claims, wanted):
    """Of `claims` what `wanted` speaks of."""
    if not isinstance(wanted, dict):
        return claims
    return {key: part(claims[key], value) for key, value in wanted.items()}


@pytest.mark.parametrize(("code", "case"), EVERY, ids=NAMES)
def test_case(definitions, code, case, walked):
    definition, expect = definitions[code], case["expect"]

    claims = definition.claims(walked.answers, case.get("outcome", {}), context(case))
    found = {
        "steps": list(walked.keys),
        "amount": sum(line.amount for line in definition.quote(walked.answers, context(case))),
        "subject": definition.subject_name(walked.answers, context(case)),
        "claims": part(claims, expect.get("claims", {})),
        "fails": sorted(refused(walked)),
    }

    assert {key: found[key] for key in expect} == expect


@pytest.mark.parametrize(("code", "case"), EVERY, ids=NAMES)
def test_no_answer_of_a_case_is_dead(code, case, walked):
    """Answers that no question asks for prove nothing."""
    assert set(case["answers"]) - set(walked.answers) == set()


@pytest.mark.parametrize("code", sorted(CASES))
def test_there_is_a_normal_case_a_branch_and_a_refusal(code):
    cases = {case["key"]: case["expect"] for case in CASES[code]}

    assert cases.pop("normal")["fails"] == []
    assert [key for key, expect in cases.items() if expect["fails"] == []]
    assert [key for key, expect in cases.items() if expect["fails"]]
