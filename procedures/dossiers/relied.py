"""The issued papers that a dossier or a draft takes over (`reuse`), and which of them no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import words
from portal.documents.models import ForeignPaper, IssuedPaper, PaperStatus
from procedures.dossiers.models import Dossier

Paper = IssuedPaper | ForeignPaper


def named(reuse: Mapping[str, Any]) -> frozenset[int]:
    """Ids of the papers of our own register that a `reuse` names."""
    return frozenset(item["paper"] for item in reuse.values() if "paper" in item)


def foreign(reuse: Mapping[str, Any]) -> frozenset[int]:
    """Ids of the papers of other sites that a `reuse` names."""
    return frozenset(item["foreign"] for item in reuse.values() if "foreign" in item)


def mark(paper: Paper) -> int | str:
    """What the history names a paper by."""
    return paper.pk if isinstance(paper, IssuedPaper) else f"foreign:{paper.pk}"


def ended(dossiers: Iterable[Dossier]) -> dict[int, list[Paper]]:
    """Dossier id → its papers that were suspended, revoked or replaced; only open dossiers that have any.

    One query, however many dossiers, one more where papers of other sites are among them; none when nothing is
    taken over. A paper that merely ran out while the office was at work is not among them: it held on the day of
    filing.
    """
    open_ = [d for d in dossiers if d.reuse and not d.ended_at]
    found = _ended_here(open_)
    wanted = {d.pk: foreign(d.reuse) for d in open_ if foreign(d.reuse)}
    ids = frozenset[int]().union(*wanted.values())
    rows = (
        ForeignPaper.objects.filter(pk__in=ids).exclude(outcome__in=("", "valid", "expired")) if ids else []
    )
    for paper in rows:
        for pk in [pk for pk, own in wanted.items() if paper.pk in own]:
            found.setdefault(pk, []).append(paper)
    return found


def _ended_here(dossiers: list[Dossier]) -> dict[int, list[Paper]]:
    wanted = {d.pk: named(d.reuse) for d in dossiers}
    ids = frozenset[int]().union(*wanted.values())
    papers = IssuedPaper.objects.filter(pk__in=ids).exclude(status=PaperStatus.VALID) if ids else []
    found = {paper.pk: paper for paper in papers}
    listed: dict[int, list[Paper]] = {
        pk: [found[one] for one in sorted(own) if one in found] for pk, own in wanted.items()
    }
    return {pk: those for pk, those in listed.items() if those}


def sentences(dossiers: Iterable[Dossier]) -> dict[int, list[str]]:
    """Dossier id → what to say of each paper that no longer holds, as `sentence` says it."""
    return {pk: [sentence(paper) for paper in those] for pk, those in ended(dossiers).items()}


def sentence(paper: Paper, *, at: datetime | None = None) -> str:
    """Which paper, what became of it and when. `at`: the moment asked about, for papers that run out."""
    if isinstance(paper, ForeignPaper):
        return _foreign_sentence(paper)
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


def _foreign_sentence(paper: ForeignPaper) -> str:
    return _("%(title)s no. %(number)s of %(site)s (does not hold any more, asked on %(day)s)") % {
        "title": words.text(paper.title),
        "number": paper.number,
        "site": paper.site_name,
        "day": date_format(timezone.localdate(paper.asked_at), "d/m/Y"),
    }
