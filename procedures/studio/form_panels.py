"""The panels of a step and of a field: every property of every type of answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from procedures.definitions.models import CodeList
from procedures.eforms import lists, schema, soundness
from procedures.eforms.questions import FieldType
from procedures.studio import inputs, keys, kinds, outline, places
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Panel

REQUIRED = (
    ("always", _("Always")),
    ("never", _("Never: it may stay empty")),
    ("when", _("Only when a condition holds")),
)
WIDGETS = (
    ("", _("As suits the number of options")),
    ("radio", _("All options below each other")),
    ("select", _("A list to open")),
    ("search", _("Search while typing")),
)
LEVELS = (("error", _("An error: it stops")), ("warning", _("A warning: it may stay")))
SOURCES = (
    ("account", _("The account of the citizen")),
    ("registry", _("A register of the state")),
    ("last_dossier", _("The person’s last dossier of this procedure")),
)
REGISTRIES = (("population", _("Population database")), ("civil_status", _("Civil status database")))
APPLICANT = (
    ("applicant.full_name", _("Full name")),
    ("applicant.personal_id", _("Personal ID number")),
    ("applicant.date_of_birth", _("Date of birth")),
    ("applicant.sex", _("Sex")),
    ("applicant.ethnicity", _("Ethnic group")),
    ("applicant.nationality", _("Nationality")),
    ("applicant.commune", _("Commune or ward")),
    ("applicant.address", _("House number, street")),
    ("applicant.phone", _("Phone")),
    ("applicant.email", _("E-mail")),
)
_UNNAMED = re.compile(r"option_\d+\Z")  # what a new option is called until it has words
_OWN = frozenset(name for names in schema.ATTRIBUTES.values() for name in names)


class StepPanel(Panel):
    """A part of the form: its words and when it applies."""

    headings = {"applies": _("When this part is asked")}

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("title", _("Title (Vietnamese)"), _("Title (English)")),
            **bilingual("intro", _("Introduction (Vietnamese)"), _("Introduction (English)"), rows=2),
            "applies": inputs.expression(
                _("Asked only when"), hint=_("Empty: always. It may look at what is asked before this part.")
            ),
        }

    @property
    def caption(self) -> str:
        return places.texts(places.find(self.item, "title"))


class RequiredPanel(Panel):
    """A panel that asks whether its entry is wanted of everybody, of nobody, or on a condition."""

    def required(self, label: Any) -> dict[str, forms.Field]:
        """The two inputs for it."""
        return {
            "required": inputs.pick(label, REQUIRED, radio=True, default="always"),
            "required_when": inputs.expression(_("Required when")),
        }

    def shown(self) -> dict[str, Any]:
        required = places.find(self.item, "required")
        is_condition = isinstance(required, str)
        word = "when" if is_condition else "never" if required is False else "always"
        return super().shown() | {"required": word, "required_when": required if is_condition else None}

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = {k: v for k, v in super().values(cleaned).items() if k not in ("required", "required_when")}
        match cleaned.get("required"):
            case "always":
                found["required"] = None
            case "never":
                found["required"] = False
            case "when" if cleaned.get("required_when"):
                found["required"] = cleaned["required_when"]
        return found

    def path(self, name: str) -> str:
        return "required" if name == "required_when" else super().path(name)


class FieldPanel(RequiredPanel):
    """The words of a question, the type of its answer, and when it is asked."""

    reloads = frozenset({"type"})
    headings = {"applies": _("When it is asked"), "required": _("Whether it must be answered")}

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("label", _("Question (Vietnamese)"), _("Question (English)")),
            **bilingual("hint", _("Hint (Vietnamese)"), _("Hint (English)")),
            "type": inputs.pick(_("Type of the answer"), self._types()),
            "applies": inputs.expression(
                _("Asked only when"),
                hint=_("Empty: always. It may look at what is asked before this question."),
            ),
            **self.required(_("An answer is required")),
            **bilingual("purpose", _("Why it is asked (Vietnamese)"), _("Why it is asked (English)"), rows=2),
        }

    def _types(self) -> list[tuple[str, Any]]:
        is_row = self.place.count(".fields.") > 1
        found = [(str(k.type), k.name) for k in kinds.KINDS if not is_row or k.type not in kinds.NOT_IN_ROWS]
        return found if kinds.of(places.find(self.item, "type")).type else [("", _("Choose")), *found]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("required") == "when" and cleaned.get("required_when", "") is None:
            self.add_error("required_when", _("Say when it must be answered."))
        return cleaned

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = super().values(cleaned)
        if kind := cleaned.get("type"):
            # What only another type has would make the form unsound.
            found |= dict.fromkeys(_OWN - set(schema.ATTRIBUTES.get(kind, ())))
        return found

    @property
    def caption(self) -> str:
        return places.texts(places.find(self.item, "label"))


class AnswerPanel(Panel):
    """What an answer may be: limits, list, files, rows. Its inputs are those of the type."""

    title: Any = _("What an answer may be")
    reloads = frozenset({"list"})
    rare = frozenset({"pattern__regex", "pattern__message__vi", "pattern__message__en"})
    beside = (("min", "max"), ("max_mb", "max_files"), ("personal__sex", "personal__date_of_birth"))

    def inputs(self) -> dict[str, forms.Field]:
        kind = places.find(self.item, "type")
        names = schema.ATTRIBUTES.get(kind, ()) if kinds.of(kind).type else ()
        found: dict[str, forms.Field] = {}
        for name in names:
            if make := _ANSWER.get(name):
                found |= make(self, kind)
        return found

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = super().values(cleaned)
        return found | {"options": None} if found.get("list") else found

    def fields_of_form(self, *types: str) -> list[tuple[str, Any]]:
        """The questions with one of these types, to be picked by key; what stands there is among them."""
        every = outline.flat(outline.steps(self.draft.definition))
        found = [
            (node.key, node.title)
            for node in every
            if node.key and places.find(self.draft.definition, f"{node.place}.type") in types
        ]
        return [("", _("None")), *dict(found).items()]


def _max_length(_panel: AnswerPanel, kind: str) -> dict[str, forms.Field]:
    usual = 2000 if kind == FieldType.LONG_TEXT else 200
    label = _("Most characters")
    return {"max_length": inputs.number(label, hint=_("Empty: %(n)s") % {"n": usual}, least=1, most=10_000)}


def _pattern(_panel: AnswerPanel, _kind: str) -> dict[str, forms.Field]:
    regex = inputs.line(
        _("Pattern that the answer must match"),
        hint=_("A regular expression, for experts. For example ^[0-9]{4}$ for four digits."),
        css="cel",
    )
    words = bilingual(
        "pattern__message", _("When it does not match (Vietnamese)"), _("When it does not match (English)")
    )
    return {"pattern__regex": regex, **words}


def _bounds(name: str, of_date: Any, of_group: Any, of_number: Any) -> Any:
    def make(_panel: AnswerPanel, kind: str) -> dict[str, forms.Field]:
        if kind == FieldType.DATE:
            return {name: inputs.expression(of_date, hint=_("For example: today"))}
        if kind == FieldType.GROUP:
            return {name: inputs.number(of_group, most=soundness.MAX_ROWS)}
        return {name: inputs.number(of_number, least=-(10**15), most=10**15, css="w12")}

    return make


def _widget(_panel: AnswerPanel, _kind: str) -> dict[str, forms.Field]:
    return {"widget": inputs.pick(_("How the options are shown"), WIDGETS)}


def _list(panel: AnswerPanel, _kind: str) -> dict[str, forms.Field]:
    known = {key: key for key in lists.NAMES} | dict(CodeList.objects.values_list("key", "name_vi"))
    now = places.find(panel.item, "list")
    if isinstance(now, str) and now:
        known.setdefault(now, now)
    choices = [("", _("Options of its own")), *known.items()]
    return {"list": inputs.pick(_("Where the options come from"), choices)}


def _personal(panel: AnswerPanel, _kind: str) -> dict[str, forms.Field]:
    return {
        "personal__sex": inputs.pick(
            _("Compare with the sex in"),
            panel.fields_of_form("choice"),
            hint=_("The number tells sex and year of birth; a difference is a warning."),
        ),
        "personal__date_of_birth": inputs.pick(
            _("Compare with the date of birth in"), panel.fields_of_form("date")
        ),
    }


def _files(name: str, label: Any, most: int) -> Any:
    return lambda _panel, _kind: {name: inputs.number(label, least=1, most=most)}


_ANSWER: Mapping[str, Any] = {
    "max_length": _max_length,
    "pattern": _pattern,
    "min": _bounds("min", _("Not before"), _("Fewest rows"), _("Not less than")),
    "max": _bounds("max", _("Not after"), _("Most rows"), _("Not more than")),
    "widget": _widget,
    "list": _list,
    "personal": _personal,
    "accept": lambda _panel, _kind: {
        "accept": inputs.picks(_("Formats that are taken"), [(one, one.upper()) for one in soundness.FORMATS])
    },
    "max_mb": _files("max_mb", _("Most megabytes a file"), 200),
    "max_files": _files("max_files", _("Most files"), 20),
}


class OriginPanel(Panel):
    """Where the value comes from when nobody types it: computed, or filled in and locked."""

    title = _("When the citizen need not type it")

    def inputs(self) -> dict[str, forms.Field]:
        return {
            "compute": inputs.expression(
                _("Computed from other answers"), hint=_("Then it is shown and cannot be typed.")
            ),
            "lock": inputs.flag(
                _("What the account or a register gives cannot be changed"),
                hint=_("What comes from the last dossier can always be changed."),
            ),
        }


class PrefillPanel(Panel):
    """One source that fills the answer in; the first that has something wins."""

    reloads = frozenset({"from"})

    def inputs(self) -> dict[str, forms.Field]:
        source = places.find(self.item, "from")
        found: dict[str, forms.Field] = {"from": inputs.pick(_("Source"), SOURCES, default="account")}
        if source == "registry":
            found["registry"] = inputs.pick(_("Register"), REGISTRIES, default="population")
            found["claim"] = inputs.line(
                _("What of its answer"), hint=_("For example: full_name, or residence.commune"), css="cel"
            )
        elif source != "last_dossier":
            now = places.find(self.item, "value")
            known: dict[str, Any] = dict(APPLICANT)
            if isinstance(now, str) and now:
                known.setdefault(now, now)
            found["value"] = inputs.pick(_("What of the account"), [("", _("Choose")), *known.items()])
        return found

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = super().values(cleaned)
        if cleaned.get("from") != "account":
            found["value"] = None
        if cleaned.get("from") != "registry":
            found |= {"registry": None, "claim": None}
        elif "registry" not in self.fields:
            found["registry"] = REGISTRIES[0][0]  # the one that is shown first
        return found

    @property
    def caption(self) -> str:
        return str(dict(SOURCES).get(places.find(self.item, "from"), ""))


class OptionPanel(Panel):
    """One answer that can be picked. Its value goes into expressions; renaming it renames it there."""

    reloads = frozenset({"value"})
    rare = frozenset({"hint__vi", "hint__en", "value", "applies"})

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("label", _("Answer (Vietnamese)"), _("Answer (English)")),
            **bilingual("hint", _("Hint (Vietnamese)"), _("Hint (English)")),
            "value": inputs.line(_("Value in expressions and data"), css="cel", limit=60),
            "applies": inputs.expression(_("Offered only when"), hint=_("Empty: always.")),
        }

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = super().values(cleaned)
        if not found.get("value"):
            found.pop("value", None)  # an option without a value could not be addressed any more
        elif _UNNAMED.match(found["value"]) and found.get("label.vi"):
            found["value"] = keys.proposed(found["label.vi"], self._taken(), fallback="option")
        return found

    def _taken(self) -> list[str]:
        """The values of the other options."""
        others = places.items(self.draft.definition, places.parent(self.place))
        return [str(places.find(item, "value")) for place, item in others if place != self.place]


class CheckPanel(Panel):
    """A condition that answers must meet, and what is said when they do not."""

    def inputs(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {
            "expression": inputs.expression(_("What must hold")),
            **bilingual(
                "message", _("What is said otherwise (Vietnamese)"), _("What is said otherwise (English)")
            ),
            "level": inputs.pick(_("How strict"), LEVELS, radio=True, default="error"),
        }
        if ".fields." not in self.place:
            found["field"] = inputs.pick(_("Beside which question it is said"), self._fields())
        return found

    def _fields(self) -> list[tuple[str, Any]]:
        _key, step = outline.step_of(self.draft.definition, self.place)
        nodes = outline.fields(self.draft.definition, f"{step}.fields")
        known = {node.key: node.title for node in nodes if node.key}
        now = places.find(self.item, "field")
        if isinstance(now, str) and now:
            known.setdefault(now, now)
        return [("", _("None: at the head of the part")), *known.items()]

    @property
    def caption(self) -> str:
        return places.texts(places.find(self.item, "message")) or str(_("Check"))
