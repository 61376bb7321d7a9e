"""What was looked up about a person, shown to that person alone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts import access
from portal.registries.models import LookUp

SHOWN = 30


@require_safe
@never_cache
@access.citizen
def mine(request: access.CitizenRequest) -> HttpResponse:
    """Newest first; `?truoc=` goes on from an entry. Two queries, whatever there is."""
    before = request.GET.get("truoc", "")
    found = LookUp.objects.visible_to(request.user).order_by("-pk")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: SHOWN + 1])
    page = {
        "look_ups": rows[:SHOWN],
        "older": f"?truoc={rows[SHOWN - 1].pk}" if len(rows) > SHOWN else "",
        "newer": request.path if before else "",
    }
    return render(request, "registries/mine.html", page)
