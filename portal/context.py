"""What every page knows about the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal import fonts
from portal.middleware import current


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "city_name": settings.CITY_NAME,
        "is_demo": settings.IS_DEMO,
        "request_id": current.get(),
        "has_fonts": fonts.are_built(),
    }
