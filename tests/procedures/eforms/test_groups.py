import pytest

from procedures.eforms import forms
from tests.procedures.eforms.samples import CONTEXT, field, one, options, sent

MEMBERS = one(
    field("head"),
    field(
        "members",
        "group",
        required=False,
        max=3,
        fields=[
            field("name"),
            field("kind", "choice", options=options("child", "other"), required=False),
            field("which", applies='kind == "other"'),
        ],
    ),
)
TWO = {
    "head": "Mẫu",
    "members__rows": "2",
    "members-0-name": "An",
    "members-0-kind": "child",
    "members-1-name": "Bình",
    "members-1-kind": "other",
    "members-1-which": "cousin",
}


def test_rows_become_a_list():
    found = sent(MEMBERS, **TWO)

    assert found.is_valid()
    assert found.values()["members"] == [
        {"name": "An", "kind": "child"},
        {"name": "Bình", "kind": "other", "which": "cousin"},
    ]


def test_errors_say_the_row():
    found = sent(MEMBERS, **TWO | {"members-1-name": ""})

    assert found.errors == {"members-1-name": ["Fill in label name (row 2)"]}


def test_conditions_inside_a_row_look_at_that_row():
    found = sent(MEMBERS, **TWO | {"members-0-which": "hidden"})

    assert "which" not in found.values()["members"][0]


def test_a_question_opened_inside_a_row_is_asked():
    shown = "head members members-0-name members-0-kind"

    found = sent(
        MEMBERS,
        head="x",
        members__rows="1",
        _shown=shown,
        **{"members-0-name": "An", "members-0-kind": "other"},
    )

    assert found.newly_asked == ["members-0-which"]
    assert found.errors == {}


def test_a_group_opened_by_an_answer_is_asked():
    of = one(
        field("many", "yes_no"), field("members", "group", applies="many == true", fields=[field("name")])
    )

    found = sent(of, many="yes", _shown="many")

    assert found.newly_asked == ["members", "members-0-name"]
    assert found.errors == {}


def test_rows_left_blank_are_dropped():
    blank = {"members__rows": "3", "members-2-name": " ", "members-2-kind": ""}

    assert len(sent(MEMBERS, **TWO | blank).values()["members"]) == 2
    assert sent(MEMBERS, head="x", members__rows="1", **{"members-0-name": ""}).is_valid()


def test_another_row_without_scripts():
    found = sent(MEMBERS, **TWO | {"_add": "members", "members-0-name": ""})

    assert found.row_action == forms.RowAction("add", "members")
    assert not found.is_valid()
    assert found.errors == {}
    assert found.newly_asked == []
    assert 'name="members-2-name"' in str(found)
    assert found.typed()["members__rows"] == ["3"]


def test_no_more_rows_than_allowed():
    full = sent(MEMBERS, **TWO | {"members__rows": "3", "_add": "members"})

    assert 'name="members-3-name"' not in str(full)
    assert 'name="_add"' not in str(full)
    assert len(sent(MEMBERS, **TWO | {"members__rows": "9999"}).entries[1].rows) == 0
    assert len(sent(MEMBERS, **TWO | {"members__rows": "999"}).entries[1].rows) == 3


def test_one_row_less_without_scripts():
    shown = "head members members-0-name members-0-kind members-1-name members-1-kind members-1-which"

    found = sent(MEMBERS, **TWO | {"_remove": "members:0", "_shown": shown})
    again = forms.step_form(MEMBERS, "only", answers={}, context=CONTEXT, typed=found.typed())

    assert found.row_action.target == "0"
    assert 'name="members-0-name" value="Bình"' in str(found)
    assert 'name="members-0-which" value="cousin"' in str(again)
    assert "members-1-" not in str(again)


@pytest.mark.parametrize("target", ["7", "x", "-1", ""])
def test_a_row_that_is_not_there_cannot_go(target):
    found = sent(MEMBERS, **TWO | {"_remove": f"members:{target}"})

    assert found.typed()["members__rows"] == ["2"]


def test_a_button_of_another_page_is_no_action():
    assert sent(MEMBERS, **TWO | {"_add": "head"}).row_action is None
    assert sent(MEMBERS, **TWO | {"_remove": "strangers:0"}).row_action is None


def test_a_required_group_starts_with_its_rows_and_asks_for_them():
    of = one(field("members", "group", min=2, max=5, fields=[field("name")]))

    blank = forms.step_form(of, "only", answers={}, context=CONTEXT)
    none = sent(of, members__rows="0")
    one_only = sent(of, members__rows="2", **{"members-0-name": "An", "members-1-name": ""})

    assert 'name="members-1-name"' in str(blank)
    assert none.errors == {"members": ["Add at least 2 rows to label members"]}
    assert one_only.errors == {"members-1-name": ["Fill in label name (row 2)"]}


def test_stored_rows_are_shown():
    html = str(forms.step_form(MEMBERS, "only", answers={"members": [{"name": "An"}]}, context=CONTEXT))

    assert 'name="members-0-name" value="An"' in html
    assert 'name="members__rows" value="1"' in html


def test_checks_inside_rows():
    check = {"expression": "age < 18", "message": {"vi": "Chưa đủ", "en": "Too old"}}
    of = one(field("members", "group", max=3, fields=[field("age", "integer", checks=[check])]))

    found = sent(of, members__rows="2", **{"members-0-age": "3", "members-1-age": "30"})

    assert found.errors == {"members-1-age": ["Too old"]}
