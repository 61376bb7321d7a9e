"""From a button to its verb: one table, so that no action has a second way in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.accounts.models import User
from procedures.dossiers import dossiers, exemptions, supplements
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import Action, NotAllowed
from procedures.filing import reuse
from procedures.results import issuing, results

Verb = Callable[..., Any]


def _ask_supplement(
    dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime, note: str, posted: Mapping[str, str]
) -> Dossier:
    """The ticked fields, each with its own reason if one is given."""
    fields = {
        key.removeprefix("field:"): posted.get(f"reason:{key.removeprefix('field:')}", "").strip()
        for key in posted
        if key.startswith("field:")
    }
    return supplements.ask(dossier, fields=fields, by=by, actors=actors, note=note, at=at)


def _confirm_exemption(dossier: Dossier, **more: Any) -> Dossier:
    return exemptions.judge(dossier, confirmed=True, **more)


def _deny_exemption(dossier: Dossier, **more: Any) -> Dossier:
    return exemptions.judge(dossier, confirmed=False, **more)


PLAIN: dict[Action, Verb] = {
    Action.CONFIRM_EXEMPTION: _confirm_exemption,
    Action.RECEIVE: dossiers.receive,
    Action.START: dossiers.start,
    Action.ISSUE: issuing.ask,
    Action.RETURN: dossiers.returned,
}
WITH_NOTE: dict[Action, Verb] = {
    Action.DENY_EXEMPTION: _deny_exemption,
    Action.REFUSE: dossiers.refuse,
    Action.SEND_BACK: dossiers.send_back,
    Action.UNAPPROVE: results.unapprove,
    Action.STOP: dossiers.stop,
}


def take(
    dossier: Dossier,
    action: str,
    *,
    by: User,
    actors: frozenset[str],
    at: datetime,
    posted: Mapping[str, str],
) -> None:
    """Carry out `action`. Raises NotAllowed (also for an unknown action) and results.UnableToIssue."""
    note = posted.get("note", "")
    if action in PLAIN:
        PLAIN[Action(action)](dossier, by=by, actors=actors, at=at)
    elif action in WITH_NOTE:
        WITH_NOTE[Action(action)](dossier, by=by, actors=actors, at=at, note=note)
    elif action == Action.APPROVE:
        reuse.ask_foreign(dossier.reuse, at=at)
        results.approve(dossier, by=by, actors=actors, at=at, despite=note)
    elif action == Action.FORWARD:
        seen = posted.get("stage", "")  # a page that does not say where it stood is as good as an old one
        dossiers.forward(dossier, by=by, actors=actors, at=at, note=note, seen=seen)
    elif action == Action.ASK_SUPPLEMENT:
        _ask_supplement(dossier, by=by, actors=actors, at=at, note=note, posted=posted)
    else:
        raise NotAllowed(_("Your role does not allow this."))
