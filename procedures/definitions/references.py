"""Where a definition mentions its own names, and renaming them everywhere. Pure.

Names live in CEL, in keys of `fills`, `answers` and `given`, and in lists of keys. A definition may be
half finished: whatever is not shaped as it should be mentions nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from procedures.definitions import places
from procedures.eforms import rewriting

# Attributes that hold CEL (prefill and min may hold other things too: only text is CEL).
CEL = frozenset(
    {"applies", "compute", "condition", "expression", "subject", "unit_amount", "counter_amount", "quantity"}
    | {"count", "required", "prefill", "min", "max"}
)


class NameTaken(Exception):
    """Renaming would make two things of one."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(f"“{name}” stands at {place} already")
        self.name, self.place = name, place


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that mentions names. `holder[at]` is the text, or for kind "key" `at` is the name itself."""

    # cel; name: the key of a field or paper; step; any: the key of either; key: of a mapping by field; value:
    # an answer in it; row: a field in a row of a group's answer.
    kind: str
    holder: Any
    at: Any
    place: str
    group: str = ""  # kinds row and value: the field whose answer it stands in


@dataclass(slots=True)
class Renamed:
    """What renaming changed: the new place, other places that were written, keys of mappings that moved."""

    place: str
    written: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)


def mentions(definition: Mapping[str, Any]) -> Iterator[Mention]:
    return _walk(definition, ())


def uses(definition: Mapping[str, Any], name: str) -> list[str]:
    """The places that mention the field, paper or condition `name`."""
    return [mention.place for mention in mentions(definition) if _is_about(mention, name)]


def rename(definition: dict[str, Any], place: str, new: str | None) -> Renamed:
    """Give the item at `place` the key `new`, with everything that mentions it; changes `definition`.

    None takes the key away; nothing can mention what has none. Raises places.NoSuchPlace, NameTaken.
    """
    item, siblings = places.find(definition, place), places.find(definition, places.parent(place))
    if not isinstance(siblings, list) or not isinstance(item, dict):
        raise places.NoSuchPlace(place)
    segments = places.split(place)
    attribute = places.naming(segments[-2])
    old = item.get(attribute)
    if new is not None and new in places.names(siblings, segments[-2]):
        raise NameTaken(new, f"{places.parent(place)}.{new}")
    done = Renamed(place)
    if isinstance(old, str) and old and new is not None:
        _everywhere(list(mentions(definition)), segments, old, new, done)
    index = next(index for index, sibling in enumerate(siblings) if sibling is item)
    item[attribute] = new
    if new is None:
        del item[attribute]
    done.place = _beside(place, places.names(siblings, segments[-2])[index])
    return _readdressed(done, place)


def rename_in_copy(copy: dict[str, Any], way: tuple[str, ...], place: str, new: str) -> None:
    """Rename the thing at `place` inside `copy`, an item that is to stand at `way`, and only there."""
    item, segments = places.find(copy, place), (*way, *places.split(place))
    attribute = places.naming(segments[-2])
    _everywhere(list(_walk(copy, way)), segments, item[attribute], new, Renamed(place))
    item[attribute] = new


def _readdressed(done: Renamed, old: str) -> Renamed:
    """The places inside the renamed item under its new name."""
    done.written = [
        done.place + place[len(old) :] if places.within(place, old) else place for place in done.written
    ]
    return done


def _beside(place: str, new: str) -> str:
    return f"{places.parent(place)}.{places.join(new)}"


def _everywhere(found: list[Mention], segments: tuple[str, ...], old: str, new: str, done: Renamed) -> None:
    change = _judge(segments, old, new)
    for mention in found:
        if mention.kind in ("key", "row") and mention.at == old and new in mention.holder and change(mention):
            raise NameTaken(new, mention.place)
    for mention in found:
        if (after := change(mention)) is not None:
            _write(mention, after, done)


def _write(mention: Mention, after: str, done: Renamed) -> None:
    if mention.kind not in ("key", "row"):
        mention.holder[mention.at] = after
        done.written.append(mention.place)
        return
    entries = [(after if key == mention.at else key, value) for key, value in mention.holder.items()]
    mention.holder.clear()
    mention.holder.update(entries)
    if mention.kind == "key":
        done.moved[mention.place] = _beside(mention.place, after)
    else:
        done.written.append(mention.place)


def _judge(segments: tuple[str, ...], old: str, new: str) -> Any:
    """mention → what has to stand there instead, or None, for the kind of thing that `segments` calls."""
    kind = segments[-2] if len(segments) > 1 else ""
    if kind == "options" and len(segments) > 3:
        return lambda mention: _of_option(mention, segments[-3], old, new)
    if kind == "fields" and segments.count("fields") > 1:
        return lambda mention: _of_member(mention, segments, old, new)
    kinds = {
        "fields": ("cel", "name", "any", "key"),
        "papers": ("cel", "name", "any", "key"),
        "conditions": ("cel",),
        "steps": ("step", "any"),
    }.get(kind, ())
    return lambda mention: _of_name(mention, old, new) if mention.kind in kinds else None


def _of_name(mention: Mention, old: str, new: str) -> str | None:
    text = mention.at if mention.kind == "key" else mention.holder[mention.at]
    after = rewriting.rename(text, old, new) if mention.kind == "cel" else text
    if mention.kind == "cel":
        return after if after != text else None
    return new if text == old else None


def _of_member(mention: Mention, segments: tuple[str, ...], old: str, new: str) -> str | None:
    """A field of a group is a variable inside the group, and a member of its rows everywhere else."""
    group, group_place = segments[-3], places.join(*segments[:-2])
    if mention.kind == "row":
        return new if (mention.group, mention.at) == (group, old) else None
    if mention.kind == "cel":
        text = mention.holder[mention.at]
        after = rewriting.rename_member(text, group, old, new)
        if places.within(mention.place, group_place):
            after = rewriting.rename(after, old, new)
        return after if after != text else None
    inside = places.within(mention.place, group_place)
    return new if inside and mention.kind == "name" and mention.holder[mention.at] == old else None


def _of_option(mention: Mention, choice: str, old: str, new: str) -> str | None:
    if mention.kind == "cel":
        text = mention.holder[mention.at]
        after = rewriting.rename_value(text, choice, old, new)
        return after if after != text else None
    is_it = mention.kind == "value" and (mention.group or mention.at) == choice
    return new if is_it and mention.holder[mention.at] == old else None


def _is_about(mention: Mention, name: str) -> bool:
    if mention.kind == "cel":
        return bool(
            rewriting.rename(mention.holder[mention.at], name, f"{name}_") != mention.holder[mention.at]
        )
    if mention.kind in ("key", "row"):
        return bool(mention.kind == "key" and mention.at == name)
    return bool(mention.kind in ("name", "any") and mention.holder[mention.at] == name)


# ── Finding them ──────────────────────────────────────────────────────────────────────────────────


def _walk(node: Any, way: tuple[str, ...]) -> Iterator[Mention]:
    called = way[-1] if way else ""
    pairs = places.children(node, called)
    for index, (name, item) in enumerate(pairs):
        here = (*way, name)
        at = index if isinstance(node, list) else name
        if found := _kind(way, name, item):
            yield from _mentions(found, node, at, item, here)
        else:
            yield from _walk(item, here)


def _kind(way: tuple[str, ...], key: str, item: Any) -> str:
    if isinstance(item, str):
        return _kind_of_text(way, key)
    is_case = way[:1] == ("cases",)
    if isinstance(item, Mapping) and (
        (way[:1] == ("reuse",) and key == "fills")
        or (is_case and key in ("answers", "outcome"))
        or key == "given"
    ):
        return "keys"
    if isinstance(item, list) and way[:1] == ("stages",) and key == "fills":
        return "names"
    if isinstance(item, list) and is_case and (key == "papers" or way[-1] == "expect"):
        return {"steps": "steps", "fails": "anys", "papers": "names"}.get(key, "")
    return ""


def _kind_of_text(way: tuple[str, ...], key: str) -> str:
    if way[:2] == ("result", "claims"):
        return "cel"
    if way[:1] == ("cases",) or "examples" in way:
        return ""
    if (key == "field" and way[-2:-1] == ("checks",)) or way[-1:] == ("personal",):
        return "name"
    if (key == "paper" and way[:1] == ("reuse",)) or (key == "copies" and way == ("result",)):
        return "name"
    # Of a source of prefilled values only `applies` looks at fields; its `value` sees the account alone.
    return "cel" if key in CEL else ""


def _mentions(kind: str, holder: Any, at: Any, item: Any, here: tuple[str, ...]) -> Iterator[Mention]:
    if kind in ("names", "steps", "anys"):
        for index, name in enumerate(item):
            if isinstance(name, str):
                yield Mention(kind[:-1], item, index, places.join(*here, str(index)))
    elif kind == "keys":
        for key, value in item.items():
            place = places.join(*here, key)
            yield Mention("key", item, key, place)
            if isinstance(value, str):
                yield Mention("value", item, key, place)
            elif isinstance(value, list):
                yield from _inside(key, value, place)
    else:
        yield Mention(kind, holder, at, places.join(*here))


def _inside(key: str, values: list[Any], place: str) -> Iterator[Mention]:
    """The options chosen in a list of answers, and the fields of a group's rows."""
    for index, item in enumerate(values):
        if isinstance(item, str):
            yield Mention("value", values, index, f"{place}.{index}", key)
        for name in item if isinstance(item, dict) else ():
            yield Mention("row", item, name, f"{place}.{index}", key)
