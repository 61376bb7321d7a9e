"""Three values: a claim that is not there is never a no."""

from datetime import date

import pytest

from portal.sharing import predicates

ON = date(2026, 11, 22)
CLAIMS = {
    "person": {"full_name": "Nguyễn Thị Mẫu", "date_of_birth": "2008-11-22", "sex": "female", "other": None},
    "status": {"declared": "never", "note": ""},
    "members": [{"name": "Trần Văn Mẫu"}],
    "floors": 4,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('claims.status.declared == "never"', "yes"),
        ('claims.status.declared == "married"', "no"),
        ('claims.status.missing == "married"', "unknown"),
        ('claims.status.missing != "married"', "unknown"),
        ('claims.person.other == "x"', "unknown"),
        ('claims.status.note == "x"', "unknown"),
        ('claims.status.declared == "never" || claims.status.missing == "x"', "unknown"),
        ("age(claims.person.date_of_birth) >= 18", "yes"),
        ("age(claims.person.date_of_birth) >= 19", "no"),
        ("age(claims.person.full_name) >= 19", "unknown"),
        ("claims.person.date_of_birth < today", "yes"),
        ("claims.floors > 3", "yes"),
        ('claims.floors > "3"', "unknown"),
        ("claims.floors", "unknown"),
        ('claims.members.exists(m, m.name == "Trần Văn Mẫu")', "yes"),
        ('claims.person.full_name.startsWith("Nguyễn")', "yes"),
        ("claims.person.other == null", "yes"),
        ("!has(claims.status.missing)", "yes"),
        ('claims.status.declared == "claims.status.missing"', "no"),
    ],
)
def test_answers(text, expected):
    assert predicates.answer(text, CLAIMS, on=ON) == expected


@pytest.mark.parametrize(("born", "years"), [("2008-11-22", 18), ("2008-11-23", 17), ("2008-02-29", 18)])
def test_age_is_full_years(born, years):
    question = f"age(claims.born) == {years}"

    assert predicates.answer(question, {"born": born}, on=ON) == "yes"


@pytest.mark.parametrize(
    "text",
    ["claims.a ==", "secret == 1", "1 == 1", 'claims.a == "' + "x" * 300 + '"',
     "claims.a.all(x, claims.b.all(y, x == y))"],
)  # fmt: skip
def test_what_cannot_be_asked(text):
    with pytest.raises(predicates.Refused):
        predicates.check(text)


def test_paths_are_found_outside_of_texts():
    text = "claims.a.b == \"claims.x\" && claims.name.startsWith('claims.y') && size(claims.rows) > 0"

    assert predicates.paths(text) == ["a.b", "name", "rows"]
