"""The editor of a draft: its sections, what is done to steps and fields as a whole, undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.definitions import editing
from procedures.definitions.models import ProcedureVersion
from procedures.studio import acts, addresses, pages, sections
from procedures.studio.access import EditorRequest, draft_or_404, editor


@require_safe
@editor
def edit(request: EditorRequest, code: str) -> HttpResponse:
    """To the first section."""
    draft_or_404(request, code)
    return redirect("studio:section", code, sections.entries()[0].key)


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: EditorRequest, code: str, section: str) -> HttpResponseBase:
    """The page of one section; each guards its own door."""
    if section not in sections.PAGES:
        raise Http404(section)
    return sections.PAGES[section](request, code)


@require_POST
@editor
def change(request: EditorRequest, code: str) -> HttpResponse:
    """Copy, move, rename, remove a step or field, add a step; then back to where it was asked for."""
    draft, data = draft_or_404(request, code), request.POST
    place, revision = data.get("place", ""), data.get("revision", "")
    act = acts.ACTS.get(data.get("do", ""))
    if act is None or not revision.isdecimal() or len(revision) > 9:
        raise Http404("no such change")
    by = {"revision": int(revision), "by": request.user, "at": timezone.now()}
    done = attempt(request, lambda: act(draft, place, data.dict(), by))
    if done is None:
        return HttpResponseRedirect(_back(request, code))
    extra = "undo" if data["do"] == "remove" else ""
    messages.success(request, done.words, extra_tags=extra)
    stays = data.get("from") == "outline" and _page_of(_back(request, code)) != place
    return HttpResponseRedirect(_onward(request, code, done, stays=stays))


def attempt(request: EditorRequest, do: Callable[[], acts.Done]) -> acts.Done | None:
    """What `do` did; None when it could not, and the person is told why."""
    try:
        return do()
    except editing.Conflict as conflict:
        messages.error(request, pages.clash_words(conflict))
    except editing.Refused as refused:
        messages.error(request, str(refused))
    except (editing.NoSuchPlace, editing.NotADraft):
        messages.error(request, _("This entry is no longer there."))
    return None


@require_POST
@editor
def undo(request: EditorRequest, code: str) -> HttpResponse:
    """Take back the person's own last edit."""
    return _take_back(request, draft_or_404(request, code), code, editing.undo, "undo")


@require_POST
@editor
def redo(request: EditorRequest, code: str) -> HttpResponse:
    """Do again what the last undo took back."""
    return _take_back(request, draft_or_404(request, code), code, editing.redo, "redo")


def _take_back(
    request: EditorRequest, draft: ProcedureVersion, code: str, verb: Callable[..., Any], name: str
) -> HttpResponse:
    try:
        verb(draft, by=request.user, at=timezone.now())
    except editing.NothingToTakeBack:
        messages.info(request, _("There is nothing to take back."))
    except editing.Conflict as conflict:
        messages.error(request, pages.clash_words(conflict))
    else:
        messages.success(request, _("Taken back.") if name == "undo" else _("Done again."))
    return HttpResponseRedirect(_back(request, code))


def _onward(request: EditorRequest, code: str, done: acts.Done, *, stays: bool) -> str:
    """To the page of the item; `stays`: the page is about something else, a list in which it was moved."""
    url = addresses.item(code, done.place) if done.place else addresses.section(code, "form")
    url = _back(request, code) if stays else url
    if not done.focus:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'den': done.focus})}"


def _page_of(url: str) -> str:
    """The place that a page is about."""
    return parse_qs(urlsplit(url).query).get("o", [""])[0]


def _back(request: EditorRequest, code: str) -> str:
    """The page that the button was on."""
    url = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(url, allowed_hosts=None) and url.startswith("/")
    return url if inside else addresses.section(code, "form")
