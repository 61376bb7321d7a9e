"""Addresses inside a draft that may be damaged anywhere. Nothing here raises for what it finds.

What addresses look like is for `definitions.places` to say; this adds what pages want to know of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from procedures.definitions import paths, places

_MISSING = object()


def below(place: str, path: str) -> str:
    """`path` (dotted) inside `place`."""
    return f"{place}.{path}" if place and path else place or path


def parent(place: str) -> str:
    return places.parent(place)


def renamed(place: str, name: str) -> str:
    """The place of an item once it is called `name`."""
    return below(parent(place), places.join(name))


def find(data: Any, place: str, default: Any = None) -> Any:
    """What stands at `place`; `default` when nothing does, or when `data` holds nothing at all."""
    if not place:
        return data
    return places.value(data, place, default) if isinstance(data, Mapping) else default


def name_of(item: Any) -> str:
    """The key of a step, field or other item; "" when it has none."""
    key = item.get("key") if isinstance(item, Mapping) else None
    return key if isinstance(key, str) else ""


def items(data: Any, list_place: str) -> list[tuple[str, Any]]:
    """(place, item) for each item of the list at `list_place`; [] when that is no list."""
    found = find(data, list_place)
    if not isinstance(found, list):
        return []
    called = places.split(list_place)[-1]
    return [
        (below(list_place, places.join(name)), item)
        for name, item in zip(places.names(found, called), found, strict=True)
    ]


def nearest(data: Any, place: str) -> str:
    """`place`, or the nearest place around it that exists; "" is the whole definition."""
    while place and find(data, place, _MISSING) is _MISSING:
        place = parent(place)
    return place


def of_path(data: Any, path: str) -> str:
    """The place of a path as problems name it ("form.steps[1].fields[0].type"), or the nearest one that exists."""
    return nearest(data, paths.place_of(data, path)) if isinstance(data, Mapping) else ""


def texts(value: Any) -> str:
    """The Vietnamese of a text, whatever is there: else the English, or nothing."""
    if isinstance(value, Mapping):
        value = value.get("vi") or value.get("en")
    return value.strip() if isinstance(value, str) else ""


def ident(name: str, place: str) -> str:
    """An id for pages: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{name}-{place}").strip("-").lower()
