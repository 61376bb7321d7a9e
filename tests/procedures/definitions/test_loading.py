"""Older schemas are read, newer ones refused; lines stay right; snapshots live for ever."""

import copy

import pytest

from procedures.definitions import bundles, loading, runtime, sources, validation
from procedures.eforms import schema
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.definitions.broken import KHAI_SINH
from tests.procedures.definitions.variants import changed, compiled, field, text

PREFILL = "prefill: [{from: account, value: applicant.full_name}]"
OF_SCHEMA_1 = KHAI_SINH.replace("schema: 2", "schema: 1").replace(PREFILL, "prefill: applicant.full_name", 1)


def older(value):
    """Schema 2 as schema 1 wrote it."""
    if isinstance(value, dict):
        found = {key: older(item) for key, item in value.items()}
        if "prefill" in found and "type" in found:
            (source,) = found["prefill"]
            found["prefill"] = source["value"]
        return found
    return [older(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def of_schema_1(bundled):
    return older(copy.deepcopy(dict(bundled["1.001193"]))) | {"schema": 1}


def test_a_bundle_of_schema_1_becomes_the_same_as_one_of_schema_2(of_schema_1, bundled):
    assert loading.migrated(of_schema_1) == bundled["1.001193"]
    assert schema.dump(compiled(of_schema_1)) == schema.dump(compiled(bundled["1.001193"]))


def test_a_snapshot_of_schema_1_still_runs(of_schema_1, bundled):
    snapshot = loading.compiled(bundled["1.001193"]) | {"schema": 2}
    old = older(snapshot) | {"schema": 1}

    found = runtime.of_snapshot(old)

    assert found.form.field("requester_name").account == "applicant.full_name"
    assert [step.key for step in found.form.steps][-1] == "papers"


def test_an_imported_bundle_of_schema_1_is_kept_as_schema_2(db, of_schema_1, bundled):
    version = bundles.import_bundle(of_schema_1, by=None, at=PUBLISHED_AT, publish=True)

    assert version.definition == bundled["1.001193"]
    assert bundles.import_bundle(bundled["1.001193"], by=None, at=PUBLISHED_AT, publish=True) == version


def test_problems_of_schema_1_say_the_line_that_was_written():
    broken = OF_SCHEMA_1.replace("prefill: applicant.full_name", "prefill: nobody.full_name")

    (problem,) = bundles.validate(bundles.read(broken, name="goi.yaml"))

    assert problem.line == broken[: broken.index("prefill: nobody")].count("\n") + 1
    assert (problem.file, problem.path.rpartition(".prefill")[2]) == ("goi.yaml", "[0].value")
    assert "nobody" in problem.reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [("3", "newer than this program"), ("0", "must be 2"), ('"2"', "whole number"), ("true", "whole number")],
)
def test_other_schemas_are_refused(written, reason):
    text_ = KHAI_SINH.replace("schema: 2", f"schema: {written}")

    problems = bundles.validate(bundles.read(text_))

    assert [(problem.path, problem.line) for problem in problems] == [("schema", 2)]
    assert reason in problems[0].reason


def test_a_definition_without_a_schema_is_refused_not_guessed():
    problems = bundles.validate(bundles.read(KHAI_SINH.replace("schema: 2\n", "")))

    assert [problem.path for problem in problems] == ["schema"]


# ── Prefill, origin, purpose ──────────────────────────────────────────────────────────────────────
SOURCES = [
    {"from": "registry", "registry": "population", "claim": "identity_paper.number"},
    {"from": "last_dossier"},
    {"from": "account", "value": "applicant.commune"},
]


def test_sources_of_an_answer_keep_their_order(bundled):
    definition = changed(bundled["1.001193"])
    field(definition, "requester_commune").update(
        prefill=SOURCES, origin="address@3", purpose=text("Để biết nơi cư trú")
    )

    found = compiled(definition).form.field("requester_commune")

    assert [source.source for source in found.prefill] == ["registry", "last_dossier", "account"]
    assert (found.prefill[0].registry, found.prefill[0].claim) == ("population", "identity_paper.number")
    assert (found.account, found.origin, found.purpose.vi) == (
        "applicant.commune",
        "address@3",
        "Để biết nơi cư trú",
    )


@pytest.mark.parametrize(
    ("more", "place", "reason"),
    [
        ({"prefill": "applicant.commune"}, "prefill", "must be a list"),
        ({"prefill": [{"value": "applicant.x"}]}, "prefill[0].from", "missing"),
        ({"prefill": [{"from": "church"}]}, "prefill[0].from", "must be one of"),
        ({"prefill": [{"from": "account"}]}, "prefill[0].value", "missing"),
        (
            {"prefill": [{"from": "registry", "registry": "tax", "claim": "a"}]},
            "prefill[0].registry",
            "one of",
        ),
        ({"prefill": [{"from": "registry", "registry": "population"}]}, "prefill[0].claim", "missing"),
        (
            {"prefill": [{"from": "registry", "registry": "population", "claim": "a[0]"}]},
            "prefill[0].claim",
            "a path",
        ),
        ({"prefill": [{"from": "last_dossier", "value": "a"}]}, "prefill[0].value", "does not belong"),
        ({"prefill": [{"from": "account", "value": "today"}]}, "prefill[0].value", "“today”"),
        ({"origin": "person"}, "origin", "person@1"),
        ({"purpose": "why"}, "purpose", "must be a mapping"),
    ],
)
def test_what_is_said_wrongly_of_a_field_is_refused(bundled, more, place, reason):
    definition = changed(bundled["1.001193"])
    field(definition, "requester_commune").update(more)

    (problem,) = validation.validate(definition)

    assert problem.path == f"form.steps[1].fields[4].{place}"
    assert reason in problem.reason


# ── Cases ─────────────────────────────────────────────────────────────────────────────────────────
CASE = {
    "key": "usual",
    "title": text("Thường gặp", "The usual"),
    "answers": {"child_name": "Nguyễn Thị Mẫu", "vi": "x"},
    "applicant": {"sex": "female"},
    "papers": ["birth_notice"],
    "outcome": {"register_book": "01/2026-KS"},
    "expect": {
        "steps": ["requester", "papers"],
        "amount": 0,
        "claims": {"child": {"full_name": "x"}},
        "fails": [],
    },
}


def test_a_case_may_name_what_there_is(bundled):
    case = copy.deepcopy(CASE)
    del case["answers"]["vi"]

    found = compiled(changed(bundled["1.001193"], cases=[case])).cases[0]

    assert (found.channel, found.expect.amount, found.expect.fails, found.expect.subject) == (
        "online",
        0,
        (),
        "",
    )
    assert found.answers == case["answers"]


def test_what_a_case_names_and_is_not_there_is_a_problem_at_its_place(bundled):
    case = copy.deepcopy(CASE)
    case["papers"].append("passport")
    case["applicant"]["shoe"] = 42
    case["outcome"]["colour"] = "red"
    case["expect"] |= {"steps": ["wedding"], "fails": ["colour"], "claims": {"child": {"shoe": 1}, "x": 1}}

    found = validation.validate(changed(bundled["1.001193"], cases=[case, CASE]))

    assert sorted({problem.path for problem in found}) == [
        "cases[0].answers.vi",
        "cases[0].applicant.shoe",
        "cases[0].expect.claims.child.shoe",
        "cases[0].expect.claims.x",
        "cases[0].expect.fails",
        "cases[0].expect.steps",
        "cases[0].outcome.colour",
        "cases[0].papers",
        "cases[1].answers.vi",
        "cases[1].key",
    ]


def test_written_out_again_it_stays_the_same(bundled):
    definition = changed(bundled["1.001193"], cases=[CASE])
    field(definition, "requester_commune").update(prefill=SOURCES)

    assert sources.read(sources.write(definition)) == definition
