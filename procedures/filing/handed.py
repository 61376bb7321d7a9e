"""Papers of ours, or of a site that we trust, that somebody handed in as files: recognised, and no dumb files then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.documents import consents, papers
from portal.documents.models import Consent, Document, ForeignPaper, IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import relied
from procedures.dossiers.models import Dossier
from procedures.filing.models import Draft

PURPOSE = {
    "vi": "Người nộp gửi tệp của giấy tờ này kèm hồ sơ",
    "en": "The applicant sent the file of this paper",
}
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that answers the question `key` and is the paper `paper`. `fits`: it can be taken over instead."""

    key: str
    paper: IssuedPaper | ForeignPaper
    fits: bool
    is_theirs: bool


def known(documents: Iterable[Document]) -> dict[str, IssuedPaper]:
    """SHA-256 → the paper of ours that has these very bytes. One query; none without a PDF."""
    wanted = {document.sha256 for document in documents if document.content_type == PDF}
    rows = (
        IssuedPaper.objects.filter(document__sha256__in=wanted).select_related("document") if wanted else []
    )
    return {paper.document.sha256: paper for paper in rows}


def among(draft: Draft, documents: Mapping[str, Iterable[Document]]) -> list[Handed]:
    """Which files (by the question that they answer) are papers. Two queries, however many files."""
    files = [(key, document) for key, found in documents.items() for document in found]
    ours = known(document for _key, document in files)
    pks = [document.pk for _key, document in files if document.content_type == PDF]
    foreign = {p.document_id: p for p in ForeignPaper.objects.filter(document__in=pks)} if pks else {}
    found = [(key, ours.get(document.sha256) or foreign.get(document.pk)) for key, document in files]
    return [_handed(draft, key, paper) for key, paper in found if paper]


def _handed(draft: Draft, key: str, paper: IssuedPaper | ForeignPaper) -> Handed:
    rules = runtime.definition(draft.version_id).reuse
    theirs = isinstance(paper, ForeignPaper) or paper.holder_id == draft.user.person_id
    fits = theirs and any(rule.paper == key and rule.type == paper.type_code for rule in rules)
    return Handed(key, paper, fits and not _is_used(draft, paper), theirs)


def _is_used(draft: Draft, paper: IssuedPaper | ForeignPaper) -> bool:
    used = relied.named(draft.reuse) if isinstance(paper, IssuedPaper) else relied.foreign(draft.reuse)
    return paper.pk in used


def refusal(found: Iterable[IssuedPaper], *, at: datetime) -> str:
    """Why a dossier cannot go with these papers among its files: one holds no more since it was uploaded."""
    today = timezone.localdate(at)
    ended = [relied.sentence(paper, at=at) for paper in found if paper.state(today) != "valid"]
    if not ended:
        return ""
    return _("%(paper)s can no longer be used. Take the file out, and send another paper.") % {
        "paper": ended[0]
    }


def named(found: Mapping[str, IssuedPaper]) -> dict[str, Any]:
    """What a dossier keeps of them, question by question, so that it is flagged when one of them ends."""
    return {
        f"file:{key}": {
            "paper": paper.pk,
            "paper_key": key,
            "title": paper.title,
            "number": paper.number,
            "issuer": paper.issuer_name,
            "sha256": paper.document.sha256,
        }
        for key, paper in found.items()
    }


def log_uses(found: Mapping[str, IssuedPaper], dossier: Dossier, *, at: datetime) -> None:
    """Who holds the paper reads that it was sent, to whom and in which dossier."""
    for paper in found.values():
        papers.use(
            paper,
            by=None,
            by_name=dossier.agency.name,
            agency=dossier.agency,
            purpose=PURPOSE,
            dossier_code=dossier.code,
            consent=_consent(paper, dossier, at=at) if paper.holder_id == dossier.person_id else None,
            at=at,
        )


def _consent(paper: IssuedPaper, dossier: Dossier, *, at: datetime) -> Consent:
    """Who sends their own paper agrees that it is used; who sends another's cannot agree for them."""
    return consents.for_dossier(
        paper,
        agency=dossier.agency,
        purpose=PURPOSE,
        text=PURPOSE.get(dossier.language, PURPOSE["vi"]),
        language=dossier.language,
        dossier_code=dossier.code,
        given_at=at,
    )
