"""Cash at a window: open its till, take money, hand it back, count and close.

A cashier has one till at a time, a window one a day. All cash moves under the till's lock, taken after the
charge's, so that what is counted against the books at closing is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from payments import journal, ledger, refunds
from payments.journal import Move, Side
from payments.models import (
    Account,
    AccountKind,
    Cause,
    Charge,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
    Taking,
    Till,
)
from payments.providers import RefundSeen, RefundState

if TYPE_CHECKING:
    from portal.accounts.models import Agency, User

PROVIDER = "cash"
NOTES = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500)  # đồng in circulation


class TillClosed(Exception):
    """No open till of today: nothing is taken, nothing is handed out."""


class TooLittle(ValueError):
    """Less was given than is owed, or lies in the till."""


class NoReason(ValueError):
    """Counted and expected differ, and nobody says why."""


class NotSameDay(Exception):
    """A taking is reversed on its own day, while its till is open; afterwards the accountant pays it back."""


def current(cashier: User) -> Till | None:
    """The till that the cashier has open, of whatever day."""
    return Till.objects.filter(cashier=cashier, closed_at=None).select_related("agency").first()


def is_stale(till: Till, at: datetime) -> bool:
    """Left open since another day: it has to be counted before money is taken again."""
    return till.day != timezone.localdate(at)


def open_till(agency: Agency, *, window: str, float_amount: int = 0, by: User, at: datetime) -> Till:
    """Raises ValidationError with the constraint's own words: a till is open already, or was closed today."""
    till = Till(
        agency=agency,
        window=window.strip(),
        day=timezone.localdate(at),
        cashier=by,
        float_amount=float_amount,
        opened_at=at,
    )
    with transaction.atomic():
        till.full_clean()
        till.save()
    return till


def take(charge: Charge, *, given: int, till: Till, by: User, at: datetime) -> Taking:
    """Take what the charge is for out of `given` đồng. Never inside a transaction.

    In order: an open online attempt is closed at its provider; then in one transaction the payment, the till
    (locked), the books from payer to till, the receipt. Raises TooLittle, TillClosed, and what `ledger.take`
    raises: AlreadyPaid for what was paid a moment ago, UnderReview, InProgress, Cancelled, ProviderDown.
    """
    if given < charge.amount:
        raise TooLittle

    def write(payment: Payment) -> None:
        _open_today(till, by, at)
        if given < payment.amount:
            raise TooLittle  # the fee rose in the meantime
        Taking.objects.create(payment=payment, till=till, given=given, change=given - payment.amount)

    payment = ledger.take(charge, provider=PROVIDER, place=till.place, by=by, at=at, beside=write)
    return Taking.objects.get(payment=payment)


def _open_today(till: Till, cashier: User, at: datetime) -> Till:
    """The till, locked. Raises TillClosed unless it is open, of today and this cashier's."""
    found = Till.objects.select_for_update(of=("self",)).filter(pk=till.pk, cashier=cashier, closed_at=None)
    till_ = found.first()
    if not till_ or is_stale(till_, at):
        raise TillClosed
    return till_


# ── Back to the payer ─────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ask_reversal(taking: Taking, *, note: str, by: User, at: datetime) -> Refund:
    """The cashier took it by mistake: a colleague decides, whatever the sum. Raises NotSameDay, RefundExceeds."""
    charge = Charge.objects.select_for_update(of=("self",)).get(payments=taking.payment_id)
    till = Till.objects.select_for_update(of=("self",)).get(pk=taking.till_id)
    if till.closed_at or is_stale(till, at):
        raise NotSameDay
    payment = charge.payments.get(pk=taking.payment_id)
    return refunds.ask(
        charge,
        payment,
        amount=refunds.left(payment),
        reason=RefundReason.REQUESTED,
        by=by,
        at=at,
        note=note,
        two_people=True,
    )


def pay_out(refund: Refund, *, till: Till | None, agency: Agency, by: User, at: datetime) -> Refund:
    """Cash has been handed to the payer, from the open till of `by` or, without one, from the agency's safe.

    In order: charge and till locked, the money brought to where the payment's lay, the refund done with its
    adjusted receipt. Twice is once. Raises NotDecidable unless the refund is on its way, TillClosed,
    TooLittle when the till does not hold as much.
    """
    with transaction.atomic():
        Charge.objects.select_for_update(of=("self",)).get(payments=refund.payment_id)
        refund = Refund.objects.select_related("payment").get(pk=refund.pk)
        if refund.status not in refunds.ON_ITS_WAY or refund.payment.provider != PROVIDER:
            raise refunds.NotDecidable
        source: Side = (AccountKind.SAFE, str(agency.pk))
        if till:
            source = (AccountKind.TILL, _open_today(till, by, at).owner)
            if refund.amount > expected(till):
                raise TooLittle
        target = journal.money_side(refund.payment)
        if source != target:
            move = Move(target, source, refund.amount)
            journal.book(Cause.MOVED, f"payout/{refund.pk}", [move], at=at)
        Refund.objects.filter(pk=refund.pk).update(paid_out_by=by)
        seen = RefundSeen(f"{PROVIDER}:{refund.uuid}", RefundState.SUCCEEDED, refund.amount, "")
        refunds.write(refund, seen, at=at)
    return refund


# ── The end of the day ────────────────────────────────────────────────────────────────────────────


def expected(till: Till) -> int:
    """Đồng that should lie in it now: the change money and what the books say."""
    account = Account.objects.filter(kind=AccountKind.TILL, owner=till.owner).first()
    return till.float_amount + (journal.balance(account) if account else 0)


def close(
    till: Till,
    *,
    counted: int,
    handed_to: User,
    at: datetime,
    reason: str = "",
    denominations: Mapping[int, int] | None = None,
) -> Till:
    """Count, book the difference with its reason, hand the cash over to the safe. The till stays closed.

    The change money stays at the window. Raises TillClosed, NoReason; ValidationError when less was counted
    than the change money, or the cashier hands over to themselves.
    """
    with transaction.atomic():
        found = Till.objects.select_for_update(of=("self",)).filter(pk=till.pk, closed_at=None).first()
        if not found:
            raise TillClosed
        found.expected, found.counted, found.closed_at = expected(found), counted, at
        found.handed_to, found.reason = handed_to, reason.strip()[:300]
        found.denominations = {str(note): number for note, number in (denominations or {}).items() if number}
        if found.difference and not found.reason:
            raise NoReason
        found.full_clean()
        found.save()
        _book(found, at)
    return found


def _book(till: Till, at: datetime) -> None:
    inside: Side = (AccountKind.TILL, till.owner)
    owner = str(till.agency_id)
    moves = [
        Move(inside, (AccountKind.COUNT, owner), till.difference),
        Move((AccountKind.SAFE, owner), inside, till.handed),
    ]
    journal.book(Cause.MOVED, f"till/{till.pk}", moves, at=at)


def waiting(till: Till) -> list[Refund]:
    """Reversals and refunds of this till's takings that nobody has handed out yet."""
    open_ = (RefundStatus.PROPOSED, *refunds.ON_ITS_WAY)
    rows = Refund.objects.filter(payment__taking__till=till, status__in=open_)
    return list(rows.select_related("payment__charge", "requested_by").order_by("id"))
