"""Finding a procedure, and the page it starts from. Open to everybody."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from procedures.definitions import catalogue, loading, runtime, start
from procedures.definitions.models import ProcedureVersion, VersionQuerySet, VersionState

PAGE = 50
DOSSIER_CODE = re.compile(r"[A-Z0-9]+(\.[A-Z0-9]+)*-\d{6}-\d{4,7}\Z", re.IGNORECASE)


@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """Search and events of life. The one box also takes the code of a dossier."""
    query = request.GET.get("q", "").strip()[:200]
    if DOSSIER_CODE.match(query):
        return redirect(f"{reverse('dossiers:list')}?{urlencode({'ma': query.upper()})}")
    event = catalogue.event(request.GET.get("su-kien", ""))
    found = catalogue.find(query, life_event=event.key if event else "")
    shown = Paginator(found.entries, PAGE).get_page(request.GET.get("trang"))
    context = {"query": query, "event": event, "found": found, "shown": shown}
    return render(request, "definitions/list.html", context)


@require_safe
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """The start page of the version in force; otherwise a 404 that says what became of the procedure."""
    versions = ProcedureVersion.objects.filter(procedure__code=code) if loading.CODE.match(code) else None
    today = timezone.localdate()
    version = versions.open_on(today).light().first() if versions is not None else None
    if version is None:
        return _missing(request, code, versions)
    definition = runtime.definition(version.pk)
    return render(request, "definitions/procedure.html", _page(request, version, definition))


def _page(request: HttpRequest, version: ProcedureVersion, definition: runtime.Definition) -> dict[str, Any]:
    person = getattr(request.user, "person", None)
    now = timezone.now()
    always, sometimes = start.asked_of_all(definition)
    offices = start.offices(definition, person)
    return {
        "version": version,
        "definition": definition,
        "person": person,
        "event": catalogue.event(definition.life_event),
        "price": start.price(definition, at=now),
        "effort": start.effort(definition, person, at=now),
        "in_store": start.in_store(definition, person, at=now),
        "look_ups": start.look_ups(definition, request.user),
        "always": always,
        "sometimes": sometimes,
        "offices": offices,
        "mine": any(office.is_mine for office in offices),
        "fees": start.fees(definition, at=now),
        "time_text": definition.time.text(get_language() or "vi"),
        "continue_url": start.continuation(request.user, definition.code),
    }


def too_costly(request: HttpRequest) -> HttpResponse:
    """A definition takes more to evaluate than a request may."""
    return render(request, "definitions/too_costly.html", {"path": request.path}, status=503)


def _missing(request: HttpRequest, code: str, versions: VersionQuerySet | None) -> HttpResponse:
    last = (
        versions.exclude(state=VersionState.DRAFT).light().order_by("-number").first()
        if versions is not None
        else None
    )
    page = {"code": code, "last": last, "ended_on": last and (last.last_filing_on or last.retired_at)}
    return render(request, "definitions/missing.html", page, status=404)
