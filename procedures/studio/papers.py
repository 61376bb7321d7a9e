"""The section Papers: what is asked for (thành phần hồ sơ), and which issued results stand in for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from procedures.definitions.models import ProcedureVersion
from procedures.eforms import soundness
from procedures.eforms.questions import FieldType
from procedures.studio import fresh, inputs, issued, outline, pages, places
from procedures.studio.access import EditorRequest, draft_or_404, editor
from procedures.studio.form_panels import RequiredPanel
from procedures.studio.inputs import bilingual
from procedures.studio.panels import Panel, Part, Rows

FORMS = (
    ("original", pgettext_lazy("paper", "Original")),
    ("copy", pgettext_lazy("paper", "Copy")),
    ("electronic", pgettext_lazy("paper", "Electronic")),
)


class PaperPanel(RequiredPanel):
    """One paper that the law asks for."""

    beside = (("max_mb", "max_files"),)

    def inputs(self) -> dict[str, forms.Field]:
        return {
            **bilingual("label", _("Paper (Vietnamese)"), _("Paper (English)")),
            **bilingual("hint", _("Hint (Vietnamese)"), _("Hint (English)")),
            "form": inputs.pick(_("In which form"), FORMS, radio=True, default="original"),
            "applies": inputs.expression(_("Asked only when"), hint=_("Empty: always.")),
            **self.required(_("It must be handed in")),
            "accept": inputs.picks(
                _("Formats that are taken"), [(one, one.upper()) for one in soundness.FORMATS]
            ),
            "max_mb": inputs.number(_("Most megabytes a file"), least=1, most=200, hint=_("Empty: 10")),
            "max_files": inputs.number(_("Most files"), least=1, most=20, hint=_("Empty: 1")),
        }


class AcceptPanel(Panel):
    """One kind of issued result that stands in for the paper."""

    def inputs(self) -> dict[str, forms.Field]:
        return {"type": inputs.pick(_("Result"), issued.choices(self.item))}

    def shown(self) -> dict[str, Any]:
        return {"type": self.item}

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {"": cleaned["type"]} if cleaned.get("type") else {}

    def path(self, name: str) -> str:
        return ""

    def name_of(self, path: str) -> str:
        return "type"

    @property
    def caption(self) -> str:
        return str(self.item)


class ReusePanel(Panel):
    """How a result that the citizen already has serves this procedure."""

    reloads = frozenset({"type"})

    def inputs(self) -> dict[str, forms.Field]:
        found = places.items(self.draft.definition, "papers")
        papers = [(places.name_of(item), places.texts(places.find(item, "label"))) for _at, item in found]
        return {
            "type": inputs.pick(_("Result that is reused"), issued.choices(places.find(self.item, "type"))),
            "paper": inputs.pick(_("Paper that it stands in for"), [("", _("Choose")), *papers]),
            **bilingual(
                "purpose",
                _("What the citizen agrees to (Vietnamese)"),
                _("What the citizen agrees to (English)"),
                rows=2,
            ),
            "applies": inputs.expression(_("Offered only when"), hint=_("Empty: always.")),
            "about": inputs.pick(
                _("Whose personal ID number must be the applicant’s"),
                self._persons(),
                hint=_("Empty: anybody’s."),
            ),
            "max_age_days": inputs.number(
                _("At most so many days after its issue"),
                least=1,
                most=36_500,
                hint=_("Empty: as long as it holds."),
            ),
            "condition": inputs.expression(
                _("Which of these results will do"),
                hint=_("Over the data inside, for example claims.child.sex == “female”. Empty: any."),
            ),
        }

    def _persons(self) -> list[tuple[str, Any]]:
        """The personal ID numbers in the result, and what stands there now."""
        claims, now = issued.claims(places.find(self.item, "type")), places.find(self.item, "about")
        found = [(path, words) for path, words in claims.items() if path.endswith("personal_id")]
        if isinstance(now, str) and now and now not in dict(found):
            found.append((now, now))
        return [("", _("Anybody’s")), *found]

    @property
    def caption(self) -> str:
        kind = places.find(self.item, "type")
        return str(dict(issued.choices(kind)).get(kind, kind)) if isinstance(kind, str) else ""


class FillsPanel(Panel):
    """Which questions are filled in from which data inside the result."""

    intro = _("What is filled in is locked: it is as the issuing office wrote it.")

    def __init__(self, draft: ProcedureVersion, place: str) -> None:
        self.kind = places.find(draft.definition, f"{places.parent(place)}.type")
        self.title = _now("Filled in from “%(result)s”") % {
            "result": dict(issued.choices(self.kind)).get(self.kind, self.kind)
        }
        super().__init__(draft, place)

    @cached_property
    def questions(self) -> list[outline.Node]:
        nodes = [node for step in outline.steps(self.draft.definition) for node in step.fields if node.key]
        return [node for node in nodes if self._may_be_filled(node)]

    def _may_be_filled(self, node: outline.Node) -> bool:
        item = places.find(self.draft.definition, node.place)
        kind = places.find(item, "type")
        return kind not in (FieldType.FILE, FieldType.GROUP) and not places.find(item, "compute")

    def inputs(self) -> dict[str, forms.Field]:
        claims = [("", _("Not filled in")), *issued.claims(self.kind).items()]
        known = {path for path, _words in claims}
        return {
            node.key: inputs.pick(node.title, [*claims, *self._kept(node.key, known)])
            for node in self.questions
        }

    def _kept(self, key: str, known: set[str]) -> list[tuple[str, str]]:
        now = places.find(self.item, key)
        return [(now, now)] if isinstance(now, str) and now not in known else []

    @property
    def is_gone(self) -> bool:
        return places.find(self.draft.definition, places.parent(self.place)) is None


@editor
def papers(request: EditorRequest, code: str) -> HttpResponse:
    """The papers, and what stands in for them."""
    return pages.answer(request, draft_or_404(request, code), _papers)


def _papers(draft: ProcedureVersion) -> pages.Page:
    parts: list[Part] = [
        Rows(
            draft,
            "papers",
            PaperPanel,
            _("Papers that are asked for"),
            _("Add a paper"),
            lambda: {"key": fresh.key(draft, "papers", "giay_to"), "label": {"vi": _now("New paper")}},
            intro=_("Nothing that the State already knows, or has issued itself, is asked for again."),
            empty=_("No paper is asked for."),
        )
    ]
    parts += [_accepts(draft, place, item) for place, item in places.items(draft.definition, "papers")]
    parts.append(_reuse(draft))
    parts += [FillsPanel(draft, f"{place}.fills") for place, _item in places.items(draft.definition, "reuse")]
    return pages.Page("papers", _("Papers"), parts)


def _accepts(draft: ProcedureVersion, place: str, item: Any) -> Rows:
    label = places.texts(places.find(item, "label")) or _now("a paper without a name")
    return Rows(
        draft,
        f"{place}.accepts",
        AcceptPanel,
        _now("Results that stand in for “%(paper)s”") % {"paper": label},
        _("Add a result"),
        (lambda: next(iter(issued.known()))) if issued.known() else None,
        empty=_("None: a file is uploaded."),
    )


def _reuse(draft: ProcedureVersion) -> Rows:
    return Rows(
        draft,
        "reuse",
        ReusePanel,
        _("Reuse of results"),
        _("Add a reuse"),
        (lambda: _new_reuse(draft)) if issued.known() else None,
        intro=_(
            "A result in the citizen’s store fills in questions and stands in for a paper, if they agree."
        ),
        empty=_("Nothing is reused."),
    )


def _new_reuse(draft: ProcedureVersion) -> dict[str, Any]:
    paper = next((places.name_of(item) for _at, item in places.items(draft.definition, "papers")), "")
    kind, title = next(iter(issued.known().items()))
    return {
        "key": fresh.key(draft, "reuse", "dung_lai"),
        "type": kind,
        "paper": paper,
        "purpose": {"vi": _now("Use the data of your %(result)s") % {"result": title}},
    }
