"""A document as an HTTP answer: private, uncached, of no other type; who may have it is for the view to say."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from portal.documents import store
from portal.documents.models import Document

# What a browser may show in the page; everything else is only ever downloaded.
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})


def is_shown(request: HttpRequest, document: Document) -> bool:
    """Whether `?xem=1` asks to look at the document in the browser."""
    return "xem" in request.GET and document.content_type in SHOWN


def serve(request: HttpRequest, document: Document) -> HttpResponse:
    """The document as a download; with `?xem=1` in the browser. A damaged file is said, never sent: 500."""
    try:
        content = store.read(document)
    except store.Damaged:
        return render(request, "documents/damaged.html", {"document": document}, status=500)
    shown = is_shown(request, document)
    return respond(content, name=document.name, content_type=document.content_type, shown=shown)


def respond(content: bytes, *, name: str, content_type: str, shown: bool) -> HttpResponse:
    """Bytes under their name (RFC 6266, so that Vietnamese names survive), as an attachment unless `shown`."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not shown, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
