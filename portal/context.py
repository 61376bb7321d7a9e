"""What every page knows about the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from portal import fonts
from portal.accounts import access
from portal.accounts.models import Role
from portal.middleware import current


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "city_name": settings.CITY_NAME,
        "is_demo": settings.IS_DEMO,
        "request_id": current.get(),
        "has_fonts": fonts.are_built(),
        "edits_procedures": SimpleLazyObject(lambda: _holds(request, Role.PROCEDURE_ADMIN)),
        "takes_cash": SimpleLazyObject(lambda: _holds(request, Role.RECEIVER)),
        "keeps_accounts": SimpleLazyObject(lambda: _holds(request, Role.ACCOUNTANT)),
        "runs_system": SimpleLazyObject(lambda: _holds(request, Role.SYSTEM_ADMIN)),
    }


def _holds(request: HttpRequest, role: Role) -> bool:
    """Whether the staff menu leads to the pages of this role. No query where the page has asked for the duties."""
    user = request.user
    if not user.is_authenticated:
        return False
    return any(duty.role == role for duty in access.duties(user, timezone.now()))
