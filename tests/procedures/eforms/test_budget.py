"""No definition can stall a request: what evaluating costs is known before, and one purse pays for a walk."""

import time

import pytest

from procedures.eforms import budget, expressions, journey, schema, tokens
from tests.procedures.eforms.samples import CONTEXT, field, one, text

ROWS = [{"name": f"Người {n}", "year": n} for n in range(50)]
CLAUSE = "a.year + b.year + c.year != 999"
CUBE = f"rows.all(a, rows.all(b, rows.all(c, {' && '.join([CLAUSE] * 30)})))"


def group(**more):
    subs = [field("name", required=False), field("year", "integer", required=False)]
    return field("rows", "group", fields=subs, max=50, **more)


def walked(form, **answers):
    """The walk, and the seconds it took; BudgetExceeded comes through."""
    begun = time.perf_counter()
    try:
        return journey.walk(form, answers, context=CONTEXT)
    finally:
        assert time.perf_counter() - begun < 60  # without a budget it would be hours


def test_what_is_spent_comes_out_of_one_purse():
    with budget.metered(100):
        budget.spend(60)
        with budget.metered(1000):
            with pytest.raises(budget.BudgetExceeded):
                budget.spend(41)
            budget.spend(40)
    budget.spend(100)


def test_a_walk_over_nested_lists_is_refused_before_it_begins():
    form = one(group(), field("note", required=False, applies=CUBE))

    with pytest.raises(budget.BudgetExceeded):
        walked(form, rows=ROWS)


def test_the_same_form_is_walked_while_its_lists_are_short():
    form = one(group(), field("note", required=False, applies=CUBE))

    assert [each.key for each in walked(form, rows=ROWS[:3]).steps[0].fields] == ["rows", "note"]


def test_many_small_costs_add_up():
    square = "rows.all(a, rows.all(b, a.year + b.year != 999))"
    checks = [{"expression": square, "message": text("m")} for _n in range(100)]

    with pytest.raises(budget.BudgetExceeded):
        walked(one(group(), checks=checks), rows=ROWS)
    assert walked(one(group(), checks=checks[:5]), rows=ROWS).steps[0].failed == ()


def test_long_texts_inside_lists_count():
    note = [{"name": "x" * 9000, "year": 1} for _n in range(50)]
    square = "rows.map(a, rows.map(b, a.name + b.name)).size() > 0"

    with pytest.raises(budget.BudgetExceeded):
        walked(one(group(), *(field(f"n{i}", required=False, applies=square) for i in range(3))), rows=note)


def test_what_doubles_itself_stops_growing():
    doubling = [field("f0", "long_text", max_length=10_000)]
    doubling += [field(f"f{n}", compute=f"f{n - 1} + f{n - 1}") for n in range(1, 60)]

    with pytest.raises(budget.BudgetExceeded):
        walked(one(*doubling), f0="x" * 10_000)


def test_a_pattern_that_repeats_repetitions_is_expensive():
    plain, evil = (tokens.pattern_weight(regex) for regex in ("^[0-9]{1,12}$", r"(\w{50}){50}"))

    assert plain < budget.MOST / 10 < evil
    with pytest.raises(budget.BudgetExceeded):
        expressions.evaluate(r"""a.matches(r'(\w{50}){50}')""", {"a": "x"})
    assert expressions.evaluate("a.matches('^[0-9]{1,12}$')", {"a": "123"}) is True
    with pytest.raises(schema.SchemaError, match="takes too long to make"):
        one(field("x", pattern={"regex": r"(\w{50}){50}", "message": text("m")}))


def test_a_pattern_has_to_be_written_out():
    assert expressions.problems("a.matches(b)", {"a", "b"}) == [
        "gives matches() a pattern that is not written out"
    ]
    assert expressions.problems('a.matches("[a-z]+")', {"a"}) == []


def test_evaluated_alone_an_expression_may_not_cost_more_than_a_walk():
    with pytest.raises(budget.BudgetExceeded):
        expressions.evaluate(CUBE, {"rows": ROWS})
