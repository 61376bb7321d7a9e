"""The system administrator's side: which systems of other agencies may ask, for what; and citizens' questions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import access
from portal.accounts.models import Role
from portal.documents.models import IssuedPaper
from portal.sharing import clients as register
from portal.sharing import objections, paging
from portal.sharing.forms import AnswerForm, ClientForm, ReasonForm, ScopeForm
from portal.sharing.models import Client, Objection, Scope

administrator = access.staff(Role.SYSTEM_ADMIN)


@administrator
@never_cache
@require_safe
def index(request: access.StaffRequest) -> HttpResponse:
    """Every client with its state, and how many questions of citizens wait. Two queries."""
    day = timezone.localdate()
    rows = [(client, client.state(day)) for client in Client.objects.order_by("name", "system")]
    waiting = Objection.objects.filter(answered_at=None).count()
    return render(request, "sharing/clients.html", {"rows": rows, "waiting": waiting})


@administrator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: access.StaffRequest) -> HttpResponse:
    """Register a client; its secret is shown on the page that answers, and never again."""
    form = ClientForm(
        request.POST if request.method == "POST" else None,
        initial={"active_from": timezone.localdate().strftime("%d/%m/%Y")},
    )
    if form.is_valid():
        try:
            client, secret = register.register(**form.cleaned_data, by=request.user, at=timezone.now())
        except register.Taken:
            form.add_error("system", _("This system of this agency is registered already."))
        else:
            return _secret(request, client, secret)
    return render(request, "sharing/client_form.html", {"form": form}, status=422 if form.errors else 200)


def _secret(request: access.StaffRequest, client: Client, secret: str) -> HttpResponse:
    response = render(request, "sharing/secret.html", {"client": client, "secret": secret})
    response["Cache-Control"] = "private, no-store"
    return response


def _find(pk: UUID) -> Client:
    return get_object_or_404(Client.objects.select_related("agency"), pk=pk)


@administrator
@never_cache
@require_safe
def client(request: access.StaffRequest, pk: UUID) -> HttpResponse:
    return _client(request, _find(pk))


def _client(request: access.StaffRequest, found: Client, **more: Any) -> HttpResponse:
    events, pages = paging.keyset(found.events.all(), request)
    context = {
        "client": found,
        "state": found.state(timezone.localdate()),
        "scopes": list(found.scopes.order_by("ended_at", "code")),
        "events": events,
        "last": found.askings.order_by("-at").first(),
        "form": ReasonForm(),
    }
    status = more.pop("status", 200)
    return render(request, "sharing/client.html", context | pages | more, status=status)


@administrator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: access.StaffRequest, pk: UUID) -> HttpResponse:
    found = _find(pk)
    names = ("name", "system", "contact", "per_minute")
    known = {name: getattr(found, name) for name in names} | {
        "agency": found.agency.code if found.agency else "",
        "active_from": f"{found.active_from:%d/%m/%Y}",
        "active_until": f"{found.active_until:%d/%m/%Y}" if found.active_until else "",
    }
    form = ClientForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        try:
            register.change(found, form.cleaned_data, by=request.user, at=timezone.now())
        except register.Taken:
            form.add_error("system", _("This system of this agency is registered already."))
        else:
            messages.success(request, _("Saved."))
            return redirect(found)
    context = {"form": form, "client": found}
    return render(request, "sharing/client_form.html", context, status=422 if form.errors else 200)


@administrator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: access.StaffRequest, pk: UUID) -> HttpResponse:
    """Asks first: the old secret is worth nothing at once."""
    found = _find(pk)
    if request.method != "POST":
        return render(request, "sharing/rotate.html", {"client": found})
    return _secret(request, found, register.rotate(found, by=request.user, at=timezone.now()))


@administrator
@require_POST
def suspend(request: access.StaffRequest, pk: UUID) -> HttpResponse:
    found, form = _find(pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _client(request, found, form=form, status=422)
    register.suspend(found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Suspended. It is not answered any more."))
    return redirect(found)


@administrator
@require_POST
def resume(request: access.StaffRequest, pk: UUID) -> HttpResponse:
    found = _find(pk)
    register.resume(found, by=request.user, at=timezone.now())
    messages.success(request, _("It may ask again."))
    return redirect(found)


@administrator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def allow(request: access.StaffRequest, pk: UUID) -> HttpResponse:
    """Register a purpose of the client."""
    found = _find(pk)
    form = ScopeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            register.allow(found, **form.values(), by=request.user, at=timezone.now())
        except register.Taken:
            form.add_error("code", _("A purpose with this code is in force. End that one first."))
        else:
            messages.success(request, _("The purpose is registered. The client may ask from now on."))
            return redirect(found)
    context = {"form": form, "client": found, "types": _types()}
    return render(request, "sharing/scope_form.html", context, status=422 if form.errors else 200)


def _types() -> list[dict[str, Any]]:
    """Each type of result that was issued here, its name, and which claims the last one had: names, no values."""
    last = IssuedPaper.objects.order_by("type_code", "-issued_at", "-pk")
    newest: dict[str, IssuedPaper] = {}
    for code in last.order_by("type_code").values_list("type_code", flat=True).distinct()[:60]:
        found = last.filter(type_code=code).first()
        if found:
            newest[code] = found
    return [
        {"code": code, "title": paper.title, "paths": list(_paths(paper.claims))}
        for code, paper in newest.items()
    ]


def _paths(claims: Any, before: str = "") -> Any:
    for key, value in claims.items():
        path = f"{before}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{path}.")
        else:
            yield path


@administrator
@require_POST
def end(request: access.StaffRequest, pk: UUID, scope_id: int) -> HttpResponse:
    scope = get_object_or_404(Scope.objects.select_related("client"), pk=scope_id, client_id=pk)
    register.end(scope, by=request.user, at=timezone.now())
    messages.success(request, _("Ended. Nothing is answered for this purpose any more."))
    return redirect(scope.client)


# ── Citizens' questions ───────────────────────────────────────────────────────────────────────────
answerer = access.staff(Role.SYSTEM_ADMIN, Role.LEADER)


@answerer
@never_cache
@require_safe
def questions(request: access.StaffRequest) -> HttpResponse:
    """What citizens asked about looks at their data; `?loc=cho` only those that wait."""
    wanted = request.GET.get("loc", "")
    rows = Objection.objects.answerable_by(request.user, timezone.now())
    rows = rows.select_related("access__paper", "look_up")
    if wanted == "cho":
        rows = rows.filter(answered_at=None)
    found, pages = paging.keyset(rows, request, loc=wanted if wanted == "cho" else "")
    return render(request, "sharing/questions.html", {"objections": found, "wanted": wanted} | pages)


@answerer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: access.StaffRequest, pk: int) -> HttpResponse:
    """404 for who may not answer it."""
    rows = Objection.objects.answerable_by(request.user, timezone.now())
    rows = rows.select_related("access__paper", "access__consent", "look_up", "answered_by")
    found = get_object_or_404(rows, pk=pk)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            objections.answer(found, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
        except objections.Already:
            messages.error(request, _("A colleague answered it before you."))
        else:
            messages.success(request, _("Answered. The citizen has a message."))
        return redirect("clients:objections")
    context = {"objection": found, "form": form}
    return render(request, "sharing/question.html", context, status=422 if form.errors else 200)
