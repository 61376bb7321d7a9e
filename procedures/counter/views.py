"""The counter's pages. A stranger gets 404, a colleague without the role a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal import words
from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.accounts.models import User
from portal.documents import consents, papers, serving
from portal.documents.models import IssuedPaper
from procedures.counter import corrections, decisions, fees, lives, many, progress, queues, typed
from procedures.definitions import runtime
from procedures.dossiers import dossiers, pages, relied, stages, unlocking, workflow
from procedures.dossiers import fees as charges
from procedures.dossiers.models import Dossier
from procedures.eforms import forms as eforms
from procedures.eforms import summary
from procedures.results import confirmations, results, scans

# The two forms of a dossier's page.
ACT, OUTCOME = "act", "outcome"

# What the holder of a reused paper reads in its log.
LOOKED = {
    "vi": "Cán bộ xem giấy tờ khi giải quyết hồ sơ",
    "en": "An officer looked at the paper while handling the dossier",
}
HANDLING = {
    "vi": "Nghị định 118/2025/NĐ-CP: giải quyết hồ sơ mà công dân đã nộp",
    "en": "Decree 118/2025/NĐ-CP: handling a dossier that the citizen filed",
}


def _find(request: StaffRequest, code: str) -> Dossier:
    """A dossier of the person's own agencies, or 404."""
    found = Dossier.objects.of_staff(request.user).select_related("agency", "handler", "person", "applicant")
    return get_object_or_404(found, code=code)


def _actors(request: StaffRequest, dossier: Dossier) -> frozenset[str]:
    return access.roles(request.user, dossier.agency, timezone.now())


@access.staff()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: StaffRequest) -> HttpResponse:
    """One queue of the agency's dossiers, due first; or what a search found.

    A search is a POST: names and personal ID numbers do not belong into addresses, histories and logs.
    """
    own = Dossier.objects.of_staff(request.user)
    text = request.POST.get("q", "").strip()
    roles = frozenset(duty.role for duty in access.duties(request.user, timezone.now()))
    slug = request.GET.get("hang") or queues.home(roles)
    if slug not in queues.QUEUES:
        raise Http404
    queue = queues.QUEUES[slug]
    listed, following = (
        (queues.search(own, text), "") if text else queues.page(own, queue, after=request.GET.get("sau", ""))
    )
    desk = many.DESKS.get(slug) if not text else None
    page = {
        "queue": queue,
        "desk": desk if desk and desk.role in roles else None,
        "batches": many.recent(request.user) if roles & {"leader", "clerk"} else [],
        "queues": queues.QUEUES.values(),
        "counts": queues.counts(own),
        "dossiers": listed,
        "ended": relied.sentences(listed),
        "next": following,
        "text": text,
        "now": timezone.now(),
        "language": get_language() or "vi",
    }
    return render(request, "counter/inbox.html", page)


@access.staff()
@never_cache
@require_safe
def dossier(request: StaffRequest, code: str) -> HttpResponse:
    """Answers, papers, history, and the buttons that the workflow table allows now.

    What the officer had typed when the session ended is in its place again.
    """
    found = _find(request, code)
    given, findings = typed.found(request, code, ACT), typed.found(request, code, OUTCOME)
    form = None
    if findings is not None:
        form = _outcome_form(found, _actors(request, found), by=request.user, data=findings)
        if form:
            form.look_only()
    return _dossier(request, found, form=form, refused=_as_posted(given) if given is not None else None)


def _dossier(
    request: StaffRequest,
    found: Dossier,
    *,
    form: eforms.StepForm | None = None,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page. `form`: findings that were not taken; `refused`: the action that was not, as it was posted."""
    actors = _actors(request, found)
    position = dossiers.position(found)
    under_way = progress.card(found)
    offered = progress.buttons(_offered(position, actors), under_way)
    confirmation = confirmations.of(found, at=timezone.now())
    if confirmation and not confirmation.is_confirmed:
        _withhold(offered, workflow.Action.ISSUE, confirmation.words)
    refused = refused or {}
    page: dict[str, Any] = pages.dossier(found, now=timezone.now(), public=False)
    page |= {
        "offered": offered,
        # What was typed for an action that can no longer be taken is shown all the same.
        "homeless": refused.get("note")
        if refused.get("action") not in {item["action"] for item in offered if not item["refusal"]}
        else "",
        "restored": status == 200 and bool(form or refused),
        "sources": pages.sources(found),
        "outcome_form": form or _outcome_form(found, actors, by=request.user),
        "outcome_rows": _outcome_rows(found, page["files"]),
        "copied_pages": found.outcome.get("copied_pages"),
        "supplementable": _supplementable(found, refused),
        "stages": stages.rail(found),
        "charges_due": charges.due(found) if "receiver" in actors else [],
        "consults": [asked.text(get_language() or "vi") for asked in stages.consultations(found)],
        "refused": refused,
        "issued": lives.card(found, actors),
        "confirmation": confirmation,
        "correction": corrections.card(found, actors),
        "taken_back": consents.taken_back(found.code) if found.reuse and not found.ended_at else [],
        "fees": fees.card(found, actors) if found.fee_total else [],
        "under_way": under_way,
        "signature": results.signature(request.user, found.agency, at=timezone.now())
        if any(item["action"] == workflow.Action.APPROVE and not item["refusal"] for item in offered)
        else None,
        "can_preview": position.stage_role in ("handler", "leader", "clerk"),
    }
    return render(request, "counter/dossier.html", page, status=status)


def _offered(position: workflow.Position, actors: frozenset[str]) -> list[dict[str, Any]]:
    return [
        {
            "action": action.value,
            "label": action.label,
            "refusal": refusal,
            "row": workflow.TRANSITIONS[action],
        }
        for action, refusal in workflow.offered(position, actors).items()
    ]


def _withhold(offered: list[dict[str, Any]], action: workflow.Action, reason: str) -> None:
    for item in offered:
        if item["action"] == action:
            item["refusal"] = item["refusal"] or reason


def _outcome_form(
    found: Dossier, actors: frozenset[str], *, by: User, data: Any = None, files: Any = None
) -> eforms.StepForm | None:
    """The form for what is found at the stage that the dossier stands at, for whose stage it is."""
    position = dossiers.position(found)
    if not position.takes_findings or position.stage_role not in actors:
        return None
    return eforms.fields_form(
        stages.fields(found),
        data=data,
        files=files,
        initial=found.outcome,
        context=found.context,
        answers={**found.answers, **found.outcome},
        uploads=scans.Scans(found, by=by, at=timezone.now()),
    )


def _outcome_rows(found: Dossier, groups: list[dict[str, Any]]) -> list[Any]:
    fields = runtime.definition(found.version_id).result.fields
    names = {str(file.document_id): file.document.name for group in groups for file in group["files"]}
    return summary.rows(fields, found.outcome, language=get_language() or "vi", files=names)


def _supplementable(found: Dossier, refused: dict[str, Any]) -> list[dict[str, Any]]:
    """What a supplement request may unlock: the papers first, then the answers, as they were marked last."""
    language = get_language() or "vi"
    marked, reasons = refused.get("fields", ()), refused.get("reasons", {})
    return [
        {
            "key": field.key,
            "label": field.label.get(language),
            "marked": field.key in marked,
            "reason": reasons.get(field.key, ""),
        }
        for field in unlocking.fields(found)
    ]


def act(request: HttpRequest, code: str) -> HttpResponseBase:
    """One action of the table. Words that a signed-out browser posts are kept for the officer."""
    words = any(text for name, text in request.POST.items() if name == "note" or name.startswith("reason:"))
    if words and not request.user.is_authenticated:
        return typed.keep(request, code, ACT)
    return _act(request, code=code)


@access.staff()
def _act(request: StaffRequest, code: str) -> HttpResponse:
    """Take one action of the table; when it is refused, say why, show the dossier as it is now: 409.

    Nothing typed is lost. A GET, from who had to sign in first, leads to the dossier.
    """
    found = _find(request, code)
    if request.method != "POST":
        return redirect("counter:dossier", code)
    action = request.POST.get("action", "")
    try:
        decisions.take(
            found,
            action,
            by=request.user,
            actors=_actors(request, found),
            at=timezone.now(),
            posted=request.POST.dict(),
        )
    except (workflow.NotAllowed, results.UnableToIssue) as refused:
        messages.error(request, str(refused))
        return _dossier(request, _find(request, code), refused=_as_posted(request.POST), status=409)
    typed.forget(request, code, ACT)
    if action == workflow.Action.ISSUE:
        messages.success(request, _("The result is being issued."))
    else:
        messages.success(request, _("Done: %(action)s.") % {"action": workflow.Action(action).label})
    return redirect("counter:dossier", code)


def _as_posted(data: QueryDict) -> dict[str, Any]:
    """A refused action with its words and ticks, to be shown again."""
    return {
        "action": data.get("action", ""),
        "note": data.get("note", ""),
        "fields": [name.removeprefix("field:") for name in data if name.startswith("field:")],
        "reasons": {
            name.removeprefix("reason:"): text for name, text in data.items() if name.startswith("reason:")
        },
    }


def outcome(request: HttpRequest, code: str) -> HttpResponseBase:
    """The handler's findings. What a signed-out browser posts is kept for the officer."""
    if request.method == "POST" and not request.user.is_authenticated:
        return typed.keep(request, code, OUTCOME)
    return _outcome(request, code=code)


@access.staff("handler", "leader")
def _outcome(request: StaffRequest, code: str) -> HttpResponse:
    """Keep the findings of a stage; what is refused stays on the page with its reason."""
    found = _find(request, code)
    if request.method != "POST":
        return redirect("counter:dossier", code)
    given = {"data": request.POST, "files": request.FILES}
    form = _outcome_form(found, _actors(request, found), by=request.user, **given)
    if form is None:
        messages.error(request, _("The dossier is at another stage."))
        return redirect("counter:dossier", code)
    if not form.is_valid():
        return _dossier(request, found, form=form, status=422)
    try:
        scans.fill(found, form.values(), by=request.user, at=timezone.now())
    except workflow.NotAllowed as refused:  # a colleague was faster
        messages.error(request, refused.reason)
    else:
        typed.forget(request, code, OUTCOME)
        messages.success(request, _("Saved."))
    return redirect("counter:dossier", code)


@access.staff()
@never_cache
@require_safe
def preview(request: StaffRequest, code: str) -> HttpResponse:
    """The result as it would look now, unsigned."""
    found = _find(request, code)
    content = results.preview(found, by=request.user, at=timezone.now())
    name = f"du-thao-{found.code}.pdf"
    return serving.respond(content, name=name, content_type="application/pdf", shown=True)


@access.staff()
@require_safe
def file(request: StaffRequest, code: str, file_id: int) -> HttpResponse:
    """One paper of the dossier; the look at a reused paper is logged with who and why.

    403 when its holder has taken back the consent by which the dossier took it over.
    """
    found = _find(request, code)
    attached = get_object_or_404(found.files.select_related("document", "paper"), pk=file_id)
    if attached.paper:
        _require_consent(attached.paper, found)
    response = serving.serve(request, attached.document)
    if attached.paper and request.method == "GET" and response.status_code == 200:
        papers.use(
            attached.paper,
            by=request.user,
            by_name=f"{request.user.full_name}, {found.agency.name}",
            agency=found.agency,
            purpose=LOOKED,
            basis=HANDLING,
            dossier_code=found.code,
            at=timezone.now(),
        )
    return response


def _require_consent(paper: IssuedPaper, dossier: Dossier) -> None:
    given = consents.of_dossier(paper, dossier.code)
    if given and given.withdrawn_at:
        raise PermissionDenied(
            _(
                "On %(day)s the holder of this paper withdrew the consent to its use in dossier %(code)s. The paper "
                "cannot be opened any more. If the dossier cannot be decided without it, ask for a supplement."
            )
            % {"day": words.dmy(given.withdrawn_at), "code": dossier.code}
        )


@access.staff()
@require_safe
def form(request: StaffRequest, code: str, kind: str) -> HttpResponse:
    """One form that was made for the dossier; 404 until a worker has made it."""
    made = get_object_or_404(_find(request, code).forms.select_related("document"), kind=kind)
    if made.document is None:
        raise Http404
    return serving.serve(request, made.document)
