"""A step as a Django form: `is_valid()`, `errors`, `values()`, and itself as HTML.

    form = forms.step_form(definition.form, "child", answers=…, context=…, data=request.POST, …)
    if form.is_valid():
        answers |= form.values()

Not valid is either wrong (`errors`) or unfinished (`newly_asked`: what was sent opens questions that
were not on the page; `row_action`: a button inside the step). Unfinished is no error and looks like none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.utils import ErrorDict, ErrorList
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from procedures.eforms import actions, checks, journey, markup, sheets, validators
from procedures.eforms.actions import RowAction
from procedures.eforms.controls import CONTROLS
from procedures.eforms.entries import Entry, NoUploads, StoredFile, Uploads, flat
from procedures.eforms.lines import Data
from procedures.eforms.questions import Check, Field, FieldType, Form, Level

__all__ = ["RowAction", "StepForm", "StoredFile", "Uploads", "fields_form", "questions_form", "step_form"]

Typed = dict[str, list[str]]
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def step_form(
    form: Form,
    step_key: str,
    *,
    answers: Mapping[str, Any],
    context: Mapping[str, Any],
    data: Data | None = None,
    files: Data | None = None,
    typed: Mapping[str, Any] | None = None,
    locked: Collection[str] = frozenset(),
    sources: Mapping[str, str] | None = None,
    supplied: Collection[str] = frozenset(),
    uploads: Uploads | None = None,
    refresh_url: str = "",
    walked: journey.Journey | None = None,
) -> StepForm:
    """The form of one step. Raises KeyError for a step that the form does not have.

    `answers`: all answers so far; `context`: {"today", "channel", "applicant"}; `data`, `files`: the POST;
    `typed`: what an earlier `typed()` gave, shown again when there is no `data`; `locked`: fields whose
    stored value cannot be changed, `sources`: where it came from, in words, by key; `supplied`: fields
    that need no answer here because something else stands in; `refresh_url`: where htmx asks for the
    step again; `walked`: the journey over these very answers, when the caller has it.
    """
    step = form.step(step_key)
    walked = walked or journey.walk(form, answers, context=context)
    scope = walked.scope | dict.fromkeys(field.key for field in step.fields)
    source = sheets.Source(answers, form, locked=locked, supplied=supplied, uploads=uploads or NoUploads())
    page = markup.Page(markup.layout_of(form, step_key), refresh_url, sources or {})
    return StepForm(step.fields, source, scope, page, checks=step.checks, data=data, files=files, typed=typed)


def fields_form(
    fields: tuple[Field, ...],
    *,
    initial: Mapping[str, Any],
    context: Mapping[str, Any],
    data: Data | None = None,
    files: Data | None = None,
    typed: Mapping[str, Any] | None = None,
    answers: Mapping[str, Any] | None = None,
    uploads: Uploads | None = None,
    refresh_url: str = "",
) -> StepForm:
    """A form of bare fields (what an officer fills in). `answers`: what its expressions may also look at."""
    scope = dict(context) | dict(answers or {}) | dict.fromkeys(field.key for field in fields)
    source = sheets.Source(initial, uploads=uploads or NoUploads())
    page = markup.Page(markup.layout(fields), refresh_url)
    return StepForm(fields, source, scope, page, data=data, files=files, typed=typed)


def questions_form(
    form: Form,
    questions: tuple[Field, ...],
    *,
    walked: journey.Journey,
    initial: Mapping[str, Any],
    checks: tuple[Check, ...] = (),
    reasons: Mapping[str, str] | None = None,
    data: Data | None = None,
    files: Data | None = None,
    typed: Mapping[str, Any] | None = None,
    uploads: Uploads | None = None,
    refresh_url: str = "",
) -> StepForm:
    """Single questions out of the steps of `form`, in its order, asked again.

    `walked`: the journey over the answers as they would be; `initial`: those that are shown until something
    is typed; `reasons`: why a question is asked again, by key. With a `refresh_url` every answer asks
    for the page again (htmx), which keeps what is typed.
    """
    scope = walked.scope | dict.fromkeys(question.key for question in questions)
    source = sheets.Source(initial, form, uploads=uploads or NoUploads())
    page = markup.Page(markup.layout(questions, all_control=True), refresh_url, reasons=reasons or {})
    return StepForm(questions, source, scope, page, checks=checks, data=data, files=files, typed=typed)


class StepForm(forms.Form):
    """Reads everything once, when first asked; files are stored at that moment and survive any error."""

    def __init__(
        self,
        questions: tuple[Field, ...],
        source: sheets.Source,
        scope: dict[str, Any],
        page: markup.Page,
        *,
        checks: tuple[Check, ...] = (),
        data: Data | None = None,
        files: Data | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data=data, files=files)
        self._questions = questions
        self._checks = checks
        self._source = source
        self._scope = scope
        self._page = page
        self._only_looks = False
        self.row_action = (
            actions.find(data, {field.key: field for field in questions}) if data is not None else None
        )
        self._prepare(data, files, typed)

    def _prepare(self, data: Data | None, files: Data | None, typed: Mapping[str, Any] | None) -> None:
        if data is None and typed is None:
            return
        if data is None:
            data = MultiValueDict({name: list(given) for name, given in (typed or {}).items()})
        elif self.row_action:
            field = next(field for field in self._questions if field.key == self.row_action.key)
            data = actions.applied(self.row_action, data, field)
        self._source.data = data
        self._source.files = files or MultiValueDict()
        shown = data.get(sheets.SHOWN)
        self._source.shown = None if shown is None else frozenset(str(shown).split())

    # ── What was found ────────────────────────────────────────────────────────────────────────────

    @cached_property
    def entries(self) -> list[Entry]:
        """The questions that apply, in order, as they stand. Errors are settled by then."""
        entries = sheets.read(self._questions, self._source, self._scope)
        if self.row_action or self._only_looks or not self.is_bound:
            _keep_only_file_errors(entries)
        else:
            self._run_checks(entries)
        for entry in flat(entries):
            entry.warnings += _personal_warnings(entry)
        return entries

    @cached_property
    def _step_errors(self) -> list[str]:
        return []

    def _run_checks(self, entries: list[Entry]) -> None:
        """Checks speak only where the answer itself is fine."""
        by_name = {entry.name: entry for entry in flat(entries)}
        questions = [entry.question for entry in entries]
        for found in checks.failing(self._checks, questions, self._scope, self._source.form):
            entry = by_name.get(found.at)
            message = str(found.check.message)
            if found.check.level == Level.WARNING:
                if entry:
                    entry.warnings.append(message)
            elif entry is None or entry.is_fixed:
                self._step_errors.append(message)
            elif not entry.error:
                entry.error = message

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        if not self.is_bound:
            return
        self.cleaned_data = self.values()
        for entry in flat(self.entries):
            if entry.error:
                self._errors[entry.name] = ErrorList([entry.error])
        if self._step_errors:
            self._errors[NON_FIELD_ERRORS] = ErrorList(self._step_errors, error_class="nonfield")

    def is_valid(self) -> bool:
        return (
            super().is_valid() and not self.newly_asked and self.row_action is None and not self._only_looks
        )

    def look_only(self) -> None:
        """Call it first: what was sent is only shown again. No error, but for a file that was not taken."""
        self._only_looks = True

    @property
    def newly_asked(self) -> list[str]:
        """Names of the questions that what was sent has opened; answered or not, they want to be seen."""
        if not self.is_bound or self.row_action or self._only_looks:
            return []
        return [entry.name for entry in flat(self.entries) if entry.is_new]

    def values(self) -> dict[str, Any]:
        """JSON-ready answers of this step's questions that apply; None for one left open."""
        return {entry.question.key: entry.value for entry in self.entries}

    @property
    def warnings(self) -> dict[str, list[str]]:
        return {entry.name: entry.warnings for entry in flat(self.entries) if entry.warnings}

    def typed(self) -> Typed:
        """Everything typed that this page shows, wrong or right, JSON-ready; `typed=` restores it."""
        data = self._source.data
        if data is None:
            return {}
        kept: Typed = {}
        shown = [e for e in flat(self.entries) if self._source.has(e.name) and not e.is_fixed]
        for entry in shown:
            kept |= _typed_of(entry, data)
        return kept | {sheets.SHOWN: [" ".join(entry.name for entry in shown)]}

    # ── What a page shows ─────────────────────────────────────────────────────────────────────────

    def __iter__(self) -> Iterator[Entry]:  # type: ignore[override]
        """Entries answer what an error summary asks of a bound field: errors, id_for_label."""
        return iter(flat(self.entries))

    def __getitem__(self, name: str) -> Entry:  # type: ignore[override]
        return next((entry for entry in self if entry.name == name), None) or self._missing(name)

    def _missing(self, name: str) -> Entry:
        raise KeyError(name)

    def render(self, *_args: Any, **_kwargs: Any) -> SafeString:
        self._page.marks_new = bool(self.newly_asked)
        return markup.render(self.entries, self._page)

    __str__ = render
    __html__ = render


def _typed_of(entry: Entry, data: Data) -> Typed:
    kind = entry.question.type
    if kind == FieldType.GROUP:
        return {f"{entry.name}__rows": [str(len(entry.rows))]}
    if kind == FieldType.FILE:
        return {f"{entry.name}__kept": [file.id for file in entry.raw]}
    names = (entry.name + ending for ending in CONTROLS[kind].names)
    return {name: [_storable(str(one)) for one in data.getlist(name)] for name in names if name in data}


def _storable(text: str) -> str:
    """What no database takes as text is shown as the sign for something lost."""
    return _NOT_STORABLE.sub("\ufffd", text)


def _keep_only_file_errors(entries: Sequence[Entry]) -> None:
    """On a page that was not sent to be judged; a refused file would else vanish without a word."""
    for entry in flat(entries):
        if entry.question.type != FieldType.FILE or not entry.was_refused:
            entry.error = ""


def _personal_warnings(entry: Entry) -> list[str]:
    personal = entry.question.personal
    if not personal or entry.value is None or entry.error:
        return []
    sex, born = (entry.scope.get(key) for key in (personal.sex, personal.date_of_birth))
    return validators.personal_id_warnings(entry.value, entry.label, sex=sex, date_of_birth=born)
