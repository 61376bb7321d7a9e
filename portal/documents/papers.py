"""The register of issued papers: entering, using and ending them. A signed PDF says what was true when it was
signed; whether it still holds is written here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts.models import Agency, Person, User
from portal.documents import keys, signing, store
from portal.documents.models import (
    AccessKind,
    AccessLog,
    Consent,
    Document,
    IssuedPaper,
    PaperCheck,
    PaperStatus,
    Share,
)

# From which status to which; what is not here is final.
MOVES = {
    PaperStatus.VALID: {PaperStatus.SUSPENDED, PaperStatus.REVOKED, PaperStatus.REPLACED},
    PaperStatus.SUSPENDED: {PaperStatus.VALID, PaperStatus.REVOKED, PaperStatus.REPLACED},
}


class StatusRefused(Exception):
    """A revoked or replaced paper stays so, and a replaced one names its successor."""


def of(person: Person, type_code: str, at: datetime) -> list[IssuedPaper]:
    """The person's papers of this type that are valid and not expired at `at`, newest first. One query."""
    mine = IssuedPaper.objects.filter(holder=person, type_code=type_code)
    usable = mine.usable(timezone.localdate(at)).select_related("document")
    return list(usable.order_by("-issued_at", "-pk"))


@transaction.atomic
def register(
    document: Document,
    *,
    check_code: str,
    type_code: str,
    title: Mapping[str, str],
    number: str,
    issuer: Agency,
    signer_name: str,
    signer_position: str,
    signer_keys: Mapping[str, str],
    holder: Person,
    subject_name: str,
    claims: Mapping[str, Any],
    issued_at: datetime,
    valid_until: date | None = None,
) -> IssuedPaper:
    """Enter a signed document: from now on its check code and its bytes are known as this paper.

    Everything shown later is copied here, included the level of its signatures and the certificates of `signer_keys`
    (role → key id).
    Raises KeyUnavailable; IntegrityError for a number or check code that is taken.
    """
    store.attach([document], at=issued_at)
    return IssuedPaper.objects.create(
        document=document,
        check_code=check_code,
        type_code=type_code,
        title=dict(title),
        number=number,
        issuer=issuer,
        issuer_name=issuer.name,
        signer_name=signer_name,
        signer_position=signer_position,
        signer_keys=dict(signer_keys),
        signer_certificates={role: keys.fingerprint(key_id) for role, key_id in signer_keys.items()},
        signature_level=settings.SIGNING_LEVEL,
        proof_until=signing.proof_until(),
        holder=holder,
        subject_name=subject_name,
        claims=dict(claims),
        issued_at=issued_at,
        valid_until=valid_until,
        status_at=issued_at,
    )


def newest(paper: IssuedPaper) -> Document:
    """The paper's file as it is given out now: the one issued, or the last renewed one. One query."""
    renewal = paper.renewals.select_related("document").order_by("-at", "-pk").first()
    return renewal.document if renewal else paper.document


@transaction.atomic
def set_status(
    paper: IssuedPaper, status: str, *, reason: str, at: datetime, replaced_by: IssuedPaper | None = None
) -> IssuedPaper:
    """Suspend, restore, revoke or replace a paper. `reason` is shown to whoever checks it: no personal data.

    Raises StatusRefused for a move that MOVES does not know, and for a replacement without another successor.
    """
    row = IssuedPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if status not in MOVES.get(PaperStatus(row.status), set()):
        raise StatusRefused(f"A paper that is {row.status} cannot become {status}.")
    if (status == PaperStatus.REPLACED) != (replaced_by is not None and replaced_by.pk != row.pk):
        raise StatusRefused("A replaced paper, and no other, names the paper that replaces it.")
    row.status, row.status_reason, row.status_at, row.replaced_by = status, reason, at, replaced_by
    row.save(update_fields=["status", "status_reason", "status_at", "replaced_by"])
    return row


def chain(paper: IssuedPaper) -> list[IssuedPaper]:
    """All the papers of which each took the place of the one before, `paper` among them, oldest first.

    One query for each link; corrections of corrections are few.
    """
    found = [paper]
    while first := found[0].replaces.order_by("pk").first():
        found.insert(0, first)
    while (last := found[-1]).replaced_by_id:
        found.append(IssuedPaper.objects.get(pk=last.replaced_by_id))
    return found


def use(
    paper: IssuedPaper,
    *,
    by: User | None,
    by_name: str,
    purpose: Mapping[str, str],
    at: datetime,
    basis: Mapping[str, str] | None = None,
    agency: Agency | None = None,
    dossier_code: str = "",
    consent: Consent | None = None,
    share: Share | None = None,
) -> AccessLog:
    """Write down that someone used the whole paper: who, for what, on which legal basis or with whose consent.

    `purpose` and `basis` are {"vi": …, "en": …}. What the holder does with their own paper is noted as such.
    """
    own = by is not None and by.person_id == paper.holder_id
    looked = AccessKind.OWN if own else AccessKind.OFFICER
    return AccessLog.objects.create(
        kind=AccessKind.SHOWN if share else AccessKind.REUSE if consent else looked,
        person_id=paper.holder_id,
        paper=paper,
        by=by,
        by_name=by_name,
        agency=agency,
        purpose=dict(purpose),
        basis=dict(basis or {}),
        dossier_code=dossier_code,
        consent=consent,
        share=share,
        at=at,
    )


def count_check(paper: IssuedPaper, *, at: datetime) -> None:
    """Count one public check of the paper on Vietnam's day of `at`."""
    day = timezone.localdate(at)
    counted = PaperCheck.objects.filter(paper=paper, day=day)
    if not counted.update(times=F("times") + 1):
        PaperCheck.objects.bulk_create([PaperCheck(paper=paper, day=day)], ignore_conflicts=True)
        counted.update(times=F("times") + 1)


def mask_name(name: str) -> str:
    """`Nguyễn Thị Mẫu` → `Nguyễn T. M.`: enough to compare with a paper in hand, too little to learn a name."""
    family, *given = name.split() or [""]
    if not given:
        return f"{family[:1]}." if family else ""
    return " ".join([family, *(f"{part[0]}." for part in given)])


def birth_year(paper: IssuedPaper) -> str:
    """The year of birth beside the subject's name in the paper's data; "" when there is none."""
    return _birth_year(paper.claims, paper.subject_name)


def _birth_year(claims: Any, name: str) -> str:
    if not isinstance(claims, Mapping):
        return ""
    if claims.get("full_name") == name and isinstance(claims.get("date_of_birth"), str):
        return str(claims["date_of_birth"])[:4]
    return next(filter(None, (_birth_year(inner, name) for inner in claims.values())), "")
