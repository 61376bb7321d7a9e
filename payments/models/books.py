"""The books: every đồng has a from and a to."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from payments.models.charges import Charge


class AccountKind(models.TextChoices):
    """What an account stands for, and whose account it is (`Account.owner`)."""

    RECEIVABLE = "receivable", pgettext_lazy("account", "Owed by payers")  # of an agency
    CLEARING = "clearing", pgettext_lazy("account", "Held by the payment provider")  # of a provider
    TILL = "till", pgettext_lazy("account", "Cash in the till")  # of a window
    SAFE = "safe", pgettext_lazy("account", "Cash in the safe")  # of an agency
    COUNT = "count", pgettext_lazy("account", "Found or missing at the count")  # of an agency
    BANK = "bank", pgettext_lazy("account", "In the bank")  # of a bank account
    PHI = "phi", pgettext_lazy("account", "Charges for services")  # of an agency
    LE_PHI = "le_phi", pgettext_lazy("account", "State fees")  # of an agency
    REFUNDS = "refunds", pgettext_lazy("account", "To be paid back")
    SURPLUS = "surplus", pgettext_lazy("account", "Money that was not owed")
    COSTS = "costs", pgettext_lazy("account", "Kept by the payment provider")  # of a provider
    DISPUTED = "disputed", pgettext_lazy("account", "Disputed")  # of a provider


REVENUE = (AccountKind.PHI, AccountKind.LE_PHI)


class Account(models.Model):
    """One account. `owner` is the agency's id, the provider's key, the till's or the bank account's name."""

    kind = models.CharField(max_length=12, choices=AccountKind)
    owner = models.CharField(max_length=60, blank=True)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "owner"], name="account_once_per_owner")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner}"


class Cause(models.TextChoices):
    """Why money moved in the books."""

    OWED = "owed", pgettext_lazy("cause", "Asked for, or no longer")
    RECEIVED = "received", pgettext_lazy("cause", "Paid")
    PROMISED = "promised", pgettext_lazy("cause", "To be paid back, or no longer")
    RETURNED = "returned", pgettext_lazy("cause", "Paid back, or it came back")
    DISPUTED = "disputed", pgettext_lazy("cause", "Disputed, or decided")
    COST = "cost", pgettext_lazy("cause", "Kept by the payment provider")
    MOVED = "moved", pgettext_lazy("cause", "Handed over or paid out")
    MATCHED = "matched", pgettext_lazy("cause", "Unclear money, or cleared up")


class JournalEntry(models.Model):
    """One movement from one account (`credit`) to another (`debit`): a row cannot but sum up to zero.

    Written in the transaction that moves the money, once per `key`. The database refuses to change or delete
    a row (triggers); a movement that did not hold is written back by another.
    """

    key = models.CharField(max_length=80, unique=True)
    cause = models.CharField(max_length=10, choices=Cause)
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits", db_index=False)
    amount = models.PositiveBigIntegerField()  # đồng
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, null=True, related_name="entries")
    day = models.DateField()  # of `at` in Vietnam
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="entry_moves_between_two"),
        ]
        indexes = [
            models.Index(fields=["cause", "day"], name="entry_of_cause"),
            models.Index(fields=["debit", "day", "amount"], name="entry_debits"),
            models.Index(fields=["credit", "day", "amount"], name="entry_credits"),
        ]

    def __str__(self) -> str:
        return self.key


class AccountDay(models.Model):
    """What one closed day moved on one account, and its balance at the end: a sum that need not be made again."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    debit = models.PositiveBigIntegerField()
    credit = models.PositiveBigIntegerField()
    balance = models.BigIntegerField()  # đồng, debits less credits since the books were opened

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="account_day_once")]
        indexes = [models.Index(fields=["day"], name="account_day")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"
