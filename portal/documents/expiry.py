"""Signing certificates that end soon: said to the system administrators in time to get new ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal import words
from portal.accounts.models import Agency, Duty, Role, User
from portal.documents import keys
from portal.messages import outbox

log = logging.getLogger(__name__)

# A certificate of the State's authority takes weeks to get: papers, approval, a token in the post.
AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Ending:
    """The key `key_id` of `owner`, a person or an agency, whose certificate ends at `end` or has ended."""

    key_id: str
    owner: str
    end: datetime
    fingerprint: str


def ending(*, at: datetime) -> list[Ending]:
    """The keys that somebody signs with and whose certificates end within 60 days of `at`, or have ended."""
    found = (Ending(key_id, owner, *_end(one)) for key_id, owner, one in _certificates())
    return sorted((each for each in found if each.end - at <= AHEAD), key=lambda each: each.end)


def warn(*, at: datetime) -> int:
    """Log each key that ends soon and tell every system administrator, once a week for each key; how many keys."""
    soon = ending(at=at)
    admins = list(_admins(at)) if soon else []
    for each in soon:
        log.warning("the certificate of signing key %s ends at %s", each.key_id, each.end.isoformat())
        for admin in admins:
            _tell(admin, each, at=at)
    return len(soon)


def _certificates() -> Iterator[tuple[str, str, x509.Certificate]]:
    """Key id, owner's name and certificate of each key that is in use here. A key of nobody signs nothing."""
    for key_id, owner in owners().items():
        try:
            yield key_id, owner, keys.certificate(key_id)
        except keys.KeyUnavailable as error:
            log.info("%s", error)


def owners() -> dict[str, str]:
    """Key id → name of the person or agency that signs with it now, wherever the key lies."""
    return {**_signers(), **_seals()}


def _signers() -> dict[str, str]:
    active = User.objects.filter(is_active=True).exclude(signing_key="")
    return dict(active.values_list("signing_key", "full_name"))


def _seals() -> dict[str, str]:
    """Of the agencies where somebody is on duty: the others seal nothing."""
    manned = Duty.objects.filter(until=None).values("agency")
    return dict(Agency.objects.filter(pk__in=manned).exclude(seal_key="").values_list("seal_key", "name"))


def _end(certificate: x509.Certificate) -> tuple[datetime, str]:
    return certificate.not_valid_after_utc, certificate.fingerprint(hashes.SHA256()).hex()


def _admins(at: datetime) -> Iterator[User]:
    on_duty = Duty.objects.at(at).filter(role=Role.SYSTEM_ADMIN).values("user")
    return User.objects.filter(is_active=True, pk__in=on_duty).iterator()


def _tell(admin: User, each: Ending, *, at: datetime) -> None:
    """One message for this certificate and week (Vietnam's, ISO 8601): a second call changes nothing."""
    year, week, _day = timezone.localtime(at).isocalendar()
    over = each.end <= at
    with translation.override(admin.language or "vi"):
        values = {"owner": each.owner, "day": words.dmy(timezone.localdate(each.end)), "key": each.key_id}
        subject = (
            _("The signing certificate of %(owner)s has expired")
            if over
            else _("The signing certificate of %(owner)s expires on %(day)s")
        )
        body = _(
            "The certificate of signing key %(key)s ends on %(day)s. Nothing can be signed with it afterwards. "
            "Ask the certificate authority for a new one and put it in place."
        )
        key = f"certificate:{each.fingerprint[:32]}:{year}-W{week:02}"
        outbox.send(admin, key=key, subject=subject % values, body=body % values, at=at)
