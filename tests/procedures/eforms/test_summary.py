import pytest
from django.utils import translation

from procedures.eforms import journey, summary
from tests.procedures.eforms.samples import CONTEXT, field, form, one, step, text

SEX = [{"value": "male", "label": text("Nam", "Male")}, {"value": "female", "label": text("Nữ", "Female")}]


@pytest.mark.parametrize(
    ("asked", "value", "vi", "en"),
    [
        (field("x"), "Mẫu", "Mẫu", "Mẫu"),
        (field("x", "integer"), 3, "3", "3"),
        (field("x", "money"), 1250000, "1.250.000\u00a0đ", "1,250,000\u00a0đ"),
        (field("x", "date"), "1996-03-14", "14/03/1996", "14/03/1996"),
        (field("x", "choice", options=SEX), "male", "Nam", "Male"),
        (field("x", "choices", options=SEX), ["male", "female"], "Nam, Nữ", "Male, Female"),
        (field("x", "choice", options=SEX), "gone", "gone", "gone"),
        (
            field("x", "commune"),
            "00070",
            "Phường Hoàn Kiếm, Thành phố Hà Nội",
            "Phường Hoàn Kiếm, Thành phố Hà Nội",
        ),
        (field("x"), None, "", ""),
    ],
)
def test_an_answer_in_words(asked, value, vi, en):
    found = one(asked).field("x")

    assert summary.text(found, value, "vi") == vi
    assert summary.text(found, value, "en") == en


def test_yes_and_no_follow_the_language_asked_for_not_the_active_one():
    found = one(field("x", "yes_no")).field("x")

    with translation.override("vi"):
        assert summary.text(found, True, "en") == "Yes"
        assert summary.text(found, False, "en") == "No"


def test_files_by_name_or_by_number():
    found = one(field("x", "file")).field("x")

    assert summary.text(found, ["a", "b"], "en") == "2 files"
    assert summary.text(found, ["a", "b"], "en", files={"a": "a.pdf", "b": "b.pdf"}) == "a.pdf\nb.pdf"


def test_rows_of_a_group_are_lines():
    found = one(field("x", "group", fields=[field("name"), field("born", "date")])).field("x")

    said = summary.text(found, [{"name": "An", "born": "2020-01-02"}, {"name": "Bình"}], "en")

    assert said == "Label name: An; Label born: 02/01/2020\nLabel name: Bình"


def test_an_open_step_shows_what_was_left_open_a_form_does_not():
    of = form(step("only", field("a"), field("b", required=False), field("c", applies='a == "z"')))
    walked = journey.walk(of, {"a": "x"}, context=CONTEXT)

    in_step = summary.rows(walked.steps[0], walked.answers, language="vi")
    in_form = summary.rows(of, walked.answers, language="vi")

    assert [(row.label, row.value_text) for row in in_step] == [("Nhãn a", "x"), ("Nhãn b", "")]
    assert [row.key for row in in_form] == ["a"]
