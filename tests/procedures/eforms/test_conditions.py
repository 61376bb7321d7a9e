"""A condition is the same as rows, as CEL and as what a plain reading of the rows decides."""

import operator
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.definitions.bundles import FOLDER
from procedures.eforms import conditions, expressions, tokens
from procedures.eforms.conditions import Group, Ref, Relative, Rows, Rule

TODAY = "2026-11-21"
ORDERS = {"below": operator.lt, "at_most": operator.le, "above": operator.gt, "at_least": operator.ge}

# ── Trees at random ───────────────────────────────────────────────────────────────────────────────
TEXTS = st.sampled_from(["x", "y", 'nói "không"', "a'b", "đ\\n", "tab\t", ""])
NUMBERS = st.integers(-3, 20)
DAYS = st.sampled_from(["2008-11-21", "2008-11-22", "2026-09-22", "2026-11-21", "2026-12-01"])
ORDER = st.sampled_from(list(ORDERS))
EQUAL = st.sampled_from(["is", "is_not"])


def rules(dot=""):
    """Comparisons that fit the answers below; with a dot those of a row."""

    def of(keys, operators, values, measure=""):
        subjects = st.sampled_from([f"{dot}{key}" for key in keys])
        return st.builds(Rule, subjects, operators, values, st.just(measure))

    relative = st.builds(Relative, st.integers(-70, 70), st.sampled_from(["days", "months", "years"]))
    other_day = st.sampled_from([Ref("today"), Ref(f"{dot}until")])
    none = st.none()
    return st.one_of(
        of(["kind", "name"], EQUAL, TEXTS),
        of(
            ["kind"],
            st.sampled_from(["one_of", "not_one_of"]),
            st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
        ),
        of(["flag"], EQUAL, st.booleans()),
        of(["flag"], st.sampled_from(["holds", "not_holds"]), none),
        of(["number"], ORDER | EQUAL, NUMBERS | st.just(Ref("limit"))),
        of(["born", "until"], ORDER | EQUAL, DAYS | relative | other_day),
        of(["born"], ORDER | EQUAL, NUMBERS, "years"),
        of(["born"], ORDER | EQUAL, st.integers(-10, 70), "days"),
        of(["several"], st.sampled_from(["contains", "contains_not"]), TEXTS),
        of(["several"], ORDER | EQUAL, st.integers(0, 3), "count"),
        of(["kind", "number", "born", "several"], st.sampled_from(["answered", "not_answered"]), none),
    )


def groups(items):
    return st.builds(
        Group,
        st.sampled_from(["all", "any", "not_all", "none"]),
        st.lists(items, max_size=3).map(tuple),
    )


INSIDE = st.recursive(rules("."), groups, max_leaves=4)
OUTSIDE = st.one_of(
    rules(),
    st.builds(Rule, st.sampled_from(["channel", "applicant.sex"]), EQUAL, st.sampled_from(["online", "x"])),
    st.builds(Rule, st.just("today"), ORDER, DAYS),
    st.builds(Rule, st.just("rows"), ORDER | EQUAL, st.integers(0, 3), st.just("count")),
    st.builds(Rows, st.just("rows"), st.sampled_from(["some", "every", "none"]), INSIDE),
)
TREES = st.recursive(OUTSIDE, groups, max_leaves=8)

ANSWERS = {
    "kind": st.none() | TEXTS,
    "name": st.none() | TEXTS,
    "flag": st.none() | st.booleans(),
    "number": st.none() | NUMBERS,
    "limit": st.none() | NUMBERS,
    "born": st.none() | DAYS,
    "until": st.none() | DAYS,
    "several": st.none() | st.lists(TEXTS, min_size=1, max_size=3),
}
SCOPES = st.fixed_dictionaries(
    ANSWERS
    | {
        "rows": st.none() | st.lists(st.fixed_dictionaries(ANSWERS), min_size=1, max_size=3),
        "channel": st.sampled_from(["online", "counter"]),
        "applicant": st.fixed_dictionaries({"sex": st.none() | TEXTS}),
        "today": st.just(TODAY),
    }
)


# ── A plain reading: yes, no, or None for “cannot be said” ────────────────────────────────────────


def reading(tree, scope, row=None):
    if isinstance(tree, Group):
        found = [reading(item, scope, row) for item in tree.items if conditions.normalised(item)]
        return read_group(tree.kind, found)
    return read_rows(tree, scope) if isinstance(tree, Rows) else read_rule(tree, scope, row)


def read_group(kind, found):
    if not found:
        return None
    decisive = kind in ("any", "none")
    together = decisive if decisive in found else None if None in found else not decisive
    return together if kind in ("all", "any") or together is None else not together


def read_rows(tree, scope):
    if not conditions.normalised(tree.condition):
        return None
    if tree.quantifier == "every" and scope[tree.subject] is None:
        return None
    every = tree.quantifier == "every"
    for row in scope[tree.subject] or []:
        found = reading(tree.condition, scope, row)
        if found is None:
            return None
        if found != every:
            return (not every) != (tree.quantifier == "none")
    return every != (tree.quantifier == "none")


def read_rule(rule, scope, row):
    value = looked_up(rule.subject, scope, row)
    if rule.operator in ("holds", "not_holds"):
        return None if value is None else value is (rule.operator == "holds")
    if rule.operator in ("answered", "not_answered"):
        return (value is None) == (rule.operator == "not_answered")
    if rule.operator in ("contains", "contains_not"):
        return (rule.value in (value or [])) == (rule.operator == "contains")
    if rule.operator in ("one_of", "not_one_of"):
        return (value in rule.value) == (rule.operator == "one_of")
    other = compared_with(rule.value, scope, row)
    value = measured(value, rule.measure)
    if rule.operator in ("is", "is_not"):
        return (value == other) == (rule.operator == "is")
    if value is None or other is None:
        return None if row is None else False
    return ORDERS[rule.operator](value, other)


def looked_up(subject, scope, row):
    if subject.startswith("."):
        return row[subject[1:]]
    for part in subject.split("."):
        scope = scope[part]
    return scope


def measured(value, measure):
    if measure == "count":
        return len(value or [])
    if value is None or not measure:
        return value
    today, day = date.fromisoformat(TODAY), date.fromisoformat(value)
    if measure == "days":
        return (today - day).days
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def compared_with(value, scope, row):
    if isinstance(value, Ref):
        return looked_up(value.subject, scope, row)
    if not isinstance(value, Relative):
        return value
    if value.unit == "days":
        return (date.fromisoformat(TODAY) + timedelta(value.number)).isoformat()
    months = 2026 * 12 + 10 + value.number * (12 if value.unit == "years" else 1)
    return f"{months // 12:04}-{months % 12 + 1:02}-21"


# ── Properties ────────────────────────────────────────────────────────────────────────────────────


@given(TREES)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_again(tree):
    written = conditions.write(tree)

    assert (
        written == ""
        or len(written) > expressions.MAX_LENGTH
        or conditions.parse(written) == (conditions.normalised(tree))
    ), written
    assert (written == "") == (conditions.normalised(tree) is None)


@given(TREES, SCOPES)
@settings(max_examples=300, deadline=None)
def test_what_is_written_decides_as_the_rows_read(tree, scope):
    written = conditions.write(tree)
    if (
        not written
        or len(written) > expressions.MAX_LENGTH
        or written.count("(row,") > expressions.MAX_MACROS
    ):
        return

    assert expressions.holds(written, scope) == (reading(tree, scope) is True), written


@given(TREES)
@settings(max_examples=200, deadline=None)
def test_normalising_twice_changes_nothing(tree):
    once = conditions.normalised(tree)

    assert once is None or conditions.normalised(once) == once


# ── Expressions that people wrote ─────────────────────────────────────────────────────────────────
KEYS = {"applies", "required", "condition", "expression"}


def written_conditions(value, key=""):
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "statements":  # their expressions are values, not conditions
                yield from written_conditions(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from written_conditions(item, key)
    elif isinstance(value, str) and key in KEYS:
        yield value


BUNDLED = sorted(
    {
        found
        for file in sorted(FOLDER.glob("*.yaml"))
        for found in written_conditions(yaml.safe_load(file.read_text()))
    }
)


@pytest.mark.parametrize("text", BUNDLED)
def test_every_bundled_condition_is_read_or_stays(text):
    tree = conditions.parse(text)

    if tree is not None:
        assert conditions.parse(conditions.write(tree)) == tree
        assert_alike(text, conditions.write(tree))


def assert_alike(text, written):
    """Both decide alike whatever of a few likely answers each name has."""
    expression = expressions.compile_expression(text)
    likely = [None, True, False, 0, 70, "2027-01-01", "2026-10-01", "2000-01-01", ["x"], ""]
    likely += sorted({token.text for token in tokens.scan(text) if token.kind == "string"})
    values = [each[1:-1] if isinstance(each, str) and each[:1] in "\"'" else each for each in likely]
    names = sorted(expression.names - {"today"})
    for shift in range(len(values)):
        for pace in (1, 2, 3):
            scope = {name: values[(shift + place * pace) % len(values)] for place, name in enumerate(names)}
            scope |= {name: {"sex": "male", "child": {"personal_id": ""}} for name in ("applicant", "claims")}
            scope["today"] = TODAY
            assert expressions.holds(text, scope) == expressions.holds(written, scope), (written, scope)


def test_most_bundled_conditions_are_read():
    read = [text for text in BUNDLED if conditions.parse(text)]

    assert len(read) >= len(BUNDLED) * 0.9


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('"x" == kind', Rule("kind", "is", "x")),
        ("3 < number", Rule("number", "above", 3)),
        ('!(kind in ["x"])', Rule("kind", "not_one_of", ("x",))),
        ("! flag", Rule("flag", "not_holds")),
        ("((flag))", Rule("flag", "holds")),
        ('"x" in several', Rule("several", "contains", "x")),
        ("size(rows) > 1", Rule("rows", "above", 1, "count")),
        ("!(size(rows) <= 1)", Group("none", (Rule("rows", "at_most", 1, "count"),))),
        ("rows.exists(m, m.kind == 'x')", Rows("rows", "some", Rule(".kind", "is", "x"))),
        ("days_between(born, today) > 60", Rule("born", "above", 60, "days")),
        ("born < plus_years(today, -18)", Rule("born", "below", Relative(-18, "years"))),
        (
            "a == 'x' || b == 'y' && !(c == null)",
            Group(
                "any",
                (
                    Rule("a", "is", "x"),
                    Group("all", (Rule("b", "is", "y"), Rule("c", "answered"))),
                ),
            ),
        ),
    ],
)
def test_what_people_write_becomes_rows(text, tree):
    assert conditions.parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a ==",
        "a + 1 == 2",
        "a == 1.5",
        'channel == "online" ? a : b',
        "a.startsWith('x')",
        'label("sex") == "Nam"',
        "!a == b",
        "a == [1]",
        "a in [1, 2]",
        "a < true",
        "a == 'x\\x41'",
        "a == r'x'",
        '!("x" in several)',
        "!(size(rows) > 1)",
        "size(rows) < 2",
        "!rows.exists(m, m.kind == 'x')",
        "rows.exists(m, m.number > 3)",
        "rows.exists(m, m.flag && m.a.b == 'x')",
        "rows.map(m, m.number)",
        "(" * 60 + "a" + ")" * 60,
        "a §",
    ],
)
def test_what_is_richer_stays_an_expression(text):
    assert conditions.parse(text) is None


def test_a_field_called_row_keeps_its_meaning():
    tree = Rows("rows", "some", Rule(".kind", "is", Ref("row")))

    assert conditions.parse(conditions.write(tree)) == tree
    assert expressions.holds(conditions.write(tree), {"rows": [{"kind": "x"}], "row": "x"})


def test_an_empty_row_does_not_hide_the_others():
    tree = Rows("rows", "some", Rule(".born", "below", 18, "years"))
    rows = [{"born": None}, {"born": "2020-01-01"}]

    assert expressions.holds(conditions.write(tree), {"rows": rows, "today": TODAY})
