"""What is owed, what was tried, what came in, what went back, and the books of it. Integer đồng everywhere.

Only `ledger`, `settlement`, `refunds`, `disputes`, `receipts`, `reconciliation`, `journal` and `desk` write these rows.
"""

from payments.models.attempts import ACTIVE, Payment, PaymentStatus
from payments.models.books import REVENUE, Account, AccountDay, AccountKind, Cause, JournalEntry
from payments.models.charges import (
    OWED,
    PAYABLE,
    SETTLED,
    Charge,
    ChargeQuerySet,
    ChargeStatus,
    FeeKind,
    FeeLine,
)
from payments.models.decisions import SETTLING, Act, Decision
from payments.models.inbox import EventStatus, ProviderCursor, ProviderEvent, Stray
from payments.models.receipts import Receipt, ReceiptKind, ReceiptSeries
from payments.models.returns import Dispute, DisputeStatus, Refund, RefundReason, RefundStatus
from payments.models.tills import Taking, Till
from payments.models.transfers import (
    BankAccount,
    BankTransfer,
    Payout,
    PayoutStatus,
    Statement,
    TransferStatus,
    TransferStep,
    Trouble,
)

__all__ = [
    "ACTIVE",
    "OWED",
    "PAYABLE",
    "REVENUE",
    "SETTLED",
    "SETTLING",
    "Account",
    "AccountDay",
    "AccountKind",
    "Act",
    "BankAccount",
    "BankTransfer",
    "Cause",
    "Charge",
    "ChargeQuerySet",
    "ChargeStatus",
    "Decision",
    "Dispute",
    "DisputeStatus",
    "EventStatus",
    "FeeKind",
    "FeeLine",
    "JournalEntry",
    "Payment",
    "PaymentStatus",
    "Payout",
    "PayoutStatus",
    "ProviderCursor",
    "ProviderEvent",
    "Receipt",
    "ReceiptKind",
    "ReceiptSeries",
    "Refund",
    "RefundReason",
    "RefundStatus",
    "Statement",
    "Stray",
    "Taking",
    "Till",
    "TransferStatus",
    "TransferStep",
    "Trouble",
]
