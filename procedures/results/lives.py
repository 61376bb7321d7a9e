"""The life of a result after its issue: suspended, valid again, revoked. Its issuer's leader decides.

What was signed stays as it was; the register alone changes, and with it what everyone reads who checks
the paper, on screen or by the code printed on it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents import papers
from portal.documents.models import IssuedPaper, PaperStatus
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import NotAllowed
from procedures.results import relying

# What is shown to whoever checks the paper is both together, within the register's 300 characters.
REASON, BASIS = 180, 100


def suspend(
    paper: IssuedPaper, *, by: User, actors: frozenset[str], reason: str, basis: str, at: datetime
) -> IssuedPaper:
    """The paper does not hold until it is restored. See `_change`."""
    return _change(paper, PaperStatus.SUSPENDED, by=by, actors=actors, reason=reason, basis=basis, at=at)


def restore(
    paper: IssuedPaper, *, by: User, actors: frozenset[str], reason: str, basis: str, at: datetime
) -> IssuedPaper:
    """A suspended paper holds again. See `_change`."""
    return _change(paper, PaperStatus.VALID, by=by, actors=actors, reason=reason, basis=basis, at=at)


def revoke(
    paper: IssuedPaper, *, by: User, actors: frozenset[str], reason: str, basis: str, at: datetime
) -> IssuedPaper:
    """The paper does not hold any more, for good. See `_change`."""
    return _change(paper, PaperStatus.REVOKED, by=by, actors=actors, reason=reason, basis=basis, at=at)


# status reached → line in the history of the dossier it came from, line in that of each that relies on it.
_LINES = {
    PaperStatus.SUSPENDED: ("suspend_result", "paper_ended"),
    PaperStatus.VALID: ("restore_result", "paper_restored"),
    PaperStatus.REVOKED: ("revoke_result", "paper_ended"),
    PaperStatus.REPLACED: ("replace_result", "paper_ended"),
}


def refusal(paper: IssuedPaper, to: PaperStatus) -> str:
    """Why the paper cannot become `to` from what it is now; "" when it can."""
    now = PaperStatus(paper.status)
    if to in papers.MOVES.get(now, set()):
        return ""
    return _("The paper is now “%(status)s”.") % {"status": now.label}


@transaction.atomic
def _change(
    paper: IssuedPaper,
    to: PaperStatus,
    *,
    by: User,
    actors: frozenset[str],
    reason: str,
    basis: str,
    at: datetime,
) -> IssuedPaper:
    """In order: the register (which locks the paper), the history of the dossier that it came from and a
    message to its holder, then the same for every open dossier that relies on it, each locked. Drafts say
    it on their own pages. `actors`: the roles that `by` holds at the issuing agency. Raises NotAllowed.
    """
    if "leader" not in actors:
        raise NotAllowed(_("Your role does not allow this."))
    why = _why(reason, basis)
    try:
        paper = papers.set_status(paper, to, reason=why, at=at)
    except papers.StatusRefused as refused:  # a colleague was faster
        paper.refresh_from_db(fields=["status"])
        raise NotAllowed(refusal(paper, to)) from refused
    _tell(paper, to, by=by, at=at, note=why)
    return paper


@transaction.atomic
def succeed(dossier: Dossier, successor: IssuedPaper, *, by: User | None, at: datetime) -> None:
    """The result of a correction takes the place of the paper that it corrects, in the transaction of its issue.

    Nothing for a dossier that corrects none. The order of `_change`. Raises NotAllowed for a paper that was
    revoked meanwhile.
    """
    if not dossier.corrects:
        return
    with translation.override("vi"):  # whoever checks the paper reads it, for ever
        reason = _("Corrected and issued anew")
        note = _("Replaced by no. %(number)s") % {"number": successor.number}
    try:
        paper = papers.set_status(
            dossier.corrects, PaperStatus.REPLACED, reason=reason, at=at, replaced_by=successor
        )
    except papers.StatusRefused as refused:
        dossier.corrects.refresh_from_db(fields=["status"])
        raise NotAllowed(refusal(dossier.corrects, PaperStatus.REPLACED)) from refused
    _tell(paper, PaperStatus.REPLACED, by=by, at=at, note=note)


def _tell(paper: IssuedPaper, to: PaperStatus, *, by: User | None, at: datetime, note: str) -> None:
    """Everyone whom the paper's new status concerns: its own dossier first, then those that rely on it."""
    own, theirs = _LINES[to]
    about = {"paper": paper.pk, "title": paper.title, "number": paper.number}
    source = dossiers.lock(Dossier.objects.get(result__paper=paper))
    dossiers.remark(source, own, by=by, at=at, note=note, **about)
    for dossier in relying.dossiers(paper, lock=True):
        dossiers.remark(dossier, theirs, by=None, at=at, note=f"{paper.issuer_name}: {note}", **about)


def _why(reason: str, basis: str) -> str:
    """Both in one, as whoever checks the paper reads it. Raises NotAllowed when one is missing or too long."""
    reason, basis = (text.replace("\0", "").strip().rstrip(".") for text in (reason, basis))
    if not reason or not basis:
        raise NotAllowed(_("Give the reason and its legal basis: whoever checks the paper reads them."))
    if len(reason) > REASON or len(basis) > BASIS:
        raise NotAllowed(_("Be shorter: whoever checks the paper reads this."))
    return f"{reason} ({basis})"
