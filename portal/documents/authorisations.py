"""The owner's consent to signatures by a remote key: asked for, confirmed on the telephone. `mandates` uses it.

    WANTED ── the provider is told ──▶ ASKED ── the owner confirms ──▶ CONFIRMED ── signed ──▶ SPENT
                                         └──▶ REFUSED, EXPIRED          └──▶ EXPIRED, SPENT

The provider knows the truth; this site asks it: when the provider calls (`heard`), and in a sweep, because calls get
lost. The provider is asked outside of transactions; what it answered counts only if the row still waits for it. The
activation data lies encrypted, and only while it can be used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents.keys import REMOTE, KeyUnavailable, is_remote, provider
from portal.documents.models import Authorisation, AuthorisedSignature
from portal.documents.models import AuthorisationState as State
from portal.messages import outbox

log = logging.getLogger(__name__)

POLL = timedelta(seconds=15)  # a call of the provider's comes sooner, if it comes
STUCK = timedelta(minutes=2)  # until a provider that did not answer is asked again
GIVEN_UP = timedelta(days=1)  # after so long without an answer
CLOCKS = 300  # seconds that a call may be old, or ahead
OPEN = (State.WANTED, State.ASKED)


class BadCall(Exception):
    """What was posted is not from the provider."""


@dataclass(frozen=True, slots=True)
class Use:
    """One signature: `subject` ("result:12") names what is signed, `digest` (SHA-256) what it says."""

    subject: str
    digest: str


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def ask(
    owner: User, uses: Sequence[Use], *, description: str, at: datetime, link: str = ""
) -> Authorisation | None:
    """Have the owner of a remote key asked once for all these signatures; None for a key of another kind.

    Where the same is asked already, or confirmed, nothing is asked again. In order: the rows; on commit, a word to
    the queue, which tells the provider. Raises KeyUnavailable where no provider is set.
    """
    if not is_remote(owner.signing_key):
        return None
    if not settings.REMOTE_SIGNING_URL:
        raise KeyUnavailable(owner.signing_key, "no provider of remote signatures is set")
    User.objects.select_for_update(of=("self",)).get(pk=owner.pk)  # two presses ask once
    found = [current(use, owner) for use in uses]
    if (
        found
        and (first := found[0])
        and {each and each.pk for each in found} == {first.pk}
        and is_live(first, at)
    ):
        return first
    row = Authorisation.objects.create(
        owner=owner,
        key_id=owner.signing_key,
        description=description[:500],
        link=link,
        made_at=at,
        next_at=at,
    )
    AuthorisedSignature.objects.bulk_create(
        AuthorisedSignature(authorisation=row, subject=use.subject, digest=use.digest) for use in uses
    )
    _enqueue("send_authorisation", row)
    return row


def send(authorisation_id: str, *, at: datetime) -> None:
    """Tell the provider to ask the owner; may be called twice, the provider asks once."""
    row = Authorisation.objects.filter(pk=authorisation_id, state=State.WANTED).first()
    if row is None:
        return
    try:
        asked = provider.authorize(
            row.key_id.removeprefix(REMOTE),
            signatures=row.signatures.count(),
            description=row.description,
            reference=str(row.pk),
        )
    except (provider.ProviderDown, provider.ProviderRefused) as error:
        _postpone(row, error, at=at)
        return
    until = at + timedelta(seconds=asked.seconds)
    waits = Authorisation.objects.filter(pk=row.pk, state=State.WANTED)
    changed = waits.update(
        state=State.ASKED, handle=asked.handle, until=until, next_at=at + POLL, is_stuck=False
    )
    if not changed and not Authorisation.objects.filter(pk=row.pk, handle=asked.handle).exists():
        cancel(asked.handle)  # taken back meanwhile


def check(authorisation_id: str, *, at: datetime) -> None:
    """Ask the provider what the owner has answered, and write it down."""
    row = Authorisation.objects.filter(pk=authorisation_id, state__in=(State.ASKED, State.CONFIRMED)).first()
    if row is None:
        return
    if row.state == State.CONFIRMED and row.until and at >= row.until:
        _end(row, State.EXPIRED, at=at)
        return
    try:
        answer = provider.check(row.handle)
    except (provider.ProviderDown, provider.ProviderRefused) as error:
        _postpone(row, error, at=at)
        return
    _answered(row, answer, at=at)


def _answered(row: Authorisation, answer: provider.Answer, *, at: datetime) -> None:
    if answer.state == "confirmed":
        until = at + timedelta(seconds=answer.seconds)
        _waiting(row).update(
            state=State.CONFIRMED, token=_locked(answer.token), until=until, next_at=until, is_stuck=False
        )
    elif answer.state == "pending":
        _waiting(row).update(next_at=at + POLL, is_stuck=False)
    else:
        _end(row, State(answer.state), at=at)


def _waiting(row: Authorisation) -> QuerySet[Authorisation]:
    """The row, while it is as we saw it: it may have been taken back or used meanwhile."""
    return Authorisation.objects.filter(pk=row.pk, state=row.state)


@transaction.atomic
def _end(row: Authorisation, state: State, *, at: datetime) -> None:
    """It has come to nothing; the owner, who may ask again, is told. Once, whoever notices first."""
    if (
        not _waiting(row).update(state=state, token="", next_at=None, is_stuck=False)
        or state == State.REFUSED
    ):
        return
    with translation.override(row.owner.language or "vi"):
        outbox.send(
            row.owner,
            key=f"authorisation:{row.pk}:{state.value}",
            subject=_("Your confirmation of a signature has lapsed"),
            body=_(
                "%(what)s\nNothing was signed with it. Ask for the confirmation again, then confirm at %(provider)s."
            )
            % {"what": row.description, "provider": provider_name()},
            link=row.link,
            at=at,
        )


def _postpone(row: Authorisation, error: Exception, *, at: datetime) -> None:
    log.warning("authorisation %s: %s", row.pk, error)
    if at - (row.until or row.made_at) > GIVEN_UP:
        _end(row, State.EXPIRED, at=at)
    else:
        _waiting(row).update(next_at=at + STUCK, is_stuck=True)


def sweep(*, at: datetime) -> int:
    """Go on with every question whose time has come: what a lost message or a lost call left standing; how many."""
    due = list(Authorisation.objects.filter(next_at__lte=at).order_by("next_at")[:100])
    for row in due:
        (send if row.state == State.WANTED else check)(str(row.pk), at=at)
    return len(due)


# ── The provider's call ───────────────────────────────────────────────────────────────────────────
def heard(body: bytes, signature: str, *, at: datetime) -> None:
    """The provider says that an owner has answered; it is asked what. Raises BadCall.

    `signature` is `t=<Unix time>,v1=<hex>`: HMAC-SHA256 of "<time>.<body>" with REMOTE_SIGNING_CALLBACK_SECRET.
    Said again, or long ago, it changes nothing: only what still waits is asked about.
    """
    moment, _comma, given = signature.removeprefix("t=").partition(",v1=")
    secret = settings.REMOTE_SIGNING_CALLBACK_SECRET.encode()
    wanted = hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise BadCall("the signature is wrong")
    if not moment.isdecimal() or abs(at.timestamp() - int(moment)) > CLOCKS:
        raise BadCall("too old")
    try:
        handle = json.loads(body)["handle"]
    except (ValueError, KeyError, TypeError):
        raise BadCall("no handle") from None
    for row in Authorisation.objects.filter(state=State.ASKED, handle=str(handle)):
        _enqueue("check_authorisation", row)


# ── Taking back ───────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def drop(subject: str) -> None:
    """Nobody is to sign this any more: the questions about it alone are taken back."""
    lines = AuthorisedSignature.objects.filter(subject=subject, used_at=None)
    rows = list(Authorisation.objects.select_for_update(of=("self",)).filter(signatures__in=lines))
    lines.delete()
    for row in close(rows, State.DROPPED):
        if row.handle:
            _enqueue("cancel_authorisation", row)


def cancel(handle: str) -> None:
    """Take a question back at the provider. Should that fail, the question lapses there by itself."""
    try:
        provider.cancel(handle)
    except (provider.ProviderDown, provider.ProviderRefused) as error:
        log.info("a question could not be taken back: %s", error)


def close(rows: Sequence[Authorisation], state: State) -> list[Authorisation]:
    """Those that are done with: they wait for nothing, or are confirmed, and no signature is left to make."""
    live = (*OPEN, State.CONFIRMED)
    done = [row for row in rows if row.state in live and not row.signatures.filter(used_at=None).exists()]
    for row in done:
        row.state, row.token, row.next_at = state, "", None
        row.save(update_fields=["state", "token", "next_at"])
    return done


def current(use: Use, owner: User) -> Authorisation | None:
    """The newest question about exactly this, by exactly this key of exactly this owner."""
    rows = Authorisation.objects.filter(
        owner=owner,
        key_id=owner.signing_key,
        signatures__subject=use.subject,
        signatures__digest=use.digest,
    )
    return rows.order_by("-made_at", "-pk").first()


def is_live(row: Authorisation, at: datetime) -> bool:
    """Asked or confirmed, and worth waiting for."""
    return row.state in OPEN or (row.state == State.CONFIRMED and row.until is not None and at < row.until)


def provider_name() -> str:
    return settings.REMOTE_SIGNING_NAME or _("the signature provider")


# ── Secrets and messages ──────────────────────────────────────────────────────────────────────────
def fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (
        hashlib.sha256(b"signature activation data\0" + secret.encode()).digest() for secret in secrets
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _locked(token: str) -> str:
    return fernet().encrypt(token.encode()).decode()


def _enqueue(task: str, row: Authorisation) -> None:
    def enqueue() -> None:
        tell_queue(task, row)

    transaction.on_commit(enqueue, robust=True)


def tell_queue(task: str, row: Authorisation) -> None:
    """A broker that is down only delays: the sweep finds the row."""
    from portal.documents import tasks  # noqa: PLC0415 - tasks import this module

    try:
        getattr(tasks, task).delay(authorisation_id=str(row.pk))
    except Exception:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            raise
        log.warning("authorisation %s waits: the queue did not answer", row.pk)
