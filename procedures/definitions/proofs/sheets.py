"""The template of a result that brings its own text: what it names, what it shows, and that it can be printed.

Everything that is wrong has a line. What is drawn here is drawn with made-up values in a process of its own
(`portal.documents.pressing`), so that a text which never ends is refused and hangs nobody; what came of a text is
kept, so that the list of tasks does not draw it again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.documents import canonical, places, pressing, render, sheets, styling
from procedures.definitions import parts, printing, samples
from procedures.definitions.proofs.findings import Finding
from procedures.definitions.runtime import Definition
from procedures.eforms.questions import Field

HTML, ENGLISH, CSS = "result.layout.html", "result.layout.english", "result.layout.css"
USUAL_PAGES = 4  # of a result; more is told, not refused
KEEP = 3600  # seconds
# What every paper must show: the number, whom to ask, who signed; NĐ 30/2020 Art. 8.
NEEDED = ("result.number", "result.issued_on", "signer.name", "check_code", "qr")


@dataclass(frozen=True, slots=True)
class Made:
    """A paper before it is drawn: the job, or why there is none."""

    definition: Definition
    job: pressing.Job | None
    findings: tuple[Finding, ...] = ()


def find(definition: Definition) -> list[Finding]:
    """Everything that is wrong with the result's own text; [] for a model of the house, which the house has proved."""
    if not definition.result.is_own or not definition.result.set.html.strip():
        return []
    found = list(_of_texts(definition))
    if any(finding.blocks for finding in found):
        return found
    return found + [Finding(*each) for each in _drawn(definition)]


# ── The texts ─────────────────────────────────────────────────────────────────────────────────────


def _of_texts(definition: Definition) -> Iterator[Finding]:
    layout = definition.result.set
    yield from (Finding(CSS, str(sheets.Problem(*fault))) for fault in styling.problems(layout.css))
    for place, source in ((HTML, layout.html), (ENGLISH, layout.english)):
        if not source.strip():
            continue
        try:
            mentions = list(sheets.read(source).mentions())
        except sheets.BadSheet as error:
            yield from (Finding(place, str(problem)) for problem in error.problems)
            continue
        yield from _unknown(definition, place, mentions)
        if place == HTML:
            yield from _unused(definition, mentions)
    yield from _places(layout)


def _unknown(definition: Definition, place: str, mentions: list[sheets.Mention]) -> Iterator[Finding]:
    """Names that stand for nothing. A claim that is only asked for may be another procedure's: told, not refused."""
    known = _known(definition)
    for mention in dict.fromkeys(mentions):
        if _stands_for(known, mention.path):
            continue
        name = ".".join(mention.path)
        text = _("“%s” is not among the values of this paper.") % name
        blocks = mention.always or mention.path[0] != "claims"
        yield Finding(place, str(sheets.Problem(mention.line, text)), blocks)


def _known(definition: Definition) -> dict[str, Any]:
    """The values as a tree; None: a value without parts, a mapping under "[]": a row of a list."""
    found: dict[str, Any] = {}
    for name in printing.NAMES:
        node = found
        *way, last = name.split(".")
        for part in way:
            node = node.setdefault(part, {})
        node[last] = None
    found["agency"]["head"] = {"[]": None}
    found["facts"] = {"[]": {"label": None, "values": {"[]": None}}}
    fields = {field.key: field for field in (*definition.form.fields(), *definition.result.fields)}
    found["claims"] = _tree(definition.result.claims, fields)
    return found


def _tree(claims: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in claims.items():
        if isinstance(value, Mapping):
            found[key] = _tree(value, fields)
        else:
            field = fields.get(value.strip())
            rows = _rows(field) if field and field.fields else ...
            found[key] = {"[]": rows} if isinstance(rows, dict) else {"[]": ...} if field is None else None
    return found


def _rows(field: Field) -> dict[str, Any]:
    chosen = [f"{sub.key}_text" for sub in field.fields if sub.type in printing.CHOSEN]
    return dict.fromkeys([*(sub.key for sub in field.fields), *chosen])


def _stands_for(known: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if known is ...:
            return True
        if not isinstance(known, Mapping):
            return False
        name = "[]" if part.isdecimal() else part
        if name not in known:
            return False
        known = known[name]
    return True


def _unused(definition: Definition, mentions: list[sheets.Mention]) -> Iterator[Finding]:
    """Claims that the paper does not show, and parts that the law wants."""
    named = {".".join(mention.path) for mention in mentions}
    if "facts" not in named:
        hidden = [path for path, _value in leaves(definition.result.claims) if not _is_shown(path, named)]
        if hidden:
            text = _("The paper does not show: %s. They stay in the data inside.") % ", ".join(hidden)
            yield Finding(HTML, text, blocks=False)
    for name in NEEDED:
        if name not in named:
            yield Finding(HTML, _("The paper does not show “%s”.") % name)


def _is_shown(path: str, named: set[str]) -> bool:
    """As itself, by its words (sex and sex_text), or row by row."""
    twin = path.removesuffix("_text") if path.endswith("_text") else f"{path}_text"
    return any(
        name in (f"claims.{path}", f"claims.{twin}") or name.startswith(f"claims.{path}.") for name in named
    )


def leaves(claims: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, expression) of every claim."""
    for key, value in claims.items() if isinstance(claims, Mapping) else ():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from leaves(value, here)
        else:
            yield here, value


_ID = re.compile(r"""\bid\s*=\s*["']?([\w-]+)""")


def _places(layout: parts.Layout) -> Iterator[Finding]:
    """Where it is signed: once, and only in the Vietnamese."""
    count = _ID.findall(layout.html).count(places.SIGN_ANCHOR)
    if count != 1:
        text = _("The place of signature and seal (id=“%(id)s”) must stand once; it stands %(n)d times.")
        yield Finding(HTML, text % {"id": places.SIGN_ANCHOR, "n": count})
    if places.SIGN_ANCHOR in _ID.findall(layout.english):
        yield Finding(
            ENGLISH, _("The English rendition is not signed: take the place of signature out of it.")
        )


# ── The papers ────────────────────────────────────────────────────────────────────────────────────


def made(definition: Definition, sample: samples.Sample) -> Made:
    """The paper with a sample, ready to be drawn unless its text is broken."""
    result = definition.result
    found = tuple(_of_texts(definition)) if result.is_own and result.set.html.strip() else ()
    if result.is_own and (not result.set.html.strip() or any(_is_broken(one, result.set) for one in found)):
        return Made(definition, None, found)
    try:
        template, context = printing.made(definition, samples.context(definition, sample))
    except printing.Unprintable as error:
        return Made(definition, None, (*found, Finding(HTML, str(error))))
    text = render.page(template, context, language="vi", title=result.name.vi, substitute="□")
    return Made(definition, pressing.Job(text, result.set.css if result.is_own else ""), found)


def _is_broken(finding: Finding, layout: parts.Layout) -> bool:
    """Whether what was found keeps the paper from being drawn: a style with a fault, or a text that cannot be read."""
    if finding.place == CSS:
        return True
    try:
        sheets.read(layout.html)
        if layout.english.strip():
            sheets.read(layout.english)
    except sheets.BadSheet:
        return True
    return False


def of_one(paper: Made, pressed: pressing.Pressed) -> list[Finding]:
    """What is wrong with one paper, as the page that shows it tells."""
    found = list(paper.findings)
    if paper.job:
        found += [Finding(*each) for each in _of_drawing(pressed)]
    return found


Told = tuple[str, str, bool]  # place, text, whether it stands in the way


def _drawn(definition: Definition) -> list[Told]:
    """What drawing the paper with every sample shows; remembered for as long as nothing of it changes."""
    papers = [made(definition, sample) for sample in samples.Sample]
    jobs = [paper.job for paper in papers if paper.job]
    texts = [[job.text, job.css] for job in jobs]
    key = f"proofs:sheet:{get_language()}:{canonical.sha256(texts)}"
    found: list[Told] | None = cache.get(key)
    if found is None:
        found = [(*one,) for paper in papers if not paper.job for one in paper.findings]
        for pressed in pressing.press(jobs):
            found += [told for told in _of_drawing(pressed) if told not in found]
        cache.set(key, found, KEEP)
    return found


def _of_drawing(pressed: pressing.Pressed) -> Iterator[Told]:
    if pressed.stopped:
        yield (
            HTML,
            _("Printing it takes too long or too much memory. Look for rules and loops without end."),
            True,
        )
    elif pressed.pages > pressing.MAX_PAGES:
        text = _("It comes to %(n)d pages; %(most)d are the most.")
        yield HTML, text % {"n": pressed.pages, "most": pressing.MAX_PAGES}, True
    elif not pressed.content:
        yield HTML, _("It asks for a picture or a file from elsewhere."), True
    else:
        yield from _of_sheets(pressed)


def _of_sheets(pressed: pressing.Pressed) -> Iterator[Told]:
    if pressed.pages > USUAL_PAGES:
        yield HTML, _("It comes to %d pages.") % pressed.pages, False
    if pressed.outside:
        words = "; ".join(pressed.outside[:3])
        yield HTML, _("Words stand beyond the edge of the paper: %s") % words, True
    for place in (places.SIGN_ANCHOR,):
        if (count := _marks(pressed.content).count(place)) != 1:
            text = _("The place of signature and seal (id=“%(id)s”) must stand once; it stands %(n)d times.")
            yield HTML, text % {"id": place, "n": count}, True


def _marks(content: bytes) -> list[str]:
    """The names of the places in a drawn paper."""
    import pikepdf  # noqa: PLC0415 - a compiled library that only who proves papers needs

    with pikepdf.open(io.BytesIO(content)) as pdf:
        root: Any = pdf.Root
        names = root.get("/Names", {}).get("/Dests", {}).get("/Names", [])
        return [str(name) for name in list(names)[::2]]
