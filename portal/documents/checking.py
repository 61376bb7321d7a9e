"""The public check page: is this paper real, and does it still hold? By the code printed on it, or by its file.

Open to everybody, so it tells little: initials and a year of birth, to be compared with the paper in hand. A file
that is sent is judged and forgotten. Programs get the same answer as JSON (`Accept: application/json` or
`?format=json`).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from portal import views as site
from portal import words
from portal.accounts import throttle
from portal.documents import papers, verification
from portal.documents.models import CODE_ALPHABET, IssuedPaper
from portal.documents.verification import Signed, Verdict

CODE_LENGTH = 12
BY_CODE = throttle.Limit("check-code", 120, 60)
BY_FILE = throttle.Limit("check-file", 20, 60)


class CodeForm(forms.Form):
    ma = forms.CharField(
        label=gettext_lazy("Code on the paper"),
        max_length=60,
        error_messages={"required": gettext_lazy("Type the code printed beside the QR on the paper.")},
    )

    def clean_ma(self) -> str:
        code = normal(self.cleaned_data["ma"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(
                _("The code has %(n)s letters and digits; it needs 12.") % {"n": len(code)}
            )
        if strange := "".join(sorted(set(code) - set(CODE_ALPHABET))):
            raise forms.ValidationError(
                _("The code never contains %(letters)s. Compare it with the paper again.")
                % {"letters": ", ".join(strange)}
            )
        return code


class FileForm(forms.Form):
    tep = forms.FileField(
        label=gettext_lazy("PDF file of the paper"),
        error_messages={
            "required": gettext_lazy("Choose the PDF file of the paper."),
            "empty": gettext_lazy("This file is empty. Choose another file."),
        },
    )

    def clean_tep(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["tep"]
        if (file.size or 0) > settings.UPLOAD_MAX_FILE:
            most = words.filesize(settings.UPLOAD_MAX_FILE)
            raise forms.ValidationError(
                _("This file is larger than %(most)s.") % {"most": most}, code="too_big"
            )
        if not file.read(5) == b"%PDF-":
            raise forms.ValidationError(_("This is not a PDF file. A photograph or scan cannot be checked."))
        file.seek(0)
        return file


def normal(code: str) -> str:
    """The code as the register keeps it, however it was typed: capitals, no spaces or dashes."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────
# No session and nothing changed: a program may post a file without a token.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@vary_on_headers("Accept")
def check(request: HttpRequest) -> HttpResponse:
    """The two forms; `?ma=` goes on to the code's page, a posted `tep` is judged at once."""
    if request.method == "POST":
        return _check_file(request)
    code = CodeForm(request.GET) if "ma" in request.GET else CodeForm()
    if code.is_bound and code.is_valid():
        return redirect("documents:check_code", code.cleaned_data["ma"])
    return _forms(request, code=code)


@require_safe
@never_cache
@vary_on_headers("Accept")
def check_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the register says of the code; the address inside every QR. 404 for a code it never gave."""
    try:
        throttle.count(BY_CODE, throttle.address(request), at=timezone.now())
    except throttle.TooMany as error:
        return too_many(request, error)
    now = timezone.now()
    verdict = verification.check_code(normal(code), at=now)
    if verdict.paper and request.method == "GET":
        papers.count_check(verdict.paper, at=now)
    return _answer(request, verdict)


def _check_file(request: HttpRequest) -> HttpResponse:
    try:
        throttle.count(BY_FILE, throttle.address(request), at=timezone.now())
    except throttle.TooMany as error:
        return too_many(request, error)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _forms(request, file=form)
    return _answer(request, verification.check_bytes(form.cleaned_data["tep"].read(), at=timezone.now()))


def _forms(
    request: HttpRequest, *, code: CodeForm | None = None, file: FileForm | None = None
) -> HttpResponse:
    form = next((one for one in (code, file) if one is not None and one.is_bound), CodeForm())
    status = 200
    if form.is_bound:
        status = 413 if form.has_error("tep", "too_big") else 422
    if wants_json(request) and form.is_bound:
        return JsonResponse(
            {"errors": {name: list(texts) for name, texts in form.errors.items()}}, status=status
        )
    context = {"form": form, "code_form": code or CodeForm(), "file_form": file or FileForm()}
    return render(request, "documents/check.html", context, status=status)


def _answer(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    status = 404 if verdict.integrity == "unseen" and verdict.paper is None else 200
    if wants_json(request):
        return JsonResponse(as_json(verdict), status=status)
    context = {
        "verdict": verdict,
        "look": LOOKS[verdict.outcome],
        "paper": verdict.paper,
        "holder": masked(verdict.paper) if verdict.paper else "",
        "chain": _chain(verdict),
        "seen": verdict.integrity != "unseen",
        "changes": [CHANGES[kind] for kind in verdict.changes],
        "signed": shown_signatures(verdict),
        "home": settings.PUBLIC_URL.partition("://")[2],
    }
    return render(request, "documents/check_code.html", context, status=status)


def _chain(verdict: Verdict) -> list[dict[str, Any]]:
    """The versions of the paper, oldest first; empty while there is but one."""
    paper = verdict.paper
    found = papers.chain(paper) if paper and verdict.outcome not in ("altered", "unknown") else []
    today = timezone.localdate(verdict.checked_at)
    return [
        {"paper": each, "state": each.state(today), "is_this": each.pk == paper.pk}
        for each in found
        if paper and len(found) > 1
    ]


# The tone of a verdict's head and its drawing: green holds, ochre no longer holds, red is not to be trusted.
LOOKS = {
    "valid": ("", "seal"),
    "expired": ("rep", "clock"),
    "suspended": ("rep", "pause"),
    "replaced": ("rep", "swap"),
    "revoked": ("bad", "s3"),
    "altered": ("bad", "broken"),
    "unknown": ("bad", "alert"),
}


def masked(paper: IssuedPaper) -> str:
    """`Nguyễn T. M., sinh năm 1996`."""
    name, year = papers.mask_name(paper.subject_name), papers.birth_year(paper)
    return _("%(name)s, born %(year)s") % {"name": name, "year": year} if year else name


# What came after signing (`inspection.KINDS`), in words.
CHANGES = {
    "annotation": gettext_lazy("notes on a page"),
    "attachment": gettext_lazy("attached files"),
    "catalogue": gettext_lazy("the document's settings"),
    "content": gettext_lazy("what a page shows"),
    "field": gettext_lazy("form and signature fields"),
    "font": gettext_lazy("fonts"),
    "layer": gettext_lazy("layers that can be hidden"),
    "metadata": gettext_lazy("the document's description"),
    "other": gettext_lazy("other parts"),
    "page": gettext_lazy("pages"),
    "pages": gettext_lazy("the order or number of pages"),
    "script": gettext_lazy("programs that run when the file is opened"),
    "signature": gettext_lazy("signatures"),
    "stamp": gettext_lazy("time stamps"),
}


def shown_signatures(verdict: Verdict) -> tuple[Signed, ...]:
    """Of signers who sign for our offices; what a stranger's certificate says is not repeated under our name."""
    return verdict.signed if verdict.issuer == "known" else ()


# ── Programs ──────────────────────────────────────────────────────────────────────────────────────
def wants_json(request: HttpRequest) -> bool:
    if "format" in request.GET:
        return request.GET["format"] == "json"
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict for programs: no more of the paper than the page shows."""
    return {
        "outcome": verdict.outcome,
        "integrity": verdict.integrity,
        "issuer": verdict.issuer,
        "status": verdict.status,
        "reasons": list(verdict.reasons),
        "checked_at": verdict.checked_at.isoformat(),
        "sha256": verdict.sha256 or None,
        "chain": [
            {"check_code": link["paper"].check_code, "number": link["paper"].number, "status": link["state"]}
            for link in _chain(verdict)
        ],
        "changes": list(verdict.changes),
        "signatures": [
            {
                "role": one.field,
                "name": one.name,
                "at": one.at.isoformat() if one.at else None,
                "time_from": one.source,
            }
            for one in shown_signatures(verdict)
        ],
        "paper": _paper_json(verdict.paper) if verdict.paper else None,
    }


def _paper_json(paper: IssuedPaper) -> dict[str, Any]:
    return {
        "check_code": paper.check_code,
        "type": paper.type_code,
        "title": paper.title,
        "number": paper.number,
        "issuer": paper.issuer_name,
        "signer": f"{paper.signer_name}, {paper.signer_position}".rstrip(", "),
        "subject": papers.mask_name(paper.subject_name),
        "issued_at": paper.issued_at.isoformat(),
        "valid_until": paper.valid_until.isoformat() if paper.valid_until else None,
        "status_at": paper.status_at.isoformat(),
        "status_reason": paper.status_reason,
        "replaced_by": paper.replaced_by.check_code if paper.replaced_by else None,
        "sha256": paper.document.sha256,
    }


def too_many(request: HttpRequest, error: throttle.TooMany) -> HttpResponse:
    response = JsonResponse({"errors": {}}, status=429) if wants_json(request) else site.too_many(request)
    response["Retry-After"] = str(error.minutes * 60)
    return response
