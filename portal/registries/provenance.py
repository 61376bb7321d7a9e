"""What is kept beside an answer that a register was asked for, and how it is said to people.

{"source": "registry", "registry": "civil_status", "claim": "marital_status", "at": …, "lock": …}
    the value is the register's, as it stood at `at`; with "unchecked" (a moment) it could not be asked
    again since
{…, "outcome": "unavailable"}
    the register gave nothing, so the person answers; `outcome` is why
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from portal import words
from portal.registries.answers import NAMES, Answer, Outcome, Registry

Origin = dict[str, Any]


def given(answer: Answer, claim: str, *, lock: bool) -> Origin:
    """Of a value that the register gave."""
    return _origin(answer, claim) | {"lock": lock}


def withheld(answer: Answer, claim: str) -> Origin:
    """Of a question that the register left open. A match without the claim is: no data."""
    outcome = Outcome.NO_DATA if answer.outcome == Outcome.MATCH else answer.outcome
    return _origin(answer, claim) | {"outcome": outcome.value}


def _origin(answer: Answer, claim: str) -> Origin:
    at = answer.at.isoformat()
    return {"source": "registry", "registry": answer.registry.value, "claim": claim, "at": at}


def is_given(origin: Mapping[str, Any]) -> bool:
    """Whether the value beside it came from a register."""
    return origin.get("source") == "registry" and "outcome" not in origin


def is_withheld(origin: Mapping[str, Any]) -> bool:
    """Whether a register was asked for the answer and gave none."""
    return origin.get("source") == "registry" and "outcome" in origin


def source(origin: Mapping[str, Any]) -> str:
    """Where a value came from: “Cơ sở dữ liệu quốc gia về dân cư, 8:30 hôm nay”."""
    told = {
        "register": NAMES[Registry(origin["registry"])],
        "at": words.moment(datetime.fromisoformat(origin["at"])),
    }
    if "unchecked" in origin:
        return _("%(register)s, %(at)s; it did not answer when asked again") % told
    return _("%(register)s, %(at)s") % told


def why_not(origin: Mapping[str, Any]) -> str:
    """Why a question could not be answered by the register, and what the person does instead."""
    told = {"register": NAMES[Registry(origin["registry"])]}
    match Outcome(origin["outcome"]):
        case Outcome.NO_DATA:
            return _("The %(register)s holds no data on this. Please answer yourself.") % told
        case Outcome.MISMATCH:
            return (
                _(
                    "The %(register)s holds another name or date of birth than your account. Please answer "
                    "yourself, and ask your commune’s police or civil status officer which is right."
                )
                % told
            )
        case Outcome.INSUFFICIENT:
            return _("Your record in the %(register)s is not confirmed yet. Please answer yourself.") % told
    return _("The %(register)s does not answer at the moment. Please answer yourself.") % told
