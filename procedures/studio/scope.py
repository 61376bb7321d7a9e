"""What an expression at a place of a definition may look at: what is asked before it, and no more.

The same rule as `eforms.soundness` and `definitions.validation` enforce, for drafts in any state, so that
people pick from what will be accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from procedures.definitions import places
from procedures.eforms import expressions, subjects
from procedures.eforms.subjects import Options, Subject
from procedures.eforms.texts import Text

Definition = Mapping[str, Any]


def of(
    definition: Definition, place: str, *, options: Options | None = None, claims: Collection[str] = ()
) -> dict[str, Subject]:
    """Subjects by key, in the order they are asked; then named conditions, then what is always there.

    `options`: those of a managed list. `claims`: dotted paths inside the result, for the condition of a reuse.
    """
    options = options or subjects.standing_options
    parts = list(places.split(place))
    if parts[:1] == ["reuse"] and parts[-1:] == ["condition"]:
        return {f"claims.{path}": subjects.unknown(f"claims.{path}") for path in claims}
    found = {subject.key: subject for subject in _asked(definition, parts, options) if subject.key}
    found |= {subject.key: subject for subject in _named(definition, parts, found)}
    return subjects.with_context(found)


def _asked(definition: Definition, parts: list[str], options: Options) -> Iterator[Subject]:
    if parts[:2] == ["form", "steps"] and len(parts) > 2:
        yield from _in_form(definition, parts[2], parts[3:], options)
        return
    for step in subjects.maps(definition.get("form"), "steps"):
        yield from _of_step(step, options)
    papers = list(subjects.maps(definition, "papers"))
    if parts[:1] == ["papers"] and len(parts) > 1:
        papers = papers[: _position(papers, parts[1], "papers")]
    yield from (_paper(paper) for paper in papers)
    if parts[:1] == ["result"]:
        # What the officers fill in, before the field that is asked about.
        result = subjects.mapping(definition.get("result"))
        inside = parts[2:] if parts[1:2] == ["fields"] else []
        yield from _before(result, inside, options) if inside else _of_step(result, options)


def _in_form(definition: Definition, step: str, rest: list[str], options: Options) -> Iterator[Subject]:
    """Fields of the steps before, and of the step itself as far as `rest` of the place is after them."""
    steps = list(subjects.maps(definition.get("form"), "steps"))
    at = _position(steps, step, "steps")
    for before in steps[:at]:
        yield from _of_step(before, options)
    if at >= len(steps) or rest[:1] not in (["fields"], ["checks"]):
        return
    if rest[0] == "checks" or len(rest) < 2:
        yield from _of_step(steps[at], options)
        return
    yield from _before(steps[at], rest[1:], options, title=_title(steps[at]))


def _before(
    around: Mapping[str, Any], rest: list[str], options: Options, *, title: Text | None = None
) -> Iterator[Subject]:
    """The fields of `around` before the one that `rest` begins with, and itself for its own checks."""
    fields = list(subjects.maps(around, "fields"))
    at = _position(fields, rest[0], "fields")
    until = at + 1 if rest[1:2] == ["checks"] else at
    yield from (subjects.of_field(field, title, options) for field in fields[:until])
    if rest[1:2] == ["fields"] and len(rest) > 2 and at < len(fields):
        yield from _before(fields[at], rest[2:], options, title=title)


def _of_step(step: Mapping[str, Any], options: Options) -> Iterator[Subject]:
    title = _title(step) if "title" in step else None
    return (subjects.of_field(field, title, options) for field in subjects.maps(step, "fields"))


def _title(step: Mapping[str, Any]) -> Text:
    return subjects.text(step.get("title"), step.get("key"))


def _paper(paper: Mapping[str, Any]) -> Subject:
    key = str(paper.get("key") or "")
    return Subject(key, "file", subjects.text(paper.get("label"), key))


def _position(items: list[Mapping[str, Any]], segment: str, called: str) -> int:
    """Where the item is; behind all when it is gone, so that everything can be looked at."""
    found = places.position(items, segment, called)
    return len(items) if found is None else found


# ── Named conditions ──────────────────────────────────────────────────────────────────────────────


def _named(definition: Definition, parts: list[str], asked: Collection[str]) -> Iterator[Subject]:
    """Those that look only at what `asked` has; for a condition itself, those before it."""
    conditions = list(subjects.maps(definition, "conditions"))
    if parts[:1] == ["conditions"] and len(parts) > 1:
        conditions = conditions[: _position(conditions, parts[1], "conditions")]
    known = {*asked, *(subject.key for subject in subjects.context()), "applicant"}
    for condition in conditions:
        key = str(condition.get("key") or "")
        if key and _names(condition.get("expression")) <= known:
            known.add(key)
            yield Subject(key, subjects.CONDITION, subjects.text(condition.get("name"), key))


def _names(expression: Any) -> frozenset[str]:
    """What a condition mentions; what cannot be read yet mentions what nobody knows."""
    try:
        return expressions.references(str(expression or ""))
    except expressions.ExpressionError:
        return frozenset({""})
