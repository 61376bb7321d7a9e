"""The second life of a result: it fills and locks fields of the next form and stands in for a paper.

The holder sees first what would be shared and for what, and agrees; the use is logged; the
signature and the register's word are checked again when the dossier is submitted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.documents import consents, papers, recognition, verification
from portal.documents.models import ForeignPaper, IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import relied
from procedures.dossiers.models import Dossier
from procedures.eforms import expressions, values
from procedures.eforms.schema import Form, Text
from procedures.filing.models import Draft


@dataclass(frozen=True, slots=True)
class Offer:
    """One paper of the citizen's that one reuse rule of the definition could take over."""

    rule: runtime.Reuse
    paper: IssuedPaper | ForeignPaper
    fills: dict[str, Any]  # field key → value

    @property
    def source(self) -> dict[str, int]:
        """By what a draft and a dossier name the paper."""
        return {"paper" if isinstance(self.paper, IssuedPaper) else "foreign": self.paper.pk}

    @property
    def id(self) -> str:
        """`rule:paper`, as the page posts it."""
        return f"{self.rule.key}:{'' if isinstance(self.paper, IssuedPaper) else 'f'}{self.paper.pk}"


Taken = dict[str, IssuedPaper | ForeignPaper]  # key of the rule → what was taken over by it


class NoLongerTrue(Exception):
    """A paper that the dossier relies on failed its check; the message says which and why."""


def offers(definition: runtime.Definition, person: Person, *, at: datetime) -> list[Offer]:
    """What of the person's store fits the procedure, newest first, papers of other sites last.

    One query for each rule's type, and one for what of other sites the person has sent.
    """
    found: list[Offer] = []
    foreign = _foreign(person, {rule.type for rule in definition.reuse}, at=at) if definition.reuse else []
    for rule in definition.reuse:
        theirs = [paper for paper in foreign if paper.type_code == rule.type]
        every: list[IssuedPaper | ForeignPaper] = [*papers.of(person, rule.type, at=at), *theirs]
        for paper in every:
            if not misfit(rule, paper, person, at=at):
                found.append(Offer(rule, paper, _fitting(definition.form, taken(rule, paper.claims))))
    return found


def _foreign(person: Person, types: Collection[str], *, at: datetime) -> list[ForeignPaper]:
    """What the person has sent of other sites that is about them and holds, as far as was told; each paper once."""
    rows = ForeignPaper.objects.filter(document__owner=person, type_code__in=types).select_related("document")
    latest = {(paper.site, paper.check_code): paper for paper in rows.order_by("pk")}
    today = timezone.localdate(at)
    return [
        paper
        for paper in latest.values()
        if paper.state(today) == "valid" and recognition.is_about(paper, person.personal_id)
    ]


def _fitting(form: Form, fills: dict[str, Any]) -> dict[str, Any]:
    """Without what its question could not take (a choice that is gone): locked, it could never be answered."""
    return {key: value for key, value in fills.items() if values.fits(form.field(key), value, {}, form)}


def may_apply(rule: runtime.Reuse, scope: expressions.Scope, form: Form) -> bool:
    """Whether the answers so far leave room for the rule: it applies, or they do not tell yet."""
    if not rule.applies or not expressions.compile_expression(rule.applies).is_answered(scope):
        return True
    return expressions.holds(rule.applies, scope, form=form)


def misfit(rule: runtime.Reuse, paper: IssuedPaper | ForeignPaper, person: Person, *, at: datetime) -> str:
    """Why the paper will not do under the rule's conditions on `at`; "" when it does. Its status is not asked.

    The conditions: about whom it is, how old it is, and what its data say (what it was issued for, for example).
    """
    issued = timezone.localdate(paper.issued_at) if isinstance(paper, IssuedPaper) else paper.issued_on
    age = (timezone.localdate(at) - issued).days
    if rule.max_age_days is not None and age > rule.max_age_days:
        return _("It was issued %(age)s days ago; at most %(most)s will do.") % {
            "age": age,
            "most": rule.max_age_days,
        }
    if rule.about and _dig(paper.claims, rule.about) != person.personal_id:
        return _("It is not about you.")
    if rule.condition and not expressions.holds(rule.condition, {"claims": paper.claims}):
        return _("It was issued for something else.")
    return ""


def taken(rule: runtime.Reuse, claims: Mapping[str, Any]) -> dict[str, Any]:
    """Field key → value taken from the claims; a claim that is absent fills nothing."""
    found = {key: _dig(claims, path) for key, path in rule.fills.items()}
    return {key: value for key, value in found.items() if value not in (None, "")}


def _dig(claims: Any, path: str) -> Any:
    for part in path.split("."):
        claims = claims.get(part) if isinstance(claims, Mapping) else None
    return claims


def consent_text(rule: runtime.Reuse, paper: IssuedPaper | ForeignPaper, *, language: str) -> str:
    """The very words the holder agrees to; kept with the use."""
    title = Text(**paper.title).get(language)
    return _("I agree that %(title)s no. %(number)s is used for: %(purpose)s") % {
        "title": title,
        "number": paper.number,
        "purpose": rule.purpose.get(language),
    }


def recheck(paper_id: int, *, rule: runtime.Reuse, person: Person, at: datetime) -> IssuedPaper:
    """The paper, checked again: bytes, signatures, issuer, register, the rule's conditions. Raises NoLongerTrue.

    Its row stays locked to the end of the transaction: whoever revokes it meanwhile finds the dossier.
    """
    rows = IssuedPaper.objects.select_for_update(of=("self",), no_key=True)
    paper = rows.select_related("document", "issuer").get(pk=paper_id)
    verdict = verification.check_paper(paper, at=at)
    if not verdict.holds:
        raise NoLongerTrue(_no_longer(paper, verdict.status, at=at))
    if why := misfit(rule, paper, person, at=at):
        raise NoLongerTrue(f"{_no_longer(paper, verdict.status, at=at)} {why}")
    return paper


def recheck_foreign(paper_id: int, *, rule: runtime.Reuse, person: Person, at: datetime) -> ForeignPaper:
    """A paper of another site as it was last told to be (`ask_foreign` asks). Raises NoLongerTrue."""
    paper = ForeignPaper.objects.select_for_update(of=("self",)).select_related("document").get(pk=paper_id)
    why = misfit(rule, paper, person, at=at)
    if paper.state(timezone.localdate(at)) != "valid" or why:
        title = {"title": Text(**paper.title), "number": paper.number}
        raise NoLongerTrue(
            _("%(paper)s can no longer be used. Remove it, and take or upload another paper.")
            % {"paper": _("%(title)s no. %(number)s") % title}
            + (f" {why}" if why else "")
        )
    return paper


def ask_foreign(reuse: Mapping[str, Any], *, at: datetime) -> None:
    """Ask the other sites whether their papers in this `reuse` still hold. Not inside a transaction."""
    for paper in ForeignPaper.objects.filter(pk__in=relied.foreign(reuse)).select_related("document"):
        recognition.ask_again(paper, at=at)


def _no_longer(paper: IssuedPaper, status: str, *, at: datetime) -> str:
    """Which paper, what became of it, and what to do."""
    title = {"title": Text(**paper.title), "number": paper.number}
    called = relied.sentence(paper, at=at) if status != "valid" else _("%(title)s no. %(number)s") % title
    return _(
        "%(paper)s can no longer be used. Remove it, then take another paper of yours, or answer yourself "
        "and upload the paper."
    ) % {"paper": called}


def ended(draft: Draft, *, at: datetime) -> list[str]:
    """What to say of each paper in the draft that does not hold (any more, or now). One or two queries, or none."""
    ids = relied.named(draft.reuse)
    taken_over = IssuedPaper.objects.filter(pk__in=ids).order_by("pk") if ids else []
    other = relied.foreign(draft.reuse)
    foreign = ForeignPaper.objects.filter(pk__in=other) if other else []
    today = timezone.localdate(at)
    every: list[IssuedPaper | ForeignPaper] = [*taken_over, *foreign]
    return [relied.sentence(paper, at=at) for paper in every if paper.state(today) != "valid"]


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


def log_uses(draft: Draft, issued: Taken, dossier: Dossier, *, at: datetime) -> None:
    """Who holds the papers reads in which dossier they were used, for what, and with which consent."""
    rules = {rule.key: rule for rule in runtime.definition(draft.version_id).reuse}
    for key, paper in issued.items():
        if not isinstance(paper, IssuedPaper):
            continue  # what others know of its uses is for its own site to write down
        purpose = {"vi": rules[key].purpose.vi, "en": rules[key].purpose.en}
        agreed = draft.reuse[key]
        consent = consents.for_dossier(
            paper,
            agency=draft.agency,
            purpose=purpose,
            text=agreed["consent"],
            language=draft.language,
            dossier_code=dossier.code,
            given_at=datetime.fromisoformat(agreed["consent_at"]),
        )
        papers.use(
            paper,
            by=None,
            by_name=draft.agency.name,
            agency=draft.agency,
            purpose=purpose,
            dossier_code=dossier.code,
            consent=consent,
            at=at,
        )
