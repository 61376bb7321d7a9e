"""The list of procedures in force: by event of life, and searched in everyday words without accents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from procedures.definitions.models import ProcedureVersion
from procedures.eforms import lists

MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Event:
    key: str
    icon: str
    name: Promise


# In the order of the pages.
EVENTS = (
    Event("birth", "baby", _("Having a child")),
    Event("marriage", "ring", _("Marriage and divorce")),
    Event("home", "home", _("House and land")),
    Event("moving", "move", _("Moving home")),
    Event("business", "shop", _("Opening a shop")),
    Event("school_work", "school", _("School and work")),
    Event("health", "heart", _("Illness and disability")),
    Event("death", "leaf", _("When a relative dies")),
)
_BY_KEY = {event.key: event for event in EVENTS}


@dataclass(frozen=True, slots=True)
class Entry:
    code: str
    name: str
    field: str
    life_event: str


@dataclass(frozen=True, slots=True)
class Found:
    entries: tuple[Entry, ...]
    exact: bool  # every word was found; otherwise these come closest
    events: tuple[Event, ...]  # for which something is in force


def event(key: str) -> Event | None:
    return _BY_KEY.get(key)


def find(query: str = "", *, life_event: str = "") -> Found:
    """What fits all the words of `query` (accents optional); failing that, what fits most. One query."""
    words = _words(query)
    wanted = Q()
    for word in words:
        wanted |= Q(search_text__contains=word)
    rows = list(ProcedureVersion.objects.current().filter(wanted).values_list(*_columns()))
    ranked = _best([row for row in rows if life_event in ("", row[4])], words)
    held = {row[4] for row in rows}
    return Found(
        tuple(Entry(row[0], row[1] or row[2], row[3], row[4]) for row in ranked),
        exact=all(word in row[5] for row in ranked for word in words),
        events=tuple(event for event in EVENTS if event.key in held),
    )


def _words(query: str) -> list[str]:
    """Folded; characters that no name has, and no database takes, divide words."""
    return "".join(letter if letter.isprintable() else " " for letter in lists.fold(query)).split()[
        :MAX_WORDS
    ]


def _columns() -> tuple[str, ...]:
    language = "en" if get_language() == "en" else "vi"
    return (
        "procedure__code",
        f"name_{language}",
        "name_vi",
        f"field_{language}",
        "life_event",
        "search_text",
    )


def _best(rows: Sequence[Any], words: Sequence[str]) -> list[Any]:
    """Those that hold most of the words; first those whose name holds them, then by name."""

    def held(row: Any) -> int:
        return sum(word in row[5] for word in words)

    most = max(map(held, rows), default=0)
    return sorted((row for row in rows if held(row) == most), key=lambda row: _order(row, words))


def _order(row: Any, words: Sequence[str]) -> tuple[int, str]:
    name = lists.fold(row[1] or row[2])
    return -sum(word in name for word in words), name
