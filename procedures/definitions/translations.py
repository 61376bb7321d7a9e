"""The texts of a definition in both languages: which lack English, and whose English may be out of date.

English is stale when the Vietnamese was changed since the version that a draft was copied from and the
English stayed, until somebody says that it still fits: `ProcedureVersion.reviewed` keeps the digest of
both as they were looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction

from procedures.definitions import history, places
from procedures.definitions.models import ProcedureVersion

Pair = tuple[str, str]  # Vietnamese, English


class Stale(NamedTuple):
    """A text whose Vietnamese changed alone."""

    place: str
    was: str  # the Vietnamese that the English was written for
    vi: str
    en: str


def texts(definition: Mapping[str, Any]) -> dict[str, Pair]:
    """Place → (Vietnamese, English) of every text; what is misshapen is left out."""
    found = ((place, item) for place, item in places.walk(definition) if isinstance(item, Mapping))
    return {place: (item["vi"], _english(item)) for place, item in found if isinstance(item.get("vi"), str)}


def missing(definition: Mapping[str, Any]) -> list[str]:
    """Places of the texts that have Vietnamese and no English."""
    return [place for place, (vi, en) in texts(definition).items() if vi.strip() and not en.strip()]


def stale(
    definition: Mapping[str, Any], origin: Mapping[str, Any] | None, reviewed: Mapping[str, str]
) -> list[Stale]:
    """The texts to look at again. `origin`: the definition that this one was copied from."""
    before = texts(origin or {})
    return [
        Stale(place, before[place][0], vi, en)
        for place, (vi, en) in texts(definition).items()
        if place in before and en.strip() and _changed_alone(before[place], (vi, en))
        if reviewed.get(place) != digest(vi, en)
    ]


def digest(vi: str, en: str) -> str:
    """What `reviewed` keeps of a text: SHA-256 over both languages."""
    return hashlib.sha256(f"{vi}\0{en}".encode()).hexdigest()


def _changed_alone(before: Pair, now: Pair) -> bool:
    return before[0] != now[0] and before[1] == now[1]


def _english(text: Mapping[str, Any]) -> str:
    en = text.get("en")
    return en if isinstance(en, str) else ""


def confirm(version: ProcedureVersion, place: str) -> ProcedureVersion:
    """Somebody has looked: the English of the text at `place` still fits the changed Vietnamese.

    Holds until one of the two changes again. Raises NotADraft, NoSuchPlace.
    """
    with transaction.atomic():
        draft = history.locked(version)
        pair = texts(draft.definition).get(place)
        if pair is None:
            raise places.NoSuchPlace(place)
        draft.reviewed[place] = digest(*pair)
        draft.save(update_fields=["reviewed"])
        return draft
