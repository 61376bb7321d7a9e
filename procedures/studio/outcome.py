"""The section Result: the paper that is issued, what the officers fill in, the data inside it for reuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from procedures.definitions import parts
from procedures.definitions.loading import CLAIM_PATH
from procedures.definitions.models import ProcedureVersion
from procedures.studio import form, form_panels, fresh, inputs, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Block, Panel, Part, Rows

# The papers that can be printed. The first fits every procedure; the others were drawn for one.
TEMPLATES = {
    "general": _("General: the name of the result, then its data one below the other"),
    "birth_certificate": _("Birth certificate"),
    "building_permit": _("Building permit"),
    "business_certificate": _("Certificate of a household business"),
    "certified_copy": _("Certification of a copy"),
    "civil_status_extract": _("Extract of civil status"),
    "criminal_record": _("Criminal record"),
    "death_extract": _("Extract of a death"),
    "marital_status": _("Confirmation of marital status"),
    "marriage_certificate": _("Marriage certificate"),
    "residence_notice": _("Notice of residence"),
    parts.OWN: _("A text of its own, written in the studio"),
}
SHOWS = [
    ("", _("What the expression gives")),
    ("reached", _("Only that the day it gives has come; the day stays hidden")),
]
RESULT_TYPE = re.compile(r"KQ\.[A-Z]\d{2}\.\d{6}\Z")


class ResultType(inputs.Line):
    """A national code of a result."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and not RESULT_TYPE.match(text):
            raise ValidationError(_("A result’s code looks like KQ.G15.000031."))
        return text


class ResultPanel(Panel):
    """What is issued, and how it is numbered."""

    title = _("The paper that is issued")
    beside = (("result__symbol", "result__number"),)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual(
                "result__name", _("Name of the result (Vietnamese)"), _("Name of the result (English)")
            ),
            "result__type": ResultType(
                label=_("National code of the result"),
                help_text=_("For example KQ.G15.000031"),
                css="cel w12",
            ),
            "result__template": inputs.pick(
                _("Printed with"),
                [("", _("Choose")), *self._templates()],
                hint=_("The general one prints every piece of data below that repeats a question."),
            ),
            "result__copies": inputs.pick(
                _("Begins with the pages of"),
                [("", _("Nothing: the paper has its text alone")), *self._scans()],
                hint=_("A question below for a file: the scan of an original whose copy is certified."),
            ),
            "result__symbol": inputs.line(_("Symbol in the number"), hint=_("For example KS-BS"), css="w12"),
            "result__number": inputs.line(
                _("Pattern of the number"), hint=_("Empty: {seq}/{year}/{symbol}"), css="cel"
            ),
            "result__validity_months": inputs.number(
                _("Valid for how many months"), least=1, most=1200, hint=_("Empty: without end.")
            ),
            "result__subject": inputs.expression(
                _("Whom the paper is about"),
                hint=_("The key of the question with the name, or an expression."),
            ),
        }

    def _scans(self) -> list[tuple[str, Any]]:
        asked = [item for _place, item in places.items(self.draft.definition, "result.fields")]
        files = [item for item in asked if places.find(item, "type") == "file"]
        found = {places.name_of(item): places.texts(places.find(item, "label")) for item in files}
        now = places.find(self.item, "result.copies")
        return list({**({now: now} if isinstance(now, str) and now else {}), **found}.items())

    def _templates(self) -> list[tuple[str, Any]]:
        now = places.find(self.item, "result.template")
        kept = [(now, now)] if isinstance(now, str) and now and now not in TEMPLATES else []
        return [*TEMPLATES.items(), *kept]


class ClaimsPanel(Panel):
    """The data inside the paper: what the next procedure can take from it instead of asking again."""

    title = _("Data inside, for reuse")
    intro = _("Each has a name and an expression over the answers. An empty expression takes it away.")
    beside = (("new_path", "new_expression"),)
    reloads = frozenset({"new_path", "new_expression"})
    headings = {"new_path": _("One more")}

    @cached_property
    def leaves(self) -> list[str]:
        return list(_leaves(places.find(self.draft.definition, "result.claims"), ""))

    def inputs(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {
            f"claim_{index}": inputs.expression(path) for index, path in enumerate(self.leaves)
        }
        return found | {
            "new_path": ClaimPath(
                label=_("Name"), help_text=_("For example child.full_name"), css="cel", max_length=120
            ),
            "new_expression": inputs.expression(_("What it says")),
        }

    def shown(self) -> dict[str, Any]:
        claims = places.find(self.draft.definition, "result.claims")
        return {f"claim_{index}": places.find(claims, path) for index, path in enumerate(self.leaves)}

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        names = {f"claim_{index}": path for index, path in enumerate(self.leaves)}
        found = {f"result.claims.{names[name]}": value for name, value in cleaned.items() if name in names}
        new, text = cleaned.get("new_path"), cleaned.get("new_expression")
        return found | ({f"result.claims.{new}": text} if new and text else {})

    def path(self, name: str) -> str:
        index = name.removeprefix("claim_")
        return f"result.claims.{self.leaves[int(index)]}" if index.isdecimal() else "result.claims"

    def name_of(self, path: str) -> str:
        leaf = path.removeprefix("result.claims.")
        return f"claim_{self.leaves.index(leaf)}" if leaf in self.leaves else "new_path"


class StatementPanel(Panel):
    """One thing that the holder can show of the paper without the rest."""

    title = _("What is shown")
    beside = (("label__vi", "label__en"),)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("label", _("In words (Vietnamese)"), _("In words (English)")),
            "expression": inputs.expression(
                _("What it says"),
                hint=_("Over the data inside, for example plus_years(claims.child.date_of_birth, 18)."),
            ),
            "shows": inputs.pick(_("What is shown"), SHOWS),
        }

    @property
    def caption(self) -> str:
        return places.texts(places.find(self.item, "label")) or super().caption


class ClaimPath(inputs.Line):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and not CLAIM_PATH.match(text):
            raise ValidationError(_("Write lower-case letters, digits, _ and dots, like child.full_name."))
        return text


def _leaves(found: Any, path: str) -> Iterator[str]:
    for key, value in found.items() if isinstance(found, Mapping) else ():
        inner = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from _leaves(value, inner)
        else:
            yield inner


@editor
def result(request: EditorRequest, code: str) -> HttpResponse:
    """The result and the data inside it."""
    return pages.answer(request, draft_or_404(request, code), _result)


def _result(draft: ProcedureVersion) -> pages.Page:
    fields = places.items(draft.definition, "result.fields")
    template = Block("studio/sheet_link.html", {"code": draft.procedure.code})
    found: list[Part] = [ResultPanel(draft, ""), template, _fields(draft)]
    for place, item in fields:
        found += _of_field(draft, place, item)
    return pages.Page("result", _("Result"), [*found, ClaimsPanel(draft, ""), _statements(draft)])


def _statements(draft: ProcedureVersion) -> Rows:
    return Rows(
        draft,
        "result.statements",
        StatementPanel,
        _("What the holder can show without the rest"),
        _("Add something to show"),
        lambda: {
            "key": fresh.key(draft, "result.statements", "dieu"),
            "label": {"vi": _now("New statement")},
        },
        intro=_(
            "Signed apart, so that the citizen can prove this alone, by a link or QR. Data that repeats a "
            "question can be shown without being named here."
        ),
        empty=_("Nothing."),
    )


def _fields(draft: ProcedureVersion) -> Rows:
    return Rows(
        draft,
        "result.fields",
        form_panels.FieldPanel,
        _("What the officers fill in"),
        _("Add a question for the officers"),
        lambda: {
            "key": fresh.key(draft, "result.fields", "can_bo"),
            "type": "text",
            "label": {"vi": _now("New question")},
        },
        intro=_("For example the day of registration, or what was found. The citizen does not see these."),
        empty=_("Nothing."),
    )


def _of_field(draft: ProcedureVersion, place: str, item: Any) -> list[Part]:
    """What an answer may be, below the list of questions, one after the other."""
    answer = form_panels.AnswerPanel(draft, place)
    label = places.texts(places.find(item, "label")) or _now("a question without words")
    answer.title = _now("Answers to “%(question)s”") % {"question": label}
    found: list[Part] = [answer] if answer.fields else []
    if places.find(item, "type") in ("choice", "choices") and not places.find(item, "list"):
        found.append(form.options(draft, place))
    return found
