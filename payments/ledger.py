"""The cash desk's verbs for the rooms above: open a charge, start paying it, cancel it, pay it back.

Locks are taken in one order everywhere: charge, then dossier, then receipt series. A verb above that changes
a dossier and its charge in one transaction calls `lock` first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import get_language

from payments import providers, reconciliation, refunds, settlement
from payments.models import (
    ACTIVE,
    SETTLED,
    Charge,
    ChargeStatus,
    FeeLine,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
)
from payments.providers import ProviderDown, ProviderRefused

if TYPE_CHECKING:
    from portal.accounts.models import User

TRIES = 3  # attempts that may turn out to be over while one is being started


class NothingToPay(ValueError):
    """A charge of nought is no charge: the dossier has no fee station."""


class ChargeDiffers(Exception):
    """The reference is taken by a charge of another amount or payer."""


class NotPayable(Exception):
    """The charge takes no money (now)."""


class AlreadyPaid(NotPayable):
    pass


class Cancelled(NotPayable):
    pass


class InProgress(NotPayable):
    """The payer has paid, the bank is still at it: a second payment would be one too many."""


class UnderReview(NotPayable):
    """A person has to look at an earlier payment first."""


class NotPaid(Exception):
    """There is no settled payment to pay back."""


class Bilingual(Protocol):
    @property
    def vi(self) -> str: ...
    @property
    def en(self) -> str: ...


Texts = Mapping[str, str] | Bilingual  # {"vi": …, "en": …}, or an object with these two


class FeeLineLike(Protocol):
    """What a charge's line must tell. Amounts in đồng; amount = quantity × unit_amount − reduction."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...  # FeeKind
    @property
    def label(self) -> Texts: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit_amount(self) -> int: ...
    @property
    def reduction(self) -> int: ...
    @property
    def reduction_basis(self) -> Texts | None: ...
    @property
    def amount(self) -> int: ...
    @property
    def basis(self) -> Texts | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A `FeeLineLike` for those who have none of their own."""

    key: str
    kind: str
    label: Texts
    quantity: int = 1
    unit_amount: int
    reduction: int = 0
    reduction_basis: Texts | None = None
    amount: int
    basis: Texts | None = None


def for_reference(reference: str) -> Charge | None:
    return Charge.objects.filter(reference=reference).first()


def lock(reference: str) -> Charge | None:
    """The charge, locked until the transaction ends. Call it before the dossier is locked."""
    return Charge.objects.select_for_update(of=("self",)).filter(reference=reference).first()


def open_charge(
    *,
    reference: str,
    description: Texts,
    lines: Sequence[FeeLineLike],
    payer: User,
    return_path: str,
    at: datetime,
) -> Charge:
    """Write the charge and its lines, frozen. A second call for the reference returns the first one's charge.

    Raises NothingToPay when the lines sum up to 0, ChargeDiffers when the reference is taken by another sum.
    """
    amount = sum(line.amount for line in lines)
    if amount <= 0:
        raise NothingToPay(reference)
    with transaction.atomic():
        charge, is_new = Charge.objects.get_or_create(
            reference=reference,
            defaults={
                "description": _texts(description),
                "payer": payer,
                "amount": amount,
                "return_path": return_path,
                "opened_at": at,
            },
        )
        if is_new:
            FeeLine.objects.bulk_create([_fee_line(charge, line) for line in lines])
        elif (charge.amount, charge.payer_id) != (amount, payer.pk):
            raise ChargeDiffers(reference)
    return charge


def _fee_line(charge: Charge, line: FeeLineLike) -> FeeLine:
    return FeeLine(
        charge=charge,
        key=line.key,
        kind=line.kind,
        label=_texts(line.label),
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        reduction=line.reduction,
        reduction_basis=_texts(line.reduction_basis),
        amount=line.amount,
        basis=_texts(line.basis),
    )


def _texts(words: Texts | None) -> dict[str, str]:
    if words is None:
        return {}
    return dict(words) if isinstance(words, Mapping) else {"vi": words.vi, "en": words.en}


def start(charge: Charge, *, provider: str, by: User, at: datetime) -> Payment:
    """The payment to send the payer to, OPEN and with its `url`; the same one for every tab and double click.

    In order: the attempt's row with all its parameters (committed), the provider's call, the answer's row.
    An attempt that is there already is looked at first, since it may have been paid in another tab.
    Raises NotPayable (a subclass says why), ProviderDown (nothing was taken; the next try is the same
    attempt), ProviderRefused (the provider will not take this sum). Never inside a transaction.
    """
    for _ in range(TRIES):
        payment = _attempt(charge, provider, by, at)
        bring_up = reconciliation.check if payment.provider_id else _open
        payment = bring_up(payment, at=at)
        if payment.status == PaymentStatus.OPEN and payment.charge.is_payable:
            return payment
    raise ProviderDown("no attempt stays open")


@transaction.atomic(durable=True)
def _attempt(charge: Charge, provider: str, by: User, at: datetime) -> Payment:
    """The active attempt of the charge, or a new one: under the lock, so that there is never a second."""
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    _refuse_unpayable(charge)
    payment = charge.payments.filter(status__in=ACTIVE).first() or _new_attempt(charge, provider, by, at)
    payment.charge = charge
    return payment


def _refuse_unpayable(charge: Charge) -> None:
    if charge.status in SETTLED:
        raise AlreadyPaid
    if charge.status == ChargeStatus.CANCELLED:
        raise Cancelled
    if charge.status == ChargeStatus.PENDING:
        raise InProgress
    if charge.payments.filter(status=PaymentStatus.REVIEW).exists():
        raise UnderReview


def _new_attempt(charge: Charge, provider: str, by: User, at: datetime) -> Payment:
    attempt = (charge.payments.aggregate(last=Max("attempt"))["last"] or 0) + 1
    payment = Payment(
        charge=charge,
        provider=provider,
        attempt=attempt,
        amount=charge.amount,
        idempotency_key=f"charge:{charge.pk}:attempt:{attempt}",
        started_by=by,
        created_at=at,
    )
    back_url = settings.PUBLIC_URL + reverse("payments:back", args=[charge.uuid])
    language = "en" if get_language() == "en" else "vi"
    plan = providers.get(provider).plan(payment, back_url=back_url, language=language, at=at)
    payment.parameters = plan.parameters
    payment.expires_at = payment.next_check_at = plan.expires_at
    payment.save()
    return payment


def _open(payment: Payment, *, at: datetime) -> Payment:
    """Tell the provider, and write down where it wants the payer."""
    try:
        opened = providers.get(payment.provider).start(payment)
    except ProviderDown:
        # It said nothing to us, but the other tab may have had its answer.
        fresh = Payment.objects.select_related("charge").get(pk=payment.pk)
        if fresh.status == PaymentStatus.OPEN:
            return fresh
        raise
    except ProviderRefused as refusal:
        settlement.fail(payment, note=refusal.code, at=at)
        if payment.created_at < at:
            return payment  # begun long ago: its time may be over; a new attempt will tell
        raise
    return settlement.opened(payment, opened, at=at)


@transaction.atomic
def cancel(charge: Charge, *, reason: str, at: datetime) -> Charge:
    """Nothing is owed any more (the dossier was withdrawn, or refused). Cancelling twice is cancelling once.

    Not paid: the charge is CANCELLED, open attempts are closed by a worker, and money that comes in all the
    same goes back by itself. Paid already: all that is left of it goes back. Either way one refund at most.
    """
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    if charge.status == ChargeStatus.PAID:
        _refund_rest(charge, reason, at)
    elif charge.is_payable:
        charge.status = ChargeStatus.CANCELLED
        charge.cancelled_at = at
        charge.cancel_reason = reason[:200]
        charge.save(update_fields=["status", "cancelled_at", "cancel_reason"])
        settlement.close_others(charge, at=at)
    return charge


def _refund_rest(charge: Charge, reason: str, at: datetime) -> None:
    payment = _settling(charge)
    if rest := refunds.left(payment):
        refunds.ask(charge, payment, amount=rest, reason=RefundReason.REQUESTED, by=None, at=at, note=reason)


@transaction.atomic
def refund(
    charge: Charge, *, by: User | None, at: datetime, amount: int | None = None, note: str = ""
) -> Refund:
    """Promise money of a settled charge back: all that was paid, or `amount` đồng of it.

    Raises NotPaid, and RefundExceeds (from `refunds`) for more than is left: of two officers at once, one wins.
    """
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    payment = _settling(charge)
    amount = payment.amount if amount is None else amount
    return refunds.ask(charge, payment, amount=amount, reason=RefundReason.REQUESTED, by=by, at=at, note=note)


def _settling(charge: Charge) -> Payment:
    """The payment that settled the charge. Raises NotPaid."""
    payment = charge.payments.filter(status=PaymentStatus.SUCCEEDED, surplus=False).first()
    if not payment:
        raise NotPaid
    return payment
