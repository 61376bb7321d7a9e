"""The second life of a result: it fills and locks fields of the next form and stands in for a paper.

The holder sees first what would be shared and for what, and agrees; the use is logged; the
signature and the register's word are checked again when the dossier is submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.documents import papers, verification
from portal.documents.models import IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import relied
from procedures.eforms import expressions, values
from procedures.eforms.schema import Form, Text
from procedures.filing.models import Draft


@dataclass(frozen=True, slots=True)
class Offer:
    """One paper of the citizen's that one reuse rule of the definition could take over."""

    rule: runtime.Reuse
    paper: IssuedPaper
    fills: dict[str, Any]  # field key → value


class NoLongerTrue(Exception):
    """A paper that the dossier relies on failed its check; the message says which and why."""


def offers(definition: runtime.Definition, person: Person, *, at: datetime) -> list[Offer]:
    """What of the person's store fits the procedure, newest first. One query for each rule's type."""
    found: list[Offer] = []
    for rule in definition.reuse:
        for paper in papers.of(person, rule.type, at=at):
            if _meets(rule, paper):
                found.append(Offer(rule, paper, _fitting(definition.form, taken(rule, paper.claims))))
    return found


def _fitting(form: Form, fills: dict[str, Any]) -> dict[str, Any]:
    """Without what its question could not take (a choice that is gone): locked, it could never be answered."""
    return {key: value for key, value in fills.items() if values.fits(form.field(key), value, {}, form)}


def may_apply(rule: runtime.Reuse, scope: expressions.Scope, form: Form) -> bool:
    """Whether the answers so far leave room for the rule: it applies, or they do not tell yet."""
    if not rule.applies or not expressions.compile_expression(rule.applies).is_answered(scope):
        return True
    return expressions.holds(rule.applies, scope, form=form)


def _meets(rule: runtime.Reuse, paper: IssuedPaper) -> bool:
    return not rule.condition or expressions.holds(rule.condition, {"claims": paper.claims})


def taken(rule: runtime.Reuse, claims: Mapping[str, Any]) -> dict[str, Any]:
    """Field key → value taken from the claims; a claim that is absent fills nothing."""
    found = {key: _dig(claims, path) for key, path in rule.fills.items()}
    return {key: value for key, value in found.items() if value not in (None, "")}


def _dig(claims: Any, path: str) -> Any:
    for part in path.split("."):
        claims = claims.get(part) if isinstance(claims, Mapping) else None
    return claims


def consent_text(rule: runtime.Reuse, paper: IssuedPaper, *, language: str) -> str:
    """The very words the holder agrees to; kept with the use."""
    title = Text(**paper.title).get(language)
    return _("I agree that %(title)s no. %(number)s is used for: %(purpose)s") % {
        "title": title,
        "number": paper.number,
        "purpose": rule.purpose.get(language),
    }


def recheck(paper_id: int, *, at: datetime) -> IssuedPaper:
    """The paper, checked again: bytes, signatures, issuer, register. Raises NoLongerTrue.

    Its row stays locked to the end of the transaction: whoever revokes it meanwhile finds the dossier.
    """
    rows = IssuedPaper.objects.select_for_update(of=("self",), no_key=True)
    paper = rows.select_related("document", "issuer").get(pk=paper_id)
    verdict = verification.check_paper(paper, at=at)
    if not verdict.holds:
        raise NoLongerTrue(_no_longer(paper, verdict.status, at=at))
    return paper


def _no_longer(paper: IssuedPaper, status: str, *, at: datetime) -> str:
    """Which paper, what became of it, and what to do."""
    title = {"title": Text(**paper.title), "number": paper.number}
    called = relied.sentence(paper, at=at) if status != "valid" else _("%(title)s no. %(number)s") % title
    return _(
        "%(paper)s can no longer be used. Remove it, then take another paper of yours, or answer yourself "
        "and upload the paper."
    ) % {"paper": called}


def ended(draft: Draft, *, at: datetime) -> list[str]:
    """What to say of each paper in the draft that does not hold (any more, or now). One query, or none."""
    ids = relied.named(draft.reuse)
    taken_over = IssuedPaper.objects.filter(pk__in=ids).order_by("pk") if ids else []
    today = timezone.localdate(at)
    return [relied.sentence(paper, at=at) for paper in taken_over if paper.state(today) != "valid"]


def replaced(draft: Draft, offer: Offer) -> dict[str, Any]:
    """What the fields that `offer` fills hold now, and where it came from: field key → value, origin."""
    return {
        key: {"value": draft.answers[key], "origin": draft.provenance.get(key)}
        for key in offer.fills
        if key in draft.answers
    }


def give_back(draft: Draft, rule_key: str) -> None:
    """Take the paper of this rule out of the draft (not saved here): its fields hold again what they held before."""
    before = draft.reuse.pop(rule_key, {}).get("before", {})
    for key in [key for key, origin in draft.provenance.items() if origin.get("reuse") == rule_key]:
        del draft.provenance[key]
        draft.answers.pop(key, None)
        if held := before.get(key):
            draft.answers[key] = held["value"]
            draft.provenance |= {key: held["origin"]} if held["origin"] else {}
    for other in draft.reuse.values():
        _pass_on(other.get("before", {}), before, rule_key)


def _pass_on(later: dict[str, Any], before: dict[str, Any], rule_key: str) -> None:
    """A paper taken over `later` into the same fields will give back what was there before either of them."""
    for key, held in list(later.items()):
        if (held["origin"] or {}).get("reuse") == rule_key:
            del later[key]
            later |= {key: before[key]} if key in before else {}


def sent(item: dict[str, Any]) -> dict[str, Any]:
    """What a dossier keeps of a paper's use: not what was typed before it."""
    return {name: value for name, value in item.items() if name != "before"}
