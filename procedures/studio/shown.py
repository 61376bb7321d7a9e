"""The rows of the condition builder as its template shows them: every select with what can be picked in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.eforms import subjects
from procedures.eforms.subjects import Subject, Subjects
from procedures.studio import operators, posting
from procedures.studio.builder import Line, Part, inside

KINDS: dict[str, Promise | str] = {
    "all": gettext_lazy("All of these are true"),
    "any": gettext_lazy("At least one of these is true"),
    "none": gettext_lazy("None of these is true"),
    "not_all": gettext_lazy("Not all of these are true"),
}


@dataclass(frozen=True, slots=True)
class Picks:
    """One optgroup: its name and (value, label) of its options."""

    name: str
    options: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownLine:
    line: Line
    number: str  # "2.1"
    subjects: list[Picks]
    is_known: bool
    operators: list[operators.Choice]
    wants: str
    ways: list[tuple[str, str]]
    others: list[tuple[str, str]]
    options: list[tuple[str, str]]
    inner: ShownPart | None


@dataclass(frozen=True, slots=True)
class ShownPart:
    part: Part
    number: str
    kinds: list[tuple[str, Any]]
    items: list[Any]
    is_removable: bool


def part(of: Part, known: Subjects, number: str = "", *, is_removable: bool = False) -> ShownPart:
    """`number`: how the part is called to who cannot see it, "" for the whole."""
    picks = list(_picks(known))
    items = [
        part(item, known, _number(number, index), is_removable=True)
        if isinstance(item, Part)
        else _line(item, known, picks, _number(number, index))
        for index, item in enumerate(of.items, start=1)
    ]
    return ShownPart(of, number, list(KINDS.items()), items, is_removable)


def _number(around: str, index: int) -> str:
    return f"{around}.{index}" if around else str(index)


def _line(line: Line, known: Subjects, picks: list[Picks], number: str) -> ShownLine:
    subject = subjects.as_named(known, line.subject)
    wants = operators.wants(subject, line.code) if line.subject else operators.NOTHING
    others = [(each.key, _called(each)) for each in posting.others(subject, known)]
    return ShownLine(
        line=line,
        number=number,
        subjects=picks,
        is_known=not line.subject or line.subject in known,
        operators=operators.offered(subject, line.code, has_others=bool(others)) if line.subject else [],
        wants=wants,
        ways=posting.ways(subject, line.code, known),
        others=others,
        options=list(_options(line, subject)),
        inner=part(line.inner, inside(subject, known), number) if line.inner else None,
    )


def _options(line: Line, subject: Subject) -> Iterator[tuple[str, str]]:
    """The answers that can be picked; one that was picked and is gone since stays until somebody decides."""
    yield from ((option.value, str(option.label)) for option in subject.options)
    known = {option.value for option in subject.options}
    for value in line.values:
        if value and value not in known:
            yield value, _("%(value)s (no answer any more)") % {"value": value}


def _picks(known: Subjects) -> Iterator[Picks]:
    """The subjects by step, the entries of a group first, then conditions, then what is always there."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, subject in posting.pickable(known):
        groups.setdefault(_heading(subject), []).append((key, _called(subject)))
    yield from (Picks(name, options) for name, options in groups.items())


def _heading(subject: Subject) -> str:
    if subject.key.startswith("."):
        return _("The entry itself")
    if subject.type == subjects.CONDITION:
        return _("Named conditions")
    if subject.type == subjects.CLAIM:
        return _("Data inside the paper")
    if subject.key in ("today", "channel") or subject.key.startswith("applicant."):
        return _("The applicant and the filing")
    return str(subject.step) if subject.step else _("Papers and other fields")


def _called(subject: Subject) -> str:
    return str(subject.label) or subject.key
