"""Addresses inside a definition, and looking up and changing what stands there. Pure; knows no database.

"form.steps.person.fields.person_dob.label.vi": mappings by key; items of a list by their `key` (options by
their `value`), or by index when they have none that is theirs alone. A dot inside a name is written ~1, a
tilde ~0. What is half finished has addresses too: nothing here asks whether a definition is sound.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

MAX_LENGTH = 300  # of an address

Definition = dict[str, Any]

# Mappings whose keys are names that the definition itself makes.
FREE = frozenset({"fills", "answers", "given", "claims", "applicant"})


class NoSuchPlace(KeyError):
    """Nothing stands, or can stand, at `place`."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return f"“{self.place}” does not exist"


def split(place: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", ".").replace("~0", "~") for part in place.split(".")) if place else ()


def join(*segments: str) -> str:
    return ".".join(segment.replace("~", "~0").replace(".", "~1") for segment in segments)


def within(place: str, other: str) -> bool:
    """Whether `place` is `other`, or lies inside it."""
    return not other or place == other or place.startswith(f"{other}.")


def parent(place: str) -> str:
    return place.rpartition(".")[0]


def naming(list_name: str) -> str:
    """The attribute by which the items of a list are called."""
    return "value" if list_name == "options" else "key"


def is_index(segment: str, list_name: str) -> bool:
    """Whether an item is called by its index. Keys begin with a letter; values of options need not."""
    return segment.removeprefix("#").isdecimal() and (list_name != "options" or segment[0] == "#")


def names(items: Sequence[Any], list_name: str) -> list[str]:
    """What each item of a list is called in addresses."""
    attribute = naming(list_name)
    given = [item.get(attribute) if isinstance(item, Mapping) else None for item in items]
    counts = Counter(name for name in given if isinstance(name, str))
    return [
        name
        if isinstance(name, str) and name and counts[name] == 1
        else (f"#{index}" if str(index) in counts else str(index))
        for index, name in enumerate(given)
    ]


def position(items: Sequence[Any], segment: str, list_name: str) -> int | None:
    """The index of the item that `segment` calls; None when there is none."""
    attribute = naming(list_name)
    for index, item in enumerate(items):
        if isinstance(item, Mapping) and item.get(attribute) == segment:
            return index
    digits = segment.removeprefix("#")
    is_index = digits.isascii() and digits.isdigit() and len(digits) < 6 and int(digits) < len(items)
    return int(digits) if is_index else None


def find(definition: Mapping[str, Any], place: str) -> Any:
    """What stands at `place`. Raises NoSuchPlace, a KeyError."""
    node: Any = definition
    called = ""
    for segment in split(place):
        node, called = _child(node, segment, called, place), segment
    return node


def value(definition: Mapping[str, Any], place: str, default: Any = None) -> Any:
    """What stands at `place`, or `default`."""
    try:
        return find(definition, place)
    except NoSuchPlace:
        return default


def _child(node: Any, segment: str, called: str, place: str) -> Any:
    if isinstance(node, Mapping) and segment in node:
        return node[segment]
    if isinstance(node, list) and (index := position(node, segment, called)) is not None:
        return node[index]
    raise NoSuchPlace(place)


def walk(node: Any, place: str = "", called: str = "") -> Iterator[tuple[str, Any]]:
    """Every (place, value) below `node`, leaves and what holds them, in order."""
    for name, item in children(node, called):
        here = f"{place}.{join(name)}" if place else join(name)
        yield here, item
        yield from walk(item, here, name)


def children(node: Any, called: str) -> list[tuple[str, Any]]:
    if isinstance(node, Mapping):
        return [(str(key), item) for key, item in node.items()]
    return list(zip(names(node, called), node, strict=True)) if isinstance(node, list) else []


# ── Changing, in place ────────────────────────────────────────────────────────────────────────────


def put(definition: Definition, place: str, new: Any) -> Any:
    """Set the value at `place` and give back what stood there (None: nothing).

    Mappings on the way are made as needed and vanish again with the last thing in them; items of lists
    are not. None takes the key away. Raises NoSuchPlace.
    """
    before = value(definition, place)
    if new is None and before is None:
        return None
    *way, last = split(place) or [""]
    node = _made(definition, tuple(way), place)
    if isinstance(node, list):
        index = position(node, last, way[-1])
        if index is None or new is None:
            raise NoSuchPlace(place)
        node[index] = new
    elif new is None:
        node.pop(last)
        _prune(definition, tuple(way))
    else:
        _known(last, (*way, last), node, place)
        node[last] = new
    return before


def list_at(definition: Definition, place: str) -> list[Any]:
    """The list at `place`, made when there is none yet. Raises NoSuchPlace."""
    *way, last = split(place) or [""]
    node = _made(definition, tuple(way), place)
    if isinstance(node, Mapping) and node.get(last) is None:
        _known(last, (*way, last), node, place)
        node[last] = []  # type: ignore[index]
    found = _child(node, last, way[-1] if way else "", place)
    if not isinstance(found, list):
        raise NoSuchPlace(place)
    return found


def take(definition: Definition, place: str) -> tuple[int, Any]:
    """Take an item out of its list: (where it stood, the item). Raises NoSuchPlace."""
    around = parent(place)
    items = value(definition, around)
    segments = split(place)
    index = position(items, segments[-1], segments[-2]) if isinstance(items, list) else None
    if index is None:
        raise NoSuchPlace(place)
    return index, items.pop(index)


def add(definition: Definition, list_place: str, index: int | None, item: Any) -> tuple[int, str]:
    """Put an item into a list (None, or beyond the end: at the end): (where, its place). Raises NoSuchPlace."""
    items = list_at(definition, list_place)
    at = len(items) if index is None else max(0, min(index, len(items)))
    items.insert(at, item)
    return at, f"{list_place}.{join(names(items, split(list_place)[-1])[at])}"


def _made(definition: Definition, way: tuple[str, ...], place: str) -> Any:
    node: Any = definition
    called = ""
    for index, segment in enumerate(way):
        if isinstance(node, dict) and node.get(segment) is None:
            _known(segment, way[: index + 1], node, place)
            node[segment] = {}
        node, called = _child(node, segment, called, place), segment
    if not isinstance(node, dict | list):
        raise NoSuchPlace(place)
    return node


def _prune(definition: Definition, way: tuple[str, ...]) -> None:
    """Take away mappings that hold nothing any more, from the inside; never items of a list."""
    while way:
        around = value(definition, join(*way[:-1])) if way[:-1] else definition
        if not isinstance(around, dict) or around.get(way[-1]) != {}:
            return
        del around[way[-1]]
        way = way[:-1]


def _known(key: str, way: tuple[str, ...], node: Any, place: str) -> None:
    """Refuse to make what no definition has: a misspelt address is told, not obeyed."""
    if isinstance(node, dict) and key not in node and key not in vocabulary() and not FREE & set(way[:-1]):
        raise NoSuchPlace(place)


@functools.cache
def vocabulary() -> frozenset[str]:
    """Every key that the documentation of the format (bundle.schema.json) knows anywhere."""
    text = (Path(__file__).parent / "bundle.schema.json").read_text(encoding="utf-8")
    return frozenset(_properties(json.loads(text)))


def _properties(node: Any) -> Iterator[str]:
    for key, item in node.items() if isinstance(node, Mapping) else ():
        if key == "properties" and isinstance(item, Mapping):
            yield from item
        yield from _properties(item)
    for item in node if isinstance(node, list) else ():
        yield from _properties(item)
