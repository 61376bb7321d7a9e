"""What requests and tasks read: published definitions, each compiled once per process.

A published version never changes, so a definition once loaded is right for ever; loading costs one query
and some milliseconds, everything after that none.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from payments.ledger import Line
from procedures.definitions import loading, parts
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.parts import Claims, Exemption, Fee, Paper, Result, Reuse, Stage, Time
from procedures.eforms import expressions, journey
from procedures.eforms.schema import Form, Step, Text

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
Context = Mapping[str, Any]  # today, channel, applicant


class NotPublished(Exception):
    """A draft has no snapshot; nothing runs on it."""


class FeeUnknown(Exception):
    """A fee whose expression gives no whole number of đồng though everything it needs is answered."""


@dataclass(frozen=True, slots=True)
class Definition(parts.Content):
    """A published definition, with what can be asked of it.

    `answers` are validated answers by field key, `context` is {"today", "channel", "applicant"}: the
    same that the dossier keeps, so that asking again later gives the same.
    """

    def quote(self, answers: Answers, context: Context) -> tuple[Line, ...]:
        """The fee lines as far as the answers tell, in đồng; a line not yet determined is left out.

        Of several exemptions the highest counts. Raises FeeUnknown.
        """
        scope = self._scope(answers, context)
        return tuple(line for fee in self.fees if (line := self._line(fee, scope)) is not None)

    def claims(self, answers: Answers, outcome: Answers, context: Context) -> dict[str, Any]:
        """The data inside the result: the definition's claims with every leaf evaluated, null when unknown.

        `outcome`: what the officers filled in, by key of `result.fields`.
        """
        scope = self._scope(answers, context) | {
            field.key: outcome.get(field.key) for field in self.result.fields
        }
        return _evaluated(self.result.claims, scope, _with_outcome(self))

    def unit_amount(self, fee: Fee, context: Context) -> int | None:
        """What one unit costs before anything is answered, in đồng; None when that depends on answers."""
        return self._number(fee.unit_amount, self._scope({}, context))

    def subject_name(self, answers: Answers, context: Context) -> str:
        """Whom the dossier is about; "" while unanswered."""
        return _text(expressions.evaluate(self.subject, self._scope(answers, context), form=self.form))

    def result_subject(self, answers: Answers, outcome: Answers, context: Context) -> str:
        """Whom the issued paper is about."""
        scope = self._scope(answers, context) | {
            field.key: outcome.get(field.key) for field in self.result.fields
        }
        return _text(expressions.evaluate(self.result.subject, scope, form=self.form))

    def _scope(self, answers: Answers, context: Context) -> dict[str, Any]:
        return journey.walk(self.form, answers, context=context).scope

    def _line(self, fee: Fee, scope: Mapping[str, Any]) -> Line | None:
        if fee.applies and not expressions.holds(fee.applies, scope, form=self.form):
            return None
        unit, quantity = self._number(fee.unit_amount, scope), self._number(fee.quantity, scope)
        if unit is None or quantity is None:
            return None
        best = max(self._exemptions(fee, scope), key=lambda exemption: exemption.percent, default=None)
        reduction = unit * quantity * best.percent // 100 if best else 0
        return Line(
            key=fee.key,
            kind=fee.kind,
            label=_map(fee.label),
            quantity=quantity,
            unit_amount=unit,
            reduction=reduction,
            reduction_basis=_map(best.label, best.basis) if best else {},
            amount=unit * quantity - reduction,
            basis=_map(fee.basis),
        )

    def _exemptions(self, fee: Fee, scope: Mapping[str, Any]) -> Iterator[Exemption]:
        return (found for found in fee.exemptions if expressions.holds(found.applies, scope, form=self.form))

    def _number(self, text: str, scope: Mapping[str, Any]) -> int | None:
        """A whole number that is not negative; None while unanswered."""
        expression = expressions.compile_expression(text)
        if not expression.is_answered(scope):
            return None
        value = expression.evaluate(scope, form=self.form)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise FeeUnknown(f"{self.code}: {text}")
        return value


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


def _map(*texts: Text) -> dict[str, str]:
    """{"vi", "en"} for what is frozen with a dossier."""
    return {language: ": ".join(text.get(language) for text in texts) for language in ("vi", "en")}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
