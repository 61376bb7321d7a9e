"""Tags and filters of the house's own look. Built into every template: no {% load %} is needed.

Filters (see `portal.words`; all give plain text in the reader's language):
    {{ title|text }}        the reader's side of a {"vi": …, "en": …} map
    {{ 16000|money }}       16.000 đ; 0 is "Không mất tiền"
    {{ 0|dong }}            0 đ: sums of the books
    {{ 1846|count }}        1.846
    {{ name|called }}       Ánh Nguyệt, for Nguyễn Thị Ánh Nguyệt
    {{ at|when }}           17 giờ thứ Năm, 19/11 · 5 pm, Thursday 19 November
    {{ at|day }}            thứ Năm, 19/11       (add |capfirst at the head of a sentence)
    {{ at|dmy }}            18/11/2026
    {{ at|clock }}          14:05
    {{ at|moment }}         9:41 hôm nay · 14:05 ngày 17/11
    {{ bytes|filesize }}    4,3 MB

Tags:
    {% icon "lock" %}                      one drawing of icons.svg; {% icon "seal" "big" %} adds a class
    {% status_tag dossier.status %}        word, glyph and tone of one of the ten statuses
    {% tag "o" "clock" words %}            any other tag: tone (b o r g G n or ""), glyph, words
    {% due dossier.due_at start=… %}       the deadline as shape, words and bar; also paused= done= note= now=
    {% provenance words %}                 lock and source; {% provenance words mine=True %} for what the person typed
    {% error_summary form %}               summary of a form's errors, linked to the fields
    {% crumbs name url name url … %}       the way here, after the home page
    <a {% link "dossiers:list" %}>         href of a menu entry, with aria-current where the reader is

Components to include:
    components/note.html         tone (info warn bad ok) title text [link link_text]
    components/fee_box.html      lines total [caption when]; a line has label quantity unit_amount reduction amount
    components/timeline.html     events: list of {title, at, when, by, note, link, link_text, kind: "" wait ask}
    components/empty.html        title text [link link_text]
    components/pager.html        older newer (addresses, or empty)
    components/steps.html        steps: list of {title, state: done now todo} number total saved_at
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from portal import words

register = template.Library()

_words: tuple[Callable[..., str], ...] = (
    *(words.text, words.money, words.dong, words.count, words.filesize, words.called),
    *(words.when, words.day, words.dmy, words.clock, words.moment),
)
for _say in _words:
    register.filter(_say)

# The ten national statuses: tone, glyph, words. The words are those of `dossiers.Status`.
STATUSES = {
    1: ("n", "s1", pgettext_lazy("dossier", "Newly filed")),
    2: ("b", "s2", pgettext_lazy("dossier", "Received")),
    3: ("r", "s3", pgettext_lazy("dossier", "Not received")),
    4: ("b", "s4", pgettext_lazy("dossier", "Being processed")),
    5: ("o", "hand", pgettext_lazy("dossier", "Supplement asked for")),
    6: ("o", "s6", pgettext_lazy("dossier", "Fee to be paid")),
    7: ("", "s7", pgettext_lazy("dossier", "Withdrawn by the citizen")),
    8: ("r", "s8", pgettext_lazy("dossier", "Processing stopped")),
    9: ("g", "check", pgettext_lazy("dossier", "Processed")),
    10: ("G", "seal", pgettext_lazy("dossier", "Result returned")),
}
HALF = 50  # percent of the time used from which a deadline is near


@cache
def _sprite() -> str:
    return static("mc/icons.svg")


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """One drawing of the sprite, hidden from screen readers: the words beside it carry the meaning."""
    return format_html(
        '<svg class="ic{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        _sprite(),
        name,
    )


@register.simple_tag
def options(offered: Iterable[tuple[Any, ...]]) -> SafeString:
    """The options of a select: (value, label, chosen, …). A list of a hundred is a loop that templates are slow at."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, _SELECTED if chosen else "", label) for value, label, chosen, *_more in offered),
    )


_SELECTED = SafeString(" selected")


@register.simple_tag
def tag(tone: str, glyph: str, label: Any) -> SafeString:
    return format_html('<span class="{}">{}{}</span>', f"tag {tone}".strip(), icon(glyph), label)


@register.simple_tag
def status_tag(status: int) -> SafeString:
    """The tag of a status by its national number, 1 to 10. KeyError for any other."""
    return tag(*STATUSES[int(status)])


@register.simple_tag
def provenance(source: Any, mine: bool = False) -> SafeString:
    """Where a value comes from: locked with its source, or typed by the person."""
    if mine:
        return format_html('<span class="prov me">{} {}</span>', icon("pen"), source)
    return format_html('<span class="prov">{} {}</span>', icon("lock"), source)


@register.inclusion_tag("components/due.html")
def due(
    at: datetime | None,
    start: datetime | None = None,
    *,
    paused: bool = False,
    done: bool = False,
    note: str = "",
    now: datetime | None = None,
) -> dict[str, Any]:
    """A deadline as shape, words and bar. `start` is when the time began to run (no bar without it)."""
    now = now or timezone.now()
    used = _used(start, at, now)
    return {"look": _look(at, used, now, paused, done), "at": at, "now": now, "used": used, "note": note}


def _used(start: datetime | None, at: datetime | None, now: datetime) -> int | None:
    """Percent of the span from `start` to `at` that has passed, 0 to 100."""
    if start is None or at is None:
        return None
    if at <= start:
        return 100
    return min(100, max(0, round((now - start) / (at - start) * 100)))


def _look(at: datetime | None, used: int | None, now: datetime, paused: bool, done: bool) -> str:
    if done:
        return "ok"
    if paused or at is None:
        return "off"
    if at < now:
        return "red"
    return "amb" if (used or 0) >= HALF else ""


@register.filter
def until(at: datetime, now: datetime) -> str:
    return words.until(at, now)


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """The errors of a form, in its order: each the same sentence as at the field, and a link there."""
    errors: list[tuple[str, Any]] = []
    if form.is_bound:
        errors += [("", message) for message in form.non_field_errors()]
        errors += [(_anchor(field), message) for field in form for message in field.errors]
    return {"errors": errors}


def _anchor(field: BoundField) -> str:
    """The first control of the field; a set of choices has none of its own, so its frame is meant."""
    return field.id_for_label or field.auto_id


@register.inclusion_tag("components/crumbs.html")
def crumbs(*pairs: Any) -> dict[str, Any]:
    """{% crumbs name address name address %}; the home page is always first."""
    return {"crumbs": _pairs(pairs)}


def _pairs(flat: Iterable[Any]) -> list[tuple[Any, Any]]:
    items = iter(flat)
    return list(zip(items, items, strict=True))


_address = cache(reverse)  # of pages without arguments


@register.simple_tag(takes_context=True)
def link(context: template.Context, name: str) -> SafeString:
    """`href` of a menu entry, and `aria-current` when the page shown is it, or lies under it in the same room."""
    address = _address(name)
    request = context.get("request")
    here = request.path if request is not None else ""
    match = getattr(request, "resolver_match", None)
    same_room = match is None or match.namespace == name.partition(":")[0]
    if here == address:
        return format_html('href="{}" aria-current="page"', address)
    if same_room and here.startswith(address):
        return format_html('href="{}" aria-current="true"', address)
    return format_html('href="{}"', address)
