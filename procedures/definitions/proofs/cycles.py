"""Circles: a question that depends on a question that depends on it. Read from the definition as it is
written, for a definition with a circle cannot even be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from procedures.definitions import places, wording
from procedures.definitions.proofs.findings import Finding
from procedures.eforms import expressions

_LOOKING = ("applies", "required", "compute", "min", "max")

Graph = dict[str, set[str]]


def find(definition: Mapping[str, Any]) -> list[Finding]:
    """One finding for each circle, at the first of its members."""
    graph, where = _graph(definition)
    found = []
    for circle in _circles(graph):
        names = [_name(definition, where[key]) for key in [*circle, circle[0]]]
        found.append(Finding(where[circle[0]], _("These depend on each other: %s.") % " → ".join(names)))
    return found


def _name(definition: Mapping[str, Any], place: str) -> str:
    said = wording.called(places.value(definition, place)) or places.split(place)[-1]
    return f"“{said}”"


def _graph(definition: Mapping[str, Any]) -> tuple[Graph, dict[str, str]]:
    """What each question and named condition looks at, and where each stands."""
    graph: Graph = {}
    where: dict[str, str] = {}
    for place, texts in (*_questions(definition), *_conditions(definition)):
        key = places.split(place)[-1]
        where.setdefault(key, place)
        graph.setdefault(key, set()).update(name for text in texts for name in _names(text))
    return {key: names & graph.keys() for key, names in graph.items()}, where


def _questions(definition: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    for at, step in _items(definition, "form.steps"):
        for place, field in _items(definition, f"{at}.fields"):
            texts = [step.get("applies"), *(field.get(name) for name in _LOOKING)]
            yield place, [*texts, *(o.get("applies") for _at, o in _items(definition, f"{place}.options"))]
    for place, paper in _items(definition, "papers"):
        yield place, [paper.get("applies"), paper.get("required")]


def _conditions(definition: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    for place, condition in _items(definition, "conditions"):
        yield place, [condition.get("expression")]


def _items(definition: Mapping[str, Any], list_place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(place, item) of the mappings in a list."""
    items = places.value(definition, list_place)
    if isinstance(items, list):
        for name, item in places.children(items, places.split(list_place)[-1]):
            if isinstance(item, Mapping):
                yield f"{list_place}.{places.join(name)}", item


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
