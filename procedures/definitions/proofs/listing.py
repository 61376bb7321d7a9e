"""The tasks of publishing: every proof, in the order in which one would work through them."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from procedures.definitions import (
    code_lists,
    coherence,
    loading,
    parts,
    paths,
    reasons,
    runtime,
    simulation,
    translations,
    validation,
)
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.proofs import cycles, fees, papers, reach, results, sheets
from procedures.definitions.proofs.findings import Finding
from procedures.definitions.proofs.judging import Judge
from procedures.eforms.schema import SchemaError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class State(StrEnum):
    """OPEN stands in the way of publishing; WARNING does not; WAITING cannot be judged before other tasks are done."""

    DONE = "done"
    OPEN = "open"
    WARNING = "warning"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that must be in order, as far as it is. `why`: what comes of it if it is not."""

    key: str
    title: str
    state: State
    findings: tuple[Finding, ...] = ()
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    title: _StrPromise
    why: _StrPromise


KINDS: Mapping[str, Kind] = {
    "structure": Kind(
        gettext_lazy("Everything is filled in, and every name that is used exists"),
        gettext_lazy("Otherwise a page of the citizen would fail."),
    ),
    "cycles": Kind(
        gettext_lazy("No question depends on itself"),
        gettext_lazy("Otherwise nobody could tell whether to ask it."),
    ),
    "reach": Kind(
        gettext_lazy("Every step and every question is asked of somebody"),
        gettext_lazy("What nobody is ever asked is a mistake, or not needed."),
    ),
    "conditions": Kind(
        gettext_lazy("No condition contradicts itself"),
        gettext_lazy("A condition that no answer fulfils is a slip of the pen."),
    ),
    "papers": Kind(
        gettext_lazy("Every paper that is required can be supplied"),
        gettext_lazy("Otherwise nobody could send the dossier."),
    ),
    "fees": Kind(
        gettext_lazy("Every fee comes out as an amount"),
        gettext_lazy("Tried over the answers that the fees depend on, online and at the counter."),
    ),
    "stages": Kind(
        gettext_lazy("The stages add up to the statutory time"),
        gettext_lazy("Otherwise a dossier would be late by plan, or lie idle."),
    ),
    "languages": Kind(
        gettext_lazy("Every text exists in both languages and is up to date"),
        gettext_lazy("Who reads English is promised the same as who reads Vietnamese."),
    ),
    "result": Kind(
        gettext_lazy("The result prints only what the dossier gives"),
        gettext_lazy("Otherwise the paper would have gaps."),
    ),
    "reliance": Kind(
        gettext_lazy("What other procedures read from this result stays"),
        gettext_lazy("Otherwise citizens would have to type it in again there."),
    ),
    "cases": Kind(
        gettext_lazy("Every sample dossier comes out as written down"),
        gettext_lazy("They are the procedure’s memory of what is right."),
    ),
}


# Judged from the definition as it is written, even when it cannot be loaded.
SIMPLE = frozenset({"structure", "cycles", "stages", "languages"})


def tasks(version: ProcedureVersion, *, today: datetime.date | None = None) -> list[Task]:
    """What must be in order before `version` is published. Three queries beside the version's own.

    Texts come in the active language. Never raises, however unfinished the draft is.
    """
    return _Proof(version, today or timezone.localdate()).tasks()


def is_publishable(found: Iterable[Task]) -> bool:
    """Whether nothing mandatory is left."""
    return not any(task.state in (State.OPEN, State.WAITING) for task in found)


class _Proof:
    """One run of all proofs over one version."""

    def __init__(self, version: ProcedureVersion, today: datetime.date) -> None:
        self.version, self.today = version, today
        self.definition = loading.migrated(version.definition)
        self.lists = code_lists.of(self.definition)
        self.language = get_language() or "vi"
        self.others = _others(version)
        self.known = {kind: claims for kind, claims, _reliances in self.others if kind}
        self.problems = _problems(self.definition, self.known, self.lists)
        self.unknown: dict[str, int] = {}

    def tasks(self) -> list[Task]:
        found = defaultdict(list)
        for key, finding in [*self.problems, *self._simple()]:
            found[key].append(finding)
        deeper = self._deeper() if not found["structure"] and not found["cycles"] else None
        for key, findings in (deeper or {}).items():
            found[key] += findings
        return [self._task(key, found[key], judged=deeper is not None or key in SIMPLE) for key in KINDS]

    def _simple(self) -> Iterator[tuple[str, Finding]]:
        """Proofs that read the definition as it is written, whatever state it is in."""
        yield from (("cycles", finding) for finding in cycles.find(self.definition))
        yield from (("languages", finding) for finding in self._stale())

    def _stale(self) -> list[Finding]:
        origin = self.version.origin or self.version.procedure.versions.current().first()
        found = translations.stale(
            self.definition, origin.definition if origin else None, self.version.reviewed
        )
        again = _("The Vietnamese has changed, the English has not.")
        return [Finding(stale.place, again) for stale in found]

    def _deeper(self) -> dict[str, list[Finding]] | None:
        """The proofs that need a definition that loads; None when it does not."""
        try:
            definition = runtime.of_snapshot(loading.compiled(self.definition, self.lists))
        except SchemaError:
            return None
        judge = Judge(definition.form, self.today)
        reached = reach.find(definition, judge, self.language)
        money = fees.find(definition, self.today, self.language)
        self.unknown = {"conditions": judge.unknown, "fees": money.unknown}
        return {
            "reach": reached.dead,
            "conditions": reached.contradictions,
            "papers": list(papers.find(definition, judge, frozenset(self.known))),
            "fees": money.findings,
            "result": [*results.unfilled(definition), *sheets.find(definition)],
            "reliance": self._reliance(definition),
            "cases": self._cases(definition),
        }

    def _reliance(self, definition: runtime.Definition) -> list[Finding]:
        snapshot = self.version.procedure.versions.current().values_list("snapshot", flat=True).first()
        before = runtime.of_snapshot(snapshot) if snapshot else None
        reliances = [reliance for _kind, _claims, found in self.others for reliance in found]
        was = before.result.type if before else ""
        found = list(results.vanished(definition, was, reliances, self.language))
        return found + (list(results.retyped(definition, before, reliances, self.language)) if before else [])

    def _cases(self, definition: runtime.Definition) -> list[Finding]:
        if not definition.cases:
            text = _("There is no sample dossier: nothing says what must come of the answers.")
            return [Finding("cases", text, blocks=False)]
        runs = simulation.run_all(definition, today=self.today, language=self.language)
        return [
            Finding(f"cases.{run.case.key}", _sentence(run.differences)) for run in runs if run.differences
        ]

    def _task(self, key: str, findings: list[Finding], *, judged: bool) -> Task:
        kind = KINDS[key]
        state = _state(findings, judged=judged)
        note = self._went_through() if key == "cases" and state == State.DONE else self._unjudged(key)
        return Task(key, str(kind.title), state, tuple(findings), str(kind.why), note)

    def _went_through(self) -> str:
        ran = len(self.definition["cases"])
        said = ngettext("%(n)s sample dossier went through.", "%(n)s sample dossiers went through.", ran)
        return said % {"n": ran}

    def _unjudged(self, key: str) -> str:
        """What a task that is done must not hide."""
        unknown = self.unknown.get(key, 0)
        said = ngettext(
            "%(n)s condition is too involved to be judged here.",
            "%(n)s conditions are too involved to be judged here.",
            unknown,
        )
        return said % {"n": unknown} if unknown else ""


def _sentence(differences: Iterable[str]) -> str:
    said = "; ".join(differences)
    return f"{said[:1].upper()}{said[1:]}."


def _state(findings: list[Finding], *, judged: bool) -> State:
    if any(finding.blocks for finding in findings):
        return State.OPEN
    return (State.WARNING if findings else State.DONE) if judged else State.WAITING


Other = tuple[str, parts.Claims, list[results.Reliance]]  # type of its result, claims in it, what it reads


def _others(version: ProcedureVersion) -> list[Other]:
    """What the procedures in force beside this one issue and rely on. One query."""
    rows = ProcedureVersion.objects.current().exclude(procedure=version.procedure_id)
    found = []
    for code, vi, en, result, reuse in rows.values_list(
        "procedure__code", "name_vi", "name_en", "snapshot__result", "snapshot__reuse"
    ):
        reliances = list(results.reliances(code, {"vi": vi, "en": en}, reuse))
        found.append((result["type"], result["claims"], reliances))
    return found


# Where what validation finds is dealt with, by the beginning of its path; anything else is structure.
_KIND_OF_PATH = {"stages": "stages", "time": "stages", "fees": "fees", "result": "result", "cases": "cases"}


def _problems(
    definition: Mapping[str, Any], known: coherence.KnownClaims, frozen: loading.Frozen
) -> list[tuple[str, Finding]]:
    """(key of the task, finding) for everything that validation says."""
    found = []
    for problem in validation.validate(definition, known=known, lists=frozen):
        kind = _KIND_OF_PATH.get(re.split(r"[.\[]", problem.path)[0], "structure")
        if problem.reason.startswith("has no English text"):
            kind = "languages"
        finding = Finding(paths.place_of(definition, problem.path), reasons.in_words(problem.reason))
        found.append((kind, finding))
    return found
