"""Where a place of the definition is edited."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from procedures.studio import places

# The top of a place → the section that edits it; what is not here is information about the procedure.
_SECTIONS = {
    "form": "form",
    "papers": "papers",
    "reuse": "papers",
    "fees": "fees",
    "stages": "processing",
    "result": "result",
    "messages": "messages",
}


def section(code: str, key: str) -> str:
    return reverse("studio:section", args=[code, key])


def step(code: str, place: str) -> str:
    return f"{reverse('studio:step', args=[code])}?{urlencode({'o': place})}"


def field(code: str, place: str) -> str:
    return f"{reverse('studio:field', args=[code])}?{urlencode({'o': place})}"


def of_place(code: str, place: str) -> str:
    """The page where `place` is edited, with the input as anchor where it is known."""
    parts = place.split(".")
    if parts[:2] == ["form", "steps"] and len(parts) > 2:
        return _in_form(code, parts)
    if parts[:2] == ["result", "layout"]:
        anchor = f"#id_{places.ident('TextPanel', '')}-{'__'.join(parts)}" if len(parts) > 2 else ""
        return reverse("studio:sheet", args=[code]) + anchor
    return section(code, _SECTIONS.get(parts[0], "information"))


def item(code: str, place: str) -> str:
    """The page of a step or field itself."""
    return (field if ".fields." in place else step)(code, place)


def _in_form(code: str, parts: list[str]) -> str:
    depth = 3
    while parts[depth : depth + 1] == ["fields"] and len(parts) > depth + 1:
        depth += 2
    place, rest = ".".join(parts[:depth]), parts[depth:]
    if rest[:1] == ["fields"]:
        rest = []
    name = "__".join(rest)
    anchor = f"#id_{places.ident('FieldPanel' if depth > 3 else 'StepPanel', place)}-{name}" if rest else ""
    return item(code, place) + anchor


def of_room(view: str, *args: str) -> str:
    """The address of another room of the studio; "" while that room is not built in."""
    try:
        return reverse(f"studio:{view}", args=args)
    except NoReverseMatch:
        return ""
