"""The task list, the rehearsal and what a publication changes, as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from procedures.definitions import (
    code_lists,
    loading,
    paths,
    proofs,
    reasons,
    runtime,
    simulation,
    validation,
    wording,
)
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.proofs import State
from procedures.definitions.simulation import Effect
from procedures.dossiers.models import OPEN, Dossier
from procedures.eforms.schema import SchemaError
from procedures.filing.models import Draft
from procedures.studio import addresses, sample

# What has no page of its own in the editor is told without a link.
UNLINKED = frozenset({"cases"})
SHOWN = 5  # findings of a task in sight; the rest opens
GLYPHS = {State.DONE: "check", State.OPEN: "alert", State.WARNING: "info", State.WAITING: "pause"}


@dataclass(frozen=True, slots=True)
class Point:
    """One finding: where in words, the link there, what is wrong."""

    where: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One task with its findings as links."""

    task: proofs.Task
    glyph: str
    words: str
    points: list[Point]

    @property
    def shown(self) -> list[Point]:
        return self.points[:SHOWN]

    @property
    def more(self) -> list[Point]:
        return self.points[SHOWN:]


@dataclass(slots=True)
class Report:
    items: list[Item]
    open: int  # tasks that stand in the way
    is_publishable: bool
    replay: simulation.Replay | None = None
    lines: list[tuple[Effect, str]] = field(default_factory=list)


def of(draft: ProcedureVersion, *, today: date) -> Report:
    """Every proof over the draft, and past dossiers of its procedure walked again on it."""
    tasks = proofs.tasks(draft, today=today)
    code = draft.procedure.code
    report = Report(
        items=[_item(task, draft, code) for task in tasks],
        open=sum(task.state == State.OPEN for task in tasks),
        is_publishable=proofs.is_publishable(tasks),
    )
    report.replay = _replay(draft)
    report.lines = [
        (effect, _sentence(effect)) for effect in (report.replay.effects if report.replay else ())
    ]
    return report


def _item(task: proofs.Task, draft: ProcedureVersion, code: str) -> Item:
    points = [_point(finding, draft, code) for finding in task.findings]
    return Item(task, GLYPHS[task.state], _state_words(task), points)


def _state_words(task: proofs.Task) -> str:
    count = len(task.findings)
    match task.state:
        case State.DONE:
            return _("In order")
        case State.WAITING:
            return _("Judged when the tasks above are done")
        case State.WARNING:
            return _("Worth a look")
    return ngettext("%(n)s place to correct", "%(n)s places to correct", count) % {"n": count}


def _point(finding: proofs.Finding, draft: ProcedureVersion, code: str) -> Point:
    top = finding.place.partition(".")[0]
    url = "" if top in UNLINKED else addresses.of_place(code, finding.place)
    where = wording.label(finding.place, draft.definition) or _("The whole procedure")
    return Point(where, url, finding.text)


# ── The rehearsal ─────────────────────────────────────────────────────────────────────────────────


def _replay(draft: ProcedureVersion) -> simulation.Replay | None:
    """None while the draft does not load."""
    try:
        lists = code_lists.of(draft.definition)
        definition = runtime.of_snapshot(loading.compiled(draft.definition, lists))
    except SchemaError:
        return None
    return simulation.replay(definition, sample.of(draft.procedure), language=get_language() or "vi")


def _sentence(effect: Effect) -> str:
    said = {
        "refused": _("Would be refused: %(name)s"),
        "uncharged": _("No amount would come out of the fees"),
        "dearer": _("Would cost %(name)s more"),
        "cheaper": _("Would cost %(name)s less"),
        "asked": _("Would also be asked the step “%(name)s”"),
        "left_out": _("Would not be asked the step “%(name)s” any more"),
        "dropped": _("The answer to “%(name)s” would not be kept"),
    }
    return said[effect.kind] % {"name": effect.name}


# ── What it means for whom ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Consequences:
    """`running` dossiers stay where they are; `unfinished` drafts of citizens can be finished for a while."""

    current: ProcedureVersion | None
    running: int
    unfinished: int


def consequences(draft: ProcedureVersion) -> Consequences:
    """Three queries."""
    procedure = draft.procedure
    running = Dossier.objects.filter(version__procedure=procedure, status__in=OPEN).count()
    unfinished = Draft.objects.unfinished().filter(version__procedure=procedure).count()
    light = procedure.versions.current().defer("definition", "snapshot")
    return Consequences(light.first(), running, unfinished)


def point(problem: validation.Problem, definition: Mapping[str, Any]) -> Point:
    """A problem of a bundle: where in words, and what; it is corrected in the file, not here."""
    where = wording.label(paths.place_of(definition, problem.path), definition)
    return Point(where or _("The whole procedure"), "", reasons.in_words(problem.reason))
