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
        "edits_procedures": SimpleLazyObject(lambda: _edits_procedures(request)),
    }


def _edits_procedures(request: HttpRequest) -> bool:
    """Whether the staff menu leads to the studio. No query where the page has asked for the duties."""
    user = request.user
    if not user.is_authenticated:
        return False
    return any(duty.role == Role.PROCEDURE_ADMIN for duty in access.duties(user, timezone.now()))
