"""Whether a file that somebody sends is a paper of ours, or of a site that we trust, and then which.

One of ours is told by its bytes; one that says it is ours but was changed, or no longer holds, is refused with what
to do. One of another site is judged in a process of its own against that site's roots, its data read as the first
signature covers it. Anything else is a file like any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from portal import words
from portal.documents import inspection, sites, verification
from portal.documents.inspection import Facts, Unreadable
from portal.documents.models import Document, ForeignPaper, IssuedPaper
from portal.documents.sites import Site, Standing
from portal.documents.verification import Verdict

SIGNED = b"/ByteRange"


class NotUsable(Exception):
    """The file says it is a paper of ours, and cannot be used; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A paper of another site, as its signature says, and what that site says of it now."""

    site: Site
    data: Mapping[str, Any]
    signers: tuple[str, ...]
    standing: Standing


def look(content: bytes, *, at: datetime) -> Foreign | None:
    """A paper of another site that holds as far as it can be told; None for one of ours and for any other file.

    Raises NotUsable. An unsigned file costs nothing, one of ours a look-up, any other signed one about a second for
    each site. Asks the other site; not for use inside a transaction.
    """
    if SIGNED not in content:
        return None
    verdict = verification.check_bytes(content, at=at)
    if verdict.paper:
        _require_usable(verdict, verdict.paper)
        return None
    return _foreign(content)


def _require_usable(verdict: Verdict, paper: IssuedPaper) -> None:
    called = {"title": words.text(paper.title), "number": paper.number}
    if verdict.outcome in ("altered", "unknown"):
        raise NotUsable(
            _(
                "This file says it is %(title)s no. %(number)s, but it is not what was signed. Download the paper "
                "again from My papers, or from where you got it, and send that file unchanged."
            )
            % called
        )
    if verdict.holds:
        return
    if paper.replaced_by:
        raise NotUsable(
            _("%(title)s no. %(number)s has been replaced by no. %(new)s. Send that one instead.")
            % (called | {"new": paper.replaced_by.number})
        )
    raise NotUsable(
        _(
            "%(title)s no. %(number)s does not hold now: %(state)s. Send another paper, or ask its office for a "
            "new one."
        )
        % (called | {"state": _states()[verdict.status]})
    )


def _states() -> dict[str, str]:
    return {"expired": _("it has expired"), "suspended": _("it is suspended"), "revoked": _("it was revoked")}


def _foreign(content: bytes) -> Foreign | None:
    for site in sites.trusted():
        try:
            facts = inspection.apart(content, site.roots)
        except Unreadable:
            return None
        if _is_sound(facts):
            return _told(site, facts, content)
    return None


def _is_sound(facts: Facts) -> bool:
    """Signed by that site, with our kind of data inside, and nothing changed since."""
    signed = facts.signatures
    return bool(
        signed
        and signed[0].certifies
        and signed[-1].last
        and len(facts.fields) == len(signed)
        and facts.payload
        and facts.payload_stays
        and all(one.intact and one.trusted and one.permitted for one in signed)
    )


def _told(site: Site, facts: Facts, content: bytes) -> Foreign | None:
    try:
        data = json.loads(facts.payload)
        date.fromisoformat(data["issued_on"])
        if not all(isinstance(data[key], str) for key in ("type", "number", "check_code")):
            return None
        if not isinstance(data["claims"], dict):
            return None
    except (ValueError, KeyError, TypeError):
        return None
    digest = hashlib.sha256(content).hexdigest()
    standing = sites.ask(site, check_code=data["check_code"], sha256=digest)
    if standing.was_told and standing.outcome != "valid":
        raise NotUsable(
            _("%(site)s says that its paper no. %(number)s does not hold any more. Send another paper.")
            % {"site": site.name, "number": data["number"]}
        )
    return Foreign(site, data, tuple(one.signer for one in facts.signatures), standing)


def keep(document: Document, found: Foreign, *, at: datetime) -> ForeignPaper:
    """Write down what the file is, beside the file."""
    until = found.data.get("valid_until")
    return ForeignPaper.objects.create(
        document=document,
        site=found.site.key,
        site_name=found.site.name,
        type_code=found.data["type"][:30],
        title=found.standing.title or {"vi": f"Giấy tờ {found.data['type']}"},
        number=found.data["number"][:60],
        check_code=found.data["check_code"][:12],
        claims=found.data["claims"],
        signers=list(found.signers),
        issued_on=date.fromisoformat(found.data["issued_on"]),
        valid_until=date.fromisoformat(until) if until else None,
        outcome=found.standing.outcome,
        asked_at=at,
    )


def ask_again(paper: ForeignPaper, *, at: datetime) -> ForeignPaper:
    """What its site says of it now, written down; silence is written down as silence. Not inside a transaction."""
    site = sites.named(paper.site)
    told = (
        sites.ask(site, check_code=paper.check_code, sha256=paper.document.sha256) if site else sites.UNTOLD
    )
    paper.outcome, paper.asked_at = told.outcome, at
    paper.save(update_fields=["outcome", "asked_at"])
    return paper


def is_about(paper: ForeignPaper, personal_id: str) -> bool:
    """Whether the person with this number stands in the data: another's paper is not theirs to use."""
    return personal_id in set(_texts(paper.claims))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
