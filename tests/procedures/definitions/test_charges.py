"""Fees: tiers with a cap, the counter's own price, the highest exemption, test tables that prove them."""

import pytest

from procedures.definitions import start
from procedures.definitions.parts import Tier, Tiers
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.definitions.variants import PAGES, changed, compiled, problems, text, with_pages
from tests.procedures.golden import CONTEXT, GOLDEN


@pytest.fixture
def plain(bundled):
    return bundled["1.004873"]


def amount(definition, channel="online", **answers):
    lines = definition.quote(GOLDEN["1.004873"].with_files() | answers, CONTEXT | {"channel": channel})
    return sum(line.amount for line in lines)


@pytest.mark.parametrize(
    ("pages", "copies", "total"),
    [(1, 1, 2000), (2, 1, 4000), (3, 1, 5000), (5, 2, 14_000), (198, 1, 200_000), (500, 3, 600_000)],
)
def test_pages_cost_by_tiers_and_a_copy_is_capped(plain, pages, copies, total):
    assert amount(compiled(with_pages(plain)), pages=pages, copies=copies) == total


def test_a_line_by_tiers_adds_up(plain):
    answers = GOLDEN["1.004873"].with_files() | {"pages": 5, "copies": 2}

    (line,) = compiled(with_pages(plain)).quote(answers, CONTEXT)

    assert (line.unit_amount, line.quantity, line.amount) == (7000, 2, 14_000)


def test_tiers_wait_for_their_count(plain):
    assert compiled(with_pages(plain)).quote({"copies": 2}, CONTEXT) == ()


def test_the_counter_has_a_price_of_its_own(plain):
    definition = compiled(with_pages(plain, counter_amount="3000"))

    assert amount(definition, channel="counter", pages=5, copies=2) == 6000
    assert amount(definition, pages=5, copies=2) == 14_000


def test_of_several_exemptions_the_highest_counts(plain):
    half, most = (
        {"applies": "pages > 0", "percent": percent, "label": text(str(percent)), "basis": text("Luật")}
        for percent in (50, 80)
    )

    assert amount(compiled(with_pages(plain, exemptions=[half, most, half])), pages=5, copies=2) == 2800


def test_tiers_of_three_steps():
    tiers = Tiers("n", (Tier(100, 10), Tier(50, 20), Tier(10)), most=1600)

    assert [tiers.amount(n) for n in (0, 10, 15, 20, 21, 1000)] == [0, 1000, 1250, 1500, 1510, 1600]


def test_the_start_page_names_the_price_of_the_first(plain):
    definition = compiled(with_pages(plain, counter_amount="3000"))

    price, (row,) = start.price(definition, at=PUBLISHED_AT), start.fees(definition, at=PUBLISHED_AT)

    assert (price.amount, price.is_least, price.at_counter) == (2000, True, 3000)
    assert (row.amount, row.tiers, row.is_each) == (None, ((1, 2, 2000), (3, None, 1000)), True)


def example(total, **more):
    return {"given": {"pages": 5, "copies": 2}, "amount": total} | more


def test_a_test_table_that_is_right_is_in_order(plain):
    rows = [example(14_000), example(6000, channel="counter")]

    assert problems(with_pages(plain, counter_amount="3000", examples=rows)) == []


@pytest.mark.parametrize(
    ("row", "place", "reason"),
    [
        (example(14_001), "amount", "says 14001, the fee comes to 14000 đồng"),
        ({"given": {"copies": 2}, "amount": 0}, "", "leaves open what the fee depends on"),
        (example(14_000, given={"pages": 5, "copies": 2, "colour": 1}), "given.colour", "not a field"),
        (example(14_000, given={"pages": "5", "copies": 2}), "", "whole number of đồng"),
        ({"given": {"pages": 5}}, "amount", "is missing"),
        (example(-1), "amount", "must be from 0"),
        (example(14_000, channel="post"), "channel", "must be one of"),
    ],
)
def test_a_row_that_is_wrong_is_a_problem_at_its_place(plain, row, place, reason):
    found = problems(with_pages(plain, examples=[example(14_000), row]))

    assert [(path, reason in told) for path, told in found] == [
        (f"fees[0].examples[1].{place}".rstrip("."), True)
    ]


def test_a_fee_that_looks_at_the_day_is_proved_on_a_day(plain):
    dated = {"unit_amount": 'today < "2027-01-01" ? 0 : 8000', "tiers": None, "quantity": "1"}
    fee = {key: value for key, value in (PAGES | dated).items() if value is not None}
    rows = [{"given": {"today": "2027-01-01"}, "amount": 8000}, {"given": {}, "amount": 8000}]

    assert problems(changed(plain, fees=[fee | {"examples": rows}])) == [
        ("fees[0].examples[1]", "must give `today`, which the fee depends on, like “2026-11-21”")
    ]


def tiers(*steps, **more):
    return {"count": "pages", "steps": list(steps)} | more


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"unit_amount": "1"}, "tiers", "one of the two"),
        ({"tiers": None}, "unit_amount", "a fee has it, or tiers"),
        ({"tiers": tiers()}, "tiers.steps", "missing or empty"),
        ({"tiers": tiers({"upto": 2, "amount": 1})}, "tiers.steps[0].upto", "every step but the last"),
        ({"tiers": tiers({"amount": 1}, {"amount": 1})}, "tiers.steps[0].upto", "every step but the last"),
        (
            {"tiers": tiers({"upto": 2, "amount": 1}, {"upto": 2, "amount": 1}, {"amount": 1})},
            "tiers.steps[1].upto",
            "more than 2",
        ),
        ({"tiers": tiers({"amount": -1})}, "tiers.steps[0].amount", "from 0"),
        ({"tiers": tiers({"amount": 1}, most=-1)}, "tiers.most", "from 0"),
        ({"tiers": tiers({"amount": 1}) | {"count": "sheets"}}, "tiers.count", "“sheets”"),
        ({"counter_amount": '"3000"'}, "counter_amount", "whole number"),
        ({"quantity": "-1"}, "quantity", "0 or more"),
    ],
)
def test_a_fee_of_the_wrong_shape_is_refused_at_its_place(plain, change, place, reason):
    broken = with_pages(plain)
    broken["fees"] = [{k: v for k, v in (PAGES | change).items() if v is not None}]

    assert [(path, reason in told) for path, told in problems(broken)] == [(f"fees[0].{place}", True)]
