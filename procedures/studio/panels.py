"""A Django form over a place of the definition: what every page of the editor is made of.

A section is a function view that says which panels stand on its page, nothing else:

    class Names(Panel):
        title = _("Name")

        def inputs(self) -> dict[str, forms.Field]:
            return bilingual("name", _("Name (Vietnamese)"), _("Name (English)")) | {
                "level": pick(_("Level"), LEVELS, radio=True),
            }

    @editor
    def information(request: EditorRequest, code: str) -> HttpResponse:
        return pages.answer(request, draft_or_404(request, code), _information)

    def _information(draft: ProcedureVersion) -> pages.Page:
        parts = [Names(draft, ""), Rows(draft, "legal", LegalBasis, _("Legal bases"), _("Add a legal basis"), blank)]
        return pages.Page("information", _("Information"), parts)

    sections.PAGES["information"] = information      # at the end of the module, which `urls` imports

`Panel(draft, place)` shows and writes what stands at `place` ("" the whole, "fees.copy", "legal.0").
An input's name is the path below it with "__" for ".", so "name__vi" is `name.vi`. Where one entry of
the definition is asked for by several inputs, override `shown` and `values`.

`Rows(draft, list_place, PanelClass, …)` is a list as one panel an item, with add, up, down and remove.
`Block(template, {...})` is anything else: the template finds the mapping as `part.more`.

How a page saves (`pages.answer`): every change posts its panel. Only what this person changed is
written, each entry by `editing.set_value` with the revision that the page showed; what somebody else
changed meanwhile is merged, or shown beside the own text with a choice. A field that cannot be taken
keeps what was typed and says why; the others are saved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.http import QueryDict

from procedures.definitions.models import ProcedureVersion
from procedures.studio import inputs, places, sayings


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else changed this entry while it was being edited here."""

    path: str
    theirs: str  # as it would be shown in the input
    by: str
    at: Any
    revision: int  # the draft's, when this was found


class Panel(forms.Form):
    """See the module. `title`, `intro`: above the inputs. `caption`: what an item of Rows is called."""

    template = "studio/panel.html"
    title: Any = ""
    intro: Any = ""
    headings: Mapping[str, Any] = {}  # name of an input → heading above it
    beside: tuple[tuple[str, ...], ...] = ()  # names that share a line, besides the two languages of a text
    rare: frozenset[str] = frozenset()  # inputs that are folded away until they are used
    reloads: frozenset[str] = frozenset()  # inputs whose change alters what else is on the page
    use_required_attribute = False

    def __init__(self, draft: ProcedureVersion, place: str) -> None:
        self.draft, self.place = draft, place
        self.item = places.find(draft.definition, place)
        # `name` says which panel it is; `ident` is for ids and names of inputs, and in a list stays the same
        # when the item gets another key.
        self.name = self.ident = places.ident(type(self).__name__, place)
        self.revision = draft.revision
        self.clashes: dict[str, Clash] = {}
        super().__init__(prefix=self.ident)
        self.fields |= self.inputs()
        self.initial = self.shown()
        self.base = self._raw_of_draft()

    # ── What a panel says of itself ───────────────────────────────────────────────────────────────

    def inputs(self) -> dict[str, forms.Field]:
        """The inputs by name, in order; made of `studio.inputs`. They may depend on `self.item`."""
        return {}

    def shown(self) -> dict[str, Any]:
        """What the inputs show: by name, what stands at its path."""
        return {name: places.find(self.item, path_of(name)) for name in self.fields}

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """What is to stand in the definition: by path below the place, None for nothing.

        `cleaned` lacks the inputs that cannot be taken: leave out the paths that depend on them.
        """
        return {path_of(name): value for name, value in cleaned.items()}

    def name_of(self, path: str) -> str:
        """The input beside which something about `path` is said."""
        return path.replace(".", "__")

    def path(self, name: str) -> str:
        """The path below the place that an input writes."""
        return path_of(name)

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing (any more) at its place. Panels over an entry that may be absent say no."""
        return bool(self.place) and self.item is None

    @property
    def caption(self) -> str:
        """The item in a few words, for the buttons of a row."""
        return places.texts(self.item) or places.texts(places.find(self.item, "label")) or str(self.title)

    # ── Being posted ──────────────────────────────────────────────────────────────────────────────

    def bind(self, data: QueryDict) -> None:
        """Take what was posted; `base` is then what the page showed, as it says itself."""
        self.called(data.get("_panel", self.ident))
        self._send(data)
        try:
            base = json.loads(data.get("_base", "{}"))
        except ValueError:
            base = {}
        base = base if isinstance(base, dict) else {}
        self.base = {str(k): [str(one) for one in v] for k, v in base.items() if isinstance(v, list)}
        revision = data.get("_revision", "")
        self.revision = int(revision) if revision.isdecimal() and len(revision) < 10 else 0

    def raw(self) -> dict[str, list[str]]:
        """What was posted, by name, as lists of texts."""
        data = cast(QueryDict, self.data)
        return {name: data.getlist(self.add_prefix(name)) for name in self.fields}

    def mine(self) -> dict[str, Any]:
        """The posted values by path; those that cannot be taken are not among them."""
        self.full_clean()
        return self.values(self.cleaned_data)

    def seen(self) -> dict[str, Any]:
        """The values by path that the page showed before anything was typed."""
        return self._twin(self.base).mine()

    def now(self) -> dict[str, Any]:
        """The values by path that stand in the draft."""
        return self._twin(self._raw_of_draft()).mine()

    @property
    def is_settled(self) -> bool:
        """Whether everything posted was taken."""
        return not self.errors and not self.clashes

    def called(self, ident: str) -> Panel:
        """The same panel with this id on its page; what was posted to it stays."""
        typed = self.raw() if self.is_bound else None
        self.ident = self.prefix = ident
        if typed is not None:
            self.data = self._data(typed)
        self._bound_fields_cache.clear()  # type: ignore[attr-defined]
        return self

    def after(self, draft: ProcedureVersion, place: str, *, refresh: bool) -> Panel:
        """The panel as it is shown once `draft` holds what could be taken, at `place` by now.

        What could not stays as typed, over the base and the revision it was typed on. The others show
        what was posted, or with `refresh` what stands in the draft now. The revision moves on only with
        a panel that holds nothing back: own edits never clash, so an old one is always safe.
        """
        fresh = type(self)(draft, place).called(self.ident)
        held = set(self.errors) | set(self.clashes)
        if refresh and not held:
            return fresh
        typed, stands = self.raw(), fresh.base
        shown = {n: typed.get(n, []) if n in held or not refresh else stands[n] for n in fresh.fields}
        fresh.base = {n: self.base.get(n, []) if n in held else shown[n] for n in fresh.fields}
        fresh.revision, fresh.clashes = self.revision, self.clashes
        fresh._send(fresh._data(shown), self.errors)
        return fresh

    def _twin(self, raw: Mapping[str, list[str]]) -> Panel:
        twin = type(self)(self.draft, self.place).called(self.ident)
        twin._send(self._data(raw))
        return twin

    def _send(self, data: QueryDict, errors: ErrorDict | None = None) -> None:
        self.data, self.is_bound = data, True
        self._errors = errors

    def _data(self, raw: Mapping[str, list[str]]) -> QueryDict:
        data = QueryDict(mutable=True)
        for name, given in raw.items():
            data.setlist(self.add_prefix(name), given)
        return data

    def _raw_of_draft(self) -> dict[str, list[str]]:
        shown = self.shown()
        return {name: raw_of(asked.prepare_value(shown.get(name))) for name, asked in self.fields.items()}

    # ── Being shown ───────────────────────────────────────────────────────────────────────────────

    @property
    def base_json(self) -> str:
        return json.dumps(self.base, ensure_ascii=False, sort_keys=True)

    @property
    def has_rare(self) -> bool:
        return bool(self._rare())

    @property
    def rare_is_used(self) -> bool:
        held = set(self.errors if self.is_bound else ()) | set(self.clashes)
        return any(name in held or self._tells(name) for name in self._rare())

    def _tells(self, name: str) -> bool:
        """Whether a folded input holds something worth unfolding for."""
        is_said = name.endswith("__vi") or isinstance(self.fields[name], inputs.Expression)
        return is_said and bool(_text(self[name]))

    def rare_lines(self) -> Iterator[dict[str, Any]]:
        """Those inputs that are folded away."""
        return self.lines(self._rare())

    def usual_lines(self) -> Iterator[dict[str, Any]]:
        rare = self._rare()
        return self.lines([name for name in self.fields if name not in rare])

    def _rare(self) -> list[str]:
        return [name for name in self.fields if name in self.rare]

    def lines(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """Inputs as the page sets them: {"heading", "fields": one, or some that share a line}."""
        left = names
        while left:
            group = next((g for g in self._groups() if left[0] in g), (left[0],))
            names = [name for name in group if name in left]
            left = [name for name in left if name not in names]
            yield {"heading": self.headings.get(names[0], ""), "fields": [self._asked(n) for n in names]}

    def _groups(self) -> Iterator[tuple[str, ...]]:
        yield from self.beside
        for name in self.fields:
            if name.endswith("__vi"):
                yield (name, f"{name[:-4]}__en")

    def _asked(self, name: str) -> dict[str, Any]:
        bound = self[name]
        widget = bound.field.widget
        return {
            "bound": bound,
            "name": name,
            "note": f"{self.ident}-{name}-note",
            "is_set": isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple),
            "is_flag": isinstance(widget, forms.CheckboxInput),
            "clash": self.clashes.get(name),
            **self._said(bound),
            "untranslated": self._is_untranslated(name),
        }

    def notes(self) -> list[dict[str, Any]]:
        """What stands beside each input, for an answer that renews only that."""
        return [self._asked(name) for name in self.fields]

    def _said(self, bound: BoundField) -> dict[str, str]:
        """A condition in words, and where it is built by picking."""
        if not isinstance(bound.field, inputs.Expression) or bound.errors:
            return {}
        return sayings.beside(self.draft, places.below(self.place, self.path(bound.name)), bound.value())

    def _is_untranslated(self, name: str) -> bool:
        if not name.endswith("__en") or f"{name[:-4]}__vi" not in self.fields:
            return False
        return bool(_text(self[f"{name[:-4]}__vi"])) and not _text(self[name])


@dataclass
class Rows:
    """A list of the definition, one panel an item. `blank`: what a new item is; None: items are not added here."""

    template = "studio/rows.html"
    draft: ProcedureVersion
    place: str
    panel: Callable[[ProcedureVersion, str], Panel]
    title: Any
    add: Any = ""
    blank: Callable[[], Any] | None = None
    intro: Any = ""
    empty: Any = ""
    most: int = 100
    posted: Panel | None = None  # the one that was just posted, shown as typed
    ident: str = field(init=False)

    def __post_init__(self) -> None:
        self.ident = places.ident("rows", self.place)

    def panels(self) -> list[Panel]:
        found = [
            self.panel(self.draft, place).called(f"{self.ident}-{index}")
            for index, (place, _item) in enumerate(places.items(self.draft.definition, self.place))
        ]
        posted = self.posted
        return [
            posted.called(panel.ident) if posted and posted.name == panel.name else panel for panel in found
        ]

    @property
    def may_add(self) -> bool:
        return self.blank is not None and len(places.items(self.draft.definition, self.place)) < self.most


@dataclass(frozen=True)
class Block:
    """Something on a page that is no panel."""

    template: str
    more: Mapping[str, Any] = field(default_factory=dict)


Part = Panel | Rows | Block


def path_of(name: str) -> str:
    return name.replace("__", ".")


def raw_of(shown: Any) -> list[str]:
    """What a browser would send for an input that shows this."""
    if isinstance(shown, bool):
        return ["on"] if shown else []
    return [str(one) for one in shown] if isinstance(shown, list) else [str(shown)]


def _text(bound: BoundField) -> str:
    value = bound.value()
    return value.strip() if isinstance(value, str) else ""
