"""The condition builder's page as it was posted: reading its rows, and what its buttons do to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from procedures.eforms import subjects, trees
from procedures.eforms.subjects import Subject, Subjects
from procedures.studio import operators
from procedures.studio.builder import DEEPEST, KINDS, UNITS, Line, Part, inside, is_in_rows, lines

MOST_ROWS = 40


def posted(data: QueryDict, known: Subjects, path: str = "0") -> Part:
    """The rows as they were on the page, made to fit what was picked: nothing unfitting stays."""
    kind = data.get(f"{path}-kind", "")
    part = Part(path, kind if kind in KINDS else "all")
    size = data.get(f"{path}-size", "")
    for index in range(min(int(size), MOST_ROWS) if size.isdigit() and len(size) < 4 else 0):
        inner = f"{path}-{index}"
        is_part = f"{inner}-kind" in data and inner.count("-") <= DEEPEST
        part.items.append(posted(data, known, inner) if is_part else _line(data, known, inner))
    return part


def _line(data: QueryDict, known: Subjects, path: str) -> Line:
    unit, side = data.get(f"{path}-unit", ""), data.get(f"{path}-side", "")
    line = Line(
        path,
        data.get(f"{path}-subject", ""),
        data.get(f"{path}-op", ""),
        data.get(f"{path}-with", "value"),
        data.getlist(f"{path}-value"),
        unit if unit in UNITS else "days",
        "after" if side == "after" else "before",
    )
    subject = subjects.as_named(known, line.subject)
    if f"{path}-other" in data:
        line.values = data.getlist(f"{path}-other")
    _fit(line, subject, was=data.get(f"{path}-was", ""))
    if line.subject and operators.wants(subject, line.code) == operators.ROWS:
        within = inside(subject, known)
        line.inner = posted(data, within, f"{path}-0")
        line.inner.items = line.inner.items or [Line(f"{path}-0-0", is_new=True)]
    return line


def _fit(line: Line, subject: Subject, *, was: str) -> None:
    """Another subject, another operator: what cannot be meant any more is emptied. `was`: what was shown."""
    if was and was.partition(" ")[0] != line.subject:
        line.values, line.compared = [], "value"
        line.code = line.code if line.code in {each.code for each in operators.offered(subject)} else ""
    codes = [each.code for each in operators.offered(subject, line.code)]
    if line.code not in codes:
        line.code = codes[0]
    wanted = operators.wants(subject, line.code)
    is_other = line.code in trees.ORDER and line.compared == "other"
    if wanted == operators.OTHER:
        line.compared = "other"
    elif not is_other and line.compared not in {way for way, _label in ways(subject, line.code, {})}:
        line.compared = "value"


def ways(subject: Subject, code: str, known: Subjects) -> list[tuple[str, str]]:
    """(key, label) of what a row with the operator `code` can compare with; [] where there is no choice."""
    wanted = operators.wants(subject, code)
    if wanted == operators.DATE:
        found = [("value", _("a day")), ("today", _("today")), ("relative", _("a day before or after today"))]
    else:
        found = [("value", _("a number"))]
    if code in trees.ORDER and wanted in (operators.DATE, operators.NUMBER) and others(subject, known):
        found.append(("other", _("another answer")))
    return found if len(found) > 1 else []


def others(subject: Subject, known: Subjects) -> list[Subject]:
    """The answers of the same kind that `subject` can be compared with."""
    return [
        each
        for key, each in pickable(known)
        if each.type == subject.type and key not in (subject.key, "today", "channel")
    ]


def pickable(known: Subjects) -> Iterator[tuple[str, Subject]]:
    """What a row can be about; the fields of a group only where its entries are spoken of."""
    in_rows = is_in_rows(known)
    return ((key, each) for key, each in known.items() if in_rows or not key.startswith("."))


# ── Buttons ───────────────────────────────────────────────────────────────────────────────────────


def act(part: Part, do: str) -> Part:
    """`add:PATH`, `group:PATH`, `remove:PATH`; anything else changes nothing. Paths are given anew."""
    action, _colon, path = do.partition(":")
    if action in ("add", "group"):
        at = _part_at(part, path)
        if at and len(at.items) < MOST_ROWS:
            new = Line("", is_new=True)
            at.items.append(new if action == "add" else Part("", "any", [new]))
    elif action == "remove":
        _remove(part, path)
    return _numbered(part, part.path)


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for item in part.items:
        inner = item if isinstance(item, Part) else item.inner
        if inner:
            yield from _parts(inner)


def _part_at(part: Part, path: str) -> Part | None:
    return next((each for each in _parts(part) if each.path == path), None)


def _remove(part: Part, path: str) -> None:
    around = next((each for each in _parts(part) if any(item.path == path for item in each.items)), None)
    if around is None:
        return
    around.items = [item for item in around.items if item.path != path]
    around.is_new = True  # the focus goes to its buttons
    is_group_of_rows = any(isinstance(line.inner, Part) and line.inner is around for line in lines(part))
    if not around.items and around is not part and not is_group_of_rows:
        _remove(part, around.path)


def _numbered(part: Part, path: str) -> Part:
    items: list[Line | Part] = []
    for index, item in enumerate(part.items):
        here = f"{path}-{index}"
        if isinstance(item, Part):
            items.append(_numbered(item, here))
        else:
            inner = _numbered(item.inner, f"{here}-0") if item.inner else None
            items.append(replace(item, path=here, inner=inner))
    return replace(part, path=path, items=items)
