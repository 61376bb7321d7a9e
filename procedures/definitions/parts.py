"""What a definition consists of besides its form, as frozen values. `loading` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import translation
from django.utils.translation import gettext, ngettext

from portal.worktime import Unit
from procedures.eforms.schema import Field, Form, Text

# Nested names whose leaves are CEL: {"child": {"full_name": "child_name"}}
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Time:
    """The statutory time; the law mixes units, so the unit is kept as written."""

    amount: int  # 0 with same_day
    unit: Unit

    def text(self, language: str) -> str:
        """ "3 ngày làm việc" """
        with translation.override(language):
            return self._text() % {"n": self.amount}

    def _text(self) -> str:
        match self.unit:
            case "same_day":
                return gettext("The same day")
            case "working_hours":
                return ngettext("%(n)s working hour", "%(n)s working hours", self.amount)
            case "working_days":
                return ngettext("%(n)s working day", "%(n)s working days", self.amount)
            case "days":
                return ngettext("%(n)s day", "%(n)s days", self.amount)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that the law asks for. Its file field has the same key, in the form's last step."""

    key: str
    label: Text
    hint: Text | None
    form: Literal["original", "copy", "electronic"]
    required: bool | str
    applies: str | None
    accept: tuple[str, ...]
    max_mb: int
    max_files: int
    accepts: tuple[str, ...]  # types of issued results that stand in for it


@dataclass(frozen=True, slots=True)
class Reuse:
    """How an issued result in the citizen's store serves this procedure."""

    key: str
    type: str
    paper: str  # key of the paper it stands in for
    purpose: Text  # what the citizen agrees to
    condition: str | None  # CEL over `claims`: whether this paper will do
    applies: str | None  # CEL over the answers: whether it is wanted at all
    fills: Mapping[str, str]  # field key → dotted path in the claims


@dataclass(frozen=True, slots=True)
class Exemption:
    applies: str
    percent: int  # 1–100 of the line
    label: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class Fee:
    key: str
    kind: Literal["phi", "le_phi"]
    label: Text
    unit_amount: str  # CEL, đồng
    quantity: str  # CEL
    applies: str | None
    basis: Text
    exemptions: tuple[Exemption, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A station after reception; `share` is its percentage of the statutory time."""

    key: str
    title: Text
    role: str  # portal.accounts Role
    share: int


@dataclass(frozen=True, slots=True)
class Result:
    type: str  # KQ.G15.000031
    name: Text
    template: str  # templates/pdf/results/<template>.html
    symbol: str
    number: str  # pattern over seq, year, symbol
    validity_months: int | None
    fields: tuple[Field, ...]  # what the officers fill in
    claims: Claims
    subject: str


@dataclass(frozen=True, slots=True)
class Content:
    """A whole definition, papers compiled into the form."""

    code: str
    name: Text
    field: Text
    life_event: str
    summary: Text
    keywords: tuple[str, ...]
    agency: str  # portal.accounts AgencyKind
    level: Literal["full", "partial"]
    level_reason: Text | None
    legal: tuple[Text, ...]
    who: Text
    requirements: tuple[Text, ...]
    time: Time
    declaration: Text
    subject: str
    form: Form
    papers: tuple[Paper, ...]
    reuse: tuple[Reuse, ...]
    fees: tuple[Fee, ...]
    stages: tuple[Stage, ...]
    result: Result
