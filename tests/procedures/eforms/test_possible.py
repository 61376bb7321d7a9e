"""Whether a condition can ever hold: “never” only where every answer was stood for, “unknown” otherwise."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.eforms import expressions, journey, mentions, possible, schema
from procedures.eforms.possible import Verdict

TODAY = date(2026, 11, 21)


def _text(words):
    return {"vi": words, "en": words}


def _field(key, kind, **more):
    return {"key": key, "type": kind, "label": _text(key), **more}


def _options(*values):
    return [{"value": value, "label": _text(value)} for value in values]


def form(*steps):
    """Steps of fields; a step is a list of fields, or (applies, fields)."""
    made = []
    for number, step in enumerate(steps):
        applies, fields = step if isinstance(step, tuple) else (None, step)
        made.append({"key": f"s{number}", "title": _text("S"), "fields": fields})
        if applies:
            made[-1]["applies"] = applies
    return schema.load_form({"steps": made})


WHO = _field("who", "choice", options=_options("self", "child", "other"))
MARRIED = _field("married", "yes_no")
COPIES = _field("copies", "integer", min=1, max=20)
BORN = _field("born", "date", max="today")
NAME = _field("name", "text", max_length=50)
KINDS = _field("kinds", "choices", options=_options("a", "b"), required=False)
ROWS = _field("rows", "group", min=0, max=5, fields=[_field("age", "integer")])
SIMPLE = form([WHO, MARRIED, COPIES, BORN, NAME, KINDS, ROWS])


@pytest.mark.parametrize(
    "text",
    [
        'who == "self"',
        'who in ["child", "other"] && married',
        "copies >= 20",
        "copies == 7",
        "years_between(born, today) >= 18",
        "days_between(born, today) > 60 && years_between(born, today) < 1",
        'born < "2000-01-01"',
        'name == "An" || married == false',
        "who == null",
        '"a" in kinds && !("b" in kinds)',
        'today >= "2030-01-01"',
        'channel == "counter"',
        'applicant.sex == "female"',
        "rows.exists(r, r.age < 14)",
        "size(rows) == 2",
    ],
)
def test_what_some_answer_fulfils_is_possible(text):
    assert possible.judge(SIMPLE, [text], today=TODAY) == Verdict.POSSIBLE


@pytest.mark.parametrize(
    "text",
    [
        'who == "self" && who == "child"',
        'who == "slef"',
        "married && married == false",
        "copies > 20",
        "copies < 5 && copies > 5",
        "years_between(born, today) < 0",
        "born > today",
        'name == "An" && name == "Bình"',
        'channel == "fax"',
        '"a" in kinds && size(kinds) == 1 && "b" in kinds',
        'applicant.sex == "female" && applicant.sex == "male"',
    ],
)
def test_what_no_answer_fulfils_is_never(text):
    assert possible.judge(SIMPLE, [text], today=TODAY) == Verdict.NEVER


@pytest.mark.parametrize(
    "text",
    [
        "copies * 7 == 101",  # arithmetic: the constants tell nothing about copies
        'name.startsWith("Q") && name == "x" + name',
        "rows.exists(r, r.age == 3) && rows.all(r, r.age == 4)",
        'commune_name(name) == "Nowhere"',
    ],
)
def test_what_the_tried_values_do_not_stand_for_is_not_judged(text):
    assert possible.judge(SIMPLE, [text], today=TODAY) == Verdict.UNKNOWN


def test_conditions_are_judged_together():
    together = ['who == "self"', 'who != "self"']

    assert possible.judge(SIMPLE, together, today=TODAY) == Verdict.NEVER
    assert all(possible.judge(SIMPLE, [one], today=TODAY) == Verdict.POSSIBLE for one in together)


def test_a_question_that_is_not_asked_has_no_answer():
    nested = form([WHO], ('who == "child"', [_field("school", "yes_no")]))

    assert possible.judge(nested, ["school"], today=TODAY) == Verdict.POSSIBLE
    assert possible.judge(nested, ["school", 'who == "self"'], today=TODAY) == Verdict.NEVER


def test_an_option_that_is_not_offered_cannot_be_chosen():
    options = [*_options("none"), {"value": "late", "label": _text("late"), "applies": "married"}]
    offered = form([MARRIED, _field("kind", "choice", options=options)])

    assert possible.judge(offered, ['kind == "late"'], today=TODAY) == Verdict.POSSIBLE
    assert possible.judge(offered, ['kind == "late"', "!married"], today=TODAY) == Verdict.NEVER


def test_a_computed_value_follows_its_answers():
    computed = form([BORN, _field("age", "integer", compute="years_between(born, today)")])

    assert possible.judge(computed, ["age >= 18"], today=TODAY) == Verdict.POSSIBLE
    assert possible.judge(computed, ["age < 0"], today=TODAY) == Verdict.UNKNOWN


def test_too_many_combinations_are_given_up():
    many = form([_field(f"f{n}", "choice", options=_options(*"abcdefgh")) for n in range(8)])
    text = " && ".join(f'f{n} == "a"' for n in range(8)) + ' && f7 == "b"'

    assert possible.judge(many, [text], today=TODAY) == Verdict.UNKNOWN


def test_a_long_list_is_stood_for_by_what_is_named():
    listed = form([_field("nation", "choice", list="nationalities")])

    assert possible.judge(listed, ['nation != "Việt Nam"'], today=TODAY) == Verdict.POSSIBLE
    assert possible.judge(listed, ['nation == "Viet Nam"'], today=TODAY) == Verdict.NEVER


def test_only_answers_with_which_one_can_send():
    asked = form([COPIES, NAME, _field("note", "text", required=False, max_length=50)])
    complete = list(possible.search(asked, ["copies", "note"], today=TODAY, complete=True).scopes())

    assert all(scope["copies"] is not None for scope in complete)
    assert any(scope["note"] is None for scope in complete)


# ── A property: no answer that anybody can give makes “never” a lie ────────────────────────────────

ATOMS = st.sampled_from(
    [
        *('who == "self"', 'who != "child"', 'who in ["self", "other"]', "married", "married == false"),
        *("copies > 3", "copies <= 3", "copies == 20", "copies * 2 > 9", "size(kinds) == 2", '"a" in kinds'),
        *("years_between(born, today) < 18", 'born >= "2020-01-01"', 'name == "An"', "name != null"),
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner)
        | st.builds("!({})".format, inner)
    ),
    max_leaves=5,
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "who": st.sampled_from(["self", "child", "other"]),
        "married": st.booleans(),
        "copies": st.integers(1, 20),
        "born": st.dates(date(1940, 1, 1), TODAY).map(date.isoformat),
        "name": st.sampled_from(["An", "Bình", "Q"]),
        "kinds": st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
    },
)


@settings(max_examples=150, deadline=None)
@given(text=CONDITIONS, answers=ANSWERS)
def test_never_is_never_a_lie(text, answers):
    context = {"today": TODAY.isoformat(), "channel": "online", "applicant": {}}
    scope = journey.walk(SIMPLE, answers, context=context).scope

    if expressions.holds(text, scope, form=SIMPLE):
        assert possible.judge(SIMPLE, [text], today=TODAY) != Verdict.NEVER


# ── How expressions look at a name ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "constants", "is_plain"),
    [
        ('who == "a" && who != "b"', {"a", "b"}, True),
        ('"a" == who', {"a"}, True),
        ('who in ["a", "b"]', {"a", "b"}, True),
        ("who == null", {None}, True),
        ("who < today", set(), True),
        ("who + 1 == 5", set(), False),
        ("1 + who == 5", set(), False),
        ("size(who) > 2", set(), False),
        ("who == other", set(), False),
        ('label("who") == "A"', set(), False),
        ('other.who == "a"', set(), True),
        ('"who"', set(), True),
    ],
)
def test_mentions(text, constants, is_plain):
    found = mentions.of("who", [text])

    assert (found.constants, found.is_plain) == (constants, is_plain)


def test_spans_against_today():
    found = mentions.of("born", ["years_between(born, today) < 18 && days_between(born, today) <= 60"])

    assert found.spans == {("years", 18), ("days", 60)}
    assert found.is_plain
