"""Many results decided at once: a leader approves them, a clerk has them issued. Each stands or falls by itself."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.models import User
from portal.documents import keys
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import NotAllowed
from procedures.results import confirmations, issuing, results
from procedures.results.models import Batch, BatchItem, BatchKind, ItemState, Result, ResultState

log = logging.getLogger(__name__)

MOST = 200  # dossiers in one batch
TURN = 5.0  # seconds that one task works at a batch before other work of the queue gets its turn


@transaction.atomic
def begin(
    batch_id: uuid.UUID,
    kind: BatchKind,
    dossiers: Iterable[Dossier],
    *,
    seen: Mapping[int, str],
    by: User,
    at: datetime,
) -> Batch:
    """Write down what was decided for `dossiers`; a worker carries it out once this commits.

    `seen`: dossier id → SHA-256 of the claims that were shown. A repeat with the same id changes nothing and returns
    the first batch. Raises NotAllowed for an id that is somebody else's.
    """
    asks = kind == BatchKind.APPROVE and keys.is_remote(by.signing_key)
    batch, is_new = Batch.objects.get_or_create(
        id=batch_id, defaults={"kind": kind, "by": by, "created_at": at, "asks": asks}
    )
    if batch.by_id != by.pk:
        raise NotAllowed(_("Your role does not allow this."))
    if is_new:
        BatchItem.objects.bulk_create(
            BatchItem(batch=batch, dossier=dossier, seen=seen.get(dossier.pk, "")) for dossier in dossiers
        )
        transaction.on_commit(lambda: _ask_worker(batch_id), robust=True)
    return batch


def _ask_worker(batch_id: uuid.UUID) -> None:
    """Tell the queue. A broker that is down only delays: the sweep finds what waits."""
    from procedures.results import tasks  # noqa: PLC0415 - tasks import this module

    try:
        tasks.work_batch.delay(batch_id=str(batch_id))
    except Exception:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            raise
        log.warning("batch %s waits: the queue did not answer", batch_id)


def waiting() -> list[uuid.UUID]:
    """Ids of batches that are not carried out to the end, the oldest first."""
    open_now = Batch.objects.filter(Q(items__state=ItemState.WAITING) | Q(asks=True)).distinct()
    return list(open_now.order_by("created_at").values_list("pk", flat=True))


def work(batch_id: uuid.UUID, *, seconds: float = TURN) -> None:
    """Carry out what waits of a batch, for about `seconds`, then let other work come first.

    Any number of workers may be at it, and any may die: an item and what it decides commit together.
    """
    end = time.monotonic() + seconds
    while _take_one(batch_id, at=timezone.now()):
        if time.monotonic() > end:
            _ask_worker(batch_id)
            return
    _ask_leader(batch_id, at=timezone.now())


@transaction.atomic
def _take_one(batch_id: uuid.UUID, *, at: datetime) -> bool:
    """Decide the next item that no other worker is at; False when there is none."""
    free = BatchItem.objects.select_for_update(of=("self",), skip_locked=True)
    free = free.filter(batch=batch_id, state=ItemState.WAITING).select_related("batch__by", "dossier__agency")
    item = free.order_by("pk").first()
    if item is None:
        return False
    with translation.override(item.batch.by.language):
        item.reason = _decide(item, at=at)
    item.state = ItemState.REFUSED if item.reason else ItemState.DONE
    item.at = at
    item.save(update_fields=["state", "reason", "at"])
    return True


@transaction.atomic
def _ask_leader(batch_id: uuid.UUID, *, at: datetime) -> None:
    """Once all is decided, the leader's provider is asked about everything that was approved. Once."""
    batch = Batch.objects.select_for_update(of=("self",)).select_related("by").get(pk=batch_id)
    if not batch.asks or batch.items.filter(state=ItemState.WAITING).exists():
        return
    batch.asks = False
    batch.save(update_fields=["asks"])
    link = reverse("counter:batch", args=[batch.pk])
    try:
        confirmations.ask(*approved(batch), at=at, link=link)
    except keys.KeyUnavailable:  # each dossier's page says that nobody was asked, and lets one ask
        log.exception("batch %s: the leader could not be asked", batch_id)


def approved(batch: Batch) -> list[Result]:
    """What was approved in the batch and is neither issued nor sent back since. One query."""
    done = batch.items.filter(state=ItemState.DONE).values("dossier")
    rows = Result.objects.filter(dossier__in=done, approved_by=batch.by).exclude(state=ResultState.ISSUED)
    return list(rows.select_related("approved_by", "dossier__agency").order_by("pk"))


def _decide(item: BatchItem, *, at: datetime) -> str:
    """Do for one dossier what the button on its page does; why it was refused, or ""."""
    actors = access.roles(item.batch.by, item.dossier.agency, at)
    try:
        with transaction.atomic():
            if item.batch.kind == BatchKind.APPROVE:
                _approve(item, actors=actors, at=at)
            else:
                issuing.ask(item.dossier, by=item.batch.by, actors=actors, at=at)
    except (NotAllowed, results.UnableToIssue) as refused:
        return str(refused)
    except Exception:
        log.exception("item %s of batch %s failed", item.pk, item.batch_id)
        return _("A fault of the system. The technicians find it in the log.")
    return ""


def _approve(item: BatchItem, *, actors: frozenset[str], at: datetime) -> None:
    by = item.batch.by
    results.approve(item.dossier, by=by, actors=actors, at=at, seen=item.seen, asks=False)
