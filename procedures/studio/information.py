"""The section Information: what the procedure is, its law, who may ask for it, how long it takes, where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import AgencyKind
from procedures.definitions import catalogue, loading
from procedures.definitions.models import ProcedureVersion
from procedures.studio import inputs, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Panel, Part, Rows

LEVELS = (
    ("full", _("All of it online (toàn trình)")),
    ("partial", _("A part of it online (một phần)")),
)
UNITS = (
    ("working_days", _("Working days")),
    ("working_hours", _("Working hours")),
    ("days", _("Calendar days")),
    ("same_day", _("The same day")),
)


class NamePanel(Panel):
    """What people find the procedure by."""

    title = _("Name and search")

    def inputs(self) -> dict[str, forms.Field]:
        events = [(event.key, event.name) for event in catalogue.EVENTS]
        return {
            **bilingual("name", _("Name (Vietnamese)"), _("Name (English)")),
            **bilingual(
                "field", _("Field of administration (Vietnamese)"), _("Field of administration (English)")
            ),
            **bilingual(
                "summary",
                _("In one or two sentences (Vietnamese)"),
                _("In one or two sentences (English)"),
                hint=_("What the citizen gets from it, in plain words."),
                rows=2,
            ),
            "life_event": inputs.pick(_("Event of life"), [("", _("Choose")), *events]),
            "keywords": inputs.words(
                _("Words that people search for"), hint=_("As people say it, with commas between.")
            ),
        }


class OfficePanel(Panel):
    """Which offices handle it, and how much of it can be done online."""

    title = _("Where and how")
    reloads = frozenset({"level"})

    def inputs(self) -> dict[str, forms.Field]:
        kinds = [(key, AgencyKind(key).label) for key in loading.AGENCIES]
        found: dict[str, forms.Field] = {
            "agency": inputs.pick(_("Competent offices"), [("", _("Choose")), *kinds]),
            "level": inputs.pick(_("Level of the online service"), LEVELS, radio=True),
        }
        if places.find(self.item, "level") == "partial":
            found |= bilingual(
                "level_reason",
                _("Why not all of it (Vietnamese)"),
                _("Why not all of it (English)"),
                hint=_("What the citizen has to come for."),
            )
        return found

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = super().values(cleaned)
        return (
            {**_without(found, "level_reason"), "level_reason": None}
            if found.get("level") == "full"
            else found
        )


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {path: value for path, value in values.items() if path.partition(".")[0] != name}


class TimePanel(Panel):
    """The statutory time, in the unit of the law."""

    title = _("Processing time")
    intro = _("As the law gives it: it is counted from the receipt of a complete dossier.")
    beside = (("time__amount", "time__unit"),)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            "time__amount": inputs.number(_("How long"), most=400, hint=_("0 with “the same day”.")),
            "time__unit": inputs.pick(_("Unit"), UNITS, default="working_days"),
        }

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """The unit goes with the number: the one that is shown first counts once there is a number."""
        found = super().values(cleaned)
        if found.get("time.unit") == "same_day":
            return found | {"time.amount": 0}
        return found if found.get("time.amount") is not None else found | {"time.unit": None}


class WhoPanel(Panel):
    """Who may apply, what they declare, and whom the dossier is about."""

    title = _("Who applies")

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("who", _("Who may apply (Vietnamese)"), _("Who may apply (English)"), rows=2),
            **bilingual(
                "declaration",
                _("Declaration before sending (Vietnamese)"),
                _("Declaration before sending (English)"),
                rows=3,
            ),
            "subject": inputs.expression(
                _("Whom the dossier is about"),
                hint=_(
                    "The key of the question with the name, or an expression. It stands in lists and notices."
                ),
            ),
        }


class TextPanel(Panel):
    """One bilingual text of a list."""

    def inputs(self) -> dict[str, forms.Field]:
        return {**bilingual("", _("Vietnamese"), _("English"), rows=2)}

    def path(self, name: str) -> str:
        return name.lstrip("_")

    def shown(self) -> dict[str, Any]:
        return {name: places.find(self.item, self.path(name)) for name in self.fields}

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {self.path(name): value for name, value in cleaned.items()}

    def name_of(self, path: str) -> str:
        return f"__{path}"


@editor
def information(request: EditorRequest, code: str) -> HttpResponse:
    """What the procedure is."""
    return pages.answer(request, draft_or_404(request, code), _information)


def _information(draft: ProcedureVersion) -> pages.Page:
    panels: list[Part] = [
        NamePanel(draft, ""),
        OfficePanel(draft, ""),
        TimePanel(draft, ""),
        WhoPanel(draft, ""),
    ]
    return pages.Page("information", _("Information"), [*panels, _legal(draft), _requirements(draft)])


def _legal(draft: ProcedureVersion) -> Rows:
    return Rows(
        draft,
        "legal",
        TextPanel,
        _("Legal bases"),
        _("Add a legal basis"),
        lambda: {"vi": ""},
        intro=_("Law, decree or circular with its number, and the article where one is meant."),
        empty=_("None yet. At least one is needed."),
    )


def _requirements(draft: ProcedureVersion) -> Rows:
    return Rows(
        draft,
        "requirements",
        TextPanel,
        _("Requirements and conditions"),
        _("Add a requirement"),
        lambda: {"vi": ""},
        empty=_("None."),
    )
