"""Archive time stamps renewed before the certificate above the last one ends (PAdES B-LTA, ETSI EN 319 142).

A stamp proves nothing any more once its authority's certificate has ended, unless a later one covers it. A file is
immutable: the renewed one is a document of its own, and the register knows the bytes of both.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from portal.documents import evidence, inspection, papers, signing, store
from portal.documents.models import IssuedPaper, IssuedPaperQuerySet, Renewal

log = logging.getLogger(__name__)

# Half a year: an authority that is down, or late with its own new certificate, costs no paper its proof.
AHEAD = timedelta(days=180)
AT_ONCE = 500


def due(*, at: datetime) -> IssuedPaperQuerySet:
    """Papers whose proof ends within half a year of `at`, or nobody knows when."""
    soon = Q(proof_until=None) | Q(proof_until__lt=at + AHEAD)
    return IssuedPaper.objects.exclude(signature_level=signing.B_B).filter(soon)


def sweep(*, at: datetime) -> int:
    """Renew what is due, at most 500 papers; how many. Where an authority does not answer, the next run goes on."""
    renewed = 0
    for pk in due(at=at).order_by("proof_until", "pk").values_list("pk", flat=True)[:AT_ONCE]:
        try:
            renewed += renew(pk, at=at)
        except signing.Unavailable as error:
            log.warning("archive time stamps are not renewed now: %s", error)
            break
        except (store.Damaged, inspection.Unreadable, signing.Unsignable) as error:
            log.error("the archive time stamp of paper %s cannot be renewed: %r", pk, error)
    return renewed


@transaction.atomic
def renew(pk: int, *, at: datetime) -> bool:
    """Put a further archive time stamp on the paper's newest file, if it is due; whether that was done.

    In order: the paper is locked, the end of its proof learned from the file where it is not known, the file
    stamped, kept beside the old one. Nothing is done while the authority's own certificate lasts no longer.
    Raises Unavailable, Unsignable, store.Damaged, inspection.Unreadable.
    """
    paper = due(at=at).select_for_update(of=("self",)).select_related("document").filter(pk=pk).first()
    if paper is None:
        return False
    document = papers.newest(paper)
    content = store.read(document)
    if paper.proof_until is None:
        _keep(paper, _end_of_proof(content))
    ahead = evidence.stamper().prepared()
    if not due(at=at).filter(pk=pk).exists() or (signing.proof_until() or at) <= (paper.proof_until or at):
        return False
    stamped = signing.renew(content, at=at)
    kept = store.put(
        stamped, name=document.name, content_type=document.content_type, kind=document.kind,
        owner=document.owner, by=None, at=at,
    )  # fmt: skip
    store.attach([kept], at=at)
    Renewal.objects.create(paper=paper, document=kept, at=at)
    _keep(paper, ahead.chain[0].not_valid_after_utc)
    return True


def _end_of_proof(content: bytes) -> datetime | None:
    roots, stamp_roots = settings.SIGNING_TRUST_ROOTS.read_bytes(), evidence.stamp_roots().read_bytes()
    stamps = inspection.inspect(content, roots, stamp_roots=stamp_roots, compare=False).stamps
    return datetime.fromisoformat(stamps[-1].expires) if stamps else None


def _keep(paper: IssuedPaper, until: datetime | None) -> None:
    paper.proof_until = until
    paper.save(update_fields=["proof_until"])
