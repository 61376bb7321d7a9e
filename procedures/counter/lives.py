"""The pages on which an agency looks after what it has issued: suspend, restore, revoke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.documents import shelf
from portal.documents.models import IssuedPaper, PaperStatus
from procedures.dossiers import corrections, workflow
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import NotAllowed
from procedures.results import lives, relying

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Move:
    """What a leader may do with an issued paper; `slug` stands in the address."""

    slug: str
    to: PaperStatus
    verb: Callable[..., IssuedPaper]
    label: _StrPromise
    question: _StrPromise
    effect: _StrPromise
    is_grave: bool = False


MOVES = {
    move.slug: move
    for move in (
        Move(
            "tam-ngung",
            PaperStatus.SUSPENDED,
            lives.suspend,
            pgettext_lazy("paper", "Suspend"),
            gettext_lazy("Suspend this paper?"),
            gettext_lazy(
                "Until it is restored the paper does not hold. Its holder, and everyone whose dossier relies on "
                "it, is told at once."
            ),
        ),
        Move(
            "khoi-phuc",
            PaperStatus.VALID,
            lives.restore,
            pgettext_lazy("paper", "Restore"),
            gettext_lazy("Restore this paper?"),
            gettext_lazy(
                "The paper holds again. Its holder, and everyone whose dossier relies on it, is told at once."
            ),
        ),
        Move(
            "thu-hoi",
            PaperStatus.REVOKED,
            lives.revoke,
            pgettext_lazy("paper", "Revoke"),
            gettext_lazy("Revoke this paper?"),
            gettext_lazy(
                "This cannot be undone. Its holder, and everyone whose dossier relies on it, is told at once."
            ),
            is_grave=True,
        ),
    )
}


def card(found: Dossier, actors: frozenset[str]) -> dict[str, Any] | None:
    """The result of a finished dossier and what `actors` may do with it. One query; None without a result."""
    paper = paper_of(found)
    if paper is None:
        return None
    moves = [move for move in MOVES.values() if not lives.refusal(paper, move.to)]
    return {
        "paper": paper,
        "card": shelf.card(paper, at=timezone.now()),
        "moves": moves if "leader" in actors else [],
        "can_correct": bool(actors & workflow.OPENINGS["open_correction"].who)
        and not corrections.refusal(paper, at=timezone.now()),
        "under_way": corrections.under_way(paper),
    }


def paper_of(found: Dossier) -> IssuedPaper | None:
    if not found.ended_at:
        return None
    papers = IssuedPaper.objects.select_related("replaced_by__document")
    return papers.filter(result__dossier=found).first()


@access.staff()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, code: str, move: str) -> HttpResponse:
    """Ask for reason and legal basis, then do it. A stranger gets 404, a colleague who is no leader 403."""
    own = Dossier.objects.of_staff(request.user).select_related("agency")
    found = get_object_or_404(own, code=code)
    paper, chosen = paper_of(found), MOVES.get(move)
    if paper is None or chosen is None:
        raise Http404
    actors = access.roles(request.user, found.agency, timezone.now())
    if "leader" not in actors:
        raise PermissionDenied
    if request.method != "POST":
        return _ask(request, found, paper, chosen, error=lives.refusal(paper, chosen.to))
    try:
        chosen.verb(
            paper,
            by=request.user,
            actors=actors,
            reason=request.POST.get("reason", ""),
            basis=request.POST.get("basis", ""),
            at=timezone.now(),
        )
    except NotAllowed as refused:
        return _ask(request, found, paper, chosen, error=refused.reason, status=409)
    messages.success(request, _("Done: %(action)s.") % {"action": chosen.label})
    return redirect("counter:dossier", code)


def _ask(
    request: StaffRequest, found: Dossier, paper: IssuedPaper, move: Move, *, error: str, status: int = 200
) -> HttpResponse:
    page = {
        "dossier": found,
        "paper": paper,
        "move": move,
        "relying": relying.on(paper),
        "posted": request.POST,
        "longest": {"reason": lives.REASON, "basis": lives.BASIS},
        "error": error,
    }
    return render(request, "counter/life.html", page, status=status)
