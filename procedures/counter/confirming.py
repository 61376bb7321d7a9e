"""A leader whose key lies at a provider is asked there anew to confirm: by the leader, or by the clerk who waits."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.documents.keys import KeyUnavailable
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import NotAllowed
from procedures.results import confirmations


@access.staff("leader", "clerk")
def confirm(request: StaffRequest, code: str) -> HttpResponse:
    """Ask again; what keeps it from being asked is said on the dossier's page."""
    found = get_object_or_404(Dossier.objects.of_staff(request.user).select_related("agency"), code=code)
    if request.method == "POST":
        now = timezone.now()
        actors = access.roles(request.user, found.agency, now)
        try:
            confirmations.ask_again(found, by=request.user, actors=actors, at=now)
        except NotAllowed as refused:
            messages.error(request, refused.reason)
        except KeyUnavailable:
            messages.error(
                request, _("The provider of signatures cannot be asked. Tell the system administrator.")
            )
        else:
            messages.success(request, _("The confirmation has been asked for."))
    return redirect("counter:dossier", code)
