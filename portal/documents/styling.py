"""Which CSS a paper written by an administrator may hold: properties that set text and boxes, and no addresses.

Lists of what is allowed, not of what is not: a property that the renderer learns one day is refused until
somebody has thought about it. No at-rules (nothing is imported, no font is loaded, the sheet itself is set by
its size and orientation), no addresses, no variables (they can double each other without end), no lengths
beyond the largest paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

MAX_SOURCE = 40_000
MAX_LENGTH = {
    "mm": 500,
    "cm": 50,
    "in": 20,
    "pt": 1500,
    "pc": 120,
    "px": 2000,
    "q": 2000,
    "em": 80,
    "rem": 80,
    "ex": 160,
}
MAX_NUMBER = 1000
FUNCTIONS = frozenset({"calc", "counter", "counters", "hsl", "hsla", "rgb", "rgba"})
_SIDES = ("", "-top", "-right", "-bottom", "-left")
_PLAIN = """
background-color border-collapse border-radius border-spacing bottom box-decoration-break box-sizing break-after
break-before break-inside caption-side clear color column-count column-gap column-rule column-width columns content
counter-increment counter-reset display empty-cells float font-size font-style font-variant font-variant-caps
font-variant-numeric font-weight height hyphens left letter-spacing line-height list-style list-style-position
list-style-type max-height max-width min-height min-width opacity orphans outline overflow overflow-wrap
page-break-after page-break-before page-break-inside position quotes right tab-size table-layout text-align
text-align-all text-align-last text-decoration text-decoration-color text-decoration-line text-decoration-style
text-indent text-overflow text-transform top vertical-align visibility white-space widows width word-break
word-spacing z-index
"""
PROPERTIES = frozenset(
    [
        *_PLAIN.split(),
        *(f"{name}{side}" for name in ("margin", "padding", "border") for side in _SIDES),
        *(f"border{side}-{what}" for side in _SIDES for what in ("width", "style", "color")),
    ]
)
_FIXED = re.compile(r"(fixed|running|sticky)\b", re.IGNORECASE)


class Fault(NamedTuple):
    line: int
    text: str


def problems(source: str) -> list[Fault]:
    """What may not stand in a style sheet, line by line."""
    import tinycss2  # noqa: PLC0415 - comes with the renderer, and only who edits papers needs it

    if len(source) > MAX_SOURCE:
        said = _("The style has %(n)d characters; %(most)d are the most.")
        return [Fault(0, said % {"n": len(source), "most": MAX_SOURCE})]
    rules = tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True)
    return [fault for rule in rules for fault in _of_rule(rule)]


def of_element(source: str) -> list[Fault]:
    """The same of what stands in a style attribute."""
    import tinycss2  # noqa: PLC0415 - as above

    found = tinycss2.parse_blocks_contents(source, skip_comments=True, skip_whitespace=True)
    return [fault for each in found for fault in _of_declaration(each)]


def _of_rule(rule: Any) -> Iterator[Fault]:
    import tinycss2  # noqa: PLC0415 - as above

    if rule.type == "qualified-rule":
        inner = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        yield from (fault for each in inner for fault in _of_declaration(each))
    elif rule.type == "at-rule":
        yield Fault(rule.source_line, _("“@%s” cannot stand in the style of a paper.") % rule.at_keyword)
    else:
        yield Fault(rule.source_line, _("This rule cannot be read."))


def _of_declaration(found: Any) -> Iterator[Fault]:
    if found.type != "declaration":
        yield Fault(found.source_line, _("This rule cannot be read."))
    elif found.lower_name not in PROPERTIES:
        yield Fault(found.source_line, _("“%s” cannot stand in the style of a paper.") % found.name)
    elif found.important:  # the house's own rules keep the last word: the mark of a draft cannot be hidden
        yield Fault(found.source_line, _("“%s” cannot stand in the style of a paper.") % "!important")
    else:
        yield from _of_values(found.value, found.lower_name)


def _of_values(tokens: Iterable[Any], name: str) -> Iterator[Fault]:
    for token in tokens:
        if said := _unfit(token, name):
            yield Fault(token.source_line, said)
        elif token.type == "function":
            yield from _of_values(token.arguments, name)
        elif token.type in ("() block", "[] block", "{} block"):
            yield from _of_values(token.content, name)


def _unfit(token: Any, name: str) -> str:
    kind = token.type
    if kind == "url" or (kind == "function" and token.lower_name not in FUNCTIONS):
        return _("“%s()” cannot stand in the style of a paper.") % getattr(token, "lower_name", "url")
    if kind == "error":
        return _("This rule cannot be read.")
    if kind == "ident" and name == "position" and _FIXED.match(token.lower_value):
        return _("“%s” cannot stand in the style of a paper.") % f"position: {token.value}"
    if kind in ("number", "percentage", "dimension") and abs(token.value) > _most(token):
        return str(_("The size %s is larger than any paper.") % token.serialize())
    return ""


def _most(token: Any) -> float:
    unit = str(token.lower_unit) if token.type == "dimension" else ""
    return MAX_LENGTH.get(unit, MAX_NUMBER)
