"""Rows, the page they are shown on, and what a browser sends of it: the same condition all the way."""

from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given, settings

from procedures.eforms import conditions
from procedures.eforms.conditions import Group, Relative, Rows, Rule
from procedures.studio import builder, posting, shown
from procedures.studio.builder import Line, Part
from tests.procedures.eforms.samples import field, form, options, step
from tests.procedures.eforms.test_conditions import TREES
from tests.procedures.studio.browsing import Controls

VALUES = ["x", "y", 'nói "không"', "a'b", "đ\\n"]
ASKED = [
    field("kind", "choice", options=options(*VALUES)),
    field("name"),
    field("flag", "yes_no"),
    field("number", "integer"),
    field("limit", "integer"),
    field("born", "date"),
    field("until", "date"),
    field("several", "choices", options=options(*VALUES)),
]
FORM = form(
    step("first", *ASKED),
    step("second", field("rows", "group", fields=[{**each, "key": f"r_{each['key']}"} for each in ASKED])),
)
KNOWN = conditions.of_form(FORM)
# The trees' rows have the same keys as the form; here they have keys of their own.
KNOWN |= {
    "rows": builder.Subject(
        "rows",
        "group",
        KNOWN["rows"].label,
        rows=tuple(
            builder.Subject(f".{each.key.removeprefix('.r_')}", each.type, each.label, each.options)
            for each in KNOWN["rows"].rows
        ),
    )
}


def sent(part, known=KNOWN):
    page = render_to_string("studio/condition_part.html", {"shown": shown.part(part, known), "here": "/"})
    return Controls(f'<form id="builder">{page}</form>').data


@given(TREES)
@settings(max_examples=120, deadline=None)
def test_what_rows_show_is_what_is_sent_and_understood(tree):
    tree = conditions.normalised(tree)
    if tree is None or not builder.is_same(tree, KNOWN):
        return

    again = posting.posted(sent(builder.of_tree(tree)), KNOWN)

    assert in_order(builder.to_tree(again, KNOWN)) == in_order(tree)


def in_order(tree):
    """The ticked answers come back in the order of the question, each once."""
    if isinstance(tree, Group):
        return Group(tree.kind, tuple(map(in_order, tree.items)))
    if isinstance(tree, Rows):
        return replace(tree, condition=in_order(tree.condition))
    return replace(tree, value=tuple(sorted(set(tree.value)))) if isinstance(tree.value, tuple) else tree


@given(TREES)
@settings(max_examples=150, deadline=None)
def test_rows_never_say_something_else(tree):
    """What rows cannot say exactly is left to the expression."""
    tree = conditions.normalised(tree)
    said = builder.to_tree(builder.of_tree(tree), KNOWN)

    assert said == tree or not builder.is_same(tree, KNOWN)


@pytest.mark.parametrize(
    "tree",
    [
        Rule("kind", "one_of", ("x", "y")),
        Rule("flag", "is_not", True),
        Rule("born", "at_least", Relative(-3, "months")),
        Rule("number", "below", conditions.Ref("limit")),
        Rule("born", "at_most", conditions.Ref("today")),
        Rule("kind", "is", conditions.Ref("name")),
        Rule("several", "at_least", 2, "count"),
        Rule("applicant.phone", "is_not", ""),
        Group("not_all", (Rule("kind", "is", "x"), Rule("number", "above", -5))),
        Rows("rows", "some", Group("all", (Rule(".born", "below", 18, "years"), Rule("kind", "is", "x")))),
    ],
)
def test_rows_can_say_what_people_need(tree):
    assert builder.is_same(tree, KNOWN)


def posted(**values):
    values.setdefault("was", f"{values.get('subject', '')} {values.get('op', '')}")
    data = sent(Part("0", "all", [Line("0-0")]))
    for name, value in values.items():
        data.setlist(f"0-0-{name}", value if isinstance(value, list) else [value])
    return posting.posted(data, KNOWN)


def test_another_subject_empties_what_does_not_fit():
    (line,) = posted(was="kind is", subject="number", op="one_of", value=["x", "y"]).items

    assert (line.code, line.values) == ("is", [])


def test_an_operator_that_fits_both_stays():
    (line,) = posted(was="number at_least", subject="limit", op="at_least", value="3").items

    assert line.code == "at_least"


def test_an_answer_that_is_gone_stays_until_somebody_decides():
    tree = Rule("kind", "is", "gone")

    assert builder.to_tree(posting.posted(sent(builder.of_tree(tree)), KNOWN), KNOWN) == tree


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"subject": ""}, "Choose what this row is about."),
        ({"subject": "kind", "op": "is", "value": ""}, "Enter or choose what to compare with."),
        ({"subject": "kind", "op": "one_of", "value": []}, "Tick at least one answer."),
        ({"subject": "number", "op": "is", "value": "many"}, "Enter a whole number."),
        ({"subject": "number", "op": "is", "value": "²"}, "Enter a whole number."),
        (
            {"subject": "born", "op": "below", "value": "30/02/2026"},
            "Enter a day that exists, like 15/08/2026.",
        ),
        ({"subject": "kind", "op": "is_other", "other": ""}, "Choose the question to compare with."),
        ({"subject": "rows", "op": "some"}, "Add at least one row that says what the entry must be like."),
    ],
)
def test_a_row_says_what_it_lacks(row, said):
    part = posted(**row)

    with translation.override("en"):
        assert builder.to_tree(part, KNOWN) is None

    assert next(builder.lines(part)).error == said


@pytest.mark.parametrize(("typed", "number"), [("1.200", 1200), ("-3", -3), (" 18 ", 18)])
def test_numbers_are_read_as_people_type_them(typed, number):
    assert builder.to_tree(posted(subject="number", op="is", value=typed), KNOWN).value == number


def test_days_are_read_as_people_type_them():
    tree = builder.to_tree(posted(subject="born", op="below", value="15/08/2026"), KNOWN)

    assert tree == Rule("born", "below", "2026-08-15")


def test_buttons_add_and_remove():
    part = posting.act(Part("0", "all", [Line("0-0", "kind")]), "add:0")
    part = posting.act(part, "group:0")
    assert [item.path for item in part.items] == ["0-0", "0-1", "0-2"]
    assert part.items[2].items[0].path == "0-2-0"

    part = posting.act(part, "add:0-2")
    assert len(part.items[2].items) == 2

    part = posting.act(part, "remove:0-0")
    assert [item.path for item in part.items] == ["0-0", "0-1"]


def test_a_group_goes_with_its_last_row():
    part = Part("0", "all", [Line("0-0"), Part("0-1", "any", [Line("0-1-0")])])

    assert [item.path for item in posting.act(part, "remove:0-1-0").items] == ["0-0"]


@pytest.mark.parametrize("do", ["", "add:9", "remove:", "remove:0", "group:0-0", "explode:0"])
def test_buttons_that_are_not_there_do_nothing(do):
    part = Part("0", "all", [Line("0-0", "kind", "is")])

    assert posting.act(part, do) == part


def test_what_is_posted_cannot_grow_without_limit():
    data = sent(Part("0", "all", [Line("0-0")]))
    data["0-size"] = "999"

    assert len(posting.posted(data, KNOWN).items) == posting.MOST_ROWS
