"""Who may see a page: the decorators that stand at every view's door, and the roles behind them.

A stranger is told nothing: 404. A colleague who lacks the role is told so, with the reason: 403.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from portal.accounts.models import Agency, Duty, Person, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    user: User


class CitizenRequest(SignedInRequest):
    person: Person


class StaffRequest(SignedInRequest):
    """A request of somebody who holds at least one of the roles the page asks for."""


AnyView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def duties(user: User, at: datetime) -> list[Duty]:
    """The duties that `user` holds at `at`, with their agencies. Read once per request."""
    known: list[Duty] | None = getattr(user, "_known_duties", None)
    if known is None:
        known = list(user.duties.select_related("agency").order_by("pk"))
        user._known_duties = known  # type: ignore[attr-defined]  # lives as long as the request's user
    return [duty for duty in known if duty.since <= at and (duty.until is None or at < duty.until)]


def roles(user: User, agency: Agency, at: datetime) -> frozenset[str]:
    """The roles that `user` holds at `agency`, or at an agency above it, at `at`."""
    return frozenset(duty.role for duty in duties(user, at) if agency.path.startswith(duty.agency.path))


def signed_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase],
) -> AnyView[P]:
    """Anyone with an account; others sign in first and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(_return_path(request))
        return view(cast(SignedInRequest, request), *args, **kwargs)

    return guarded


def citizen(view: Callable[Concatenate[CitizenRequest, P], HttpResponseBase]) -> AnyView[P]:
    """Someone who acts for themselves. An account without a person (a staff account) is told why it cannot: 403."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(_return_path(request))
        if request.user.person is None:
            return render(request, "accounts/citizens_only.html", status=403)
        citizens = cast(CitizenRequest, request)
        citizens.person = request.user.person
        return view(citizens, *args, **kwargs)

    return guarded


def staff(
    *needed: Role | str,
) -> Callable[[Callable[Concatenate[StaffRequest, P], HttpResponseBase]], AnyView[P]]:
    """Someone on duty who holds one of the roles `needed` anywhere (none named: any role).

    What they may do with one row is for the verbs and the scoped querysets to say.
    """

    def decorate(view: Callable[Concatenate[StaffRequest, P], HttpResponseBase]) -> AnyView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(_return_path(request))
            held = {duty.role for duty in duties(request.user, timezone.now())}
            if not held:
                raise Http404("not on duty")
            if needed and not held.intersection(needed):
                return _lacking(request, needed)
            return view(cast(StaffRequest, request), *args, **kwargs)

        return guarded

    return decorate


def _lacking(request: HttpRequest, needed: Iterable[Role | str]) -> HttpResponse:
    context: dict[str, Any] = {"needed": [Role(role).label for role in needed]}
    return render(request, "accounts/role_missing.html", context, status=403)


def _return_path(request: HttpRequest) -> str:
    """Where to come back to after signing in: the page itself, or the page a lost POST was sent from."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return request.path
