"""The window's pages: one's till, taking cash for a charge, handing back, counting and closing."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments import desk, handover, ledger, providers, refunds, scopes, slips, things
from payments.models import Charge, Refund, Taking, Till
from payments.providers import ProviderDown, ProviderRefused
from portal import words
from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.accounts.forms import PlainForm
from portal.accounts.models import Agency, Role, User
from portal.documents import serving

REQUIRED = {
    "required": gettext_lazy("Answer this question."),
    "invalid": gettext_lazy("Write a number of đồng."),
}


class DongField(forms.IntegerField):
    """đồng as people write them: 50000, 50.000, 50 000."""

    def __init__(self, **more: object) -> None:
        super().__init__(min_value=0, max_value=2_000_000_000, error_messages=REQUIRED, **more)  # type: ignore[arg-type]
        self.widget = forms.TextInput(attrs={"class": "in", "inputmode": "numeric", "autocomplete": "off"})

    def prepare_value(self, value: object) -> object:
        return words.count(value) if isinstance(value, int) else value

    def to_python(self, value: object) -> int | None:
        plain = "".join(str(value or "").replace("đ", "").replace(".", "").replace(",", "").split())
        return super().to_python(plain)


class OpenForm(PlainForm):
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label=gettext_lazy("Agency"), empty_label=None, error_messages=REQUIRED
    )
    window = forms.CharField(label=gettext_lazy("Window"), max_length=30, error_messages=REQUIRED)
    float_amount = DongField(label=gettext_lazy("Change money in the till, đồng"), initial=0)


class TakeForm(PlainForm):
    given = DongField(label=gettext_lazy("Given by the payer, đồng"))


class NoteForm(PlainForm):
    note = forms.CharField(label=gettext_lazy("Reason"), max_length=200, error_messages=REQUIRED)


class CloseForm(PlainForm):
    """The count, by notes or as one sum; who takes the cash over; why it differs."""

    counted = DongField(
        label=gettext_lazy("Counted in all, đồng"),
        required=False,
        help_text=gettext_lazy("Leave it empty when you count the notes below."),
    )
    handed_to = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=gettext_lazy("Handed over to"),
        empty_label=None,
        error_messages=REQUIRED,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it differs"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Only when what was counted is not what was expected."),
    )

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        for note in desk.NOTES:
            self.fields[f"n{note}"] = forms.IntegerField(
                label=words.money(note), min_value=0, max_value=100_000, required=False
            )

    @property
    def notes(self) -> list[forms.BoundField]:
        return [self[f"n{note}"] for note in desk.NOTES]

    def denominations(self) -> dict[int, int]:
        return {note: self.cleaned_data.get(f"n{note}") or 0 for note in desk.NOTES}

    def clean(self) -> dict[str, object]:
        found = super().clean() or {}
        by_notes = sum(note * number for note, number in self.denominations().items())
        counted = found.get("counted")
        if counted is None and not by_notes and "counted" not in self.errors:
            self.add_error("counted", _("Write what you counted, or how many notes of each kind."))
        elif counted is not None and by_notes and counted != by_notes:
            self.add_error("counted", _("The notes add up to %(sum)s.") % {"sum": words.money(by_notes)})
        found["counted"] = by_notes if counted is None else counted
        return found


cashier = access.staff(Role.RECEIVER)
till_staff = access.staff(Role.RECEIVER, Role.ACCOUNTANT)


@cashier
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: StaffRequest) -> HttpResponse:
    """One's open till; without one, the form that opens it."""
    now = timezone.now()
    if till := desk.current(request.user):
        return redirect(till)
    offered = scopes.agencies(request.user, Role.RECEIVER, now)
    form = OpenForm(request.POST or None)
    form.fields["agency"].queryset = offered  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(desk.open_till(**form.cleaned_data, by=request.user, at=now))
        except ValidationError as refused:
            form.add_error("window", refused.messages[0])
    last = scopes.tills(request.user, now).filter(cashier=request.user).order_by("-pk")[:10]
    page = {"form": form, "tills": list(last)}
    return render(request, "payments/desk/open.html", page, status=422 if form.errors else 200)


@till_staff
@never_cache
@require_safe
def till(request: StaffRequest, pk: int) -> HttpResponse:
    """A till's day: what was taken and handed back; closed, the count and the slip."""
    found = _till(request, pk)
    takings = found.takings.select_related("payment__charge__payer").prefetch_related(
        "payment__refunds", "payment__receipts"
    )
    rows = list(takings.order_by("-pk")[:500])
    page = {
        "till": found,
        "takings": rows,
        "codes": things.told(row.payment.charge.reference for row in rows),
        "expected": found.expected if found.closed_at else desk.expected(found),
        "taken": sum(row.payment.amount for row in rows),
        "mine": found.cashier_id == request.user.pk,
        "stale": not found.closed_at and desk.is_stale(found, timezone.now()),
        "waiting": desk.waiting(found),
    }
    return render(request, "payments/desk/till.html", page)


@cashier
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """Count the till and hand its cash over."""
    now = timezone.now()
    found = get_object_or_404(scopes.tills(request.user, now), pk=pk, cashier=request.user)
    if found.closed_at:
        return redirect(found)
    form = CloseForm(request.POST or None)
    keepers = scopes.keepers(found.agency, now)
    form.fields["handed_to"].queryset = User.objects.filter(  # type: ignore[attr-defined]
        pk__in=[user.pk for user in keepers]
    )
    form.fields["handed_to"].label_from_instance = lambda user: user.full_name  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid() and _close(form, found):
        messages.success(request, _("Closed and handed over. The slip can be printed."))
        return redirect(found)
    page = {"form": form, "till": found, "expected": desk.expected(found), "waiting": desk.waiting(found)}
    return render(request, "payments/desk/close.html", page, status=422 if form.errors else 200)


def _close(form: CloseForm, found: Till) -> bool:
    given = form.cleaned_data
    try:
        desk.close(
            found,
            counted=given["counted"],
            handed_to=given["handed_to"],
            reason=given["reason"],
            denominations=form.denominations(),
            at=timezone.now(),
        )
    except desk.TillClosed:
        return True
    except desk.NoReason:
        form.add_error("reason", _("What you counted is not what was expected: say why."))
    except ValidationError:
        form.add_error("counted", _("Less than the change money: count again, or open the till with less."))
    return not form.errors


@till_staff
@require_safe
def slip(request: StaffRequest, pk: int) -> HttpResponse:
    """The hand-over slip of a closed till, sealed where the agency has a seal."""
    found = get_object_or_404(scopes.tills(request.user, timezone.now()), pk=pk, closed_at__isnull=False)
    name = f"ban-giao-tien-mat-{found.day:%Y%m%d}-{found.pk}.pdf"
    return serving.respond(
        handover.pdf(found, at=timezone.now()), name=name, content_type="application/pdf", shown=True
    )


def _charge(request: StaffRequest, uuid: UUID) -> Charge:
    """One of an agency where the reader takes money."""
    own = scopes.charges(request.user, Role.RECEIVER, timezone.now()).select_related("payer", "agency")
    return get_object_or_404(own, uuid=uuid)


@cashier
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: StaffRequest, charge: UUID) -> HttpResponse:
    """What is due, what was given; then the change."""
    found = _charge(request, charge)
    mine = desk.current(request.user)
    form = TakeForm(request.POST or None, initial={"given": found.amount})
    if (
        request.method == "POST"
        and mine
        and form.is_valid()
        and (taking := _take(request, form, found, mine))
    ):
        change = words.money(taking.change) if taking.change else _("none")
        messages.success(request, _("Taken. Change to hand back: %(sum)s.") % {"sum": change})
        return redirect(mine)
    page = {
        "charge": Charge.objects.get(pk=found.pk),
        "payer": found.payer,
        "thing": things.told([found.reference]).get(found.reference),
        "lines": found.lines.order_by("id"),
        "form": form,
        "till": mine,
        "stale": mine and desk.is_stale(mine, timezone.now()),
    }
    return render(request, "payments/desk/take.html", page, status=422 if form.errors else 200)


def _take(request: StaffRequest, form: TakeForm, charge: Charge, mine: Till) -> Taking | None:
    refusals: dict[type[Exception], str] = {
        desk.TooLittle: _("Less than is owed."),
        desk.TillClosed: _("The till is closed, or was opened on another day: count it first."),
        ledger.AlreadyPaid: _("It has just been paid. Take nothing, or hand the money back."),
        ledger.InProgress: _("The payer has paid online, the bank is still at it. Take nothing."),
        ledger.UnderReview: _("An earlier payment is being looked into. Take nothing until that is done."),
        ledger.Cancelled: _("Nothing is owed any more. Take nothing."),
        ProviderDown: _("The payment server does not answer: an online payment may be open. Try again soon."),
    }
    try:
        return desk.take(
            charge, given=form.cleaned_data["given"], till=mine, by=request.user, at=timezone.now()
        )
    except tuple(refusals) as refused:
        form.add_error("given", refusals[type(refused)])
    return None


@cashier
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_slip(request: StaffRequest, charge: UUID) -> HttpResponse:
    """The slip for who would rather transfer: POST opens the transfer that its code is for, then it is shown."""
    found = _charge(request, charge)
    if request.method == "POST" and _open_transfer(request, found):
        return redirect("cash:request_slip", found.uuid)
    if request.method == "POST" or not found.is_payable:
        return redirect("cash:take", found.uuid)
    content = slips.pdf(found, at=timezone.now())
    return serving.respond(content, name=slips.name(found), content_type="application/pdf", shown=True)


def _open_transfer(request: StaffRequest, charge: Charge) -> bool:
    """Whether the slip can be drawn now: with its code, or where no bank account takes transfers without one."""
    if slips.WAY not in dict(providers.offered(charge)):
        return charge.is_payable
    try:
        ledger.start(charge, provider=slips.WAY, by=request.user, at=timezone.now())
    except (ledger.NotPayable, ProviderRefused):
        messages.error(request, _("Nothing can be asked for now: look at how the fee stands."))
        return False
    except ProviderDown:
        messages.error(request, _("The payment server does not answer: try again in a minute."))
        return False
    return True


@cashier
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reverse_taking(request: StaffRequest, pk: int) -> HttpResponse:
    """Taken by mistake: say why; a colleague decides."""
    own = Taking.objects.filter(
        till__in=scopes.tills(request.user, timezone.now()), till__cashier=request.user
    )
    taking = get_object_or_404(own.select_related("till", "payment__charge"), pk=pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            desk.ask_reversal(taking, note=form.cleaned_data["note"], by=request.user, at=timezone.now())
        except desk.NotSameDay:
            messages.error(request, _("The day is over: the accountant pays it back."))
        except (refunds.RefundExceeds, ValueError):
            messages.error(request, _("It goes back already."))
        else:
            messages.success(request, _("Asked for. The accountant decides; hand nothing back before."))
        return redirect(taking.till)
    page = {"form": form, "taking": taking}
    return render(request, "payments/desk/reverse.html", page, status=422 if form.errors else 200)


@till_staff
@require_POST
def pay_out(request: StaffRequest, pk: int) -> HttpResponse:
    """Cash was handed to the payer: out of one's till, or by the accountant out of the safe."""
    now = timezone.now()
    mine = desk.current(request.user)
    found = get_object_or_404(_payable(request), pk=pk)
    agency = mine.agency if mine else found.payment.charge.agency
    roles = access.roles(request.user, agency, now) if agency else frozenset()
    try:
        if agency is None or not (mine or Role.ACCOUNTANT in roles):
            raise desk.TillClosed
        desk.pay_out(found, till=mine, agency=agency, by=request.user, at=now)
    except desk.TillClosed:
        messages.error(request, _("Open your till of today first."))
    except desk.TooLittle:
        messages.error(request, _("The till does not hold as much."))
    except refunds.NotDecidable:
        messages.error(request, _("This refund does not wait for cash."))
    else:
        messages.success(request, _("Written: the money is back with the payer."))
    return redirect(mine) if mine else redirect("finance:refunds")


def _payable(request: StaffRequest) -> QuerySet[Refund]:
    now = timezone.now()
    field = "payment__charge__agency__path"
    own = scopes.within(request.user, Role.RECEIVER, now, field) | scopes.within(
        request.user, Role.ACCOUNTANT, now, field
    )
    return Refund.objects.filter(own, payment__provider=desk.PROVIDER).select_related(
        "payment__charge__agency"
    )


def _till(request: StaffRequest, pk: int) -> Till:
    return get_object_or_404(scopes.tills(request.user, timezone.now()), pk=pk)
