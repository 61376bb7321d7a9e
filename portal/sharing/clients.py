"""The register of clients: the verbs of the system administrator, each written down, and who a caller is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Agency, User
from portal.sharing.models import Client, ClientAct, ClientEvent, Scope

TOKEN_SECONDS = 600
SALT = "sharing.token"


class Taken(Exception):
    """A client, or a purpose in force, of this name is there already."""


def register(
    *,
    name: str,
    system: str,
    contact: str,
    agency: Agency | None,
    active_from: date,
    active_until: date | None,
    per_minute: int,
    by: User,
    at: datetime,
) -> tuple[Client, str]:
    """A new client and its secret, which is told this once and kept as a hash only. Raises Taken."""
    secret = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            client = Client.objects.create(
                name=name,
                system=system,
                contact=contact,
                agency=agency,
                active_from=active_from,
                active_until=active_until,
                per_minute=per_minute,
                secret_sha256=_hash(secret),
                secret_at=at,
                created_at=at,
            )
            _note(client, ClientAct.REGISTERED, by=by, at=at)
    except IntegrityError as error:
        raise Taken(name) from error
    return client, secret


@transaction.atomic
def change(client: Client, fields: Mapping[str, Any], *, by: User, at: datetime) -> None:
    """Other details of the client (`fields`: column → value); which ones is written down. Raises Taken."""
    row = _locked(client)
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    if changed:
        try:
            with transaction.atomic():
                row.save(update_fields=changed)
        except IntegrityError as error:
            raise Taken(row.name) from error
        _note(row, ClientAct.CHANGED, by=by, at=at, detail=", ".join(changed))


@transaction.atomic
def rotate(client: Client, *, by: User, at: datetime) -> str:
    """A new secret, told this once. The old one, and every token that it got, is worth nothing at once."""
    row, secret = _locked(client), secrets.token_urlsafe(32)
    row.secret_sha256, row.secret_at = _hash(secret), at
    row.save(update_fields=["secret_sha256", "secret_at"])
    _note(row, ClientAct.ROTATED, by=by, at=at)
    return secret


@transaction.atomic
def suspend(client: Client, *, reason: str, by: User, at: datetime) -> None:
    """From now on it is not answered. Does nothing to one that is suspended already."""
    row = _locked(client)
    if row.suspended_at is None:
        row.suspended_at = at
        row.save(update_fields=["suspended_at"])
        _note(row, ClientAct.SUSPENDED, by=by, at=at, detail=reason)


@transaction.atomic
def resume(client: Client, *, by: User, at: datetime) -> None:
    row = _locked(client)
    if row.suspended_at is not None:
        row.suspended_at = None
        row.save(update_fields=["suspended_at"])
        _note(row, ClientAct.RESUMED, by=by, at=at)


def allow(
    client: Client,
    *,
    code: str,
    type_code: str,
    title: Mapping[str, str],
    purpose: Mapping[str, str],
    basis: Mapping[str, str],
    needs_consent: bool,
    claims: Sequence[Mapping[str, str]],
    questions: Sequence[Mapping[str, str]],
    most_days: int,
    by: User,
    at: datetime,
) -> Scope:
    """Register what the client may ask for one purpose. Raises Taken while one of this code is in force."""
    try:
        with transaction.atomic():
            scope = Scope.objects.create(
                client=client,
                code=code,
                type_code=type_code,
                title=dict(title),
                purpose=dict(purpose),
                basis=dict(basis),
                needs_consent=needs_consent,
                claims=[dict(claim) for claim in claims],
                questions=[dict(question) for question in questions],
                most_days=most_days,
                since=at,
            )
            _note(client, ClientAct.SCOPED, by=by, at=at, detail=code)
    except IntegrityError as error:
        raise Taken(code) from error
    return scope


@transaction.atomic
def end(scope: Scope, *, by: User, at: datetime) -> None:
    """Nothing is asked for this purpose any more, whatever was agreed to."""
    if Scope.objects.filter(pk=scope.pk, ended_at=None).update(ended_at=at):
        _note(scope.client, ClientAct.ENDED, by=by, at=at, detail=scope.code)


# ── Who is calling ────────────────────────────────────────────────────────────────────────────────
def token(client_id: str, secret: str, *, at: datetime) -> str | None:
    """A bearer token for ten minutes, or None: unknown client, wrong secret, not active."""
    client = _find(client_id)
    known = client.secret_sha256 if client else _hash("")
    # Compared in constant time, also where there is no such client.
    matches = hmac.compare_digest(known, _hash(secret))
    if client is None or not matches or client.state(timezone.localdate(at)) != "active":
        return None
    return signing.dumps({"c": str(client.pk), "s": client.secret_at.isoformat()}, salt=SALT)


def bearer(value: str, *, at: datetime) -> Client | None:
    """The active client that this token was given to, with the secret that it has now; else None."""
    try:
        held = signing.loads(value, salt=SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        return None
    client = _find(held["c"])
    if client is None or held["s"] != client.secret_at.isoformat():
        return None
    return client if client.state(timezone.localdate(at)) == "active" else None


def _find(client_id: str) -> Client | None:
    try:
        return Client.objects.filter(pk=UUID(client_id)).first()
    except ValueError:
        return None


def _hash(secret: str) -> str:
    """SHA-256 is enough: a secret is 256 random bits, there is nothing to guess from."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _locked(client: Client) -> Client:
    return Client.objects.select_for_update(of=("self",)).get(pk=client.pk)


def _note(client: Client, act: ClientAct, *, by: User, at: datetime, detail: str = "") -> None:
    ClientEvent.objects.create(
        client=client, act=act, by=by, by_name=by.full_name, detail=detail[:300], at=at
    )
