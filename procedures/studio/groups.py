"""Groups of fields that forms copy: the list, one group with its versions, and a group made out of a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from procedures.definitions import field_groups
from procedures.definitions.models import FieldGroup, Procedure, ProcedureVersion, VersionState
from procedures.eforms import conditions, subjects
from procedures.studio import kinds, outline, places
from procedures.studio.access import EditorRequest, draft_or_404, editor


@dataclass(frozen=True, slots=True)
class Shown:
    """A field of a group as people read it."""

    label: str
    english: str
    key: str
    kind: Any
    icon: str
    when: str
    answers: str


@editor
@require_safe
def index(request: EditorRequest) -> HttpResponse:
    """Every group, the newest version of each."""
    rows = [(group, _labels(group)) for group in field_groups.newest()]
    return render(request, "studio/groups.html", {"rows": rows})


def _labels(group: FieldGroup) -> str:
    found = subjects.maps({"fields": group.fields}, "fields")
    return ", ".join(str(subjects.text(field.get("label"), field.get("key"))) for field in found)


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: EditorRequest, key: str) -> HttpResponse:
    """One version (`?ban=`, else the newest) with what it asks, its history and its uses; a POST renames it."""
    versions = list(FieldGroup.objects.filter(key=key).select_related("created_by").order_by("-number"))
    wanted = request.GET.get("ban") or str(versions[0].number if versions else "")
    found = next((each for each in versions if str(each.number) == wanted), None)
    if found is None:
        raise Http404("no such group")
    name = {language: " ".join(request.POST.get(language, "").split()) for language in ("vi", "en")}
    error = ""
    if request.method == "POST":
        try:
            field_groups.rename(key, {language: text[:160] for language, text in name.items()})
        except field_groups.Refused as refused:
            error = str(refused)
        else:
            messages.success(request, _("The name is saved."))
            return redirect("studio:group", key)
    page = {
        "group": found,
        "versions": versions,
        "fields": list(_shown(found)),
        "uses": field_groups.uses(key),
        "error": error,
    }
    return render(request, "studio/group.html", page, status=422 if error else 200)


def _shown(found: FieldGroup) -> Iterator[Shown]:
    known = subjects.of_definition({"form": {"steps": [{"fields": found.fields}]}})
    for field in subjects.maps({"fields": found.fields}, "fields"):
        subject = subjects.of_field(field, None, subjects.standing_options)
        kind = kinds.of(subject.type)
        applies = field.get("applies")
        yield Shown(
            label=subject.label.vi,
            english=subject.label.en,
            key=subject.key,
            kind=kind.name,
            icon=kind.icon,
            when=conditions.words(applies, known, get_language() or "vi") if isinstance(applies, str) else "",
            answers=_answers(field, subject),
        )


def _answers(field: Mapping[str, Any], subject: subjects.Subject) -> str:
    if isinstance(field.get("list"), str):
        return _("from the list “%(name)s”") % {"name": field["list"]}
    labels = [option.label for option in subject.options] or [row.label for row in subject.rows]
    return ", ".join(map(str, labels))


# ── Out of a form ─────────────────────────────────────────────────────────────────────────────────


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: EditorRequest) -> HttpResponse:
    """Pick fields of a draft (`?thu-tuc=`): they become a group, or the next version of one (`?nhom=`)."""
    code = request.GET.get("thu-tuc", "")
    if not code:
        return _choose(request)
    draft = draft_or_404(request, code)
    if request.method == "POST":
        return _made(request, draft)
    return _pick(request, draft)


def _choose(request: EditorRequest) -> HttpResponse:
    """Out of which draft?"""
    own = Procedure.objects.of_admin(request.user, timezone.now())
    drafts = ProcedureVersion.objects.filter(procedure__in=own, state=VersionState.DRAFT)
    shown = drafts.select_related("procedure").defer("definition", "search_text").order_by("name_vi")
    page = {"drafts": shown[:200], "onto": request.GET.get("nhom", "")}
    return render(request, "studio/group_from.html", page)


def _pick(
    request: EditorRequest, draft: ProcedureVersion, *, problems: list[tuple[str, str]] | None = None
) -> HttpResponse:
    onto = request.POST.get("onto", request.GET.get("nhom", ""))
    page = {
        "draft": draft,
        "code": draft.procedure.code,
        "steps": outline.steps(draft.definition),
        "picked": request.POST.getlist("field"),
        "whole": request.GET.get("phan", "") if request.method != "POST" else "",
        "groups": field_groups.newest(),
        "onto": onto,
        "typed": request.POST,
        "errors": problems or [],
    }
    return render(request, "studio/group_new.html", page, status=422 if problems else 200)


def _made(request: EditorRequest, draft: ProcedureVersion) -> HttpResponse:
    picked = [places.find(draft.definition, place) for place in request.POST.getlist("field")[:200]]
    fields, lost = field_groups.out_of([field for field in picked if isinstance(field, Mapping)])
    if not fields:
        return _pick(request, draft, problems=[("fields", _("Tick at least one question."))])
    try:
        made = _published(request, fields)
    except field_groups.Refused as refused:
        return _pick(request, draft, problems=[("name", str(refused))])
    if lost:
        words = _("Saved. Rules about questions outside the group were left out: %(labels)s.")
        messages.warning(request, words % {"labels": ", ".join(lost)})
    else:
        messages.success(request, _("Saved as version %(n)s of the group.") % {"n": made.number})
    return redirect("studio:group", made.key)


def _published(request: EditorRequest, fields: field_groups.Fields) -> FieldGroup:
    """A new group, or another version of the one that was chosen, which keeps its name."""
    onto = next((each for each in field_groups.newest() if each.key == request.POST.get("onto")), None)
    name = {language: " ".join(request.POST.get(language, "").split())[:160] for language in ("vi", "en")}
    if onto:
        name = {"vi": onto.name_vi, "en": onto.name_en}
    return field_groups.publish(
        name, fields, key=onto.key if onto else "", by=request.user, at=timezone.now()
    )
