"""The API for systems of other agencies. The person asked about stands in the body, never in an address or a log."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import throttle
from portal.sharing import answers, clients, openapi, requests, wire
from portal.sharing.models import Client, Request

TOKENS = throttle.Limit("api-token", 30, 60)
NOTHING: dict[str, Any] = {"claims": [], "questions": []}
ASKED: dict[str, type] = {"person": str, "scope": str, "claims": list, "questions": list, "reference": str}


@csrf_exempt
@require_POST
@never_cache
def token(request: HttpRequest) -> HttpResponse:
    """OAuth 2.0 client credentials (RFC 6749, 4.4): client id and secret for a token of ten minutes."""
    now = timezone.now()
    try:
        throttle.count(TOKENS, throttle.address(request), at=now)
    except throttle.TooMany:
        response = JsonResponse({"error": "invalid_request"}, status=429)
        response["Retry-After"] = "60"
        return response
    if request.POST.get("grant_type") != "client_credentials":
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    given = clients.token(*_credentials(request), at=now)
    if given is None:
        response = JsonResponse({"error": "invalid_client"}, status=401)
        response["WWW-Authenticate"] = "Basic"
        return response
    return JsonResponse({"access_token": given, "token_type": "Bearer", "expires_in": clients.TOKEN_SECONDS})


def _credentials(request: HttpRequest) -> tuple[str, str]:
    """From HTTP Basic, or from the form's fields."""
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    try:
        name, _colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


@wire.machine("POST")
def ask_consent(request: HttpRequest, client: Client) -> HttpResponse:
    """Ask a person to agree: 201, or 200 where the same was asked before."""
    now = timezone.now()
    shape = ASKED | {"days": int}
    asked = NOTHING | {"days": 0} | wire.body(request, shape, {"person", "scope"})
    scope = wire.scope(client, asked)
    if not scope.needs_consent:
        raise wire.Problem(
            422, "scope", "This purpose needs no consent: ask for the answer at once (POST answers)."
        )
    if not 0 <= asked["days"] <= scope.most_days:
        raise wire.Problem(422, "body", f"days: 0 for once, at most {scope.most_days}.")
    try:
        row, is_new = requests.ask(
            client,
            scope,
            personal_id=wire.person(asked),
            claims=asked["claims"],
            questions=asked["questions"],
            days=asked["days"],
            reference=wire.reference(asked),
            key=wire.key(request),
            body_sha256=wire.digest(asked),
            at=now,
        )
    except requests.OtherBody:
        raise _other_body() from None
    return JsonResponse(_request(row, at=now), status=201 if is_new else 200)


@wire.machine("GET")
def consent_request(_request_: HttpRequest, client: Client, pk: UUID) -> HttpResponse:
    """What became of a request: waiting, granted, closed."""
    rows = Request.objects.select_related("scope", "consent")
    row = rows.filter(client=client, pk=pk).first()
    if row is None:
        raise wire.Problem(404, "not-found", "No request of yours has this id.")
    return JsonResponse(_request(row, at=timezone.now()))


@wire.machine("POST")
def answer(request: HttpRequest, client: Client) -> HttpResponse:
    """The answer: three values for each question, and the claims that were asked for."""
    asked = NOTHING | wire.body(request, ASKED, {"person", "scope"})
    scope = wire.scope(client, asked)
    question = answers.Asked(wire.person(asked), asked["claims"], asked["questions"], wire.reference(asked))
    key, digest = wire.key(request), wire.digest(asked)
    try:
        found = answers.answer(client, scope, question, key=key, body_sha256=digest, at=timezone.now())
    except requests.OtherBody:
        raise _other_body() from None
    return JsonResponse(found)


def _other_body() -> wire.Problem:
    return wire.Problem(409, "key", "This Idempotency-Key was used with another body.")


def _request(row: Request, *, at: datetime) -> dict[str, Any]:
    state = row.told_state(at)
    return {
        "id": str(row.pk),
        "scope": row.scope.code,
        "state": state,
        "claims": row.claims,
        "questions": row.questions,
        "days": row.days,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "receipt": row.consent.number if row.consent and state == "granted" else None,
    }


@require_safe
def description(_request_: HttpRequest) -> HttpResponse:
    """The API described for programs (OpenAPI 3.1)."""
    return JsonResponse(openapi.document(settings.PUBLIC_URL + reverse("api:home")))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page for integrators."""
    context = {
        "base": settings.PUBLIC_URL + reverse("api:home"),
        "seconds": clients.TOKEN_SECONDS // 60,
        "patience": requests.PATIENCE.days,
        "problems": [(kind, wire.TITLES[kind]) for kind in wire.TITLES],
    }
    return render(request, "sharing/integrators.html", context)
