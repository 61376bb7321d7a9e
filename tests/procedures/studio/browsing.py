"""What a browser would send of a form, read from the page."""

from html.parser import HTMLParser

from django.http import QueryDict


class Controls(HTMLParser):
    """The controls of the form with the id `form`, without its buttons, as `data`."""

    def __init__(self, html, form="builder"):
        super().__init__()
        self.data = QueryDict(mutable=True)
        self._form = form
        self._in, self._select, self._area, self._options = False, None, None, []
        self.feed(html)
        self.data.pop("csrfmiddlewaretoken", None)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self._in = found.get("id") == self._form
        if not self._in:
            return
        if tag == "input" and found.get("name") and (found.get("type") != "checkbox" or "checked" in found):
            self.data.appendlist(found["name"], found.get("value", ""))
        elif tag == "select":
            self._select, self._options = found["name"], []
        elif tag == "option" and self._select:
            self._options.append((found.get("value", ""), "selected" in found))
        elif tag == "textarea":
            self._area = found["name"]
            self.data[self._area] = ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._in = False
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected]
            chosen = chosen or [value for value, _selected in self._options[:1]]
            self.data.appendlist(self._select, chosen[-1])
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area:
            self.data[self._area] += data
