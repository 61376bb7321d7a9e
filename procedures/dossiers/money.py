"""What the cash desk tells: runs inside its transaction, so money and dossier move together or not at all."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse

from payments import ledger, things
from payments.models import PAYABLE, Charge
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, Status


def on_settled(sender: Any, *, charge: Charge, at: datetime, **_later: Any) -> None:
    kind, _colon, pk = charge.reference.partition(":")
    if kind != "dossier" or ledger.charges(charge.reference).filter(status__in=PAYABLE).exists():
        return  # another charge of it is still open: the fee is settled with the last
    if dossier := Dossier.objects.filter(pk=int(pk)).first():
        dossiers.fee_settled(dossier, at=at)


def on_waived(sender: Any, *, charge: Charge, at: datetime, **later: Any) -> None:
    on_settled(sender, charge=charge, at=at, **later)


class Dossiers:
    """What the cash desk may know of dossiers: see `payments.things`."""

    def told(self, keys: Collection[str]) -> dict[str, things.Thing]:
        rows = Dossier.objects.filter(pk__in=map(int, keys)).values_list("pk", "code", "status")
        return {
            str(pk): things.Thing(code, status == Status.FEE_DUE, _page(code)) for pk, code, status in rows
        }

    def find(self, code: str) -> str | None:
        pk = Dossier.objects.filter(code__iexact=code).values_list("pk", flat=True).first()
        return str(pk) if pk else None

    def retell(self, key: str, *, at: datetime) -> None:
        if not ledger.charges(f"dossier:{key}").filter(status__in=PAYABLE).exists():
            dossiers.fee_settled(Dossier.objects.get(pk=int(key)), at=at)


def _page(code: str) -> str:
    return reverse("counter:dossier", args=[code])
