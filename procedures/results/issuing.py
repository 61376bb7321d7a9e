"""Issuing: from the clerk's press to the numbered, signed, sealed paper in the citizen's store.

The press writes down that it is wanted (`ask`); a worker does it (`work`), in two short transactions with the
drawing and signing between them, outside of any:

    ASKED ── number, date and code are allotted ──▶ NUMBERED ── draw, sign, seal ── store, register, deliver ──▶ ISSUED

Wherever it breaks off, the next attempt goes on with the same number, code and time. A worker holds a result by a
lease: when it dies, the sweep finds the lease run out. Nothing hangs on the lease being long enough, though: of two
workers at one result the first to store it wins, the other finds it issued and throws its copy away.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts.models import Duty, Role, User
from portal.documents import canonical, keys, papers, shares, signing, store
from portal.documents.models import Document, DocumentKind, IssuedPaper, new_check_code
from procedures.definitions import runtime
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import SYSTEM, Action, NotAllowed
from procedures.results import confirmations, lives, numbers, results, scans, stated
from procedures.results.models import UNDER_WAY, Result, ResultState, Trouble
from procedures.results.results import UnableToIssue

log = logging.getLogger(__name__)

CLERK = frozenset({"clerk"})
# Far longer than an attempt takes, a time-stamping authority that hangs included.
LEASE = timedelta(seconds=120)
# Attempts without an outcome (the worker died, or an error that nobody foresaw) before somebody has to look.
ATTEMPTS = 5
SHORTEST, LONGEST = timedelta(seconds=15), timedelta(minutes=10)
# What passes by itself; everything else stops until a person has done something.
PASSES = {Trouble.AUTHORITY, Trouble.STORE}
# While the authority is known not to answer, no further result is numbered.
SILENT, SILENT_SECONDS = "results:authority-silent", 30


class Stopped(UnableToIssue):
    """The result cannot be issued now, for this reason."""

    def __init__(self, trouble: Trouble, *, message: str = "", detail: str = "") -> None:
        super().__init__(message or str(trouble.label))
        self.trouble, self.detail = trouble, detail


class Overtaken(Exception):
    """Meanwhile it was issued by another worker, or sent back: there is nothing left to do."""


@transaction.atomic
def ask(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> Result:
    """The clerk wants the approved result issued. A worker does it once this commits.

    In order: lock the dossier (which refuses what is issued already), look whether all that can be known beforehand
    is in order, write down who asked. A second press changes nothing while a worker is at it; where it waits or has
    stopped, it is tried again at once. Raises NotAllowed, UnableToIssue.
    """
    dossier = dossiers.require(dossier, Action.ISSUE, actors=actors)
    result = Result.objects.select_related("approved_by").get(dossier=dossier)
    _require_sound(dossier, result, at=at)
    if result.state == ResultState.APPROVED or result.trouble:
        if result.state == ResultState.APPROVED:
            result.state, result.issued_by = ResultState.ASKED, by
        result.asked_at = result.next_attempt_at = at
        result.trouble, result.trouble_detail, result.attempts = "", "", 0
        result.save(update_fields=_ASKED)
    transaction.on_commit(lambda: _ask_worker(result.pk), robust=True)
    return result


_ASKED = (
    "state", "issued_by", "asked_at", "next_attempt_at", "trouble", "trouble_detail", "attempts",
)  # fmt: skip


def _ask_worker(result_id: int) -> None:
    """Tell the queue. A broker that is down only delays: the sweep finds the row."""
    from procedures.results import tasks  # noqa: PLC0415 - tasks import this module

    try:
        tasks.issue.delay(result_id=result_id)
    except Exception:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            raise
        log.warning("result %s waits: the queue did not answer", result_id)


def _require_sound(dossier: Dossier, result: Result, *, at: datetime) -> None:
    """What the leader approved still stands, and the key for each signature may be used. Raises Stopped."""
    results.require_decided(dossier)
    if canonical.sha256(result.claims) != result.claims_sha256:
        raise Stopped(Trouble.CHANGED)
    _require_in_office(result, at=at)
    if not result.approved_by.signing_key:
        raise Stopped(Trouble.LEADER_KEY)
    if not dossier.agency.seal_key:
        raise Stopped(Trouble.SEAL_KEY)
    if reason := confirmations.refusal(result, at=at):
        raise Stopped(Trouble.LEADER_KEY, message=reason)


def _require_in_office(result: Result, *, at: datetime) -> None:
    """The account of the leader who approved is open, and the leader one of the agency's: now, not when this began.

    Locks the account and the duties until the transaction ends. Raises Stopped.
    """
    held = Duty.objects.at(max(at, timezone.now())).filter(user=result.approved_by_id, user__is_active=True)
    held = held.filter(role=Role.LEADER).select_related("agency", "user")
    path = result.dossier.agency.path
    if not any(path.startswith(duty.agency.path) for duty in held.select_for_update(of=("self", "user"))):
        raise Stopped(Trouble.LEADER_GONE)


def waiting(*, at: datetime, limit: int = 100) -> list[int]:
    """Ids of results whose time has come and that no worker holds, the longest waiting first."""
    return list(Result.objects.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def work(result_id: int, *, at: datetime) -> IssuedPaper | None:
    """One attempt at issuing a result that was asked for; None when it is not due, or did not succeed.

    Safe at any time and any number of times. What goes wrong is written on the result: what passes by itself is
    tried again after pauses that grow to ten minutes, everything else stops and waits for a person.
    """
    lease = at + LEASE
    claimed = Result.objects.due(at).filter(pk=result_id)
    if not claimed.update(next_attempt_at=lease, attempts=F("attempts") + 1, trouble=""):
        return None
    result = _read(result_id)
    try:
        if result.attempts > ATTEMPTS:  # so often has a worker died of it
            raise Stopped(Trouble.FAULT)
        return _issue(result, at=at)
    except Overtaken:
        log.info("result %s: nothing left to do", result_id)
    except UnableToIssue as refused:
        _troubled(result, _trouble(refused), at=at, detail=getattr(refused, "detail", ""))
    except Exception:
        log.exception("result %s could not be issued (attempt %s)", result_id, result.attempts)
        _troubled(result, Trouble.FAULT, at=at)
    return None


def _read(result_id: int) -> Result:
    rows = Result.objects.select_related("dossier__agency", "dossier__person", "approved_by", "issued_by")
    return rows.get(pk=result_id)


def _trouble(refused: UnableToIssue) -> Trouble:
    return refused.trouble if isinstance(refused, Stopped) else Trouble.ENDED


def _troubled(result: Result, trouble: Trouble, *, at: datetime, detail: str = "") -> None:
    """Write down what keeps it, and when it is tried again; nothing where another has come before us."""
    passes = trouble in PASSES
    again: datetime | None = at + min(LONGEST, max(SHORTEST, (at - (result.asked_at or at)) / 2))
    if not passes and not (trouble == Trouble.FAULT and result.attempts < ATTEMPTS):
        again = None
    log.warning("result %s not issued: %s, again at %s", result.pk, trouble.value, again)
    held = Result.objects.filter(pk=result.pk, state__in=UNDER_WAY, next_attempt_at=at + LEASE)
    held.update(
        trouble=trouble,
        trouble_detail=detail[:60],
        next_attempt_at=again,
        attempts=0 if passes else F("attempts"),
    )


def _issue(result: Result, *, at: datetime) -> IssuedPaper:
    _require_keys(result)
    if result.state == ResultState.ASKED:
        _number(result, at=at)
    results.require_decided(result.dossier)
    content = _draw(result)
    with transaction.atomic():
        _require_in_office(result, at=at)
    content = sign(content, result, now=at)
    try:
        return _finish(result, content, at=at)
    except store.StoreFull as error:
        raise Stopped(Trouble.STORE) from error


def _require_keys(result: Result) -> None:
    """Before a number is spent: both keys are there, and the authority is not known to be silent. Raises Stopped."""
    if result.state == ResultState.ASKED and cache.get(SILENT):
        raise Stopped(Trouble.AUTHORITY)
    with _signing(result):
        signing.certificate(keys.of_person(result.approved_by))
        signing.certificate(keys.of_agency(result.dossier.agency))


@transaction.atomic
def _number(result: Result, *, at: datetime) -> None:
    """Allot number, date and code, and write them down on the result. Raises Overtaken, Stopped.

    In order: lock the dossier, look whether all is still as it was when it was asked for, lock the series (the last
    thing, for the shortest time: every other result of the series waits), write.
    """
    _hold(result)
    _require_sound(result.dossier, result, at=at)
    series, sequence = numbers.allot(result.dossier.agency, result.type_code, at=at)
    told = runtime.definition(result.dossier.version_id).result
    result.series, result.sequence = series, sequence
    result.number = told.number.format(seq=sequence, year=series.year, symbol=told.symbol)
    result.check_code, result.issued_at = new_check_code(), at
    result.state = ResultState.NUMBERED
    result.save(update_fields=["series", "sequence", "number", "check_code", "issued_at", "state"])


def _hold(result: Result) -> Dossier:
    """Lock the dossier of a result that is still as we know it. Raises Overtaken."""
    try:
        dossier = dossiers.require(result.dossier, Action.ISSUE, actors=CLERK)
    except NotAllowed as refused:
        raise Overtaken from refused
    if not Result.objects.filter(pk=result.pk, state=result.state, sequence=result.sequence).exists():
        raise Overtaken
    return dossier


def _draw(result: Result) -> bytes:
    dossier, at = result.dossier, result.dated
    try:
        context = results.context(dossier, result, number=result.number, check_code=result.check_code, at=at)
        return results.draw(dossier, context, at=at)
    except results.Unprintable as error:
        raise Stopped(Trouble.LETTERS, detail=error.characters) from error
    except scans.OtherScan as error:
        raise Stopped(Trouble.CHANGED) from error


@contextlib.contextmanager
def _signing(result: Result) -> Iterator[None]:
    """What keeps the keys from signing, as a trouble. Raises Stopped."""
    try:
        yield
    except signing.KeyUnavailable as error:
        log.error("result %s: %s", result.pk, error)
        if error.passes:
            raise Stopped(Trouble.AUTHORITY) from error
        seal = error.key_id == result.dossier.agency.seal_key
        raise Stopped(Trouble.SEAL_KEY if seal else Trouble.LEADER_KEY) from error
    except signing.Unavailable as error:
        cache.set(SILENT, True, SILENT_SECONDS)
        raise Stopped(Trouble.AUTHORITY) from error


def sign(content: bytes, result: Result, *, now: datetime) -> bytes:
    """The leader's signature (certifying), then the agency's seal. Raises Stopped.

    That each key is its owner's alone has been looked at before (`_require_keys`).
    """
    leader, agency, at = result.approved_by, result.dossier.agency, result.dated
    # The reasons stand in the file, which is Vietnamese whatever the officer's screen speaks.
    with _signing(result), translation.override("vi"):
        with confirmations.consented(result, at=now):
            content = signing.sign(
                signing.prepare(content),
                key_id=leader.signing_key,
                field="leader",
                name=leader.full_name,
                reason=_("Approved"),
                at=at,
                certify=True,
            )
        return signing.sign(
            content, key_id=agency.seal_key, field="seal", name=agency.name, reason=_("Issued"), at=at
        )


@transaction.atomic
def _finish(result: Result, content: bytes, *, at: datetime) -> IssuedPaper:
    """Store, register, move the dossier, deliver: all or nothing. Raises Overtaken, UnableToIssue, StoreFull.

    The paper that it corrects, if it does, is replaced in the same moment. A file whose transaction does not commit
    has no row: the store sweeps it up.
    """
    dossier = _hold(result)
    results.require_decided(dossier)
    _require_in_office(result, at=at)  # it may have ended while a time stamp was waited for
    paper = _register(result, _store(result, content, at=at))
    confirmations.used(result, at=at)
    result.state, result.paper = ResultState.ISSUED, paper
    result.next_attempt_at, result.trouble, result.trouble_detail = None, "", ""
    result.save(update_fields=["state", "paper", "next_attempt_at", "trouble", "trouble_detail"])
    _state(result, paper, at=at)
    document = str(paper.document_id)
    dossier = dossiers.issued(
        dossier, by=result.issued_by, actors=CLERK, at=at, document=document, number=paper.number
    )
    lives.succeed(dossier, paper, by=result.issued_by, at=at)
    dossiers.returned(dossier, by=None, actors=frozenset({SYSTEM}), at=at, is_locked=True)
    return paper


def _state(result: Result, paper: IssuedPaper, *, at: datetime) -> None:
    """Sign apart what its holder can show of it. A seal at a provider signs that when it is first shown."""
    if not keys.is_remote(result.dossier.agency.seal_key):
        with _signing(result), contextlib.suppress(shares.NothingToShow):
            definition = runtime.definition(result.dossier.version_id)
            shares.state_first(paper, stated.of(definition, paper.claims), at=at)


def _store(result: Result, content: bytes, *, at: datetime) -> Document:
    # `at` is now, not the paper's own time: files without a row are looked for in the folders of the last days.
    return store.put(
        content,
        name=f"{result.number.replace('/', '-')}.pdf",
        content_type="application/pdf",
        kind=DocumentKind.RESULT,
        owner=result.dossier.person,
        by=None,
        at=at,
    )


def _register(result: Result, document: Document) -> IssuedPaper:
    dossier, definition = result.dossier, runtime.definition(result.dossier.version_id)
    return papers.register(
        document,
        check_code=result.check_code,
        type_code=result.type_code,
        title={"vi": definition.result.name.vi, "en": definition.result.name.en},
        number=result.number,
        issuer=dossier.agency,
        signer_name=result.approved_by.full_name,
        signer_position=result.approver_position,
        signer_keys={"leader": result.approved_by.signing_key, "seal": dossier.agency.seal_key},
        holder=dossier.person,
        subject_name=definition.result_subject(dossier.answers, dossier.outcome, dossier.context),
        claims=result.claims,
        issued_at=result.dated,
        valid_until=results.valid_until(dossier, timezone.localdate(result.dated)),
    )
