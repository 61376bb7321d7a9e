"""What only the whole of a definition shows: expressions, papers, claims and fields that refer to each other.

How it is carried out, its fees, stages and cases, is looked at by `practice`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from portal.registries.answers import CLAIMS, Registry
from procedures.definitions import limits, parts, practice
from procedures.definitions.findings import Finding, doubles, of_expression
from procedures.eforms.schema import Field, FieldType
from procedures.eforms.soundness import CONTEXT

READ_CLAIM = re.compile(r"\bclaims((?:\.[a-z_][a-z0-9_]*)+)(?!\s*\()")
# Types of results → the claims inside them, as far as they are known.
KnownClaims = Mapping[str, parts.Claims]


def findings(content: parts.Content, known: KnownClaims) -> Iterator[Finding]:
    """What is wrong with a definition whose structure is sound."""
    if costly := list(limits.findings(content)):
        yield from costly
        return  # test tables would be computed with it
    names = CONTEXT | {field.key for field in content.form.fields()}
    outcome = names | {field.key for field in content.result.fields} | {*content.result.told}
    yield from of_expression(content.subject, "subject", names)
    yield from _conditions(content, outcome)
    yield from _prefills(content)
    yield from doubles((rule.key, f"reuse[{i}].key") for i, rule in enumerate(content.reuse))
    for index, reuse in enumerate(content.reuse):
        yield from _reuse(content, reuse, f"reuse[{index}]", names, known)
    yield from practice.fees(content, names)
    yield from practice.stages(content, outcome)
    if content.result.is_own and not content.result.set.html.strip():
        yield "result.layout.html", "is missing"
    elif not content.result.is_own and not _has_template(content.result.template):
        yield "result.template", f"there is no templates/pdf/results/{content.result.template}.html"
    yield from of_expression(content.result.subject, "result.subject", outcome)
    yield from _claims(content.result.claims, "result.claims", outcome)
    yield from _copies(content)
    yield from _statements(content.result)
    yield from practice.cases(content)


def _conditions(content: parts.Content, names: frozenset[str]) -> Iterator[Finding]:
    """A condition may look at everything there is; where it is mentioned says whether that is asked by then."""
    rows = {sub.key for field in content.form.fields() for sub in field.fields}
    own = {condition.key for condition in content.conditions}
    for index, condition in enumerate(content.conditions):
        if condition.key in names | rows:
            yield (
                f"conditions[{index}].key",
                f"“{condition.key}” is a field; a condition needs a name of its own",
            )
        yield from of_expression(
            condition.expression, f"conditions[{index}].expression", names | rows | own - {condition.key}
        )


def _prefills(content: parts.Content) -> Iterator[Finding]:
    """What is taken from a register must be something that it holds."""
    for i, step in enumerate(content.form.steps):
        for j, field in enumerate(step.fields):
            for k, source in enumerate(field.prefill):
                if source.registry and source.claim not in CLAIMS[Registry(source.registry)]:
                    path = f"form.steps[{i}].fields[{j}].prefill[{k}].claim"
                    yield path, f"the register {source.registry} holds no “{source.claim}”"


def _reuse(
    content: parts.Content, reuse: parts.Reuse, path: str, names: frozenset[str], known: KnownClaims
) -> Iterator[Finding]:
    paper = next((paper for paper in content.papers if paper.key == reuse.paper), None)
    if paper is None:
        yield f"{path}.paper", f"“{reuse.paper}” is not among the papers"
    elif reuse.type not in paper.accepts:
        yield f"{path}.type", f"{reuse.type} is not among what the paper “{reuse.paper}” accepts"
    yield from of_expression(reuse.condition, f"{path}.condition", frozenset({"claims"}))
    yield from of_expression(reuse.applies, f"{path}.applies", names)
    if reuse.about and reuse.type in known and not _has(known[reuse.type], reuse.about):
        yield f"{path}.about", f"{reuse.type} holds no claim “{reuse.about}”"
    for key, claim in reuse.fills.items():
        yield from _fill(content.form.find(key), key, f"{path}.fills.{key}")
        if reuse.type in known and not _has(known[reuse.type], claim):
            yield f"{path}.fills.{key}", f"{reuse.type} holds no claim “{claim}”"


def _copies(content: parts.Content) -> Iterator[Finding]:
    """One scan, always there, whose digest is among what is signed: so the copied pages are what was approved."""
    result = content.result
    if result.copies is None:
        return
    asked = {field.key: (i, field) for i, field in enumerate(result.fields)}
    index, field = asked.get(result.copies, (0, None))
    if field is None or field.type != FieldType.FILE:
        yield "result.copies", f"“{result.copies}” is no question for a file among the fields of the result"
    elif field.max_files != 1 or field.required is not True or field.applies:
        yield f"result.fields[{index}]", "is copied into the paper: it must be required, and one file"
    if "copied_sha256" not in leaves(result.claims):
        yield "result.claims", "must hold copied_sha256, so that what is copied is signed too"
    for key in sorted({*parts.COPIED} & {*asked, *(field.key for field in content.form.fields())}):
        yield "result.copies", f"“{key}” is a name that expressions already have"


def leaves(claims: parts.Claims) -> Iterator[str]:
    """The expressions."""
    for value in claims.values():
        yield from leaves(value) if isinstance(value, Mapping) else (value.strip(),)


def _statements(result: parts.Result) -> Iterator[Finding]:
    """What can be shown of the paper must be in it."""
    yield from doubles((one.key, f"result.statements[{i}].key") for i, one in enumerate(result.statements))
    for index, one in enumerate(result.statements):
        path = f"result.statements[{index}].expression"
        yield from of_expression(one.expression, path, frozenset({"claims"}))
        for claim in dict.fromkeys(READ_CLAIM.findall(one.expression)):
            if not _has(result.claims, claim.lstrip(".")):
                yield path, f"{result.type} holds no claim “{claim.lstrip('.')}”"


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


def _claims(claims: parts.Claims, path: str, names: frozenset[str]) -> Iterator[Finding]:
    for key, value in claims.items():
        if isinstance(value, Mapping):
            yield from _claims(value, f"{path}.{key}", names)
        else:
            yield from of_expression(value, f"{path}.{key}", names)
