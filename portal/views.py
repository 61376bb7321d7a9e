"""The site's own pages: whether it is alive, and what it says when something is wrong.

An error page tells what happened, whether anything was lost, what to do next, and the request id
by which the log line is found. It asks the database nothing: the database may be what is wrong.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

from portal.middleware import current


def alive(_request: HttpRequest) -> JsonResponse:
    """200 when the process answers and its database does too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the reason that was given to `PermissionDenied`, if any: written for the person."""
    return _error(request, 403, reason=str(exception or ""))


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than the session that it was opened in. The reason is for the log alone."""
    return _error(request, 403, template="403_csrf.html")


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404)


@requires_csrf_token
def too_large(request: HttpRequest) -> HttpResponse:
    return _error(request, 413)


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    return _error(request, 429)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500. Rendered without context processors: nothing in it may fail again."""
    page = loader.render_to_string("500.html", {"request_id": current.get()})
    return HttpResponse(page, status=500)


def _error(request: HttpRequest, status: int, *, template: str = "", reason: str = "") -> HttpResponse:
    context = {"reason": reason, "path": request.path, "is_error": True}
    page = loader.render_to_string(template or f"{status}.html", context, request)
    return HttpResponse(page, status=status)
