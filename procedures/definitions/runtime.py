"""What requests and tasks read: published definitions, each compiled once per process.

A published version never changes, so a definition once loaded is right for ever; loading costs one query
and some milliseconds, everything after that none.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from payments.lines import Line
from portal.accounts.models import Role
from procedures.definitions import charges, loading, parts
from procedures.definitions.charges import FeeUnknown
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.parts import Claims, Exemption, Fee, Paper, Result, Reuse, Stage, Time
from procedures.eforms import budget, expressions, journey
from procedures.eforms.schema import Field, Form, Step, Text

__all__ = [
    "Claims",
    "Definition",
    "Exemption",
    "Fee",
    "FeeUnknown",
    "Line",
    "NotPublished",
    "Paper",
    "Result",
    "Reuse",
    "Stage",
    "Time",
    "definition",
]

Answers = Mapping[str, Any]
Walked = Answers | journey.Journey  # answers, or the journey over them when the caller has walked it
Context = Mapping[str, Any]  # today, channel, applicant


class NotPublished(Exception):
    """A draft has no snapshot; nothing runs on it."""


@dataclass(frozen=True, slots=True)
class Definition(parts.Content):
    """A published definition, with what can be asked of it.

    `answers` are validated answers by field key, `context` is {"today", "channel", "applicant"}: the
    same that the dossier keeps, so that asking again later gives the same.
    """

    @budget.metered()
    def quote(
        self,
        answers: Walked,
        context: Context,
        *,
        when: Collection[str] = parts.FEE_TIMES,
        exempt: bool = True,
    ) -> tuple[Line, ...]:
        """The fee lines as far as the answers tell, in đồng; a line not yet determined is left out.

        `when`: only of the fees asked for then. Of several exemptions the highest counts, unless not `exempt`.
        Raises FeeUnknown.
        """
        scope = self._scope(answers, context)
        lines = (charges.line(fee, scope, self.form, exempt=exempt) for fee in self.fees if fee.when in when)
        return tuple(line for line in lines if line is not None)

    @budget.metered()
    def claims(self, answers: Answers, outcome: Answers, context: Context) -> dict[str, Any]:
        """The data inside the result: the definition's claims with every leaf evaluated, null when unknown.

        `outcome`: what the officers filled in, by key of `result.fields`.
        """
        scope = self._result_scope(answers, outcome, context)
        return _evaluated(self.result.claims, scope, _with_outcome(self))

    @budget.metered()
    def stated(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """What the result's statements say of `claims`, by key; without those that say nothing, or no such thing."""
        found = {
            one.key: expressions.evaluate(one.expression, {"claims": claims})
            for one in self.result.statements
        }
        return {one.key: found[one.key] for one in self.result.statements if _says(one, found[one.key])}

    def unit_amount(self, fee: Fee, context: Context) -> int | None:
        """What one unit costs before anything is answered, in đồng; None when that depends on answers."""
        return charges.piece(fee, self._scope({}, context), self.form)

    def least_amount(self, fee: Fee, context: Context) -> int | None:
        """What one unit costs at least before anything is answered: of tiers, a single one."""
        return charges.least(fee, self._scope({}, context), self.form)

    def open_stages(self, answers: Answers, outcome: Answers, context: Context) -> tuple[Stage, ...]:
        """The stages that apply, in order, as far as answers and findings tell now."""
        scope = self._result_scope(answers, outcome, context)
        return tuple(
            stage
            for stage in self.stages
            if not stage.applies or expressions.holds(stage.applies, scope, form=self.form)
        )

    def fields_of(self, stage: Stage) -> tuple[Field, ...]:
        """The result's fields that are filled in at `stage`: those it names, or all when it is a handler's."""
        if stage.fills is None:
            return self.result.fields if stage.role == Role.HANDLER else ()
        return tuple(field for field in self.result.fields if field.key in stage.fills)

    def lacking(
        self, fields: Sequence[Field], answers: Answers, outcome: Answers, context: Context
    ) -> tuple[Field, ...]:
        """Of these fields of the result those that apply, must be filled in and are not."""
        empty = [field for field in fields if outcome.get(field.key) in (None, "", [])]
        if all(not field.applies and isinstance(field.required, bool) for field in empty):
            return tuple(field for field in empty if field.required and not field.compute)
        scope = self._result_scope(answers, outcome, context)
        return tuple(
            field
            for field in empty
            if journey.applies(field, scope, self.form) and journey.is_required(field, scope, self.form)
        )

    def subject_name(self, answers: Walked, context: Context) -> str:
        """Whom the dossier is about; "" while unanswered."""
        return _text(expressions.evaluate(self.subject, self._scope(answers, context), form=self.form))

    def result_subject(self, answers: Answers, outcome: Answers, context: Context) -> str:
        """Whom the issued paper is about."""
        scope = self._result_scope(answers, outcome, context)
        return _text(expressions.evaluate(self.result.subject, scope, form=self.form))

    def _scope(self, answers: Walked, context: Context) -> dict[str, Any]:
        if isinstance(answers, journey.Journey):
            return answers.scope
        return journey.walk(self.form, answers, context=context).scope

    def _result_scope(self, answers: Answers, outcome: Answers, context: Context) -> dict[str, Any]:
        told = (*(field.key for field in self.result.fields), *self.result.told)
        return self._scope(answers, context) | {key: outcome.get(key) for key in told}


@functools.lru_cache(maxsize=512)
def definition(version_id: int) -> Definition:
    """The definition of a published or retired version. One query the first time, none after.

    Raises ProcedureVersion.DoesNotExist, NotPublished.
    """
    snapshot = ProcedureVersion.objects.values_list("snapshot", flat=True).get(pk=version_id)
    if snapshot is None:
        raise NotPublished(version_id)
    return of_snapshot(snapshot)


def of_snapshot(snapshot: Mapping[str, Any]) -> Definition:
    content = loading.load(snapshot)
    return Definition(**{item.name: getattr(content, item.name) for item in dataclasses.fields(content)})


def _with_outcome(definition: Definition) -> Form:
    """The form with the officers' fields, so that label() finds their options too."""
    return Form((*definition.form.steps, Step("outcome", Text("outcome"), definition.result.fields)))


def _evaluated(claims: Claims, scope: Mapping[str, Any], form: Form) -> dict[str, Any]:
    return {
        key: _evaluated(value, scope, form)
        if isinstance(value, Mapping)
        else expressions.evaluate(value, scope, form=form)
        for key, value in claims.items()
    }


def _says(statement: parts.Statement, value: Any) -> bool:
    """Whether the value is of a kind that can be shown: a text, a number, yes or no; a date that is to be reached."""
    if statement.shows == "reached":
        return expressions.days_between(value, value) is not None
    return isinstance(value, bool | int) or (isinstance(value, str) and bool(value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
