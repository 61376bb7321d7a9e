"""The verb: look somebody up. Every question is written down, whatever comes of it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.accounts.models import Person, User
from portal.registries import breaker, client, kept
from portal.registries.answers import CLAIMS, Answer, Outcome, Registry
from portal.registries.client import Question, is_connected
from portal.registries.models import LookUp

__all__ = ["Reason", "is_connected", "look_up", "look_up_all", "name_dossier"]

log = logging.getLogger(__name__)
Words = Mapping[str, str]  # {"vi": …, "en": …}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is looked up: what for, which law allows it, for which draft or dossier."""

    purpose: Words
    basis: Words
    draft: UUID | None = None
    dossier_code: str = ""


def look_up(
    registry: Registry,
    whom: Person | str,
    *,
    claims: Collection[str],
    purpose: Words,
    basis: Words,
    draft: UUID | None = None,
    dossier_code: str = "",
    by: User | None,
    by_name: str = "",
    at: datetime,
) -> Answer:
    """Ask one register about a person or a personal ID number; see `look_up_all`."""
    reason = Reason(purpose, basis, draft, dossier_code)
    return look_up_all({registry: claims}, whom, reason=reason, by=by, by_name=by_name, at=at)[registry]


def look_up_all(
    asked: Mapping[Registry, Collection[str]],
    whom: Person | str,
    *,
    reason: Reason,
    by: User | None,
    by_name: str = "",
    at: datetime,
) -> dict[Registry, Answer]:
    """Ask several registers at once for `claims` each, within `client.LIMIT` seconds all together.

    In order: what is kept and still good, then the wire (not to a register that just failed again and
    again); then the log. Name and date of birth are compared where a Person is given. Never raises for
    what a register does: no answer is UNAVAILABLE. Not to be called inside a transaction: locks would
    wait for the wire. Without registers (REGISTRIES_URL is empty) nothing is asked and nothing written.
    Raises ValueError for a claim that the register does not have.
    """
    if not client.is_connected():
        return {registry: Answer(registry, Outcome.UNAVAILABLE, at) for registry in asked}
    questions = {
        registry: _question(registry, claims, whom, reason) for registry, claims in asked.items() if claims
    }
    found = {r: answer for r, q in questions.items() if (answer := kept.get(q, at=at))}
    known = frozenset(found)
    found |= _ask([q for r, q in questions.items() if r not in found], at=at)
    LookUp.objects.bulk_create(
        _row(questions[registry], answer, whom, reason, registry in known, by=by, by_name=by_name, at=at)
        for registry, answer in found.items()
    )
    return found


def _question(
    registry: Registry, claims: Collection[str], whom: Person | str, reason: Reason
) -> client.Question:
    if unknown := set(claims) - CLAIMS[registry].keys():
        raise ValueError(f"{registry} has no {', '.join(sorted(unknown))}")
    subject = {"personal_id": whom if isinstance(whom, str) else whom.personal_id}
    if isinstance(whom, Person):
        subject["full_name"] = whom.full_name
        if whom.date_of_birth:
            subject["date_of_birth"] = whom.date_of_birth.isoformat()
    dossier = reason.dossier_code or str(reason.draft or "")
    purpose, basis = reason.purpose["vi"], reason.basis["vi"]  # the registers speak Vietnamese
    return Question(registry, subject, tuple(sorted(claims)), purpose, basis, dossier)


def _ask(questions: Sequence[Question], *, at: datetime) -> dict[Registry, Answer]:
    """Ask over the wire, tell the breaker, keep what was found."""
    spared = [q for q in questions if breaker.is_open(q.registry)]
    asked = [q for q in questions if q not in spared]
    found = {q.registry: Answer(q.registry, Outcome.UNAVAILABLE, at) for q in spared}
    for question, reply in zip(asked, client.ask(asked), strict=True):
        answer = Answer(question.registry, reply.outcome, at, reply.data)
        if answer.outcome == Outcome.UNAVAILABLE:
            breaker.failed(question.registry)
        else:
            breaker.answered(question.registry)
            kept.put(question, answer)
        found[question.registry] = answer
    return found


def _row(
    question: Question,
    answer: Answer,
    whom: Person | str,
    reason: Reason,
    was_kept: bool,
    *,
    by: User | None,
    by_name: str,
    at: datetime,
) -> LookUp:
    person = whom if isinstance(whom, Person) else Person.objects.filter(personal_id=whom).first()
    return LookUp(
        registry=question.registry.value,
        person=person,
        personal_id="" if person else question.subject["personal_id"],
        claims=list(question.claims),
        purpose=dict(reason.purpose),
        basis=dict(reason.basis),
        draft=reason.draft,
        dossier_code=reason.dossier_code,
        outcome=answer.outcome.value,
        was_kept=was_kept,
        by=by,
        by_name=by_name or (by.full_name if by else ""),
        at=at,
    )


def name_dossier(draft: UUID, code: str) -> None:
    """The draft became this dossier: say so beside the look-ups that were made for it."""
    LookUp.objects.filter(draft=draft, dossier_code="").update(dossier_code=code)
