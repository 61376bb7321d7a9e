"""Renaming inside CEL changes what is meant and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.eforms import expressions, rewriting


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ('kind == "kind"', 'sort == "kind"'),
        ("kinds == kind", "kinds == sort"),
        ("applicant.kind + kind", "applicant.kind + sort"),
        ("label(\"kind\") == label( 'kind' )", "label(\"sort\") == label( 'sort' )"),
        ('join([kind, "a kind"], ", ")', 'join([sort, "a kind"], ", ")'),
        ("rows.exists(kind, kind.age > 1)", "rows.exists(kind, kind.age > 1)"),
        ("rows.exists(r, r.kind == kind)", "rows.exists(r, r.kind == sort)"),
        ("kind == ", "sort == "),  # half written
        ('"unclosed kind', '"unclosed sort'),
        ("kind.exists(kind, kind == 1)", "sort.exists(kind, kind == 1)"),
    ],
)
def test_rename(text, renamed):
    assert rewriting.rename(text, "kind", "sort") == renamed


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("members.all(m, m.age > 1)", "members.all(m, m.years > 1)"),
        ("given(members).exists(m, m.age > 1)", "given(members).exists(m, m.years > 1)"),
        ("members[0].age > age", "members[0].years > age"),
        ("others.all(m, m.age > 1)", "others.all(m, m.age > 1)"),
        ("members.map(m, m.age)[0] + other.age", "members.map(m, m.years)[0] + other.age"),
    ],
)
def test_rename_member(text, renamed):
    assert rewriting.rename_member(text, "members", "age", "years") == renamed


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ('who == "self" || other == "self"', 'who == "me" || other == "self"'),
        ('"self" != who', '"me" != who'),
        ('who in ["x", "self"]', 'who in ["x", "me"]'),
        ('"self" in who', '"me" in who'),
        ('"self" in given(who)', '"me" in given(who)'),
        ('other in ["x", "self"]', 'other in ["x", "self"]'),
        ('who == \'self\' ? "self" : "x"', 'who == \'me\' ? "self" : "x"'),
        ('a.who == "self"', 'a.who == "self"'),
    ],
)
def test_rename_value(text, renamed):
    assert rewriting.rename_value(text, "who", "self", "me") == renamed


NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.one_of(NAMES, st.integers(0, 9).map(str), st.sampled_from(['"a"', '"b c"', "'a'"]))
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["==", "+", "&&", "<"]), inner).map(" ".join),
        inner.map(lambda x: f"({x})"),
        st.tuples(inner, NAMES).map(lambda pair: f"[{pair[0]}].exists({pair[1]}, {pair[1]} == a)"),
        inner.map(lambda x: f"[{x}].size()"),
    ),
    max_leaves=8,
)


@given(TEXTS)
def test_renaming_renames_the_references_and_comes_back(text):
    try:
        before = expressions.references(text)
    except expressions.ExpressionError:
        before = None

    after = rewriting.rename(text, "a", "new_name")

    assert rewriting.rename(after, "new_name", "a") == text
    if before is not None:
        assert expressions.references(after) == {"new_name" if name == "a" else name for name in before}
