"""What all procedures share: code lists in versions. A new version is seen as differences before it is published."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts import access
from portal.accounts.models import Role
from procedures.definitions import code_lists, field_groups
from procedures.definitions.models import CodeList, CodeListVersion
from procedures.studio import tables
from procedures.studio.access import EditorRequest, editor

SHOWN = 500


def may_change(request: EditorRequest) -> bool:
    """Lists are the whole site's: who serves at its root changes them, everybody else looks them up."""
    return any(
        duty.role == Role.PROCEDURE_ADMIN and duty.agency.parent_id is None
        for duty in access.duties(request.user, timezone.now())
    )


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def code_list_index(request: EditorRequest) -> HttpResponse:
    """Every list with its newest version; a POST makes a new, empty one and opens it."""
    name = {language: " ".join(request.POST.get(language, "").split()) for language in ("vi", "en")}
    error = ""
    if request.method == "POST" and may_change(request):
        if name["vi"]:
            return redirect("studio:code_list_edit", _made(name).key)
        error = _("Enter a name, such as: Kinds of business.")
    newest = CodeListVersion.objects.filter(code_list=OuterRef("code_list")).order_by("-number")
    last = CodeListVersion.objects.filter(pk=Subquery(newest.values("pk")[:1])).select_related("created_by")
    versions = {version.code_list_id: version for version in last}
    page = {
        "rows": [(each, versions.get(each.pk)) for each in CodeList.objects.order_by("name_vi")],
        "may_change": may_change(request),
        "error": error,
        "typed": name,
    }
    return render(request, "studio/code_lists.html", page, status=422 if error else 200)


def _made(name: dict[str, str]) -> CodeList:
    key = field_groups.free_key(name["vi"], set(CodeList.objects.values_list("key", flat=True)), glue="_")
    return CodeList.objects.create(key=key, name_vi=name["vi"][:160], name_en=name["en"][:160])


@editor
@require_http_methods(["GET", "HEAD"])
def code_list(request: EditorRequest, key: str) -> HttpResponse:
    """One version of a list (`?ban=`, else the newest), its history, and where the list is used."""
    found = get_object_or_404(CodeList, key=key)
    versions = list(found.versions.select_related("created_by").order_by("-number"))
    wanted = request.GET.get("ban", "")
    version = next((each for each in versions if str(each.number) == wanted), None)
    if wanted and version is None:
        raise Http404("no such version")
    version = version or (versions[0] if versions else None)
    if request.GET.get("tai") == "csv" and version:
        return _download(found, version)
    page = {
        "list": found,
        "version": version,
        "options": version.options[:SHOWN] if version else [],
        "history": _history(versions),
        "uses": field_groups.mentioning(f'"list": "{key}"'),
        "may_change": may_change(request),
    }
    return render(request, "studio/code_list.html", page)


def _download(found: CodeList, version: CodeListVersion) -> HttpResponse:
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    content = "\ufeff" + tables.written(version.options)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.key}-{version.number}.csv"'
    return response


def _history(versions: list[CodeListVersion]) -> list[dict[str, Any]]:
    """Newest first, each with how much it changed."""
    before = [*versions[1:], None]
    return [
        {"version": version, "changes": _counts(old.options if old else [], version.options)}
        for version, old in zip(versions, before, strict=False)
    ]


def _counts(old: Any, new: Any) -> dict[str, int]:
    kinds = [each.kind for each in code_lists.differences(old, new)]
    return {kind: kinds.count(kind) for kind in ("added", "changed", "removed")}


# ── A new version ─────────────────────────────────────────────────────────────────────────────────


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def code_list_edit(request: EditorRequest, key: str) -> HttpResponse:
    """Rows typed, pasted or uploaded; then what they change; then, with the legal basis, the new version."""
    if not may_change(request):
        raise PermissionDenied
    found = get_object_or_404(CodeList, key=key)
    last = found.versions.order_by("-number").first()
    rows = list(last.options) if last else []
    if request.method != "POST":
        return _editing(request, found, last, rows)
    do = request.POST.get("do", "")
    try:
        given = _given(request)
        if do == "publish":
            return _publish(request, found, last, code_lists.clean(given))
        if do == "check":
            return _checked(request, found, last, code_lists.clean(given))
    except tables.Unreadable as unreadable:
        return _editing(
            request, found, last, rows, problems=[str(unreadable)], text=request.POST.get("csv", "")
        )
    except code_lists.InvalidOptions as invalid:
        reasons = [reason for _index, reason in invalid.problems[:20]]
        # What was pasted stands in the table now, to be corrected there; text would count before it.
        text = tables.written(given) if len(given) >= tables.MOST_TYPED else ""
        return _editing(request, found, last, given, problems=reasons, text=text)
    return _editing(request, found, last, given, extra=do == "add")


def _given(request: EditorRequest) -> tables.Rows:
    """A file before a text before the table."""
    if upload := request.FILES.get("file"):
        return tables.read(tables.uploaded(upload.read(tables.MOST_BYTES + 1)))
    if request.POST.get("csv", "").strip():
        return tables.read(request.POST["csv"])
    return tables.typed(request.POST)


def _editing(
    request: EditorRequest,
    found: CodeList,
    last: CodeListVersion | None,
    rows: tables.Rows,
    *,
    problems: list[str] | None = None,
    text: str = "",
    extra: bool = False,
) -> HttpResponse:
    blank = dict.fromkeys(tables.COLUMNS, "")
    page = {
        "list": found,
        "last": last,
        "rows": [*rows, *([blank] if extra or not rows else [])] if len(rows) < tables.MOST_TYPED else [],
        "is_long": len(rows) >= tables.MOST_TYPED,
        "problems": problems or [],
        "text": text,
        "extra": extra,
    }
    return render(request, "studio/code_list_edit.html", page, status=422 if problems else 200)


def _checked(
    request: EditorRequest,
    found: CodeList,
    last: CodeListVersion | None,
    options: tables.Rows,
    *,
    problems: list[str] | None = None,
) -> HttpResponse:
    page = {
        "list": found,
        "last": last,
        "differences": code_lists.differences(last.options if last else [], options),
        "is_moved": bool(last and last.options != options),
        "csv": tables.written(options),
        "count": len(options),
        "reason": request.POST.get("reason", ""),
        "problems": problems or [],
    }
    return render(request, "studio/code_list_check.html", page, status=422 if problems else 200)


def _publish(
    request: EditorRequest, found: CodeList, last: CodeListVersion | None, options: tables.Rows
) -> HttpResponse:
    """The list is as it was when the differences were shown, or they are shown again."""
    reason = request.POST.get("reason", "").strip()
    problems = []
    if request.POST.get("number", "") != str(last.number if last else 0):
        problems.append(_("Somebody published a version in the meantime. These are the differences to it."))
    elif last and not reason:
        problems.append(_("Enter the legal basis: which decision changes the list."))
    elif len(reason) > 300:
        problems.append(
            _("The legal basis has %(n)s characters, at most 300 are allowed.") % {"n": len(reason)}
        )
    if problems:
        return _checked(request, found, last, options, problems=problems)
    version = code_lists.publish(found.key, options, reason=reason, by=request.user, at=timezone.now())
    messages.success(request, _("Version %(n)s of the list is published.") % {"n": version.number})
    return redirect(reverse("studio:code_list", args=[found.key]))
