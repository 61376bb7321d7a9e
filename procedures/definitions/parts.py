"""What a definition consists of besides its form, as frozen values. `loading` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import translation
from django.utils.translation import gettext, ngettext

from portal.accounts.models import AgencyKind
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
    about: str | None = (
        None  # dotted path to the personal ID number in the claims that must be the applicant's
    )
    max_age_days: int | None = None  # so long after its issue the paper will do


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with a name. Other expressions mention it by its key; compiling puts it in their place."""

    key: str
    name: Text
    expression: str  # CEL


@dataclass(frozen=True, slots=True)
class Exemption:
    applies: str
    percent: int  # 1–100 of the line
    label: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class Tier:
    amount: int  # đồng for each that falls into this step
    upto: int | None = None  # the last that does; none: all the rest


@dataclass(frozen=True, slots=True)
class Tiers:
    """What one piece costs when the price depends on how many there are in it: pages of a copy."""

    count: str  # CEL
    steps: tuple[Tier, ...]
    most: int | None = None  # đồng that one piece costs at most

    def amount(self, count: int) -> int:
        """The price of a piece of `count`, in đồng."""
        total = start = 0
        for step in self.steps:
            end = count if step.upto is None else min(count, step.upto)
            total += max(0, end - start) * step.amount
            start = max(start, end)
        return total if self.most is None else min(total, self.most)


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a fee's test table: with these answers it must come to this amount."""

    given: Mapping[str, Any]  # answers by key; also `today` and `applicant`
    amount: int  # đồng
    channel: Literal["online", "counter"] = "online"


FEE_TIMES = ("submit", "acceptance", "supplement", "return")
REFUND_CASES = ("withdrawn", "withdrawn_later", "refused", "stopped", "never")


@dataclass(frozen=True, slots=True)
class Fee:
    """(`unit_amount` or `tiers`) × `quantity`, less the highest exemption that applies."""

    key: str
    kind: Literal["phi", "le_phi"]
    label: Text
    unit_amount: str | None  # CEL, đồng
    tiers: Tiers | None
    counter_amount: str | None  # CEL, đồng; instead of either at the counter
    quantity: str  # CEL
    applies: str | None
    basis: Text
    exemptions: tuple[Exemption, ...]
    examples: tuple[Example, ...] = ()
    when: str = "submit"  # of FEE_TIMES: when it is asked for
    # Of REFUND_CASES: what makes it go back by itself. "withdrawn" is before, "withdrawn_later" after receipt.
    refunds: tuple[str, ...] = ("withdrawn", "refused")


@dataclass(frozen=True, slots=True)
class Consultation:
    """Another agency that is asked for its opinion while the dossier stands at a stage."""

    kind: str  # portal.accounts AgencyKind
    days: int  # working days it has
    silence: Literal["agree", "wait"]  # what it means when it says nothing by then

    def text(self, language: str) -> str:
        """ "Công an cấp xã: trả lời trong 2 ngày làm việc; quá hạn coi như đồng ý" """
        with translation.override(language):
            told = ngettext(
                "answers within %(n)s working day", "answers within %(n)s working days", self.days
            )
            after = gettext("silence means consent") if self.silence == "agree" else gettext("wait for it")
            return f"{AgencyKind(self.kind).label}: {told % {'n': self.days}}; {after}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A station after reception. All of a definition have a `share`, or all have `hours`."""

    key: str
    title: Text
    role: str  # portal.accounts Role
    share: int | None = None  # percentage of the statutory time
    hours: int | None = None  # working hours
    applies: str | None = None  # CEL; the others share the time of one that is left out
    fills: tuple[str, ...] | None = None  # keys of result fields; none said: all of them, if a handler's
    consults: tuple[Consultation, ...] = ()

    @property
    def weight(self) -> int:
        """How much of the time is its own, beside the other stages'."""
        return self.share or self.hours or 0


@dataclass(frozen=True, slots=True)
class Layout:
    """How the paper is set. The texts count where the result's template is OWN (`portal.documents.sheets`)."""

    size: Literal["A4", "A5"] = "A4"
    orientation: Literal["portrait", "landscape"] = "portrait"
    html: str = ""  # what stands on the paper
    english: str = ""  # its English rendition, which follows it; "": none
    css: str = ""


# What the scan that is copied tells, beside what the officers fill in, for expressions of the result.
COPIED = ("copied_pages", "copied_sha256")
OWN = "own"  # the template of a result whose layout brings its own text


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that the holder can show of the result without the rest: `expression` sees the `claims`.

    `reached`: it is a date that stays hidden; what is shown is that the day has come (of age, no longer barred).
    """

    key: str
    label: Text
    expression: str
    shows: Literal["value", "reached"] = "value"


@dataclass(frozen=True, slots=True)
class Result:
    type: str  # KQ.G15.000031
    name: Text
    template: str  # templates/pdf/results/<template>.html, or OWN
    symbol: str
    number: str  # pattern over seq, year, symbol
    validity_months: int | None
    fields: tuple[Field, ...]  # what the officers fill in
    claims: Claims
    subject: str
    statements: tuple[Statement, ...] = ()
    layout: Layout | None = None
    copies: str | None = None  # key of the officers' question for a scan, whose pages the paper begins with

    @property
    def told(self) -> tuple[str, ...]:
        """Names that its expressions may look at besides answers and findings."""
        return COPIED if self.copies else ()

    @property
    def is_own(self) -> bool:
        """Whether the paper is printed by the definition's own text instead of one of the house's models."""
        return self.template == OWN

    @property
    def set(self) -> Layout:
        """The layout, A4 upright where none is said."""
        return self.layout or Layout()


@dataclass(frozen=True, slots=True)
class Messages:
    """What this procedure adds to the notices that the applicant gets."""

    submitted: Text | None = None
    received: Text | None = None
    supplement: Text | None = None
    done: Text | None = None
    refused: Text | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What a case must come to; what is not said is not looked at."""

    steps: tuple[str, ...] | None = None  # keys, in order
    amount: int | None = None  # đồng
    subject: str = ""
    claims: Mapping[str, Any] | None = None  # part of the result's data
    fails: tuple[str, ...] | None = None  # keys of the fields and steps that are refused; (): none is


@dataclass(frozen=True, slots=True)
class Case:
    """Answers that somebody may give, and what must come of them."""

    key: str
    title: Text
    answers: Mapping[str, Any]
    channel: Literal["online", "counter"]
    applicant: Mapping[str, Any] | None
    today: str  # "YYYY-MM-DD" it is filed on, so that time does not make it another case; "": any day
    papers: tuple[str, ...]  # keys of those that are handed in
    outcome: Mapping[str, Any] | None  # what the officers fill in
    expect: Expect


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
    conditions: tuple[Condition, ...] = ()
    messages: Messages | None = None
    cases: tuple[Case, ...] = ()
    # Snapshots only: the options of the code lists that the fields name, as they were at publishing.
    lists: Mapping[str, list[dict[str, str]]] | None = None
