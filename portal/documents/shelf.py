"""What the personal store shows: cards for papers and uploads, and who looked at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from portal.accounts.models import Person
from portal.documents.models import AccessLog, Document, DocumentKind, IssuedPaper, PaperCheck

SOON_DAYS = 30
CARDS = 60
LOOKS = 20
ALL, HOLDING, ENDED, UPLOADED = "", "con-gia-tri", "het-gia-tri", "tai-len"


@dataclass(frozen=True, slots=True)
class Card:
    """One paper: `state` as `IssuedPaper.state`, `days_left` until it expires when that is soon."""

    paper: IssuedPaper
    state: str
    days_left: int | None
    older: tuple[Card, ...] = ()  # the papers whose place it took, the newest first

    @property
    def holds(self) -> bool:
        return self.state == "valid"

    @property
    def rank(self) -> tuple[int, int, float]:
        """What needs attention first, what no longer holds last, else the newest first."""
        soon = 0 if self.days_left is not None else 1
        return (0 if self.holds else 1, soon, -self.paper.issued_at.timestamp())


@dataclass(frozen=True, slots=True)
class Page:
    """The cards and uploads to show; how many there are of each sort whatever is shown; the last uses."""

    cards: list[Card]
    uploads: list[Document]
    holding: int
    ended: int
    uploaded: int
    looks: list[AccessLog]

    @property
    def all(self) -> int:
        return self.holding + self.ended + self.uploaded


def page(person: Person, *, wanted: str, at: datetime) -> Page:
    """The person's store, reduced to `wanted`. Three queries, whatever the number of papers."""
    cards = sorted(_cards(person, at), key=lambda card: card.rank)
    uploads = _uploads(person)
    holding = [card for card in cards if card.holds]
    ended = [card for card in cards if not card.holds]
    chosen = {HOLDING: _stacked(cards, holding), ENDED: ended, UPLOADED: []}
    return Page(
        cards=chosen.get(wanted, _stacked(cards, cards)),
        uploads=[] if wanted in {HOLDING, ENDED} else uploads,
        holding=len(holding),
        ended=len(ended),
        uploaded=len(uploads),
        looks=list(_looks().filter(person=person)[:LOOKS]),
    )


def _stacked(all_: list[Card], shown: list[Card]) -> list[Card]:
    """`shown` without what was replaced: that lies under the paper that took its place, if that is there."""
    by_successor: dict[int | None, list[Card]] = {}
    for each in all_:
        by_successor.setdefault(each.paper.replaced_by_id, []).append(each)
    there = {each.paper.pk for each in all_}
    tops = [each for each in shown if each.paper.replaced_by_id not in there]
    return [replace(each, older=tuple(_under(each, by_successor))) for each in tops]


def _under(top: Card, by_successor: dict[int | None, list[Card]]) -> Iterable[Card]:
    for each in by_successor.get(top.paper.pk, ()):
        yield each
        yield from _under(each, by_successor)


def card(paper: IssuedPaper, *, at: datetime) -> Card:
    day = timezone.localdate(at)
    state = paper.state(day)
    left = (paper.valid_until - day).days if paper.valid_until and state == "valid" else None
    return Card(paper, state, left if left is not None and left <= SOON_DAYS else None)


def looks(paper: IssuedPaper, *, before: int | None) -> tuple[list[AccessLog], int | None]:
    """Who used the paper, newest first, from before the entry `before`; and the entry to go on from."""
    found = _looks().filter(paper=paper)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: LOOKS + 1])
    return rows[:LOOKS], rows[LOOKS - 1].pk if len(rows) > LOOKS else None


def checked(paper: IssuedPaper) -> dict[str, Any]:
    """How often it was checked by its code or QR, and on which day last: {"times", "last"}, both None if never."""
    return PaperCheck.objects.filter(paper=paper).aggregate(times=models.Sum("times"), last=models.Max("day"))


def _cards(person: Person, at: datetime) -> Iterable[Card]:
    papers = IssuedPaper.objects.filter(holder=person).select_related("document", "replaced_by__document")
    return [card(paper, at=at) for paper in papers.order_by("-issued_at", "-pk")[:CARDS]]


def _uploads(person: Person) -> list[Document]:
    mine = Document.objects.filter(owner=person, kind=DocumentKind.UPLOAD).exclude(attached_at=None)
    return list(mine.order_by("-created_at")[:CARDS])


def _looks() -> models.QuerySet[AccessLog]:
    return AccessLog.objects.select_related("paper", "consent").order_by("-pk")
