"""What comes over the wire: JSON bodies held against their shape, refusals as problem+json (RFC 9457)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from portal.accounts import throttle
from portal.documents import canonical
from portal.sharing import clients
from portal.sharing.models import Client, Scope

MAX_BODY = 16_384
KEY = re.compile(r"[!-~]{8,80}")
PERSON = re.compile(r"[0-9]{12}")
P = ParamSpec("P")


class Problem(Exception):
    """Refused, for a reason that the integrator can mend. `kind` is an anchor of the page for integrators."""

    def __init__(self, status: int, kind: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers = status, kind, detail, headers


TITLES = {
    "unauthorized": "The token is missing, over or no longer good",
    "too-many": "Too many requests",
    "not-found": "There is no such thing of yours",
    "method": "This address takes another method",
    "body": "The body is not what this address takes",
    "scope": "No such purpose is registered for you",
    "key": "The Idempotency-Key is missing or was used for something else",
}


def problem(error: Problem) -> HttpResponse:
    """RFC 9457: type, title, status, detail."""
    body = {
        "type": f"{settings.PUBLIC_URL}/api/#{error.kind}",
        "title": TITLES[error.kind],
        "status": error.status,
        "detail": error.detail,
    }
    response = JsonResponse(body, status=error.status, content_type="application/problem+json")
    for name, value in error.headers.items():
        response[name.replace("_", "-")] = value
    return response


def machine(
    method: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Client, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """A view for programs: right method, a good token, within its rate; a Problem becomes an answer.

    There is no session and no cookie, so a forged form of another site can do nothing: no CSRF token is needed.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Client, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @csrf_exempt
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, _caller(request, method), *args, **kwargs)
            except Problem as error:
                return problem(error)

        return guarded

    return decorate


def _caller(request: HttpRequest, method: str) -> Client:
    now = timezone.now()
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    client = clients.bearer(value, at=now) if scheme.lower() == "bearer" else None
    if client is None:
        raise Problem(401, "unauthorized", "Get a new token and try again.", WWW_Authenticate="Bearer")
    if request.method != method:
        raise Problem(405, "method", f"Use {method}.", Allow=method)
    try:
        throttle.count(throttle.Limit("api", client.per_minute, 60), str(client.pk), at=now)
    except throttle.TooMany:
        detail = f"At most {client.per_minute} a minute."
        raise Problem(429, "too-many", detail, Retry_After="60") from None
    return client


def body(request: HttpRequest, shape: dict[str, type], needed: set[str]) -> dict[str, Any]:
    """The posted JSON object: members of `shape` only, each of its type, all `needed` there."""
    try:
        raw = request.read(MAX_BODY + 1)
        found = json.loads(raw) if len(raw) <= MAX_BODY else None
    except (ValueError, OSError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Problem(422, "body", f"A JSON object of at most {MAX_BODY} bytes is wanted.")
    wrong = sorted(found.keys() - shape.keys()) + sorted(needed - found.keys())
    wrong += [name for name in shape if name in found and type(found[name]) is not shape[name]]
    if wrong:
        raise Problem(422, "body", f"Missing, unknown or of a wrong type: {', '.join(wrong)[:200]}.")
    return found


def key(request: HttpRequest) -> str:
    """The header that makes a retry harmless: 8 to 80 visible ASCII characters of the client's choice."""
    value = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(value):
        raise Problem(422, "key", "Send an Idempotency-Key of 8 to 80 visible ASCII characters.")
    return value


def scope(client: Client, asked: dict[str, Any]) -> Scope:
    """The client's purpose in force, which covers every claim and question that is asked for."""
    found = client.scopes.in_force().filter(code=asked["scope"]).first()
    if found is None:
        raise Problem(422, "scope", "Ask the portal's administrator which purposes are registered for you.")
    _within(asked["claims"], [claim["path"] for claim in found.claims], "claims")
    _within(asked["questions"], [question["code"] for question in found.questions], "questions")
    if not asked["claims"] and not asked["questions"]:
        raise Problem(422, "body", "Ask for at least one claim or question.")
    return found


def _within(asked: list[Any], known: list[str], name: str) -> None:
    if not all(isinstance(item, str) and item in known for item in asked) or len(set(asked)) < len(asked):
        raise Problem(422, "scope", f"Of {name}, this purpose covers, each once: {', '.join(known)}.")


def person(asked: dict[str, Any]) -> str:
    value: str = asked["person"]
    if not PERSON.fullmatch(value):
        raise Problem(422, "body", "person: a personal ID number has 12 digits.")
    return value


def reference(asked: dict[str, Any]) -> str:
    value: str = asked.get("reference", "")
    if len(value) > 60 or not value.isprintable():
        raise Problem(422, "body", "reference: at most 60 printable characters.")
    return value


def digest(asked: dict[str, Any]) -> str:
    """The same for the same question, however its JSON was written."""
    return canonical.sha256(asked)
