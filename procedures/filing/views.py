"""A citizen's pages for a draft: begin, the task list, the steps, reuse, review, submit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import access
from portal.accounts.access import CitizenRequest
from portal.accounts.models import Agency
from portal.prepared import Prepared
from procedures.definitions import runtime
from procedures.definitions.models import ProcedureVersion
from procedures.dossiers.pages import row_id
from procedures.filing import carrying, changed, drafts, filling, gone, pages, reuse, typed, wizard
from procedures.filing.models import Draft

_DRAFTS: Prepared[Draft] = Prepared(
    lambda: Draft.objects.select_related("agency").annotate(
        version_state=F("version__state"), version_last=F("version__last_filing_on")
    )
)


def _find(request: CitizenRequest, draft_id: UUID) -> Draft:
    """The person's own draft, or 404."""
    draft = _DRAFTS.find(draft_id)
    if draft is None or draft.user_id != request.user.pk:
        raise Http404
    draft.user = request.user
    return draft


def _elsewhere(draft: Draft) -> HttpResponse | None:
    """A submitted draft leads to its dossier; one that can no longer be filed as it is to what can be done."""
    if draft.dossier:
        return redirect(draft.dossier)
    return None if carrying.can_finish(draft, at=timezone.now()) else redirect("filing:carry_over", draft.pk)


def _choice(request: CitizenRequest, draft: Draft) -> HttpResponse | None:
    """Whose procedure was replaced meanwhile is asked, once in a session: finish as it is, or carry over."""
    if carrying.is_in_force(draft, at=timezone.now()) or _finishes(draft) in request.session:
        return None
    return redirect("filing:carry_over", draft.pk)


def _finishes(draft: Draft) -> str:
    return f"finishes:{draft.pk}"


def _last_day(draft: Draft) -> dict[str, Any]:
    """Until when the draft can be sent, if there is an end to it."""
    is_older = not carrying.is_in_force(draft, at=timezone.now())
    return {"last_day": draft.version_last, "is_older": is_older}  # type: ignore[attr-defined]


@access.citizen
def begin(request: CitizenRequest) -> HttpResponse:
    """Open a draft for the procedure at the chosen agency; first offer what the citizen already has.

    A GET, from who had to sign in first, leads to the procedures.
    """
    if request.method != "POST":
        return redirect("definitions:list")
    code = request.POST.get("procedure", "").replace("\0", "")
    now = timezone.now()
    version = get_object_or_404(
        ProcedureVersion.objects.open_on(timezone.localtime(now).date()).light().select_related("procedure"),
        procedure__code=code,
    )
    kind = runtime.definition(version.pk).agency
    chosen = row_id(request.POST.get("agency", ""))
    agency = Agency.objects.filter(pk=chosen, kind=kind).first() if chosen else None
    if agency is None:
        messages.error(request, _("Choose the office that handles your dossier."))
        return redirect("definitions:procedure", version.procedure.code)
    draft = drafts.begin(
        request.user, request.person, version, agency=agency, language=get_language() or "vi", at=now
    )
    offered = reuse.offers(runtime.definition(version.pk), request.person, at=now)
    if offered:
        return redirect("filing:papers", draft.pk)
    if draft.done:
        return redirect(draft)
    return redirect("filing:step", draft.pk, drafts.walk(draft, now=now).keys[0])


@access.citizen
@never_cache
@require_safe
def tasks(request: CitizenRequest, draft_id: UUID) -> HttpResponse:
    """The task list: what is done, what comes next, that the work is saved. A new draft goes to step one."""
    draft = _find(request, draft_id)
    if away := _elsewhere(draft) or _choice(request, draft):
        return away
    walked = drafts.walk(draft, now=timezone.now())
    if not draft.done and not draft.refused and not draft.reuse:
        return redirect("filing:step", draft.pk, walked.keys[0])
    listed = pages.tasks(draft, walked)
    following = next((task for task in listed if task.state == "todo"), None)
    beside = pages.beside(draft, walked, now=timezone.now()) | _last_day(draft)
    return render(
        request,
        "filing/tasks.html",
        beside | {"tasks": listed, "following": following, "ended": reuse.ended(draft, at=timezone.now())},
    )


@never_cache
def step(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponseBase:
    """One step. What a signed-out browser posts is kept until its owner has signed in again."""
    if request.method == "POST" and not request.user.is_authenticated:
        return typed.keep(request, draft_id, step)
    return _step(request, draft_id=draft_id, step=step)


@access.citizen
@gone.while_there
def _step(request: CitizenRequest, draft_id: UUID, step: str) -> HttpResponse:
    draft = _find(request, draft_id)
    request.draft = draft  # type: ignore[attr-defined]
    if away := _elsewhere(draft):
        if request.method == "POST" and _asks(draft, step):
            wizard.keep_typed(request, step, data=request.POST, files=request.FILES)
        return away
    typed.restore(request, draft, step)
    response: HttpResponse = wizard.step(request, draft_id=draft_id, step=step)
    return response


def _asks(draft: Draft, step: str) -> bool:
    """Whether something typed in this step still has a place: the draft is not sent, the step applies."""
    return not draft.dossier and step in drafts.walk(draft, now=timezone.now()).keys


@require_POST
def fields(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponseBase:
    """The step's questions again after an answer that opens or closes others (htmx). Keeps what is typed."""
    if not request.user.is_authenticated:
        return typed.keep(request, draft_id, step)
    return _fields(request, draft_id=draft_id, step=step)


@access.citizen
@gone.while_there
def _fields(request: CitizenRequest, draft_id: UUID, step: str) -> HttpResponse:
    draft = _find(request, draft_id)
    if not _asks(draft, step):
        raise Http404
    request.draft = draft  # type: ignore[attr-defined]
    form = wizard.step_form(request, step, data=request.POST, files=request.FILES)
    form.look_only()
    drafts.keep_refused(draft, step, form.typed(), at=timezone.now())
    return render(
        request, "filing/fields.html", {"form": form, "draft": draft, "sources": pages.sources(draft)}
    )


@access.citizen
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@gone.while_there
def papers(request: CitizenRequest, draft_id: UUID) -> HttpResponse:
    """What we already have for you: preview what would be shared, agree, or take the agreement back."""
    draft = _find(request, draft_id)
    if away := _elsewhere(draft):
        return away
    now = timezone.now()
    offered = reuse.offers(runtime.definition(draft.version_id), request.person, at=now)
    if request.method == "POST":
        return _choose(request, draft, offered)
    return render(request, "filing/papers.html", _papers_page(draft, offered) | {"error": ""})


def _choose(request: CitizenRequest, draft: Draft, offered: list[reuse.Offer]) -> HttpResponse:
    now = timezone.now()
    if rule_key := request.POST.get("drop"):
        drafts.drop_paper(draft, rule_key, at=now)
        return redirect("filing:papers", draft.pk)
    if "skip" in request.POST:
        return redirect("filing:tasks", draft.pk)
    chosen = next((o for o in offered if o.id == request.POST.get("use")), None)
    if chosen is None or request.POST.get("agree") != chosen.id:
        error = _("Tick the box if you agree, or continue without this paper.")
        return render(
            request, "filing/papers.html", _papers_page(draft, offered) | {"error": error}, status=422
        )
    drafts.use_paper(draft, chosen, at=now)
    return redirect("filing:tasks", draft.pk)


def _papers_page(draft: Draft, offered: list[reuse.Offer]) -> dict[str, Any]:
    """What can be taken over, and what was taken over and has to be given back."""
    walked = drafts.walk(draft, now=timezone.now())
    form = runtime.definition(draft.version_id).form
    return pages.beside(draft, walked, now=timezone.now()) | {
        "offers": [
            {
                "id": offer.id,
                "rule": offer.rule,
                "paper": offer.paper,
                "used": offer.source.items() <= draft.reuse.get(offer.rule.key, {}).items(),
                "shared": pages.shared(draft, offer),
                "consent": reuse.consent_text(offer.rule, offer.paper, language=draft.language),
            }
            for offer in offered
            if offer.rule.key in draft.reuse or reuse.may_apply(offer.rule, walked.scope, form)
        ],
        # Taken over earlier and no longer on offer, since revoked or expired: it can only be given back.
        "ended": [
            item | {"rule_key": key}
            for key, item in draft.reuse.items()
            if not any(offer.rule.key == key and offer.source.items() <= item.items() for offer in offered)
        ],
    }


@access.citizen
@never_cache
@require_safe
def review(request: CitizenRequest, draft_id: UUID) -> HttpResponse:
    """Check your answers and declare; nothing is sent by looking at this page."""
    draft = _find(request, draft_id)
    if away := _elsewhere(draft) or _choice(request, draft):
        return away
    walked = drafts.walk(draft, now=timezone.now())
    if unfinished := drafts.first_incomplete(draft, walked):
        return redirect("filing:step", draft.pk, unfinished)
    return _review(request, draft)


def _review(request: CitizenRequest, draft: Draft, *, error: str = "", status: int = 200) -> HttpResponse:
    walked = drafts.walk(draft, now=timezone.now())
    page = pages.beside(draft, walked, now=timezone.now()) | _last_day(draft)
    page |= {"groups": pages.review(draft, walked), "error": error, "warnings": pages.warnings(draft, walked)}
    page |= {"ended": reuse.ended(draft, at=timezone.now())}
    return render(request, "filing/review.html", page, status=status)


@access.citizen
@gone.while_there
def submit(request: CitizenRequest, draft_id: UUID) -> HttpResponse:
    """Submit, once. A second click, Back and another tab all end at the one dossier.

    A GET, from who had to sign in first, leads to the review page.
    """
    draft = _find(request, draft_id)
    if draft.dossier:
        return redirect(draft.dossier)
    if request.method != "POST":
        return redirect("filing:review", draft.pk)
    if request.POST.get("declare") != "yes":
        return _review(request, draft, error=_("Tick the declaration to send the dossier."), status=422)
    try:
        dossier = filling.send(draft, by=request.user, at=timezone.now())
    except drafts.VersionRetired:
        return redirect("filing:carry_over", draft.pk)
    except drafts.UnableToSubmit as unable:
        if unable.step:
            messages.error(request, str(unable))
            return redirect("filing:step", draft.pk, unable.step)
        return _review(request, draft, error=str(unable), status=422)
    if dossier.fee_total and dossier.fee_settled_at is None:
        return redirect("dossiers:pay", dossier.code)
    return redirect(dossier)


@access.citizen
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@gone.while_there
def carry_over(request: CitizenRequest, draft_id: UUID) -> HttpResponse:
    """The procedure changed, or ended, while the draft was open: what is different, and what one wants to do."""
    draft, now = _find(request, draft_id), timezone.now()
    if draft.dossier:
        return redirect(draft.dossier)
    if carrying.is_in_force(draft, at=now):
        return redirect(draft)
    if request.method == "POST":
        return _chosen(request, draft)
    new = carrying.successor(draft, at=now)
    page = {
        "draft": draft,
        "title": str(runtime.definition(draft.version_id).name),
        "successor": new,
        "groups": changed.groups(draft, new.pk, at=now) if new else [],
        "can_finish": carrying.can_finish(draft, at=now),
    }
    is_gone = not (new or page["can_finish"])
    return render(request, "filing/carry_over.html", page | _last_day(draft), status=410 if is_gone else 200)


def _chosen(request: CitizenRequest, draft: Draft) -> HttpResponse:
    """The page comes again when what was chosen is not possible any more."""
    now = timezone.now()
    if request.POST.get("choice") == "finish":
        if not carrying.can_finish(draft, at=now):
            return redirect("filing:carry_over", draft.pk)
        request.session[_finishes(draft)] = True
        return redirect(draft)
    try:
        return redirect(carrying.carry_over(draft, at=now))
    except drafts.VersionRetired:
        return redirect("filing:carry_over", draft.pk)


@access.citizen
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: CitizenRequest, draft_id: UUID) -> HttpResponse:
    """Throw the draft away, after asking. A submitted one stays."""
    draft = _find(request, draft_id)
    if draft.dossier:
        return redirect(draft.dossier)
    if request.method == "POST":
        drafts.discard(draft)
        messages.success(request, _("The draft is gone."))
        return redirect(reverse("dossiers:list"))
    title = str(runtime.definition(draft.version_id).name)
    return render(request, "filing/discard.html", {"draft": draft, "title": title})
