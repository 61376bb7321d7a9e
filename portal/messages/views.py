"""The inbox of whoever is signed in. Somebody else's message is 404."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import access
from portal.messages import inbox as inboxes
from portal.messages import outbox


@require_safe
@never_cache
@access.signed_in
def inbox(request: access.SignedInRequest) -> HttpResponse:
    before = request.GET.get("truoc", "")
    page = inboxes.page(request.user, before=int(before) if _is_id(before) else None)
    return render(request, "messages/inbox.html", {"page": page, "newest": not before})


@require_POST
@access.signed_in
def open(request: access.SignedInRequest, pk: int) -> HttpResponse:
    """Mark one message as read and go where it points; a POST, because a look-ahead of the browser is not a reading."""
    message = inboxes.read(request.user, message_id=pk, at=timezone.now())
    if message is None:
        raise Http404("not your message")
    return redirect(message.link if outbox.is_local(message.link) else "messages:inbox")


@require_POST
@access.signed_in
def read_all(request: access.SignedInRequest) -> HttpResponse:
    inboxes.read_all(request.user, at=timezone.now())
    return redirect("messages:inbox")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
