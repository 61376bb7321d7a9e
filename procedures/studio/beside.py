"""What is left to do before publishing, under the preview: asked for once the page stands, and after saving."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from procedures.definitions import proofs, wording
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.proofs import State
from procedures.studio import addresses
from procedures.studio.access import EditorRequest, draft_or_404, editor

SHOWN = 2  # findings of a task that stand here; all of them are on the page of publishing
_GLYPHS = {State.DONE: ("check", "ok"), State.OPEN: ("alert", "no"), State.WARNING: ("info", "un")}


@dataclass(frozen=True, slots=True)
class Line:
    """A task; `links`: (address, words) of the first places."""

    title: str
    glyph: str
    tone: str
    links: list[tuple[str, str]]


@require_safe
@editor
def tasks(request: EditorRequest, code: str) -> HttpResponse:
    """A piece of a page for htmx; a browser without scripts has the link to publishing instead."""
    draft = draft_or_404(request, code)
    found = proofs.tasks(draft, today=timezone.localdate())
    known = {
        "lines": [_line(draft, task) for task in found if task.state in _GLYPHS],
        "open_tasks": sum(task.state == State.OPEN for task in found),
        "publish_url": reverse("studio:publish", args=[code]),
    }
    return render(request, "studio/beside.html", known)


def _line(draft: ProcedureVersion, task: proofs.Task) -> Line:
    glyph, tone = _GLYPHS[task.state]
    links = [
        (
            addresses.of_place(draft.procedure.code, finding.place),
            wording.label(finding.place, draft.definition),
        )
        for finding in task.findings[:SHOWN]
    ]
    return Line(task.title, glyph, tone, [(url, words) for url, words in links if words])
