"""Named conditions are written out where they are mentioned, and mean there what they mean."""

import pytest

from procedures.definitions import loading, named
from procedures.eforms import journey
from tests.procedures.definitions.variants import changed, compiled, field, problems, text
from tests.procedures.golden import CONTEXT, GOLDEN


def condition(key, expression):
    return {"key": key, "name": text(key), "expression": expression}


def expanded(expression, *conditions):
    data = {"subject": expression, "conditions": list(conditions)}
    return named.expanded(data)["subject"]


IS_PARENT = condition("is_parent", 'relation in ["mother", "father"] || relation == "self"')


def test_a_name_becomes_what_it_means_in_parentheses():
    assert expanded("!is_parent && today > x", IS_PARENT) == (
        '!(relation in ["mother", "father"] || relation == "self") && today > x'
    )


def test_conditions_may_mention_each_other_in_any_order():
    late = condition("late_parent", "late && is_parent")

    assert expanded("late_parent", late, condition("late", "days > 60"), IS_PARENT) == (
        '((days > 60) && (relation in ["mother", "father"] || relation == "self"))'
    )


@pytest.mark.parametrize(
    "expression",
    [
        'relation == "is_parent"',
        "applicant.is_parent == 1",
        "rows.all(is_parent, is_parent.age > 1)",
        "is_parent()",
    ],
)
def test_what_only_looks_like_the_name_stays(expression):
    assert expanded(expression, IS_PARENT) == expression


def test_a_comment_in_a_condition_swallows_nothing():
    assert expanded("late && x", condition("late", "days > 60 // the law")) == "(days > 60) && x"


def test_a_definition_with_conditions_runs_as_if_they_were_written_out(bundled):
    plain = bundled["1.001193"]
    using = changed(plain, conditions=[condition("is_parent", 'relation in ["mother", "father"]')])
    for key in ("requester_dob", "requester_ethnicity"):
        field(using, key)["applies"] = "is_parent"
    answers = GOLDEN["1.001193"].with_files()

    walked = journey.walk(compiled(using).form, answers, context=CONTEXT)

    assert walked.answers == journey.walk(compiled(plain).form, answers, context=CONTEXT).answers
    assert compiled(using).form.field("requester_dob").applies == '(relation in ["mother", "father"])'


BROKEN = {
    "itself": ([condition("a", "a")], "conditions[0].expression", "leads back to itself: a → a"),
    "circle": (
        [condition("a", "b"), condition("b", "!c"), condition("c", "a")],
        "conditions[0].expression",
        "leads back to itself: a → b → c → a",
    ),
    "unknown": ([condition("a", "nobody == 1")], "conditions[0].expression", "“nobody”"),
    "twice": ([condition("a", "true"), condition("a", "true")], "conditions[1].key", "used twice"),
    "a field": ([condition("relation", "true")], "conditions[0].key", "is a field"),
    "context": ([condition("today", "true")], "conditions[0].key", "a name that expressions have"),
    "no expression": ([condition("a", "b ==")], "conditions[0].expression", "not an expression"),
    "growing": (
        [condition("a0", " || ".join(["relation == 'x'"] * 20))]
        + [condition(f"a{n}", f"a{n - 1} || a{n - 1} || a{n - 1}") for n in range(1, 30)],
        "conditions[3].expression",
        "conditions written out",
    ),
    "deep": (
        [condition("a0", "true")] + [condition(f"a{n}", f"a{n - 1}") for n in range(1, 400)],
        "conditions[399].expression",
        "times over",
    ),
    "not a list": ("a", "conditions", "must be a list"),
    "not a mapping": (["a"], "conditions[0]", "must be a mapping"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_conditions_that_cannot_be_written_out_are_refused_at_their_place(bundled, name):
    conditions, path, reason = BROKEN[name]

    found = problems(changed(bundled["1.001193"], conditions=conditions))

    # Structure stops at the first condition that is wrong.
    assert any(reason in told for _path, told in found), found
    if name not in ("growing", "deep"):
        assert path in {at for at, _told in found}


def test_a_condition_used_before_what_it_looks_at_is_asked_is_refused_there(bundled):
    using = changed(
        bundled["1.001193"], conditions=[condition("late", "days_between(child_dob, today) > 60")]
    )
    field(using, "relation_other")["applies"] = "late"

    assert problems(using) == [
        (
            "form.steps[0].fields[1].applies",
            "refers to “child_dob”, which does not exist here; it may look at what is asked before it",
        )
    ]


def test_a_macro_may_not_take_a_name_that_a_condition_looks_at(bundled):
    using = changed(bundled["1.001193"], conditions=[IS_PARENT])
    field(using, "child_name")["required"] = '["x"].exists(relation, is_parent)'

    ((path, reason),) = problems(using)

    assert path == "form.steps[2].fields[0].required"
    assert "binds “relation”, which the condition “is_parent” looks at" in reason


def test_answers_of_cases_and_prefills_are_left_alone():
    data = {
        "schema": 2,
        "conditions": [condition("x", "true")],
        "cases": [{"answers": {"applies": "x"}}],
        "reuse": [{"condition": "x", "fills": {"subject": "x"}, "applies": "x"}],
    }

    found = loading.compiled(data)

    assert found["cases"] == data["cases"]
    assert found["reuse"] == [{"condition": "x", "fills": {"subject": "x"}, "applies": "(true)"}]
