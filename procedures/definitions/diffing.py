"""What differs between two definitions, place by place, in words. Pure; copes with half-finished ones.

Items of lists are matched by their key, so that moving is moving; where items have none, by what they hold.
Whatever leaf differs lies at or inside the place of a difference; equal definitions have none.
"""

from __future__ import annotations

import bisect
import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from procedures.definitions import places, wording


@dataclass(frozen=True, slots=True)
class Difference:
    """`place` is that in the new definition; for what was removed, in the old one.

    `before` and `after` are the values; of a move the places that hold the item (kind "moved": from, to),
    or within one list the positions, counted from 1.
    """

    place: str
    kind: str  # added, removed, changed, moved
    label: str
    before: Any
    after: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """In the order of the new definition; [] when both say the same (a null says nothing)."""
    before, after = _bare(old), _bare(new)
    found = _with_moves(list(_between(before, after, "", "")), before, after)
    return [replace(each, label=wording.label(each.place, after, before)) for each in found]


def _bare(value: Any) -> Any:
    """Without nulls in mappings: a key without a value is as good as none."""
    if isinstance(value, Mapping):
        return {str(key): _bare(item) for key, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list | tuple) else value


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is not true."""
    return type(one) is type(other) and one == other and _text(one) == _text(other)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _between(old: Any, new: Any, place: str, called: str) -> Iterator[Difference]:
    if _same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mappings(old, new, place)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, place, called)
    else:
        yield Difference(place, "changed", "", old, new)


def _mappings(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Difference]:
    for key in [*new, *(key for key in old if key not in new)]:
        here = _at(place, key)
        if key not in old:
            yield Difference(here, "added", "", None, new[key])
        elif key not in new:
            yield Difference(here, "removed", "", old[key], None)
        else:
            yield from _between(old[key], new[key], here, key)


def _lists(old: list[Any], new: list[Any], place: str, called: str) -> Iterator[Difference]:
    before, after = places.names(old, called), places.names(new, called)
    if _are_named(old, before, called) and _are_named(new, after, called):
        yield from _named(dict(zip(before, old, strict=True)), dict(zip(after, new, strict=True)), place)
    else:
        yield from _unnamed(old, new, before, after, place)


def _are_named(items: Sequence[Any], names: Sequence[str], called: str) -> bool:
    attribute = places.naming(called)
    return all(
        isinstance(item, Mapping) and item.get(attribute) == name
        for item, name in zip(items, names, strict=True)
    )


def _named(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Difference]:
    common = [name for name in new if name in old]
    order = {name: index for index, name in enumerate(old)}
    still = _rising([order[name] for name in common])
    for position, (name, item) in enumerate(new.items(), start=1):
        here = _at(place, name)
        if name not in old:
            yield Difference(here, "added", "", None, item)
            continue
        if order[name] not in still:
            yield Difference(here, "moved", "", order[name] + 1, position)
        yield from _between(old[name], item, here, "")
    for name, item in old.items():
        if name not in new:
            yield Difference(_at(place, name), "removed", "", item, None)


def _rising(numbers: list[int]) -> set[int]:
    """The longest rising run of distinct numbers: what kept its order, so that the fewest are told as moved."""
    tails: list[int] = []
    runs: list[list[int]] = []
    for number in numbers:
        at = bisect.bisect_left(tails, number)
        run = [*(runs[at - 1] if at else []), number]
        tails[at : at + 1] = [number]
        runs[at : at + 1] = [run]
    return set(runs[-1]) if runs else set()


def _unnamed(
    old: list[Any], new: list[Any], before: list[str], after: list[str], place: str
) -> Iterator[Difference]:
    matcher = difflib.SequenceMatcher(None, [*map(_text, old)], [*map(_text, new)], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(b - a, d - c)
        for i, j in zip(range(a, a + both), range(c, c + both), strict=True):
            yield from _between(old[i], new[j], _at(place, after[j]), "")
        for j in range(c + both, d):
            yield Difference(_at(place, after[j]), "added", "", None, new[j])
        for i in range(a + both, b):
            yield Difference(_at(place, before[i]), "removed", "", old[i], None)


def _with_moves(found: list[Difference], old: Any, new: Any) -> list[Difference]:
    """A field removed here and added there is one that moved, with whatever else changed in it."""
    gone = {_identity(each): each for each in found if each.kind == "removed" and _identity(each)}
    moved = {_identity(each): each for each in found if each.kind == "added" and _identity(each) in gone}
    out: list[Difference] = []
    for each in found:
        name = _identity(each)
        if name not in moved or each not in (gone[name], moved[name]):
            out.append(each)
        elif each is moved[name]:
            was = gone[name]
            homes = (
                wording.label(places.parent(places.parent(place)), definition)
                for place, definition in ((was.place, old), (each.place, new))
            )
            out.append(Difference(each.place, "moved", "", *homes))
            out += _between(was.before, each.after, each.place, "")
    return out


def _identity(each: Difference) -> str:
    """The key of a field that came or went, since fields stand in several lists; "" of all else."""
    item = each.after if each.kind == "added" else each.before
    segments = places.split(each.place)
    key = item.get("key") if isinstance(item, Mapping) and len(segments) > 2 else None
    is_item = each.kind in ("added", "removed") and key == segments[-1] and segments[-2] == "fields"
    return str(key) if is_item else ""


def _at(place: str, name: str) -> str:
    return f"{place}.{places.join(name)}" if place else places.join(name)
