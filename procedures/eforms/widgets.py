"""One input as HTML, by field type.

Written by hand rather than as nested templates: a step of twelve questions renders in about half a
millisecond, of which the escaping is most. Everything that comes from a person or a definition goes
through `escape`; nothing else here is data.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Callable, Iterable, Mapping

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal import words
from portal.templatetags import mc
from procedures.eforms import lists
from procedures.eforms.entries import Entry
from procedures.eforms.lists import CodeList
from procedures.eforms.questions import FieldType
from procedures.eforms.texts import Option

RADIOS = 5  # up to so many options are shown at once

# What a browser may fill in: only questions about the person at the keyboard, which are those that the
# account prefills.
_AUTOCOMPLETE = {
    "applicant.full_name": "name",
    "applicant.address": "street-address",
    "applicant.phone": "tel",
    "applicant.email": "email",
}
_BOXES = (("__d", "day", "w2"), ("__m", "month", "w2"), ("__y", "year", "w4"))
# type of input, inputmode, autocomplete, class
_LINES: Mapping[FieldType, tuple[str, str, str, str]] = {
    FieldType.TEXT: ("text", "", "off", "in"),
    FieldType.INTEGER: ("text", "numeric", "off", "in num w12"),
    FieldType.MONEY: ("text", "numeric", "off", "in num w12"),
    FieldType.TIME: ("text", "", "off", "in num w4"),
    FieldType.PERSONAL_ID: ("text", "numeric", "off", "in num w12"),
    FieldType.PHONE: ("tel", "tel", "off", "in num w12"),
    FieldType.EMAIL: ("email", "email", "off", "in"),
    FieldType.TAX_CODE: ("text", "numeric", "off", "in num w12"),
}


def escape(value: object) -> str:
    """Text as HTML. Nothing that comes here is HTML already, so Django's slower test for that is not needed."""
    return html.escape(str(value))


def is_set(entry: Entry) -> bool:
    """Whether it has several controls, so that its label is the legend of a fieldset."""
    kind = entry.question.type
    return kind in _SETS or (kind == FieldType.CHOICE and _widget(entry) == "radio")


def control(entry: Entry, attrs: str, refresh: str, inner: Mapping[str, str]) -> str:
    """The input(s). `attrs` go on every control, `refresh` on those whose change asks for the page again.

    `inner` is HTML that hangs under an option, by its value.
    """
    kind = entry.question.type
    if kind == FieldType.DATE:
        return _date(entry, attrs, refresh)
    attrs += refresh
    if kind == FieldType.CHOICE:
        return _CHOICE[_widget(entry)](entry, attrs, inner)
    if kind in (FieldType.YES_NO, FieldType.CHOICES):
        return _options(entry, attrs, inner)
    return _CONTROLS.get(kind, _line)(entry, attrs)


def _widget(entry: Entry) -> str:
    return entry.question.widget or ("radio" if len(entry.question.choices) <= RADIOS else "select")


# ── Lines ─────────────────────────────────────────────────────────────────────────────────────────


def _line(entry: Entry, attrs: str) -> str:
    kind, mode, autocomplete, css = _LINES[entry.question.type]
    autocomplete = _AUTOCOMPLETE.get(entry.question.account, autocomplete)
    mode = f' inputmode="{mode}"' if mode else ""
    spell = "" if entry.question.type == FieldType.TEXT else ' spellcheck="false" autocapitalize="none"'
    return (
        f'<input class="{css}" type="{kind}" id="id_{entry.name}" name="{entry.name}" value="{escape(entry.raw)}"'
        f'{mode} autocomplete="{autocomplete}"{spell}{attrs}>'
    )


def _money(entry: Entry, attrs: str) -> str:
    return f'<div class="row2">{_line(entry, attrs)}<span aria-hidden="true">đ</span></div>'


def _long_text(entry: Entry, attrs: str) -> str:
    # The line break after the tag is not part of the text; without it a first empty line would get lost.
    return (
        f'<textarea class="in" id="id_{entry.name}" name="{entry.name}" rows="5" autocomplete="off"{attrs}>'
        f"\n{escape(entry.raw)}</textarea>"
    )


def _date(entry: Entry, attrs: str, refresh: str) -> str:
    """Three boxes: nobody has to find their year of birth in a calendar. The last one asks again."""
    is_birthday = entry.question.account == "applicant.date_of_birth"
    boxes = []
    for (ending, part, css), label, value in zip(
        _BOXES, (_("Day"), _("Month"), _("Year")), entry.raw, strict=True
    ):
        id_ = f"id_{entry.name}" + ("" if part == "day" else ending)
        autocomplete = f"bday-{part}" if is_birthday else "off"
        asks = refresh if part == "year" else ""
        boxes.append(
            f'<div><label for="{id_}">{label}</label><input class="in num {css}" type="text" id="{id_}" '
            f'name="{entry.name}{ending}" value="{escape(value)}" inputmode="numeric" '
            f'autocomplete="{autocomplete}"{attrs}{asks}></div>'
        )
    return f'<div class="date">{"".join(boxes)}</div>'


# ── Options ───────────────────────────────────────────────────────────────────────────────────────


def _options(entry: Entry, attrs: str, inner: Mapping[str, str]) -> str:
    """Radios, or boxes for several choices, in rows of 44 px; conditional questions under their answer."""
    several = entry.question.type == FieldType.CHOICES
    chosen = entry.raw if several else [entry.raw]
    rows = []
    for index, (value, label, hint) in enumerate(_rows(entry)):
        id_ = f"id_{entry.name}" + (f"_{index}" if index else "")
        rows.append(
            f'<div class="opt"><input type="{"checkbox" if several else "radio"}" name="{entry.name}" id="{id_}" '
            f'value="{escape(value)}"{" checked" if value in chosen else ""}{attrs}>'
            f'<label for="{id_}">{escape(label)}{f"<small>{escape(hint)}</small>" if hint else ""}</label></div>'
        )
        if value in inner:
            rows.append(f'<div class="cond">{inner[value]}</div>')
    return "".join(rows)


def _rows(entry: Entry) -> Iterable[tuple[str, str, str]]:
    if entry.question.type == FieldType.YES_NO:
        return (("yes", _("Yes"), ""), ("no", _("No"), ""))
    return ((o.value, str(o.label), str(o.hint) if o.hint else "") for o in entry.options)


def _select(entry: Entry, attrs: str, inner: Mapping[str, str]) -> str:
    return _select_of(f"id_{entry.name}", entry.name, _offered(entry, _as_options), entry.raw, attrs)


def _select_of(id_: str, name: str, options: str, chosen: str, attrs: str) -> str:
    """`options` is HTML made once; the chosen one is marked in it."""
    if chosen:
        marked = f'value="{escape(chosen)}"'
        options = options.replace(marked, f"{marked} selected", 1)
    empty = f'<option value="">{_("Choose")}</option>'
    return f'<select class="in" id="{id_}" name="{name}" autocomplete="off"{attrs}>{empty}{options}</select>'


def _search(entry: Entry, attrs: str, inner: Mapping[str, str]) -> str:
    """Search as you type: the browser narrows the list down; typing a whole label works everywhere."""
    return (
        f'<input class="in" type="text" id="id_{entry.name}" name="{entry.name}" value="{escape(entry.raw)}" '
        f'list="id_{entry.name}_list" autocomplete="off" spellcheck="false"{attrs}>'
        f'<datalist id="id_{entry.name}_list">{_offered(entry, _as_suggestions)}</datalist>'
    )


def _offered(entry: Entry, write: Callable[[Iterable[Option], str], str]) -> str:
    """The options as HTML; those of a code list, which are many and always the same, written only once."""
    language = get_language() or "vi"
    if found := entry.question.code_list:
        return _of_list(found, language, write)
    return write(entry.options, language)


@functools.lru_cache(maxsize=256)
def _of_list(of: CodeList, language: str, write: Callable[[Iterable[Option], str], str]) -> str:
    return write(of.options, language)


def _as_options(options: Iterable[Option], language: str) -> str:
    return "".join(
        f'<option value="{escape(o.value)}">{escape(o.label.get(language))}</option>' for o in options
    )


def _as_suggestions(options: Iterable[Option], language: str) -> str:
    return "".join(f'<option value="{escape(o.label.get(language))}"></option>' for o in options)


def _commune(entry: Entry, attrs: str) -> str:
    """Province, then its communes. Without scripts the second list comes with the next page."""
    province, commune, _listed = entry.raw
    id_, name = f"id_{entry.name}", entry.name
    parts = [
        f'<div class="stack-sm"><div><label for="{id_}">{_("Province or city")}</label>',
        _select_of(id_, f"{name}__province", _provinces(), province, attrs),
        f'</div><input type="hidden" name="{name}__listed" value="{escape(province)}">',
    ]
    if communes := _communes(province):
        parts += [
            f'<div><label for="{id_}__commune">{_("Ward, commune or special zone")}</label>',
            _select_of(f"{id_}__commune", name, communes, commune, attrs),
            "</div>",
        ]
    return "".join([*parts, "</div>"])


@functools.cache
def _provinces() -> str:
    pairs = sorted(lists.places().provinces.items(), key=lambda pair: lists.fold(pair[1]))
    return "".join(f'<option value="{code}">{escape(name)}</option>' for code, name in pairs)


@functools.lru_cache(maxsize=34)
def _communes(province: str) -> str:
    return "".join(
        f'<option value="{code}">{escape(name)}</option>' for code, name in lists.communes_of(province)
    )


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


def _files(entry: Entry, attrs: str) -> str:
    """What is kept already, then one more input while there is room. The native input says the file's name."""
    question, name = entry.question, entry.name
    kept = "".join(_kept(entry, file.id, file.name, file.size) for file in entry.raw)
    if len(entry.raw) >= question.max_files:
        return f'<div class="stack-sm" id="id_{name}" tabindex="-1">{kept}</div>'
    accept = ",".join(f".{ending}" for ending in question.accept) + (
        ",.jpeg" if "jpg" in question.accept else ""
    )
    limit = _("%(formats)s, up to %(size)s MB a file") % {
        "formats": ", ".join(question.accept).upper(),
        "size": question.max_mb,
    }
    several = " multiple" if question.max_files > 1 else ""
    return (
        f'<div class="stack-sm">{kept}<div class="drop"><span class="sm muted" id="id_{name}_limit">{limit}</span>'
        f'<input class="in" type="file" id="id_{name}" name="{name}" accept="{accept}"{several}{attrs}>'
        f'<progress max="100" value="0" hidden aria-label="{_("Uploading")}"></progress>'
        f'<button class="btn sec s" name="_attach" value="{name}">{mc.icon("plus")} {_("Attach this file")}</button>'
        "</div></div>"
    )


def _kept(entry: Entry, id_: str, file_name: str, size: int) -> str:
    shown, key = escape(file_name), f"{entry.name}:{escape(id_)}"
    remove = f'{_("Remove")}<span class="vh"> {shown}</span>'
    return (
        f'<div class="file">{mc.icon("doc")}<div><b>{shown}</b> '
        f'<small class="muted">{words.filesize(size)}</small></div>'
        f'<button class="btn quiet s" name="_remove" value="{key}">{remove}</button>'
        f'<input type="hidden" name="{entry.name}__kept" value="{escape(id_)}"></div>'
    )


_SETS = frozenset({FieldType.DATE, FieldType.YES_NO, FieldType.CHOICES, FieldType.COMMUNE, FieldType.GROUP})
_CONTROLS: Mapping[FieldType, Callable[[Entry, str], str]] = {
    FieldType.LONG_TEXT: _long_text,
    FieldType.MONEY: _money,
    FieldType.COMMUNE: _commune,
    FieldType.FILE: _files,
}
_CHOICE: Mapping[str, Callable[[Entry, str, Mapping[str, str]], str]] = {
    "radio": _options,
    "select": _select,
    "search": _search,
}


def safe(made: str) -> SafeString:
    return mark_safe(made)  # noqa: S308 - made above, escaped where it carries data
