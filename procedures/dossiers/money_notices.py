"""What the payer is told of money that goes back and of receipts, and who of the office is told to act.

Receivers of the cash desk's signals: the messages are written in the transaction that changes the money.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from payments.models import Charge, Dispute, DisputeStatus, Receipt, ReceiptKind, Refund, RefundStatus
from portal import words
from portal.accounts.models import Duty, User
from portal.messages import outbox
from procedures.dossiers.models import Dossier

# status → (subject, body), for the payer. What waits for a second person, or was rejected, is the office's affair.
REFUND: dict[str, tuple[str, str]] = {
    RefundStatus.REQUESTED: (
        gettext_noop("%(amount)s of the fee for dossier %(code)s goes back to you"),
        gettext_noop("%(title)s: the money goes back the way it came. You need do nothing."),
    ),
    RefundStatus.PENDING: (
        gettext_noop("%(amount)s of the fee for dossier %(code)s is on its way to you"),
        gettext_noop("%(title)s: your bank has been told. It may take it some days to credit the money."),
    ),
    RefundStatus.SUCCEEDED: (
        gettext_noop("%(amount)s of the fee for dossier %(code)s has been returned"),
        gettext_noop("%(title)s: the money went back the way it came."),
    ),
    RefundStatus.FAILED: (
        gettext_noop("%(amount)s for dossier %(code)s could not be returned yet"),
        gettext_noop(
            "%(title)s: the bank did not take the money. The office knows and will contact you; the money is not lost."
        ),
    ),
}
# The same for who has to act at the office.
OFFICE_REFUND: dict[str, tuple[str, str]] = {
    RefundStatus.PROPOSED: (
        gettext_noop("A refund of %(amount)s waits for a second person, dossier %(code)s"),
        gettext_noop("%(title)s: somebody other than who asked for it decides."),
    ),
    RefundStatus.FAILED: (
        gettext_noop("A refund of %(amount)s failed, dossier %(code)s"),
        gettext_noop("%(title)s: the payment provider did not carry it out. Pay it back in another way."),
    ),
}
RECEIPT: dict[str, tuple[str, str]] = {
    ReceiptKind.RECEIPT: (
        gettext_noop("Receipt %(number)s for dossier %(code)s"),
        gettext_noop("%(title)s: the receipt for %(amount)s lies signed among your documents."),
    ),
    ReceiptKind.ADJUSTMENT: (
        gettext_noop("Adjusted receipt %(number)s for dossier %(code)s"),
        gettext_noop(
            "%(title)s: the receipt for %(amount)s returned to you lies signed among your documents."
        ),
    ),
}
DISPUTE: dict[str, tuple[str, str]] = {
    DisputeStatus.OPEN: (
        gettext_noop("A payment of %(amount)s is disputed, dossier %(code)s"),
        gettext_noop(
            "%(title)s: the payer’s bank has taken the money back. Answer the payment provider; the dossier goes on."
        ),
    ),
    DisputeStatus.WON: (
        gettext_noop("The dispute about %(amount)s was decided for us, dossier %(code)s"),
        gettext_noop("%(title)s: the money is there again."),
    ),
    DisputeStatus.LOST: (
        gettext_noop("The dispute about %(amount)s was decided for the payer, dossier %(code)s"),
        gettext_noop("%(title)s: the money stays with the payer. The fee counts as not collected."),
    ),
}
# Whose money it is to look after: the accountants, and at an agency without one those who take dossiers in.
WHO_ACTS = ("accountant", "receiver")


def on_refund(sender: Any, *, charge: Charge, refund: Refund, at: datetime, **_later: Any) -> None:
    if not (dossier := _dossier(charge)):
        return
    key, status = f"refund:{refund.pk}:{refund.status}", refund.status
    if status in REFUND:
        _send(charge.payer, dossier, REFUND[status], key=key, amount=refund.amount, at=at)
    if status in OFFICE_REFUND:
        others = [user for user in _office(charge, at) if user.pk != refund.requested_by_id]
        told = others if status == RefundStatus.PROPOSED else _office(charge, at)
        _send_all(told, dossier, OFFICE_REFUND[status], key=f"office:{key}", amount=refund.amount, at=at)


def on_receipt(sender: Any, *, receipt: Receipt, at: datetime, **_later: Any) -> None:
    charge = receipt.charge
    if dossier := _dossier(charge):
        text, key = RECEIPT[receipt.kind], f"receipt:{receipt.pk}"
        _send(charge.payer, dossier, text, key=key, amount=receipt.amount, at=at, number=str(receipt))


def on_dispute(sender: Any, *, charge: Charge, dispute: Dispute, at: datetime, **_later: Any) -> None:
    if dossier := _dossier(charge):
        key = f"dispute:{dispute.pk}:{dispute.status}"
        _send_all(
            _office(charge, at), dossier, DISPUTE[dispute.status], key=key, amount=dispute.amount, at=at
        )


def _dossier(charge: Charge) -> Dossier | None:
    kind, _colon, pk = charge.reference.partition(":")
    return Dossier.objects.filter(pk=int(pk)).first() if kind == "dossier" and pk.isdigit() else None


def _office(charge: Charge, at: datetime) -> list[User]:
    """Who acts at the charge's agency, or at one above it: everybody in the first role that somebody holds."""
    if charge.agency is None:
        return []
    branch = [int(pk) for pk in charge.agency.path.strip("/").split("/")]
    on_duty = Duty.objects.at(at).filter(agency__in=branch)
    for role in WHO_ACTS:
        if found := list(
            User.objects.filter(pk__in=on_duty.filter(role=role).values("user"), is_active=True)
        ):
            return found
    return []


def _send_all(users: Iterable[User], dossier: Dossier, text: tuple[str, str], **more: Any) -> None:
    link = reverse("counter:dossier", args=[dossier.code])
    for user in users:
        _send(user, dossier, text, language=user.language, link=link, **more)


def _send(
    user: User,
    dossier: Dossier,
    text: tuple[str, str],
    *,
    key: str,
    amount: int,
    at: datetime,
    language: str = "",
    link: str = "",
    **values: str,
) -> None:
    with translation.override(language or dossier.language):
        said = {
            "code": dossier.code,
            "title": words.text(dossier.title),
            "amount": words.money(amount),
            **values,
        }
        subject, body = (_(part) % said for part in text)
        url = link or dossier.get_absolute_url()
        outbox.send(user, key=key, subject=subject, body=body, link=url, at=at)
