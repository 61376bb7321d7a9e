"""One change of a definition as a value: doing it, taking it back, and what it does to addresses. Pure.

set     place, before → after (None: nothing)
insert  place of the new item, after = {"index", "item"}
remove  place of the old item, before = {"index", "item"}
move    old place, before = {"place", "index"}, after = {"place", "index"}
rename  old place, before = {"key"}, after = {"key", "place", "written", "moved"}
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from procedures.definitions import places, references
from procedures.definitions.places import Definition, NoSuchPlace, within


@dataclass(frozen=True, slots=True)
class Change:
    action: str
    place: str
    before: Any = None
    after: Any = None


# ── Doing. Each changes `definition` in place, says what was done and raises NoSuchPlace. ────────────


def put(definition: Definition, place: str, new: Any) -> Change:
    return Change("set", place, places.put(definition, place, new), new)


def insert(definition: Definition, list_place: str, item: Any, index: int | None) -> Change:
    at, place = places.add(definition, list_place, index, item)
    return Change("insert", place, None, {"index": at, "item": deepcopy(item)})


def remove(definition: Definition, place: str) -> Change:
    index, item = places.take(definition, place)
    return Change("remove", place, {"index": index, "item": item})


def move(definition: Definition, place: str, to: str, index: int | None) -> Change:
    """Raises ValueError when `to` lies inside what is moved."""
    if within(to, place):
        raise ValueError(to)
    places.list_at(definition, to)
    was, item = places.take(definition, place)
    at, new = places.add(definition, to, index, item)
    return Change("move", place, {"place": place, "index": was}, {"place": new, "index": at})


def rename(definition: Definition, place: str, key: str | None) -> Change:
    """None leaves the item without a key. Raises references.NameTaken."""
    item = places.find(definition, place)
    attribute = places.naming(places.split(place)[-2])
    before = item.get(attribute) if isinstance(item, Mapping) else None
    done = references.rename(definition, place, key)
    after = {"key": key, "place": done.place, "written": done.written, "moved": done.moved}
    return Change("rename", place, {"key": before}, after)


def inverse(definition: Definition, change: Change, place: str, home: str) -> Change:
    """Take `change` back. Its result stands at `place` by now, the list it was taken from at `home`."""
    match change.action:
        case "set":
            return put(definition, place, change.before)
        case "insert":
            return remove(definition, place)
        case "remove":
            return insert(definition, home, deepcopy(change.before["item"]), change.before["index"])
        case "move":
            return move(definition, place, home, change.before["index"])
        case _:
            return rename(definition, place, change.before["key"])


def result(change: Change) -> str:
    """Where what was changed stands after the change."""
    is_elsewhere = change.action in ("move", "rename")
    return str(change.after["place"]) if is_elsewhere else change.place


# ── What a change does to other addresses ─────────────────────────────────────────────────────────


def follow(place: str, change: Change) -> str | None:
    """Where what stood at `place` before `change` stands after it; None when it is gone."""
    match change.action:
        case "set":
            return None if change.after is None and within(place, change.place) else place
        case "insert":
            return _shifted(place, places.parent(change.place), change.after["index"], +1)
        case "remove":
            gone = within(place, change.place)
            return None if gone else _shifted(place, places.parent(change.place), change.before["index"], -1)
        case "move":
            if within(place, change.place):
                return _rebased(place, change.place, change.after["place"])
            place = _shifted(place, places.parent(change.place), change.before["index"], -1)
            return _shifted(place, places.parent(change.after["place"]), change.after["index"], +1)
        case _:
            moved = {change.place: change.after["place"]} | change.after.get("moved", {})
            old = next((old for old in moved if within(place, old)), change.place)
            return _rebased(place, old, moved[old])


def _rebased(place: str, old: str, new: str) -> str:
    return new + place[len(old) :] if within(place, old) else place


def _shifted(place: str, around: str, index: int, by: int) -> str:
    """Items that are called by index get another one when an item before them comes or goes."""
    way, mine = places.split(around), places.split(place)
    if len(mine) <= len(way) or mine[: len(way)] != way or not places.is_index(mine[len(way)], way[-1]):
        return place
    called = int(mine[len(way)].removeprefix("#"))
    return places.join(*way, str(called + by if called >= index else called), *mine[len(way) + 1 :])


def clashes(action: str, place: str, change: Change) -> bool:
    """Whether doing `action` at `place` would lose what somebody else's `change` did.

    Changes inside one item merge with moving and renaming it; a second writer of the same text, and whoever
    would replace or remove what another has changed inside, is stopped.
    """
    if follow(place, change) is None or (change.action == "set" and within(place, change.place)):
        return True
    if action == change.action == "move" and place == change.place:
        return True
    return action in ("set", "remove") and any(within(written, place) for written in _written(change))


def _written(change: Change) -> list[str]:
    match change.action:
        case "move":
            return [change.place, change.after["place"]]
        case "rename":
            return [change.place, *change.after.get("written", []), *change.after.get("moved", {})]
        case "insert" | "remove" if places.is_index(*places.split(change.place)[:-3:-1]):
            return [places.parent(change.place)]
    return [change.place]


def replayable(place: str, changes: list[Change]) -> str:
    """`place` after all of `changes`. Raises NoSuchPlace when one of them took it away."""
    for change in changes:
        followed = follow(place, change)
        if followed is None:
            raise NoSuchPlace(place)
        place = followed
    return place
