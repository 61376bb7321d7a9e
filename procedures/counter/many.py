"""The pages on which many dossiers are decided at once: what each result says, one button, how far it has come."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.accounts.models import User
from portal.documents import canonical, keys
from procedures.counter import progress
from procedures.counter.queues import QUEUES
from procedures.definitions import facts, runtime
from procedures.dossiers import dossiers, relied, workflow
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import Action
from procedures.results import batches, confirmations, results
from procedures.results.models import UNDER_WAY, Batch, BatchItem, BatchKind, ItemState, ResultState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Desk:
    """Where many are decided at once: whose queue, which action of the table, what the page is called."""

    kind: BatchKind
    role: str
    queue: str
    action: Action
    title: _StrPromise
    page: str


DESKS = {
    desk.queue: desk
    for desk in (
        Desk(
            BatchKind.APPROVE,
            "leader",
            "cho-ky",
            Action.APPROVE,
            gettext_lazy("Approve and sign many"),
            "counter:approve_many",
        ),
        Desk(
            BatchKind.ISSUE,
            "clerk",
            "cho-so",
            Action.ISSUE,
            gettext_lazy("Number, seal and issue many"),
            "counter:issue_many",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Row:
    """One dossier of the review: what its result says, or why it is left out."""

    dossier: Dossier
    refusal: str
    facts: list[facts.Fact]
    seen: str


@access.staff("leader")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: StaffRequest) -> HttpResponse:
    """What waits for the leader's signature, approved at once."""
    return _review(request, DESKS["cho-ky"])


@access.staff("clerk")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: StaffRequest) -> HttpResponse:
    """What waits for number and seal, issued at once."""
    return _review(request, DESKS["cho-so"])


def _review(request: StaffRequest, desk: Desk) -> HttpResponse:
    """The dossiers that were ticked in the inbox (`ho-so`), or all that wait; a POST decides those still ticked."""
    if request.method == "POST":
        if batch := _begin(request, desk):
            return redirect("counter:batch", batch.pk)
        messages.error(request, _("Tick at least one dossier."))
    wanted = request.GET.getlist("ho-so")[: batches.MOST]
    rows = _rows(request.user, desk, _found(request.user, desk, wanted))
    page = {
        "desk": desk,
        "rows": [row for row in rows if not row.refusal],
        "left_out": [row for row in rows if row.refusal],
        "gone": len(set(wanted)) - len(rows) if wanted else 0,
        "signatures": _signatures(request.user, rows) if desk.kind == BatchKind.APPROVE else [],
        "batch": uuid.uuid4(),
        "most": batches.MOST,
    }
    return render(request, "counter/many.html", page, status=422 if request.method == "POST" else 200)


def _found(user: User, desk: Desk, codes: list[str]) -> list[Dossier]:
    own = Dossier.objects.of_staff(user).filter(QUEUES[desk.queue].where)
    own = own.exclude(result__state__in=UNDER_WAY)
    own = own.filter(code__in=codes) if codes else own
    rows = own.select_related("agency", "person", "result__approved_by").order_by("due_at", "pk")[
        : batches.MOST
    ]
    return [one for one in rows if desk.role in access.roles(user, one.agency, timezone.now())]


def _rows(user: User, desk: Desk, found: list[Dossier]) -> list[Row]:
    ended = relied.sentences(found)
    rows = []
    for one in found:
        claims = one.result.claims if desk.kind == BatchKind.ISSUE else results.draft_claims(one)
        says = facts.of(runtime.definition(one.version_id), claims)
        refusal = _refusal(user, desk, one, ended.get(one.pk, []))
        rows.append(Row(one, refusal, says, canonical.sha256(claims)))
    return rows


def _refusal(user: User, desk: Desk, found: Dossier, ended: list[str]) -> str:
    """Why a dossier is left out of what is decided at once; "" when nothing is known against it."""
    if refusal := workflow.refusal(dossiers.position(found), desk.action, frozenset({desk.role})):
        return refusal
    if desk.kind == BatchKind.ISSUE:
        try:
            results.require_decided(found)
        except results.UnableToIssue as refused:
            return str(refused)
    elif ended:
        return _("Needs a decision of its own. No longer valid: %(papers)s.") % {"papers": "; ".join(ended)}
    elif not user.signing_key:
        return _("Your account has no signing key. Ask the system administrator for one, then approve.")
    return ""


def _signatures(user: User, rows: list[Row]) -> list[dict[str, str]]:
    """As what the leader signs, once for each agency of the rows."""
    agencies = {row.dossier.agency_id: row.dossier.agency for row in rows}
    return [
        results.signature(user, agency, at=timezone.now()) | {"agency": agency.name}
        for agency in agencies.values()
    ]


def _begin(request: StaffRequest, desk: Desk) -> Batch | None:
    """The batch of what was ticked; None when nothing was. Dossiers of strangers are not even looked at."""
    try:
        batch_id = uuid.UUID(request.POST.get("batch", ""))
    except ValueError:
        return None
    codes = request.POST.getlist("ho-so")[: batches.MOST]
    chosen = list(Dossier.objects.of_staff(request.user).filter(code__in=codes).order_by("due_at", "pk"))
    if not chosen:
        return None
    seen = {one.pk: request.POST.get(f"seen:{one.code}", "")[:64] for one in chosen}
    seen = seen if desk.kind == BatchKind.APPROVE else {}
    return batches.begin(batch_id, desk.kind, chosen, seen=seen, by=request.user, at=timezone.now())


# ── How far it has come ───────────────────────────────────────────────────────────────────────────
@access.staff()
@never_cache
@require_safe
def batch(request: StaffRequest, batch: uuid.UUID) -> HttpResponse:
    """One's own batch: how many are done, what was not and why. htmx asks for the inner part again and again."""
    found = get_object_or_404(Batch, pk=batch, by=request.user)
    items = found.items.select_related("dossier__result", "dossier__person").order_by("pk")
    told = [_told(item, found) for item in items]
    desk = next(desk for desk in DESKS.values() if desk.kind == found.kind)
    page = {
        "batch": found,
        "desk": desk,
        "total": len(told),
        "done": [one for one in told if one["outcome"] == "done"],
        "failed": [one for one in told if one["outcome"] == "failed"],
        "held": [one for one in told if one["outcome"] == "held"],
        "confirmations": _confirmations(found),
        "working": sum(one["outcome"] == "working" for one in told),
    }
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "counter/batch_progress.html" if part else "counter/batch.html", page)


def _confirmations(found: Batch) -> dict[str, int]:
    """What the signatures of a leader whose key lies at a provider wait for, and how many of them."""
    if found.kind != BatchKind.APPROVE or not keys.is_remote(found.by.signing_key) or found.asks:
        return {}
    return confirmations.of_many(batches.approved(found), at=timezone.now())


def _told(item: BatchItem, found: Batch) -> dict[str, Any]:
    """One item: "working", "held" (tried again by itself), "failed" or "done", and in words why."""
    if item.state == ItemState.WAITING:
        return {"item": item, "outcome": "working"}
    if item.state == ItemState.REFUSED:
        return {"item": item, "outcome": "failed", "reason": item.reason}
    if found.kind == BatchKind.APPROVE:
        return {"item": item, "outcome": "done"}
    result = getattr(item.dossier, "result", None)
    if result is None or result.state == ResultState.APPROVED:
        return {"item": item, "outcome": "failed", "reason": _("Sent back to the leader since.")}
    if result.state == ResultState.ISSUED:
        return {"item": item, "outcome": "done", "number": result.number}
    now = progress.told(result)
    outcome = "working" if now["is_working"] else "failed" if now["is_stopped"] else "held"
    return {"item": item, "outcome": outcome, "reason": f"{now['reason']} {now['advice']}"}


def recent(user: User) -> list[Batch]:
    """The officer's batches that are still at work, newest first, with `total` and `left`. One query."""
    at_work = Q(items__state=ItemState.WAITING) | Q(
        items__dossier__result__state__in=UNDER_WAY,
        items__dossier__result__next_attempt_at__isnull=False,
        kind=BatchKind.ISSUE,
    )
    counted = user.batches.annotate(total=Count("items"), left=Count("items", filter=at_work))
    return list(counted.filter(left__gt=0).order_by("-created_at")[:3])
