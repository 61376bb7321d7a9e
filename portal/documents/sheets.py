"""Text of papers that administrators write: a small part of Django's template language, and nothing else.

Such a text may show values, choose and repeat. It reaches plain values alone: what it is given is copied
to texts, numbers, dates, lists and mappings first, and a name is looked up in mappings, never as an
attribute, so that no object, method or setting can be found from it. There is no tag that loads, includes,
or asks the clock; values are escaped; what it may repeat and print is bounded.

What it prints is HTML and goes through `markup`, which lets simple elements pass; its rules go through `styling`.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, cast

from django.template import (
    Context,
    Engine,
    Library,
    Template,
    TemplateSyntaxError,
    defaultfilters,
    defaulttags,
)
from django.template.base import (
    FilterExpression,
    Lexer,
    Node,
    NodeList,
    Parser,
    TextNode,
    Variable,
    VariableDoesNotExist,
    VariableNode,
)
from django.template.defaulttags import FirstOfNode, ForNode, IfNode, WithNode
from django.template.library import import_library
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.documents import markup

MAX_SOURCE = 40_000  # characters
MAX_PRINTED = 200_000  # characters; a page of small print has 5,000
MAX_TURNS = 2_000  # of all loops together
TAGS = ("if", "for", "with", "firstof", "comment")
FILTERS = (
    "capfirst", "default", "default_if_none", "first", "floatformat", "last", "length", "linebreaksbr", "lower",
    "slice", "title", "upper", "yesno",
)  # fmt: skip
WORDS = "portal.templatetags.paper"  # dates, numbers and names as papers write them
BUDGET = "_budget"  # names that begin with _ cannot be written in a text

register = Library()


class Problem(NamedTuple):
    """What is wrong in a text, in the language in use; `line` counts from 1, 0 where it is not known."""

    line: int
    text: str

    def __str__(self) -> str:
        return _("Line %(line)d: %(text)s") % self._asdict() if self.line else self.text


class BadSheet(Exception):
    """The text cannot be printed; `problems` is never empty."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Mention:
    """A value that the text names: ("claims", "child", "full_name"), a row of a list as "[]".

    `always`: it is printed whatever the values are.
    """

    line: int
    path: tuple[str, ...]
    always: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text that was read and found sound. Kept and used again by all threads."""

    template: Template

    def mentions(self) -> Iterator[Mention]:
        """Every value that is named, in order."""
        yield from _mentions(self.template.nodelist, {}, always=True)

    def write(self, values: Mapping[str, Any]) -> str:
        """The HTML with `values` in it: allowed elements only, everything else escaped. Raises BadSheet."""
        context = Context({**plain(dict(values)), BUDGET: _Budget()})
        try:
            text = self.template.render(context)
        except BadSheet:
            raise
        except (
            Exception
        ) as error:  # a filter over a value that it was not made for, in an {% if %} or {% with %}
            raise BadSheet([Problem(0, _("A value cannot be shown as the text asks for."))]) from error
        clean, problems = markup.clean(text)
        if problems:
            raise BadSheet([Problem(0, problem.text) for problem in problems])
        return clean


@functools.lru_cache(maxsize=512)  # a published version's text never changes
def read(source: str) -> Sheet:
    """The text as a sheet. Raises BadSheet with everything that can be told, line by line."""
    if len(source) > MAX_SOURCE:
        said = _("The text has %(n)d characters; %(most)d are the most.")
        raise BadSheet([Problem(0, said % {"n": len(source), "most": MAX_SOURCE})])
    try:
        template = _Template(source, engine=_engine())
    except TemplateSyntaxError as error:
        token = getattr(error, "token", None)
        raise BadSheet([Problem(getattr(token, "lineno", 0) or 0, _said(error, token))]) from None
    if problems := markup.problems(source):
        raise BadSheet([Problem(*problem) for problem in problems])
    return Sheet(template)


def plain(value: Any) -> Any:
    """A copy of `value` that is made of plain values only. Raises TypeError for anything else."""
    match value:
        case None | bool() | int() | float() | Decimal() | dt.date() | dt.time():
            return value
        case str():
            return "".join((value,))  # of a text that is marked as safe, the unmarked one
        case Promise():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no plain value")


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


class _Engine(Engine):
    default_builtins: ClassVar = []


@functools.cache
def _engine() -> Engine:
    known = defaultfilters.register.filters
    register.filters |= {name: known[name] for name in FILTERS} | import_library(WORDS).filters
    return _Engine(loaders=[], libraries={}, builtins=[__name__], autoescape=True, debug=False)


register.tag("if", defaulttags.do_if)
register.tag("with", defaulttags.do_with)
register.tag("firstof", defaulttags.firstof)
register.tag("comment", defaulttags.comment)


@register.tag("for")
def _for(parser: Parser, token: Any) -> ForNode:
    node: Any = defaulttags.do_for(parser, token)
    node.nodelist_loop.insert(0, _Turn())
    return cast(ForNode, node)


class _Template(Template):
    def compile_nodelist(self) -> NodeList:
        engine = cast(Any, self.engine)
        tokens = Lexer(str(self.source)).tokenize()
        return _Parser(tokens, {}, engine.template_builtins, self.origin).parse()


class _Parser(Parser):
    """Says what is not allowed in the language in use, and makes every value a plain one."""

    def compile_filter(self, token: str) -> FilterExpression:
        found = FilterExpression(token, self)
        given = [value for _filter, values in found.filters for _is_name, value in values]
        for value in (found.var, *given):
            if isinstance(value, Variable):
                value.__class__ = _Plain
        return found

    def extend_nodelist(self, nodelist: NodeList, node: Node, token: Any) -> None:
        counted = {TextNode: _Text, VariableNode: _Value}.get(type(node))
        if counted:
            node.__class__ = counted
        super().extend_nodelist(nodelist, node, token)

    def find_filter(self, filter_name: str) -> Any:
        if filter_name not in self.filters:
            raise _Refused(_("There is no filter “%s” for papers.") % filter_name)
        return super().find_filter(filter_name)

    def invalid_block_tag(self, token: Any, command: str, parse_until: Any = None) -> None:
        said = _("“{%% %(tag)s %%}” cannot stand here. Papers have: %(tags)s.")
        raise self.error(token, _Refused(said % {"tag": command, "tags": ", ".join(TAGS)}))

    def unclosed_block_tag(self, parse_until: Any) -> None:
        command, token = self.command_stack.pop()
        said = _("“{%% %(tag)s %%}” has no “{%% end%(tag)s %%}”.")
        raise self.error(token, _Refused(said % {"tag": command}))


class _Refused(TemplateSyntaxError):
    """Says in the language in use what is wrong."""


def _said(error: TemplateSyntaxError, token: Any) -> str:
    """Our own sentences as they are; Django's, which are for programmers, as one that shows the place."""
    if token is None or isinstance(error, _Refused):
        return str(error)
    return str(_("“%s” cannot be read.") % token.contents[:80])


class _Plain(Variable):
    """A name that is looked up in mappings and lists only."""

    __slots__ = ()

    def _resolve_lookup(self, context: Any) -> Any:
        found = context
        for name in self.lookups or ():
            try:
                found = found[int(name) if isinstance(found, list) else name]
            except (KeyError, IndexError, ValueError, TypeError):
                raise VariableDoesNotExist("“%s” is not there", (name,)) from None
        return found


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


class _Budget:
    """What one text may still print."""

    __slots__ = ("characters", "turns")

    def __init__(self) -> None:
        self.characters, self.turns = MAX_PRINTED, MAX_TURNS

    def spend(self, characters: int = 0, turns: int = 0) -> None:
        self.characters -= characters
        self.turns -= turns
        if self.turns < 0:
            raise BadSheet([Problem(0, _("The text repeats more than %d times.") % MAX_TURNS)])
        if self.characters < 0:
            raise BadSheet([Problem(0, _("The text prints more than %d characters.") % MAX_PRINTED)])


class _Turn(Node):
    """One turn of a loop."""

    def render(self, context: Context) -> str:
        context[BUDGET].spend(turns=1)
        return ""


class _Text(TextNode):
    def render(self, context: Context) -> str:
        context[BUDGET].spend(len(self.s))
        return super().render(context)

    def render_annotated(self, context: Context) -> str:  # the base's leaves `render` out
        return self.render(context)


class _Value(VariableNode):
    def render(self, context: Context) -> str:
        try:
            text = super().render(context)
        except BadSheet:
            raise
        except Exception as error:  # a date out of a name, say: filters raise what they like
            said = _("“%s” cannot be shown with this value.") % self.filter_expression.token
            raise BadSheet([Problem(_line(self), said)]) from error
        context[BUDGET].spend(len(text))
        return text


# ── What is named ─────────────────────────────────────────────────────────────────────────────────

Scope = Mapping[
    str, tuple[str, ...]
]  # a name made in the text → the path it stands for; () when it is nobody's


def _mentions(nodes: Iterable[Any], scope: Scope, *, always: bool) -> Iterator[Mention]:
    for node in nodes:
        if isinstance(node, VariableNode):
            yield from _of(node, node.filter_expression, scope, always=always)
        elif isinstance(node, WithNode):
            yield from _of_with(node, scope, always=always)
        elif isinstance(node, ForNode):
            yield from _of_for(node, scope, always=always)
        elif isinstance(node, IfNode):
            for condition, inner in node.conditions_nodelists:
                for expression in _compared(condition):
                    yield from _of(node, expression, scope, always=False)
                yield from _mentions(inner, scope, always=False)
        elif isinstance(node, FirstOfNode):
            for expression in node.vars:
                yield from _of(node, expression, scope, always=False)
            scope = {**scope, node.asvar: ()} if node.asvar else scope


def _of(node: Node, expression: FilterExpression, scope: Scope, *, always: bool) -> Iterator[Mention]:
    given = [value for _filter, values in expression.filters for _is_name, value in values]
    for value in (expression.var, *given):
        path = _path(value, scope)
        if path:
            yield Mention(_line(node), path, always)


def _line(node: Node) -> int:
    return (node.token.lineno if node.token else 0) or 0


def _of_with(node: Any, scope: Scope, *, always: bool) -> Iterator[Mention]:
    inner = dict(scope)
    for name, expression in node.extra_context.items():
        inner[name] = _path(expression.var, scope) or () if not expression.filters else ()
        yield from _of(node, expression, scope, always=False)
    yield from _mentions(node.nodelist, inner, always=always)


def _of_for(node: Any, scope: Scope, *, always: bool) -> Iterator[Mention]:
    yield from _of(node, node.sequence, scope, always=False)
    path = () if node.sequence.filters else _path(node.sequence.var, scope) or ()
    row = (*path, "[]") if path and len(node.loopvars) == 1 else ()
    inner = {**scope, **dict.fromkeys(node.loopvars, row), "forloop": ()}
    yield from _mentions(node.nodelist_loop, inner, always=False)
    yield from _mentions(node.nodelist_empty, scope, always=False)


def _path(value: Any, scope: Scope) -> tuple[str, ...]:
    """The path of a name; () of a literal and of what the text made itself."""
    lookups = tuple(value.lookups or ()) if isinstance(value, Variable) else ()
    if not lookups or lookups[0] not in scope:
        return lookups
    start = scope[lookups[0]]
    return (*start, *lookups[1:]) if start else ()


def _compared(condition: Any) -> Iterator[FilterExpression]:
    """The expressions of an {% if %}'s condition; none of an {% else %}."""
    if isinstance(value := getattr(condition, "value", None), FilterExpression):
        yield value
    for side in ("first", "second"):
        if inner := getattr(condition, side, None):
            yield from _compared(inner)
