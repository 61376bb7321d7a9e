"""What charges are for, as far as the cash desk may know: a number to show, and whether the thing waits for money.

The room above registers who knows, under the part of `Charge.reference` before the colon.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Thing:
    code: str  # as people write it
    waits: bool  # stands still until its fee is paid
    url: str = ""  # its page for the staff


class Keeper(Protocol):
    def told(self, keys: Collection[str]) -> dict[str, Thing]:
        """The things with these keys (what stands after the colon)."""

    def find(self, code: str) -> str | None:
        """The key of the thing that people know by this code."""

    def retell(self, key: str, *, at: datetime) -> None:
        """All that is owed was paid: say it to the thing again. A repeat changes nothing."""


_keepers: dict[str, Keeper] = {}


def register(kind: str, keeper: Keeper) -> None:
    _keepers[kind] = keeper


def told(references: Iterable[str]) -> dict[str, Thing]:
    """Reference → thing, for those that somebody knows. One query a kind."""
    by_kind: dict[str, set[str]] = {}
    for reference in references:
        kind, _colon, key = reference.partition(":")
        by_kind.setdefault(kind, set()).add(key)
    return {
        f"{kind}:{key}": thing
        for kind, keys in by_kind.items()
        if kind in _keepers
        for key, thing in _keepers[kind].told(keys).items()
    }


def find(code: str) -> list[str]:
    """The references of what people know by this code."""
    found = ((kind, keeper.find(code)) for kind, keeper in _keepers.items())
    return [f"{kind}:{key}" for kind, key in found if key]


def retell(reference: str, *, at: datetime) -> None:
    kind, _colon, key = reference.partition(":")
    _keepers[kind].retell(key, at=at)
