"""The verbs of a dossier. The only writer of its state and of its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from payments import ledger
from portal.accounts.models import User
from procedures.definitions import runtime
from procedures.dossiers import clock, contents, fees, notices, paperwork, stages, workflow
from procedures.dossiers.models import (
    ENDED,
    PAUSED,
    Dossier,
    Event,
    Exemption,
    FormKind,
    Status,
)
from procedures.dossiers.workflow import CITIZEN, SYSTEM, Action


@transaction.atomic
def submit(filing: contents.Filing, *, by: User, at: datetime) -> Dossier:
    """File a dossier: allot its code, freeze its content, write the history, open the charge.

    In order: the code (its sequence stays locked to the end), the row, its papers, the first event,
    the acknowledgement to be made, the charge (which moves the dossier to FEE_DUE when it is not
    free), the message to the applicant. Everything commits together.
    """
    definition = runtime.definition(filing.version_id)
    dossier = contents.create(filing, definition, at=at)
    contents.attach(dossier, filing.papers, at=at)
    record(dossier, "submit", None, by=by, at=at)
    paperwork.request(dossier, FormKind.FILING, at=at)
    asked = ask_fee(dossier, "submit", at=at)
    if asked.status == Status.NEW:
        notices.tell(dossier, "submit", at=at)
    return asked


def ask_fee(dossier: Dossier, purpose: str, *, at: datetime) -> Dossier:
    """Ask for what is due by now and was not yet; with money to pay, the dossier waits for it (status 6).

    Inside the caller's transaction. What fell away goes back."""
    asked = fees.ask(dossier, purpose, reference=reference(dossier), at=at)
    if asked is None:
        return dossier
    write = partial(fees.note, asked=asked, at=at)
    if asked.more:
        return move(dossier, Action.ASK_FEE, actors=frozenset({SYSTEM}), by=None, at=at, change=write)
    dossier = lock(dossier)
    write(dossier)
    dossier.save(update_fields=["fee_asked", "exemption", "fee_total", "fee_settled_at"])
    return dossier


def reference(dossier: Dossier) -> str:
    """What the cash desk knows a dossier by."""
    return f"dossier:{dossier.pk}"


def position(dossier: Dossier) -> workflow.Position:
    """Where the dossier stands, for the workflow table. Reads no further row."""
    return workflow.Position(
        status=Status(dossier.status),
        stage_role=dossier.stage_role,
        fills=bool(stages.fields(dossier)),
        missing_outcome=stages.missing(dossier),
        supplement_asked=dossier.supplements > 0,
        approved=dossier.stage_role == "clerk",
        exemption_open=dossier.exemption == Exemption.CLAIMED,
    )


def lock(dossier: Dossier) -> Dossier:
    """The dossier as it is now, nobody else's to change until the end of the transaction."""
    return (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("agency", "applicant")
        .get(pk=dossier.pk)
    )


def record(
    dossier: Dossier,
    action: str,
    was: int | None,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    **data: Any,
) -> Event:
    """A line of history; the caller holds the dossier's lock. Nobody is told."""
    return Event.objects.create(
        dossier=dossier,
        action=action,
        from_status=was,
        to_status=dossier.status,
        stage=dossier.stage,
        by=by,
        by_name=by.full_name if by else "",
        note=note,
        data=data,
        at=at,
    )


def remark(
    dossier: Dossier, action: str, *, by: User | None, at: datetime, note: str = "", **data: Any
) -> Event:
    """A line of history that leaves the dossier, held by the caller's lock, where it stands; the applicant is told."""
    event = record(dossier, action, dossier.status, by=by, at=at, note=note, **data)
    notices.tell_of(event, at=at)
    return event


def require(dossier: Dossier, action: Action, *, actors: frozenset[str]) -> Dossier:
    """The dossier, locked to the end of the transaction, if `actors` may take `action`. Raises NotAllowed."""
    dossier = lock(dossier)
    if reason := workflow.refusal(position(dossier), action, actors):
        raise workflow.NotAllowed(reason)
    return dossier


@transaction.atomic
def move(
    dossier: Dossier,
    action: Action,
    *,
    actors: frozenset[str],
    by: User | None,
    at: datetime,
    note: str = "",
    reasons: str = "",
    change: Callable[[Dossier], None] | None = None,
    is_locked: bool = False,
    **data: Any,
) -> Dossier:
    """Lock, ask the table, change, write row and history, tell the applicant. Raises NotAllowed.

    `reasons`: what the message says below `note`, and what may stand in for it. `is_locked`: `dossier` is the row as
    the caller's transaction has locked it, and is not read again.
    """
    dossier = dossier if is_locked else lock(dossier)
    if reason := workflow.refusal(position(dossier), action, actors):
        raise workflow.NotAllowed(reason)
    note = note.replace("\0", "").strip()  # the one character that PostgreSQL takes in no text
    if workflow.TRANSITIONS[action].needs_note and not (note or reasons):
        raise workflow.NotAllowed(notices.asks_why(action.value))
    was = Status(dossier.status)
    _settle(dossier, workflow.target(dossier, action), at=at)
    if change:
        change(dossier)
    dossier.save(update_fields=_WRITTEN if change else _SETTLED)
    record(dossier, action.value, was, by=by, at=at, note=note, **data)
    if was in PAUSED and dossier.status not in PAUSED and dossier.received_at:
        _resume_clock(dossier, received_at=dossier.received_at)
    notices.tell(dossier, action.value, at=at, note="\n".join(filter(None, (note, reasons))))
    return dossier


_SETTLED = ("status", "before_pause", "paused_at", "ended_at")  # by `_settle` alone
# What a `change` may touch besides: among it answers and findings, which are long to write.
_WRITTEN = (
    "status", "stage", "stage_role", "before_pause", "handler", "fee_settled_at", "received_at", "due_at", "paused_at",
    "ended_at", "outcome", "answers", "supplements", "subject_name", "fee_asked", "fee_total", "exemption",
)  # fmt: skip


def _settle(dossier: Dossier, to: Status, *, at: datetime) -> None:
    """Set the status with the facts that hang on it: pause, end, stage."""
    if to in PAUSED:
        dossier.before_pause, dossier.paused_at = dossier.status, at
    else:
        dossier.before_pause = dossier.paused_at = None
    if to == Status.DONE or (to in ENDED and not dossier.ended_at):
        dossier.ended_at = at
    dossier.status = to


def _resume_clock(dossier: Dossier, *, received_at: datetime) -> None:
    stopped = clock.pauses(list(dossier.events.order_by("id")))
    dossier.due_at = clock.due(dossier, received_at=received_at, stopped=stopped)
    dossier.save(update_fields=["due_at"])


def fee_settled(dossier: Dossier, *, at: datetime) -> Dossier:
    """The cash desk says that the fee is paid. Called inside its transaction; a repeat changes nothing."""
    if dossier.status != Status.FEE_DUE:
        return dossier

    def note_payment(locked: Dossier) -> None:
        locked.fee_settled_at = at

    return move(dossier, Action.SETTLE_FEE, actors=frozenset({SYSTEM}), by=None, at=at, change=note_payment)


def receive(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> Dossier:
    """Take the dossier in: the clock starts, the appointment slip is asked for."""

    def start_clock(locked: Dossier) -> None:
        locked.received_at = at
        locked.due_at = clock.due(locked, received_at=at)

    with transaction.atomic():
        dossier = move(dossier, Action.RECEIVE, actors=actors, by=by, at=at, change=start_clock)
        paperwork.request(dossier, FormKind.RECEIPT, at=at)
        return ask_fee(dossier, "acceptance", at=at)


def refuse(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """Do not receive the dossier, with the reason; what was paid goes back where the fee's own rule says so."""
    with transaction.atomic():
        charges = ledger.lock(reference(dossier))
        dossier = move(dossier, Action.REFUSE, actors=actors, by=by, at=at, note=note)
        fees.give_back(dossier, charges, "refused", at=at)
    return dossier


def start(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> Dossier:
    """Begin the first stage; a handler who starts it takes it on."""

    def enter(locked: Dossier) -> None:
        stages.enter_first(locked)
        if "handler" in actors:
            locked.handler = by

    return move(dossier, Action.START, actors=actors, by=by, at=at, change=enter)


def fill_outcome(dossier: Dossier, values: dict[str, Any], *, by: User, at: datetime) -> Dossier:
    """Keep what was found and decided, of the result's fields those of the stage it is at. Raises NotAllowed."""
    with transaction.atomic():
        dossier = lock(dossier)
        if not position(dossier).takes_findings:
            raise workflow.NotAllowed(_("The dossier is at another stage."))
        own = {field.key for field in stages.fields(dossier)}
        result = runtime.definition(dossier.version_id).result
        own |= {*result.told} if result.copies in own else set()
        values = {key: value for key, value in values.items() if key in own}
        dossier.outcome = {**dossier.outcome, **values}
        dossier.save(update_fields=["outcome"])
        record(dossier, "fill_outcome", dossier.status, by=by, at=at, fields=sorted(values))
    return dossier


def forward(
    dossier: Dossier,
    *,
    by: User,
    actors: frozenset[str],
    note: str = "",
    seen: str | None = None,
    at: datetime,
) -> Dossier:
    """Pass the dossier on to the next stage: the handler's proposal to the leader.

    `seen`: the stage that the officer saw. Where two stages are the handler's, a second click would
    else skip the second. Raises NotAllowed, also when the dossier stands elsewhere by now.
    """

    def onward(locked: Dossier) -> None:
        if seen is not None and seen != locked.stage:
            raise workflow.NotAllowed(
                _("The dossier has already gone on to the next stage. Look at it again.")
            )
        stages.enter_next(locked)

    return move(dossier, Action.FORWARD, actors=actors, by=by, at=at, note=note, change=onward)


def send_back(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """Return the dossier to the stage before, with the reason."""
    change = stages.enter_previous
    return move(dossier, Action.SEND_BACK, actors=actors, by=by, at=at, note=note, change=change)


def approved(
    dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime, note: str = "", **data: Any
) -> Dossier:
    """The leader has approved the result (`results.approve` calls this in its transaction)."""
    change = stages.enter_next
    with transaction.atomic():
        dossier = move(dossier, Action.APPROVE, actors=actors, by=by, at=at, note=note, change=change, **data)
        # A result is in the citizen's hands the moment it is issued: what is due "on return" is asked for before.
        return ask_fee(dossier, "return", at=at)


def unapproved(
    dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime, **data: Any
) -> Dossier:
    """The clerk sends an approved result back to the leader who approved it (`results.unapprove`)."""
    change = stages.enter_leaders
    return move(dossier, Action.UNAPPROVE, actors=actors, by=by, at=at, note=note, change=change, **data)


def issued(
    dossier: Dossier, *, by: User | None, actors: frozenset[str], at: datetime, **data: Any
) -> Dossier:
    """The result is numbered, sealed and stored (`issuing` calls this in its transaction, with the row locked)."""
    return move(dossier, Action.ISSUE, actors=actors, by=by, at=at, is_locked=True, **data)


def returned(
    dossier: Dossier, *, by: User | None, actors: frozenset[str], at: datetime, is_locked: bool = False
) -> Dossier:
    """The citizen has the result in hand. `is_locked` as for `move`."""
    return move(dossier, Action.RETURN, actors=actors, by=by, at=at, is_locked=is_locked)


def withdraw(dossier: Dossier, *, by: User, note: str, at: datetime) -> Dossier:
    """The citizen takes the dossier back. What was paid goes back where the fee's own rule says so."""
    with transaction.atomic():
        charges = ledger.lock(reference(dossier))
        dossier = move(dossier, Action.WITHDRAW, actors=frozenset({CITIZEN}), by=by, at=at, note=note)
        case = "withdrawn" if dossier.received_at is None else "withdrawn_later"
        fees.give_back(dossier, charges, case, at=at)
    return dossier


def stop(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """End the processing without a result, with the reason (Thông báo dừng giải quyết hồ sơ)."""
    with transaction.atomic():
        charges = ledger.lock(reference(dossier))
        dossier = move(dossier, Action.STOP, actors=actors, by=by, at=at, note=note)
        fees.give_back(dossier, charges, "stopped", at=at)
    return dossier
