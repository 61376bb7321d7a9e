"""The section Form: its outline, the page of a step, of a field, and of adding a field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from procedures.definitions.models import FieldGroup, ProcedureVersion
from procedures.studio import acts, addresses, editor, form_panels, kinds, outline, pages, places, sections
from procedures.studio.access import EditorRequest, draft_or_404
from procedures.studio.access import editor as editors
from procedures.studio.panels import Block, Part, Rows


@editors
def form(request: EditorRequest, code: str) -> HttpResponse:
    """Every step and field, to be opened, moved and added to."""
    return pages.answer(request, draft_or_404(request, code), _overview)


def _overview(draft: ProcedureVersion) -> pages.Page:
    return pages.Page(
        "form", pgettext("studio", "Form"), [Block("studio/form.html")], head="studio/form_head.html"
    )


sections.PAGES["form"] = form


@require_http_methods(["GET", "HEAD", "POST"])
@editors
def step(request: EditorRequest, code: str) -> HttpResponse:
    """One step: its words, when it applies, its fields and checks."""
    draft = draft_or_404(request, code)
    place = request.GET.get("o", "")
    if not _is_item(place, depth=3) or places.find(draft.definition, place) is None:
        return _elsewhere(request, draft, place)
    return pages.answer(request, draft, partial(_step, place=place))


def _step(draft: ProcedureVersion, place: str) -> pages.Page:
    parts: list[Part] = [
        form_panels.StepPanel(draft, place),
        Block(
            "studio/fields.html", {"nodes": outline.fields(draft.definition, f"{place}.fields"), "at": place}
        ),
        _checks(draft, place),
    ]
    return _item_page(draft, place, parts)


@require_http_methods(["GET", "HEAD", "POST"])
@editors
def field(request: EditorRequest, code: str) -> HttpResponse:
    """One field, or one inside a repeating group: every property of its type."""
    draft = draft_or_404(request, code)
    place = request.GET.get("o", "")
    is_field = _is_item(place, depth=5) or _is_item(place, depth=7)
    if not is_field or places.find(draft.definition, place) is None:
        return _elsewhere(request, draft, place)
    return pages.answer(request, draft, partial(_field, place=place))


def _field(draft: ProcedureVersion, place: str) -> pages.Page:
    kind, is_row = places.find(draft.definition, f"{place}.type"), place.count(".fields.") > 1
    parts: list[Part] = [form_panels.FieldPanel(draft, place)]
    answer = form_panels.AnswerPanel(draft, place)
    if answer.fields:
        parts.append(answer)
    if kind in ("choice", "choices") and not places.find(draft.definition, f"{place}.list"):
        parts.append(options(draft, place))
    if kind == "group":
        nodes = outline.fields(draft.definition, f"{place}.fields")
        parts.append(Block("studio/fields.html", {"nodes": nodes, "at": place, "in_group": True}))
    if not is_row and kind not in ("group", "file"):
        parts += [form_panels.OriginPanel(draft, place), _prefill(draft, place)]
    return _item_page(draft, place, [*parts, _checks(draft, place)])


def options(draft: ProcedureVersion, place: str) -> Rows:
    """The answers of a choice to pick from."""
    taken = {
        str(places.find(item, "value")) for _at, item in places.items(draft.definition, f"{place}.options")
    }
    number = next(n for n in range(1, 1000) if f"option_{n}" not in taken)
    return Rows(
        draft,
        f"{place}.options",
        form_panels.OptionPanel,
        _("Answers to pick from"),
        _("Add an answer"),
        lambda: {"value": f"option_{number}", "label": {"vi": _("Answer %(n)s") % {"n": number}}},
        empty=_("No answers yet."),
    )


def _prefill(draft: ProcedureVersion, place: str) -> Rows:
    return Rows(
        draft,
        f"{place}.prefill",
        form_panels.PrefillPanel,
        _("Filled in from"),
        _("Add a source"),
        lambda: {"from": "account"},
        intro=_("The first source that has a value fills it in; its name stands beside the answer."),
        empty=_("Nowhere: the citizen types it."),
        most=5,
    )


def _checks(draft: ProcedureVersion, place: str) -> Rows:
    return Rows(
        draft,
        f"{place}.checks",
        form_panels.CheckPanel,
        _("Checks"),
        _("Add a check"),
        lambda: {"expression": "true", "message": {"vi": _("Look at this answer again.")}},
        empty=_("No checks."),
    )


def _item_page(draft: ProcedureVersion, place: str, parts: list[Part]) -> pages.Page:
    nodes = outline.steps(draft.definition)
    node = outline.position(nodes, place)
    if node is None:
        raise Http404(place)
    key, at = outline.step_of(draft.definition, place)
    above = outline.position(nodes, places.parent(places.parent(place))) if at != place else None
    more: dict[str, Any] = {"node": node, "above": above, "targets": targets(nodes, node)}
    more["above_url"] = addresses.item(draft.procedure.code, above.place) if above else ""
    more["origin"] = places.find(draft.definition, f"{place}.origin")
    return pages.Page("form", node.title, parts, place, head="studio/item_head.html", step=key, more=more)


def _is_item(place: str, *, depth: int) -> bool:
    parts = place.split(".")
    return len(parts) == depth and parts[:2] == ["form", "steps"] and set(parts[3::2]) <= {"fields"}


def _elsewhere(request: EditorRequest, draft: ProcedureVersion, place: str) -> HttpResponse:
    """What was to be edited is gone (taken back, renamed, removed): to what is left around it."""
    code = draft.procedure.code
    if request.headers.get("HX-Request") == "true" and request.method == "POST":
        return pages.gone(request, draft)
    at = places.nearest(draft.definition, place)
    while at and not any(_is_item(at, depth=depth) for depth in (3, 5, 7)):
        at = places.parent(at)
    if place:
        messages.info(request, _("What you looked for is no longer here."))
    return HttpResponseRedirect(addresses.item(code, at) if at else addresses.section(code, "form"))


# ── Where an item can be moved to ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Target:
    """A list, and the positions in it: ("form.steps.person.fields|2", "after …")."""

    title: str
    positions: list[tuple[str, str]]


def targets(nodes: list[outline.Node], node: outline.Node) -> list[Target]:
    if ".fields." not in node.place:
        return [_target(pgettext("studio", "Form"), outline.STEPS, tuple(nodes), node)]
    found = []
    may_nest = not node.is_group and node.icon != kinds.of("file").icon
    for step in nodes:
        found.append(_target(step.title, step.fields_place, step.fields, node))
        groups = [group for group in step.fields if group.is_group and group.place != node.place]
        if may_nest:
            found += [_target(group.title, group.fields_place, group.fields, node) for group in groups]
    return found


def _target(title: str, list_place: str, siblings: tuple[outline.Node, ...], node: outline.Node) -> Target:
    others = [other for other in siblings if other.place != node.place]
    positions = [(f"{list_place}|0", _("at the beginning"))]
    positions += [
        (f"{list_place}|{index}", _("after “%(title)s”") % {"title": other.title})
        for index, other in enumerate(others, start=1)
    ]
    return Target(title, positions)


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@editors
def add(request: EditorRequest, code: str) -> HttpResponse:
    """A new question in the step or repeating group at `?o=`: its words and type, or a group kept for copying."""
    draft, place = draft_or_404(request, code), request.GET.get("o", "")
    is_row = _is_item(place, depth=5)
    if not (is_row or _is_item(place, depth=3)) or places.find(draft.definition, place) is None:
        return _elsewhere(request, draft, place)
    problems: dict[str, str] = {}
    if request.method == "POST":
        done = _added(request, draft, f"{place}.fields", problems)
        if done:
            messages.success(request, done.words)
            return HttpResponseRedirect(addresses.field(code, done.place))
    page = pages.Page(
        "form", _("Add a question"), place=place, step=outline.step_of(draft.definition, place)[0]
    )
    page.more = {
        "kinds": [kind for kind in kinds.KINDS if not is_row or kind.type not in kinds.NOT_IN_ROWS],
        "groups": _groups(),
        "around": outline.position(outline.steps(draft.definition), place),
        "around_url": addresses.item(code, place),
        "problems": problems,
        "typed": {"label": request.POST.get("label", ""), "type": request.POST.get("type", "")},
    }
    known = pages.context(request, draft, page)
    return render(request, "studio/add.html", known, status=422 if problems else 200)


def _added(
    request: EditorRequest, draft: ProcedureVersion, list_place: str, problems: dict[str, str]
) -> acts.Done | None:
    data = request.POST
    by = {"revision": draft.revision, "by": request.user, "at": timezone.now()}
    key, _at, number = data.get("group", "").partition("@")
    if key and number.isdecimal() and len(number) < 9:
        group = FieldGroup.objects.filter(key=key, number=int(number)).first()
        if group and isinstance(group.fields, list) and group.fields:
            return editor.attempt(request, lambda: acts.group_added(draft, list_place, group, by))
        problems["group"] = _("This group is no longer there.")
        return None
    label, kind = data.get("label", "").strip(), data.get("type", "")
    if not label or len(label) > 300:
        problems["label"] = _("Write the question, with at most 300 characters.")
    if not kinds.of(kind).type:
        problems["type"] = _("Pick the type of the answer.")
    if problems:
        return None
    return editor.attempt(request, lambda: acts.field_added(draft, list_place, label=label, kind=kind, by=by))


def _groups() -> list[FieldGroup]:
    """The newest version of each group."""
    newest: dict[str, FieldGroup] = {
        group.key: group for group in FieldGroup.objects.order_by("key", "number")
    }
    return list(newest.values())
