"""What the registers know, and what they may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Registry(StrEnum):
    POPULATION = "population"  # CSDL quốc gia về dân cư
    CIVIL_STATUS = "civil_status"  # CSDL hộ tịch điện tử


class Outcome(StrEnum):
    """The four answers of the law (never to be reduced to yes or no), and that none came."""

    MATCH = "match"  # trùng khớp: the record agrees with what was asked about, its data follow
    MISMATCH = "mismatch"  # không trùng khớp: the record contradicts name or date of birth
    NO_DATA = "no_data"  # không có thông tin
    INSUFFICIENT = "insufficient"  # chưa đủ căn cứ: there is a record that cannot be relied on yet
    UNAVAILABLE = "unavailable"  # no answer of the register at all: an incident


NAMES: Mapping[Registry, _StrPromise] = {
    Registry.POPULATION: _("National Population Database"),
    Registry.CIVIL_STATUS: _("Civil Status Database"),
}

_PERSON = {
    "full_name": _("full name"),
    "personal_id": _("personal ID number"),
    "date_of_birth": _("date of birth"),
}
# Claim (dotted path in the answer) → what it is called. What stands here is all that may be asked for.
CLAIMS: Mapping[Registry, Mapping[str, _StrPromise]] = {
    Registry.POPULATION: {
        **_PERSON,
        "sex": _("sex"),
        "ethnicity": _("ethnic group"),
        "nationality": _("nationality"),
        "commune": _("commune of residence"),
        "address": _("house number, street"),
        "origin": _("commune of origin"),
        "identity_paper.number": _("number of the identity card"),
        "identity_paper.issued_on": _("date of the identity card"),
        "identity_paper.issued_by": _("issuer of the identity card"),
    },
    Registry.CIVIL_STATUS: {
        "marital_status": _("marital status"),
        "spouse.full_name": _("full name of the spouse"),
        "spouse.personal_id": _("personal ID number of the spouse"),
        "spouse.date_of_birth": _("date of birth of the spouse"),
        "marriage.number": _("number of the marriage certificate"),
        "marriage.date": _("date of the marriage certificate"),
        "marriage.agency": _("office that registered the marriage"),
        "divorce.number": _("number of the divorce judgment"),
        "divorce.date": _("date of the divorce judgment"),
        "divorce.agency": _("court of the divorce"),
        "death.number": _("number of the spouse’s death record"),
        "death.date": _("date of the spouse’s death record"),
        "death.agency": _("office that registered the spouse’s death"),
        "children": _("children"),
    },
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register said at `at`. `data` holds the claims asked for, and only with MATCH."""

    registry: Registry
    outcome: Outcome
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)

    def claim(self, path: str) -> Any:
        """The value at a dotted path; None where the register holds none."""
        found: Any = self.data
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found
