"""What was typed into a step after the session had ended, back in its owner's draft."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import typed
from procedures.definitions import runtime
from procedures.filing import wizard
from procedures.filing.models import Draft


def keep(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """Remember what was posted, for a draft that there is, and ask to sign in."""
    return typed.keep(
        request,
        _place(draft_id, step),
        back=reverse("filing:step", args=[draft_id, step]),
        at=timezone.now(),
        exists=Draft.objects.unfinished().filter(pk=draft_id).exists(),
    )


def restore(request: HttpRequest, draft: Draft, step: str) -> None:
    """Put what was typed back into the owner's draft, to be looked at and saved."""
    if not runtime.definition(draft.version_id).form.has_step(step):
        return
    data = typed.found(request, _place(draft.pk, step))
    if data is None:
        return
    typed.forget(request, _place(draft.pk, step))
    request.draft = draft  # type: ignore[attr-defined]
    wizard.keep_typed(request, step, data=data, files={})
    messages.info(request, _("What you typed before you were signed out is below. Check it and save."))


def _place(draft_id: UUID, step: str) -> str:
    return f"draft:{draft_id}:{step}"
