"""Answering a client: no more than was asked, than its purpose covers and than the person agreed to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.documents import consents
from portal.documents.models import AccessKind, AccessLog, Consent, IssuedPaper
from portal.sharing import predicates
from portal.sharing.models import Asking, Client, Request, Scope
from portal.sharing.requests import OtherBody


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client wants to know: paths of claims and codes of questions, all of them its scope's."""

    personal_id: str
    claims: Collection[str]
    questions: Collection[str]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Right:
    """By which right something is told, and from which paper. Both empty: nothing is."""

    paper: IssuedPaper | None = None
    consent: Consent | None = None


def answer(
    client: Client, scope: Scope, asked: Asked, *, key: str, body_sha256: str, at: datetime
) -> dict[str, Any]:
    """The answer, of the same shape whatever it says. Raises OtherBody for a key that asked something else.

    In order: a repeated question is answered again by the right it had; else the right is found (the law, or a
    consent that holds now, which a consent for once is used up by), the question and the person's log are written.
    """
    asking = _repeated(client, key, body_sha256)
    if asking is None:
        try:
            asking = _first(client, scope, asked, key=key, body_sha256=body_sha256, at=at)
        except IntegrityError:  # the same key at the same moment
            asking = _repeated(client, key, body_sha256)
            if asking is None:
                raise
    return _told(asking, scope, asked, at=at)


def _repeated(client: Client, key: str, body_sha256: str) -> Asking | None:
    known = Asking.objects.select_related("consent", "paper").filter(client=client, key=key).first()
    if known and known.body_sha256 != body_sha256:
        raise OtherBody
    return known


@transaction.atomic
def _first(client: Client, scope: Scope, asked: Asked, *, key: str, body_sha256: str, at: datetime) -> Asking:
    person = Person.objects.filter(personal_id=asked.personal_id).first()
    right = _right(scope, person, asked, at=at)
    asking = Asking.objects.create(
        client=client,
        scope=scope,
        key=key,
        body_sha256=body_sha256,
        consent=right.consent,
        paper=right.paper,
        at=at,
    )
    if person:
        _log(client, scope, asked, person, right, at=at)
    return asking


def _right(scope: Scope, person: Person | None, asked: Asked, *, at: datetime) -> Right:
    if person is None:
        return Right()
    if scope.needs_consent:
        return _agreed(scope, person, asked, at=at)
    papers = IssuedPaper.objects.filter(holder=person, type_code=scope.type_code)
    day = timezone.localdate(at)
    # The paper that holds; failing that the last one, so that what became of it can be said.
    newest = list(papers.order_by("-issued_at", "-pk")[:20])
    return Right(next((p for p in newest if p.state(day) == "valid"), newest[0] if newest else None))


def _agreed(scope: Scope, person: Person, asked: Asked, *, at: datetime) -> Right:
    """By the last consent that covers all that is asked; failing that, the last that covers some of it."""
    given = Request.objects.filter(scope=scope, person=person, agreed_at__isnull=False)
    holding = Consent.objects.in_force(at).filter(pk__in=given.values("consent"))
    found = sorted(holding.select_related("paper").order_by("-pk")[:20], key=lambda c: -_covered(c, asked))
    for consent in found:
        if not _covered(consent, asked):
            break
        try:
            return Right(consent.paper, consents.spend(consent, at=at))
        except consents.NotInForce:  # withdrawn, or read by somebody else, a moment ago
            continue
    return Right()


def _covered(consent: Consent, asked: Asked) -> int:
    claims = {claim["path"] for claim in consent.claims}.intersection(asked.claims)
    return len(claims) + len({q["code"] for q in consent.questions}.intersection(asked.questions))


def _log(
    client: Client, scope: Scope, asked: Asked, person: Person, right: Right, *, at: datetime
) -> AccessLog:
    named = [*scope.claims_of(list(asked.claims)), *scope.questions_of(list(asked.questions))]
    return AccessLog.objects.create(
        kind=AccessKind.QUESTION,
        person=person,
        paper=right.paper,
        by=None,
        by_name=client.name,
        agency=client.agency,
        purpose=scope.purpose,
        basis=scope.basis,
        claims=[{"vi": item["vi"], "en": item["en"]} for item in named],
        is_told=right.paper is not None and right.paper.state(timezone.localdate(at)) == "valid",
        dossier_code=asked.reference,
        consent=right.consent,
        at=at,
    )


def _told(asking: Asking, scope: Scope, asked: Asked, *, at: datetime) -> dict[str, Any]:
    """What the paper says now, if the right holds now. A consent that was used up by this very question does."""
    consent, paper = asking.consent, asking.paper
    if consent and (consent.withdrawn_at or (consent.until and consent.until <= at)):
        consent = paper = None
    day = timezone.localdate(at)
    holds = paper is not None and paper.state(day) == "valid"
    claims = paper.claims if paper and holds else {}
    return {
        "id": str(asking.pk),
        "scope": scope.code,
        "answered_at": at.isoformat(),
        "answers": _answers(scope, asked, consent, claims, day),
        "claims": {
            path: predicates.dig(claims, path) if _may(consent, "claims", "path", path) else None
            for path in asked.claims
        },
        "paper": {
            "type": scope.type_code,
            "issued_at": paper.issued_at.isoformat() if paper else None,
            "status": paper.state(day) if paper else None,
            "status_at": paper.status_at.isoformat() if paper else None,
            "valid_until": paper.valid_until.isoformat() if paper and paper.valid_until else None,
        },
        "receipt": consent.number if consent else None,
    }


def _answers(
    scope: Scope, asked: Asked, consent: Consent | None, claims: Mapping[str, Any], day: Any
) -> dict[str, str]:
    return {
        question["code"]: predicates.answer(question["expression"], claims, on=day)
        if claims and _may(consent, "questions", "code", question["code"])
        else predicates.UNKNOWN
        for question in scope.questions_of(list(asked.questions))
    }


def _may(consent: Consent | None, what: str, key: str, value: str) -> bool:
    """Within what was agreed to. Without a consent it is the law's scope, which the question was held against."""
    return consent is None or any(item[key] == value for item in getattr(consent, what))
