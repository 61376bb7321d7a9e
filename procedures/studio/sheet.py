"""The template of the result: its text, its style and its size, with the values that it may show and what comes of it.

The text is the draft's like everything else: saved as it is typed, right or wrong, and taken back with the same
undo. Whatever is wrong with it is said line by line in the preview and among the tasks before publishing.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from portal.documents import pressing, serving
from procedures.definitions import editing, facts, parts, printing, readers, reasons, samples
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.proofs import sheets as proof
from procedures.eforms.schema import SchemaError
from procedures.studio import blocks, inputs, kinds, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.panels import Block, Panel, Part

SAMPLES = {
    samples.Sample.SHORT: _("Usual values"),
    samples.Sample.LONG: _("Long values"),
    samples.Sample.EMPTY: _("Empty where it may be"),
}
DPI = 100


class SizePanel(Panel):
    """The sheet."""

    title = _("Paper")
    beside = (("result__layout__size", "result__layout__orientation"),)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            "result__layout__size": inputs.pick(
                _("Size"), [(size, size) for size in readers.SIZES], default="A4"
            ),
            "result__layout__orientation": inputs.pick(
                _("Orientation"), [("portrait", _("Upright")), ("landscape", _("Across"))], default="portrait"
            ),
        }


class TextPanel(Panel):
    """The text itself, in HTML, and its style."""

    title = _("Text of the paper")
    template = "studio/sheet_panel.html"

    def inputs(self) -> dict[str, forms.Field]:
        return {
            "result__layout__html": _source(_("Vietnamese (HTML)"), rows=24),
            "result__layout__css": _source(
                _("Style (CSS)"),
                rows=8,
                hint=_("After the house’s own rules. Fonts and addresses cannot be named."),
            ),
            "result__layout__english": _source(
                _("English rendition (HTML)"),
                rows=10,
                hint=_("Empty: none. It follows on a page of its own, without signature and seal."),
            ),
        }


def _source(label: Any, *, rows: int, hint: Any = "") -> inputs.Line:
    attrs = {"rows": rows, "spellcheck": "false", "autocapitalize": "none", "data-source": "", "wrap": "off"}
    widget, most = forms.Textarea(attrs=attrs), readers.MAX_SHEET
    return inputs.Line(label=label, help_text=hint, css="cel", max_length=most, widget=widget, strip=False)


@dataclass(frozen=True, slots=True)
class Value:
    """A value that the text may name."""

    name: str
    what: Any


@editor
def sheet(request: EditorRequest, code: str) -> HttpResponse:
    """The page where the template is written."""
    return pages.answer(request, draft_or_404(request, code), _page)


def _page(draft: ProcedureVersion) -> pages.Page:
    result = places.find(draft.definition, "result")
    claims = places.find(result, "claims")
    is_own = places.find(result, "template") == parts.OWN
    code = draft.procedure.code
    more = {
        "is_own": is_own,
        "has_text": bool(places.find(result, "layout.html")),
        "models": models(),
        "model": places.find(result, "template") or "general",
        "values": list(_values(draft)),
        "blocks": blocks.blocks(claims if isinstance(claims, Mapping) else {}),
        "code": code,
        "draft": draft,
    }
    found: list[Part] = [Block("studio/sheet_model.html", more), SizePanel(draft, "")]
    if is_own:
        found += [TextPanel(draft, ""), Block("studio/sheet_help.html", more)]
    return pages.Page(
        "result", _("Template of the result"), found, head="studio/sheet_head.html",
        more={"preview_url": reverse("studio:sheet_preview", args=[code]), "preview_title": _("The paper")},
    )  # fmt: skip


def models() -> list[tuple[str, Any]]:
    """The models of the house with their names."""
    from procedures.studio.outcome import TEMPLATES  # noqa: PLC0415 - that page links to this one

    return [(key, name) for key, name in TEMPLATES.items() if key != parts.OWN]


def _values(draft: ProcedureVersion) -> Iterator[Value]:
    """The claims with the types of their questions, then what every paper has."""
    claims = places.find(draft.definition, "result.claims")
    known = {field.get("key"): field for field in _questions(draft)}
    for path, expression in proof.leaves(claims):
        told = facts.LABEL.match(str(expression).strip())
        field = known.get(told[1] if told else str(expression).strip())
        what = _now("computed") if field is None else str(kinds.of(field.get("type")).name)
        label = places.texts(field.get("label")) if field else str(expression)
        yield Value(f"claims.{path}", f"{label} ({_now('its words') if told else what})")
    yield from (Value(name, what) for name, what in printing.NAMES.items())


def _questions(draft: ProcedureVersion) -> Iterator[Mapping[str, Any]]:
    for step, _item in places.items(draft.definition, "form.steps"):
        yield from (
            item
            for _place, item in places.items(draft.definition, f"{step}.fields")
            if isinstance(item, Mapping)
        )
    yield from (
        item for _place, item in places.items(draft.definition, "result.fields") if isinstance(item, Mapping)
    )


@require_POST
@editor
def begin(request: EditorRequest, code: str) -> HttpResponse:
    """Begin a text of its own: `model` copied, or the parts that the law wants; or go back to a model of the house."""
    draft = draft_or_404(request, code)
    claims = places.find(draft.definition, "result.claims")
    claims = claims if isinstance(claims, Mapping) else {}
    model = request.POST.get("model", "")
    known = dict(models())
    if request.POST.get("_do") == "house" and model in known:
        _set(request, draft, "result.template", model)
    elif request.POST.get("_do") == "own":
        _set(request, draft, "result.template", parts.OWN)
    else:
        text = blocks.copied(model, claims) if model in known else blocks.begun(claims)
        _set(request, draft, "result.layout.html", text)
        _set(request, draft, "result.template", parts.OWN)
    return HttpResponseRedirect(reverse("studio:sheet", args=[code]))


def _set(request: EditorRequest, draft: ProcedureVersion, place: str, value: Any) -> None:
    fresh = ProcedureVersion.objects.get(pk=draft.pk)
    editing.set_value(fresh, place, value, revision=fresh.revision, by=request.user, at=timezone.now())


# ── Preview ───────────────────────────────────────────────────────────────────────────────────────


@require_safe
@editor
def preview(request: EditorRequest, code: str) -> HttpResponse:
    """The paper with made-up values: pictures of its pages and what is wrong. `?mau=` the sample, `?pdf=1` the file."""
    draft = draft_or_404(request, code)
    sample = _sample(request.GET.get("mau", ""))
    try:
        definition = samples.of_draft(draft.definition)
    except SchemaError as error:
        problem = reasons.in_words(error.reason)
        return render(request, "studio/sheet_preview.html", _around(code, sample, findings=[problem]))
    made = proof.made(definition, sample)
    pressed = pressing.press([made.job])[0] if made.job else pressing.Pressed()
    if "pdf" in request.GET and pressed.content:
        return serving.respond(
            pressed.content, name="xem-thu.pdf", content_type="application/pdf", shown=True
        )
    found = [finding.text for finding in proof.of_one(made, pressed)]
    around = _around(code, sample, findings=found, pictures=pictures(pressed.content), pressed=pressed)
    return render(request, "studio/sheet_preview.html", around)


def _sample(given: str) -> samples.Sample:
    return samples.Sample(given) if given in list(samples.Sample) else samples.Sample.SHORT


def _around(code: str, sample: samples.Sample, **more: Any) -> dict[str, Any]:
    url = reverse("studio:sheet_preview", args=[code])
    ways = [
        {"url": f"{url}?{urlencode({'mau': str(key)})}", "name": name, "on": key == sample}
        for key, name in SAMPLES.items()
    ]
    return {"ways": ways, "pdf_url": f"{url}?{urlencode({'mau': str(sample), 'pdf': '1'})}", **more}


def pictures(content: bytes) -> list[str]:
    """The pages as data: URIs of PNG pictures; none where poppler is not installed: the file itself is shown then."""
    command = shutil.which("pdftoppm")
    if not content or not command:
        return []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - a fixed command over a file that was drawn here
            [command, "-png", "-r", str(DPI), "-l", str(pressing.MAX_PAGES), "-", f"{folder}/p"],
            input=content, capture_output=True, timeout=pressing.WALL_SECONDS, check=False,
        )  # fmt: skip
        found = sorted(Path(folder).glob("*.png"))
        return [f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" for path in found]
