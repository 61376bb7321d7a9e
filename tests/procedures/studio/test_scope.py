"""What a condition can look at where it stands: exactly what the checks before publishing accept there."""

import pytest

from procedures.definitions import places
from procedures.studio import scope
from tests.procedures.eforms.samples import field, step, text

DEFINITION = {
    "form": {
        "steps": [
            step("one", field("a"), field("b"), checks=[{"expression": "a == b", "message": text("x")}]),
            step(
                "two",
                field("c"),
                field("rows", "group", fields=[field("r"), field("s")]),
                field("d", checks=[{"expression": "d == c", "message": text("x")}]),
            ),
        ]
    },
    "papers": [{"key": "p", "label": text("P")}, {"key": "q", "label": text("Q")}],
    "result": {"fields": [field("x"), field("y")]},
    "conditions": [
        {"key": "early", "name": text("Sớm"), "expression": "a == 'x'"},
        {"key": "late", "name": text("Muộn"), "expression": "early && d == 'x'"},
        {"key": "broken", "name": text("Hỏng"), "expression": "a =="},
    ],
}
ALL = ["a", "b", "c", "rows", "d"]


def names(place, **more):
    found = scope.of(DEFINITION, place, **more)
    return [key for key in found if "." not in key and key not in ("channel", "today")]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("form.steps.one.applies", []),
        ("form.steps.one.fields.a.applies", []),
        ("form.steps.one.fields.b.required", ["a", "early"]),
        ("form.steps.one.checks.0.expression", ["a", "b", "early"]),
        ("form.steps.two.applies", ["a", "b", "early"]),
        ("form.steps.two.fields.c.options.x.applies", ["a", "b", "early"]),
        ("form.steps.two.fields.rows.fields.s.applies", ["a", "b", "c", "r", "early"]),
        ("form.steps.two.fields.d.checks.0.expression", [*ALL, "early", "late"]),
        ("papers.q.applies", [*ALL, "p", "early", "late"]),
        ("fees.f.applies", [*ALL, "p", "q", "early", "late"]),
        ("result.fields.y.applies", [*ALL, "p", "q", "x", "early", "late"]),
        ("conditions.late.expression", [*ALL, "p", "q", "early"]),
        ("reuse.r.applies", [*ALL, "p", "q", "early", "late"]),
    ],
)
def test_a_condition_looks_at_what_is_asked_before_it(place, expected):
    assert names(place) == expected


def test_the_condition_of_a_reuse_looks_at_the_claims_alone():
    found = scope.of(DEFINITION, "reuse.r.condition", claims=["child.full_name"])

    assert list(found) == ["claims.child.full_name"]


def test_the_steps_name_their_questions():
    found = scope.of(DEFINITION, "fees.f.applies")

    assert (str(found["c"].step.vi), found["rows"].rows[0].key) == ("two", ".r")


def test_every_bundled_condition_looks_at_what_it_may(bundled):
    """The same rule as publishing has: whatever is in force could have been picked."""
    for definition in bundled.values():
        for place, value in places.walk(definition):
            kind = place.rpartition(".")[2]
            if (
                isinstance(value, str)
                and kind in ("applies", "required", "expression")
                and "cases" not in place
            ):
                known = {key.partition(".")[0] for key in scope.of(definition, place)} | {"claims"}
                assert scope._names(value) <= known | {""}, place
