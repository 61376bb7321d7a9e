"""Keys for what is new in a definition: copies and insertions get names of their own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from procedures.definitions import places, references
from procedures.eforms.reading import MAX_KEY

_NUMBERED = re.compile(r"_\d+\Z")
# Lists whose keys are variables in expressions: one name, one thing, in the whole definition.
VARIABLES = frozenset({"fields", "papers", "conditions"})


def taken(definition: Mapping[str, Any], list_place: str) -> set[str]:
    """The names that a new item of the list cannot have."""
    called = places.split(list_place)[-1]
    siblings = places.value(definition, list_place)
    own = set(places.names(siblings, called)) if isinstance(siblings, list) else set()
    return own | (variables(definition) if called in VARIABLES else set())


def variables(definition: Mapping[str, Any]) -> set[str]:
    """Keys of all fields, papers and conditions."""
    lists = [
        (places.split(place)[-1], value)
        for place, value in places.walk(definition)
        if isinstance(value, list)
    ]
    items = [item for called, value in lists if called in VARIABLES for item in value]
    return {str(item["key"]) for item in items if isinstance(item, Mapping) and item.get("key")}


def free(name: str, used: Iterable[str]) -> str:
    """`name`, or the first of name_2, name_3, … that is not used."""
    used = set(used)
    if name not in used:
        return name
    stem = _NUMBERED.sub("", name)[: MAX_KEY - 4]
    return next(new for n in range(2, len(used) + 3) if (new := f"{stem}_{n}") not in used)


def require_free(definition: Mapping[str, Any], place: str, key: str) -> None:
    """Raises references.NameTaken when the item at `place` cannot be called `key`."""
    item, around = places.find(definition, place), places.parent(place)
    own = item.get(places.naming(places.split(around)[-1])) if isinstance(item, Mapping) and around else None
    if key != own and key in taken(definition, around):
        raise references.NameTaken(key, around)


def fresh(definition: Mapping[str, Any], list_place: str, item: Any) -> Any:
    """`item` as it can be put into the list: its key and those of what is inside it are not taken."""
    return _renamed(definition, list_place, item) if isinstance(item, Mapping) else item


def copied(definition: Mapping[str, Any], place: str) -> tuple[int, Any]:
    """(index of the item, a copy of it with keys of its own). Raises places.NoSuchPlace."""
    index, item = places.take(deepcopy(dict(definition)), place)
    return index, fresh(definition, places.parent(place), item)


def _renamed(definition: Mapping[str, Any], list_place: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The copy with free keys, the inner ones first; renaming stays inside it, so that it refers to itself."""
    copy = deepcopy(dict(item))
    called = places.split(list_place)[-1]
    own = copy.get(places.naming(called))
    way = (*places.split(list_place), own if isinstance(own, str) else "")
    used = variables(definition)
    for place in reversed([place for place, _item in places.walk(copy) if _is_variable(place)]):
        used.add(_free_in(copy, way, place, used))
    if isinstance(own, str):
        _free_in(copy, way, "", taken(definition, list_place) | (used if called in VARIABLES else set()))
    return copy


def _is_variable(place: str) -> bool:
    return places.split(place)[-2:-1] in [(called,) for called in VARIABLES]


def _free_in(copy: dict[str, Any], way: tuple[str, ...], place: str, used: set[str]) -> str:
    item = places.find(copy, place)
    called = (*way, *places.split(place))[-2]
    name = item.get(places.naming(called)) if isinstance(item, dict) else None
    if not isinstance(name, str):
        return ""
    new = free(name, used)
    if new != name:
        references.rename_in_copy(copy, way, place, new)
    return new
