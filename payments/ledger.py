"""The cash desk's verbs for the rooms above: open a charge, start paying it, cancel it, pay it back.

Locks are taken in one order everywhere: charge, then dossier, then receipt series. A verb above that changes
a dossier and its charge in one transaction calls `lock` first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from payments import journal, providers, reconciliation, refunds, settlement, signals
from payments.lines import FeeLineLike, Texts, texts, write
from payments.models import (
    ACTIVE,
    SETTLED,
    Charge,
    ChargeStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
)
from payments.providers import ProviderDown, ProviderRefused
from portal.words import fold

if TYPE_CHECKING:
    from portal.accounts.models import Agency, User

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


def for_reference(reference: str) -> Charge | None:
    """The charge that the thing is about now: the one that takes money, else the latest."""
    found = list(charges(reference))
    return next((charge for charge in found if charge.is_payable), found[-1] if found else None)


def charges(reference: str) -> QuerySet[Charge]:
    """Everything that was ever asked for the thing, in the order in which it was."""
    return Charge.objects.filter(reference=reference).order_by("id")


def lock(reference: str) -> list[Charge]:
    """The charges of the thing, locked until the transaction ends. Call it before the dossier is locked."""
    return list(charges(reference).select_for_update(of=("self",)))


def open_charge(
    *,
    reference: str,
    description: Texts,
    lines: Sequence[FeeLineLike],
    payer: User,
    return_path: str,
    at: datetime,
    agency: Agency | None = None,
    purpose: str = "submit",
    topic: str = "",
) -> Charge:
    """Write the charge and its lines, and book them. A second call for the purpose returns the first one's charge.

    Raises NothingToPay when the lines sum up to 0, ChargeDiffers when the purpose is taken by another sum.
    """
    amount = sum(line.amount for line in lines)
    if amount <= 0:
        raise NothingToPay(reference)
    with transaction.atomic():
        charge, is_new = Charge.objects.get_or_create(
            reference=reference,
            purpose=purpose,
            defaults={
                "agency": agency,
                "topic": topic,
                "description": texts(description),
                "payer": payer,
                "payer_plain": fold(payer.full_name),
                "amount": amount,
                "return_path": return_path,
                "opened_at": at,
            },
        )
        if is_new:
            write(charge, lines)
            journal.owed(charge, at=at)
        elif (charge.amount, charge.payer_id) != (amount, payer.pk):
            raise ChargeDiffers(reference)
    return charge


def start(charge: Charge, *, provider: str, by: User, at: datetime) -> Payment:
    """The payment to send the payer to, OPEN and with its `url`; the same one for every tab and double click.

    In order: the attempt's row with all its parameters (committed), the provider's call, the answer's row.
    An attempt that is there already is looked at first, since it may have been paid in another tab.
    Raises NotPayable (a subclass says why), ProviderDown (nothing was taken; the next try is the same
    attempt), ProviderRefused (the provider will not take this sum). Never inside a transaction.
    """
    for _ in range(TRIES):
        payment = _attempt(charge, provider, by, at)
        if payment.provider != provider:  # the payer has changed their mind about the way
            reconciliation.close(payment, at=at)
            continue
        bring_up = reconciliation.check if payment.provider_id else _open
        payment = bring_up(payment, at=at)
        if payment.status == PaymentStatus.OPEN and payment.is_wanted:
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
    if charge.status in (ChargeStatus.CANCELLED, ChargeStatus.WAIVED):
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


def take(
    charge: Charge,
    *,
    provider: str,
    place: str,
    by: User,
    at: datetime,
    beside: Callable[[Payment], object] | None = None,
) -> Payment:
    """Money that lies on the table (cash, a transfer seen on the bank's statement) pays the charge, whole.

    In order: open attempts are closed at their provider (never inside a transaction), then one transaction
    writes the payment, calls `beside` with it (a row of the caller's; what it raises undoes all) and settles.
    `place`: where the money lies (`till:…`, `bank:…`). Raises NotPayable (a subclass says why): what was paid
    a moment ago is not taken again. Raises ProviderDown: ask again.
    """
    for attempt in charge.payments.filter(status__in=ACTIVE).select_related("charge"):
        reconciliation.close(attempt, at=at)
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
        _refuse_unpayable(charge)
        if charge.payments.filter(status__in=ACTIVE).exists():
            raise InProgress
        number = (charge.payments.aggregate(last=Max("attempt"))["last"] or 0) + 1
        payment = Payment.objects.create(
            charge=charge,
            provider=provider,
            attempt=number,
            status=PaymentStatus.OPEN,
            amount=charge.amount,
            parameters={},
            idempotency_key=f"charge:{charge.pk}:attempt:{number}",
            place=place,
            started_by=by,
            created_at=at,
            expires_at=at,
            next_check_at=None,
        )
        if beside:
            beside(payment)
        return settlement.settle(charge, payment, at=at)


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
        _nothing_owed(charge, at)
    return charge


def _nothing_owed(charge: Charge, at: datetime) -> None:
    journal.owed(charge, at=at)
    settlement.close_others(charge, at=at)


@transaction.atomic
def waive(charge: Charge, *, basis: str, by: User, at: datetime) -> Charge:
    """An officer finds that the payer is exempt, by `basis` (the article). Nothing is owed, and the thing goes on.

    In order: the charge, the books, open attempts closed by a worker, the signal (charge_waived). Money that
    comes in all the same goes back by itself. Raises NotPayable for a charge that takes no money any more.
    """
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    if charge.status in SETTLED:
        raise AlreadyPaid
    if not charge.is_payable:
        raise Cancelled
    charge.status, charge.waived_at, charge.waived_by = ChargeStatus.WAIVED, at, by
    charge.waiver_basis = basis[:300]
    charge.save(update_fields=["status", "waived_at", "waived_by", "waiver_basis"])
    _nothing_owed(charge, at)
    signals.charge_waived.send(Charge, charge=charge, at=at)
    return charge


@transaction.atomic
def requote(charge: Charge, lines: Sequence[FeeLineLike], *, at: datetime) -> Charge:
    """Another fee for a charge that nobody has paid: its lines are replaced, the old sum's attempts are closed.

    An attempt that is paid all the same brought another sum than is owed: it goes back by itself, since what
    is owed now is asked for anew. Raises NotPayable when money is on its way or there, NothingToPay for 0.
    """
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    _refuse_unpayable(charge)
    amount = sum(line.amount for line in lines)
    if amount <= 0:
        raise NothingToPay(charge.reference)
    charge.lines.all().delete()
    write(charge, lines)
    if amount != charge.amount:
        charge.amount = amount
        charge.save(update_fields=["amount"])
        settlement.close_others(charge, at=at)
    journal.owed(charge, at=at)
    return charge


def _refund_rest(charge: Charge, reason: str, at: datetime) -> None:
    payment = _settling(charge)
    if rest := refunds.left(payment):
        refunds.ask(charge, payment, amount=rest, reason=RefundReason.RULE, by=None, at=at, note=reason)


@transaction.atomic
def refund(
    charge: Charge,
    *,
    by: User | None,
    at: datetime,
    amount: int | None = None,
    note: str = "",
    reason: RefundReason = RefundReason.REQUESTED,
) -> Refund:
    """Promise money of a settled charge back: all that was paid, or `amount` đồng of it.

    Raises NotPaid, and RefundExceeds (from `refunds`) for more than is left: of two officers at once, one wins.
    """
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    payment = _settling(charge)
    amount = payment.amount if amount is None else amount
    return refunds.ask(charge, payment, amount=amount, reason=reason, by=by, at=at, note=note)


@transaction.atomic
def give_back(charge: Charge, amount: int, *, reason: RefundReason, at: datetime, note: str = "") -> int:
    """Promise up to `amount` đồng of a settled charge back, without anybody asking. Returns how much it was."""
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    if charge.status != ChargeStatus.PAID:
        return 0
    payment = _settling(charge)
    if part := min(amount, refunds.left(payment)):
        refunds.ask(charge, payment, amount=part, reason=reason, by=None, at=at, note=note)
    return part


def _settling(charge: Charge) -> Payment:
    """The payment that settled the charge. Raises NotPaid."""
    payment = charge.payments.filter(status=PaymentStatus.SUCCEEDED, surplus=False).first()
    if not payment:
        raise NotPaid
    return payment
