from procedures.eforms import journey
from tests.procedures.eforms.samples import CONTEXT, field, form, one, options, step, text

BRANCHING = form(
    step(
        "who",
        field("kind", "choice", options=options("person", "firm")),
        field("born", "date", applies='kind == "person"'),
    ),
    step("firm", field("tax", "tax_code"), applies='kind == "firm"'),
    step("age", field("years", "integer", compute="years_between(born, today)"), applies="born != null"),
    step("last", field("note", required='kind == "firm"')),
)


def walk(of, **answers):
    return journey.walk(of, answers, context=CONTEXT)


def test_steps_follow_the_answers():
    assert walk(BRANCHING).keys == ("who", "last")
    assert walk(BRANCHING, kind="firm").keys == ("who", "firm", "last")
    assert walk(BRANCHING, kind="person", born="2000-01-01").keys == ("who", "age", "last")


def test_the_answers_of_an_abandoned_branch_are_dropped():
    walked = walk(BRANCHING, kind="firm", born="2000-01-01", tax="0100112437", years=5)

    assert walked.answers == {"kind": "firm", "tax": "0100112437"}
    assert walked.scope["born"] is None


def test_what_hangs_on_a_dropped_answer_drops_too():
    chain = one(
        field("a", "yes_no"),
        field("b", "yes_no", applies="a == true"),
        field("c", applies="b == true"),
    )

    assert walk(chain, a=False, b=True, c="left over").answers == {"a": False}


def test_computed_values_are_computed_never_taken():
    assert walk(BRANCHING, kind="person", born="2000-01-01", years=99).answers["years"] == 26


def test_answers_that_do_not_fit_or_belong_nowhere_are_dropped():
    fits = one(
        field("n", "integer"),
        field("d", "date"),
        field("c", "choice", options=options("x")),
        field("many", "choices", options=options("x", "y")),
        field("place", "commune"),
        field("yes", "yes_no"),
    )

    walked = walk(fits, n="3", d="2026-02-31", c="z", many=["x", "z"], place="99999", yes="yes", stranger=1)

    assert walked.answers == {}


def test_an_option_that_no_longer_applies_is_no_answer():
    choice = [
        {"value": "any", "label": text("Any")},
        {"value": "adult", "label": text("Adult"), "applies": "years >= 18"},
    ]
    of = one(field("years", "integer"), field("who", "choice", options=choice))

    assert walk(of, years=20, who="adult").answers["who"] == "adult"
    assert walk(of, years=17, who="adult").answers == {"years": 17}


def test_a_step_saved_before_is_open_again_when_another_answer_asks_more():
    before = walk(BRANCHING, kind="person", born="2000-01-01", note="")
    after = walk(BRANCHING, kind="firm", tax="0100112437")

    assert before.first_incomplete({"who", "age", "last"}) is None
    assert after.first_incomplete({"who", "firm", "last"}).key == "last"
    assert after.step("last").missing == ("note",)


def test_a_check_that_fails_by_a_change_elsewhere_opens_its_step_again():
    check = {"expression": "a != b", "message": text("Same"), "field": "b"}
    of = form(step("one", field("a")), step("two", field("b"), checks=[check]))

    assert walk(of, a="x", b="y").first_incomplete({"one", "two"}) is None
    assert walk(of, a="y", b="y").first_incomplete({"one", "two"}).key == "two"


def test_a_warning_opens_nothing():
    check = {"expression": "a != 'x'", "message": text("Hm"), "level": "warning"}
    of = one(field("a", checks=[check]))

    assert walk(of, a="x").first_incomplete({"only"}) is None


def test_no_step_is_skipped():
    walked = walk(BRANCHING, kind="firm")

    assert walked.first_incomplete(set()).key == "who"
    assert walked.first_incomplete({"who", "last"}).key == "firm"


def test_before_and_after():
    walked = walk(BRANCHING, kind="firm")

    assert walked.after("who").key == "firm"
    assert walked.before("firm").key == "who"
    assert walked.after("last") is None
    assert walked.before("who") is None
    assert walked.after("age") is None
    assert walked.step("age") is None


def test_a_step_with_nothing_to_ask_is_not_there():
    of = form(step("a", field("x", "yes_no")), step("b", field("y", applies="x == true")))

    assert walk(of, x=False).keys == ("a",)
    assert walk(of, x=True).keys == ("a", "b")


MEMBERS = one(
    field(
        "members",
        "group",
        min=1,
        max=3,
        fields=[
            field("name"),
            field("kind", "choice", options=options("child", "other")),
            field("which", applies='kind == "other"'),
        ],
    ),
    field("with_child", "yes_no", compute='members.exists(m, m.kind == "child")'),
)


def test_rows_lose_what_does_not_apply_and_blank_rows_vanish():
    rows = [{"name": "A", "kind": "child", "which": "x", "odd": 1}, {}, {"kind": "no such"}]

    walked = walk(MEMBERS, members=rows)

    assert walked.answers == {"members": [{"name": "A", "kind": "child"}], "with_child": True}
    assert walked.scope["members"] == [{"name": "A", "kind": "child", "which": None}]


def test_a_row_that_lacks_something_opens_its_step():
    assert walk(MEMBERS, members=[{"name": "A", "kind": "other"}]).step("only").missing == ("members",)
    assert walk(MEMBERS).step("only").missing == ("members",)
    assert walk(MEMBERS, members=[{"name": "A", "kind": "child"}]).step("only").missing == ()
