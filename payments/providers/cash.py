"""Cash: nobody is asked, a person takes the money and a person hands it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

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
)

if TYPE_CHECKING:
    from payments.models import Charge, Payment, Refund


class Cash(Silent):
    """What lies on the table is written by `desk.take`; there is no address to send a payer to."""

    live = True
    shuts = True
    name = _("In cash at the counter")
    hint = _("You pay at a window of the agency and get the receipt there.")

    def takes(self, charge: Charge) -> bool:
        """Never online: the counter's own page takes it."""
        return False

    def plan(self, payment: Payment, *, back_url: str, language: str, at: datetime) -> Plan:
        raise ProviderRefused("cash", "Cash is paid at a window.")

    def start(self, payment: Payment) -> Opened:
        raise ProviderRefused("cash", "Cash is paid at a window.")

    def fetch_status(self, payment: Payment) -> Seen:
        raise ProviderRefused("cash", "Nobody else knows of it.")

    def cancel(self, payment: Payment) -> Seen:
        raise ProviderRefused("cash", "Nobody else knows of it.")

    def refund(self, refund: Refund) -> RefundSeen:
        """Waits until somebody has handed it out: `desk.pay_out`."""
        return RefundSeen("", RefundState.PENDING, refund.amount, "", reference=str(refund.uuid))

    def fetch_refund(self, provider_id: str) -> RefundSeen:
        raise ProviderRefused("cash", "Nobody else knows of it.")

    def reply(self, notice: Notice | None, find: Callable[[], Payment | None]) -> Reply:
        return Reply(404)


def provider() -> Cash:
    return Cash()
