"""Whether a definition can be published: everything that is wrong with it, each with its place.

First the structure, then what only the whole shows (`coherence`), and both languages. What passes here runs
without surprises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from procedures.definitions import coherence, loading, named
from procedures.definitions.coherence import KnownClaims
from procedures.definitions.findings import Finding
from procedures.definitions.sources import Source
from procedures.eforms.reading import Reader
from procedures.eforms.schema import SchemaError

# Answers and data, in which “vi” may be anybody's key.
_NO_TEXTS = frozenset({"answers", "given", "outcome", "applicant", "claims", "fills", "lists"})
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


def validate(
    definition: Mapping[str, Any],
    *,
    known: KnownClaims | None = None,
    lists: loading.Frozen | None = None,
) -> list[Problem]:
    """The problems of a bundle, in the order of its lines; [] when it can be published.

    `known`: claims of results that other procedures issue; what is reused from them is checked too.
    `lists`: the managed code lists; without them there are those that are built in.
    """
    definition = loading.migrated(definition)
    data = loading.compiled(definition, lists)
    found = [*_reserved(definition), *_structure(data), *named.hidden(definition)]
    if not found:
        found = list(coherence.findings(loading.load(data), known or {}))
    found += _languages(definition, "")
    problems = [_placed(definition, path, reason) for path, reason in found]
    return sorted(problems, key=lambda problem: problem.line or 0)


def require(
    definition: Mapping[str, Any],
    *,
    known: KnownClaims | None = None,
    lists: loading.Frozen | None = None,
) -> None:
    """Raises InvalidDefinition."""
    if problems := validate(definition, known=known, lists=lists):
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
    if "lists" in definition:
        yield "lists", "is unknown here"  # publishing writes them


def _languages(value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        if "vi" in value and not str(value.get("en") or "").strip():
            yield path, "has no English text (en)"
        for key, item in value.items():
            if key in _NO_TEXTS:
                continue
            yield from _languages(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _languages(item, f"{path}[{index}]")
