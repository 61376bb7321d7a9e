"""Consents: given once in certain words, readable for ever, withdrawn with immediate effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from portal.accounts.models import Agency, Person
from portal.documents.models import Consent, ConsentKind, IssuedPaper


class NotInForce(Exception):
    """The consent was withdrawn, is used up or over: nothing may be read by it any more."""


def for_dossier(
    paper: IssuedPaper,
    *,
    agency: Agency,
    purpose: Mapping[str, str],
    text: str,
    language: str,
    dossier_code: str,
    given_at: datetime,
) -> Consent:
    """The receipt for a paper that its holder took over into a dossier: the whole paper, for this dossier."""
    return Consent.objects.create(
        kind=ConsentKind.REUSE,
        person_id=paper.holder_id,
        paper=paper,
        recipient=agency.name,
        agency=agency,
        purpose=dict(purpose),
        text=text,
        language=language,
        dossier_code=dossier_code,
        given_at=given_at,
    )


def share(
    paper: IssuedPaper,
    *,
    person: Person,
    recipient: str,
    agency: Agency | None,
    purpose: Mapping[str, str],
    basis: Mapping[str, str],
    claims: Sequence[Mapping[str, str]],
    questions: Sequence[Mapping[str, str]],
    text: str,
    language: str,
    until: datetime | None,
    once: bool,
    at: datetime,
) -> Consent:
    """The receipt for what another agency may learn from the paper, and nothing else of it."""
    return Consent.objects.create(
        kind=ConsentKind.SHARE,
        person=person,
        paper=paper,
        recipient=recipient,
        agency=agency,
        purpose=dict(purpose),
        basis=dict(basis),
        claims=[dict(claim) for claim in claims],
        questions=[dict(question) for question in questions],
        text=text,
        language=language,
        until=until,
        once=once,
        given_at=at,
    )


@transaction.atomic
def withdraw(consent: Consent, *, at: datetime) -> Consent:
    """Take the consent back: from now on nothing is read by it. Raises NotInForce when it held no more.

    What was read before stays lawful, and known to whoever read it.
    """
    row = _locked(consent, at)
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    return row


@transaction.atomic
def spend(consent: Consent, *, at: datetime) -> Consent:
    """Read by it: a consent for once is used up. The row stays locked until the caller's transaction ends.

    Raises NotInForce. Two readers at a time: one of them reads, the other is refused.
    """
    row = _locked(consent, at)
    if row.once:
        row.spent_at = at
        row.save(update_fields=["spent_at"])
    return row


def of_dossier(paper: IssuedPaper, dossier_code: str) -> Consent | None:
    """The consent by which the dossier took this paper over, the last one if it did so again."""
    given = Consent.objects.filter(paper=paper, dossier_code=dossier_code, kind=ConsentKind.REUSE)
    return given.order_by("-pk").first()


def taken_back(dossier_code: str) -> list[Consent]:
    """The withdrawn consents to papers that the dossier took over, each the last one for its paper. One query."""
    given = Consent.objects.filter(dossier_code=dossier_code, kind=ConsentKind.REUSE).select_related("paper")
    last = {row.paper_id: row for row in given.order_by("pk")}
    return [row for row in last.values() if row.withdrawn_at]


def _locked(consent: Consent, at: datetime) -> Consent:
    row = Consent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
    if row.state(at) != "holds":
        raise NotInForce(row.state(at))
    return row
