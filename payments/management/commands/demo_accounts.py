"""`manage.py demo_accounts`: an account at a made-up bank for every agency whose money somebody keeps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.models import BankAccount
from portal.accounts.models import Agency, Duty, Role

NOBODYS = "999999"  # no bank has this code: an app that scans the picture finds nowhere to send money


class Command(BaseCommand):
    help = "Give the demo's agencies a bank account to transfer to. Only where DEMO=1; may be run again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("These accounts are at no bank: set DEMO=1 only for a demonstration.")
        kept = Duty.objects.filter(role=Role.ACCOUNTANT).values("agency")
        for agency in Agency.objects.filter(pk__in=kept):
            BankAccount.objects.get_or_create(
                bank_bin=NOBODYS,
                number=f"{agency.pk:010d}",
                defaults={"agency": agency, "bank_name": "Ngân hàng Mẫu", "holder": agency.name},
            )
