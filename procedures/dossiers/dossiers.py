"""The verbs of a dossier. The only writer of its state and of its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from payments import ledger
from portal.accounts.models import Agency, Person, User
from portal.documents import store
from portal.documents.models import Document, IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import clock, codes, notices, paperwork, unlocking, workflow
from procedures.dossiers.models import ENDED, PAUSED, Dossier, DossierFile, Event, FormKind, Intake, Status
from procedures.dossiers.workflow import CITIZEN, SYSTEM, Action


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that comes with the dossier: the field it answers, the file, the issued paper behind it."""

    key: str
    label: dict[str, str]
    document: Document
    issued: IssuedPaper | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """What a citizen (or the counter for one) files: everything that is frozen on the dossier."""

    version_id: int
    applicant: User
    person: Person
    agency: Agency
    answers: dict[str, Any]
    context: dict[str, Any]
    provenance: dict[str, Any] = field(default_factory=dict)
    reuse: dict[str, Any] = field(default_factory=dict)
    papers: Sequence[Paper] = ()
    language: str = "vi"
    intake: Intake = Intake.ONLINE


@transaction.atomic
def submit(filing: Filing, *, at: datetime) -> Dossier:
    """File a dossier: allot its code, freeze its content, write the history, open the charge.

    In order: the code (its sequence stays locked to the end), the row, its papers, the first event,
    the acknowledgement to be made, the charge (which moves the dossier to FEE_DUE when it is not
    free), the message to the applicant. Everything commits together.
    """
    definition = runtime.definition(filing.version_id)
    lines = definition.quote(filing.answers, filing.context)
    dossier = _create(filing, definition, fee_total=sum(line.amount for line in lines), at=at)
    _attach(dossier, filing.papers, at=at)
    _record(dossier, "submit", None, by=filing.applicant, at=at)
    paperwork.request(dossier, FormKind.FILING, at=at)
    if dossier.fee_total:
        ledger.open_charge(
            reference=reference(dossier),
            description=dossier.title,
            lines=lines,
            payer=filing.applicant,
            return_path=dossier.get_absolute_url(),
            at=at,
        )
        return _move(dossier, Action.ASK_FEE, actors=frozenset({SYSTEM}), by=None, at=at)
    notices.tell(dossier, "submit", at=at)
    return dossier


def _create(filing: Filing, definition: runtime.Definition, *, fee_total: int, at: datetime) -> Dossier:
    return Dossier.objects.create(
        code=codes.allot(filing.agency, at=at),
        version_id=filing.version_id,
        procedure_code=definition.code,
        title={"vi": definition.name.vi, "en": definition.name.en},
        subject_name=definition.subject_name(filing.answers, filing.context),
        applicant=filing.applicant,
        person=filing.person,
        language=filing.language,
        agency=filing.agency,
        intake_agency=filing.agency,
        return_agency=filing.agency,
        intake=filing.intake,
        answers=filing.answers,
        context=filing.context,
        provenance=filing.provenance,
        reuse=filing.reuse,
        fee_total=fee_total,
        fee_settled_at=None if fee_total else at,
        submitted_at=at,
    )


def _attach(dossier: Dossier, papers: Sequence[Paper], *, at: datetime) -> None:
    DossierFile.objects.bulk_create(
        DossierFile(dossier=dossier, key=p.key, label=p.label, document=p.document, paper=p.issued)
        for p in papers
    )
    store.attach([p.document for p in papers], at=at)


def reference(dossier: Dossier) -> str:
    """What the cash desk knows a dossier by."""
    return f"dossier:{dossier.pk}"


def position(dossier: Dossier) -> workflow.Position:
    """Where the dossier stands, for the workflow table. Reads no further row."""
    definition = runtime.definition(dossier.version_id)
    stage = next((stage for stage in definition.stages if stage.key == dossier.stage), None)
    fields = definition.fields_of(stage) if stage else ()
    missing = definition.lacking(fields, dossier.answers, dossier.outcome, dossier.context)
    return workflow.Position(
        status=Status(dossier.status),
        stage_role=dossier.stage_role,
        missing_outcome=tuple(str(field.label) for field in missing),
        supplement_asked=dossier.supplements > 0,
        approved=dossier.stage_role == "clerk",
    )


def _lock(dossier: Dossier) -> Dossier:
    return (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("agency", "applicant")
        .get(pk=dossier.pk)
    )


def _record(
    dossier: Dossier,
    action: str,
    was: int | None,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    **data: Any,
) -> Event:
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


def require(dossier: Dossier, action: Action, *, actors: frozenset[str]) -> Dossier:
    """The dossier, locked to the end of the transaction, if `actors` may take `action`. Raises NotAllowed."""
    dossier = _lock(dossier)
    if reason := workflow.refusal(position(dossier), action, actors):
        raise workflow.NotAllowed(reason)
    return dossier


@transaction.atomic
def _move(
    dossier: Dossier,
    action: Action,
    *,
    actors: frozenset[str],
    by: User | None,
    at: datetime,
    note: str = "",
    change: Callable[[Dossier], None] | None = None,
    **data: Any,
) -> Dossier:
    """Lock, ask the table, change, write row and history, tell the applicant. Raises NotAllowed."""
    dossier = require(dossier, action, actors=actors)
    note = note.replace("\0", "").strip()  # the one character that PostgreSQL takes in no text
    if workflow.TRANSITIONS[action].needs_note and not note:
        raise workflow.NotAllowed(_("Say why: the citizen reads this reason."))
    was = Status(dossier.status)
    _settle(dossier, workflow.target(dossier, action), at=at)
    if change:
        change(dossier)
    dossier.save(update_fields=_WRITTEN)
    _record(dossier, action.value, was, by=by, at=at, note=note, **data)
    if was in PAUSED and dossier.status not in PAUSED and dossier.received_at:
        _resume_clock(dossier, received_at=dossier.received_at)
    notices.tell(dossier, action.value, at=at, note=note)
    return dossier


_WRITTEN = (
    "status", "stage", "stage_role", "before_pause", "handler", "fee_settled_at", "received_at", "due_at", "paused_at",
    "ended_at", "outcome", "answers", "supplements", "subject_name",
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

    return _move(dossier, Action.SETTLE_FEE, actors=frozenset({SYSTEM}), by=None, at=at, change=note_payment)


def receive(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> Dossier:
    """Take the dossier in: the clock starts, the appointment slip is asked for."""

    def start_clock(locked: Dossier) -> None:
        locked.received_at = at
        locked.due_at = clock.due(locked, received_at=at)

    with transaction.atomic():
        dossier = _move(dossier, Action.RECEIVE, actors=actors, by=by, at=at, change=start_clock)
        paperwork.request(dossier, FormKind.RECEIPT, at=at)
    return dossier


def refuse(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """Do not receive the dossier, with the reason; what was paid goes back."""
    with transaction.atomic():
        charge = ledger.lock(reference(dossier))
        dossier = _move(dossier, Action.REFUSE, actors=actors, by=by, at=at, note=note)
        if charge:
            ledger.cancel(charge, reason="refused", at=at)
    return dossier


def start(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> Dossier:
    """Begin the first stage; a handler who starts it takes it on."""

    def enter(locked: Dossier) -> None:
        _enter(locked, 0)
        if "handler" in actors:
            locked.handler = by

    return _move(dossier, Action.START, actors=actors, by=by, at=at, change=enter)


def fill_outcome(dossier: Dossier, values: dict[str, Any], *, by: User, at: datetime) -> Dossier:
    """Keep what the handler found and decided (`result.fields`), while at their stage. Raises NotAllowed."""
    with transaction.atomic():
        dossier = _lock(dossier)
        if not position(dossier).takes_findings:
            raise workflow.NotAllowed(_("The dossier is at another stage."))
        dossier.outcome = {**dossier.outcome, **values}
        dossier.save(update_fields=["outcome"])
        _record(dossier, "fill_outcome", dossier.status, by=by, at=at, fields=sorted(values))
    return dossier


def forward(dossier: Dossier, *, by: User, actors: frozenset[str], note: str = "", at: datetime) -> Dossier:
    """Pass the dossier on to the next stage: the handler's proposal to the leader."""
    return _move(dossier, Action.FORWARD, actors=actors, by=by, at=at, note=note, change=_next_stage)


def _enter(dossier: Dossier, index: int) -> None:
    stage = runtime.definition(dossier.version_id).stages[index]
    dossier.stage, dossier.stage_role = stage.key, stage.role


def _stage_index(dossier: Dossier) -> int:
    return [stage.key for stage in runtime.definition(dossier.version_id).stages].index(dossier.stage)


def _next_stage(dossier: Dossier) -> None:
    _enter(dossier, _stage_index(dossier) + 1)


def send_back(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """Return the dossier to the stage before, with the reason."""

    def previous(locked: Dossier) -> None:
        _enter(locked, max(_stage_index(locked) - 1, 0))

    return _move(dossier, Action.SEND_BACK, actors=actors, by=by, at=at, note=note, change=previous)


def approved(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime, **data: Any) -> Dossier:
    """The leader has approved the result (`results.approve` calls this in its transaction)."""
    return _move(dossier, Action.APPROVE, actors=actors, by=by, at=at, change=_next_stage, **data)


def issued(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime, **data: Any) -> Dossier:
    """The result is numbered, sealed and stored (`results.issue` calls this in its transaction)."""
    return _move(dossier, Action.ISSUE, actors=actors, by=by, at=at, **data)


def returned(dossier: Dossier, *, by: User | None, actors: frozenset[str], at: datetime) -> Dossier:
    """The citizen has the result in hand."""
    return _move(dossier, Action.RETURN, actors=actors, by=by, at=at)


def ask_supplement(
    dossier: Dossier, *, fields: dict[str, str], by: User, actors: frozenset[str], note: str, at: datetime
) -> Dossier:
    """Ask once and fully: `fields` maps each field or paper key that unlocks to its reason. The clock stops.

    Keys that cannot be unlocked are left out. Raises NotAllowed, also when none is left.
    """
    open_to = {field.key for field in unlocking.fields(dossier)}
    fields = {key: reason for key, reason in fields.items() if key in open_to}
    if not fields:
        raise workflow.NotAllowed(_("Mark at least one answer or paper that has to be supplemented."))

    def count(locked: Dossier) -> None:
        locked.supplements += 1

    return _move(
        dossier, Action.ASK_SUPPLEMENT, actors=actors, by=by, at=at, note=note, change=count, fields=fields
    )


def asked_fields(dossier: Dossier) -> dict[str, str]:
    """What the open supplement request unlocks: key → reason. Empty when none is open."""
    if dossier.status != Status.SUPPLEMENT:
        return {}
    event = dossier.events.filter(action=Action.ASK_SUPPLEMENT).order_by("-id").first()
    return dict(event.data.get("fields", {})) if event else {}


def supplement(
    dossier: Dossier, *, answers: dict[str, Any], papers: Sequence[Paper], by: User, at: datetime
) -> Dossier:
    """The citizen's answer: only the unlocked fields change, the history keeps before and after.

    What is computed from them follows; what no longer applies drops out. Raises NotAllowed.
    """
    with transaction.atomic():
        asked = _lock(dossier)
        unlocked = asked_fields(asked)
        changed = {key: value for key, value in answers.items() if key in unlocked}

        def apply(locked: Dossier) -> None:
            locked.answers, locked.subject_name = unlocking.answered(locked, changed)

        before = {key: asked.answers.get(key) for key in changed}
        dossier = _move(
            dossier, Action.SUPPLEMENT, actors=frozenset({CITIZEN}), by=by, at=at, change=apply,
            before=before, after=changed,
        )  # fmt: skip
        _attach(dossier, [p for p in papers if p.key in unlocked], at=at)
    return dossier


def withdraw(dossier: Dossier, *, by: User, note: str, at: datetime) -> Dossier:
    """The citizen takes the dossier back. A fee paid before anyone received the dossier goes back."""
    with transaction.atomic():
        charge = ledger.lock(reference(dossier))
        dossier = _move(dossier, Action.WITHDRAW, actors=frozenset({CITIZEN}), by=by, at=at, note=note)
        if charge and dossier.received_at is None:
            ledger.cancel(charge, reason="withdrawn", at=at)
    return dossier


def stop(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """End the processing without a result, with the reason (Thông báo dừng giải quyết hồ sơ)."""
    return _move(dossier, Action.STOP, actors=actors, by=by, at=at, note=note)
