import pytest

from procedures.eforms import forms
from tests.procedures.eforms.samples import CONTEXT, error, field, form, one, options, post, sent, step, text

FAMILY = one(
    field("father", "yes_no"),
    field("father_id", "personal_id", applies="father == true"),
    field("married", "date", applies="father == true", required=False, max="today"),
)


def test_a_valid_step_gives_its_values():
    found = sent(
        FAMILY, father="yes", father_id="001 094 012 345", married__d="1", married__m="5", married__y="2022"
    )

    assert found.is_valid()
    assert found.values() == {"father": True, "father_id": "001094012345", "married": "2022-05-01"}
    assert found.errors == {}


def test_what_is_hidden_is_neither_kept_nor_checked():
    found = sent(FAMILY, father="no", father_id="nonsense", _shown="father father_id married")

    assert found.is_valid()
    assert found.values() == {"father": False}
    assert "father_id" not in found.typed()


def test_a_question_that_the_answer_opens_is_asked_without_an_error():
    found = sent(FAMILY, father="yes", _shown="father")

    assert not found.is_valid()
    assert found.newly_asked == ["father_id", "married"]
    assert found.errors == {}
    assert 'name="father_id"' in str(found)
    assert "New question" in str(found)


def test_the_second_time_it_is_an_error():
    found = sent(FAMILY, father="yes", _shown="father father_id married")

    assert found.errors == {"father_id": ["Fill in label father_id"]}


def test_left_open_optional_questions_are_none():
    found = sent(FAMILY, father="yes", father_id="001094012345")

    assert found.is_valid()
    assert found.values()["married"] is None


def test_everything_typed_comes_back():
    posted = sent(FAMILY, father="yes", father_id="12 ab", married__d="31", married__m="x", married__y="2022")
    typed = posted.typed()

    again = forms.step_form(FAMILY, "only", answers={}, context=CONTEXT, typed=typed)

    assert not again.is_bound
    assert again.errors == {}
    html = str(again)
    for value in ("12 ab", "31", "x", "2022"):
        assert f'value="{value}"' in html
    assert again.typed() == typed


def test_what_was_typed_wins_over_what_is_stored():
    typed = sent(FAMILY, father="no").typed()

    again = forms.step_form(FAMILY, "only", answers={"father": True}, context=CONTEXT, typed=typed)

    assert "father_id" not in str(again)


def test_stored_answers_are_shown():
    answers = {"father": True, "father_id": "001094012345", "married": "2022-05-01"}

    html = str(forms.step_form(FAMILY, "only", answers=answers, context=CONTEXT))

    assert 'value="001094012345"' in html
    assert 'name="married__y" value="2022"' in html
    assert 'value="yes" checked' in html


def test_looking_only_finds_no_errors():
    found = sent(FAMILY, father="yes", father_id="abc", _shown="father father_id married")
    found.look_only()

    assert found.errors == {}
    assert not found.is_valid()
    assert found.newly_asked == []
    assert 'value="abc"' in str(found)


@pytest.mark.parametrize(
    ("bound", "typed", "sentence"),
    [
        ({"max": "today"}, "2026-11-22", "Label at must be today or earlier"),
        ({"min": "today"}, "2026-11-20", "Label at must be today or later"),
        ({"max": '"2026-01-31"'}, "2026-02-01", "Label at must be 31/01/2026 or earlier"),
        ({"min": '"2026-01-31"'}, "2026-01-30", "Label at must be 31/01/2026 or later"),
    ],
)
def test_dates_keep_their_bounds(bound, typed, sentence):
    year, month, day = typed.split("-")

    assert error(one(field("at", "date", **bound)), at__d=day, at__m=month, at__y=year) == sentence


def test_a_date_may_be_bounded_by_an_earlier_answer():
    of = one(field("born", "date"), field("died", "date", min="born"))
    dates = {
        "born__d": "2",
        "born__m": "2",
        "born__y": "2000",
        "died__d": "1",
        "died__m": "2",
        "died__y": "2000",
    }

    assert sent(of, **dates).errors == {"died": ["Label died must be 02/02/2000 or later"]}


def test_a_whole_date_in_the_first_box_is_understood():
    found = sent(one(field("at", "date")), at__d="14/3/1996", at__m="", at__y="")

    assert found.values() == {"at": "1996-03-14"}


@pytest.mark.parametrize(
    ("kind", "more", "typed", "sentence"),
    [
        ("integer", {"min": 1, "max": 20}, "0", "Label n must be 1 or more"),
        ("integer", {"min": 1, "max": 20}, "21", "Label n must be 20 or less"),
        ("integer", {}, "2,5", "Label n must be a whole number in digits, such as 12"),
        ("money", {}, "-5", "Label n must be 0 or more"),
        ("text", {"max_length": 3}, "abcd", "Label n has 4 characters; at most 3 fit"),
    ],
)
def test_numbers_and_texts_keep_their_bounds(kind, more, typed, sentence):
    assert error(one(field("n", kind, **more)), n=typed) == sentence


def test_very_long_input_is_refused_with_the_limit_and_kept():
    found = sent(one(field("n")), n="x" * 100_000)

    assert "at most 200 fit" in found.errors["n"][0]
    assert found.typed()["n"] == ["x" * 100_000]


def test_a_pattern_gives_its_own_sentence():
    of = one(field("name", pattern={"regex": "^[^0-9]+$", "message": text("Chỉ gồm chữ", "Letters only")}))

    assert error(of, name="Mẫu 2") == "Letters only"


def test_locked_values_are_shown_and_never_taken_from_the_post():
    of = one(field("name"), field("other"))

    found = sent(of, answers={"name": "Nguyễn Thị Mẫu"}, locked={"name"}, name="Kẻ Khác", other="x")

    assert found.values() == {"name": "Nguyễn Thị Mẫu", "other": "x"}
    assert 'name="name"' not in str(found)
    assert "Nguyễn Thị Mẫu" in str(found)


def test_a_locked_field_without_a_value_is_asked():
    found = sent(one(field("name")), locked={"name"}, name="Mẫu")

    assert found.values() == {"name": "Mẫu"}


def test_what_something_else_supplies_is_not_asked():
    of = one(field("a"), field("paper", "file"))

    found = forms.step_form(of, "only", answers={}, context=CONTEXT, data=post(a="x"), supplied={"paper"})

    assert found.is_valid()
    assert found.values() == {"a": "x"}


def test_computed_values_follow_what_was_posted():
    of = one(field("born", "date"), field("age", "integer", compute="years_between(born, today)"))

    found = sent(of, born__d="1", born__m="1", born__y="2000", age="99")

    assert found.values()["age"] == 26
    assert "<dd>26</dd>" in str(found)


def test_conditions_see_other_steps_as_they_are_walked():
    of = form(
        step("one", field("kind", "choice", options=options("x", "y"))),
        step("two", field("only_x", applies='kind == "x"'), field("b")),
    )

    assert sent(of, "two", answers={"kind": "x"}, only_x="1", b="2").values() == {"only_x": "1", "b": "2"}
    assert sent(of, "two", answers={"kind": "y"}, only_x="1", b="2").values() == {"b": "2"}


def test_checks_stand_where_they_are_said():
    at_field = {"expression": "a != b", "message": text("Giống nhau", "The same"), "field": "b"}
    at_step = {"expression": "a != 'z'", "message": text("Không z", "No z")}
    of = one(field("a"), field("b"), checks=[at_field, at_step])

    found = sent(of, a="z", b="z")

    assert found.errors["b"] == ["The same"]
    assert found.non_field_errors() == ["No z"]


def test_a_check_at_a_value_that_cannot_be_changed_stands_at_the_head():
    check = {"expression": "a != b", "message": text("Giống nhau", "The same"), "field": "a"}
    of = one(field("a"), field("b"), checks=[check])

    found = sent(of, answers={"a": "x"}, locked={"a"}, b="x")

    assert found.errors == {"__all__": ["The same"]}


def test_what_no_database_stores_is_replaced_in_what_was_typed():
    assert sent(one(field("a")), a="x\x00y").typed()["a"] == ["x\ufffdy"]


def test_a_warning_does_not_stop():
    of = one(
        field("sex", "choice", options=options("male", "female")),
        field("id", "personal_id", personal={"sex": "sex"}),
    )

    found = sent(of, sex="male", id="001196001417")

    assert found.is_valid()
    assert "another sex" in found.warnings["id"][0]


def test_bare_fields_make_a_form_too():
    found = forms.fields_form(
        one(field("number"), field("more", applies='number == "1"')).steps[0].fields,
        initial={},
        context=CONTEXT,
        data={"number": "1", "more": "x"},
    )

    assert found.is_valid()
    assert found.values() == {"number": "1", "more": "x"}


def test_an_unknown_step_is_a_key_error():
    with pytest.raises(KeyError):
        forms.step_form(FAMILY, "nowhere", answers={}, context=CONTEXT)
