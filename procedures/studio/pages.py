"""How a page of the editor is shown and how it takes what is posted: see `panels` for what it is made of.

A POST to a page is one of these, by the name of a field that is in it:

    _panel   one panel: saved at once; what htmx sent gets only what changed, a browser without scripts
             the page again (422 when something cannot be taken or clashes)
    _rows    a button of a list: `_do` is add, up, down or remove, `_at` the item's index
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from procedures.definitions import editing
from procedures.definitions.models import Edit, ProcedureVersion
from procedures.studio import outline, places, saving, sections
from procedures.studio.access import EditorRequest
from procedures.studio.panels import Panel, Part, Rows


@dataclass
class Page:
    """`place`: the item that the page is about; `head`: a template above the panels; `more`: what it needs.

    `step`: the step of the form that the preview shows beside it.
    """

    section: str
    title: Any
    parts: list[Part] = field(default_factory=list)
    place: str = ""
    head: str = ""
    step: str = ""
    more: dict[str, Any] = field(default_factory=dict)


Make = Callable[[ProcedureVersion], Page]


def answer(request: EditorRequest, draft: ProcedureVersion, make: Make) -> HttpResponse:
    """The page that `make` puts together for a draft, or what a POST to it leads to."""
    page = make(draft)
    if request.method != "POST":
        return show(request, draft, page)
    if name := request.POST.get("_which") or request.POST.get("_panel"):
        panel = _panel(page, name)
        return _save(request, draft, make, panel) if panel else gone(request, draft)
    return _change_rows(request, draft, _rows(page, request.POST.get("_rows", "")))


def show(request: EditorRequest, draft: ProcedureVersion, page: Page, *, status: int = 200) -> HttpResponse:
    response = render(request, "studio/page.html", context(request, draft, page), status=status)
    if request.headers.get("HX-Request") == "true" and request.method == "GET":
        response["HX-Push-Url"] = _here(request)
    return response


def context(request: EditorRequest, draft: ProcedureVersion, page: Page) -> dict[str, Any]:
    """What `studio/editor.html` wants. For a page that is no list of parts: a Page without any, and `more`."""
    return {
        **frame(request, draft),
        "page": page,
        "parts": page.parts,
        "preview_url": preview_url(draft, page.step),
        "focus": request.GET.get("den", ""),
        **page.more,
    }


def frame(request: EditorRequest, draft: ProcedureVersion) -> dict[str, Any]:
    """Header and outline. Two queries: the last edit, and what can be taken back."""
    can_undo, can_redo = editing.undoable(draft, request.user)
    return {
        "draft": draft,
        "code": draft.procedure.code,
        "name": places.texts(places.find(draft.definition, "name")) or _("Without a name"),
        "here": _here(request),
        "sections": sections.entries(),
        "outline": outline.steps(draft.definition),
        "can_undo": can_undo,
        "can_redo": can_redo,
        "last": Edit.objects.filter(version=draft).select_related("by").order_by("-revision").first(),
    }


def preview_url(draft: ProcedureVersion, step: str) -> str:
    url = reverse("studio:preview", args=[draft.procedure.code])
    return f"{url}?{urlencode({'phan': step})}" if step else url


def _here(request: EditorRequest) -> str:
    """The page's address without the wish where to put the focus."""
    query = request.GET.copy()
    query.pop("den", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


# ── Panels ────────────────────────────────────────────────────────────────────────────────────────


def _panel(page: Page, name: str) -> Panel | None:
    for part in page.parts:
        for panel in part.panels() if isinstance(part, Rows) else [part]:
            if isinstance(panel, Panel) and panel.name == name:
                return panel
    return None


def _save(request: EditorRequest, draft: ProcedureVersion, make: Make, panel: Panel) -> HttpResponse:
    panel.bind(request.POST)
    path, _colon, at = request.POST.get("_mine", "").rpartition(":")
    try:
        outcome = saving.save(
            panel,
            by=request.user,
            at=timezone.now(),
            insist=(path, _number(at)),
            yields=request.POST.get("_theirs", ""),
        )
    except saving.Gone:
        return gone(request, draft)
    whole = _is_whole(panel, outcome)
    panel = panel.after(outcome.draft, outcome.place, refresh=whole)
    if request.headers.get("HX-Request") == "true":
        return _renewed(request, outcome, panel, _with(make(outcome.draft), panel), whole=whole)
    if panel.is_settled:
        return HttpResponseRedirect(f"{_here(request)}#{panel.ident}")
    return show(request, outcome.draft, _with(make(outcome.draft), panel), status=422)


def _renewed(
    request: EditorRequest, outcome: saving.Outcome, panel: Panel, page: Page, *, whole: bool
) -> HttpResponse:
    """What htmx puts into the page: notes, header and outline; everything where more than a note changed."""
    if whole:
        response = render(request, "studio/page.html", context(request, outcome.draft, page) | {"oob": True})
        response["HX-Retarget"] = response["HX-Reselect"] = "#work"
        response["HX-Reswap"] = "outerHTML"
    else:
        known = frame(request, outcome.draft) | {"panel": panel, "page": page, "oob": True}
        lists = [part for part in page.parts if isinstance(part, Rows)]
        known["titles"] = [(rows.title, rows.ident) for rows in lists]
        known["in_row"] = any(panel.ident == item.ident for rows in lists for item in rows.panels())
        response = render(request, "studio/saved.html", known)
    if outcome.saved:
        response["HX-Trigger"] = "studio:saved"
    return response


def _is_whole(panel: Panel, outcome: saving.Outcome) -> bool:
    return outcome.merged or bool(panel.reloads.intersection(map(panel.name_of, outcome.saved)))


def gone(request: EditorRequest, draft: ProcedureVersion) -> HttpResponse:
    """Nothing is saved and nothing typed is lost: the page stays, and says what happened."""
    if request.headers.get("HX-Request") == "true":
        return render(request, "studio/gone.html", frame(request, draft), status=409)
    messages.error(request, _("Somebody removed, renamed or moved this part, so your change was not saved."))
    return HttpResponseRedirect(reverse("studio:edit", args=[draft.procedure.code]))


def _with(page: Page, panel: Panel) -> Page:
    """The page with the posted panel, as typed, in the place of the one read from the draft."""
    for part in page.parts:
        if isinstance(part, Rows):
            part.posted = panel
    page.parts = [
        panel if isinstance(part, Panel) and part.name == panel.name else part for part in page.parts
    ]
    return page


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


# ── Lists ─────────────────────────────────────────────────────────────────────────────────────────


def _rows(page: Page, name: str) -> Rows:
    for part in page.parts:
        if isinstance(part, Rows) and part.ident == name:
            return part
    raise BadRequest("no such list")


def _change_rows(request: EditorRequest, draft: ProcedureVersion, rows: Rows) -> HttpResponse:
    """Add, move or remove an item, and back to the page with the focus where the work goes on."""
    do, index = request.POST.get("_do", ""), _number(request.POST.get("_at"))
    by = {"revision": _number(request.POST.get("_revision")), "by": request.user, "at": timezone.now()}
    try:
        focus = _done(request, draft, rows, do, index, by)
    except editing.Conflict as conflict:
        messages.error(request, clash_words(conflict))
        focus = rows.ident
    except (editing.NoSuchPlace, editing.NotADraft):
        messages.error(request, _("This entry is no longer there."))
        focus = rows.ident
    except editing.Refused as refused:
        messages.error(request, str(refused))
        focus = rows.ident
    glue = "&" if "?" in _here(request) else "?"
    return HttpResponseRedirect(f"{_here(request)}{glue}{urlencode({'den': focus})}#{rows.ident}")


def _done(
    request: EditorRequest, draft: ProcedureVersion, rows: Rows, do: str, index: int, by: dict[str, Any]
) -> str:
    """The id of what gets the focus."""
    found = places.items(draft.definition, rows.place)
    if do == "add" and rows.may_add and rows.blank is not None:
        draft = editing.insert(draft, rows.place, rows.blank(), **by)
        messages.success(request, _("Added."))
        return _first_input(Rows(draft, rows.place, rows.panel, rows.title), len(found))
    if index >= len(found):
        raise editing.NoSuchPlace(rows.place)
    place = found[index][0]
    title = rows.panel(draft, place).caption
    if do == "remove":
        editing.remove(draft, place, **by)
        messages.success(request, _("“%(title)s” is removed.") % {"title": title}, extra_tags="undo")
        return f"{rows.ident}-add"
    to = {"up": index - 1, "down": index + 1}.get(do, -1)
    if not 0 <= to < len(found):
        return f"{rows.ident}-{index}-{do}"
    editing.move(draft, place, to=rows.place, index=to, **by)
    known = {"title": title, "number": to + 1, "count": len(found)}
    messages.success(request, _("“%(title)s” is now number %(number)s of %(count)s.") % known)
    return f"{rows.ident}-{to}-{do}"


def _first_input(rows: Rows, index: int) -> str:
    panels = rows.panels()
    if index >= len(panels):
        return rows.ident
    return str(next((panels[index][name].id_for_label for name in panels[index].fields), rows.ident))


def clash_words(conflict: editing.Conflict) -> str:
    who = conflict.by.full_name if conflict.by else _("Somebody else")
    return _(
        "%(who)s changed this at the same time. Nothing was lost: look at it again and repeat your change."
    ) % {"who": who}
