"""The section Fees: ordered lines, each with its law, its price, its exemptions and its test table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from procedures.definitions.models import ProcedureVersion
from procedures.definitions.process import MAX_AMOUNT
from procedures.eforms import expressions
from procedures.eforms.questions import FieldType
from procedures.studio import fresh, inputs, outline, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Panel, Part, Rows

KINDS = (("le_phi", _("Lệ phí (a charge of the State)")), ("phi", _("Phí (the price of a service)")))
PRICES = (("each", _("The same for each")), ("tiers", _("In steps: the more, the cheaper or dearer each")))
TIMES = (
    ("submit", _("When the dossier is filed")),
    ("acceptance", _("When it is received")),
    ("supplement", _("With a supplement")),
    ("return", _("Before the result is issued")),
)
REFUNDS = (
    ("withdrawn", _("Withdrawn before it was received")),
    ("withdrawn_later", _("Withdrawn after it was received")),
    ("refused", _("Not received")),
    ("stopped", _("Processing stopped")),
    ("never", _("Never")),
)
CHANNELS = (("online", _("Online")), ("counter", _("At the counter")))


class FeePanel(Panel):
    """One line: what one costs, times how many."""

    reloads = frozenset({"price"})
    headings = {"price": _("What it costs"), "applies": _("When it is due")}
    beside = (("tiers__count", "tiers__most"), ("counter_amount", "quantity"))

    @property
    def in_tiers(self) -> bool:
        return isinstance(places.find(self.item, "tiers"), Mapping)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("label", _("Fee (Vietnamese)"), _("Fee (English)")),
            **bilingual("basis", _("Legal basis (Vietnamese)"), _("Legal basis (English)")),
            "kind": inputs.pick(_("Kind"), KINDS, radio=True, default="le_phi"),
            "price": inputs.pick(_("Price"), PRICES, radio=True, default="each"),
            **(self._tiers() if self.in_tiers else self._each()),
            "counter_amount": inputs.expression(
                _("For each at the counter, in đồng"), hint=_("Empty: as online.")
            ),
            "quantity": inputs.expression(
                _("How many"), hint=_("The key of a question, a number or an expression. Empty: 1.")
            ),
            "applies": inputs.expression(_("Due only when"), hint=_("Empty: always.")),
            "when": inputs.pick(_("Asked for"), TIMES, default="submit"),
            "refunds": inputs.picks(
                _("Goes back by itself when the dossier is"),
                REFUNDS,
                hint=_("Nothing ticked: withdrawn before it was received, or not received."),
            ),
        }

    def _each(self) -> dict[str, forms.Field]:
        return {
            "unit_amount": inputs.expression(
                _("For each, in đồng"), hint=_("A number like 8000, or an expression.")
            )
        }

    def _tiers(self) -> dict[str, forms.Field]:
        return {
            "tiers__count": inputs.expression(
                _("What is counted in one piece"), hint=_("For example the key of the question for pages.")
            ),
            "tiers__most": inputs.number(_("One piece costs at most, in đồng"), most=MAX_AMOUNT, css="w12"),
        }

    def shown(self) -> dict[str, Any]:
        return super().shown() | {"price": "tiers" if self.in_tiers else "each"}

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = super().values(cleaned)
        price = found.pop("price", None)
        if price == "tiers" and not self.in_tiers:
            return found | {"unit_amount": None, "tiers": {"count": "1", "steps": [{"amount": 0}]}}
        if price == "each" and self.in_tiers:
            kept = {path: value for path, value in found.items() if not path.startswith("tiers")}
            return kept | {"tiers": None, "unit_amount": "0"}
        return found

    def name_of(self, path: str) -> str:
        return (
            "price" if path == "tiers" or path not in map(self.path, self.fields) else super().name_of(path)
        )


class TierPanel(Panel):
    """One step of the price."""

    beside = (("upto", "amount"),)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            "upto": inputs.number(
                _("Up to the n-th"), least=1, hint=_("Empty in the last step: all the rest.")
            ),
            "amount": inputs.number(_("Each costs, in đồng"), most=MAX_AMOUNT, css="w12"),
        }

    @property
    def caption(self) -> str:
        return str(_("Step"))


class ExemptionPanel(Panel):
    """Who pays less. Of several that apply the highest counts."""

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual(
                "label", _("Exemption or reduction (Vietnamese)"), _("Exemption or reduction (English)")
            ),
            "applies": inputs.expression(_("Who has it")),
            "percent": inputs.number(
                _("Per cent less"), least=1, most=100, hint=_("Empty: 100, nothing is to be paid.")
            ),
            **bilingual("basis", _("Legal basis (Vietnamese)"), _("Legal basis (English)")),
        }


class ExamplePanel(Panel):
    """One row of the test table: with these answers it must come to this."""

    @property
    def beside(self) -> tuple[tuple[str, ...], ...]:  # type: ignore[override]  # others have a constant
        return (tuple(self.fields),)

    @cached_property
    def questions(self) -> list[outline.Node]:
        """The questions that the fee looks at."""
        fee = places.find(self.draft.definition, places.parent(places.parent(self.place)))
        named = set().union(*map(_names, _texts(fee)))
        every = (node for step in outline.steps(self.draft.definition) for node in step.fields)
        given = places.find(self.item, "given")
        named |= set(given) if isinstance(given, Mapping) else set()
        return [node for node in every if node.key in named]

    def inputs(self) -> dict[str, forms.Field]:
        asked = {f"given__{node.key}": self._answer(node) for node in self.questions}
        return {
            **asked,
            "channel": inputs.pick(_("Filed"), CHANNELS, default="online"),
            "amount": inputs.number(_("Then it comes to, in đồng"), most=MAX_AMOUNT, css="w12"),
        }

    def _answer(self, node: outline.Node) -> forms.Field:
        field = places.find(self.draft.definition, node.place)
        match places.find(field, "type"):
            case FieldType.INTEGER | FieldType.MONEY:
                return inputs.number(node.title)
            case FieldType.YES_NO:
                return YesNo(label=node.title)
            case FieldType.CHOICE if places.items(field, "options"):
                return inputs.pick(node.title, [("", _("Not answered")), *_options(field)])
        return inputs.line(node.title)

    @property
    def caption(self) -> str:
        return str(_("Example"))


class YesNo(inputs.Pick):
    """An answer yes, no or none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=(("", _("Not answered")), ("yes", _("Yes")), ("no", _("No"))), **options)

    def prepare_value(self, value: Any) -> str:
        return (
            {True: "yes", False: "no"}.get(value, "")
            if isinstance(value, bool)
            else super().prepare_value(value)
        )

    def clean(self, value: Any) -> Any:
        return {"yes": True, "no": False}.get(super().clean(value) or "")


def _options(field: Any) -> list[tuple[str, str]]:
    found = [item for _at, item in places.items(field, "options")]
    return [(str(places.find(one, "value")), places.texts(places.find(one, "label"))) for one in found]


def _texts(fee: Any) -> Iterator[str]:
    found = [
        places.find(fee, path)
        for path in ("unit_amount", "quantity", "applies", "tiers.count", "counter_amount")
    ]
    found += [places.find(item, "applies") for _at, item in places.items(fee, "exemptions")]
    return (text for text in found if isinstance(text, str) and text)


def _names(text: str) -> frozenset[str]:
    try:
        return expressions.references(text)
    except expressions.ExpressionError:
        return frozenset()


@editor
def fees(request: EditorRequest, code: str) -> HttpResponse:
    """The lines of the fee."""
    return pages.answer(request, draft_or_404(request, code), _fees)


def _fees(draft: ProcedureVersion) -> pages.Page:
    lines = Rows(
        draft,
        "fees",
        FeePanel,
        _("Fee lines"),
        _("Add a fee"),
        lambda: _new_fee(draft),
        intro=_("Amounts are whole đồng. Without a line the procedure is free."),
        empty=_("Free of charge."),
    )
    parts: list[Part] = [lines]
    for place, item in places.items(draft.definition, "fees"):
        parts += _of_fee(
            draft, place, places.texts(places.find(item, "label")) or _now("a fee without a name")
        )
    return pages.Page("fees", _("Fees"), parts)


def _new_fee(draft: ProcedureVersion) -> dict[str, Any]:
    return {
        "key": fresh.key(draft, "fees", "phi"),
        "kind": "le_phi",
        "label": {"vi": _now("New fee")},
        "unit_amount": "0",
        "basis": {"vi": ""},
    }


def _of_fee(draft: ProcedureVersion, place: str, label: str) -> list[Part]:
    """What belongs to one fee besides its line."""
    name = {"fee": label}
    found: list[Part] = []
    if places.items(draft.definition, f"{place}.tiers.steps"):
        title = _now("Steps of the price: %(fee)s") % name
        found.append(
            Rows(draft, f"{place}.tiers.steps", TierPanel, title, _("Add a step"), lambda: {"amount": 0})
        )
    found.append(
        Rows(
            draft,
            f"{place}.exemptions",
            ExemptionPanel,
            _now("Exemptions and reductions: %(fee)s") % name,
            _("Add an exemption"),
            lambda: {"label": {"vi": _now("New exemption")}, "applies": "false", "basis": {"vi": ""}},
            intro=_("Of several that apply the highest benefit counts."),
            empty=_("None."),
        )
    )
    found.append(
        Rows(
            draft,
            f"{place}.examples",
            ExamplePanel,
            _now("Test table: %(fee)s") % name,
            _("Add an example"),
            lambda: {"given": {}, "amount": 0},
            intro=_("Each row is calculated before publishing; one that comes to something else stops it."),
            empty=_("No examples yet."),
        )
    )
    return found
