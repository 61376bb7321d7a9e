"""The issued paper: what its template prints must come from somewhere, and what others rely on must stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template import TemplateDoesNotExist
from django.template.base import FilterExpression, Node, NodeList
from django.template.defaulttags import FirstOfNode, ForNode, IfNode, WithNode
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, IncludeNode
from django.utils.translation import gettext as _

from procedures.definitions import parts, shapes
from procedures.definitions.coherence import READ_CLAIM
from procedures.definitions.proofs.findings import Finding


@dataclass(frozen=True, slots=True)
class Reliance:
    """A rule of another procedure in force that takes over papers of type `type`."""

    code: str
    name: Mapping[str, str]
    type: str
    paths: frozenset[str]  # "child.full_name"


# ── The template ──────────────────────────────────────────────────────────────────────────────────


def unfilled(content: parts.Content) -> Iterator[Finding]:
    """What a model of the house always prints and no claim gives. What it prints on condition may be absent."""
    if content.result.is_own:
        return  # `proofs.sheets` reads the definition's own text
    try:
        template: Any = get_template(f"pdf/results/{content.result.template}.html")
    except TemplateDoesNotExist:
        return  # validation has said so
    for path in dict.fromkeys(_printed(template.template.nodelist, {"claims": ()})):
        if not has(content.result.claims, path):
            text = _("The template prints “%s”, which is not among the data in the result.") % ".".join(path)
            yield Finding("result.claims", text)


def has(claims: Any, path: Iterable[str]) -> bool:
    """Whether the claims hold something at a path: data, or data below it."""
    for part in path:
        if not isinstance(claims, Mapping) or part not in claims:
            return False
        claims = claims[part]
    return True


Names = Mapping[str, tuple[str, ...]]  # a template's variable → its path below the claims


def _printed(nodes: NodeList | Iterable[Node], names: Names) -> Iterator[tuple[str, ...]]:
    for node in nodes:
        if isinstance(node, IfNode | ForNode | FirstOfNode):
            continue  # printed on condition, row by row, or as one of several
        if isinstance(node, WithNode | IncludeNode):
            yield from _renamed(node, names)
        elif isinstance(node, BlockNode):
            yield from _printed(node.nodelist, names)
        elif isinstance(expression := getattr(node, "filter_expression", None), FilterExpression):
            path = _path(expression, names)
            if path:
                yield path
        elif isinstance(inner := getattr(node, "nodelist", None), NodeList):
            yield from _printed(inner, names)


def _renamed(node: WithNode | IncludeNode, names: Names) -> Iterator[tuple[str, ...]]:
    given = {name: _path(value, names) for name, value in node.extra_context.items()}
    known = {**names, **{name: path for name, path in given.items() if path is not None}}
    if isinstance(node, WithNode):
        yield from _printed(node.nodelist, known)
    elif isinstance(node.template.var, str):
        inner: Any = get_template(node.template.var)
        yield from _printed(inner.template.nodelist, known)


def _path(expression: FilterExpression, names: Names) -> tuple[str, ...] | None:
    lookups = getattr(expression.var, "lookups", None)
    if not lookups or lookups[0] not in names:
        return None
    return (*names[lookups[0]], *lookups[1:])


# ── What others rely on ───────────────────────────────────────────────────────────────────────────


def reliances(code: str, name: Mapping[str, str], rules: Any) -> Iterator[Reliance]:
    """The reliances in the `reuse` of another procedure's published snapshot."""
    for rule in rules or ():
        paths = {str(path) for path in rule.get("fills", {}).values()}
        paths |= {str(rule["about"])} if rule.get("about") else set()
        paths |= {found.lstrip(".") for found in READ_CLAIM.findall(rule.get("condition") or "")}
        yield Reliance(code, name, str(rule.get("type")), frozenset(paths))


def vanished(
    content: parts.Content, was: str, others: Iterable[Reliance], language: str
) -> Iterator[Finding]:
    """Claims that other procedures in force read and that this version no longer gives.

    `was`: the type of result that the version in force issues, "" when there is none.
    """
    for other in others:
        who = f"{other.code} {other.name.get(language) or other.name.get('vi', '')}".strip()
        if was and other.type == was != content.result.type:
            text = _("%(who)s takes over results of type %(type)s, which this version no longer issues.")
            yield Finding("result.type", text % {"who": who, "type": was})
        elif other.type == content.result.type:
            for path in sorted(other.paths):
                if not has(content.result.claims, path.split(".")):
                    text = _("%(who)s reads “%(claim)s” from this result, and it would be gone.")
                    yield Finding("result.claims", text % {"who": who, "claim": path})


def retyped(
    content: parts.Content, before: parts.Content, others: Iterable[Reliance], language: str
) -> Iterator[Finding]:
    """Claims that other procedures in force read and that would hold another kind of data than in `before`."""
    was, now = (dict(shapes.leaves(shapes.claims(each))) for each in (before, content))
    for other in others:
        if not other.type == before.result.type == content.result.type:
            continue
        who = f"{other.code} {other.name.get(language) or other.name.get('vi', '')}".strip()
        for path in sorted(other.paths & was.keys() & now.keys()):
            if not fits(shapes.kinds(now[path]), shapes.kinds(was[path])):
                text = _(
                    "%(who)s reads “%(claim)s” from this result, and it would hold another kind of data."
                )
                yield Finding("result.claims", text % {"who": who, "claim": path})


def fits(now: frozenset[str], was: frozenset[str]) -> bool:
    """Whether who can read `was` can read `now`; what cannot be told is left to the sample dossiers."""
    return not now or not was or now <= was
