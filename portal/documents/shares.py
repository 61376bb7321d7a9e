"""Showing a part of a paper: the holder opens a link for somebody, for a time; each look is written down.

The link's secret is made from the site's key and the share's id, so that its holder can see link and QR again,
while the register keeps a hash alone: who reads the register cannot look.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.accounts.models import User
from portal.documents import keys, papers, proving, statements
from portal.documents.models import IssuedPaper, Share, Statement
from portal.documents.proving import Proof, Unproven
from portal.documents.statements import Fact, Signed

# What knows the facts of a paper; filled by those who issue papers. The first that knows any is believed.
describers: list[Callable[[IssuedPaper], Sequence[Fact]]] = []

MOST = 30  # open links of one paper


class NothingToShow(Exception):
    """Nothing of this paper can be shown by itself."""


class Refused(Exception):
    """`reason`: not_valid, nothing_chosen, not_reached, too_many."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Ended(Exception):
    """The link is known and shows nothing any more; `share` says why."""

    def __init__(self, share: Share) -> None:
        self.share = share
        super().__init__(str(share.pk))


# ── The signed list ───────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def state(paper: IssuedPaper, *, at: datetime) -> Statement:
    """The paper's signed list; signed now with the issuer's seal when there is none yet.

    For a paper from before `state_first` was called at issue, or one whose procedure named nothing to show then: when
    it is first shared, or by `manage.py sign_statements`. In order: lock the paper, look again, sign, keep.
    Raises NothingToShow, KeyUnavailable.
    """
    if known := Statement.objects.filter(paper=paper).first():
        return known
    row = IssuedPaper.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=paper.pk)
    if known := Statement.objects.filter(paper=row).first():
        return known
    facts = next(filter(None, (describe(row) for describe in describers)), ())
    return state_first(row, facts, at=at)


def state_first(paper: IssuedPaper, facts: Sequence[Fact], *, at: datetime) -> Statement:
    """Sign the list of a paper that has none, as nobody else can know: it is locked, or was entered just now.

    Inside the caller's transaction. Raises NothingToShow without facts or with a seal whose kind of key signs
    no JWS, KeyUnavailable; then nothing was written.
    """
    if not facts:
        raise NothingToShow
    code, key = secrets.token_urlsafe(16), keys.key(paper.issuer.seal_key)
    if not statements.algorithm(key.certificate):
        raise NothingToShow
    signed = statements.sign(
        facts,
        code=code,
        issuer=paper.issuer.code,
        type_code=paper.type_code,
        title=paper.title,
        status=settings.PUBLIC_URL + reverse("documents:statement", args=[code]),
        valid_until=_end_of(paper),
        key=key,
        day=timezone.localdate(paper.issued_at),
        at=at,
    )
    return Statement.objects.create(
        paper=paper,
        code=code,
        token=signed.token,
        disclosures=signed.disclosures,
        seeds=signed.seeds,
        certificate=keys.fingerprint(paper.issuer.seal_key),
        signed_at=at,
    )


def _end_of(paper: IssuedPaper) -> datetime | None:
    if not paper.valid_until:
        return None
    return timezone.make_aware(datetime.combine(paper.valid_until + timedelta(days=1), time.min))


@dataclass(frozen=True, slots=True)
class Offer:
    """A fact that the holder may choose. `reached`: it says only that its day has come; `since`: the day when that
    is still ahead, for the holder's eyes alone.
    """

    name: str
    label: dict[str, str]
    value: Any
    reached: bool
    since: str = ""


def offers(statement: Statement, *, at: datetime) -> list[Offer]:
    """Everything that can be shown of the paper, in the order in which it was described; what must wait comes last."""
    found = []
    today = timezone.localdate(at).isoformat()
    for name, disclosure in statement.disclosures.items():
        said, first = statements.value_of(disclosure), statement.seeds.get(name, {}).get("first", "")
        since = first if first > today else ""
        found.append(Offer(name, said["label"], said.get("value", True), "reached" in said, since))
    return sorted(found, key=lambda offer: bool(offer.since))


# ── Links ─────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def open_link(
    statement: Statement,
    names: Sequence[str],
    *,
    receiver: str,
    purpose: str,
    lasts: timedelta,
    most_looks: int | None,
    consent_text: str,
    at: datetime,
) -> Share:
    """Open a link to the facts called `names`, in this order, for `lasts`. Raises Refused.

    In order: the paper is locked and must hold, the facts must be the statement's and their days have come, the paper
    has fewer than 30 open links, the link is written down with the words agreed to.
    """
    paper = IssuedPaper.objects.select_for_update(of=("self",)).get(pk=statement.paper_id)
    if paper.state(timezone.localdate(at)) != "valid":
        raise Refused("not_valid")
    if not names or not set(names) <= statement.disclosures.keys():
        raise Refused("nothing_chosen")
    if any(offer.since for offer in offers(statement, at=at) if offer.name in names):
        raise Refused("not_reached")
    if Share.objects.open(at).filter(statement=statement).count() >= MOST:
        raise Refused("too_many")
    share = Share(
        statement=statement,
        names=list(names),
        receiver=receiver,
        purpose=purpose,
        consent_text=consent_text,
        created_at=at,
        until=at + lasts,
        most_looks=most_looks,
    )
    share.token_sha256 = _hash(_token(share, settings.SECRET_KEY))
    share.save(force_insert=True)
    return share


def _token(share: Share, secret: str) -> str:
    """160 bits, different for every share; without the site's key nobody can make it."""
    return salted_hmac(
        "portal.documents.shares", str(share.pk), secret=secret, algorithm="sha256"
    ).hexdigest()[:40]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def address(share: Share) -> str:
    """The link, for its holder's eyes; "" when the site's key it was made with is gone."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = _token(share, secret)
        if secrets.compare_digest(_hash(token), share.token_sha256):
            return settings.PUBLIC_URL + reverse("documents:shown", args=[token])
    return ""


def find(token: str, *, at: datetime) -> Share:
    """The open share behind a link. One query. Raises Share.DoesNotExist, Ended."""
    shares = Share.objects.select_related("statement__paper__issuer")
    share = shares.get(token_sha256=_hash(token))
    if share.state(at) != "open":
        raise Ended(share)
    return share


@transaction.atomic
def revoke(share: Share, *, at: datetime) -> Share:
    """Close the link at once. Closing it again changes nothing."""
    row = Share.objects.select_for_update(of=("self",)).get(pk=share.pk)
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
    return row


# ── Looking ───────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Look:
    """What the receiver gets: the proof (None when what is kept is not as it was signed) and the paper's state now."""

    share: Share
    presentation: dict[str, Any]
    proof: Proof | None
    status: str

    @property
    def holds(self) -> bool:
        return self.proof is not None and self.status == "valid"


@transaction.atomic
def look(token: str, *, at: datetime) -> Look:
    """Show what the link shows, counted and written down beside the paper. Raises Share.DoesNotExist, Ended.

    In order: the link is locked (which two looks at once cannot share), counted, entered in the paper's list of looks
    with the words agreed to, and what is shown is proved anew as its receiver would.
    """
    found = find(token, at=at)
    share = Share.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if share.state(at) != "open":
        raise Ended(share)
    share.statement = found.statement
    share.looks += 1
    share.save(update_fields=["looks"])
    paper = share.statement.paper
    papers.use(
        paper,
        by=None,
        by_name=share.receiver,
        purpose={
            "vi": f"Xem phần được chia sẻ: {share.purpose}",
            "en": f"Looking at the part shown: {share.purpose}",
        },
        at=at,
        share=share,
    )
    signed = Signed(share.statement.token, share.statement.disclosures, share.statement.seeds)
    presentation = statements.present(signed, share.names, day=timezone.localdate(at))
    return Look(share, presentation, _proved(presentation, at), paper.state(timezone.localdate(at)))


def _proved(presentation: dict[str, Any], at: datetime) -> Proof | None:
    try:
        proof = proving.prove(presentation, roots=settings.SIGNING_TRUST_ROOTS.read_bytes(), at=at)
    except Unproven:
        return None
    return proof if standing(proof, at=at)[0] == "known" else None


def standing(proof: Proof, *, at: datetime) -> tuple[str, str]:
    """(issuer, status) of what was proved, by the register: is this the list that the issuer's seal signed here
    ("known" or "unknown"), and does its paper hold now. One query.
    """
    row = Statement.objects.select_related("paper__issuer").filter(code=proof.code).first()
    if row is None:
        return "unknown", "unknown"
    same = (
        row.certificate == proof.certificate
        and hashlib.sha256(row.token.encode()).hexdigest() == proof.token_sha256
        and row.paper.issuer.code == proof.issuer
    )
    return ("known" if same else "unknown"), row.paper.state(timezone.localdate(at))


def opened_by(user: User, paper: IssuedPaper) -> list[Share]:
    """What the user shares or shared of the paper, newest first. One query."""
    mine = Share.objects.visible_to(user).filter(statement__paper=paper)
    return list(mine.select_related("statement").order_by("-created_at")[:100])
