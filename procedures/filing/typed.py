"""What was typed into a step after the session had ended: kept until its owner has signed in again.

The browser that posted holds a session of its own from then on; the step's page, once somebody who
owns the draft has signed in with that browser, shows what was typed. Anyone else gets 404 there.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from procedures.definitions import runtime
from procedures.filing import wizard
from procedures.filing.models import Draft

KEY = "typed"
LIMIT = 200_000  # characters; a session is no place for more


def keep(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """Remember the POST and ask to sign in. What htmx sent in the background moves the whole page there."""
    body = request.POST.copy()
    body.pop("csrfmiddlewaretoken", None)
    encoded = body.urlencode()
    if len(encoded) <= LIMIT:
        request.session[KEY] = {"draft": str(draft_id), "step": step, "body": encoded}
        request.session.set_expiry(1800)
    url = reverse("filing:step", args=[draft_id, step])
    messages.info(request, _("You were signed out. Sign in again: what you typed is kept."))
    to_sign_in = redirect_to_login(url)
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(to_sign_in.url)
    return to_sign_in


def restore(request: HttpRequest, draft: Draft, step: str) -> None:
    """Put what was typed back into the owner's draft, to be looked at and saved."""
    kept = request.session.get(KEY)
    if not kept or kept["draft"] != str(draft.pk) or kept["step"] != step:
        return
    if not runtime.definition(draft.version_id).form.has_step(step):
        return
    del request.session[KEY]
    request.session.set_expiry(None)
    request.draft = draft  # type: ignore[attr-defined]
    wizard.keep_typed(request, step, data=QueryDict(kept["body"]), files={})
    messages.info(request, _("What you typed before you were signed out is below. Check it and save."))
