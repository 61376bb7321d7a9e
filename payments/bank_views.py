"""The accountant's pages for money that comes by transfer: statements, what could not be matched, the way back."""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from payments import ledger, scopes, statements, transfers
from payments.bank_accounts import read
from payments.models import BankAccount, BankTransfer, Charge, Payout, PayoutStatus, Statement, TransferStatus
from payments.providers import ProviderDown
from payments.transfers import Row
from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.accounts.models import User
from portal.sharing.paging import keyset

logger = logging.getLogger(__name__)

WAITING = (TransferStatus.NEW, *transfers.UNCLEAR)
SHOWN = 500  # rows of one statement


class UploadForm(forms.Form):
    use_required_attribute = False
    account = forms.ModelChoiceField(
        BankAccount.objects.none(), label=gettext_lazy("Account"), empty_label=None
    )
    file = forms.FileField(label=gettext_lazy("Statement file (CSV or XLSX)"))

    def __init__(self, *args: Any, accounts: QuerySet[BankAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = accounts
        for each in self.fields.values():
            each.widget.attrs["class"] = "in"

    def clean_file(self) -> statements.Read:
        file, account = self.cleaned_data["file"], self.cleaned_data.get("account")
        self.file_name = str(file.name)[:120]
        return read(file, account.columns if account else {})


def _accounts(request: StaffRequest) -> QuerySet[BankAccount]:
    return scopes.accounts(request.user, timezone.now())


def _transfers(request: StaffRequest) -> QuerySet[BankTransfer]:
    return scopes.transfers(request.user, timezone.now())


@access.staff(*scopes.KEEPERS)
@require_http_methods(["GET", "POST"])
def home(request: StaffRequest) -> HttpResponse:
    """What waits for a person (or all, `?tat-ca`); POST reads a statement file and shows what it would do."""
    form = UploadForm(
        request.POST or None, request.FILES or None, accounts=_accounts(request).filter(is_active=True)
    )
    if request.method == "POST" and form.is_valid():
        return redirect("bank:statement", _keep(request, form).pk)
    everything = "tat-ca" in request.GET
    rows = _transfers(request) if everything else _transfers(request).filter(status__in=WAITING)
    found, pages = keyset(rows, request, **({"tat-ca": "1"} if everything else {}))
    page = {"form": form, "rows": found, "everything": everything}
    return render(request, "payments/bank.html", page | pages, status=422 if form.errors else 200)


def _keep(request: StaffRequest, form: UploadForm) -> Statement:
    read: statements.Read = form.cleaned_data["file"]
    rows = [asdict(row) | {"booked_at": row.booked_at.isoformat()} for row in read.rows]
    if read.errors:
        messages.warning(
            request,
            _("Rows that could not be read: %(rows)s. Nothing of them is taken over.")
            % {"rows": ", ".join(f"{number} ({why})" for number, why in read.errors[:10])},
        )
    return Statement.objects.create(
        account=form.cleaned_data["account"],
        name=form.file_name,
        rows=rows,
        uploaded_by=request.user,
        uploaded_at=timezone.now(),
    )


@access.staff(*scopes.KEEPERS)
@require_http_methods(["GET", "POST"])
def statement(request: StaffRequest, statement: int) -> HttpResponse:
    """What the file holds and what is known of it already; POST takes it over. Twice does no harm."""
    found = get_object_or_404(Statement.objects.filter(account__in=_accounts(request)), pk=statement)
    if request.method == "POST":
        return _take_over(request, found)
    ids = [row["bank_id"] for row in found.rows]
    known = set(found.account.transfers.filter(bank_id__in=ids).values_list("bank_id", flat=True))
    rows = [
        row | {"known": row["bank_id"] in known, "at": datetime.fromisoformat(row["booked_at"])}
        for row in found.rows
    ]
    page = {"statement": found, "rows": rows[:SHOWN], "new": len(ids) - len(known)}
    return render(request, "payments/statement.html", page)


def _take_over(request: StaffRequest, found: Statement) -> HttpResponse:
    now, new, conflicts = timezone.now(), 0, []
    for row in found.rows:
        told = Row(**row | {"booked_at": datetime.fromisoformat(row["booked_at"])})
        try:
            new += transfers.record(found.account, told, source="statement", at=now)[1]
        except transfers.Conflict:
            conflicts.append(told.bank_id)
    Statement.objects.filter(pk=found.pk, imported_at=None).update(imported_at=now)
    messages.success(request, _("%(new)d new transfers were taken over.") % {"new": new})
    if conflicts:
        text = _("The bank uses these numbers again for other sums; ask the bank: %(ids)s")
        messages.error(request, text % {"ids": ", ".join(conflicts[:10])})
    return redirect("bank:home")


@access.staff(*scopes.KEEPERS)
@require_http_methods(["GET", "POST"])
def case(request: StaffRequest, transfer: int) -> HttpResponse:
    """One transfer: what the bank told, what was done, which fees it may be for; POST decides (`do`)."""
    found = get_object_or_404(_transfers(request), pk=transfer)
    if request.method == "POST":
        return _decide(request, found)
    is_open = found.status in transfers.OPEN_CASES
    steps = found.steps.select_related("by").order_by("id")
    proposed_by = next((step.by for step in reversed(steps) if step.status == TransferStatus.PROPOSED), None)
    page = {
        "transfer": found,
        "steps": steps,
        "candidates": [
            (charge, transfers.sum_with(found, charge))
            for charge in (transfers.candidates(found) if is_open else [])
        ],
        "is_open": is_open,
        "may_decide": found.status == TransferStatus.PROPOSED and proposed_by != request.user,
    }
    return render(request, "payments/transfer_case.html", page)


def _decide(request: StaffRequest, found: BankTransfer) -> HttpResponse:
    try:
        _do(request, found)
    except transfers.WrongSum as wrong:
        messages.error(request, _("The sum is %(sum)s đ: it does not fit this fee.") % {"sum": wrong.args[0]})
    except transfers.SecondPerson:
        messages.error(request, _("Another person than the one who proposed it has to decide."))
    except (transfers.NotOpen, ledger.NotPayable):
        messages.error(request, _("Meanwhile this was dealt with. Look at it again."))
    except ProviderDown:
        messages.error(request, _("The payment server does not answer. Try again in a few minutes."))
    return redirect("bank:case", found.pk)


def _do(request: StaffRequest, found: BankTransfer) -> None:
    now, do = timezone.now(), request.POST.get("do", "")
    match do.split(":"):
        case ["assign" | "keep" as verb, uuid]:
            charge = next((each for each in transfers.candidates(found) if str(each.uuid) == uuid), None)
            if charge is None:
                raise transfers.NotOpen
            _for(verb, found, charge, request.user, now)
        case ["return"]:
            transfers.give_back(found, by=request.user, at=now, note=request.POST.get("note", ""))
        case ["approve" | "reject" as word]:
            transfers.decide(found, by=request.user, approved=word == "approve", at=now)
        case _:
            raise Http404


def _for(verb: str, found: BankTransfer, charge: Charge, by: User, at: datetime) -> None:
    if verb == "assign":
        transfers.assign(found, charge, by=by, at=at)
    else:
        transfers.keep(found, charge, by=by, at=at)


@access.staff(*scopes.KEEPERS)
@require_http_methods(["GET", "POST"])
def payouts(request: StaffRequest) -> HttpResponse:
    """Money that goes back by the bank. POST: the list as a file (`order`), or what became of one order."""
    rows = Payout.objects.filter(account__in=_accounts(request)).select_related(
        "account", "transfer", "refund__payment__charge"
    )
    if request.method == "POST" and request.POST.get("do") == "order":
        return _list(transfers.order(rows))
    if request.method == "POST":
        _settle(request, rows)
        return redirect("bank:payouts")
    everything = "tat-ca" in request.GET
    shown = rows if everything else rows.exclude(status=PayoutStatus.DONE)
    found, pages = keyset(shown, request, **({"tat-ca": "1"} if everything else {}))
    waiting = rows.filter(status=PayoutStatus.WAITING)
    listed = waiting.exclude(number="").aggregate(number=Count("pk"), sum=Sum("amount"))
    page = {
        "rows": found,
        "everything": everything,
        "listed": listed,
        "lacking": waiting.filter(number="").count(),
    }
    return render(request, "payments/payouts.html", page | pages)


def _settle(request: StaffRequest, rows: QuerySet[Payout]) -> None:
    payout = get_object_or_404(rows, uuid=_uuid(request.POST.get("payout", "")))
    try:
        if number := "".join(request.POST.get("number", "").split())[:30]:
            rows.filter(pk=payout.pk, status=PayoutStatus.WAITING).update(number=number)
        else:
            done = request.POST.get("do") == "done"
            transfers.confirm(payout, done=done, by=request.user, at=timezone.now())
    except transfers.NotOpen:
        messages.error(request, _("Meanwhile this was dealt with. Look at it again."))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _list(rows: list[Payout]) -> HttpResponse:
    """A file for the bank: one order a row. A cell that a spreadsheet would compute is made plain text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["account", "to_number", "to_holder", "amount", "content"])
    for row in rows:
        holder = row.holder if row.holder[:1] not in "=+-@\t" else f"'{row.holder}"
        writer.writerow(
            [row.account.number, row.number, holder, row.amount, f"HOAN {row.uuid.hex[:12].upper()}"]
        )
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="hoan-tien.csv"'
    return response


@csrf_exempt
@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """A bank tells of one transfer: {"id", "bin", "account", "amount", "content", "time", "sender", "sender_account"}.

    The last two may be absent; `amount` is a whole number of đồng, `time` is ISO 8601 with its offset.
    Signed: X-Signature is the HMAC-SHA256 (hex) of "<X-Timestamp>.<body>". 400 for what proves nothing, 404 for
    an account that is not ours, 409 for a number used again for another sum, else 200, however often it comes.
    """
    now = timezone.now()
    stamp, signature = request.headers.get("X-Timestamp", ""), request.headers.get("X-Signature", "")
    if not transfers.verify(request.body, stamp, signature, at=now):
        logger.warning("A bank's message was refused")
        return HttpResponse(status=400)
    try:
        message = json.loads(request.body)
        account = BankAccount.objects.filter(
            bank_bin=str(message["bin"]), number=str(message["account"])
        ).first()
        row = _told_row(message)
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse(status=400)
    if account is None:
        return HttpResponse(status=404)
    try:
        transfers.record(account, row, source="callback", at=now)
    except transfers.Conflict:
        logger.error("A bank uses a transaction number again for another sum")
        return HttpResponse(status=409)
    return HttpResponse()


def _told_row(message: dict[str, Any]) -> Row:
    booked, amount = datetime.fromisoformat(message["time"]), message["amount"]
    if booked.tzinfo is None or type(amount) is not int or not 0 < amount < 2**31 or not message["id"]:
        raise ValueError("a part is missing")
    return Row(
        bank_id=str(message["id"]),
        amount=amount,
        memo=str(message.get("content") or ""),
        booked_at=booked,
        sender=str(message.get("sender") or ""),
        sender_number=str(message.get("sender_account") or ""),
    )
