"""The log that the citizen reads: who looked at their papers; and asking about a look that one does not understand."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal import words
from portal.accounts import access
from portal.documents.models import AccessKind, AccessLog
from portal.registries.models import LookUp
from portal.sharing import objections, paging
from portal.sharing.forms import ObjectionForm
from portal.sharing.models import Objection

# ?loc= → kinds of uses; without it everything is shown.
FILTERS = {
    "co-quan": [AccessKind.OFFICER, AccessKind.QUESTION],
    "ho-so": [AccessKind.REUSE],
    "toi": [AccessKind.OWN],
}
MOST_EXPORTED = 20_000  # rows of each log in one file


@require_safe
@never_cache
@access.citizen
def log(request: access.CitizenRequest) -> HttpResponse:
    """Every use of the person's papers, newest first; `?loc=` keeps some kinds. Three queries at most."""
    wanted = request.GET.get("loc", "")
    rows = AccessLog.objects.visible_to(request.user).select_related("paper", "consent", "objection")
    if wanted in FILTERS:
        rows = rows.filter(kind__in=FILTERS[wanted])
    found, pages = paging.keyset(rows, request, loc=wanted if wanted in FILTERS else "")
    return render(request, "sharing/log.html", {"looks": found, "wanted": wanted} | pages)


@require_safe
@access.citizen
def export(request: access.CitizenRequest) -> StreamingHttpResponse:
    """Both logs as one CSV file that spreadsheets open (UTF-8 with a mark, semicolons as in Viet Nam)."""
    language = request.LANGUAGE_CODE
    response = StreamingHttpResponse(_csv(request, language), content_type="text/csv; charset=utf-8")
    name = f"nhat-ky-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    """What csv writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def _csv(request: access.CitizenRequest, language: str) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    with override(language):
        head = [
            *(_("When"), _("Who"), _("Paper or database"), _("Number"), _("What of it")),
            *(_("What for"), _("Legal basis"), _("Dossier"), _("Receipt of consent")),
        ]
    yield writer.writerow(head)
    uses = AccessLog.objects.visible_to(request.user).select_related("paper", "consent").order_by("-pk")
    for use in uses[:MOST_EXPORTED].iterator(chunk_size=500):
        with override(language):  # the generator runs after the request's language is forgotten
            row = _use(use)
        yield writer.writerow(map(_plain, row))
    look_ups = LookUp.objects.visible_to(request.user).order_by("-pk")
    for look_up in look_ups[:MOST_EXPORTED].iterator(chunk_size=500):
        with override(language):
            row = _look_up(look_up)
        yield writer.writerow(map(_plain, row))


def _use(use: AccessLog) -> list[str]:
    paper = use.paper
    return [
        timezone.localtime(use.at).isoformat(timespec="seconds"),
        use.by_name,
        words.text(paper.title) if paper else "",
        paper.number if paper else "",
        "; ".join(map(words.text, use.claims)) or _("the whole paper"),
        words.text(use.purpose),
        words.text(use.basis),
        use.dossier_code,
        use.consent.number if use.consent else "",
    ]


def _look_up(look_up: LookUp) -> list[str]:
    return [
        timezone.localtime(look_up.at).isoformat(timespec="seconds"),
        look_up.by_name or _("The system"),
        str(look_up.get_registry_display()),
        "",
        "; ".join(map(str, look_up.named_claims)),
        words.text(look_up.purpose),
        words.text(look_up.basis),
        look_up.dossier_code,
        "",
    ]


def _plain(cell: str) -> str:
    """A text that a spreadsheet would take for a formula is shown as text."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell


# ── A look that one does not understand ───────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access.citizen
def object_access(request: access.CitizenRequest, pk: int) -> HttpResponse:
    """Ask about one use of a paper."""
    rows = AccessLog.objects.visible_to(request.user).select_related("paper", "consent")
    return _object(request, access_row=get_object_or_404(rows, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access.citizen
def object_look_up(request: access.CitizenRequest, pk: int) -> HttpResponse:
    """Ask about one look-up in the State's databases."""
    return _object(request, look_up=get_object_or_404(LookUp.objects.visible_to(request.user), pk=pk))


def _object(
    request: access.CitizenRequest, *, access_row: AccessLog | None = None, look_up: LookUp | None = None
) -> HttpResponse:
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            objections.raise_about(
                request.person,
                access=access_row,
                look_up=look_up,
                text=form.cleaned_data["text"],
                at=timezone.now(),
            )
        except objections.Already:
            messages.error(request, _("You have asked about this look before."))
        else:
            messages.success(request, _("Sent to the portal's administrator. You find the answer here."))
        return redirect("sharing:objections")
    status = 422 if form.errors else 200
    context = {"form": form, "look": access_row, "look_up": look_up}
    return render(request, "sharing/object.html", context, status=status)


@require_safe
@never_cache
@access.citizen
def mine(request: access.CitizenRequest) -> HttpResponse:
    """What the person asked about, and the answers."""
    rows = Objection.objects.visible_to(request.user).select_related("access__paper", "look_up")
    found, pages = paging.keyset(rows, request)
    return render(request, "sharing/objections.html", {"objections": found} | pages)
