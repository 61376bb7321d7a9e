"""A transfer by VietQR: the public EMVCo format, so no service of anybody is asked, and none can be down.

What the "provider" has seen are the transfers that the bank told us of and that were matched (`payments.transfers`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_97_10

from payments.providers import (
    Notice,
    Opened,
    Plan,
    ProviderRefused,
    RefundSeen,
    RefundState,
    Reply,
    Seen,
    Silent,
    State,
)

if TYPE_CHECKING:
    from payments.models import BankAccount, Charge, Payment, Refund

LIFETIME = timedelta(days=3)  # a transfer between banks may wait for a working day
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: they are misread
NAPAS, TO_ACCOUNT, DONG = "A000000727", "QRIBFTTA", "704"
MEMO = 25  # characters, as the narrowest banks take them
PAYOUTS = {
    "waiting": RefundState.PENDING,
    "ordered": RefundState.PENDING,
    "done": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
}


# ── The reference in the memo ─────────────────────────────────────────────────────────────────────


def reference(charge_id: int, attempt: int) -> str:
    """Prefix, charge, attempt, and two check digits (ISO 7064 MOD 97-10), as an IBAN has them.

    They catch every letter typed for another letter, every digit for another digit, and 96 of 97 other mistakes; what
    slips through still has to meet a charge that waits for exactly this sum.
    """
    body = f"{settings.VIETQR_PREFIX}{_number(charge_id, 7)}{_number(attempt, 2)}"
    return f"{body}{mod_97_10.calc_check_digits(body)}"


def _number(value: int, width: int) -> str:
    out = ""
    while value or len(out) < width:
        value, digit = divmod(value, len(DIGITS))
        out = DIGITS[digit] + out
    return out


def references(memo: str) -> list[str]:
    """The good references in what a bank passed on: it may have lost spaces, added words, changed the case."""
    text = re.sub(r"[^0-9A-Z]", "", memo.upper())
    shape = re.compile(rf"(?={re.escape(settings.VIETQR_PREFIX)}([{DIGITS}]{{9}}\d\d))")
    found = (settings.VIETQR_PREFIX + match.group(1) for match in shape.finditer(text))
    return list(dict.fromkeys(each for each in found if mod_97_10.is_valid(each)))


# ── The picture's text ────────────────────────────────────────────────────────────────────────────


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE, four capital hex digits; "123456789" gives 29B1."""
    value = 0xFFFF
    for byte in text.encode("ascii"):
        value ^= byte << 8
        for _bit in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return f"{value:04X}"


def _field(tag: str, value: str) -> str:
    if not 0 < len(value) <= 99:
        raise ValueError(f"field {tag} has {len(value)} characters")
    return f"{tag}{len(value):02d}{value}"


def payload(*, bank_bin: str, number: str, amount: int, memo: str) -> str:
    """What the QR code says: one payment (01=12) of `amount` đồng to an account. Raises ValueError for a bad part."""
    if len(memo) > MEMO or not memo.isascii():
        raise ValueError("the memo is too long, or not plain")
    account = _field("00", bank_bin) + _field("01", number)
    merchant = _field("00", NAPAS) + _field("01", account) + _field("02", TO_ACCOUNT)
    parts = (("00", "01"), ("01", "12"), ("38", merchant), ("53", DONG), ("54", str(amount)), ("58", "VN"))
    text = "".join(_field(tag, value) for tag, value in (*parts, ("62", _field("08", memo)))) + "6304"
    return text + crc(text)


def account_for(charge: Charge) -> BankAccount | None:
    """The account of the charge's agency, else of the nearest agency above it, else the one of all."""
    from payments.models import BankAccount  # noqa: PLC0415 - models import no provider; this one reads rows

    above = charge.agency.path.strip("/").split("/") if charge.agency else []
    whose = Q(agency=None) | Q(agency__in=above)
    found = BankAccount.objects.filter(whose, is_active=True).select_related("agency").order_by("id")
    return max(found, key=lambda account: len(account.agency.path) if account.agency else 0, default=None)


class VietQr(Silent):
    live = True
    shuts = True  # late money is looked at when it comes
    name = _("By bank transfer (VietQR)")
    hint = _("You scan a code with your bank’s app. The money usually arrives within a few minutes.")

    def takes(self, charge: Charge) -> bool:
        return account_for(charge) is not None

    def plan(self, payment: Payment, *, back_url: str, language: str, at: datetime) -> Plan:
        if (account := account_for(payment.charge)) is None:
            raise ProviderRefused("no_account", "The agency has no bank account.")
        memo = reference(payment.charge.pk, payment.attempt)
        facts = {"bank_bin": account.bank_bin, "number": account.number}
        shown = {"account": account.pk, "bank": account.bank_name, "holder": account.holder, "memo": memo}
        text = payload(**facts, amount=payment.amount, memo=memo)
        return Plan(facts | shown | {"text": text}, (at + LIFETIME).replace(microsecond=0))

    def start(self, payment: Payment) -> Opened:
        return Opened(payment.parameters["memo"], reverse("payments:transfer", args=[payment.charge.uuid]))

    def fetch_status(self, payment: Payment) -> Seen:
        came = payment.transfers.order_by("id")
        amount = came.aggregate(sum=Sum("amount"))["sum"] or 0
        over = State.EXPIRED if timezone.now() >= payment.expires_at else State.OPEN
        first = came.first()
        return Seen(
            provider_id=payment.provider_id,
            state=State.PAID if amount else over,
            amount=amount or payment.amount,
            currency="vnd",
            reference=payment.reference,
            live=self.live,
            transaction_id=first.bank_id if first else "",
        )

    def cancel(self, payment: Payment) -> Seen:
        seen = self.fetch_status(payment)
        return replace(seen, state=State.EXPIRED) if seen.state is State.OPEN else seen

    def refund(self, refund: Refund) -> RefundSeen:
        """An order to the bank, once a refund. The order book is this provider's own: people carry it out."""
        from payments.models import BankTransfer, Payout  # noqa: PLC0415 - as above

        came = BankTransfer.objects.filter(payment=refund.payment).order_by("id").first()
        if came is None:
            raise ProviderRefused("no_transfer", "No transfer of this payment is known.")
        payout, _new = Payout.objects.get_or_create(
            refund=refund,
            defaults={
                "account": came.account,
                "amount": refund.amount,
                "holder": came.sender,
                "number": came.sender_number,
                "asked_at": timezone.now(),
            },
        )
        return self.fetch_refund(str(payout.uuid))

    def fetch_refund(self, provider_id: str) -> RefundSeen:
        from payments.models import Payout  # noqa: PLC0415 - as above

        payout = Payout.objects.select_related("refund__payment").get(uuid=provider_id)
        if payout.refund is None:
            raise ProviderRefused("no_refund", "An order that returns no payment.")
        paid = payout.refund.payment.transaction_id
        return RefundSeen(provider_id, PAYOUTS[payout.status], payout.amount, paid, str(payout.refund.uuid))

    def reply(self, notice: Notice | None, find: Callable[[], Payment | None]) -> Reply:
        return Reply(400)


def provider() -> VietQr:
    return VietQr()
