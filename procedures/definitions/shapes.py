"""What the data in a result looks like, as JSON Schema (2020-12), told by the definition alone.

A claim that repeats an answer has the shape of its question; one that is computed has the shape of what its
expression can come to, as far as that can be read off it. Any claim may be null: not every question applies.
Names and options stand in Vietnamese, and in both languages under `x-` keywords, which validators pass over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from procedures.definitions import parts
from procedures.eforms import tokens
from procedures.eforms.questions import Field, FieldType
from procedures.eforms.texts import Text

Shape = dict[str, Any]
Fields = Mapping[str, Field]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FEW = 60  # a longer list of options is named, not written out

_NULL: Shape = {"type": "null"}
_TEXT: Shape = {"type": "string"}
_WHOLE: Shape = {"type": "integer"}
_DAY: Shape = {"type": "string", "format": "date"}
_TRUTH: Shape = {"type": "boolean"}
_COMMUNE: Shape = {"type": "string", "pattern": r"^\d{5}$", "x-code-list": "communes"}
_PLAIN: Mapping[FieldType, Shape] = {
    FieldType.INTEGER: _WHOLE,
    FieldType.MONEY: _WHOLE | {"x-unit": "VND"},
    FieldType.DATE: _DAY,
    FieldType.TIME: {"type": "string", "pattern": r"^\d{2}:\d{2}$"},
    FieldType.YES_NO: _TRUTH,
    FieldType.EMAIL: {"type": "string", "format": "email"},
    FieldType.PERSONAL_ID: {"type": "string", "pattern": r"^\d{12}$"},
    FieldType.COMMUNE: _COMMUNE,
    FieldType.FILE: {"type": "array", "items": _TEXT},
}
_FUNCTIONS: Mapping[str, Shape] = {
    "label": _TEXT,
    "join": _TEXT,
    "commune_name": _TEXT,
    "province_name": _TEXT,
    "plus_days": _DAY,
    "plus_months": _DAY,
    "plus_years": _DAY,
    "years_between": _WHOLE,
    "days_between": _WHOLE,
    "total": _WHOLE,
    "size": _WHOLE,
}
_COPIED: Mapping[str, Shape] = {
    "copied_pages": _WHOLE
    | {"minimum": 1, "title": "Số trang", "x-title": {"vi": "Số trang", "en": "Pages"}},
    "copied_sha256": _TEXT
    | {
        "pattern": "^[0-9a-f]{64}$",
        "title": "SHA-256 của bản quét",
        "x-title": {"vi": "SHA-256 của bản quét", "en": "SHA-256 of the scan"},
    },
}


def payload(content: parts.Content) -> Shape:
    """The schema of the whole data file of a result (`canonical.payload`), without its own address."""
    known: Shape = {
        "format": {"const": "urn:motcua:paper:1"},
        "schema": {"type": "string", "format": "uri"},
        "type": {"const": content.result.type},
        "number": _TEXT,
        "check_code": {"type": "string", "pattern": "^[2-9A-HJKMNP-Z]{12}$"},
        "issuer": _TEXT,
        "issued_on": _DAY,
        "valid_until": _or_null(_DAY),
        "claims": claims(content),
    }
    return {
        "$schema": DIALECT,
        **_named(content.result.name),
        "type": "object",
        "required": sorted(known),
        "properties": known,
    }


def claims(content: parts.Content) -> Shape:
    """The schema of the claims alone: every name that the definition gives, and no other."""
    fields = {field.key: field for field in (*content.form.fields(), *content.result.fields)}
    return _object(content.result.claims, fields)


def leaves(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Shape]]:
    """(dotted path, shape) of every claim."""
    for key, inner in shape["properties"].items():
        if inner.get("type") == "object":
            yield from leaves(inner, (*path, key))
        else:
            yield ".".join((*path, key)), inner


def kinds(shape: Shape) -> frozenset[str]:
    """What values of `shape` can be, "string/date" and the like, null aside; empty when anything can come."""
    if "anyOf" in shape:
        inner = [kinds(one) for one in shape["anyOf"] if one != _NULL]
        return frozenset[str]().union(*inner) if all(inner) else frozenset()
    types = shape.get("type", "string" if "enum" in shape else ())
    named = {types} if isinstance(types, str) else set(types)
    suffix = f"/{shape['format']}" if "format" in shape else ""
    return frozenset(f"{one}{suffix}" for one in named - {"null"})


def _object(claims: parts.Claims, fields: Fields) -> Shape:
    inner = {
        key: _object(value, fields) if isinstance(value, Mapping) else _leaf(value, fields)
        for key, value in claims.items()
    }
    return {"type": "object", "required": sorted(inner), "properties": inner, "additionalProperties": False}


def _leaf(expression: str, fields: Fields) -> Shape:
    shape = _or_null(_of(_words(expression), fields))
    asked = {key for key in _asked(expression) if key in fields}
    if len(asked) == 1 and "title" not in shape:
        shape |= _named(fields[asked.pop()].label)
    return shape


def _asked(expression: str) -> Iterable[str]:
    """The questions whose answer the claim may be: those it names, not those it only looks at to choose."""
    for branch in _branches(_words(expression)):
        key = _called(branch)
        if key == "label":
            yield branch[2].text[1:-1]
        elif len(branch) == 1 and branch[0].kind == "name":
            yield branch[0].text


# ── Expressions ───────────────────────────────────────────────────────────────────────────────────
Words = list[tokens.Token]


def _words(expression: str) -> Words:
    return [word for word in tokens.scan(expression) if word.kind != "space"]


def _of(words: Words, fields: Fields) -> Shape:
    """The shape of what an expression comes to; {} where that cannot be read off it."""
    branches = _branches(words)
    if len(branches) == 1:
        return _one(branches[0], fields)
    return _union([_one(branch, fields) for branch in branches])


def _union(shapes: list[Shape]) -> Shape:
    """What any of `shapes` takes. Of what has the same shape under several names none is the claim's name."""
    bare: list[Shape] = []
    for shape in shapes:
        inner = {key: value for key, value in shape.items() if key not in ("title", "x-title")}
        bare += [inner] if inner not in bare else []
    if len(bare) == 1:
        return shapes[0] if all(shape == shapes[0] for shape in shapes) else bare[0]
    if all("const" in shape for shape in bare):
        return {**_TEXT, "enum": [shape["const"] for shape in bare]}
    return {"anyOf": bare} if {} not in bare else {}


def _branches(words: Words) -> list[Words]:
    """What `a ? b : c ? d : e` can come to: b, d, e. Anything else comes to itself."""
    words = _bare(words)
    question = _at_top(words, "?")
    if question is None:
        return [words]
    colon = _matching(words, question)
    return [*_branches(words[question + 1 : colon]), *_branches(words[colon + 1 :])]


def _bare(words: Words) -> Words:
    while len(words) > 2 and words[0].text == "(" and _closing(words, 0) == len(words) - 1:
        words = words[1:-1]
    return words


def _closing(words: Words, opening: int) -> int:
    depth = 0
    for index in range(opening, len(words)):
        depth += _step(words[index])
        if depth == 0:
            return index
    return len(words)


def _step(word: tokens.Token) -> int:
    if word.kind != "sign":
        return 0
    return 1 if word.text in "([{" else -1 if word.text in ")]}" else 0


def _at_top(words: Words, sign: str) -> int | None:
    depth = 0
    for index, word in enumerate(words):
        depth += _step(word)
        if depth == 0 and word.kind == "sign" and word.text == sign:
            return index
    return None


def _matching(words: Words, question: int) -> int:
    """Where the colon of the question mark stands."""
    depth = nested = 0
    for index in range(question + 1, len(words)):
        word = words[index]
        depth += _step(word)
        if depth == 0 and word.kind == "sign":
            nested += {"?": 1, ":": -1}.get(word.text, 0)
        if nested < 0:
            return index
    return len(words) - 1


def _called(words: Words) -> str:
    """The function whose call is the whole of `words`, or the method called last; "" when it is no call."""
    if len(words) > 2 and words[0].kind == "name" and words[1].text == "(":
        return words[0].text if _closing(words, 1) == len(words) - 1 else ""
    return ""


_COMPARES = ("==", "!=", "<=", ">=", "&&", "||")


def _one(words: Words, fields: Fields) -> Shape:
    text = "".join(word.text for word in words)
    if name := _called(words):
        shape = _FUNCTIONS.get(name, {})
        asked = fields.get(words[2].text[1:-1]) if name == "label" else None
        return {**shape, **_named(asked.label)} if asked else dict(shape)
    if any(sign in text for sign in _COMPARES) and not any(word.kind == "string" for word in words):
        return dict(_TRUTH)
    if len(words) > 2 and words[-2].text in ("+", "-") and words[-1].text.isdecimal():
        return dict(_WHOLE) if kinds(_of(words[:-2], fields)) == {"integer"} else {}
    if len(words) != 1:
        return {}
    return _single(words[0], fields)


def _single(word: tokens.Token, fields: Fields) -> Shape:
    if word.kind == "string":
        return {"const": word.text[1:-1], "type": "string"}
    if word.kind == "number":
        return dict(_WHOLE) if word.text.isdecimal() else {}
    if word.text == "today":
        return dict(_DAY)
    if word.text in ("true", "false"):
        return dict(_TRUTH)
    if word.text == "null":
        return dict(_NULL)
    return _answer(fields[word.text]) if word.text in fields else dict(_COPIED.get(word.text, {}))


# ── Questions ─────────────────────────────────────────────────────────────────────────────────────
def _answer(field: Field) -> Shape:
    return _shape(field) | _named(field.label)


def _shape(field: Field) -> Shape:
    if field.type == FieldType.CHOICE:
        return _choice(field)
    if field.type == FieldType.CHOICES:
        return {"type": "array", "items": _choice(field)}
    if field.type == FieldType.GROUP:
        return {"type": "array", "items": _row(field)}
    shape = dict(_PLAIN.get(field.type, _TEXT))
    if field.type == FieldType.INTEGER:
        shape |= {"minimum": field.min} if isinstance(field.min, int) else {}
        shape |= {"maximum": field.max} if isinstance(field.max, int) else {}
    return shape


def _row(field: Field) -> Shape:
    """One row of a group: a question that did not apply in it may be missing."""
    inner = {sub.key: _or_null(_answer(sub)) for sub in field.fields}
    return {"type": "object", "properties": inner, "additionalProperties": False}


def _choice(field: Field) -> Shape:
    if len(field.choices) > FEW:
        return {**_TEXT, "x-code-list": field.list}
    labels = {option.value: _both(option.label) for option in field.choices}
    listed = {"x-code-list": field.list} if field.list else {}
    return {**_TEXT, "enum": sorted(labels), "x-labels": labels, **listed}


def _or_null(shape: Shape) -> Shape:
    if not shape or shape == _NULL:
        return dict(shape)
    if "anyOf" in shape:
        return {**shape, "anyOf": [*(one for one in shape["anyOf"] if one != _NULL), _NULL]}
    if "const" in shape:
        return {"enum": [shape["const"], None]}
    enum = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, "type": [shape["type"], "null"], **enum}


def _named(text: Text) -> Shape:
    return {"title": text.vi, "x-title": _both(text)}


def _both(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en} if text.en else {"vi": text.vi}
