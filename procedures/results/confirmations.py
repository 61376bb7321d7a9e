"""A leader whose key lies at a provider confirms there what was approved here, before the clerk can issue it.

Between the results and `portal.documents.mandates`: what is asked for a result, and how it stands. All of it
is nothing for keys of other kinds.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents import authorisations, keys, mandates
from portal.documents.authorisations import Use
from portal.documents.mandates import Standing
from procedures.definitions import runtime
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import NotAllowed
from procedures.results.models import Result, ResultState


def of(dossier: Dossier, *, at: datetime) -> Standing | None:
    """How the confirmation of the dossier's approved result stands; None where none is needed. Two queries at most."""
    rows = Result.objects.select_related("approved_by").exclude(state=ResultState.ISSUED)
    result = rows.filter(dossier=dossier).first()
    return standing(result, at=at) if result else None


def standing(result: Result, *, at: datetime) -> Standing | None:
    return mandates.standing(_use(result), owner=result.approved_by, at=at)


def refusal(result: Result, *, at: datetime) -> str:
    """Why the result cannot be signed yet, in words for the clerk; "" when it can."""
    now = standing(result, at=at)
    return "" if now is None or now.is_confirmed else now.words


def ask(*results: Result, at: datetime) -> None:
    """Have the leader who approved these results, one and the same, asked once for all. Raises KeyUnavailable."""
    leader, first = results[0].approved_by, results[0].dossier
    if not keys.is_remote(leader.signing_key):
        return
    with translation.override(leader.language or "vi"):
        words = "; ".join(map(_words, results))
    link = reverse("counter:dossier", args=[first.code])
    authorisations.ask(leader, [_use(one) for one in results], description=words, link=link, at=at)


def ask_again(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> None:
    """The leader, or the clerk who wants to issue, has a confirmation asked for anew.

    Raises NotAllowed, KeyUnavailable.
    """
    result = Result.objects.select_related("approved_by", "dossier__agency").filter(dossier=dossier).first()
    if result is None or result.state == ResultState.ISSUED:
        raise NotAllowed(_("There is nothing to be confirmed."))
    if "clerk" not in actors and result.approved_by_id != by.pk:
        raise NotAllowed(_("Your role does not allow this."))
    ask(result, at=at)


def consented(result: Result, *, at: datetime) -> AbstractContextManager[None]:
    """Within it the leader's key signs this result. Raises KeyUnavailable."""
    return mandates.consented(_use(result), owner=result.approved_by, at=at)


def used(result: Result, *, at: datetime) -> None:
    """The result is issued."""
    if keys.is_remote(result.approved_by.signing_key):
        mandates.used(_use(result), at=at)


def drop(result: Result) -> None:
    """The approval is withdrawn."""
    if keys.is_remote(result.approved_by.signing_key):
        authorisations.drop(_use(result).subject)


def _use(result: Result) -> Use:
    return Use(f"result:{result.pk}", result.claims_sha256)


def _words(result: Result) -> str:
    """What is approved, as the leader reads it on the telephone: no personal data, which is not the provider's."""
    name = runtime.definition(result.dossier.version_id).result.name.vi
    values = {"paper": name, "code": result.dossier.code, "agency": result.dossier.agency.name}
    values["digest"] = result.claims_sha256[:8]
    return _("Sign: %(paper)s, dossier %(code)s, %(agency)s (%(digest)s)") % values
