"""The results that published procedures issue: what a definition in the studio can rely on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from procedures.definitions import runtime
from procedures.definitions.models import ProcedureVersion


def known() -> dict[str, str]:
    """Type of result → its name, by name. One query."""
    rows = ProcedureVersion.objects.current().values_list(
        "definition__result__type", "definition__result__name__vi"
    )
    found = {str(kind): str(name) for kind, name in rows if kind and name}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def choices(now: Any) -> list[tuple[str, Any]]:
    """For a select: the results by name with their type; `now`, what stands there, is among them."""
    found = [(kind, f"{name} ({kind})") for kind, name in known().items()]
    if isinstance(now, str) and now and now not in dict(found):
        found.append((now, now))
    return found


def claims(kind: Any) -> dict[str, str]:
    """Path → words for the data inside a result, as its procedure writes them; {} for one that nobody issues."""
    version = ProcedureVersion.objects.current().filter(definition__result__type=kind)
    pk = version.values_list("pk", flat=True).first() if isinstance(kind, str) else None
    if pk is None:
        return {}
    definition = runtime.definition(pk)
    return {path: _words(definition, path, text) for path, text in _leaves(definition.result.claims, "")}


def _leaves(found: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _leaves(value, inner)
        else:
            yield inner, value


def _words(definition: runtime.Definition, path: str, expression: str) -> str:
    """The question that the claim repeats, with its path; the path alone for anything computed."""
    field = definition.form.find(expression.strip())
    return f"{field.label.vi} ({path})" if field else path
