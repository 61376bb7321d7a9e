"""Correcting an issued paper (cải chính, đính chính, cấp lại): a dossier of its own, which issues the successor.

It begins as a copy of the dossier that the paper came from, goes the same way (receive, handle, approve, number,
seal) under the same rules, and costs nothing. The paper stays what it is until the successor is issued; in that very
moment it becomes "replaced". The citizen asks for it, or the agency sees its own error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents.models import IssuedPaper, PaperStatus
from procedures.definitions import runtime
from procedures.dossiers import clock, contents, dossiers, paperwork, unlocking, workflow
from procedures.dossiers.models import OPEN, Dossier, FormKind, Status
from procedures.dossiers.supplements import StillWrong
from procedures.dossiers.workflow import CITIZEN, NotAllowed
from procedures.eforms.schema import Field, FieldType

REASON, BASIS = 600, 100

# Lines of history by which somebody changed what the successor will say.
CHANGES = ("correct", "fill_outcome")


def refusal(paper: IssuedPaper, *, at: datetime) -> str:
    """Why the paper cannot be corrected now; "" when it can. One query."""
    state = paper.state(timezone.localdate(at))
    if state == "expired":
        return _("The time of this paper is over. For a new one, file the procedure again.")
    if state not in (PaperStatus.VALID, PaperStatus.SUSPENDED):
        return _("The paper is now “%(status)s”.") % {"status": PaperStatus(state).label}
    if under_way(paper):
        return _("A correction of this paper is under way already.")
    return ""


def under_way(paper: IssuedPaper) -> Dossier | None:
    return paper.corrections.filter(status__in=OPEN).first()


@transaction.atomic
def ask(paper: IssuedPaper, *, by: User, reason: str, at: datetime) -> Dossier:
    """The holder asks for it: a new dossier that lies with the office to be received. Raises NotAllowed.

    In order: the paper is locked and looked at, the dossier is made from the one it came from, with its files,
    the history says why, the acknowledgement is asked for, the citizen is told.
    """
    if paper.holder_id != by.person_id:
        raise NotAllowed(_("Your role does not allow this."))
    reason = _said(reason, most=REASON)
    dossier = _begin(paper, "ask_correction", frozenset({CITIZEN}), applicant=by, at=at)
    dossiers.remark(dossier, "ask_correction", by=by, at=at, note=reason, **_about(paper))
    paperwork.request(dossier, FormKind.FILING, at=at)
    return dossier


@transaction.atomic
def open_by_office(
    paper: IssuedPaper, *, by: User, actors: frozenset[str], reason: str, basis: str, at: datetime
) -> Dossier:
    """The agency corrects its own error: a new dossier, received at once, the clock running. Raises NotAllowed.

    In the order of `ask`; the holder, who asked for nothing, is told what the office is about.
    """
    why = f"{_said(reason, most=REASON)} ({_said(basis, most=BASIS)})"
    dossier = _begin(paper, "open_correction", actors, applicant=None, at=at)
    dossier.received_at, dossier.due_at = at, clock.due(dossier, received_at=at)
    dossier.status = Status.RECEIVED
    dossier.save(update_fields=["status", "received_at", "due_at"])
    dossiers.remark(dossier, "open_correction", by=by, at=at, note=why, **_about(paper))
    return dossier


@transaction.atomic
def correct(
    dossier: Dossier, *, answers: Mapping[str, Any], by: User, actors: frozenset[str], at: datetime
) -> Dossier:
    """The handler writes what is right; the history keeps before and after. Raises NotAllowed, StillWrong.

    `answers`: validated values by key of the form. What is computed follows, what no longer applies drops out, and
    what came from a register or another paper and is changed here is the office's own word from now on.
    """
    dossier = dossiers.lock(dossier)
    if why := correcting_refusal(dossier, actors):
        raise NotAllowed(why)
    open_to = questions(dossier)
    asked = {field.key for field in unlocking.questions(dossier, open_to, answers)}
    changed = {
        key: value
        for key, value in answers.items()
        if key in asked and (value or None) != (dossier.answers.get(key) or None)
    }
    if sentences := unlocking.shortcomings(dossier, open_to, changed):
        raise StillWrong(sentences)
    if changed:
        _apply(dossier, changed, by=by, at=at)
    return dossier


def _apply(dossier: Dossier, changed: dict[str, Any], *, by: User, at: datetime) -> None:
    before = {key: dossier.answers.get(key) for key in changed}
    dossier.answers, dossier.subject_name = unlocking.answered(dossier, changed)
    dossier.provenance = {key: o for key, o in dossier.provenance.items() if key not in changed}
    dossier.save(update_fields=["answers", "subject_name", "provenance"])
    dossiers.record(dossier, "correct", dossier.status, by=by, at=at, before=before, after=changed)


def correcting_refusal(dossier: Dossier, actors: frozenset[str]) -> str:
    """Why `actors` may not write into the dossier what is right; "" when they may."""
    if not dossier.corrects_id:
        return _("Only the dossier of a correction can be changed by the office.")
    if dossier.status != Status.PROCESSING or dossier.stage_role != "handler":
        return _("The dossier is at another stage.")
    return "" if "handler" in actors else _("Your role does not allow this.")


def questions(dossier: Dossier) -> dict[str, str]:
    """Keys of the questions whose answer may be corrected: all that apply and are answered by hand."""
    asked: Iterable[Field] = (field for step in unlocking.walk(dossier, {}).steps for field in step.fields)
    return {field.key: "" for field in asked if not field.compute and field.type != FieldType.FILE}


def require_sound(dossier: Dossier, claims: Mapping[str, Any], *, by: User) -> None:
    """What approving a correction takes besides everything else. Raises NotAllowed. Nothing for other dossiers.

    The paper still stands to be replaced, something was corrected, and who corrected it is not who approves.
    """
    if not dossier.corrects:
        return
    if why := standing_refusal(dossier):
        raise NotAllowed(why)
    if dossier.corrects.claims == claims:
        raise NotAllowed(_("Nothing has been corrected: the paper would say what the old one says."))
    if dossier.events.filter(by=by, action__in=CHANGES).exists():
        raise NotAllowed(_("You corrected it yourself: somebody else has to approve it."))


def standing_refusal(dossier: Dossier) -> str:
    """Why the paper that `dossier` corrects can have no successor any more; "" for every other dossier."""
    if not dossier.corrects or dossier.corrects.status in (PaperStatus.VALID, PaperStatus.SUSPENDED):
        return ""
    status = PaperStatus(dossier.corrects.status).label
    return _("The paper to be corrected is now “%(status)s”. Stop the processing.") % {"status": status}


def _begin(
    paper: IssuedPaper, action: str, actors: frozenset[str], *, applicant: User | None, at: datetime
) -> Dossier:
    """A dossier with what the paper's own one holds, the same files too."""
    if not actors & workflow.OPENINGS[action].who:
        raise NotAllowed(_("Your role does not allow this."))
    paper = IssuedPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if why := refusal(paper, at=at):
        raise NotAllowed(why)
    source = Dossier.objects.select_related("agency", "applicant", "person").get(result__paper=paper)
    filing = contents.Filing(
        version_id=source.version_id,
        applicant=applicant or source.applicant,
        person=source.person,
        agency=source.agency,
        answers=source.answers,
        context=source.context,
        provenance=source.provenance,
        language=source.language,
        corrects=paper,
    )
    dossier = contents.create(filing, runtime.definition(source.version_id), at=at)
    dossier.outcome = source.outcome
    dossier.save(update_fields=["outcome"])
    files = source.files.select_related("document", "paper")
    contents.attach(dossier, [contents.Paper(f.key, f.label, f.document, f.paper) for f in files], at=at)
    return dossier


def _about(paper: IssuedPaper) -> dict[str, Any]:
    return {"paper": paper.pk, "title": paper.title, "number": paper.number}


def _said(text: str, *, most: int) -> str:
    text = text.replace("\0", "").strip()
    if not text:
        raise NotAllowed(_("Say what is wrong on the paper, and what is right."))
    if len(text) > most:
        raise NotAllowed(_("Be shorter: at most %(most)s characters.") % {"most": most})
    return text
