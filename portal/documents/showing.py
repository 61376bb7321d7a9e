"""The receiver's pages: what somebody shows of a paper, proved; and how to prove it without us.

Open to whoever has the link. The first page names the matter only: programs that fetch every link in a message
for its preview would use the looks up, and read. Pressing the button is a look. Programs ask for JSON.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.accounts import throttle
from portal.documents import canonical, checking, shares
from portal.documents.models import Share, Statement
from portal.documents.shares import Look
from portal.documents.sharing import said

BY_LINK = throttle.Limit("shown-link", 60, 60)
BY_STATUS = throttle.Limit("statement-status", 120, 60)


# Nothing of a session is used, and a program may look without a token.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@vary_on_headers("Accept")
def shown(request: HttpRequest, token: str) -> HttpResponse:
    """The link's page: whom it is for; after the button, or for a program at once, what it shows. 404 for no link."""
    now = timezone.now()
    try:
        throttle.count(BY_LINK, throttle.address(request), at=now)
        if request.method == "POST" or (request.method == "GET" and checking.wants_json(request)):
            return _private(_looked(request, shares.look(token, at=now)))
        context = {"share": shares.find(token, at=now)}
        return _private(render(request, "documents/shown.html", context))
    except throttle.TooMany as error:
        return checking.too_many(request, error)
    except Share.DoesNotExist:
        return _private(_gone(request, "unknown", None, 404))
    except shares.Ended as ended:
        return _private(_gone(request, ended.share.state(now), ended.share, 410))


def _private(response: HttpResponse) -> HttpResponse:
    """For nobody's index, and the link goes to no other page's log."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _gone(request: HttpRequest, why: str, share: Share | None, status: int) -> HttpResponse:
    if checking.wants_json(request):
        return JsonResponse({"outcome": why}, status=status)
    return render(request, "documents/shown_ended.html", {"why": why, "share": share}, status=status)


def _looked(request: HttpRequest, look: Look) -> HttpResponse:
    if checking.wants_json(request):
        return JsonResponse(_as_json(look))
    outcome = look.status if look.proof else "altered"
    context = {
        "look": look,
        "paper": look.share.statement.paper,
        "proof": look.proof,
        "outcome": outcome,
        "tone": checking.LOOKS[outcome],
        "facts": [(fact, said(fact.value)) for fact in look.proof.facts] if look.proof else [],
        "now": timezone.now(),
        "machine": canonical.dumps(look.presentation).decode(),
    }
    return render(request, "documents/shown_facts.html", context)


def _as_json(look: Look) -> dict[str, Any]:
    """The look for programs: what was handed over, what it proves, and what the register says now."""
    proof, paper = look.proof, look.share.statement.paper
    return {
        "outcome": look.status if proof else "altered",
        "holds": look.holds,
        "presentation": look.presentation,
        "facts": [
            {
                "name": fact.name,
                "label": dict(fact.label),
                "value": fact.value,
                "on": fact.on and fact.on.isoformat(),
            }
            for fact in (proof.facts if proof else ())
        ],
        "issuer": paper.issuer_name,
        "certificate": proof.signer if proof else None,
        "signed_at": proof.signed_at.isoformat() if proof else None,
        "title": paper.title,
        "status": look.status,
        "receiver": look.share.receiver,
        "purpose": look.share.purpose,
        "checked_at": timezone.now().isoformat(),
    }


@require_safe
@never_cache
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the paper behind a signed list still holds, and no more: {"status"}. 404 for a code never given."""
    now = timezone.now()
    try:
        throttle.count(BY_STATUS, throttle.address(request), at=now)
    except throttle.TooMany as error:
        return checking.too_many(request, error)
    row = Statement.objects.select_related("paper").filter(code=code).first()
    if row is None:
        return _private(JsonResponse({"status": "unknown"}, status=404))
    answer = {"status": row.paper.state(timezone.localdate(now)), "checked_at": now.isoformat()}
    return _private(JsonResponse(answer))


@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """How anybody proves what was shown, without this site."""
    return render(request, "documents/how.html", {"home": settings.PUBLIC_URL})
