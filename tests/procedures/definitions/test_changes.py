"""Changes as values: done, taken back, and addresses that follow them."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.definitions import changes, places, references
from tests.procedures.definitions import small


@given(st.data())
@settings(max_examples=300)
def test_a_change_taken_back_leaves_nothing(data):
    now = small.definition()
    for _ in range(data.draw(st.integers(1, 4))):
        before = deepcopy(now)
        change = data.draw(small.change(now))

    changes.inverse(now, change, changes.result(change), places.parent(change.place))

    assert now == before


@given(st.data())
@settings(max_examples=300)
def test_what_stood_at_a_place_stands_where_the_place_is_followed_to(data):
    before = small.definition()
    marked = {
        f"mark {n}": place for n, (place, value) in enumerate(places.walk(before)) if place.endswith(".vi")
    }
    for mark, place in marked.items():
        places.put(before, place, mark)
    now = deepcopy(before)

    change = data.draw(small.change(now))

    for mark, place in marked.items():
        followed = changes.follow(place, change)
        if change.action == "set" and places.within(place, change.place):
            continue
        stands = [p for p, value in places.walk(now) if value == mark]
        assert stands == ([followed] if followed else [])


@given(st.data())
@settings(max_examples=300)
def test_two_changes_that_do_not_clash_can_be_done_in_either_order(data):
    """Both are in the merged definition, whoever came first."""
    ours, theirs = small.definition(), small.definition()
    mine, other = data.draw(small.change(ours)), data.draw(small.change(theirs))
    place = places.parent(mine.place) if mine.action == "insert" else mine.place
    if mine.action != "set" or changes.clashes(mine.action, place, other):
        return

    merged = deepcopy(theirs)
    changes.put(merged, changes.follow(place, other), mine.after)

    assert places.value(merged, changes.follow(place, other)) == mine.after
    if other.action == "set":
        assert places.value(merged, other.place) == other.after


def test_renaming_reaches_every_mention():
    now = small.definition()

    done = references.rename(now, "form.steps.first.fields.full_name", "name_of_person")

    text = str(now)
    assert "full_name" not in text.replace("person.full_name", "")
    assert now["form"]["steps"][0]["checks"][0] == {
        "expression": "name_of_person != who",
        "message": {"vi": "?"},
        "field": "name_of_person",
    }
    assert now["reuse"][0]["fills"] == {"name_of_person": "person.full_name", "who": "kind"}
    assert now["cases"][0]["expect"]["fails"] == ["name_of_person", "second"]
    assert now["result"]["claims"]["person"] == {"name": "name_of_person", "note": "note"}
    assert done.place == "form.steps.first.fields.name_of_person"


MEMBERS = "form.steps.second.fields.members"
NUMBER = "form.steps.second.fields.number"


@pytest.mark.parametrize(
    ("place", "key", "where", "stands"),
    [
        ("form.steps.first.fields.who", "kind", "subject", "kind == \"self\" ? full_name : label('kind')"),
        ("form.steps.first.fields.who", "kind", "form.steps.second.fields.number.personal.sex", "kind"),
        ("form.steps.first.fields.who", "kind", "fees.fee.examples.0.given", {"kind": "self"}),
        ("form.steps.first.fields.who.options.self", "me", "papers.proof.applies", "is_child || who != 'me'"),
        ("form.steps.first.fields.who.options.child", "kid", "form.steps.second.applies", 'who in ["kid", "other"]'),
        ("form.steps.first.fields.who.options.child", "kid", "cases.one.answers.who", "kid"),
        (f"{MEMBERS}.fields.age", "years", "result.claims.ages", "members.map(m, m.years)"),
        (f"{MEMBERS}.fields.age", "years", "cases.one.answers.members.0", {"years": 1, "sex": "x"}),
        (f"{MEMBERS}.fields.age", "years", f"{MEMBERS}.fields.sex.applies", "years > 1"),
        (MEMBERS, "people", f"{NUMBER}.applies", "people.exists(m, m.age > 3)"),
        ("form.steps.second", "last", "cases.one.expect.steps", ["first", "last"]),
        ("form.steps.second", "last", "cases.one.expect.fails", ["full_name", "last"]),
        ("papers.proof", "evidence", "reuse.old.paper", "evidence"),
        ("papers.proof", "evidence", "cases.one.papers", ["evidence"]),
        ("conditions.is_child", "minor", "form.steps.first.fields.full_name.applies", "minor"),
        ("result.fields.note", "remark", "stages.work.fills", ["remark"]),
    ],
)  # fmt: skip
def test_renaming(place, key, where, stands):
    now = small.definition()

    references.rename(now, place, key)

    assert places.find(now, where) == stands


def test_a_taken_name_is_refused():
    with pytest.raises(references.NameTaken):
        references.rename(small.definition(), "form.steps.first.fields.who", "full_name")


def test_uses_are_found():
    assert references.uses(small.definition(), "proof") == ["reuse.old.paper", "cases.one.papers.0"]
    assert references.uses(small.definition(), "is_child") == [
        "form.steps.first.fields.full_name.applies",
        "papers.proof.applies",
    ]
