"""Who relies on a result: the open dossiers and the unfinished drafts that took it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model

from portal.accounts.models import User
from portal.documents.models import AccessLog, IssuedPaper
from procedures.dossiers import relied
from procedures.dossiers.models import OPEN, Dossier


@dataclass(frozen=True, slots=True)
class Relying:
    """`drafts` are rows of the holder's own drafts: nobody else may take a paper over."""

    dossiers: Sequence[Dossier]
    drafts: Sequence[Model]


def on(paper: IssuedPaper) -> Relying:
    """Who relies on `paper` now. Two or three queries."""
    return Relying(dossiers(paper), _drafts(paper))


def dossiers(paper: IssuedPaper, *, lock: bool = False) -> list[Dossier]:
    """Open dossiers that took the paper over, oldest first; `lock`: nobody else's to change till commit.

    They are found by the log of the paper's uses, which every filing writes: an index, where the dossiers
    themselves name it only inside their JSON.
    """
    codes = AccessLog.objects.filter(paper=paper).exclude(dossier_code="")
    rows = Dossier.objects.filter(code__in=codes.values("dossier_code"), status__in=OPEN)
    rows = rows.select_related("agency", "applicant").order_by("pk")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    return [row for row in rows if paper.pk in relied.named(row.reuse)]


def _drafts(paper: IssuedPaper) -> Sequence[Model]:
    holder = User.objects.filter(person=paper.holder_id).first()
    begun = holder.drafts.filter(dossier=None).only("pk", "reuse") if holder else []
    return [draft for draft in begun if paper.pk in relied.named(draft.reuse)]
