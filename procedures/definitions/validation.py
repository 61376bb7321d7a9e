"""Whether a definition can be published: everything that is wrong with it, each with its place.

First the structure, then what only the whole shows: names in expressions, papers, claims and fields that
refer to each other, both languages, the shares of the stages. What passes here runs without surprises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from portal.accounts.models import Role
from procedures.definitions import loading, parts
from procedures.definitions.sources import Source
from procedures.eforms import expressions
from procedures.eforms.reading import Reader
from procedures.eforms.schema import Field, FieldType, SchemaError
from procedures.eforms.soundness import CONTEXT

Finding = tuple[str, str]  # path, reason
# Types of results → the claims inside them, as far as they are known.
KnownClaims = Mapping[str, parts.Claims]

_PAPER_FIELD = re.compile(r"form\.steps\[(\d+)\]\.fields(\[\d+\])")


@dataclass(frozen=True, slots=True)
class Problem:
    path: str  # "form.steps[1].fields[0].type"; "" = the whole
    reason: str
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else ""
        return f"{place}{self.path}: {self.reason}" if self.path else f"{place}{self.reason}"


class InvalidDefinition(Exception):
    """`problems` says what and where; never empty."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def validate(definition: Mapping[str, Any], *, known: KnownClaims | None = None) -> list[Problem]:
    """The problems of a bundle, in the order of its lines; [] when it can be published.

    `known`: claims of results that other procedures issue; what is reused from them is checked too.
    """
    data = loading.compiled(definition)
    found = [*_reserved(definition), *_structure(data)]
    if not found:
        found = list(_whole(loading.load(data), known or {}))
    found += _languages(definition, "")
    problems = [_placed(definition, path, reason) for path, reason in found]
    return sorted(problems, key=lambda problem: problem.line or 0)


def require(definition: Mapping[str, Any], *, known: KnownClaims | None = None) -> None:
    """Raises InvalidDefinition."""
    if problems := validate(definition, known=known):
        raise InvalidDefinition(problems)


def _placed(definition: Mapping[str, Any], path: str, reason: str) -> Problem:
    path = _as_written(definition, path)
    if isinstance(definition, Source):
        return Problem(path, reason, definition.name, definition.line_of(path))
    return Problem(path, reason)


def _as_written(definition: Mapping[str, Any], path: str) -> str:
    """A path in the step that the papers became is a path among the papers for who wrote them."""
    form = definition.get("form")
    steps = form.get("steps") if isinstance(form, Mapping) else None
    if (match := _PAPER_FIELD.match(path)) and isinstance(steps, list) and int(match[1]) == len(steps):
        return f"papers{match[2]}{path[match.end() :]}"
    return path


# ── Structure ─────────────────────────────────────────────────────────────────────────────────────


def _structure(data: Mapping[str, Any]) -> Iterator[Finding]:
    reader = Reader(data, "")
    form_is_sound = True
    for name, read in loading.READERS.items():
        if name == "result" and not form_is_sound:
            continue  # its fields are read against the form's
        try:
            read(reader)
        except SchemaError as error:
            form_is_sound = form_is_sound and name != "form"
            yield error.path, error.reason
    yield from ((str(key), "is unknown here") for key in data if key not in loading.READERS)


def _reserved(definition: Mapping[str, Any]) -> Iterator[Finding]:
    form = definition.get("form")
    steps = form.get("steps") if isinstance(form, Mapping) else None
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        if isinstance(step, Mapping) and step.get("key") == loading.PAPERS_STEP:
            yield f"form.steps[{index}].key", "is reserved for the step that is made of the papers"


def _languages(value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        if "vi" in value and not str(value.get("en") or "").strip():
            yield path, "has no English text (en)"
        for key, item in value.items():
            yield from _languages(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _languages(item, f"{path}[{index}]")


# ── The whole ─────────────────────────────────────────────────────────────────────────────────────


def _whole(content: parts.Content, known: KnownClaims) -> Iterator[Finding]:
    names = CONTEXT | {field.key for field in content.form.fields()}
    yield from _expression(content.subject, "subject", names)
    yield from _papers(content)
    for index, reuse in enumerate(content.reuse):
        yield from _reuse(content, reuse, f"reuse[{index}]", names, known)
    yield from _doubles([(fee.key, f"fees[{i}].key") for i, fee in enumerate(content.fees)])
    for index, fee in enumerate(content.fees):
        yield from _fee(fee, f"fees[{index}]", names)
    yield from _stages(content.stages)
    if not _has_template(content.result.template):
        yield "result.template", f"there is no templates/pdf/results/{content.result.template}.html"
    outcome = names | {field.key for field in content.result.fields}
    yield from _expression(content.result.subject, "result.subject", outcome)
    yield from _claims(content.result.claims, "result.claims", outcome)


def _expression(text: str | None, path: str, names: frozenset[str]) -> Iterator[Finding]:
    if text:
        yield from ((path, reason) for reason in expressions.problems(text, names))


def _doubles(keys: list[Finding]) -> Iterator[Finding]:
    seen: set[str] = set()
    for key, path in keys:
        if key in seen:
            yield path, f"“{key}” is used twice"
        seen.add(key)


def _papers(content: parts.Content) -> Iterator[Finding]:
    yield from _doubles([(rule.key, f"reuse[{i}].key") for i, rule in enumerate(content.reuse)])


def _reuse(
    content: parts.Content, reuse: parts.Reuse, path: str, names: frozenset[str], known: KnownClaims
) -> Iterator[Finding]:
    paper = next((paper for paper in content.papers if paper.key == reuse.paper), None)
    if paper is None:
        yield f"{path}.paper", f"“{reuse.paper}” is not among the papers"
    elif reuse.type not in paper.accepts:
        yield f"{path}.type", f"{reuse.type} is not among what the paper “{reuse.paper}” accepts"
    yield from _expression(reuse.condition, f"{path}.condition", frozenset({"claims"}))
    yield from _expression(reuse.applies, f"{path}.applies", names)
    for key, claim in reuse.fills.items():
        yield from _fill(content.form.find(key), key, f"{path}.fills.{key}")
        if reuse.type in known and not _has(known[reuse.type], claim):
            yield f"{path}.fills.{key}", f"{reuse.type} holds no claim “{claim}”"


def _fill(field: Field | None, key: str, path: str) -> Iterator[Finding]:
    if field is None:
        yield path, f"“{key}” is not a field of the form"
    elif field.compute or field.type in (FieldType.FILE, FieldType.GROUP):
        yield path, f"“{key}” cannot be filled: it is computed, a file or a group"


def _has(claims: parts.Claims, path: str) -> bool:
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return isinstance(found, str)


def _has_template(name: str) -> bool:
    return (settings.BASE_DIR / "templates" / "pdf" / "results" / f"{name}.html").is_file()


def _fee(fee: parts.Fee, path: str, names: frozenset[str]) -> Iterator[Finding]:
    for name in ("unit_amount", "quantity", "applies"):
        yield from _expression(getattr(fee, name), f"{path}.{name}", names)
    for name in ("unit_amount", "quantity"):
        yield from _amount(getattr(fee, name), f"{path}.{name}")
    for index, exemption in enumerate(fee.exemptions):
        yield from _expression(exemption.applies, f"{path}.exemptions[{index}].applies", names)


def _amount(text: str, path: str) -> Iterator[Finding]:
    """What depends on nothing can be computed here: it must be a whole number."""
    if expressions.references(text):
        return
    value = expressions.evaluate(text, {})
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield path, f"gives {value!r}, must give a whole number of 0 or more"


def _stages(stages: tuple[parts.Stage, ...]) -> Iterator[Finding]:
    """NĐ 30/2020: the clerk numbers and seals only what the leader has signed, so clerk comes last."""
    yield from _doubles([(stage.key, f"stages[{i}].key") for i, stage in enumerate(stages)])
    if (total := sum(stage.share for stage in stages)) != 100:
        yield "stages", f"the shares sum to {total}, they must sum to 100"
    roles = [stage.role for stage in stages]
    if roles[-1] != Role.CLERK or roles.count(Role.CLERK) > 1:
        yield f"stages[{len(stages) - 1}].role", "the last stage, and no other, must be the clerk’s"
    if roles[-2:-1] != [Role.LEADER]:
        yield (
            f"stages[{max(len(stages) - 2, 0)}].role",
            "the leader’s stage must come right before the clerk’s",
        )
    for index, role in enumerate(roles):
        if role not in (Role.HANDLER, Role.LEADER, Role.CLERK):
            yield f"stages[{index}].role", f"“{role}” does not process dossiers; handler, leader or clerk do"


def _claims(claims: parts.Claims, path: str, names: frozenset[str]) -> Iterator[Finding]:
    for key, value in claims.items():
        if isinstance(value, Mapping):
            yield from _claims(value, f"{path}.{key}", names)
        else:
            yield from _expression(value, f"{path}.{key}", names)
