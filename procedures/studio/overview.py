"""The procedures of the branch, one procedure with its versions, and what differs between two of them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.definitions import bundles, diffing, editing, versions
from procedures.definitions.models import Procedure, ProcedureVersion
from procedures.studio import comparing, histories, portfolio
from procedures.studio.access import EditorRequest, editor, procedure_or_404
from procedures.studio.beginnings import Beginning


@editor
@require_safe
def procedures(request: EditorRequest) -> HttpResponse:
    """The list, filtered and page by page."""
    own = Procedure.objects.of_admin(request.user, timezone.now())
    wanted = portfolio.Wanted(
        text=request.GET.get("q", "").strip()[:200],
        standing=request.GET.get("tinh-trang", ""),
        field=request.GET.get("linh-vuc", ""),
    )
    rows, following = portfolio.page(own, wanted, after=request.GET.get("sau", "")[:20])
    asked = {"q": wanted.text, "tinh-trang": wanted.standing, "linh-vuc": wanted.field}
    context = {
        "rows": rows,
        "wanted": wanted,
        "standings": portfolio.STANDINGS,
        "fields": portfolio.fields(own),
        "is_first": "sau" not in request.GET,
        "next": urlencode({**asked, "sau": following}) if following else "",
        "first": urlencode(asked),
    }
    return render(request, "studio/procedures.html", context)


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: EditorRequest) -> HttpResponse:
    """Begin a procedure; it opens in the editor."""
    form = Beginning(request.POST if request.method == "POST" else None, by=request.user)
    if form.is_valid():
        try:
            draft = _begin(form, request)
        except versions.CodeRefused as refused:
            form.add_error("code", str(refused))
        else:
            return redirect("studio:edit", draft.procedure.code)
    own = Procedure.objects.of_admin(request.user, timezone.now())
    context = {"form": form, "fields": portfolio.fields(own)}
    return render(request, "studio/new.html", context, status=422 if form.errors else 200)


def _begin(form: Beginning, request: EditorRequest) -> ProcedureVersion:
    now = timezone.now()
    draft = versions.start(
        form.cleaned_data["code"], owner=form.chosen_owner(), name=form.names(), by=request.user, at=now
    )
    field = _known_field(form.cleaned_data["field"], request)
    return editing.set_value(draft, "field", field, revision=draft.revision, by=request.user, at=now)


def _known_field(vi: str, request: EditorRequest) -> dict[str, str]:
    """The field of work with the English that other procedures give it."""
    own = Procedure.objects.of_admin(request.user, timezone.now())
    return next((one for one in portfolio.fields(own) if one["vi"] == vi), {"vi": vi})


@editor
@require_safe
def procedure(request: EditorRequest, code: str) -> HttpResponse:
    """Its versions, with who published them when and what runs on each."""
    found = procedure_or_404(request, code)
    history = histories.of(found)
    current = next((one for one in history if one.is_current), None)
    context = {
        "procedure": found,
        "versions": history,
        "draft": next((one for one in history if one.is_draft), None),
        "current": current,
        "last": None if current else next((one for one in history if not one.is_draft), None),
        "name": history[0].name if history else {},
        "today": timezone.localdate(),
    }
    return render(request, "studio/procedure.html", context)


@editor
@require_POST
def copy(request: EditorRequest, code: str, number: int) -> HttpResponse:
    """Make a version the new draft. A draft that is there already stays, and is named."""
    origin = _version(request, code, number)
    try:
        versions.draft_of(origin.procedure, origin=origin, by=request.user, at=timezone.now())
    except versions.DraftExists as refused:
        text = _("There is a draft already, number %(n)s. Publish it or throw it away first.")
        messages.error(request, text % {"n": refused.draft.number})
        return redirect("studio:procedure", code)
    messages.success(request, _("The new draft begins as version %(n)s was.") % {"n": number})
    return redirect("studio:edit", code)


@editor
@require_safe
def export(request: EditorRequest, code: str, number: int) -> HttpResponse:
    """The version as a bundle, to keep, to compare or to import elsewhere."""
    version = _version(request, code, number)
    response = HttpResponse(bundles.export(version), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-v{number}.yaml"'
    return response


@editor
@require_safe
def compare(request: EditorRequest, code: str, old: int, new: int) -> HttpResponse:
    """What differs between two versions, in words, section by section."""
    if wanted := _chosen(request):
        return redirect("studio:compare", code, *wanted)
    found = procedure_or_404(request, code)
    both = {v.number: v for v in found.versions.filter(Q(number=old) | Q(number=new))}
    before, after = (_of(both, number) for number in (old, new))
    differences = diffing.differences(before.definition, after.definition)
    context = {
        "procedure": found,
        "before": before,
        "after": after,
        "sections": comparing.sections(differences),
        "total": len(differences),
        "numbers": list(found.versions.order_by("-number").values_list("number", flat=True)),
        "name": {"vi": after.name_vi, "en": after.name_en},
        "language": get_language() or "vi",
    }
    return render(request, "studio/compare.html", context)


def _chosen(request: EditorRequest) -> tuple[int, int] | None:
    """Two other versions that were chosen on the page."""
    old, new = request.GET.get("cu", ""), request.GET.get("moi", "")
    return (int(old), int(new)) if old.isdecimal() and new.isdecimal() and len(old + new) < 9 else None


def _version(request: EditorRequest, code: str, number: int) -> ProcedureVersion:
    own = procedure_or_404(request, code)
    return get_object_or_404(own.versions.select_related("procedure"), number=number)


def _of(both: dict[int, ProcedureVersion], number: int) -> ProcedureVersion:
    if number not in both:
        raise Http404("no such version")
    return both[number]
