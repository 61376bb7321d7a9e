"""A result on its way from the clerk's press to the paper: being issued, waiting by itself, or stopped by trouble."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from portal.accounts import access
from portal.accounts.access import StaffRequest
from procedures.dossiers.models import Dossier, Status
from procedures.dossiers.workflow import Action
from procedures.results.models import Result, Trouble

# What the office does about it.
ADVICE = {
    Trouble.AUTHORITY: gettext_lazy(
        "Nothing is to be done: it is signed as soon as it answers, never without it."
    ),
    Trouble.STORE: gettext_lazy("Nothing is to be done here: the technicians make room."),
    Trouble.FAULT: gettext_lazy("Try again. If it stays, tell the system administrator the dossier's code."),
    Trouble.LEADER_KEY: gettext_lazy(
        "Ask the system administrator for the key, then try again. Is the key lost? Send the result back, so that it "
        "is approved with a new one."
    ),
    Trouble.LEADER_GONE: gettext_lazy("Send the result back, so that a leader in office approves it."),
    Trouble.SEAL_KEY: gettext_lazy("Ask the system administrator for the key, then try again."),
    Trouble.ENDED: gettext_lazy("Send it back to the leader."),
    Trouble.CHANGED: gettext_lazy("Send it back to the leader, who approves it again."),
    Trouble.LETTERS: gettext_lazy("Send it back to the leader; a supplement has to put it right."),
}


def card(found: Dossier) -> dict[str, Any] | None:
    """How far the result of a dossier at the clerk's desk is; None before it was asked for. At most one query."""
    if found.status != Status.PROCESSING or found.stage_role != "clerk":
        return None
    result = Result.objects.filter(dossier=found).select_related("issued_by").first()
    return told(result) if result and (result.is_under_way or result.is_stopped) else None


def told(result: Result) -> dict[str, Any]:
    """A result under way or stopped, in words."""
    trouble = Trouble(result.trouble) if result.trouble else None
    return {
        "result": result,
        "is_working": result.is_under_way and trouble is None,
        "is_stopped": result.is_stopped,
        "reason": f"{trouble.label} {result.trouble_detail}".strip() if trouble else "",
        "advice": ADVICE[trouble] if trouble else "",
    }


def buttons(offered: list[dict[str, Any]], under_way: dict[str, Any] | None) -> list[dict[str, Any]]:
    """None to issue or send back while a worker is at it; where it waits or stands still, to try it again."""
    if under_way is None:
        return offered
    if under_way["is_working"]:
        return [one for one in offered if one["action"] not in (Action.ISSUE, Action.UNAPPROVE)]
    again = {"label": _("Try again now")}
    return [one | again if one["action"] == Action.ISSUE else one for one in offered]


@access.staff()
@never_cache
@require_safe
def under_way(request: StaffRequest, code: str) -> HttpResponse:
    """The part of the dossier's page that asks again by itself; when something has changed, the whole page anew."""
    found = get_object_or_404(Dossier.objects.of_staff(request.user).select_related("agency"), code=code)
    now = card(found)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("counter:dossier", code)
    if now is None or not now["is_working"]:
        return HttpResponseClientRefresh()
    return render(
        request, "counter/under_way.html", {"under_way": now, "dossier": found, "now": timezone.now()}
    )
