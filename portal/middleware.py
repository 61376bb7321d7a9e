"""A request id for every request: in the answer's header, in every log line, in every error page."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import translation

# PostgreSQL shows the row that it refuses, with all that stands in it; what follows in the log is kept.
DETAIL = re.compile(r"DETAIL:.*?(?=\nTraceback|\n\nThe above|\n\nDuring|\Z)", re.DOTALL)
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)

current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        current.set(uuid.uuid4().hex[:12])
        response = get_response(request)
        response["X-Request-Id"] = current.get()
        return response

    return middleware


def language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Vietnamese, unless this browser has chosen otherwise here.

    What the browser asks for (Accept-Language) decides nothing: half of Việt Nam's phones speak English.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        request.LANGUAGE_CODE = chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
        translation.activate(request.LANGUAGE_CODE)
        response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def whole_text(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse an address with a NUL in it, 400: no text has one, and PostgreSQL takes none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return middleware


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True


class DiscreetFormatter(logging.Formatter):
    """A log tells what went wrong, not of whom: the database's details of a row are left out."""

    def format(self, record: logging.LogRecord) -> str:
        return DETAIL.sub("DETAIL: (left out)", super().format(record))
