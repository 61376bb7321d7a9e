"""What was typed into a page after the session had ended: kept until its owner has signed in again.

The browser that posted holds a session of its own from then on. Anyone can post without being signed
in, so little is kept, for a short time, and not often from one address.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts import throttle

KEY = "typed"
LIMIT = 20_000  # bytes as posted; a session is no place for more
LIFETIME = 30 * 60  # seconds until the session of somebody who never signs in is forgotten
KEEPING = throttle.Limit("typed", 60, 15 * 60)  # a page asks again at many an answer


def keep(request: HttpRequest, place: str, *, back: str, at: datetime, exists: bool = True) -> HttpResponse:
    """Remember the POST as typed at `place`, if `exists`, and ask to sign in and come back to `back`.

    What htmx sent in the background moves the whole page there.
    """
    if exists and _kept(request, place, at=at):
        messages.info(request, _("You were signed out. Sign in again: what you typed is kept."))
    else:
        messages.info(request, _("You were signed out. Sign in again. What you typed could not be kept."))
    to_sign_in = redirect_to_login(back)
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(to_sign_in.url)
    return to_sign_in


def _kept(request: HttpRequest, place: str, *, at: datetime) -> bool:
    try:
        throttle.count(KEEPING, throttle.address(request), at=at)
    except throttle.TooMany:
        return False
    body = request.POST.copy()
    body.pop("csrfmiddlewaretoken", None)
    encoded = body.urlencode()
    if len(encoded) > LIMIT:
        return False
    request.session[KEY] = {"place": place, "body": encoded}
    request.session.set_expiry(LIFETIME)
    return True


def found(request: HttpRequest, place: str) -> QueryDict | None:
    """What this browser typed at `place` before somebody signed in with it; None when it did not.

    Whether it may be shown to who has signed in is the caller's to say. It stays until `forget`.
    """
    kept = request.session.get(KEY)
    if not kept or kept["place"] != place:
        return None
    request.session.set_expiry(None)  # somebody is signed in: the session lives as long as any
    return QueryDict(kept["body"])


def forget(request: HttpRequest, place: str) -> None:
    """It has found its place."""
    if request.session.get(KEY, {}).get("place") == place:
        del request.session[KEY]
