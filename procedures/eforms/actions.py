"""Buttons inside a step that send the whole page: one more row, one row less, one file less.

They change what was typed before it is read, so that the page comes back with everything on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.datastructures import MultiValueDict

from procedures.eforms.lines import Data
from procedures.eforms.questions import Field, FieldType
from procedures.eforms.sheets import SHOWN, most_rows


class RowAction(NamedTuple):
    """`kind`: "add", "remove" (a row by its number, or a file by its id) or "attach"."""

    kind: str
    key: str
    target: str = ""


def find(data: Mapping[str, Any], fields: Mapping[str, Field]) -> RowAction | None:
    """The action whose button was pressed, if it is one of this page's."""
    for kind in ("add", "remove", "attach"):
        key, _colon, target = str(data.get(f"_{kind}") or "").partition(":")
        if (field := fields.get(key)) and field.type in (FieldType.GROUP, FieldType.FILE):
            return RowAction(kind, key, target)
    return None


def applied(action: RowAction, data: Data, field: Field) -> Data:
    """What was typed, as it is after `action`."""
    data = MultiValueDict({name: data.getlist(name) for name in data})
    if field.type == FieldType.FILE:
        kept = f"{action.key}__kept"
        data.setlist(
            kept, [id_ for id_ in data.getlist(kept) if action.kind != "remove" or id_ != action.target]
        )
        return data
    name = f"{action.key}__rows"
    count = int(str(data.get(name) or 0)) if str(data.get(name)).isdecimal() else 0
    if action.kind == "add":
        data[name] = str(min(count + 1, most_rows(field)))
        return data
    if not action.target.isdecimal() or int(action.target) >= count:
        return data
    data[name] = str(count - 1)
    return _without_row(data, action.key, int(action.target))


def _without_row(data: Data, key: str, gone: int) -> Data:
    """The rows after the one that goes move up by one."""
    pattern = re.compile(re.escape(key) + r"-(\d{1,3})-")
    kept: Data = MultiValueDict()
    for name in data:
        if name != SHOWN and (moved := _moved(name, pattern, key, gone)):
            kept.setlist(moved, data.getlist(name))
    names = (_moved(name, pattern, key, gone) for name in str(data.get(SHOWN) or "").split())
    if SHOWN in data:
        kept[SHOWN] = " ".join(name for name in names if name)
    return kept


def _moved(name: str, pattern: re.Pattern[str], key: str, gone: int) -> str:
    match = pattern.match(name)
    if not match or int(match[1]) < gone:
        return name
    index = int(match[1])
    return "" if index == gone else f"{key}-{index - 1}-{name[match.end() :]}"
