"""What a form asks, as frozen values: Form → Step → Field → Option and Check. `schema` reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from procedures.eforms import lists
from procedures.eforms.lists import CodeList
from procedures.eforms.texts import Option, Text


class FieldType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    MONEY = "money"  # whole đồng
    DATE = "date"  # "YYYY-MM-DD"
    TIME = "time"  # "HH:MM"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    PERSONAL_ID = "personal_id"
    PHONE = "phone"
    EMAIL = "email"
    TAX_CODE = "tax_code"
    COMMUNE = "commune"  # 5-digit code
    FILE = "file"  # ids of stored files
    GROUP = "group"  # rows of sub-fields


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Check:
    """`expression` true = fine. `field` says where the message stands; "" = at the head of the step."""

    expression: str
    message: Text
    level: Level = Level.ERROR
    field: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    regex: str
    message: Text


@dataclass(frozen=True, slots=True)
class Prefill:
    """One source of an answer that need not be asked; the first of a field's sources that has it counts."""

    source: str = dataclasses.field(metadata={"name": "from"})  # a name in SOURCES
    value: str = ""  # account: CEL over `applicant`
    registry: str = ""  # registry: a name in REGISTRIES
    claim: str = ""  # registry: dotted path in its answer about the applicant
    applies: str | None = None  # CEL over what is asked before: only then is the source asked


SOURCES = ("account", "registry", "last_dossier")
REGISTRIES = ("population", "civil_status")


@dataclass(frozen=True, slots=True)
class Personal:
    """Keys of the fields that a personal ID number is compared with; a mismatch warns, never stops."""

    sex: str = ""
    date_of_birth: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `schema.ATTRIBUTES` says which of these a type may have."""

    key: str
    type: FieldType
    label: Text
    hint: Text | None = None
    required: bool | str = True
    applies: str | None = None
    compute: str | None = None
    widget: str = ""
    options: tuple[Option, ...] = ()
    list: str = ""
    min: int | str | None = None
    max: int | str | None = None
    max_length: int = 0
    pattern: Pattern | None = None
    prefill: tuple[Prefill, ...] = ()
    lock: bool = False  # what account and registries give stays; never what the last dossier gave
    origin: str = ""  # the group of fields that it was copied from, "person@1"
    purpose: Text | None = None  # why it is asked, said on the form
    personal: Personal | None = None
    fields: tuple[Field, ...] = ()
    accept: tuple[str, ...] = ()
    max_mb: int = 0
    max_files: int = 0
    checks: tuple[Check, ...] = ()
    # What `list` held when the form was made; it comes with the form and is no part of the question's text.
    listed: CodeList | None = dataclasses.field(
        default=None, compare=False, repr=False, metadata={"name": ""}
    )

    @property
    def code_list(self) -> CodeList | None:
        """The code list that is chosen from; None when the question has options of its own, or none."""
        return self.listed or (lists.built_in(self.list) if self.list else None)

    @property
    def choices(self) -> tuple[Option, ...]:
        found = self.code_list
        return found.options if found else self.options

    @property
    def account(self) -> str:
        """The expression over `applicant` that the account answers it with; "" when it does not."""
        own = (source for source in self.prefill if source.source == "account" and not source.applies)
        return next((source.value for source in own), "")

    def label_of(self, value: str) -> Text:
        """The label of the option `value`; the bare value when there is none (any more)."""
        return next((option.label for option in self.choices if option.value == value), Text(value))

    def conditions(self) -> Iterator[tuple[str, str]]:
        """(attribute, expression) of everything that decides about this field while it is asked."""
        for name in ("applies", "required", "compute", "min", "max"):
            if isinstance(value := getattr(self, name), str):
                yield name, value
        for index, option in enumerate(self.options):
            if option.applies:
                yield f"options[{index}].applies", option.applies


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: Text
    fields: tuple[Field, ...]
    intro: Text | None = None
    applies: str | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Form:
    """Compared and hashed by identity: a form is compiled once per process and keys caches."""

    steps: tuple[Step, ...]
    _fields: Mapping[str, Field] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        found = {field.key: field for step in self.steps for field in step.fields}
        inside = {sub.key: sub for field in found.values() for sub in field.fields}
        object.__setattr__(self, "_fields", found | inside)

    def step(self, key: str) -> Step:
        """Raises KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def has_step(self, key: str) -> bool:
        return any(step.key == key for step in self.steps)

    def fields(self) -> Iterator[Field]:
        """The fields in the order they are asked; those inside groups are not among them."""
        return (field for step in self.steps for field in step.fields)

    def field(self, key: str) -> Field:
        """Also those inside groups. Raises KeyError."""
        return self._fields[key]

    def find(self, key: str) -> Field | None:
        return self._fields.get(key)
