"""From the leader's approval to the signed, numbered and sealed paper in the citizen's store.

The order is that of NĐ 30/2020: a competent person signs, then the clerk (văn thư) numbers, dates and
seals what was signed, and nothing else. Approval freezes the data; the leader's key is used when the
clerk issues, on exactly the approved data, because the number and date belong inside the signature.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.models import Agency, AgencyKind, Role, User
from portal.documents import canonical, papers, render, signing, store
from portal.documents.models import Document, DocumentKind, IssuedPaper, new_check_code
from portal.messages import outbox
from procedures.definitions import runtime
from procedures.dossiers import dossiers, relied
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import SYSTEM, Action
from procedures.results import facts
from procedures.results.models import NumberSeries, Result, ResultState

log = logging.getLogger(__name__)


class UnableToIssue(Exception):
    """The result cannot be issued now; the message says what is missing."""


@transaction.atomic
def approve(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime, despite: str = "") -> Result:
    """Freeze what the result says and move the dossier on to the clerk. Raises NotAllowed, UnableToIssue.

    `despite`: why it is approved although a paper that it takes over no longer holds; kept in the history.
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
    result = Result.objects.create(
        dossier=dossier,
        type_code=runtime.definition(dossier.version_id).result.type,
        claims=claims,
        claims_sha256=canonical.sha256(claims),
        approved_by=by,
        approved_at=at,
        approver_position=_position(by, dossier.agency, at=at),
    )
    _render(dossier, _context(dossier, result, number="1", check_code="X" * 12, at=at), at=at)
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
    return {"note": despite, "despite": [paper.pk for paper in ended]}


def _require_decided(dossier: Dossier) -> None:
    """A paper that ended after the approval is the leader's to judge, not the clerk's. Raises UnableToIssue."""
    if ended := relied.ended([dossier]).get(dossier.pk, []):
        line = dossier.events.filter(action=Action.APPROVE).order_by("-id").first()
        known = line.data.get("despite", []) if line else []
        if new := [paper for paper in ended if paper.pk not in known]:
            raise UnableToIssue(
                _("No longer valid: %(papers)s. Send the dossier back to the leader, who decides.")
                % {"papers": "; ".join(map(relied.sentence, new))}
            )


@transaction.atomic
def unapprove(dossier: Dossier, *, by: User, actors: frozenset[str], note: str, at: datetime) -> Dossier:
    """The clerk sends an approved result back to the leader, with the reason. Raises NotAllowed.

    In order: lock the dossier (which refuses what is issued), move it back to the leader's stage with
    what had been approved in its history, drop what approval prepared, tell the leader. Nothing was
    numbered or signed yet, so nothing else is to be undone.
    """
    dossier = dossiers.require(dossier, Action.UNAPPROVE, actors=actors)
    result = Result.objects.select_for_update(of=("self",)).select_related("approved_by").get(dossier=dossier)
    leader, note = result.approved_by, note.replace("\0", "").strip()
    dossier = dossiers.unapproved(
        dossier, by=by, actors=actors, note=note, at=at,
        approved_by=leader.full_name, approved_at=result.approved_at.isoformat(), claims=result.claims_sha256,
    )  # fmt: skip
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


def _position(user: User, agency: Agency, *, at: datetime) -> str:
    """As what `user` signs for the agency: the leader's duty held there, or nearest above; "" without one."""
    held = [
        duty
        for duty in access.duties(user, at)
        if duty.role == Role.LEADER and agency.path.startswith(duty.agency.path)
    ]
    return max(held, key=lambda duty: len(duty.agency.path)).position if held else ""


def allot_number(agency: Agency, type_code: str, *, at: datetime) -> tuple[int, int]:
    """(number, year) of the agency's next paper of this type; the series stays locked until commit: no gap."""
    year = timezone.localtime(at).year
    NumberSeries.objects.get_or_create(agency=agency, type_code=type_code, year=year)
    series = NumberSeries.objects.select_for_update().get(agency=agency, type_code=type_code, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last, year


@transaction.atomic
def issue(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> IssuedPaper:
    """Number, date, sign, seal, store, register and deliver the approved result.

    One transaction: should anything fail, the number goes back and nothing was issued, so pressing
    the button again is safe. In order: lock the dossier (which refuses a second issue), look whether the
    papers that it takes over hold as they did when it was approved, lock the number series, render, sign
    with the leader's and the agency's keys, store, register, move the dossier, return it.
    Raises NotAllowed, UnableToIssue.
    """
    dossier = dossiers.require(dossier, Action.ISSUE, actors=actors)
    _require_decided(dossier)
    result = Result.objects.select_for_update(of=("self",)).select_related("approved_by").get(dossier=dossier)
    if canonical.sha256(result.claims) != result.claims_sha256:
        raise UnableToIssue(_("The data is no longer what the leader approved. Send it back for approval."))
    paper = _make(dossier, result, at=at)
    result.state, result.paper, result.issued_by, result.issued_at = ResultState.ISSUED, paper, by, at
    result.save(update_fields=["state", "paper", "issued_by", "issued_at"])
    document = str(paper.document_id)
    dossier = dossiers.issued(dossier, by=by, actors=actors, at=at, document=document, number=paper.number)
    dossiers.returned(dossier, by=None, actors=frozenset({SYSTEM}), at=at)
    return paper


def _make(dossier: Dossier, result: Result, *, at: datetime) -> IssuedPaper:
    definition = runtime.definition(dossier.version_id)
    sequence, year = allot_number(dossier.agency, result.type_code, at=at)
    number = definition.result.number.format(seq=sequence, year=year, symbol=definition.result.symbol)
    code = new_check_code()
    context = _context(dossier, result, number=number, check_code=code, at=at)
    content = sign(_render(dossier, context, at=at), dossier, result, at=at)
    document = _store(dossier, content, number=number, at=at)
    return papers.register(
        document,
        check_code=code,
        type_code=result.type_code,
        title={"vi": definition.result.name.vi, "en": definition.result.name.en},
        number=number,
        issuer=dossier.agency,
        signer_name=result.approved_by.full_name,
        signer_position=result.approver_position,
        signer_keys={"leader": result.approved_by.signing_key, "seal": dossier.agency.seal_key},
        holder=dossier.person,
        subject_name=definition.result_subject(dossier.answers, dossier.outcome, dossier.context),
        claims=result.claims,
        issued_at=at,
        valid_until=context["result"]["valid_until"],
    )


def _context(
    dossier: Dossier, result: Result, *, number: str, check_code: str, at: datetime
) -> dict[str, Any]:
    signer = _signer(dossier.agency, result.approved_by.full_name, result.approver_position)
    context = paper_context(dossier, result.claims, number=number, check_code=check_code, at=at)
    return context | {"signer": signer}


def _signer(agency: Agency, name: str, position: str) -> dict[str, str]:
    """Who signs, as it stands on the paper: a People's Committee is a body, so its head signs on its behalf."""
    body = agency.kind in (AgencyKind.COMMUNE, AgencyKind.CITY)
    return {"name": name, "position": position, "authority": "TM. ỦY BAN NHÂN DÂN" if body else ""}


def paper_context(
    dossier: Dossier, claims: dict[str, Any], *, number: str, check_code: str, at: datetime
) -> dict[str, Any]:
    """What a result's template shows. Also serves the preview before approval."""
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
            "valid_until": _add_months(today, definition.result.validity_months),
        },
        "dossier": dossier,
        "agency": dossier.agency,
        "check_url": url,
        "check_code": check_code,
        "qr": render.qr(url),
        "language": "vi",
    }


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


def _render(dossier: Dossier, context: dict[str, Any], *, at: datetime) -> bytes:
    """The unsigned PDF with its data inside. Raises UnableToIssue for a letter that the font lacks."""
    result = context["result"]
    data = canonical.payload(
        type_code=result["type"],
        number=result["number"],
        check_code=context["check_code"],
        issuer=dossier.agency.code,
        issued_on=result["issued_on"],
        valid_until=result["valid_until"],
        claims=context["claims"],
    )
    attached = render.Attachment(canonical.PAYLOAD_NAME, data, canonical.PAYLOAD_MIME, result["name"])
    template = runtime.definition(dossier.version_id).result.template
    try:
        return render.pdf(
            f"pdf/results/{template}.html",
            context,
            language="vi",
            title=f"{result['name']} {result['number']}",
            attachments=[attached],
            at=at,
        )
    except render.UnprintableCharacters as error:
        raise UnableToIssue(
            _("The paper cannot show these characters: %(characters)s. Ask for a supplement without them.")
            % {"characters": " ".join(error.characters)}
        ) from error


def preview(dossier: Dossier, *, by: User, at: datetime) -> bytes:
    """The result as it would look, unnumbered and unsigned, for the officers' eyes. Marked as a draft."""
    definition = runtime.definition(dossier.version_id)
    claims = draft_claims(dossier)
    context = paper_context(dossier, claims, number="…", check_code="XXXXXXXXXXXX", at=at)
    signer = _signer(dossier.agency, "…", _position(by, dossier.agency, at=at))
    return render.pdf(
        f"pdf/results/{definition.result.template}.html",
        context | {"signer": signer, "is_draft": True},
        language="vi",
        title=definition.result.name.vi,
        substitute="□",
    )


def sign(content: bytes, dossier: Dossier, result: Result, *, at: datetime) -> bytes:
    """The leader's signature (certifying), then the agency's seal. Raises UnableToIssue without a key."""
    try:
        # The reasons stand in the file, which is Vietnamese whatever the officer's screen speaks.
        with translation.override("vi"):
            content = signing.prepare(content)
            content = signing.sign(
                content,
                key_id=result.approved_by.signing_key,
                field="leader",
                name=result.approved_by.full_name,
                reason=_("Approved"),
                at=at,
                certify=True,
            )
            return signing.sign(
                content,
                key_id=dossier.agency.seal_key,
                field="seal",
                name=dossier.agency.name,
                reason=_("Issued"),
                at=at,
            )
    except signing.KeyUnavailable as error:
        log.error("result of dossier %s not issued: %s", dossier.pk, error)
        raise UnableToIssue(
            _("A signing key cannot be used now. Nothing was issued and no number was used; try again later.")
        ) from error


def _store(dossier: Dossier, content: bytes, *, number: str, at: datetime) -> Document:
    """The signed file in the private store. Raises UnableToIssue when the store is full."""
    try:
        document = store.put(
            content,
            name=f"{number.replace('/', '-')}.pdf",
            content_type="application/pdf",
            kind=DocumentKind.RESULT,
            owner=dossier.person,
            by=None,
            at=at,
        )
    except store.StoreFull as error:
        raise UnableToIssue(
            _("The store of papers is full. Nothing was issued and no number was used; try again later.")
        ) from error
    store.attach([document], at=at)
    return document
