"""What the applicant is told when the dossier moves: once, in the dossier's language, with what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import words
from portal.messages import outbox
from procedures.definitions import runtime
from procedures.dossiers.models import Dossier

if TYPE_CHECKING:
    from procedures.dossiers.models import Event

# action → (subject, body). An action without an entry is the office's own affair.
TEXTS: dict[str, tuple[str, str]] = {
    "submit": (
        gettext_noop("We have your dossier %(code)s"),
        gettext_noop("%(title)s: the office will check it and answer here. You need do nothing now."),
    ),
    "ask_fee": (
        gettext_noop("Pay the fee for dossier %(code)s"),
        gettext_noop("%(title)s is filed. The office begins as soon as the fee is paid."),
    ),
    "settle_fee": (
        gettext_noop("The fee for dossier %(code)s is paid"),
        gettext_noop("%(title)s: the office will now check your dossier. You need do nothing."),
    ),
    "ask_fee_later": (
        gettext_noop("Pay a further fee for dossier %(code)s"),
        gettext_noop("%(title)s: a fee has become due. The clock stands still until it is paid."),
    ),
    "settle_fee_later": (
        gettext_noop("The fee for dossier %(code)s is paid"),
        gettext_noop("%(title)s: the office goes on with it; the new due time is on the dossier's page."),
    ),
    "confirm_exemption": (
        gettext_noop("The exemption from the fee for dossier %(code)s is confirmed"),
        gettext_noop("%(title)s: you pay nothing for what the exemption covers. You need do nothing."),
    ),
    "deny_exemption": (
        gettext_noop("No exemption from the fee for dossier %(code)s"),
        gettext_noop("%(title)s: %(note)s\nThe fee has to be paid before the office goes on."),
    ),
    "receive": (
        gettext_noop("Dossier %(code)s has been received"),
        gettext_noop("%(title)s: the result is due by %(due)s. The receipt slip is on the dossier's page."),
    ),
    "refuse": (
        gettext_noop("Dossier %(code)s could not be received"),
        gettext_noop("%(title)s: %(note)s"),
    ),
    "refuse_paid": (
        gettext_noop("Dossier %(code)s could not be received"),
        gettext_noop("%(title)s: %(note)s\nWhat you paid will be returned to you."),
    ),
    "ask_supplement": (
        gettext_noop("Supplement dossier %(code)s"),
        gettext_noop(
            "%(title)s: %(note)s\nThe clock stands still until you answer. The office asks only once."
        ),
    ),
    "supplement": (
        gettext_noop("We have your supplement to dossier %(code)s"),
        gettext_noop("%(title)s: the clock runs again; the new due time is on the dossier's page."),
    ),
    "withdraw": (
        gettext_noop("You have withdrawn dossier %(code)s"),
        gettext_noop("%(title)s: nobody works on it any more."),
    ),
    "stop": (
        gettext_noop("Processing of dossier %(code)s has stopped"),
        gettext_noop("%(title)s: %(note)s"),
    ),
    "issue": (
        gettext_noop("The result of dossier %(code)s is ready"),
        gettext_noop(
            "%(title)s: download the signed paper from the dossier's page. It stays in your documents."
        ),
    ),
    "ask_correction": (
        gettext_noop("We have your request for a correction, dossier %(code)s"),
        gettext_noop(
            "%(title)s: %(note)s\nThe office looks into it and answers here. The paper that you have stays as it "
            "is until a corrected one is issued."
        ),
    ),
    "open_correction": (
        gettext_noop("The office corrects a paper of yours, dossier %(code)s"),
        gettext_noop(
            "%(title)s: %(note)s\nYou need do nothing. The paper that you have stays as it is until the corrected "
            "one is issued."
        ),
    ),
    "replace_result": (
        gettext_noop("A corrected paper takes the place of the result of dossier %(code)s"),
        gettext_noop(
            "%(title)s: %(note)s\nThe old one no longer counts, in print either, and whoever checks it is led to "
            "the new one. Where you have taken it over into a dossier or a draft, that page says what to do."
        ),
    ),
    "paper_ended": (
        gettext_noop("A paper used in dossier %(code)s is no longer valid"),
        gettext_noop(
            "%(title)s: %(note)s\nThe office that handles the dossier decides what follows, and asks you if it "
            "needs another paper. You need do nothing now."
        ),
    ),
    "paper_restored": (
        gettext_noop("A paper used in dossier %(code)s is valid again"),
        gettext_noop("%(title)s: %(note)s\nYou need do nothing."),
    ),
    "suspend_result": (
        gettext_noop("The result of dossier %(code)s has been suspended"),
        gettext_noop(
            "%(title)s: %(note)s\nUntil it is restored it cannot be used, and whoever checks it is told so. "
            "Where you have taken it over into a dossier or a draft, that page says what to do."
        ),
    ),
    "restore_result": (
        gettext_noop("The result of dossier %(code)s is valid again"),
        gettext_noop("%(title)s: %(note)s\nYou can use it as before."),
    ),
    "revoke_result": (
        gettext_noop("The result of dossier %(code)s has been revoked"),
        gettext_noop(
            "%(title)s: %(note)s\nIt no longer counts, in print either, and whoever checks it is told so. "
            "Where you have taken it over into a dossier or a draft, that page says what to do."
        ),
    ),
}


def tell(dossier: Dossier, action: str, *, at: datetime, note: str = "") -> None:
    """Put the message for `action` into the outbox, in the caller's transaction."""
    if action not in TEXTS:
        return
    subject, body = TEXTS[_variant(dossier, action)]
    with translation.override(dossier.language):
        due = date_format(timezone.localtime(dossier.due_at), "H:i d/m/Y") if dossier.due_at else ""
        values = {
            "code": dossier.code,
            "title": dossier.title.get(dossier.language) or dossier.title["vi"],
            "due": due,
            "note": note,
        }
        said = _own_words(dossier, action)
        outbox.send(
            dossier.applicant,
            key=f"dossier:{dossier.pk}:{action}:{at.isoformat()}",
            subject=_(subject) % values,
            body="\n".join(filter(None, (_(body) % values, said))),
            link=dossier.get_absolute_url(),
            at=at,
        )


def _variant(dossier: Dossier, action: str) -> str:
    if action == "refuse" and dossier.fee_total:
        fees = runtime.definition(dossier.version_id).fees
        return "refuse_paid" if any("refused" in fee.refunds for fee in fees) else "refuse"
    later = action in ("ask_fee", "settle_fee") and dossier.received_at
    return f"{action}_later" if later else action


def tell_of(event: Event, *, at: datetime) -> None:
    """The message for a line of history that tells of a paper: which paper, and why."""
    with translation.override(event.dossier.language):
        note = f"{_paper(event)}: {event.note}"
    tell(event.dossier, event.action, at=at, note=note)


def _paper(event: Event) -> str:
    """The paper that a line of history tells of, in the reader's language."""
    called = {"title": words.text(event.data["title"]), "number": event.data["number"]}
    return _("%(title)s no. %(number)s") % called


def asks_why(action: str) -> str:
    """What an officer is told who gives no reason: it depends on who is to read it."""
    if action in TEXTS:
        return _("Say why: the citizen reads this reason.")
    return _("Say why: your colleague reads this reason.")


# action → what the procedure's own words for it are called in the definition.
_OWN_WORDS = {
    "submit": "submitted",
    "ask_fee": "submitted",
    "receive": "received",
    "ask_supplement": "supplement",
    "issue": "done",
    "refuse": "refused",
}


def _own_words(dossier: Dossier, action: str) -> str:
    """What the procedure adds to the notice of `action`, in the dossier's language; "" for nothing."""
    messages = runtime.definition(dossier.version_id).messages
    said = getattr(messages, _OWN_WORDS[action]) if messages and action in _OWN_WORDS else None
    return said.get(dossier.language) if said else ""


# What is said of a paper in the history of the dossier that it came from, or that takes it over.
_OF_PAPERS = {
    "suspend_result": gettext_noop("The result was suspended: %(paper)s"),
    "restore_result": gettext_noop("The result is valid again: %(paper)s"),
    "revoke_result": gettext_noop("The result was revoked: %(paper)s"),
    "replace_result": gettext_noop("A corrected paper has taken the place of the result: %(paper)s"),
    "ask_correction": gettext_noop("You asked for a correction: %(paper)s"),
    "open_correction": gettext_noop("The office began to correct: %(paper)s"),
    "paper_ended": gettext_noop("A paper that was taken over is no longer valid: %(paper)s"),
    "paper_restored": gettext_noop("A paper that was taken over is valid again: %(paper)s"),
}


def inner_sentence(event: Event) -> str:
    """One line of the timeline as the office reads it."""
    if event.action == "unapprove" and event.data.get("number"):
        said = _("The clerk sent the result back to the leader; its number %(number)s goes to the next paper")
        return said % {"number": event.data["number"]}
    return {
        "submit": _("The citizen sent the dossier"),
        "ask_correction": _("The citizen asked for a correction"),
        "supplement": _("The citizen sent the supplement"),
        "withdraw": _("The citizen withdrew the dossier"),
    }.get(event.action) or sentence(event)


def sentence(event: Event) -> str:
    """One line of the timeline as the citizen reads it."""
    if event.action in _OF_PAPERS:
        return _(_OF_PAPERS[event.action]) % {"paper": _paper(event)}
    return {
        "submit": _("You sent the dossier"),
        "ask_fee": _("The fee was asked for"),
        "settle_fee": _("The fee was paid"),
        "confirm_exemption": _("The exemption from the fee was confirmed"),
        "deny_exemption": _("The exemption from the fee was not confirmed"),
        "receive": _("The office received the dossier"),
        "refuse": _("The office did not receive the dossier"),
        "start": _("Processing began"),
        "fill_outcome": _("The officer recorded the findings"),
        "correct": _("The officer corrected the data"),
        "forward": _("Submitted for approval"),
        "send_back": _("Sent back for more work"),
        "approve": _("The leader approved the result"),
        "issue": _("The result was numbered, sealed and issued"),
        "unapprove": _("The clerk sent the result back to the leader"),
        "return": _("The result was returned"),
        "ask_supplement": _("The office asked for a supplement"),
        "supplement": _("You sent the supplement"),
        "withdraw": _("You withdrew the dossier"),
        "stop": _("Processing was stopped"),
    }[event.action]
