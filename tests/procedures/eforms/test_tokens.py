import pytest

from procedures.eforms import tokens

NAMES = {
    'a.b == c && "d" in [e]': {"a", "c", "e"},
    "rows.exists(m, m.x == y && m == rows) && m": {"m", "rows", "y"},
    "rows.map(r, rows.filter(s, s.a == r.b && q))": {"rows", "q"},
    "rows . exists ( m , m )": {"rows"},
    r"r'\' + a + 'it\'s b' + c": {"a", "c"},
    '"""a "quoted" b""" + c // d\n + e': {"c", "e"},
    "has(a.b) ? f(x) : true": {"a", "x"},
    "1.5e3 + 0x1F + a1 in null": {"a1"},
    "'unfinished": {"unfinished"},
    "": set(),
}


@pytest.mark.parametrize("text", NAMES)
def test_free_names_are_those_that_stand_for_something_outside(text):
    assert tokens.free_names(text) == NAMES[text]
    assert "".join(token.text for token in tokens.scan(text)) == text


def test_a_name_is_replaced_where_it_is_free_and_nowhere_else():
    text = 'a == "a" && x.a && rows.all(a, a > 1) && f(a) // a'

    assert tokens.replaced(text, lambda token: token.text.upper()) == (
        'A == "a" && X.a && ROWS.all(a, a > 1) && f(A) // a'
    )


def test_comments_do_not_survive_where_they_would_swallow_the_rest():
    assert tokens.plain("a // why\n && b // because") == "a   && b"


def test_cost_counts_every_word_as_often_as_the_macros_around_it_run():
    flat, once, twice = (
        tokens.cost(tokens.weights(text), 50)
        for text in ("a == b", "a.all(x, x == b)", "a.all(x, c.all(y, y == x))")
    )

    assert flat == 4
    assert 50 * 3 <= once < 50 * 10
    assert 2500 * 3 <= twice < 2500 * 12
