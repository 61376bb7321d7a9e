"""The stages of one dossier: which of its procedure's apply, where it stands, what is done there, what time it has."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.models import Role
from procedures.definitions import practice, runtime
from procedures.definitions.parts import Consultation, Stage
from procedures.dossiers.models import Dossier, Status
from procedures.eforms.schema import Field


def applying(dossier: Dossier) -> tuple[Stage, ...]:
    """The stages that this dossier passes, in order, as far as answers and findings tell now."""
    definition = runtime.definition(dossier.version_id)
    return definition.open_stages(dossier.answers, dossier.outcome, dossier.context)


def current(dossier: Dossier) -> Stage | None:
    """The stage that the dossier stands at; None outside of processing."""
    stages = runtime.definition(dossier.version_id).stages
    return next((stage for stage in stages if stage.key == dossier.stage), None) if dossier.stage else None


def enter_first(dossier: Dossier) -> None:
    """Move to the first stage that applies. Does not save, like its neighbours."""
    _enter(dossier, applying(dossier)[0])


def enter_next(dossier: Dossier) -> None:
    """Move to the next stage that applies; the last two always do."""
    _enter(dossier, _beside(dossier)[1][0])


def enter_previous(dossier: Dossier) -> None:
    """Move back to the stage before; the first stays where it is."""
    before = _beside(dossier)[0]
    _enter(dossier, before[-1] if before else applying(dossier)[0])


def enter_leaders(dossier: Dossier) -> None:
    """Move back from the clerk to the leader's stage before, which always applies."""
    _enter(dossier, next(stage for stage in reversed(_beside(dossier)[0]) if stage.role == Role.LEADER))


def _beside(dossier: Dossier) -> tuple[list[Stage], list[Stage]]:
    """The stages that apply before and after the one it stands at, which itself may have ceased to apply."""
    order = [stage.key for stage in runtime.definition(dossier.version_id).stages]
    here = order.index(dossier.stage)
    open_now = applying(dossier)
    return (
        [stage for stage in open_now if order.index(stage.key) < here],
        [stage for stage in open_now if order.index(stage.key) > here],
    )


def _enter(dossier: Dossier, stage: Stage) -> None:
    dossier.stage, dossier.stage_role = stage.key, stage.role


def fields(dossier: Dossier) -> tuple[Field, ...]:
    """What is filled in of the result at the stage that the dossier stands at."""
    stage = current(dossier) if dossier.status == Status.PROCESSING else None
    return runtime.definition(dossier.version_id).fields_of(stage) if stage else ()


def missing(dossier: Dossier) -> tuple[str, ...]:
    """Labels of what still has to be filled in before the dossier may leave its stage."""
    definition = runtime.definition(dossier.version_id)
    lacking = definition.lacking(fields(dossier), dossier.answers, dossier.outcome, dossier.context)
    return tuple(str(field.label) for field in lacking)


def shares(dossier: Dossier) -> dict[str, Fraction]:
    """Stage → its part of the statutory time; the time of stages left out is shared by the others."""
    open_now = applying(dossier)
    whole = sum(stage.weight for stage in open_now)
    return {stage.key: Fraction(stage.weight, whole) for stage in open_now}


def rail(dossier: Dossier) -> list[dict[str, Any]]:
    """The stages as the counter shows them: title, time, whether the dossier stands there."""
    parts = shares(dossier)
    hours = practice.working_hours(runtime.definition(dossier.version_id).time)
    return [
        {
            "title": stage.title,
            "time": _time(hours * parts[stage.key]) if hours else "",
            "is_current": stage.key == dossier.stage and not dossier.ended_at,
        }
        for stage in applying(dossier)
    ]


def _time(hours: Fraction) -> str:
    n = max(1, round(hours))
    exact = ngettext("%(n)s working hour", "%(n)s working hours", n) % {"n": n}
    return exact if hours == n else _("about %(time)s") % {"time": exact}


def consultations(dossier: Dossier) -> tuple[Consultation, ...]:
    """Whom the stage that the dossier stands at asks."""
    stage = current(dossier) if dossier.status == Status.PROCESSING else None
    return stage.consults if stage else ()
