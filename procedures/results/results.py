"""What a result says: approved by the leader, sent back by the clerk, drawn. `issuing` makes the paper of it.

The order is that of NĐ 30/2020: a competent person signs, then the clerk (văn thư) numbers, dates and
seals what was signed, and nothing else. Approval freezes the data; the leader's key is used when the
clerk has it issued, on exactly the approved data, because the number and date belong inside the signature.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.models import Agency, AgencyKind, Role, User
from portal.documents import canonical, keys, render
from portal.documents.models import IssuedPaper
from portal.messages import outbox
from procedures.definitions import facts, printing, runtime, schemas
from procedures.dossiers import corrections, dossiers, relied
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import Action
from procedures.results import confirmations, numbers, scans
from procedures.results.models import Result


class UnableToIssue(Exception):
    """The result cannot be approved or issued now; the message says what is missing."""


class Unprintable(UnableToIssue):
    """The font of the papers lacks `characters`."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__(
            _("The paper cannot show these characters: %(characters)s. Ask for a supplement without them.")
            % {"characters": characters}
        )


@transaction.atomic
def approve(
    dossier: Dossier,
    *,
    by: User,
    actors: frozenset[str],
    at: datetime,
    despite: str = "",
    seen: str = "",
    asks: bool = True,
) -> Result:
    """Freeze what the result says and move the dossier on to the clerk. Raises NotAllowed, UnableToIssue.

    `despite`: why it is approved although a paper that it takes over no longer holds; kept in the history.
    `seen`: SHA-256 of the data that the leader was shown; other data is refused.
    `asks`: have the owner of a remote key asked; who approves many asks once for all of them.
    In order: the dossier is locked (which refuses whoever may not), the papers that it relies on are
    looked at again, it is moved, the data of the definition's claims is computed from answers and
    findings, and kept with its digest; the paper is drawn once for trial: what would keep the clerk
    from issuing it is refused here.
    """
    dossier = dossiers.require(dossier, Action.APPROVE, actors=actors)
    decided = _decided(dossier, despite.replace("\0", "").strip())
    dossier = dossiers.approved(dossier, by=by, actors=actors, at=at, **decided)
    if not by.signing_key:
        raise UnableToIssue(
            _("Your account has no signing key. Ask the system administrator for one, then approve.")
        )
    claims = draft_claims(dossier)
    corrections.require_sound(dossier, claims, by=by)
    if seen and seen != canonical.sha256(claims):
        raise UnableToIssue(_("The data has changed since you looked at it. Look at it again, then decide."))
    result = Result.objects.create(
        dossier=dossier,
        type_code=runtime.definition(dossier.version_id).result.type,
        claims=claims,
        claims_sha256=canonical.sha256(claims),
        approved_by=by,
        approved_at=at,
        approver_position=_position(by, dossier.agency, at=at),
    )
    draw(dossier, context(dossier, result, number="1", check_code="X" * 12, at=at), at=at)
    try:
        confirmations.require_askable(by)
        if asks:
            confirmations.ask(result, at=at)
    except keys.KeyUnavailable as error:
        raise UnableToIssue(
            _("Your signing key cannot be used on this site. Ask the system administrator.")
        ) from error
    return result


def _decided(dossier: Dossier, despite: str) -> dict[str, Any]:
    """What the approval's line of history keeps of papers that hold no more. Raises UnableToIssue without `despite`."""
    ended = relied.ended([dossier]).get(dossier.pk, [])
    if not ended:
        return {}
    if not despite:
        raise UnableToIssue(
            _("No longer valid: %(papers)s. To approve all the same, say why; it is kept in the history.")
            % {"papers": "; ".join(map(relied.sentence, ended))}
        )
    return {"note": despite, "despite": [relied.mark(paper) for paper in ended]}


def require_decided(dossier: Dossier) -> None:
    """A paper that ended after the approval is the leader's to judge, not the clerk's. Raises UnableToIssue."""
    if why := corrections.standing_refusal(dossier):
        raise UnableToIssue(why)
    if ended := relied.ended([dossier]).get(dossier.pk, []):
        line = dossier.events.filter(action=Action.APPROVE).order_by("-id").first()
        known = line.data.get("despite", []) if line else []
        if new := [paper for paper in ended if relied.mark(paper) not in known]:
            raise UnableToIssue(
                _("No longer valid: %(papers)s. Send the dossier back to the leader, who decides.")
                % {"papers": "; ".join(map(relied.sentence, new))}
            )


@transaction.atomic
def unapprove(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """The clerk sends an approved result back to the leader, with the reason. Raises NotAllowed.

    In order: lock the dossier (which refuses what is issued), move it back to the leader's stage with
    what had been approved in its history, give back a number that it may have got, drop what approval
    prepared, tell the leader. A worker that is at it meanwhile finds it gone and stores nothing.
    """
    dossier = dossiers.require(dossier, Action.UNAPPROVE, actors=actors)
    result = Result.objects.select_for_update(of=("self",)).select_related("approved_by").get(dossier=dossier)
    leader, note = result.approved_by, note.replace("\0", "").strip()
    was = {"approved_by": leader.full_name, "approved_at": result.approved_at.isoformat()}
    was |= {"claims": result.claims_sha256, "number": result.number}
    dossier = dossiers.unapproved(dossier, by=by, actors=actors, note=note, at=at, **was)
    if result.series_id and result.sequence:
        numbers.give_back(result.series_id, result.sequence)
    confirmations.drop(result)
    result.delete()
    with translation.override(leader.language):
        outbox.send(
            leader,
            key=f"dossier:{dossier.pk}:unapprove:{at.isoformat()}",
            subject=_("The clerk sent dossier %(code)s back to you") % {"code": dossier.code},
            body=_("%(clerk)s: %(note)s\nYour approval is withdrawn. Approve again once this is in order.")
            % {"clerk": by.full_name, "note": note},
            link=reverse("counter:dossier", args=[dossier.code]),
            at=at,
        )
    return dossier


def draft_claims(dossier: Dossier) -> dict[str, Any]:
    """The data that the result would carry now."""
    definition = runtime.definition(dossier.version_id)
    return definition.claims(dossier.answers, dossier.outcome, dossier.context)


def signature(user: User, agency: Agency, *, at: datetime) -> dict[str, str]:
    """As what `user` would sign a result of the agency: name, position, authority, and with which key."""
    told = _signer(agency, user.full_name, _position(user, agency, at=at))
    return told | {"key": user.signing_key}


def _position(user: User, agency: Agency, *, at: datetime) -> str:
    """As what `user` signs for the agency: the leader's duty held there, or nearest above; "" without one."""
    held = [
        duty
        for duty in access.duties(user, at)
        if duty.role == Role.LEADER and agency.path.startswith(duty.agency.path)
    ]
    return max(held, key=lambda duty: len(duty.agency.path)).position if held else ""


def context(
    dossier: Dossier, result: Result, *, number: str, check_code: str, at: datetime
) -> dict[str, Any]:
    """What the template of an approved result shows, its signer included."""
    signer = _signer(dossier.agency, result.approved_by.full_name, result.approver_position)
    told = paper_context(dossier, result.claims, number=number, check_code=check_code, at=at)
    return told | {"signer": signer}


def _signer(agency: Agency, name: str, position: str) -> dict[str, str]:
    """Who signs, as it stands on the paper: a People's Committee is a body, so its head signs on its behalf."""
    body = agency.kind in (AgencyKind.COMMUNE, AgencyKind.CITY)
    return {"name": name, "position": position, "authority": "TM. ỦY BAN NHÂN DÂN" if body else ""}


def paper_context(
    dossier: Dossier, claims: dict[str, Any], *, number: str, check_code: str, at: datetime
) -> dict[str, Any]:
    """What a result's template shows. Also serves the preview before approval. Raises scans.OtherScan."""
    definition = runtime.definition(dossier.version_id)
    url = settings.PUBLIC_URL + reverse("documents:check_code", args=[check_code])
    today = timezone.localtime(at).date()
    return {
        "claims": claims,
        "facts": facts.of(definition, claims),
        "result": {
            "type": definition.result.type,
            "name": definition.result.name.vi,
            "number": number,
            "symbol": definition.result.symbol,
            "issued_on": today,
            "valid_until": valid_until(dossier, today),
            **_replaced(dossier.corrects),
        },
        "dossier": dossier,
        "agency": dossier.agency,
        "check_url": url,
        "check_code": check_code,
        "qr": render.qr(url),
        "copied": scans.pages(dossier, claims),
        "language": "vi",
    }


def _replaced(paper: IssuedPaper | None) -> dict[str, Any]:
    """The paper whose place the result takes, as the result names it; {} for a first issue."""
    if paper is None:
        return {}
    told = {"replaces_name": paper.title["vi"], "replaces_number": paper.number}
    return told | {"replaces_on": timezone.localdate(paper.issued_at)}


def valid_until(dossier: Dossier, today: date) -> date | None:
    """The last day (Vietnam) on which the dossier's paper of `today` holds; None: it does not run out.

    A correction does not prolong: the successor ends when the paper would have ended.
    """
    if dossier.corrects:
        return dossier.corrects.valid_until
    return _add_months(today, runtime.definition(dossier.version_id).result.validity_months)


def _add_months(day: date, months: int | None) -> date | None:
    """The same day `months` later, or the month's last day where there is none."""
    if not months:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def draw(dossier: Dossier, context: dict[str, Any], *, at: datetime) -> bytes:
    """The unsigned PDF with its data inside. Raises Unprintable for letters that the font lacks, UnableToIssue for
    what its template cannot show.
    """
    result = context["result"]
    data = canonical.payload(
        schema=schemas.uri(dossier.version_id),
        type_code=result["type"],
        number=result["number"],
        check_code=context["check_code"],
        issuer=dossier.agency.code,
        issued_on=result["issued_on"],
        valid_until=result["valid_until"],
        claims=context["claims"],
    )
    attached = render.Attachment(canonical.PAYLOAD_NAME, data, canonical.PAYLOAD_MIME, result["name"])
    try:
        return printing.pdf(
            runtime.definition(dossier.version_id),
            context,
            title=f"{result['name']} {result['number']}",
            attachments=[attached],
            at=at,
        )
    except printing.Unprintable as error:
        raise UnableToIssue(str(error)) from error
    except render.UnprintableCharacters as error:
        raise Unprintable(" ".join(error.characters)) from error


def preview(dossier: Dossier, *, by: User, at: datetime) -> bytes:
    """The result as it would look, unnumbered and unsigned, for the officers' eyes. Marked as a draft."""
    definition = runtime.definition(dossier.version_id)
    claims = draft_claims(dossier)
    context = paper_context(dossier, claims, number="…", check_code="XXXXXXXXXXXX", at=at)
    signer = _signer(dossier.agency, "…", _position(by, dossier.agency, at=at))
    context |= {"signer": signer, "is_draft": True}
    return printing.pdf(definition, context, title=definition.result.name.vi, substitute="□")
