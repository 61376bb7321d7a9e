"""What the cash desk tells: runs inside its transaction, so money and dossier move together or not at all."""

from datetime import datetime
from typing import Any

from payments.models import Charge
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier


def on_settled(sender: Any, *, charge: Charge, at: datetime, **_later: Any) -> None:
    kind, _colon, pk = charge.reference.partition(":")
    if kind == "dossier" and (dossier := Dossier.objects.filter(pk=int(pk)).first()):
        dossiers.fee_settled(dossier, at=at)
