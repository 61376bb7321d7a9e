"""What stands in a draft survives being shown and sent back, whatever it is."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from procedures.studio import inputs
from procedures.studio.panels import raw_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MADE = {
    "line": inputs.line("x"),
    "lines": inputs.lines("x"),
    "number": inputs.number("x"),
    "flag": inputs.flag("x"),
    "pick": inputs.pick("x", [("a", "A"), ("b", "B")]),
    "picks": inputs.picks("x", [("a", "A"), ("b", "B")]),
    "words": inputs.words("x"),
    "expression": inputs.expression("x"),
}


@pytest.mark.parametrize("name", sorted(MADE))
@given(value=JSON)
def test_anything_can_be_shown(name, value):
    shown = raw_of(MADE[name].prepare_value(value))

    assert all(isinstance(one, str) for one in shown)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("line", "  abc ", "abc"),
        ("line", "", None),
        ("lines", "a\r\nb", "a\nb"),
        ("number", "1.000", 1000),
        ("number", "", None),
        ("flag", True, True),
        ("flag", False, None),
        ("pick", "a", "a"),
        ("pick", "", None),
        ("picks", ["b", "a"], ["a", "b"]),
        ("picks", [], None),
        ("words", "khai sinh, giấy khai sinh,, ", ["khai sinh", "giấy khai sinh"]),
        ("expression", "a == 1", "a == 1"),
    ],
)
def test_what_is_typed_becomes_what_a_definition_holds(name, typed, value):
    assert MADE[name].clean(typed) == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("number", "12a"),
        ("number", "-1"),
        ("pick", "c"),
        ("picks", ["c"]),
        ("expression", "1 +"),
        ("line", "\0"),
    ],
)
def test_what_cannot_be_held_is_refused(name, typed):
    with pytest.raises(ValidationError):
        MADE[name].clean(typed)
