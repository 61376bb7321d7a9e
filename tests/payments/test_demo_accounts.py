"""The demo's bank accounts: one an agency with an accountant, at no bank, once."""

import pytest
from django.core.management import CommandError, call_command

from payments.models import BankAccount
from tests.factories import AgencyFactory, staff


def test_only_in_a_demo(settings, transactional_db):
    settings.IS_DEMO = False

    with pytest.raises(CommandError):
        call_command("demo_accounts")


def test_each_agency_whose_money_somebody_keeps_has_one(settings, agency, keeper, payer):
    settings.IS_DEMO = True
    staff("receiver", AgencyFactory())

    for _ in range(2):
        call_command("demo_accounts")

    account = BankAccount.objects.get()
    account.full_clean()
    assert (account.agency, account.bank_bin) == (agency, "999999")
