"""Money that came by bank transfer: written down once, matched to what is owed, or looked into by people.

Between the bank and what is owed stands the account clearing:vietqr. A transfer that the bank tells of debits the
bank and credits it; a fee paid that way debits it. What is left there, with its sign turned, is exactly the
money that nobody has cleared up yet. Locks: charge, then transfer.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum

from payments import journal, ledger, providers, queue, reconciliation, settlement
from payments.models import (
    ACTIVE,
    PAYABLE,
    SETTLED,
    AccountKind,
    BankAccount,
    BankTransfer,
    Cause,
    Charge,
    Payment,
    PaymentStatus,
    Payout,
    PayoutStatus,
    Refund,
    TransferStatus,
    TransferStep,
    Trouble,
)
from payments.providers import vietqr

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

PROVIDER = "vietqr"
CLEARING: journal.Side = (AccountKind.CLEARING, PROVIDER)
OPEN_CASES = (TransferStatus.REVIEW, TransferStatus.HELD)
UNCLEAR = (*OPEN_CASES, TransferStatus.PROPOSED)  # a person has to do something
CANDIDATES = 5
TOLERANCE = 300  # seconds that a bank's signed message may be old, or ahead


class NotOpen(Exception):
    """Somebody has dealt with the transfer already."""


class WrongSum(Exception):
    """What came in so far is not the fee; the first argument is the sum, đồng."""


class Conflict(Exception):
    """The bank uses a transaction number again for another sum: a person has to ask the bank."""


class SecondPerson(Exception):
    """Who proposed a return may not decide on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One incoming movement, as a statement or a message tells it."""

    bank_id: str
    amount: int  # đồng
    memo: str
    booked_at: datetime
    sender: str = ""
    sender_number: str = ""


# ── What the bank tells ───────────────────────────────────────────────────────────────────────────


def record(account: BankAccount, row: Row, *, source: str, at: datetime) -> tuple[BankTransfer, bool]:
    """Write the transfer down and book it (once per bank number), then match it. Returns it and whether it is new.

    The writing is committed before the matching is tried: what fails there is tried again by the sweep.
    Raises Conflict.
    """
    with transaction.atomic():
        transfer, is_new = BankTransfer.objects.get_or_create(
            account=account,
            bank_id=row.bank_id[:100],
            defaults={
                "amount": row.amount,
                "memo": row.memo[:500],
                "sender": row.sender[:200],
                "sender_number": row.sender_number[:30],
                "booked_at": row.booked_at,
                "received_at": at,
                "source": source,
            },
        )
        if transfer.amount != row.amount:
            raise Conflict(row.bank_id)
        if is_new:
            move = journal.Move((AccountKind.BANK, account.place), CLEARING, row.amount)
            journal.book(Cause.MATCHED, f"transfer/{transfer.pk}", [move], at=at)
            _step(transfer, by=None, at=at)
            queue.later("match_transfer", transfer_id=transfer.pk)
    return transfer, is_new


def verify(body: bytes, stamp: str, signature: str, *, at: datetime) -> bool:
    """Whether a bank's message is signed (HMAC-SHA256 over "<stamp>.<body>") with one of BANK_SECRETS, and fresh.

    An old message sent again is refused by its stamp; a fresh one sent twice writes nothing the second time.
    """
    text = stamp.encode() + b"." + body
    macs = [hmac.new(secret.encode(), text, hashlib.sha256).hexdigest() for secret in settings.BANK_SECRETS]
    good = [hmac.compare_digest(mac.encode(), signature.encode()) for mac in macs]
    return any(good) and stamp.isdecimal() and abs(at.timestamp() - int(stamp)) <= TOLERANCE


def match(transfer_id: int, *, at: datetime) -> BankTransfer:
    """Settle the fee whose reference and sum the transfer bears, or put it on the review list. May run twice."""
    found = BankTransfer.objects.get(pk=transfer_id)
    references = vietqr.references(found.memo)
    named = list(Payment.objects.filter(provider=PROVIDER, provider_id__in=references).order_by("id"))
    charges = {payment.charge_id for payment in named}
    with transaction.atomic():
        charge = (
            Charge.objects.select_for_update(of=("self",)).get(pk=charges.pop())
            if len(charges) == 1
            else None
        )
        transfer = _lock(transfer_id)
        if transfer.status != TransferStatus.NEW:
            return transfer
        payment = named[-1] if charge else None
        trouble = judge(transfer, charge, payment, several=bool(charges))
        if charge is None or payment is None or trouble:
            transfer.charge = charge
            return _move(transfer, TransferStatus.REVIEW, trouble=trouble, by=None, at=at)
        _link(charge, payment, [transfer, *_held(charge)], by=None, at=at)
        seen = providers.get(PROVIDER).fetch_status(payment)
        if settlement.apply(payment, seen, at=at).status != PaymentStatus.SUCCEEDED:
            raise RuntimeError(f"transfer {transfer_id} did not settle")
    return transfer


def judge(transfer: BankTransfer, charge: Charge | None, payment: Payment | None, *, several: bool) -> str:
    """Why the transfer does not pay the charge by itself (a Trouble), or "" when it does. The charge is locked."""
    if charge is None or payment is None:
        return Trouble.AMBIGUOUS if several else Trouble.UNKNOWN
    if charge.status in SETTLED:
        return Trouble.DUPLICATE
    on_its_way = charge.payments.filter(status__in=(PaymentStatus.PROCESSING, PaymentStatus.REVIEW)).exists()
    if charge.status not in PAYABLE or on_its_way or payment.amount != charge.amount:
        return Trouble.LATE
    total = transfer.amount + sum(part.amount for part in _held(charge))
    if total == charge.amount:
        return ""
    return Trouble.PARTIAL if total < charge.amount else Trouble.OVER


def sweep(*, at: datetime) -> int:
    """Match what is still NEW: the message, or the matching, was lost."""
    ids = list(BankTransfer.objects.filter(status=TransferStatus.NEW).values_list("pk", flat=True)[:100])
    for pk in ids:
        try:
            match(pk, at=at)
        except Exception:  # one bad row may not hold up the others
            logger.exception("Transfer %s was not matched; it is tried again", pk)
    return len(ids)


# ── What people decide ────────────────────────────────────────────────────────────────────────────


def candidates(transfer: BankTransfer) -> list[Charge]:
    """Unpaid fees that the transfer may be for, likeliest first: by a reference like one in it, then by the sum."""
    payable = Charge.objects.filter(status__in=PAYABLE).select_related("payer", "agency")
    if transfer.account.agency:
        payable = payable.filter(agency__path__startswith=transfer.account.agency.path)
    asked = Payment.objects.filter(provider=PROVIDER, charge__in=payable).exclude(provider_id="")
    memo = transfer.memo.upper().replace(" ", "")
    near = {
        charge: likeness
        for charge, reference in asked.order_by("-id").values_list("charge_id", "provider_id")[:500]
        if (likeness := _likeness(reference, memo)) >= 0.8
    }
    same = payable.filter(amount=transfer.amount).order_by("-id").values_list("pk", flat=True)[:CANDIDATES]
    rows = payable.filter(pk__in=[*near, *same])
    return sorted(rows, key=lambda row: (-near.get(row.pk, 0), row.amount != transfer.amount, -row.pk))[
        :CANDIDATES
    ]


def _likeness(reference: str, memo: str) -> float:
    """How much of the reference stands in the memo in its order: 1 for all of it."""
    start = memo.find(settings.VIETQR_PREFIX)
    part = memo[start : start + len(reference) + 2] if start >= 0 else memo
    blocks = SequenceMatcher(None, reference, part, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(reference)


def assign(transfer: BankTransfer, charge: Charge, *, by: User, at: datetime) -> Payment:
    """A person says which fee the money is for: with its parts kept before, it must be the fee to the đồng.

    In order: open attempts are closed at their provider (outside any transaction); then the payment, the
    settlement and the transfers in one. Raises WrongSum, NotOpen, ledger.NotPayable, ProviderDown.
    """
    for attempt in charge.payments.filter(status__in=ACTIVE).select_related("charge"):
        reconciliation.close(attempt, at=at)
    with transaction.atomic():
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
        transfer = _open(transfer)
        parts = [transfer, *(part for part in _held(charge) if part.pk != transfer.pk)]
        if (total := sum(part.amount for part in parts)) != charge.amount:
            raise WrongSum(total)
        payment = ledger.take(charge, provider=PROVIDER, place=":".join(CLEARING), by=by, at=at)
        _link(charge, payment, parts, by=by, at=at)
    return payment


@transaction.atomic
def keep(transfer: BankTransfer, charge: Charge, *, by: User, at: datetime) -> BankTransfer:
    """The money is a part of this fee; the rest comes by another transfer. Raises WrongSum when it is not less."""
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
    transfer = _open(transfer)
    total = sum_with(transfer, charge)
    if total >= charge.amount:
        raise WrongSum(total)
    if not charge.is_payable:
        raise ledger.NotPayable
    transfer.charge = charge
    return _move(transfer, TransferStatus.HELD, trouble=Trouble.PARTIAL, by=by, at=at)


@transaction.atomic
def give_back(transfer: BankTransfer, *, by: User, at: datetime, note: str = "") -> BankTransfer:
    """Send the money back to where it came from. Above REFUND_ALONE_LIMIT another person decides first."""
    transfer = _open(transfer)
    if transfer.amount > settings.REFUND_ALONE_LIMIT:
        return _move(transfer, TransferStatus.PROPOSED, by=by, at=at, note=note)
    return _order(transfer, by=by, at=at, note=note)


@transaction.atomic
def decide(transfer: BankTransfer, *, by: User, approved: bool, at: datetime) -> BankTransfer:
    """Another person lets a proposed return go, or puts it back on the list. Raises NotOpen, SecondPerson."""
    transfer = _lock(transfer.pk)
    if transfer.status != TransferStatus.PROPOSED:
        raise NotOpen
    proposed = transfer.steps.filter(status=TransferStatus.PROPOSED).order_by("-id").first()
    if proposed and proposed.by_id == by.pk:
        raise SecondPerson
    if approved:
        return _order(transfer, by=by, at=at)
    return _move(transfer, TransferStatus.REVIEW, by=by, at=at)


def _order(transfer: BankTransfer, *, by: User, at: datetime, note: str = "") -> BankTransfer:
    Payout.objects.create(
        transfer=transfer,
        account=transfer.account,
        amount=transfer.amount,
        holder=transfer.sender,
        number=transfer.sender_number,
        asked_at=at,
    )
    return _move(transfer, TransferStatus.RETURNING, by=by, at=at, note=note)


def sum_with(transfer: BankTransfer, charge: Charge) -> int:
    """Đồng that the charge would have with this transfer: its own, and the parts that are kept for the charge."""
    return transfer.amount + sum(part.amount for part in _held(charge) if part.pk != transfer.pk)


# ── Orders to the bank ────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def order(payouts: QuerySet[Payout]) -> list[Payout]:
    """The orders that go on this list; who waits becomes ORDERED. Those without an account number stay."""
    rows = list(
        payouts.filter(status=PayoutStatus.WAITING).exclude(number="").select_for_update(of=("self",))
    )
    Payout.objects.filter(pk__in=[row.pk for row in rows]).update(status=PayoutStatus.ORDERED)
    return rows


@transaction.atomic
def confirm(payout: Payout, *, done: bool, by: User, at: datetime) -> Payout:
    """The bank has carried the order out, or has not. Books it; a refund learns of it by its sweep, at once.

    One that failed goes on a list again for a transfer; a refund that failed is for a person. Raises NotOpen.
    """
    payout = (
        Payout.objects.select_for_update(of=("self",)).select_related("account", "transfer").get(pk=payout.pk)
    )
    if payout.status != PayoutStatus.ORDERED:
        raise NotOpen
    again = PayoutStatus.WAITING if payout.transfer else PayoutStatus.FAILED
    payout.status = PayoutStatus.DONE if done else again
    payout.settled_at = at if done else None
    payout.save(update_fields=["status", "settled_at"])
    if done:
        move = journal.Move(CLEARING, (AccountKind.BANK, payout.account.place), payout.amount)
        journal.book(Cause.MATCHED, f"payout/{payout.pk}", [move], at=at)
    if payout.transfer and done:
        _move(payout.transfer, TransferStatus.RETURNED, by=by, at=at)
    elif payout.refund_id:
        Refund.objects.filter(pk=payout.refund_id).update(next_attempt_at=at)
        queue.later("send_refund", refund_id=payout.refund_id)
    return payout


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────


def _lock(transfer_id: int) -> BankTransfer:
    rows = BankTransfer.objects.select_for_update(of=("self",)).select_related("account")
    return rows.get(pk=transfer_id)


def _open(transfer: BankTransfer) -> BankTransfer:
    fresh = _lock(transfer.pk)
    if fresh.status not in OPEN_CASES:
        raise NotOpen
    return fresh


def _held(charge: Charge) -> list[BankTransfer]:
    return list(charge.transfers.filter(status=TransferStatus.HELD).order_by("id"))


def _link(
    charge: Charge, payment: Payment, parts: Sequence[BankTransfer], *, by: User | None, at: datetime
) -> None:
    for part in parts:
        part.charge, part.payment = charge, payment
        _move(part, TransferStatus.MATCHED, by=by, at=at)


def _move(
    transfer: BankTransfer,
    status: str,
    *,
    by: User | None,
    at: datetime,
    trouble: str | None = None,
    note: str = "",
) -> BankTransfer:
    transfer.status = status
    transfer.trouble = transfer.trouble if trouble is None else trouble
    transfer.save(update_fields=["status", "trouble", "charge", "payment"])
    _step(transfer, by=by, at=at, note=note)
    return transfer


def _step(transfer: BankTransfer, *, by: User | None, at: datetime, note: str = "") -> None:
    TransferStep.objects.create(
        transfer=transfer, status=transfer.status, trouble=transfer.trouble, by=by, at=at, note=note[:200]
    )


def unclear() -> int:
    """Đồng that came in and that nobody has cleared up: what clearing:vietqr must hold with its sign turned."""
    rows = BankTransfer.objects.exclude(status__in=(TransferStatus.MATCHED, TransferStatus.RETURNED))
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0
