"""A page of a form as a browser would send it back, unchanged."""

from __future__ import annotations

from html.parser import HTMLParser


class Inputs(HTMLParser):
    """The values a browser would send back for a step as it was shown; a name's values in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.select = self.textarea = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "select":
            self.select = given["name"]
        elif tag == "textarea":
            self.textarea = given["name"]
            self.found[self.textarea] = [""]
        elif tag == "option" and "selected" in given:
            self._add(self.select, given.get("value", ""))
        elif tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self._add(given["name"], given.get("value", ""))

    def handle_data(self, data):
        if self.textarea:
            self.found[self.textarea] = [self.found[self.textarea][0] + data]

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.textarea = ""

    def _add(self, name: str, value: str) -> None:
        self.found.setdefault(name, []).append(value)


def inputs(form: object) -> dict[str, list[str]]:
    """Input name → values, of a form drawn to HTML."""
    reader = Inputs()
    reader.feed(str(form))
    return reader.found
