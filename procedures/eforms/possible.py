"""Whether a condition can ever hold, judged by trying: every combination of the values that matter.

Only the questions that a condition looks at, and those that decide whether these are asked at all, take
part. A choice is tried with all its options, a number or a date with the constants it is compared with and
their neighbours. Where such values do not stand for all others, or there are too many combinations, the
verdict is UNKNOWN rather than a guess.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from procedures.eforms import expressions, journey, mentions
from procedures.eforms.questions import Field, FieldType, Form, Step
from procedures.eforms.soundness import CONTEXT

MOST = 4000  # values tried for one question before it is given up
MOST_SUBSETS = 6  # options of which every subset is tried
CHANNELS = ("online", "counter")
OTHER = "…"  # a text that no constant equals
NUMBERS = (-1, 0, 1, 2, 5, 100)

Scope = dict[str, Any]


class Verdict(StrEnum):
    POSSIBLE = "possible"
    NEVER = "never"
    UNKNOWN = "unknown"


class TooMany(Exception):
    """There are more combinations than may be tried."""


@dataclass(frozen=True, slots=True)
class Search:
    """The questions that `texts` depend on, and what is worth answering to each.

    `is_exhaustive`: what `scopes` gives stands for every way in which the form can be answered.
    """

    form: Form
    asked: tuple[tuple[Step, Field], ...]
    given: Mapping[str, tuple[Any, ...]]  # today, channel, applicant.… → the values to try
    texts: tuple[str, ...]  # every expression that takes part
    mentions: Mapping[str, mentions.Mentions]
    is_exhaustive: bool
    complete: bool  # what must be answered is answered

    def scopes(self, most: int = MOST) -> Iterator[Scope]:
        """What expressions would see, for each combination. Raises TooMany."""
        left = [most]
        names = list(self.given)
        for values in itertools.product(*self.given.values()):
            yield from self._answered(0, _context(dict(zip(names, values, strict=True)), self.asked), left)

    def _answered(self, position: int, scope: Scope, left: list[int]) -> Iterator[Scope]:
        if position == len(self.asked):
            yield scope
            return
        step, field = self.asked[position]
        for value in self._values(step, field, scope):
            left[0] -= 1
            if left[0] < 0:
                raise TooMany
            yield from self._answered(position + 1, {**scope, field.key: value}, left)

    def _values(self, step: Step, field: Field, scope: Scope) -> Sequence[Any]:
        if not journey.applies(step, scope, self.form) or not journey.applies(field, scope, self.form):
            return (None,)
        if field.compute:
            return (expressions.computed(field.compute, scope, form=self.form),)
        values = candidates(field, self.mentions[field.key], scope, self.form, self.texts)
        if self.complete and values and journey.is_required(field, scope, self.form):
            return values
        return [*values, None]


def search(form: Form, texts: Sequence[str], *, today: datetime.date, complete: bool = False) -> Search:
    """What has to be tried to judge `texts`. `complete`: only answers with which a dossier can be sent."""
    asked, involved = _asked(form, texts)
    names = {name for text in involved for kind, name in mentions.tokens(text) if kind == "name"} | {"today"}
    given = {
        name: _context_values(name, mentions.of(name, involved), today)
        for name in sorted(names)
        if name in ("today", "channel") or name.startswith("applicant.")
    }
    known = {field.key: mentions.of(field.key, involved) for _step, field in asked}
    exhaustive = all(_is_exhaustive(field, known[field.key]) for _step, field in asked)
    exhaustive &= all(_is_known(form, text) for text in involved)
    exhaustive &= _days_are_apart([*(mentions.of(name, involved) for name in given), *known.values()])
    exhaustive &= all(mentions.of(name, involved).is_plain for name in given)
    return Search(form, asked, given, tuple(involved), known, exhaustive, complete)


def judge(form: Form, texts: Sequence[str], *, today: datetime.date, most: int = MOST) -> Verdict:
    """Whether the conditions `texts` can hold together."""
    found = search(form, texts, today=today)
    try:
        for scope in found.scopes(most):
            if all(expressions.holds(text, scope, form=form) for text in texts):
                return Verdict.POSSIBLE
    except TooMany:
        return Verdict.UNKNOWN
    return Verdict.NEVER if found.is_exhaustive else Verdict.UNKNOWN


# ── What takes part ───────────────────────────────────────────────────────────────────────────────


def _asked(form: Form, texts: Sequence[str]) -> tuple[tuple[tuple[Step, Field], ...], list[str]]:
    """The questions behind `texts`, in the order they are asked, and every expression involved."""
    places = {field.key: (step, field) for step in form.steps for field in step.fields}
    involved, wanted = list(dict.fromkeys(texts)), set[str]()
    for text in involved:  # grows while it is read: what a question depends on takes part as well
        for name in expressions.references(text) & places.keys() - wanted:
            wanted.add(name)
            involved += [more for more in _behind(*places[name]) if more not in involved]
    return tuple(place for key, place in places.items() if key in wanted), involved


def _behind(step: Step, field: Field) -> list[str]:
    """The expressions that decide about a question; limits that are simply a day are tried as they are."""
    conditions = (text for _name, text in field.conditions() if text != "today" and not _day(text))
    return [*([step.applies] if step.applies else []), *conditions]


# ── Values ────────────────────────────────────────────────────────────────────────────────────────


def candidates(
    field: Field,
    seen: mentions.Mentions,
    scope: Scope,
    form: Form,
    texts: Sequence[str],
) -> Sequence[Any]:
    """Answers to `field` that stand for the others, as far as there are such."""
    match field.type:
        case FieldType.YES_NO:
            return (True, False)
        case FieldType.CHOICE:
            return _choices(field, seen, scope, form)
        case FieldType.CHOICES:
            return _subsets(_choices(field, seen, scope, form))
        case FieldType.INTEGER | FieldType.MONEY:
            return _within(sorted({*_numbers(field, seen, texts)}), *_limits(field, scope, form))
        case FieldType.DATE:
            limits = _limits(field, scope, form)
            return _within(_dates(seen, scope["today"], limits, texts), *limits)
        case FieldType.FILE:
            return (["1"],)
        case FieldType.GROUP:
            return _rows(field, scope, form, texts)
        case FieldType.COMMUNE:
            return _texts(seen, texts, "00004")
    return _texts(seen, texts, OTHER)


def _choices(field: Field, seen: mentions.Mentions, scope: Scope, form: Form) -> list[str]:
    """All options that are offered; of a long list those that are mentioned, and one that is not."""
    offered = [
        o.value for o in field.choices if not o.applies or expressions.holds(o.applies, scope, form=form)
    ]
    if not field.list:
        return offered
    named = [value for value in offered if value in seen.constants]
    return named + next(([value] for value in offered if value not in named), [])


def _subsets(options: Sequence[str]) -> list[list[str]]:
    if len(options) <= MOST_SUBSETS:
        sizes = range(1, len(options) + 1)
        return [list(found) for size in sizes for found in itertools.combinations(options, size)]
    return [*([option] for option in options), list(options)]


def _numbers(field: Field, seen: mentions.Mentions, texts: Sequence[str]) -> Iterator[int]:
    known = seen.constants if seen.is_plain else mentions.constants(texts)
    for value in known:
        if isinstance(value, int) and not isinstance(value, bool):
            yield from (value - 1, value, value + 1)
    yield from (value for value in (field.min, field.max) if isinstance(value, int))
    yield from NUMBERS


def _dates(seen: mentions.Mentions, now: str, limits: Sequence[Any], texts: Sequence[str]) -> list[str]:
    today = datetime.date.fromisoformat(now)
    spans, known = seen.spans, seen.constants
    if not seen.is_plain:
        known = mentions.constants(texts)
        spans = {(unit, n) for n in known if type(n) is int for unit in ("years", "days")}
    middles = [today, *(_ago(today, *span) for span in spans), *(_ago(today, u, -n) for u, n in spans)]
    middles += [day for value in (*known, *limits) if (day := _day(value))]
    near = {day + datetime.timedelta(step) for day in middles for step in (-1, 0, 1)}
    return sorted(day.isoformat() for day in near)


def _ago(day: datetime.date, unit: str, number: int) -> datetime.date:
    if unit == "days":
        return day - datetime.timedelta(max(-36500, min(36500, number)))
    year = max(2, min(9997, day.year - number))
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


def _day(value: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _limits(field: Field, scope: Scope, form: Form) -> tuple[Any, Any]:
    """The least and the greatest answer that the field takes, each None when there is no such limit."""
    low, high = (
        expressions.evaluate(limit, scope, form=form) if isinstance(limit, str) and not _day(limit) else limit
        for limit in (field.min, field.max)
    )
    return low, high


def _within(values: Sequence[Any], low: Any, high: Any) -> list[Any]:
    return [
        value
        for value in values
        if not (type(low) is type(value) and value < low) and not (type(high) is type(value) and value > high)
    ]


def _texts(seen: mentions.Mentions, texts: Sequence[str], other: str) -> list[str]:
    known = seen.constants if seen.is_plain else mentions.constants(texts)
    return [*sorted(value for value in known if isinstance(value, str) and value), other]


def _rows(field: Field, scope: Scope, form: Form, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
    """No row of every kind, but for each value of each column one row with it, and lists of one to three."""
    columns: dict[str, Sequence[Any]] = {
        sub.key: candidates(sub, mentions.Mentions(is_plain=False), {**scope}, form, texts) or (None,)
        for sub in field.fields
    }
    first = {key: values[0] for key, values in columns.items()}
    rows = [first, *({**first, key: v} for key, values in columns.items() for v in values[1:])]
    sizes = range(max(2, int(field.min or 0)), min(3, int(field.max or 3)) + 1)
    return [*([row] for row in rows), *([first] * size for size in sizes)]


def _is_known(form: Form, text: str) -> bool:
    """Whether a text looks at nothing but questions of the form, and what is known besides."""
    return all(name in CONTEXT or form.find(name) for name in expressions.references(text))


def _days_are_apart(all_seen: Sequence[mentions.Mentions]) -> bool:
    """Whether days are compared with fixed dates only, or with today only: of a mixture too few are tried."""
    fixed = any(_day(value) for seen in all_seen for value in seen.constants)
    return not (fixed and any(seen.is_relative for seen in all_seen))


def _is_exhaustive(field: Field, seen: mentions.Mentions) -> bool:
    match field.type:
        case FieldType.YES_NO:
            return True
        case FieldType.GROUP:
            return False
        case FieldType.CHOICES:
            return not field.compute and not field.list and len(field.options) <= MOST_SUBSETS
        case FieldType.CHOICE if not field.list:
            return not field.compute
    fixed = all(
        limit in (None, "today") or type(limit) is int or _day(limit) for limit in (field.min, field.max)
    )
    return seen.is_plain and fixed and not field.compute


# ── What expressions know besides the answers ─────────────────────────────────────────────────────


def _context_values(name: str, seen: mentions.Mentions, today: datetime.date) -> tuple[Any, ...]:
    if name == "channel":
        return CHANNELS
    days = {day for value in seen.constants if (day := _day(value))}
    if name == "today":
        near = {day + datetime.timedelta(step) for day in days for step in (-1, 0, 1)} | {today}
        return tuple(sorted(day.isoformat() for day in near))
    if days or seen.spans:
        middles = [today, *days, *(_ago(today, *span) for span in seen.spans)]
        near = {day + datetime.timedelta(step) for day in middles for step in (-1, 0, 1)}
        return (*sorted(day.isoformat() for day in near), None)
    return (*_texts(seen, (), OTHER), None)


def _context(values: dict[str, Any], asked: Sequence[tuple[Step, Field]]) -> Scope:
    applicant = {name.partition(".")[2]: v for name, v in values.items() if name.startswith("applicant.")}
    return {
        **dict.fromkeys(field.key for _step, field in asked),
        "today": values["today"],
        "channel": values.get("channel", "online"),
        "applicant": applicant,
    }
