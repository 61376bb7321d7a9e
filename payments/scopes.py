"""Whose money a member of staff may see: that of the agencies, with their branches, where they hold the role."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from payments.models import BankAccount, BankTransfer, Charge, Payment, Refund, Till
from portal.accounts import access
from portal.accounts.models import Agency, Duty, Role

if TYPE_CHECKING:
    from portal.accounts.models import User


KEEPERS = (Role.ACCOUNTANT, Role.SYSTEM_ADMIN)  # who looks after the bank accounts


def within(user: User, role: Role, at: datetime, path: str = "path") -> Q:
    """Rows whose agency's `path` lies in a branch where `user` holds `role`."""
    branches = Q(pk=None)
    for duty in access.duties(user, at):
        if duty.role == role:
            branches |= Q(**{f"{path}__startswith": duty.agency.path})
    return branches


def agencies(user: User, role: Role, at: datetime) -> QuerySet[Agency]:
    return Agency.objects.filter(within(user, role, at)).order_by("path")


def charges(user: User, role: Role, at: datetime) -> QuerySet[Charge]:
    return Charge.objects.filter(within(user, role, at, "agency__path"))


def payments(user: User, at: datetime) -> QuerySet[Payment]:
    return Payment.objects.filter(within(user, Role.ACCOUNTANT, at, "charge__agency__path"))


def refunds(user: User, at: datetime) -> QuerySet[Refund]:
    return Refund.objects.filter(within(user, Role.ACCOUNTANT, at, "payment__charge__agency__path"))


def accounts(user: User, at: datetime) -> QuerySet[BankAccount]:
    """The bank accounts of the branches whose money, or whose system, the user keeps."""
    own = [within(user, role, at, "agency__path") for role in KEEPERS]
    rows = BankAccount.objects.filter(reduce(or_, own))
    return rows.select_related("agency").order_by("agency__path", "id")


def with_accounts(user: User, at: datetime) -> QuerySet[Agency]:
    """The agencies that the user may give a bank account."""
    own = [within(user, role, at) for role in KEEPERS]
    return Agency.objects.filter(reduce(or_, own)).order_by("path")


def transfers(user: User, at: datetime) -> QuerySet[BankTransfer]:
    return BankTransfer.objects.filter(account__in=accounts(user, at)).select_related("account", "charge")


def tills(user: User, at: datetime) -> QuerySet[Till]:
    """One's own, and as an accountant those of the branch."""
    own = Q(cashier=user) & within(user, Role.RECEIVER, at, "agency__path")
    return Till.objects.filter(own | within(user, Role.ACCOUNTANT, at, "agency__path")).select_related(
        "agency", "cashier", "handed_to"
    )


def keepers(agency: Agency, at: datetime) -> list[User]:
    """The accountants to whom an agency's cash may be handed over."""
    duties = Duty.objects.at(at).filter(role=Role.ACCOUNTANT).select_related("user", "agency")
    return list(
        {duty.user_id: duty.user for duty in duties if agency.path.startswith(duty.agency.path)}.values()
    )
