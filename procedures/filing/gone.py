"""A draft that was thrown away, in another window or on another device, while a request was at work on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts.access import CitizenRequest
from procedures.filing.models import Draft

P = ParamSpec("P")
View = Callable[Concatenate[CitizenRequest, P], HttpResponse]


def while_there(view: View[P]) -> View[P]:
    """The page, or 404 with what has happened. What htmx asked in the background moves the whole page away."""

    @wraps(view)
    def guarded(request: CitizenRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Draft.DoesNotExist:
            if request.headers.get("HX-Request") != "true":
                return render(request, "filing/gone.html", status=404)
            messages.error(request, _("The draft was thrown away, in another window or on another device."))
            return HttpResponseClientRedirect(reverse("dossiers:list"))

    return guarded
