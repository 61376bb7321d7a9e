"""What a condition can look at, with its name and its options: the words that rules are made of.

Drafts may be half finished, so a definition is read here without complaint: what has no label is called by
its key, what is no mapping is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from procedures.eforms import lists
from procedures.eforms.questions import Field, FieldType, Form
from procedures.eforms.texts import Option, Text

# Besides the types of fields: a named condition, and what lies inside an earlier result.
CONDITION, CLAIM = "condition", "claim"

Subjects = Mapping[str, "Subject"]
Options = Callable[[str], tuple[Option, ...]]


@dataclass(frozen=True, slots=True)
class Subject:
    """`key` as trees name it; `step` the title of the step it is asked in; `rows` the fields of a group."""

    key: str
    type: str
    label: Text
    options: tuple[Option, ...] = ()
    step: Text | None = None
    rows: tuple[Subject, ...] = ()

    def label_of(self, value: str) -> Text:
        return next((option.label for option in self.options if option.value == value), Text(value))


def of_form(form: Form) -> dict[str, Subject]:
    """The fields of a loaded form, those in groups under ".key", with what every condition may look at."""
    asked = (_loaded(field, step.title) for step in form.steps for field in step.fields)
    return with_context({subject.key: subject for subject in asked})


def _loaded(field: Field, step: Text, dot: str = "") -> Subject:
    rows = tuple(_loaded(sub, step, ".") for sub in field.fields)
    return Subject(f"{dot}{field.key}", str(field.type), field.label, field.choices, step, rows)


def of_definition(definition: Mapping[str, Any], options: Options | None = None) -> dict[str, Subject]:
    """Every field, named condition and paper of a definition as edited. `options`: those of a managed list."""
    found: dict[str, Subject] = {}
    for step in maps(definition.get("form"), "steps"):
        title = text(step.get("title"), step.get("key"))
        for field in maps(step, "fields"):
            subject = of_field(field, title, options or standing_options)
            found[subject.key] = subject
    for paper in maps(definition, "papers"):
        key = str(paper.get("key") or "")
        found[key] = Subject(key, FieldType.FILE, text(paper.get("label"), key))
    for condition in maps(definition, "conditions"):
        key = str(condition.get("key") or "")
        found[key] = Subject(key, CONDITION, text(condition.get("name"), key))
    return with_context(found)


def of_field(field: Mapping[str, Any], step: Text | None, options: Options, dot: str = "") -> Subject:
    """A field as edited."""
    key = str(field.get("key") or "")
    kind = str(field.get("type") or FieldType.TEXT)
    rows = tuple(of_field(sub, step, options, ".") for sub in maps(field, "fields")) if not dot else ()
    named = field.get("list")
    own = options(named) if isinstance(named, str) and named else _options(field)
    return Subject(f"{dot}{key}", kind, text(field.get("label"), key), own, step, rows)


def _options(field: Mapping[str, Any]) -> tuple[Option, ...]:
    found = ((str(item.get("value") or ""), item.get("label")) for item in maps(field, "options"))
    return tuple(Option(value, text(label, value)) for value, label in found)


def standing_options(name: str) -> tuple[Option, ...]:
    """The options of a list that comes with the program; () for any other."""
    return lists.options(name) if name in lists.NAMES else ()


def maps(around: Any, key: str) -> Iterator[Mapping[str, Any]]:
    """The mappings of the list under `key`, whatever stands there."""
    items = around.get(key) if isinstance(around, Mapping) else None
    return (item for item in (items if isinstance(items, list | tuple) else ()) if isinstance(item, Mapping))


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def text(value: Any, default: Any = "") -> Text:
    """A text as edited; `default` where there is no Vietnamese yet."""
    given = mapping(value)
    vietnamese, english = given.get("vi"), given.get("en")
    return Text(str(vietnamese or english or default or ""), str(english or ""))


# ── What is always there ──────────────────────────────────────────────────────────────────────────


def with_context(found: Mapping[str, Subject]) -> dict[str, Subject]:
    """`found`, and the day, the channel and what the account knows of the applicant."""
    every = {**found, **{subject.key: subject for subject in context()}}
    inside = {row.key: row for subject in found.values() for row in subject.rows}
    return {**every, **inside}


def context() -> tuple[Subject, ...]:
    """Named in the language that is active; the texts carry no second one."""
    channels = (Option("online", Text(_("Online"))), Option("counter", Text(_("At the counter"))))
    sexes = (Option("male", Text(_("Male"))), Option("female", Text(_("Female"))))
    return (
        Subject("channel", FieldType.CHOICE, Text(_("How it is filed")), channels),
        Subject("today", FieldType.DATE, Text(_("Today"))),
        *_applicant(sexes),
    )


def _applicant(sexes: tuple[Option, ...]) -> Iterator[Subject]:
    named: dict[str, tuple[str, str]] = {
        "full_name": (FieldType.TEXT, _("Full name")),
        "date_of_birth": (FieldType.DATE, _("Date of birth")),
        "sex": (FieldType.CHOICE, _("Sex")),
        "ethnicity": (FieldType.CHOICE, _("Ethnic group")),
        "nationality": (FieldType.CHOICE, _("Nationality")),
        "personal_id": (FieldType.PERSONAL_ID, _("Personal ID number")),
        "commune": (FieldType.COMMUNE, _("Commune or ward")),
        "phone": (FieldType.PHONE, _("Phone number")),
        "email": (FieldType.EMAIL, _("E-mail")),
    }
    own = {
        "sex": sexes,
        "ethnicity": lists.options("ethnic_groups"),
        "nationality": lists.options("nationalities"),
    }
    for key, (kind, label) in named.items():
        whose = Text(_("The applicant: %(what)s") % {"what": label})
        yield Subject(f"applicant.{key}", kind, whose, own.get(key, ()))


def unknown(key: str) -> Subject:
    """Something that no list names: a claim by its path, a field that is gone by its key."""
    kind = CLAIM if key.startswith("claims.") else FieldType.TEXT
    return Subject(key, kind, Text(key.removeprefix("claims.").lstrip(".")))


def as_named(subjects: Subjects, key: str) -> Subject:
    found = subjects.get(key)
    return found if found is not None else unknown(key)
