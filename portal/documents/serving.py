"""A document as an HTTP answer: private, never sniffed, never cached; who may have it is for the view to say."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from portal.documents import store
from portal.documents.models import Document


def serve(request: HttpRequest, document: Document) -> HttpResponse:
    """The document as a download; with `?xem=1` shown in the browser. Raises store.Damaged."""
    return respond(
        store.read(document),
        name=document.name,
        content_type=document.content_type,
        shown="xem" in request.GET,
    )


def respond(content: bytes, *, name: str, content_type: str, shown: bool) -> HttpResponse:
    """Bytes with their name (RFC 6266, so that Vietnamese names survive), as an attachment unless `shown`."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not shown, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
