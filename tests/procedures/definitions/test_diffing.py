"""Differences between definitions: complete, none for equals, moves told as moves, in a person's words."""

from copy import deepcopy

from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.definitions import diffing, places
from tests.procedures.definitions import small

KEYS = st.sampled_from(["a", "b", "fields", "options", "key", "value", "label"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from(["", "a", "b", "x.y"]))
ANY = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4))
)
DEFINITIONS = st.dictionaries(KEYS, ANY, max_size=4)


def _leaves(value, way=()):
    """Every leaf by what leads to it; the items of lists by key, whatever their order."""
    if isinstance(value, dict):
        for key, item in value.items():
            if item is not None:
                yield from _leaves(item, (*way, key))
    elif isinstance(value, list):
        for name, item in zip(places.names(value, way[-1] if way else ""), value, strict=True):
            yield from _leaves(item, (*way, name))
    else:
        yield places.join(*way), repr(value)


@given(DEFINITIONS)
def test_equal_definitions_do_not_differ(definition):
    assert diffing.differences(definition, deepcopy(definition)) == []


@given(DEFINITIONS, DEFINITIONS)
@settings(max_examples=300)
def test_whatever_differs_is_reported(old, new):
    before, after = dict(_leaves(old)), dict(_leaves(new))
    told = [each.place for each in diffing.differences(old, new)]

    for place in before.keys() | after.keys():
        if before.get(place) != after.get(place):
            near = [each for each in told if places.within(place, each) or _same_list(place, each)]
            assert near, place


def _same_list(place, told):
    """Items called by index are told by the index they have on one side."""
    return any(part.lstrip("#").isdigit() for part in places.split(place)) and (
        places.split(place)[:1] == places.split(told)[:1]
    )


@given(st.data())
@settings(max_examples=200)
def test_every_edit_makes_a_difference_that_names_it(data):
    old = small.definition()
    new = small.definition()

    change = data.draw(small.change(new))

    found = diffing.differences(old, new)
    assert bool(found) == (old != new)
    assert all(each.label for each in found)
    if change.action == "set" and old != new:
        assert [
            places.within(change.place, each.place) or places.within(each.place, change.place)
            for each in found
        ]


def test_a_field_that_moved_moved_and_says_what_else_changed():
    old, new = small.definition(), small.definition()
    field = new["form"]["steps"][1]["fields"].pop()
    field["label"]["vi"] = "Số mới"
    new["form"]["steps"][0]["fields"].insert(0, field)

    with translation.override("en"):
        found = diffing.differences(old, new)

    assert [(each.kind, each.label, each.before, each.after) for each in found] == [
        ("moved", "Form › Phần một › Số mới", "Form › Phần hai", "Form › Phần một"),
        ("changed", "Form › Phần một › Số mới › Label (in Vietnamese)", "Số", "Số mới"),
    ]


def test_only_what_lost_its_place_moved():
    old, new = small.definition(), small.definition()
    new["stages"] = [{"key": key} for key in "abcde"]
    old["stages"] = [{"key": key} for key in "bcdae"]

    found = diffing.differences(old, new)

    assert [(each.kind, each.place, each.before, each.after) for each in found] == [
        ("moved", "stages.a", 4, 1)
    ]


def test_items_without_a_key_are_matched_by_what_they_hold():
    old, new = small.definition(), small.definition()
    new["legal"].insert(0, {"vi": "Luật mới"})
    new["legal"][2]["en"] = "Law B, amended"

    with translation.override("en"):
        found = diffing.differences(old, new)

    assert [(each.kind, each.label, each.before, each.after) for each in found] == [
        ("added", "Legal bases › Luật mới", None, {"vi": "Luật mới"}),
        ("changed", "Legal bases › Law B, amended (in English)", "Law B", "Law B, amended"),
    ]


def test_removed_parts_are_called_by_the_names_they_had():
    old, new = small.definition(), small.definition()
    del new["form"]["steps"][0]["fields"][0]["options"][1]

    with translation.override("en"):
        (found,) = diffing.differences(old, new)

    assert (found.kind, found.label) == ("removed", "Form › Phần một › Cho ai › Options › Con")


def test_half_finished_definitions_differ_too():
    assert diffing.differences({}, {"form": None}) == []
    assert [each.kind for each in diffing.differences({"form": 3}, {"form": {"steps": "?"}})] == ["changed"]
