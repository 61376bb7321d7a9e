"""The paths in which problems are told, as places: "form.steps[1].fields[0]" → "form.steps.person.fields.dob"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from procedures.definitions import places

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def place_of(definition: Mapping[str, Any], path: str) -> str:
    """The place of a path; what the definition does not hold keeps its number."""
    found: list[str] = []
    node: Any = definition
    for key, number in _PART.findall(path):
        called = places.names(node, found[-1] if found else "") if isinstance(node, list) else []
        if number and int(number) < len(called):
            found.append(called[int(number)])
            node = node[int(number)]
        else:
            found.append(key or number)
            node = node.get(key) if isinstance(node, Mapping) else None
    return places.join(*found)
