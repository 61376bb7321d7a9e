"""The way through the form on one page: what each step and question depends on, where it leads, what is dead."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from procedures.definitions.models import ProcedureVersion
from procedures.eforms import expressions
from procedures.eforms.soundness import CONTEXT
from procedures.studio import addresses, outline, pages, places, sayings
from procedures.studio.access import EditorRequest, draft_or_404, editor


@dataclass(frozen=True, slots=True)
class Stop:
    """A step, or a question in it: when it is asked, in words ("": always); what makes it a dead end."""

    node: outline.Node
    url: str
    when: str
    problem: str
    onward: str
    fields: tuple[Stop, ...] = ()


@require_safe
@editor
def routing(request: EditorRequest, code: str) -> HttpResponse:
    """Each step with its default next one, each question with its condition."""
    draft = draft_or_404(request, code)
    stops = list(way(draft))
    page = pages.Page("form", _("Routing"), more={"stops": stops, "dead": sum(_dead(stop) for stop in stops)})
    return render(request, "studio/routing.html", pages.context(request, draft, page))


def way(draft: ProcedureVersion) -> Iterator[Stop]:
    """The stops in order. Copes with any draft."""
    nodes = outline.steps(draft.definition)
    known = set(CONTEXT) | _named(draft)
    for index, node in enumerate(nodes):
        problem = _problem(draft, node, known) or ("" if node.fields else _("It has no questions."))
        fields = []
        for field in node.fields:
            fields.append(_field(draft, field, known))
            known.add(field.key)
        onward = nodes[index + 1].title if index + 1 < len(nodes) else _("Check your answers")
        yield Stop(node, _url(draft, node), _when(draft, node), problem, onward, tuple(fields))


def _field(draft: ProcedureVersion, node: outline.Node, known: set[str]) -> Stop:
    row_known = set(known) | {node.key}
    rows = []
    for sub in node.fields:
        rows.append(Stop(sub, _url(draft, sub), _when(draft, sub), _problem(draft, sub, row_known), ""))
        row_known.add(sub.key)
    problem = _problem(draft, node, known) or _empty(draft, node)
    return Stop(node, _url(draft, node), _when(draft, node), problem, "", tuple(rows))


def _empty(draft: ProcedureVersion, node: outline.Node) -> str:
    """A question that nobody could answer."""
    item = places.find(draft.definition, node.place)
    kind = places.find(item, "type")
    if kind in ("choice", "choices") and not places.find(item, "options") and not places.find(item, "list"):
        return _("It has no answers to pick from.")
    if kind == "group" and not node.fields:
        return _("Its rows have no questions.")
    return ""


def _problem(draft: ProcedureVersion, node: outline.Node, known: Collection[str]) -> str:
    """Why it is never reached, as far as that can be told without answers."""
    text = places.find(draft.definition, f"{node.place}.applies")
    if not text:
        return ""
    if not isinstance(text, str):
        return _("Its condition is not an expression.")
    try:
        names = expressions.references(text)
    except expressions.ExpressionError:
        return _("Its condition is not an expression.")
    if unknown := sorted(names - set(known)):
        later = set(unknown) & {other.key for other in outline.flat(outline.steps(draft.definition))}
        words = (
            _("It depends on “%(name)s”, which is asked after it.")
            if later
            else _("It depends on “%(name)s”, which does not exist.")
        )
        return words % {"name": min(later or unknown)}
    if not names and not expressions.holds(text, {}):
        return _("It is never asked: its condition is never true.")
    return ""


def _named(draft: ProcedureVersion) -> set[str]:
    """Conditions that have a name of their own."""
    return {places.name_of(item) for _at, item in places.items(draft.definition, "conditions")}


def _when(draft: ProcedureVersion, node: outline.Node) -> str:
    return sayings.words(draft, places.find(draft.definition, f"{node.place}.applies"))


def _url(draft: ProcedureVersion, node: outline.Node) -> str:
    return addresses.item(draft.procedure.code, node.place)


def _dead(stop: Stop) -> int:
    return bool(stop.problem) + sum(_dead(inner) for inner in stop.fields)
