"""A step's questions as HTML: label, hint, error, input, in this order, each hanging under its answer.

The one place where a question of a step is put together; its input comes from `widgets`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.templatetags import mc
from procedures.eforms import expressions, questions, summary, widgets
from procedures.eforms.entries import Entry, flat
from procedures.eforms.questions import FieldType
from procedures.eforms.sheets import SHOWN, most_rows
from procedures.eforms.widgets import escape

_HANGING = (FieldType.CHOICE, FieldType.YES_NO)
_NO_INNER: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Layout:
    """What is the same for every rendering of these questions. Values are keys of questions.

    `controllers`: their answer decides about others, so a change asks for the page again (htmx).
    `watched`: for a question, what its condition looks at.
    """

    controllers: frozenset[str]
    watched: Mapping[str, frozenset[str]]


def layout(fields: Sequence[questions.Field], *, all_control: bool = False) -> Layout:
    """`all_control`: every answer asks for the page again, whether or not another depends on it."""
    every = [*fields, *(sub for each in fields for sub in each.fields)]
    keys = {each.key for each in every}
    needed = {
        name for each in every for _at, text in each.conditions() for name in expressions.references(text)
    }
    watched = {each.key: expressions.references(each.applies) for each in every if each.applies}
    return Layout(frozenset(keys if all_control else needed & keys), watched)


@functools.lru_cache(maxsize=256)
def layout_of(form: questions.Form, step: str) -> Layout:
    return layout(form.step(step).fields)


@dataclass(slots=True)
class Page:
    """How the entries are to be rendered. `sources`: key → where a locked value came from, in words;
    `reasons`: key → why the office asks for it again.
    """

    layout: Layout
    refresh_url: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    marks_new: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)


def render(entries: Sequence[Entry], page: Page) -> SafeString:
    """All entries, and the hidden input that says which were shown."""
    every = flat(entries)
    names = " ".join(entry.name for entry in every if not entry.is_fixed)
    hidden = f'<input type="hidden" name="{SHOWN}" value="{names}">'
    if any(entry.question.type in (FieldType.GROUP, FieldType.FILE) for entry in every):
        # Enter presses the first button of a form; without this one that would be a row's "Remove".
        hidden += f'<button class="vh" tabindex="-1" aria-hidden="true">{_("Save and continue")}</button>'
    return widgets.safe(f'{hidden}<div class="stack-lg">{_blocks(entries, page)}</div>')


def _blocks(entries: Iterable[Entry], page: Page) -> str:
    """Runs of values that cannot be changed become one block of facts each; the rest are questions."""
    parts = []
    for source, run in itertools.groupby(entries, lambda entry: _source(entry, page)):
        if source is None:
            parts += [_hanging(entry, below, page) for entry, below in _nested(list(run), page.layout)]
        else:
            parts.append(_facts(source, run))
    return "".join(parts)


def _source(entry: Entry, page: Page) -> str | None:
    """None for a question; "" for a computed value; else where the locked value came from."""
    if entry.is_locked:
        return page.sources.get(entry.question.key) or _("Already known")
    return "" if entry.question.compute else None


def _facts(source: str, entries: Iterable[Entry]) -> str:
    language = get_language() or "vi"
    rows = "".join(
        f'<div id="id_{entry.name}"><dt>{escape(entry.label)}</dt>'
        f"<dd>{escape(summary.text(entry.question, entry.value, language))}</dd></div>"
        for entry in entries
        if entry.value is not None
    )
    if not rows:
        return ""
    if not source:
        return f'<section class="locked"><dl class="facts">{rows}</dl></section>'
    return (
        f'<section class="locked"><header>{mc.provenance(source)}</header><dl class="facts">{rows}</dl>'
        f"<footer>{_('This cannot be changed here.')}</footer></section>"
    )


def _nested(entries: Sequence[Entry], layout: Layout) -> list[tuple[Entry, list[Entry]]]:
    """Each entry with the run of entries right after it that its answer opens (radios only)."""
    found: list[tuple[Entry, list[Entry]]] = []
    for entry in entries:
        if found:
            head, below = found[-1]
            above = {head.question.key, *(other.question.key for other in below)}
            if _opens(head) and layout.watched.get(entry.question.key, frozenset()) & above:
                below.append(entry)
                continue
        found.append((entry, []))
    return found


def _opens(entry: Entry) -> bool:
    return entry.question.type in _HANGING and bool(entry.raw) and widgets.is_set(entry)


def _hanging(entry: Entry, below: list[Entry], page: Page) -> str:
    return _field(entry, page, {entry.raw: _blocks(below, page)} if below else _NO_INNER)


def _field(entry: Entry, page: Page, inner: Mapping[str, str]) -> str:
    described, before = _said(entry, page)
    attrs = f' aria-describedby="{" ".join(described)}"' if described else ""
    invalid = ' aria-invalid="true"' if entry.error else ""
    bad = " bad-field" if entry.error else ""
    label = escape(entry.question.label) + _marks(entry, page)
    if entry.question.type == FieldType.GROUP:
        start = f'<fieldset class="field{bad}" id="id_{entry.name}" tabindex="-1"{attrs}>'
        return f"{start}<legend>{label}</legend>{before}{_group(entry, page)}</fieldset>"
    refresh = _refresh(entry, page)
    if widgets.is_set(entry):
        control = widgets.control(entry, invalid, refresh, inner)
        return f'<fieldset class="field{bad}"{attrs}><legend>{label}</legend>{before}{control}</fieldset>'
    control = widgets.control(entry, attrs + invalid, refresh, inner)
    return f'<div class="field{bad}">{_labelled(entry, label)}{before}{control}</div>'


def _labelled(entry: Entry, label: str) -> str:
    """Where enough files are kept there is no input left that a label could belong to."""
    if entry.question.type == FieldType.FILE and len(entry.raw) >= entry.question.max_files:
        return f'<span class="lab">{label}</span>'
    return f'<label for="id_{entry.name}">{label}</label>'


def _marks(entry: Entry, page: Page) -> str:
    """A question that need not be answered says so; one that has just been opened, too."""
    optional = "" if entry.is_required else f' <span class="muted regular">{_("(optional)")}</span>'
    is_new = page.marks_new and entry.is_new
    return optional + (f' <span class="tag b">{_("New question")}</span>' if is_new else "")


def _said(entry: Entry, page: Page) -> tuple[list[str], str]:
    """The ids that describe the control, and the HTML of the office's reason, hint, error and warnings."""
    ids, parts = [], []
    id_ = f"id_{entry.name}"
    if reason := page.reasons.get(entry.name):
        parts.append(
            f'<div class="note warn" id="{id_}_reason">{mc.icon("hand")}<p><b>{_("The office asks:")}</b> '
            f"{escape(reason)}</p></div>"
        )
        ids.append(f"{id_}_reason")
    if hint := entry.question.hint:
        parts.append(f'<p class="hint" id="{id_}_hint">{escape(hint)}</p>')
        ids.append(f"{id_}_hint")
    if purpose := entry.question.purpose:
        parts.append(f'<p class="hint" id="{id_}_purpose">{_("Why we ask:")} {escape(purpose)}</p>')
        ids.append(f"{id_}_purpose")
    if entry.error:
        parts.append(
            f'<p class="err" id="{id_}_error">{mc.icon("alert")}<span><span class="vh">{_("Error:")} </span>'
            f"{escape(entry.error)}</span></p>"
        )
        ids.insert(0, f"{id_}_error")
    if entry.question.type == FieldType.FILE:
        ids.append(f"{id_}_limit")
    for index, warning in enumerate(entry.warnings):
        parts.append(
            f'<div class="note warn" id="{id_}_warning{index}">{mc.icon("info")}<p>{escape(warning)}</p></div>'
        )
        ids.append(f"{id_}_warning{index}")
    return ids, "".join(parts)


def _refresh(entry: Entry, page: Page) -> str:
    """htmx: an answer that decides about other questions, or a chosen file, asks for the step again."""
    kind = entry.question.type
    if not page.refresh_url or not (
        entry.question.key in page.layout.controllers or kind in (FieldType.FILE, FieldType.COMMUNE)
    ):
        return ""
    encoding = ' hx-encoding="multipart/form-data"' if kind == FieldType.FILE else ""
    return f' hx-post="{escape(page.refresh_url)}" hx-target="#step-fields" hx-trigger="change"{encoding}'


def _group(entry: Entry, page: Page) -> str:
    """Rows, each with its own button to go, and one button for another: both work without scripts."""
    rows = []
    for index, row in enumerate(entry.rows):
        title = _("Row %(row)s") % {"row": index + 1}
        inner = "".join(_hanging(each, below, page) for each, below in _nested(row, page.layout))
        id_ = f"id_{entry.name}-{index}"
        rows.append(
            f'<div class="card" role="group" aria-labelledby="{id_}"><p class="lab" id="{id_}">{title}</p>{inner}'
            f'<div class="acts after"><button class="btn sec s" name="_remove" value="{entry.name}:{index}">'
            f'{_("Remove")}<span class="vh"> {title}</span></button></div></div>'
        )
    count = f'<input type="hidden" name="{entry.name}__rows" value="{len(entry.rows)}">'
    add = ""
    if len(entry.rows) < most_rows(entry.question):
        word = _("Add another row") if entry.rows else _("Add a row")
        add = f'<button class="btn sec s" name="_add" value="{entry.name}">{mc.icon("plus")} {word}</button>'
    return f'{count}<div class="stack">{"".join(rows)}{add}</div>'
