import pytest

from procedures.eforms import expressions
from tests.procedures.eforms import samples


def test_evaluates_over_the_scope():
    assert expressions.evaluate("copies * 8000", {"copies": 3}) == 24000


@pytest.mark.parametrize("text", ["copies > 3", "copies + 1", "1 / 0", "missing.name", "copies"])
def test_what_fails_gives_the_default(text):
    scope = {"copies": None}

    assert expressions.evaluate(text, scope, default="none") in ("none", None)


def test_a_condition_holds_only_when_true():
    assert expressions.holds("a == 'x'", {"a": "x"})
    assert not expressions.holds("a > 3", {"a": None})
    assert not expressions.holds("a", {"a": 1})


def test_a_check_that_needs_an_unanswered_value_does_not_fail():
    assert not expressions.fails("a == b", {"a": 1, "b": None})
    assert expressions.fails("a == b", {"a": 1, "b": 2})


def test_a_check_that_speaks_of_null_is_judged():
    assert expressions.fails("a != null || b != null", {"a": None, "b": None})


def test_the_word_null_inside_a_text_is_not_null():
    assert not expressions.fails("a == 'null'", {"a": None})


def test_a_computed_value_waits_for_its_answers():
    text = "years_between(born, today)"

    assert expressions.computed(text, {"born": None, "today": "2026-11-21"}) is None
    assert expressions.computed(text, {"born": "1996-11-22", "today": "2026-11-21"}) == 29


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2008-11-21", "2026-11-21", 18),
        ("2008-11-22", "2026-11-21", 17),
        ("2004-02-29", "2026-02-28", 21),
        ("2004-02-29", "2026-03-01", 22),
    ],
)
def test_years_are_full_years(start, end, years):
    assert expressions.years_between(start, end) == years


@pytest.mark.parametrize(("start", "end"), [("31/12/2020", "2026-01-01"), (None, "2026-01-01"), (5, 6)])
def test_dates_that_are_none_give_null(start, end):
    assert expressions.years_between(start, end) is None
    assert expressions.days_between(start, end) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("plus_days('2026-12-31', 1)", "2027-01-01"),
        ("plus_days('2026-11-21', -60)", "2026-09-22"),
        ("plus_months('2026-01-31', 1)", "2026-02-28"),
        ("plus_months('2026-01-15', -1)", "2025-12-15"),
        ("plus_years('2024-02-29', 1)", "2025-02-28"),
        ("plus_years('2026-11-21', -18)", "2008-11-21"),
        ("plus_years('2026-11-21', 9000)", None),
        ("plus_days('2026-11-21', 9000000)", None),
        ("plus_months('2026-11-21', 'x')", None),
        ("plus_days(unanswered, 1)", None),
    ],
)
def test_days_are_moved(text, day):
    assert expressions.evaluate(text, {"unanswered": None}) == day


def test_a_list_is_given_even_when_it_is_unanswered():
    assert expressions.holds("size(given(rows)) == 0", {"rows": None})
    assert expressions.holds("'x' in given(several)", {"several": ["x"]})


def test_places_have_names():
    assert expressions.evaluate("commune_name(at)", {"at": "00070"}) == "Phường Hoàn Kiếm"
    assert expressions.evaluate("province_name(at)", {"at": "00070"}) == "Thành phố Hà Nội"
    assert expressions.evaluate("commune_name(at)", {"at": "99999"}) is None


def test_label_gives_the_vietnamese_label_of_the_chosen_option():
    choice = {"value": "male", "label": {"vi": "Nam", "en": "Male"}}
    form = samples.one(samples.field("sex", "choice", options=[choice]))

    assert expressions.evaluate('label("sex")', {"sex": "male"}, form=form) == "Nam"
    assert expressions.evaluate('label("sex")', {"sex": None}, form=form) is None


def test_sum_adds_the_rows_of_a_group_and_leaves_out_what_is_open():
    rows = [{"pages": 3}, {"pages": None}, {"pages": 4}]

    assert expressions.evaluate("sum(rows.map(r, r.pages))", {"rows": rows}) == 7
    assert expressions.evaluate("sum(rows)", {"rows": []}) == 0
    assert expressions.evaluate("sum(rows)", {"rows": None}) is None


def test_join_leaves_out_what_is_unanswered():
    assert expressions.evaluate("join([a, b, c], ', ')", {"a": "x", "b": None, "c": "z"}) == "x, z"


def test_references_are_variables_without_macro_names():
    text = 'members.exists(m, m.kind == kind) && label("sex") == "Nam" && applicant.sex == "x"'

    assert expressions.references(text) == {"members", "kind", "sex", "applicant"}


def test_problems_name_what_does_not_exist():
    assert expressions.problems("a == 1", {"a"}) == []
    assert expressions.problems("a == b", {"a"}) == ["refers to “b”, which does not exist here"]
    assert expressions.problems("open(a)", {"a"}) == ["calls “open()”, which does not exist"]
    assert expressions.problems("a ==", {"a"})[0].startswith("is not an expression")


@pytest.mark.parametrize("text", ["a" * 2001, "(" * 150 + "1" + ")" * 150, "[1]" + ".map(x, x)" * 7])
def test_what_is_too_long_or_too_deep_is_refused(text):
    with pytest.raises(expressions.ExpressionError):
        expressions.compile_expression(text)


def test_an_evil_pattern_costs_nothing():
    assert expressions.matches("a" * 5000 + "b", "(a+)+$") is False
    assert expressions.matches("x", "(") is None
