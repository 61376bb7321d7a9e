"""Who may edit a procedure: the decorator at every studio view's door, and the way to the draft.

    @editor
    def fees(request: EditorRequest, code: str) -> HttpResponse:
        draft = draft_or_404(request, code)

A stranger gets 404, a colleague who is no procedure administrator 403, an administrator of another
branch 404.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.accounts import access
from portal.accounts.models import Role
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState

P = ParamSpec("P")


class EditorRequest(access.StaffRequest):
    """A request of somebody who is a procedure administrator somewhere."""


def editor(view: Callable[Concatenate[EditorRequest, P], HttpResponseBase]) -> access.AnyView[P]:
    """Procedure administrators only; nothing is kept by caches.

    What htmx sends in the background is not led to the sign-in page, which would look like a success:
    it gets 401, and the page it came from says that nothing was saved.
    """
    guarded = never_cache(access.staff(Role.PROCEDURE_ADMIN)(view))  # type: ignore[arg-type]

    @wraps(view)
    def at_the_door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.headers.get("HX-Request") == "true" and not request.user.is_authenticated:
            return HttpResponse(_("You were signed out."), status=401)
        return guarded(request, *args, **kwargs)

    return at_the_door


def procedure_or_404(request: EditorRequest, code: str) -> Procedure:
    """A procedure of the own branch."""
    found = Procedure.objects.of_admin(request.user, timezone.now()).filter(code=code).first()
    if found is None:
        raise Http404("no such procedure in this branch")
    return found


def draft_or_404(request: EditorRequest, code: str) -> ProcedureVersion:
    """The one draft of a procedure of the own branch, with `.procedure`. One query beside the duties."""
    own = Procedure.objects.of_admin(request.user, timezone.now()).filter(code=code)
    drafts = ProcedureVersion.objects.filter(procedure__in=own, state=VersionState.DRAFT)
    found = drafts.select_related("procedure").first()
    if found is None:
        raise Http404("no draft in this branch")
    return found
