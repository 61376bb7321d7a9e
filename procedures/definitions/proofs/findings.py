"""What a proof finds: a place in the definition and a sentence."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    place: str  # see procedures.definitions.places
    text: str  # in the active language
    blocks: bool = True  # whether it stands in the way of publishing


class Judged(NamedTuple):
    """What came of a proof: findings, and how much could be judged."""

    findings: list[Finding]
    judged: int = 0
    unknown: int = 0
