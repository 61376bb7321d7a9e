"""What lists and search need of a version, copied out of its definition, however half finished that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procedures.definitions.models import ProcedureVersion
from procedures.eforms import lists

DESCRIBED = ("name_vi", "name_en", "field_vi", "field_en", "life_event", "search_text")


def describe(version: ProcedureVersion) -> None:
    """Set the columns DESCRIBED. Does not save."""
    definition = version.definition
    version.name_vi, version.name_en = (text[:300] for text in _both(definition, "name"))
    version.field_vi, version.field_en = (text[:120] for text in _both(definition, "field"))
    version.life_event = _text(definition, "life_event")[:40]
    version.search_text = _search_text(definition)


def _search_text(definition: Mapping[str, Any]) -> str:
    keywords = definition.get("keywords")
    words = (
        _text(definition, "code"),
        *_both(definition, "name"),
        *_both(definition, "field"),
        *(word for word in (keywords if isinstance(keywords, list) else ()) if isinstance(word, str)),
        *_both(definition, "summary"),
    )
    return " ".join(lists.fold(" ".join(words)).split())


def _both(definition: Mapping[str, Any], key: str) -> tuple[str, str]:
    text = definition.get(key)
    return (_text(text, "vi"), _text(text, "en")) if isinstance(text, Mapping) else ("", "")


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""
