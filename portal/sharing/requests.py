"""A client asks a person to agree; the person agrees to one paper, for once or until a day, or refuses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal import words
from portal.accounts.models import Person, User
from portal.documents import consents
from portal.documents.models import Consent, IssuedPaper
from portal.messages import outbox
from portal.sharing import predicates
from portal.sharing.models import Client, Request, Scope

PATIENCE = timedelta(days=14)  # how long a citizen may think it over
SHORTER = (7, 30, 90)  # days that are offered beside what was asked for


class OtherBody(Exception):
    """The key was used before, for something else."""


class NotWaiting(Exception):
    """It was agreed to, refused, or is too old: there is nothing to decide."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an agency would learn from `paper`: name and value of each claim, each question and its answer now."""

    paper: IssuedPaper
    claims: list[tuple[dict[str, str], Any]]
    questions: list[tuple[dict[str, str], str]]


def ask(
    client: Client,
    scope: Scope,
    *,
    personal_id: str,
    claims: Collection[str],
    questions: Collection[str],
    days: int,
    reference: str,
    key: str,
    body_sha256: str,
    at: datetime,
) -> tuple[Request, bool]:
    """Ask the person to agree: the row, a message to whoever has an account. Returns it, and whether it is new.

    The same key is answered with the same request; so is a person who has not yet answered the same question,
    so that nobody is pestered. Raises OtherBody.
    """
    if known := _repeated(client, key, body_sha256):
        return known, False
    person = Person.objects.filter(personal_id=personal_id).first()
    row = Request(
        client=client,
        scope=scope,
        person=person,
        personal_id="" if person else personal_id,
        claims=sorted(claims),
        questions=sorted(questions),
        days=min(days, scope.most_days),
        reference=reference,
        key=key,
        body_sha256=body_sha256,
        created_at=at,
        expires_at=at + PATIENCE,
    )
    if asked := _unanswered(row, at):
        return asked, False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _tell(row, at=at)
    except IntegrityError:  # the same key at the same moment
        if known := _repeated(client, key, body_sha256):
            return known, False
        raise
    return row, True


def _repeated(client: Client, key: str, body_sha256: str) -> Request | None:
    known = Request.objects.select_related("consent", "scope").filter(client=client, key=key).first()
    if known and known.body_sha256 != body_sha256:
        raise OtherBody
    return known


def _unanswered(row: Request, at: datetime) -> Request | None:
    """The same question that still waits. A refused one counts, or its asker would learn of the refusal."""
    same = Request.objects.filter(
        client=row.client, scope=row.scope, person=row.person, personal_id=row.personal_id, expires_at__gt=at
    ).filter(agreed_at=None, days=row.days)
    return next((r for r in same if (r.claims, r.questions) == (row.claims, row.questions)), None)


def _tell(row: Request, *, at: datetime) -> None:
    user = User.objects.filter(person=row.person, is_active=True).first() if row.person else None
    if user is None:
        return
    with translation.override(user.language or "vi"):
        values = {
            "who": row.client.name,
            "title": words.text(row.scope.title),
            "purpose": words.text(row.scope.purpose),
            "day": words.dmy(timezone.localdate(row.expires_at)),
        }
        outbox.send(
            user,
            key=f"share:{row.pk}",
            subject=_("%(who)s asks to learn something from a paper of yours") % values,
            body=_(
                "Which paper: %(title)s. What for: %(purpose)s. You decide: nothing is told before you agree. "
                "You can answer until %(day)s; if you do nothing, nothing is told."
            )
            % values,
            link=row.get_absolute_url(),
            at=at,
        )


def offers(request: Request, person: Person, *, at: datetime) -> list[Shown]:
    """The person's valid papers of the type, newest first, each with what would be told from it. One query."""
    mine = IssuedPaper.objects.filter(holder=person, type_code=request.scope.type_code)
    usable = mine.usable(timezone.localdate(at)).select_related("document").order_by("-issued_at", "-pk")
    return [_shown(request, paper, at) for paper in usable[:20]]


def _shown(request: Request, paper: IssuedPaper, at: datetime) -> Shown:
    day = timezone.localdate(at)
    return Shown(
        paper,
        [(claim, predicates.dig(paper.claims, claim["path"])) for claim in request.asked_claims],
        [
            (question, predicates.answer(question["expression"], paper.claims, on=day))
            for question in request.asked_questions
        ],
    )


def terms(request: Request, *, at: datetime) -> list[tuple[str, datetime | None]]:
    """For how long the person may agree: once, or until one of some days, the last of them what was asked for."""
    days = [n for n in SHORTER if n < request.days] + ([request.days] if request.days else [])
    return [("0", None)] + [(str(n), at + timedelta(days=n)) for n in days]


def text(request: Request, paper: IssuedPaper, until: datetime | None, *, language: str) -> str:
    """The very words the person agrees to; kept in the receipt."""
    with translation.override(language):
        named = [words.text(item) for item in [*request.asked_claims, *request.asked_questions]]
        values = {
            "who": request.client.name,
            "what": "; ".join(named),
            "title": words.text(paper.title),
            "number": paper.number,
            "purpose": words.text(request.scope.purpose),
            "day": words.dmy(timezone.localdate(until)) if until else "",
        }
        if until:
            return (
                _(
                    "I agree that until %(day)s %(who)s learns this, and nothing else, from my paper %(title)s "
                    "no. %(number)s: %(what)s. Purpose: %(purpose)s."
                )
                % values
            )
        return (
            _(
                "I agree that %(who)s learns this once, and nothing else, from my paper %(title)s "
                "no. %(number)s: %(what)s. Purpose: %(purpose)s."
            )
            % values
        )


@transaction.atomic
def agree(
    request: Request, paper: IssuedPaper, *, until: datetime | None, language: str, by: User, at: datetime
) -> Consent:
    """The person of `by` agrees: the receipt, then the request points at it. Raises NotWaiting."""
    row = _locked(request, at)
    assert by.person is not None  # noqa: S101 - the view's door lets nobody else in
    consent = consents.share(
        paper,
        person=by.person,
        recipient=row.client.name,
        agency=row.client.agency,
        purpose=row.scope.purpose,
        basis=row.scope.basis,
        claims=row.asked_claims,
        questions=[{key: q[key] for key in ("code", "vi", "en")} for q in row.asked_questions],
        text=text(row, paper, until, language=language),
        language=language,
        until=until,
        once=until is None,
        at=at,
    )
    row.person, row.personal_id, row.consent, row.agreed_at = by.person, "", consent, at
    row.save(update_fields=["person", "personal_id", "consent", "agreed_at"])
    return consent


@transaction.atomic
def refuse(request: Request, *, at: datetime) -> None:
    """The person refuses; the client sees what it would see if nobody had answered. Raises NotWaiting."""
    row = _locked(request, at)
    row.refused_at = at
    row.save(update_fields=["refused_at"])


def _locked(request: Request, at: datetime) -> Request:
    rows = Request.objects.select_related("client", "scope", "client__agency")
    row = rows.select_for_update(of=("self",)).get(pk=request.pk)
    if not row.is_waiting(at):
        raise NotWaiting
    return row
