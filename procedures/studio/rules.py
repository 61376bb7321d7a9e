"""Conditions: built from rows, said in words, edited as expressions by who knows how; and those with names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from procedures.definitions import code_lists, editing, places, wording
from procedures.definitions.models import ProcedureVersion, VersionState
from procedures.eforms import conditions
from procedures.eforms.subjects import Options
from procedures.eforms.texts import Option, Text
from procedures.studio import addresses, names, outline, pages, shown, workbench
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.workbench import Workbench


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def condition(request: EditorRequest, code: str) -> HttpResponse:
    """The condition at the place `?o=`; without one, the conditions that have names."""
    draft = draft_or_404(request, code)
    place = request.GET.get("o", "")
    if not place:
        return names.answer(request, draft)
    if not workbench.is_expression(draft.definition, place):
        raise Http404("no expression can stand there")
    bench = workbench.at(
        draft.definition, place, options=_options(draft.definition), claims=_claims(draft, place)
    )
    return _posted(request, draft, bench) if request.method == "POST" else _show(request, draft, bench)


def _posted(request: EditorRequest, draft: ProcedureVersion, bench: Workbench) -> HttpResponse:
    do = request.POST.get("do", "")
    bench = workbench.posted(bench, request.POST, do)
    if do == "save" and workbench.judge(bench):
        return _save(request, draft, bench)
    if do == "name" and workbench.judge(bench):
        return _name(request, draft, bench)
    return _show(request, draft, bench, status=422 if do in ("save", "name") else 200)


def _save(request: EditorRequest, draft: ProcedureVersion, bench: Workbench) -> HttpResponse:
    try:
        editing.set_value(
            draft,
            bench.place,
            bench.text or None,
            revision=_revision(request),
            by=request.user,
            at=timezone.now(),
        )
    except editing.Conflict as clash:
        return _show(request, draft, bench, clash=clash, status=409)
    except editing.Refused as refused:
        bench.problems = [("cel", str(refused))]
        return _show(request, draft, bench, status=422)
    except (editing.NoSuchPlace, editing.NotADraft):
        messages.error(request, _("Somebody removed or moved this part, so your condition was not saved."))
        return redirect(reverse("studio:edit", args=[draft.procedure.code]))
    messages.success(request, _("The condition is saved: %(words)s") % {"words": bench.words})
    return redirect(_origin(draft, bench.place))


def _name(request: EditorRequest, draft: ProcedureVersion, bench: Workbench) -> HttpResponse:
    """Keep the condition under a name, and have this place mention it."""
    name = " ".join(request.POST.get("name", "").split())
    if not name:
        bench.problems = [("name", _("Enter a name, such as: The person is under 18."))]
        return _show(request, draft, bench, status=422)
    draft, key = names.add(draft, name, bench.text, by=request.user, at=timezone.now())
    bench.text = key
    return _save(request, draft, bench)


def _revision(request: EditorRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _origin(draft: ProcedureVersion, place: str) -> str:
    """The page that the condition belongs to."""
    if place.startswith("conditions."):
        return reverse("studio:condition", args=[draft.procedure.code])
    return addresses.of_place(draft.procedure.code, place)


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


def _show(
    request: EditorRequest,
    draft: ProcedureVersion,
    bench: Workbench,
    *,
    clash: editing.Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    is_fresh = clash or request.method != "POST"
    more: dict[str, Any] = {
        "bench": bench,
        "rows": shown.part(bench.part, bench.known) if bench.part else None,
        "question": _question(bench.place),
        "of_what": wording.label(places.parent(bench.place), draft.definition),
        "errors": bench.problems if status == 422 else [],
        "revision": draft.revision if is_fresh else _revision(request),
        "clash": _clash(clash, bench) if clash else None,
        "origin": _origin(draft, bench.place),
        "is_named": bench.place.startswith("conditions."),
        "new_name": request.POST.get("name", ""),
    }
    around = places.parent(bench.place)
    step, _place = outline.step_of(draft.definition, bench.place)
    page = pages.Page(_section(bench.place), more["question"], place=around, step=step, more=more)
    return render(request, "studio/condition.html", pages.context(request, draft, page), status=status)


def _question(place: str) -> str:
    """What the condition decides, as the beginning of a sentence."""
    kind = place.rpartition(".")[2]
    if place.startswith("form.") and kind == "applies":
        return _("Ask this only when")
    if kind == "expression":
        return _("This is true when") if place.startswith("conditions.") else _("The answers are right when")
    return {
        "applies": _("This applies when"),
        "required": _("An answer is required when"),
        "condition": _("The paper will do when"),
    }.get(kind, wording.word(kind))


def _clash(clash: editing.Conflict, bench: Workbench) -> dict[str, Any]:
    theirs = clash.theirs if isinstance(clash.theirs, str) else ""
    words = conditions.words(theirs, bench.known, get_language() or "vi")
    return {"by": clash.by.full_name if clash.by else "", "at": clash.at, "words": words}


def _section(place: str) -> str:
    top = place.partition(".")[0]
    known = {"form": "form", "papers": "papers", "reuse": "papers", "fees": "fees", "stages": "processing"}
    return known.get(top, "result" if top == "result" else "form")


def _options(definition: Mapping[str, Any]) -> Options:
    """The options of the code lists that the definition names. One query, none where it names none."""
    known = code_lists.of(definition)
    return lambda name: tuple(Option(row["value"], Text(row["vi"], row["en"])) for row in known.get(name, ()))


def _claims(draft: ProcedureVersion, place: str) -> tuple[str, ...]:
    """Paths inside the result that a reuse is about, from the procedures in force that issue it."""
    parts = places.split(place)
    if parts[:1] != ("reuse",) or parts[-1] != "condition":
        return ()
    wanted = places.value(draft.definition, f"{places.parent(place)}.type")
    issuing = ProcedureVersion.objects.filter(state=VersionState.PUBLISHED, snapshot__result__type=wanted)
    found = issuing.values_list("snapshot__result__claims", flat=True).first()
    return tuple(_paths(found or {}))


def _paths(claims: Mapping[str, Any], around: str = "") -> Iterator[str]:
    for key, value in claims.items():
        here = f"{around}.{key}" if around else key
        if isinstance(value, Mapping):
            yield from _paths(value, here)
        else:
            yield here
