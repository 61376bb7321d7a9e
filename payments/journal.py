"""The books: every movement of money from one account to another, written with the change that moves it.

One row is one movement, so the sum of all accounts is zero by construction. What a charge, a refund or a
dispute should have moved follows from its state: `owed`, `refunded` and `disputed` compare that with what is
booked and write the difference, so a repeat writes nothing. Their callers hold the charge's lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from payments.models import (
    OWED,
    REVENUE,
    Account,
    AccountDay,
    AccountKind,
    Cause,
    Charge,
    Dispute,
    DisputeStatus,
    JournalEntry,
    Payment,
    Refund,
    RefundStatus,
)

Side = tuple[str, str]  # AccountKind, owner
PROMISED = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.SUCCEEDED)
OF_AGENCIES = (AccountKind.RECEIVABLE, *REVENUE, AccountKind.SAFE, AccountKind.COUNT)
REFUNDS: Side = (AccountKind.REFUNDS, "")
SURPLUS: Side = (AccountKind.SURPLUS, "")
CLOSES_AFTER = timedelta(days=2)  # no transaction that began on a day is still open then


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` đồng from `credit` to `debit`; a negative amount goes the other way."""

    debit: Side
    credit: Side
    amount: int


def agency_side(kind: AccountKind, charge: Charge) -> Side:
    return kind, str(charge.agency_id or "")


def money_side(payment: Payment) -> Side:
    """Where the payment's money lies: its `place` (`till:…`, `bank:…`), or with its provider."""
    kind, _colon, owner = payment.place.partition(":")
    return (kind, owner) if kind else (AccountKind.CLEARING, payment.provider)


def book(
    cause: Cause, subject: str, moves: Sequence[Move], *, at: datetime, charge: Charge | None = None
) -> None:
    """Write the moves of `subject` once: a second call for it writes nothing. Inside the caller's transaction."""
    if not _of(subject).exists():
        _write(cause, subject, moves, at=at, charge=charge)


def _of(subject: str) -> QuerySet[JournalEntry]:
    return JournalEntry.objects.filter(key__startswith=f"{subject}/")


def _write(
    cause: Cause,
    subject: str,
    moves: Iterable[Move],
    *,
    at: datetime,
    charge: Charge | None = None,
    after: int = 0,
) -> None:
    """`after`: how many rows the subject has; two who count the same collide on the key, and one is undone."""
    moves = [move for move in moves if move.amount]
    accounts = _accounts({side for move in moves for side in (move.debit, move.credit)})
    JournalEntry.objects.bulk_create(
        JournalEntry(
            key=f"{subject}/{number}",
            cause=cause,
            debit_id=accounts[move.debit if move.amount > 0 else move.credit],
            credit_id=accounts[move.credit if move.amount > 0 else move.debit],
            amount=abs(move.amount),
            charge=charge,
            day=timezone.localdate(at),
            at=at,
        )
        for number, move in enumerate(moves, start=after + 1)
    )


def _accounts(sides: Collection[Side]) -> dict[Side, int]:
    """The ids of the accounts; those that are met for the first time are opened."""
    wanted = Q(pk=None)
    for kind, owner in sides:
        wanted |= Q(kind=kind, owner=owner)
    rows = Account.objects.filter(wanted).values_list("kind", "owner", "pk")
    known = {(kind, owner): pk for kind, owner, pk in rows}
    if missing := set(sides) - set(known):
        Account.objects.bulk_create([_account(*side) for side in missing], ignore_conflicts=True)
        known = {(kind, owner): pk for kind, owner, pk in rows.all()}
    return known


def _account(kind: str, owner: str) -> Account:
    return Account(kind=kind, owner=owner, agency_id=int(owner) if kind in OF_AGENCIES and owner else None)


# ── What a state means for the books ──────────────────────────────────────────────────────────────


def owed(charge: Charge, *, at: datetime) -> None:
    """The payer owes the lines' sums, phí and lệ phí apart, or nothing once the charge is cancelled or waived."""
    subject = f"owed/{charge.pk}"
    entries = list(_of(subject).select_related("debit", "credit"))
    lines = charge.lines.all() if charge.status in OWED else []
    moves = []
    for kind in REVENUE:
        wanted = sum(line.amount for line in lines if line.kind == kind)
        booked = -_moved(entries, kind)
        moves.append(
            Move(
                agency_side(AccountKind.RECEIVABLE, charge),
                agency_side(AccountKind(kind), charge),
                wanted - booked,
            )
        )
    _write(Cause.OWED, subject, moves, at=at, charge=charge, after=len(entries))


def received(payment: Payment, charge: Charge, *, at: datetime) -> None:
    """The payment's money is there: it settles what is owed, or lies with us as surplus."""
    source = SURPLUS if payment.surplus else agency_side(AccountKind.RECEIVABLE, charge)
    move = Move(money_side(payment), source, payment.amount)
    _write(Cause.RECEIVED, f"received/{payment.pk}", [move], at=at, charge=charge)


def refunded(refund: Refund, charge: Charge, *, at: datetime) -> None:
    """Promised money leaves the revenue (or the surplus) for what is to be paid back, and that when it is sent."""
    subject = f"refund/{refund.pk}"
    entries = list(_of(subject).select_related("debit", "credit"))
    promised = [entry for entry in entries if entry.cause == Cause.PROMISED]
    wanted = refund.amount if refund.status in PROMISED else 0
    rise = wanted + _moved(promised, AccountKind.REFUNDS)
    moves = _promise(refund, charge, rise) if rise > 0 else _undo(promised) if rise else []
    _write(Cause.PROMISED, subject, moves, at=at, charge=charge, after=len(entries))
    back = refund.amount if refund.status == RefundStatus.SUCCEEDED else 0
    sent = _moved([entry for entry in entries if entry.cause == Cause.RETURNED], AccountKind.REFUNDS)
    move = Move(REFUNDS, money_side(refund.payment), back - sent)
    _write(Cause.RETURNED, subject, [move], at=at, charge=charge, after=len(entries) + len(moves))


def _promise(refund: Refund, charge: Charge, amount: int) -> list[Move]:
    if refund.payment.surplus:
        return [Move(SURPLUS, REFUNDS, amount)]
    return [Move(side, REFUNDS, part) for side, part in _shares(charge, amount) if part]


def _undo(entries: Sequence[JournalEntry]) -> list[Move]:
    """Everything that these moved, back to where it was."""
    net: dict[tuple[Side, Side], int] = {}
    for entry in entries:
        debit, credit = (entry.debit.kind, entry.debit.owner), (entry.credit.kind, entry.credit.owner)
        if credit != REFUNDS:  # an earlier undoing
            debit, credit, amount = credit, debit, -entry.amount
        else:
            amount = entry.amount
        net[debit, credit] = net.get((debit, credit), 0) + amount
    return [Move(debit, credit, -amount) for (debit, credit), amount in net.items() if amount]


def disputed(dispute: Dispute, charge: Charge, *, at: datetime) -> None:
    """The provider holds the money back; won, it is there again; lost, the revenue bears it (or the surplus)."""
    subject = f"dispute/{dispute.pk}"
    entries = list(_of(subject).select_related("debit", "credit"))
    held_at: Side = (AccountKind.DISPUTED, dispute.payment.provider)
    booked = -_moved(entries, money_side(dispute.payment)[0])
    held = 0 if dispute.status == DisputeStatus.WON else dispute.amount
    moves = [Move(held_at, money_side(dispute.payment), held - booked)]
    lost = dispute.amount if dispute.status == DisputeStatus.LOST else 0
    if (more := lost - (booked - _moved(entries, AccountKind.DISPUTED))) > 0:
        bearers = [(SURPLUS, more)] if dispute.payment.surplus else _shares(charge, more)
        moves += [Move(side, held_at, part) for side, part in bearers]
    _write(Cause.DISPUTED, subject, moves, at=at, charge=charge, after=len(entries))


def _moved(entries: Iterable[JournalEntry], kind: str) -> int:
    """Debits less credits of the accounts of this kind, over entries whose accounts are loaded."""
    return sum(entry.amount * ((entry.debit.kind == kind) - (entry.credit.kind == kind)) for entry in entries)


def _shares(charge: Charge, amount: int) -> list[tuple[Side, int]]:
    """`amount` split over what the charge still has of each kind of revenue; more than there is, the payer owes."""
    left = revenue(charge)
    total = sum(left.values())
    part = min(amount, total)
    phi = part * left[AccountKind.PHI] // total if total else 0
    return [
        (agency_side(AccountKind.PHI, charge), phi),
        (agency_side(AccountKind.LE_PHI, charge), part - phi),
        (agency_side(AccountKind.RECEIVABLE, charge), amount - part),
    ]


def revenue(charge: Charge) -> dict[str, int]:
    """Đồng of the charge that the agency may keep, by kind: asked for, less promised back and lost."""
    entries = list(charge.entries.select_related("debit", "credit"))
    return {kind: -_moved(entries, kind) for kind in REVENUE}


# ── Balances ──────────────────────────────────────────────────────────────────────────────────────


def balance(account: Account, *, until: date | None = None) -> int:
    """Debits less credits to the end of `until` (or now), đồng: the last closed day and the rows since."""
    closed = account.days.filter(day__lte=until) if until else account.days.all()
    last = closed.order_by("-day").first()
    since = Q(day__gt=last.day) if last else Q()
    if until:
        since &= Q(day__lte=until)
    debit = account.debits.filter(since).aggregate(sum=Sum("amount"))["sum"] or 0
    credit = account.credits.filter(since).aggregate(sum=Sum("amount"))["sum"] or 0
    return (last.balance if last else 0) + debit - credit


@transaction.atomic
def close_days(*, at: datetime) -> int:
    """Sum up the days that nothing can be added to any more. Returns how many sums were written.

    The database takes no entry of a closed day from then on.
    """
    limit = timezone.localdate(at) - CLOSES_AFTER
    last = AccountDay.objects.aggregate(last=Max("day"))["last"]
    entries = JournalEntry.objects.filter(day__lte=limit)
    entries = entries.filter(day__gt=last) if last else entries
    moved: dict[tuple[date, int], list[int]] = {}
    for position, side in enumerate(("debit", "credit")):
        for account, day, total in entries.values_list(side, "day").annotate(total=Sum("amount")).order_by():
            moved.setdefault((day, account), [0, 0])[position] = total
    return len(AccountDay.objects.bulk_create(_days(moved), ignore_conflicts=True))


def _days(moved: dict[tuple[date, int], list[int]]) -> list[AccountDay]:
    newest = AccountDay.objects.filter(account=OuterRef("pk")).order_by("-day").values("balance")[:1]
    accounts = Account.objects.filter(pk__in={account for _day, account in moved})
    balances = dict(accounts.values_list("pk", Subquery(newest)))
    rows = []
    for (day, account), (debit, credit) in sorted(moved.items()):
        balances[account] = (balances[account] or 0) + debit - credit
        rows.append(
            AccountDay(account_id=account, day=day, debit=debit, credit=credit, balance=balances[account])
        )
    return rows
