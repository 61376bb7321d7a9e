"""Exemptions from a fee: claimed by the citizen, checked by the officer before the dossier is received."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from payments import ledger
from portal.accounts.models import User
from procedures.dossiers import dossiers, workflow
from procedures.dossiers.models import Dossier, Exemption


def judge(
    dossier: Dossier, *, by: User, actors: frozenset[str], note: str = "", confirmed: bool, at: datetime
) -> Dossier:
    """The officer has checked the claimed exemption. Denied, with the reason, what it took off is asked for."""
    action = workflow.Action.CONFIRM_EXEMPTION if confirmed else workflow.Action.DENY_EXEMPTION

    def write(locked: Dossier) -> None:
        locked.exemption = Exemption.CONFIRMED if confirmed else Exemption.DENIED

    with transaction.atomic():
        ledger.lock(dossiers.reference(dossier))
        dossier = dossiers.move(dossier, action, actors=actors, by=by, at=at, note=note, change=write)
        return dossier if confirmed else dossiers.ask_fee(dossier, "exemption", at=at)
