"""The sections Messages and Languages: the procedure's own sentences in notices, and every text in English."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as notices
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from procedures.definitions import editing, translations, wording
from procedures.definitions.models import ProcedureVersion
from procedures.studio import inputs, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Block, Panel, Part

EVENTS = {
    "submitted": _("When it was sent"),
    "received": _("When it was received"),
    "supplement": _("When something is missing"),
    "done": _("When the result is there"),
    "refused": _("When it was refused"),
}
SHOWN = 60  # texts on one page


class MessagesPanel(Panel):
    """What the procedure adds to the portal's own notices."""

    intro = _("One sentence that the citizen reads in addition to the usual notice. All may stay empty.")

    def inputs(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        for event in EVENTS:
            found |= bilingual(f"messages__{event}", _("Vietnamese"), _("English"), rows=2)
        return found

    @property
    def headings(self) -> dict[str, Any]:  # type: ignore[override]  # a property where others have a constant
        return {f"messages__{event}__vi": words for event, words in EVENTS.items()}


class EnglishPanel(Panel):
    """One text: the Vietnamese to be read, the English to be written."""

    def inputs(self) -> dict[str, forms.Field]:
        vi = places.find(self.item, "vi")
        long = isinstance(vi, str) and len(vi) > 90
        asked = inputs.lines(vi, rows=3) if long else inputs.line(vi)
        asked.widget.attrs["lang"] = "en"
        return {"en": asked}

    def __init__(self, draft: ProcedureVersion, place: str) -> None:
        self.title = wording.label(place, draft.definition)
        super().__init__(draft, place)


@editor
def messages(request: EditorRequest, code: str) -> HttpResponse:
    """The procedure's own words in notices."""
    return pages.answer(request, draft_or_404(request, code), _messages)


def _messages(draft: ProcedureVersion) -> pages.Page:
    return pages.Page("messages", _("Messages"), [MessagesPanel(draft, "")])


@editor
def languages(request: EditorRequest, code: str) -> HttpResponse:
    """The texts that lack English, and those whose English may be out of date."""
    draft = draft_or_404(request, code)
    if request.method == "POST" and "_confirm" in request.POST:
        return _confirm(request, draft)
    return pages.answer(request, draft, _languages)


def _languages(draft: ProcedureVersion) -> pages.Page:
    """What is to be done first; the page keeps a text that was just written until it is opened again."""
    origin = draft.origin.definition if draft.origin else None
    stale = translations.stale(draft.definition, origin, draft.reviewed)
    missing = translations.missing(draft.definition)
    every = translations.texts(draft.definition)
    found: list[Part] = [
        Block(
            "studio/languages.html",
            {"missing": len(missing), "stale": stale, "total": len(every), "shown": min(SHOWN, len(missing))},
        )
    ]
    found += [EnglishPanel(draft, place) for place in [one.place for one in stale] + missing[:SHOWN]]
    return pages.Page("languages", _("Languages"), found)


def _confirm(request: EditorRequest, draft: ProcedureVersion) -> HttpResponse:
    """Somebody has looked: the English still fits."""
    try:
        translations.confirm(draft, request.POST["_confirm"])
    except (editing.NoSuchPlace, editing.NotADraft):
        notices.error(request, _now("This entry is no longer there."))
    else:
        notices.success(request, _now("The English text stays as it is."))
    return HttpResponseRedirect(request.path)
