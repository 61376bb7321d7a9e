"""The section Processing: the stages after reception, who works there, their time, whom they ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import AgencyKind, Role
from portal.worktime import Unit
from procedures.definitions import parts, practice, process
from procedures.definitions.models import ProcedureVersion
from procedures.studio import fresh, inputs, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Block, Panel, Part, Rows

ROLES = [(role.value, role.label) for role in (Role.HANDLER, Role.LEADER, Role.CLERK)]
MEASURES = (("share", _("A share of the statutory time")), ("hours", _("Working hours")))
SILENCE = (("wait", _("The answer is waited for")), ("agree", _("Silence means consent")))


class StagePanel(Panel):
    """One station of the dossier inside the office."""

    reloads = frozenset({"share", "hours"})
    beside = (("share", "hours"),)

    def inputs(self) -> dict[str, forms.Field]:
        fields = places.items(self.draft.definition, "result.fields")
        asked = [(places.name_of(item), places.texts(places.find(item, "label"))) for _at, item in fields]
        found: dict[str, forms.Field] = {
            **bilingual("title", _("Stage (Vietnamese)"), _("Stage (English)")),
            "role": inputs.pick(_("Who works there"), [("", _("Choose")), *ROLES]),
            "share": inputs.number(_("Per cent of the statutory time"), least=1, most=100),
            "hours": inputs.number(
                _("or working hours"), least=1, most=3200, hint=_("All stages are measured the same way.")
            ),
            "applies": inputs.expression(
                _("Passed only when"), hint=_("Empty: always. The others share its time when it is left out.")
            ),
        }
        if asked:
            found["fills"] = inputs.picks(
                _("What is filled in there"), asked, hint=_("None ticked: all of it, at a handler’s stage.")
            )
        return found

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """The measure that was typed last takes the place of the other."""
        found = super().values(cleaned)
        if found.get("share") and found.get("hours"):
            found["share" if places.find(self.item, "share") else "hours"] = None
        return found


class ConsultPanel(Panel):
    """Another agency that is asked for its opinion."""

    beside = (("kind", "days"),)

    def inputs(self) -> dict[str, forms.Field]:
        kinds = [(kind, AgencyKind(kind).label) for kind in process.CONSULTED]
        return {
            "kind": inputs.pick(_("Who is asked"), kinds),
            "days": inputs.number(_("Working days to answer"), least=1, most=100),
            "silence": inputs.pick(_("When no answer comes"), SILENCE, radio=True, default="wait"),
        }

    @property
    def caption(self) -> str:
        kind = places.find(self.item, "kind")
        return str(AgencyKind(kind).label) if kind in AgencyKind.values else str(_("Consultation"))


@editor
def processing(request: EditorRequest, code: str) -> HttpResponse:
    """The stages."""
    return pages.answer(request, draft_or_404(request, code), _processing)


def _processing(draft: ProcedureVersion) -> pages.Page:
    stages = places.items(draft.definition, "stages")
    found: list[Part] = [
        Block("studio/stage_times.html", {"times": times(draft.definition)}),
        Rows(
            draft,
            "stages",
            StagePanel,
            _("Stages"),
            _("Add a stage"),
            lambda: _new_stage(draft),
            intro=_(
                "From reception to the result. The leader signs last but one, the clerk numbers and seals last."
            ),
        ),
    ]
    found += [_consults(draft, place, item) for place, item in stages]
    return pages.Page("processing", _("Processing"), found)


def _new_stage(draft: ProcedureVersion) -> dict[str, Any]:
    """In the measure that the other stages have."""
    measured = any(places.find(item, "hours") for _at, item in places.items(draft.definition, "stages"))
    return {
        "key": fresh.key(draft, "stages", "buoc"),
        "title": {"vi": _now("New stage")},
        "role": Role.HANDLER.value,
        "hours" if measured else "share": 1,
    }


def _consults(draft: ProcedureVersion, place: str, item: Any) -> Rows:
    title = places.texts(places.find(item, "title")) or _now("a stage without a name")
    return Rows(
        draft,
        f"{place}.consults",
        ConsultPanel,
        _now("Whom “%(stage)s” asks") % {"stage": title},
        _("Add a consultation"),
        lambda: {"kind": process.CONSULTED[0], "days": 2, "silence": "wait"},
        empty=_("Nobody."),
    )


def times(definition: Any) -> dict[str, Any]:
    """What the stages' times sum up to: {"unit": "%" or "h", "sum", "whole" (None unknown), "is_right"}."""
    stages = [item for _at, item in places.items(definition, "stages")]
    hours = any(isinstance(places.find(item, "hours"), int) for item in stages)
    name = "hours" if hours else "share"
    found = [value for item in stages if isinstance(value := places.find(item, name), int)]
    whole = _hours(definition) if hours else 100
    return {"unit": "h" if hours else "%", "sum": sum(found), "whole": whole, "is_right": sum(found) == whole}


def _hours(definition: Any) -> int | None:
    """The statutory time in working hours; None where the law counts calendar days, or nothing is said yet."""
    amount, unit = places.find(definition, "time.amount"), places.find(definition, "time.unit")
    if not isinstance(amount, int) or not isinstance(unit, str):
        return None
    return practice.working_hours(parts.Time(amount, cast(Unit, unit)))
