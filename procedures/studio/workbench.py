"""One expression on the workbench: rows where rows can say it, text where they cannot. Pure; knows no database.

Made from a draft, or from the page as it was posted; either way it knows the rows, the expression that they
make, what it says in words, and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from procedures.definitions import places
from procedures.eforms import conditions, expressions
from procedures.eforms.subjects import Options, Subject
from procedures.studio import builder, posting, scope
from procedures.studio.builder import Part

# The last word of a place → whether rows can say what stands there. Others hold no expression.
BOOLEAN = ("applies", "required", "condition", "expression")
OTHER = ("compute", "min", "max", "subject", "unit_amount", "counter_amount", "quantity", "count")


@dataclass
class Workbench:
    """`part` is None while the expression is edited as text; `stored`: what the draft holds."""

    place: str
    known: dict[str, Subject]
    names: frozenset[str]  # what the expression may mention, as variables
    stored: str
    text: str
    part: Part | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)  # (anchor, reason)

    @property
    def is_boolean(self) -> bool:
        return self.place.rpartition(".")[2] in BOOLEAN

    @property
    def words(self) -> str:
        return conditions.words(self.text, self.known, get_language() or "vi")


def is_expression(definition: Mapping[str, Any], place: str) -> bool:
    """Whether an expression stands, or can stand, at `place`."""
    around = places.value(definition, places.parent(place))
    return place.rpartition(".")[2] in BOOLEAN + OTHER and isinstance(around, Mapping)


def at(
    definition: Mapping[str, Any], place: str, *, options: Options | None = None, claims: tuple[str, ...] = ()
) -> Workbench:
    """What the draft holds at `place`, as rows where that is possible."""
    known = scope.of(definition, place, options=options, claims=claims)
    found = places.value(definition, place)
    stored = found if isinstance(found, str) else ""
    bench = Workbench(place, known, _names(known), stored, stored)
    bench.part = _rows(bench, stored)
    return bench


def _names(known: Mapping[str, Subject]) -> frozenset[str]:
    """Variables: the first part of dotted subjects, and no fields of rows."""
    return frozenset(key.partition(".")[0] for key in known if not key.startswith("."))


def _rows(bench: Workbench, text: str) -> Part | None:
    """The rows that say exactly what `text` says; None when there are none."""
    if not bench.is_boolean:
        return None
    if not text.strip():
        return builder.of_tree(None)
    tree = conditions.parse(text)
    return builder.of_tree(tree) if tree and builder.is_same(tree, bench.known) else None


def posted(bench: Workbench, data: QueryDict, do: str) -> Workbench:
    """The workbench as the page showed it, after the button `do`. Text that was typed counts before rows."""
    typed = data.get("cel", "").replace("\r\n", "\n").strip()
    is_typed = data.get("mode") == "text" or typed != data.get("cel-was", typed)
    if do == "rows":
        bench.part, bench.text = builder.of_tree(None), ""
    elif is_typed:
        bench.text = typed
        bench.part = _rows(bench, typed) if do == "read" else None
        bench.problems = list(_wrong(bench))
    else:
        bench.part = posting.act(posting.posted(data, bench.known), do)
        bench.text = conditions.write(builder.to_tree(bench.part, bench.known))
    return bench


def judge(bench: Workbench) -> bool:
    """Whether it can be saved; what stands against it is in `problems`. An empty condition may mean “always”."""
    if bench.part:
        bench.problems = [(f"r{line.path}", line.error) for line in builder.lines(bench.part) if line.error]
        if _is_one_empty_row(bench.part):
            bench.problems = []
    if not bench.problems:
        bench.problems = list(_wrong(bench))
    if not bench.problems and not bench.text and not bench.place.endswith(".applies"):
        bench.problems = [("r0-0" if bench.part else "cel", _("Something has to be said here."))]
    return not bench.problems


def _is_one_empty_row(part: Part) -> bool:
    found = list(builder.lines(part))
    return not found or (len(found) == 1 and not found[0].subject)


def _wrong(bench: Workbench) -> list[tuple[str, str]]:
    """What is wrong with the expression, for people."""
    if not bench.text:
        return []
    try:
        names, functions = expressions.strangers(bench.text, bench.names)
    except expressions.ExpressionError as error:
        return [("cel", _why(bench.text, str(error)))]
    found = [_("“%(name)s” does not exist, or is asked only later.") % {"name": name} for name in names]
    found += [_("There is no function “%(name)s”.") % {"name": name} for name in functions]
    return [("cel", reason) for reason in found]


def _why(text: str, reason: str) -> str:
    if len(text) > expressions.MAX_LENGTH:
        most = {"n": len(text), "most": expressions.MAX_LENGTH}
        return _("The expression has %(n)s characters, at most %(most)s are allowed.") % most
    # What the compiler would have taken instead is a list for programmers.
    why = reason.removeprefix("is not an expression: ").partition(" expecting ")[0]
    return _("This is not an expression yet: %(why)s") % {"why": why}
