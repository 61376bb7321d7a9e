"""The issued papers that a dossier or a draft takes over (`reuse`), and which of them no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import words
from portal.documents.models import IssuedPaper, PaperStatus
from procedures.dossiers.models import Dossier


def named(reuse: Mapping[str, Any]) -> frozenset[int]:
    """Ids of the papers that a `reuse` names."""
    return frozenset(item["paper"] for item in reuse.values())


def ended(dossiers: Iterable[Dossier]) -> dict[int, list[IssuedPaper]]:
    """Dossier id → its papers that were suspended, revoked or replaced; only open dossiers that have any.

    One query, however many dossiers; none when nothing is taken over. A paper that merely ran out while
    the office was at work is not among them: it held on the day of filing.
    """
    wanted = {d.pk: named(d.reuse) for d in dossiers if d.reuse and not d.ended_at}
    ids = frozenset[int]().union(*wanted.values())
    papers = IssuedPaper.objects.filter(pk__in=ids).exclude(status=PaperStatus.VALID) if ids else []
    found = {paper.pk: paper for paper in papers}
    listed = {pk: [found[one] for one in sorted(own) if one in found] for pk, own in wanted.items()}
    return {pk: those for pk, those in listed.items() if those}


def sentences(dossiers: Iterable[Dossier]) -> dict[int, list[str]]:
    """Dossier id → what to say of each paper that no longer holds, as `sentence` says it."""
    return {pk: [sentence(paper) for paper in those] for pk, those in ended(dossiers).items()}


def sentence(paper: IssuedPaper, *, at: datetime | None = None) -> str:
    """Which paper, what became of it and when. `at`: the moment asked about, for papers that run out."""
    state = paper.state(timezone.localdate(at)) if at else paper.status
    if state == "expired" and paper.valid_until:
        status, day = "", paper.valid_until
        pattern = _("%(title)s no. %(number)s (valid until %(day)s only)")
    else:
        status, day = str(PaperStatus(paper.status).label).lower(), timezone.localdate(paper.status_at)
        pattern = _("%(title)s no. %(number)s (%(status)s since %(day)s)")
    return pattern % {
        "title": words.text(paper.title),
        "number": paper.number,
        "status": status,
        "day": date_format(day, "d/m/Y"),
    }
