"""A leader whose key lies at a provider confirms there what was approved here, before the clerk can issue it.

Between the results and `portal.documents.mandates`: what is asked for a result, and how it stands. All of it
is nothing for keys of other kinds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from django.conf import settings
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


def require_askable(leader: User) -> None:
    """What is approved now can be asked about later (`ask`). Raises KeyUnavailable."""
    if keys.is_remote(leader.signing_key) and not settings.REMOTE_SIGNING_URL:
        raise keys.KeyUnavailable(leader.signing_key, "no provider of remote signatures is set")


def ask(*results: Result, at: datetime, link: str = "") -> None:
    """Have the leader who approved these results, one and the same, asked as seldom as the provider allows.

    What waits for an answer already, or has one that holds, is not asked about again. Raises KeyUnavailable.
    """
    if not results or not keys.is_remote(results[0].approved_by.signing_key):
        return
    leader, link = results[0].approved_by, link or reverse("counter:dossier", args=[results[0].dossier.code])
    now = mandates.standings([_use(one) for one in results], owner=leader, at=at)
    wanted = [one for one, is_asked in zip(results, now, strict=True) if is_asked.can_ask]
    most = settings.REMOTE_SIGNING_MOST
    for some in (wanted[start : start + most] for start in range(0, len(wanted), most)):
        with translation.override(leader.language or "vi"):
            words = _words(some[0]) if len(some) == 1 else _words_of_many(some)
        authorisations.ask(leader, [_use(one) for one in some], description=words, link=link, at=at)


def of_many(results: Sequence[Result], *, at: datetime) -> dict[str, int]:
    """What is said of the confirmations of one leader's results, and of how many; {} where none is needed.

    One query.
    """
    if not results:
        return {}
    now = mandates.standings([_use(one) for one in results], owner=results[0].approved_by, at=at)
    return dict(Counter(one.words for one in now))


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


def _words_of_many(results: Sequence[Result]) -> str:
    """The same for several: each dossier with the digest of what was approved."""
    each = ", ".join(f"{one.dossier.code} ({one.claims_sha256[:8]})" for one in results)
    values = {"n": len(results), "agency": results[0].dossier.agency.name, "each": each}
    return _("Sign %(n)d papers, %(agency)s: %(each)s") % values
