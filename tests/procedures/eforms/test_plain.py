"""What is recognised as plain holds exactly when CEL says so."""

import itertools

import pytest

from procedures.eforms import expressions, plain

VALUES = [None, True, False, 0, 1, "", "true", "yes", "a b", "đ", 'q"q', ["yes"], [], {"yes": 1}, 1.0]
PLAIN = [
    "a == true",
    "a == false",
    'a == "yes"',
    "a=='yes'",
    ' a  ==  "a b" ',
    'a == ""',
    'a == "true"',
    "a == 'q\"q'",
    'a in ["yes"]',
    """a in [ "yes" ,'đ', "true"]""",
]
NOT_PLAIN = [
    'a != "yes"',
    "a == null",
    "a == 1",
    'true == "yes"',
    'null in ["yes"]',
    'a == "yes" && b == true',
    '"yes" == a',
    r'a == "\u0111"',
    'a in ["yes", 1]',
    "a in []",
    'a.b == "yes"',
    'a == "yes" || true',
    '!(a == "yes")',
    'a == r"yes"',
]


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_plain_condition_means_what_cel_makes_of_it(text, value):
    found = plain.recognised(text)

    assert found is not None
    assert found.name == "a"
    assert found.holds(value) is (expressions.evaluate(text, {"a": value}) is True)


@pytest.mark.parametrize(("text", "value"), list(itertools.product(PLAIN, ["yes", True, None])))
def test_holds_takes_it(text, value):
    assert expressions.holds(text, {"a": value}) is (expressions.evaluate(text, {"a": value}) is True)


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_the_rest_is_left_to_cel(text):
    assert plain.recognised(text) is None
