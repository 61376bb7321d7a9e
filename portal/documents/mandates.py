"""What the owner of a remote key has consented to: how it stands, in words, and its use for one signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents.authorisations import (
    OPEN,
    Use,
    close,
    current,
    fernet,
    is_live,
    provider_name,
    tell_queue,
)
from portal.documents.keys import KeyUnavailable, is_remote, remote
from portal.documents.models import Authorisation, AuthorisedSignature
from portal.documents.models import AuthorisationState as State


class NotConfirmed(KeyUnavailable):
    """The owner has not consented, or no longer. `words` say so to officers."""

    def __init__(self, key_id: str, words: str) -> None:
        super().__init__(key_id, "its owner has not confirmed at the provider")
        self.words = words


@dataclass(frozen=True, slots=True)
class Standing:
    """How consent stands, in words for officers; with `can_ask` it takes a new question to get on."""

    state: str
    words: str
    can_ask: bool

    @property
    def is_confirmed(self) -> bool:
        return self.state == State.CONFIRMED


# ── Using ─────────────────────────────────────────────────────────────────────────────────────────
def standing(use: Use, *, owner: User, at: datetime) -> Standing | None:
    """How consent to this use of the owner's key stands; None for a key that needs none."""
    if not is_remote(owner.signing_key):
        return None
    return _standing(current(use, owner), owner, at)


def standings(uses: Sequence[Use], *, owner: User, at: datetime) -> list[Standing]:
    """How consent to each of these uses stands; nothing for a key that needs none. One query."""
    if not is_remote(owner.signing_key):
        return []
    asked = AuthorisedSignature.objects.filter(
        subject__in=[use.subject for use in uses],
        authorisation__owner=owner,
        authorisation__key_id=owner.signing_key,
    )
    lines = asked.select_related("authorisation").order_by("authorisation__made_at", "authorisation__pk")
    newest = {(line.subject, line.digest): line.authorisation for line in lines}
    return [_standing(newest.get((use.subject, use.digest)), owner, at) for use in uses]


def _standing(row: Authorisation | None, owner: User, at: datetime) -> Standing:
    values = {"leader": owner.full_name, "provider": provider_name()}
    if row is None:
        return Standing("", _("%(leader)s has not been asked at %(provider)s yet.") % values, True)
    state = State.EXPIRED if row.state == State.CONFIRMED and not is_live(row, at) else State(row.state)
    return Standing(
        state, _words(state, is_stuck=row.is_stuck) % values, state not in (*OPEN, State.CONFIRMED)
    )


def _words(state: State, *, is_stuck: bool) -> str:
    if is_stuck:
        return _("%(provider)s does not answer. It is asked again every few minutes.")
    return {
        State.WANTED: _("%(provider)s is being told to ask %(leader)s."),
        State.ASKED: _("Waiting for %(leader)s to confirm at %(provider)s."),
        State.CONFIRMED: _("%(leader)s has confirmed at %(provider)s."),
        State.REFUSED: _("%(leader)s refused to sign at %(provider)s."),
        State.EXPIRED: _(
            "The confirmation of %(leader)s at %(provider)s has lapsed. It must be asked for again."
        ),
        State.SPENT: _(
            "The confirmation of %(leader)s at %(provider)s is used up. It must be asked for again."
        ),
    }[state]


@contextmanager
def consented(use: Use, *, owner: User, at: datetime) -> Iterator[None]:
    """Within it the owner's key signs for this use, and for no other. Changes nothing for keys that need no consent.

    Raises NotConfirmed. Should the key fail, the provider is asked what became of the consent.
    """
    now = standing(use, owner=owner, at=at)
    if now is None:
        yield
        return
    row = current(use, owner)
    if row is None or not now.is_confirmed:
        raise NotConfirmed(owner.signing_key, now.words)
    try:
        with remote.consented(remote.Consent(row.key_id, _unlocked(row), f"{row.pk}:{use.subject}")):
            yield
    except KeyUnavailable as error:
        if error.key_id == row.key_id:
            tell_queue("check_authorisation", row)
        raise


@transaction.atomic
def used(use: Use, *, at: datetime) -> None:
    """The paper is issued. When nothing else hangs on the consent, its activation data is forgotten."""
    lines = AuthorisedSignature.objects.filter(subject=use.subject, digest=use.digest, used_at=None)
    rows = list(Authorisation.objects.select_for_update(of=("self",)).filter(signatures__in=lines))
    lines.update(used_at=at)
    close(rows, State.SPENT)


def _unlocked(row: Authorisation) -> str:
    try:
        return fernet().decrypt(row.token.encode()).decode()
    except InvalidToken:  # SECRET_KEY was changed without a fallback
        raise KeyUnavailable(row.key_id, "the consent cannot be read any more") from None
