"""Circles: a question that depends on a question that depends on it. Read from the definition as it is
written, for a definition with a circle cannot even be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from procedures.definitions import wording
from procedures.definitions.proofs.findings import Finding
from procedures.eforms import expressions

_LOOKING = ("applies", "required", "compute", "min", "max")

Graph = dict[str, set[str]]


def find(definition: Mapping[str, Any], language: str) -> list[Finding]:
    """One finding for each circle, at the first of its members."""
    graph, where = _graph(definition)
    found = []
    for circle in _circles(graph):
        names = [_name(definition, where[key], language) for key in [*circle, circle[0]]]
        found.append(Finding(where[circle[0]], _("These depend on each other: %s.") % " → ".join(names)))
    return found


def _name(definition: Mapping[str, Any], place: str, language: str) -> str:
    *_rest, (part, item) = wording.walk(definition, place)
    said = wording.title(item, language) if isinstance(item, Mapping) else ""
    return f"“{said or part}”"


def _graph(definition: Mapping[str, Any]) -> tuple[Graph, dict[str, str]]:
    """What each question and named condition looks at, and where each stands."""
    graph: Graph = {}
    where: dict[str, str] = {}
    for key, place, texts in (*_questions(definition), *_conditions(definition)):
        where.setdefault(key, place)
        graph.setdefault(key, set()).update(name for text in texts for name in _names(text))
    return {key: names & graph.keys() for key, names in graph.items()}, where


def _questions(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    form = definition.get("form")
    for i, step in enumerate(_items(form.get("steps") if isinstance(form, Mapping) else None)):
        for j, field in enumerate(_items(step.get("fields"))):
            place = f"form.steps.{wording.name_of(step, i)}.fields.{wording.name_of(field, j)}"
            texts = [step.get("applies"), *(field.get(name) for name in _LOOKING)]
            texts += [option.get("applies") for option in _items(field.get("options"))]
            yield wording.name_of(field, j), place, texts
    for i, paper in enumerate(_items(definition.get("papers"))):
        key = wording.name_of(paper, i)
        yield key, f"papers.{key}", [paper.get("applies"), paper.get("required")]


def _conditions(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    for i, condition in enumerate(_items(definition.get("conditions"))):
        key = wording.name_of(condition, i)
        yield key, f"conditions.{key}", [condition.get("expression")]


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _names(text: Any) -> frozenset[str]:
    try:
        return expressions.references(text) if isinstance(text, str) and text else frozenset()
    except expressions.ExpressionError:
        return frozenset()


def _circles(graph: Graph) -> list[list[str]]:
    """Each circle once. A walk in depth meets a circle where it comes back to what it is still inside of."""
    found: list[list[str]] = []
    finished: set[str] = set()
    for start in graph:
        if start not in finished:
            _visit(graph, start, found, finished)
    return found


def _visit(graph: Graph, start: str, found: list[list[str]], finished: set[str]) -> None:
    path: list[str] = [start]
    left = [iter(sorted(graph[start]))]
    while path:
        following = next(left[-1], None)
        if following is None:
            finished.add(path.pop())
            left.pop()
        elif following in path:
            found.append(path[path.index(following) :])
        elif following not in finished:
            path.append(following)
            left.append(iter(sorted(graph[following])))
