"""Named conditions: said once, mentioned anywhere. Their list, and what can be done with each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.accounts.models import User
from procedures.definitions import editing, places, references, wording
from procedures.definitions.models import ProcedureVersion
from procedures.eforms import conditions, lists, subjects
from procedures.studio import addresses, pages
from procedures.studio.access import EditorRequest

LIST = "conditions"


@dataclass(frozen=True, slots=True)
class Named:
    """One of them, with where it is mentioned: (address of the page, place in words)."""

    key: str
    place: str
    name: Mapping[str, str]
    words: str
    url: str
    uses: list[tuple[str, str]]


def every(draft: ProcedureVersion) -> Iterator[Named]:
    definition, code = draft.definition, draft.procedure.code
    known = subjects.of_definition(definition)
    for item in subjects.maps(definition, LIST):
        key = str(item.get("key") or "")
        place = f"{LIST}.{places.join(key)}"
        expression = item.get("expression")
        yield Named(
            key,
            place,
            {
                language: str(subjects.mapping(item.get("name")).get(language) or "")
                for language in ("vi", "en")
            },
            conditions.words(expression, known, get_language() or "vi")
            if isinstance(expression, str)
            else "",
            f"{reverse('studio:condition', args=[code])}?{urlencode({'o': f'{place}.expression'})}",
            [
                (_address(code, use), wording.label(use, definition))
                for use in references.uses(definition, key)
            ],
        )


def _address(code: str, place: str) -> str:
    if place.startswith(f"{LIST}."):
        return f"{reverse('studio:condition', args=[code])}?{urlencode({'o': place})}"
    return addresses.of_place(code, place)


@transaction.atomic
def add(
    draft: ProcedureVersion, name: str, expression: str, *, by: User, at: datetime
) -> tuple[ProcedureVersion, str]:
    """Put a condition at the end of the list: (the draft, its key, made of the name). Raises editing.Refused."""
    item: dict[str, Any] = {"key": key_of(draft.definition, name), "name": {"vi": name}}
    if expression:
        item["expression"] = expression
    draft = editing.insert(draft, LIST, item, revision=draft.revision, by=by, at=at)
    return draft, str(item["key"])


def key_of(definition: Mapping[str, Any], name: str) -> str:
    """ "Chưa đủ 18 tuổi" → "chua_du_18_tuoi", and a number behind it where that is taken."""
    base = re.sub(r"[^a-z0-9]+", "_", lists.fold(name)).strip("_")[:40].strip("_")
    base = base if base[:1].isalpha() else f"c_{base}".rstrip("_")
    taken = {str(item.get("key")) for item in subjects.maps(definition, LIST)}
    taken |= {key.lstrip(".") for key in subjects.of_definition(definition)}
    numbers = (f"{base}_{number}" for number in range(2, 1000))
    return base if base not in taken else next(key for key in numbers if key not in taken)


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


def answer(request: EditorRequest, draft: ProcedureVersion) -> HttpResponse:
    """The list; a POST adds (`do=add`), renames (`rename`) or removes (`remove`) one."""
    if request.method != "POST":
        return _show(request, draft)
    try:
        return _done(request, draft)
    except editing.Conflict:
        messages.error(request, _("Somebody else changed this at the same time. Look at it again."))
    except (editing.NoSuchPlace, editing.NotADraft):
        messages.error(request, _("This entry is no longer there."))
    except editing.Refused as refused:
        messages.error(request, str(refused))
    return redirect(request.path)


def _done(request: EditorRequest, draft: ProcedureVersion) -> HttpResponse:
    name = " ".join(request.POST.get("vi", "").split())
    do, _colon, key = request.POST.get("do", "").partition(":")
    if do in ("add", "rename") and not name:
        return _show(request, draft, error=key or "new", status=422)
    if do == "add":
        draft, key = add(draft, name, "", by=request.user, at=timezone.now())
        return redirect(f"{request.path}?{urlencode({'o': f'{LIST}.{key}.expression'})}")
    place = f"{LIST}.{places.join(key)}"
    by: dict[str, Any] = {"revision": draft.revision, "by": request.user, "at": timezone.now()}
    if do == "rename":
        english = " ".join(request.POST.get("en", "").split())
        texts = {"vi": name, "en": english} if english else {"vi": name}
        editing.set_value(draft, f"{place}.name", texts, **by)
    elif do == "remove" and not references.uses(draft.definition, key):
        editing.remove(draft, place, **by)
        messages.success(request, _("The condition is removed."))
    return redirect(request.path)


def _show(
    request: EditorRequest, draft: ProcedureVersion, *, error: str = "", status: int = 200
) -> HttpResponse:
    more = {"conditions": list(every(draft)), "error": error, "typed": request.POST}
    page = pages.Page("form", _("Named conditions"), more=more)
    return render(request, "studio/conditions.html", pages.context(request, draft, page), status=status)
