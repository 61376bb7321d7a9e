"""What conditions say in plain words, and that they always say something."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.eforms import conditions
from procedures.eforms.conditions import Group, Relative, Rows, Rule
from tests.procedures.eforms.samples import field, form, options, step, text
from tests.procedures.eforms.test_conditions import TREES

NAME = field("name", label=text("Tên", "Name"))
FORM = form(
    step(
        "about",
        field("kind", "choice", label=text("Cho ai?", "For whom?"), options=options("self", "child")),
        field("born", "date", label=text("Ngày sinh", "Date of birth")),
        field("number", "integer", label=text("Số bản sao", "Copies")),
        field("price", "money", label=text("Giá", "Price")),
        field("flag", "yes_no", label=text("Có đăng ký", "Registered")),
        field("several", "choices", label=text("Dịch vụ", "Services"), options=options("a", "b")),
    ),
    step(
        "others",
        field("born_too", "date", label=text("Ngày sinh", "Date of birth")),
        field(
            "members",
            "group",
            label=text("Thành viên", "Members"),
            fields=[field("name", label=text("Tên", "Name"))],
        ),
    ),
)


@pytest.mark.parametrize(
    ("cel", "sentence"),
    [
        ('kind == "child"', "For whom is “CHILD”"),
        ('kind != "child"', "For whom is not “CHILD”"),
        ('kind in ["child", "self", "gone"]', "For whom is “CHILD”, “SELF” or “gone”"),
        ("number >= 1200", "Copies is at least 1,200"),
        ("price > 16000", "Price is more than 16,000\u00a0đ"),
        ("flag == true", "Registered is “Yes”"),
        ("!flag", "Registered is “No”"),
        ('"a" in several', "Services includes “A”"),
        ("kind == null", "For whom is not answered"),
        ('born < "2026-08-15"', "Date of birth (about) is before 15/08/2026"),
        ("born >= plus_months(today, -3)", "Date of birth (about) is not before 3 months before today"),
        ("years_between(born, today) < 18", "Date of birth (about) lies less than 18 years before today"),
        ("years_between(born, today) > 17", "Date of birth (about) lies at least 18 years before today"),
        ("days_between(born, today) > 60", "Date of birth (about) lies more than 60 days before today"),
        ("born != born_too", "Date of birth (about) is not the answer to “Date of birth (others)”"),
        ('channel == "counter"', "How it is filed is “At the counter”"),
        ('applicant.sex == "male"', "The applicant: Sex is “Male”"),
        ('applicant.phone != ""', "The applicant: Phone number is known"),
        ("size(given(members)) == 2", "the number of entries of “Members” is 2"),
        ("members.exists(m, m.name == 'x')", "at least one entry of “Members” fulfils: Name is “x”"),
        ("a.b == 'x'", "a.b is “x”"),
        (
            'kind == "child" && (number > 1 || flag)',
            "For whom is “CHILD”, and (Copies is more than 1, or Registered is “Yes”)",
        ),
        ('!(kind == "child" && flag)', "it is not so that (For whom is “CHILD”, and Registered is “Yes”)"),
        ("number  + 1 == 2", "the expression “number + 1 == 2” holds"),
        ("", "always"),
    ],
)
def test_a_condition_is_said_in_words(cel, sentence):
    assert conditions.words(cel, FORM, "en") == sentence


def test_a_sentence_is_in_the_language_that_is_asked_for():
    sentence = conditions.words('kind == "child"', FORM, "vi")

    assert sentence.startswith("Cho ai ")
    assert "For whom" not in sentence


def test_a_named_condition_is_called_by_its_name():
    definition = {"conditions": [{"key": "minor", "name": {"vi": "Chưa đủ 18 tuổi", "en": "A minor"}}]}

    assert conditions.words("minor && !minor", definition, "en") == "“A minor”, and not “A minor”"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["form", "steps", "fields", "key", "label", "vi", "options", "value", "conditions", "list"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(TREES, st.dictionaries(st.sampled_from(["form", "papers", "conditions"]), JUNK, max_size=3))
@settings(max_examples=150, deadline=None)
def test_words_never_fail(tree, definition):
    for form_ in (definition, FORM, None):
        assert conditions.words(tree, form_, "vi")
        assert conditions.words(conditions.write(tree), form_, "en")


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_words_of_anything_never_fail(written):
    assert conditions.words(written, {"form": {"steps": [{"fields": None}, 3]}}, "vi")


@pytest.mark.parametrize(
    "tree",
    [
        None,
        Group("all", ()),
        Rule("born", "below", Relative(0)),
        Rule("", "one_of", ()),
        Rows("members", "every", Rule(".name", "is")),
        Rule("flag", "is", ""),
    ],
)
def test_half_finished_rows_have_words_too(tree):
    assert conditions.words(tree, FORM, "en")
