"""Publishing by hand: what was looked at, with nothing mandatory left, now or at an hour.

`publishing` makes sure that what is in force can run; here it must also do what it promises. A bundle that
the program brings with it is published without this: its proofs are run where it is made.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from procedures.definitions import proofs, publishing
from procedures.definitions.models import ProcedureVersion


class Changed(Exception):
    """The draft is not what the person looked at any more."""


class TasksLeft(Exception):
    """Something mandatory is not in order."""


@transaction.atomic
def release(
    version: ProcedureVersion,
    *,
    revision: int,
    publish_at: datetime | None,
    finish_until: date | None,
    by: User,
    at: datetime,
) -> ProcedureVersion:
    """Publish the draft as it was at `revision`; with `publish_at` let it be published at that hour.

    In order: lock it, compare the revision, run every proof, publish or schedule. Raises Changed, TasksLeft
    and what `publishing.publish` and `publishing.schedule` raise.
    """
    row = _locked(version)
    if row.revision != revision:
        raise Changed(row.revision)
    if not proofs.is_publishable(proofs.tasks(row, today=timezone.localtime(at).date())):
        raise TasksLeft(row.pk)
    if publish_at is None:
        return publishing.publish(row, by=by, at=at, finish_until=finish_until)
    return publishing.schedule(row, publish_at=publish_at, by=by, at=at, finish_until=finish_until)


def _locked(version: ProcedureVersion) -> ProcedureVersion:
    """The procedure first, as whoever edits and publishes locks it."""
    procedures = type(version.procedure).objects
    procedures.select_for_update(of=("self",)).get(pk=version.procedure_id)
    rows = ProcedureVersion.objects.select_for_update(of=("self",)).select_related("procedure")
    row = rows.filter(pk=version.pk).first()
    if row is None:
        raise publishing.NotADraft(version.pk)
    return row
