"""What an officer typed into a dossier's page after their session had ended: shown to that officer again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from portal.accounts import typed
from portal.accounts.access import StaffRequest

# A page says who it was made for: at a shared desk a colleague may be the next to sign in.
OFFICER = "officer"


def keep(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """Remember what was posted to `form` of the dossier's page, and ask to sign in.

    Whether there is such a dossier is not said to somebody who has not signed in.
    """
    back = reverse("counter:dossier", args=[code])
    return typed.keep(request, _place(code, form), back=back, at=timezone.now())


def found(request: StaffRequest, code: str, form: str) -> QueryDict | None:
    """What this very officer typed. It stays until it is sent, or typed anew."""
    data = typed.found(request, _place(code, form))
    if data is not None and data.get(OFFICER) != str(request.user.pk):
        typed.forget(request, _place(code, form))
        return None
    return data


def forget(request: HttpRequest, code: str, form: str) -> None:
    """It has found its place."""
    typed.forget(request, _place(code, form))


def _place(code: str, form: str) -> str:
    return f"counter:{code}:{form}"
