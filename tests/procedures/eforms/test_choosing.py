import pytest

from tests.procedures.eforms.samples import error, field, one, options, sent, text


def test_a_choice_takes_only_what_is_offered():
    of = one(field("c", "choice", options=options("x", "y")))

    assert error(of, c="z") == "“z” is not in the list for label c; choose one of the list"
    assert error(of) == "Choose label c"
    assert sent(of, c="y").values() == {"c": "y"}


def test_several_choices_keep_the_order_of_the_options():
    of = one(field("c", "choices", options=options("x", "y", "z")))

    assert sent(of, c=["z", "x"]).values() == {"c": ["x", "z"]}
    assert error(of, c=["x", "w"]).startswith("“w” is not in the list")


@pytest.mark.parametrize("typed", ["Việt Nam", "viet nam", "VIỆT NAM", "Viet Nam"])
def test_search_as_you_type_takes_a_label_however_it_is_typed(typed):
    of = one(field("c", "choice", list="nationalities", widget="search"))

    assert sent(of, c=typed).values() == {"c": "Việt Nam"}


def test_search_refuses_what_several_or_no_options_match():
    of = one(field("c", "choice", list="nationalities", widget="search"))

    assert error(of, c="Atlantis").startswith("“Atlantis” is not in the list")


def test_a_question_mark_makes_another_sentence():
    asked = field("c", "yes_no") | {"label": text("Đã kết hôn?", "Are you married?")}

    assert error(one(asked)) == "Answer the question “Are you married?”"


def test_a_commune_is_asked_after_its_province():
    of = one(field("home", "commune"))

    first = sent(of, home__province="01", home__listed="")
    second = sent(of, home__province="01", home__listed="01")
    third = sent(of, home__province="01", home__listed="01", home="00070")

    assert (first.errors, first.newly_asked) == ({}, ["home"])
    assert 'value="00070"' in str(first)
    assert second.errors == {"home": ["Choose the ward or commune of label home"]}
    assert third.values() == {"home": "00070"}


def test_another_province_asks_for_its_communes():
    found = sent(one(field("home", "commune")), home__province="04", home__listed="01", home="00070")

    assert found.newly_asked == ["home"]
    assert found.typed()["home__province"] == ["04"]
