"""Which HTML a paper written by an administrator may hold: elements that set text, our own picture, nothing active.

`problems` looks at the text as it was written and names lines. `clean` looks at what was printed from it and
writes it anew, every element and attribute out of the lists below and every other sign escaped, so that the
renderer cannot read it otherwise than it was read here.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import NamedTuple

from django.utils.translation import gettext as _

from portal.documents import styling

_TAGS = """
b blockquote br caption col colgroup dd div dl dt em footer h1 h2 h3 header hr i img li ol p s section small span
strong sub sup table tbody td tfoot th thead tr u ul
"""
TAGS = frozenset(_TAGS.split())
EMPTY = frozenset({"br", "col", "hr", "img"})
ATTRIBUTES = frozenset({"class", "colspan", "id", "lang", "rowspan", "scope", "span", "start", "style"})
OF_IMAGES = frozenset({"alt", "src"})
PICTURE = "data:image/png;base64,"  # what the house draws itself: the QR code
MAX_SPAN = 20
DEPTH = 60  # elements inside each other; the renderer goes down by recursion

_IN_BRACES = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_HOLE = "\ufffc"  # stands for what a tag of the template language will print
_NAME = re.compile(r"[A-Za-z][\w-]{0,60}\Z")


class Fault(NamedTuple):
    line: int
    text: str


def problems(source: str) -> list[Fault]:
    """What may not stand in a text with template tags in it, line by line."""
    whole = _IN_BRACES.sub(lambda found: f" {_HOLE} " + "\n" * found[0].count("\n"), source)
    reader = _Reader(holes=True)
    reader.feed(whole)
    reader.close()
    return reader.finished()


def clean(text: str) -> tuple[str, list[Fault]]:
    """`text` written anew, and what was left out of it because it may not stand there."""
    reader = _Reader(holes=False)
    reader.feed(text)
    reader.close()
    found = reader.finished()
    return "".join(reader.out), found


class _Reader(HTMLParser):
    def __init__(self, *, holes: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.holes = holes
        self.out: list[str] = []
        self.faults: list[Fault] = []
        self.open: list[tuple[str, int]] = []

    def finished(self) -> list[Fault]:
        """With an element that was never closed. Those of the law of HTML that close themselves are closed."""
        if self.open and not self.holes:
            self.out += [f"</{tag}>" for tag, _line in reversed(self.open)]
        return self.faults

    def fault(self, text: str) -> None:
        self.faults.append(Fault(self.getpos()[0], text))

    # ── What the parser finds ─────────────────────────────────────────────────────────────────────

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.replace(_HOLE, "")
        if tag not in TAGS:
            return self.fault(_("“<%s>” cannot stand on a paper.") % tag)
        if len(self.open) >= DEPTH:
            return self.fault(_("More than %d elements stand inside each other.") % DEPTH)
        kept = [found for name, value in attrs if (found := self._attribute(tag, name, value or ""))]
        self.out.append("<" + " ".join([tag, *kept]) + ">")
        if tag not in EMPTY:
            self.open.append((tag, self.getpos()[0]))
        return None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in TAGS - EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY or tag not in [name for name, _line in self.open]:
            if not self.holes and tag in EMPTY | TAGS:
                return
            self.fault(_("“</%s>” closes nothing that is open.") % tag)
            return
        while self.open:
            name, line = self.open.pop()
            self.out.append(f"</{name}>")
            if name == tag:
                break
            if name not in ("li", "dt", "dd", "td", "th", "tr", "p"):
                self.faults.append(Fault(line, _("“<%s>” is not closed.") % name))

    def handle_data(self, data: str) -> None:
        self.out.append(html.escape(data, quote=False))

    def handle_decl(self, decl: str) -> None:
        self.fault(_("“<%s>” cannot stand on a paper.") % f"!{decl[:20]}")

    def handle_pi(self, data: str) -> None:
        self.fault(_("“<%s>” cannot stand on a paper.") % f"?{data[:20]}")

    def unknown_decl(self, data: str) -> None:
        self.fault(_("“<%s>” cannot stand on a paper.") % f"![{data[:20]}")

    # ── Attributes ────────────────────────────────────────────────────────────────────────────────

    def _attribute(self, tag: str, name: str, value: str) -> str:
        name = name.replace(_HOLE, "")
        if not name:
            return ""
        if name not in ATTRIBUTES and not (tag == "img" and name in OF_IMAGES):
            self.fault(_("“%(name)s” cannot stand at “<%(tag)s>”.") % {"name": name, "tag": tag})
            return ""
        if said := self._unfit(name, value.strip()):
            self.fault(said)
            return ""
        return f'{name}="{html.escape(value)}"'

    def _unfit(self, name: str, value: str) -> str:
        if self.holes and _HOLE in value:
            allowed = name in ("alt", "class") or (name == "src" and value == _HOLE)
            return "" if allowed else _("Values of the dossier cannot stand in “%s”.") % name
        if name == "src":
            is_ours = value.startswith(PICTURE)
            return (
                "" if is_ours else _('Pictures from elsewhere cannot stand on a paper; write src="{{ qr }}".')
            )
        if name == "style":
            return next((fault.text for fault in styling.of_element(value)), "")
        if name in ("colspan", "rowspan", "span", "start"):
            is_fine = value.isdecimal() and 1 <= int(value[:6]) <= MAX_SPAN
            said = _("“%(name)s” must be a number up to %(most)d.")
            return "" if is_fine else said % {"name": name, "most": MAX_SPAN}
        if name in ("id", "lang", "scope") and not _NAME.match(value):
            return _("“%s” must be one word of letters, digits and hyphens.") % name
        return ""
