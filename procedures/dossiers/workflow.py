"""The one workflow table: which action leads from which status to which, and who may take it.

Buttons, refusals, tests and the README's diagram all come from `TRANSITIONS`. The statuses are the
ten of the national portal; while a dossier is being processed, the stages of its procedure's
definition follow one another inside status 4, and an action may be bound to the kind of stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from procedures.dossiers.models import Dossier, Status

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CITIZEN = "citizen"
SYSTEM = "system"


class Action(models.TextChoices):
    ASK_FEE = "ask_fee", pgettext_lazy("action", "Ask for the fee")
    SETTLE_FEE = "settle_fee", pgettext_lazy("action", "Fee paid")
    CONFIRM_EXEMPTION = "confirm_exemption", pgettext_lazy("action", "Confirm the exemption from the fee")
    DENY_EXEMPTION = "deny_exemption", pgettext_lazy("action", "Do not confirm the exemption")
    RECEIVE = "receive", pgettext_lazy("action", "Receive")
    REFUSE = "refuse", pgettext_lazy("action", "Do not receive")
    START = "start", pgettext_lazy("action", "Start processing")
    FORWARD = "forward", pgettext_lazy("action", "Submit for approval")
    SEND_BACK = "send_back", pgettext_lazy("action", "Send back")
    APPROVE = "approve", pgettext_lazy("action", "Approve and sign")
    ISSUE = "issue", pgettext_lazy("action", "Number, seal and issue")
    UNAPPROVE = "unapprove", pgettext_lazy("action", "Send back to the leader")
    RETURN = "return", pgettext_lazy("action", "Return the result")
    ASK_SUPPLEMENT = "ask_supplement", pgettext_lazy("action", "Ask for a supplement")
    SUPPLEMENT = "supplement", pgettext_lazy("action", "Send the supplement")
    WITHDRAW = "withdraw", pgettext_lazy("action", "Withdraw the dossier")
    STOP = "stop", pgettext_lazy("action", "Stop processing")


@dataclass(frozen=True, slots=True)
class Transition:
    """`action` leads from any of `sources` to `target`; None: back to where the pause began."""

    action: Action
    sources: frozenset[Status]
    target: Status | None
    who: frozenset[str]
    stage_role: str = ""  # the role of the stage the dossier must stand at
    needs_note: bool = False
    guard: str = ""  # name in GUARDS


def _row(
    action: Action,
    sources: Iterable[Status],
    target: Status | None,
    who: str,
    *,
    stage_role: str = "",
    needs_note: bool = False,
    guard: str = "",
) -> Transition:
    return Transition(
        action, frozenset(sources), target, frozenset(who.split()), stage_role, needs_note, guard
    )


_S = Status
TRANSITIONS: dict[Action, Transition] = {
    row.action: row
    for row in (
        _row(Action.ASK_FEE, [_S.NEW, _S.RECEIVED, _S.PROCESSING], _S.FEE_DUE, SYSTEM),
        _row(Action.SETTLE_FEE, [_S.FEE_DUE], None, SYSTEM),
        _row(Action.CONFIRM_EXEMPTION, [_S.NEW], _S.NEW, "receiver", guard="exemption"),
        _row(Action.DENY_EXEMPTION, [_S.NEW], _S.NEW, "receiver", needs_note=True, guard="exemption"),
        _row(Action.RECEIVE, [_S.NEW], _S.RECEIVED, "receiver", guard="exemption_judged"),
        _row(Action.REFUSE, [_S.NEW], _S.REFUSED, "receiver", needs_note=True),
        _row(Action.START, [_S.RECEIVED], _S.PROCESSING, "receiver handler"),
        _row(
            Action.FORWARD, [_S.PROCESSING], _S.PROCESSING, "handler", stage_role="handler", guard="outcome"
        ),
        _row(
            Action.SEND_BACK, [_S.PROCESSING], _S.PROCESSING, "leader", stage_role="leader", needs_note=True
        ),
        _row(Action.APPROVE, [_S.PROCESSING], _S.PROCESSING, "leader", stage_role="leader", guard="outcome"),
        _row(Action.ISSUE, [_S.PROCESSING], _S.DONE, "clerk", stage_role="clerk"),
        _row(Action.UNAPPROVE, [_S.PROCESSING], _S.PROCESSING, "clerk", stage_role="clerk", needs_note=True),
        _row(Action.RETURN, [_S.DONE], _S.RETURNED, f"receiver {CITIZEN} {SYSTEM}"),
        _row(
            Action.ASK_SUPPLEMENT,
            [_S.NEW, _S.RECEIVED, _S.PROCESSING],
            _S.SUPPLEMENT,
            "receiver handler",
            needs_note=True,
            guard="supplement_once",
        ),
        _row(Action.SUPPLEMENT, [_S.SUPPLEMENT], None, CITIZEN),
        _row(
            Action.WITHDRAW,
            [_S.NEW, _S.RECEIVED, _S.PROCESSING, _S.SUPPLEMENT, _S.FEE_DUE],
            _S.WITHDRAWN,
            CITIZEN,
            guard="not_approved",
        ),
        _row(
            Action.STOP,
            [_S.PROCESSING, _S.SUPPLEMENT, _S.FEE_DUE],
            _S.STOPPED,
            "leader",
            needs_note=True,
            guard="not_approved",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Opening:
    """How a dossier comes to be: `who` may make one, and where it begins."""

    target: Status
    who: frozenset[str]


OPENINGS: dict[str, Opening] = {
    "submit": Opening(_S.NEW, frozenset({CITIZEN})),
    # A correction is a dossier of its own: asked for by who holds the paper, or opened by who issued it.
    "ask_correction": Opening(_S.NEW, frozenset({CITIZEN})),
    "open_correction": Opening(_S.RECEIVED, frozenset({"handler", "leader", "clerk"})),
}


class NotAllowed(Exception):
    """The table refuses the action; `reason` says why, in the reader's language."""

    def __init__(self, reason: str | _StrPromise) -> None:
        super().__init__(str(reason))
        self.reason = str(reason)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a dossier stands, as far as the table asks: read once, judged without further queries."""

    status: Status
    stage_role: str = ""
    fills: bool = False  # something of the result is filled in at this stage
    missing_outcome: tuple[str, ...] = ()  # labels of what the officer has yet to fill in
    supplement_asked: bool = False
    approved: bool = False
    exemption_open: bool = False  # an exemption is claimed that nobody has checked

    @property
    def takes_findings(self) -> bool:
        """Whether whose stage it is may write down what they found."""
        return self.status == Status.PROCESSING and self.fills


def _outcome(position: Position) -> str:
    if not position.missing_outcome:
        return ""
    return _("First fill in: %(fields)s.") % {"fields": ", ".join(position.missing_outcome)}


def _supplement_once(position: Position) -> str:
    # What lies with the leader, or is approved, was judged on these very answers: it is sent back first.
    if position.status == Status.PROCESSING and position.stage_role != "handler":
        return _("The dossier is at another stage.")
    return (
        _("A supplement was already asked for; the law allows it once.") if position.supplement_asked else ""
    )


def _not_approved(position: Position) -> str:
    return _("The result has been approved and is being issued.") if position.approved else ""


def _exemption(position: Position) -> str:
    return "" if position.exemption_open else _("No exemption waits to be checked.")


def _exemption_judged(position: Position) -> str:
    return _("First check the exemption that the citizen claims.") if position.exemption_open else ""


GUARDS = {
    "outcome": _outcome,
    "supplement_once": _supplement_once,
    "not_approved": _not_approved,
    "exemption": _exemption,
    "exemption_judged": _exemption_judged,
}


def refusal(position: Position, action: Action, actors: frozenset[str]) -> str:
    """Why `actors` (roles, "citizen" or "system") may not take `action` now; "" when they may."""
    row = TRANSITIONS[action]
    if position.status not in row.sources:
        return _("The dossier is now “%(status)s”.") % {"status": position.status.label}
    if not actors & row.who:
        return _("Your role does not allow this.")
    if row.stage_role and row.stage_role != position.stage_role:
        return _("The dossier is at another stage.")
    return GUARDS[row.guard](position) if row.guard else ""


def target(dossier: Dossier, action: Action) -> Status:
    """The status that `action` leads to."""
    to = TRANSITIONS[action].target
    return (
        Status(dossier.before_pause) if to is None and dossier.before_pause else Status(to or dossier.status)
    )


def offered(position: Position, actors: frozenset[str]) -> dict[Action, str]:
    """Actions to show to `actors` in table order, each with its refusal ("" = may be taken now).

    Shown are those that fit the status and the actor; a guard that still refuses gives its reason.
    """
    shown: dict[Action, str] = {}
    for action, row in TRANSITIONS.items():
        fits = position.status in row.sources and bool(actors & row.who)
        if row.guard == "exemption" and not position.exemption_open:
            continue  # most dossiers claim none
        if fits and (not row.stage_role or row.stage_role == position.stage_role):
            shown[action] = refusal(position, action, actors)
    return shown


def _targets(row: Transition) -> Iterable[Status]:
    """Where `row` leads: for the end of a pause, to every status the pause can have begun in."""
    if row.target:
        return [row.target]
    return sorted(
        s for begins in TRANSITIONS.values() if begins.target in row.sources for s in begins.sources
    )


def diagram() -> str:
    """The table as a Mermaid state diagram, for the README."""
    lines = ["stateDiagram-v2"]
    for action, opening in OPENINGS.items():
        lines.append(f"    [*] --> {opening.target.name}: {action} ({', '.join(sorted(opening.who))})")
    for row in TRANSITIONS.values():
        who = ", ".join(sorted(row.who))
        for source in sorted(row.sources):
            lines += [f"    {source.name} --> {to.name}: {row.action.value} ({who})" for to in _targets(row)]
    ends = [s for s in Status if not any(s in row.sources for row in TRANSITIONS.values())]
    return "\n".join(lines + [f"    {s.name} --> [*]" for s in ends])
