"""Stripe's way of sending parameters (`a[b][0]=c`), read against what a call knows. Anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox.errors import ApiError

LARGEST = 99_999_999  # Stripe takes at most eight digits
Reader = Callable[[Any, str], Any]
METADATA = (50, 40, 500)  # keys, characters of a key, characters of a value


def decode(encoded: str) -> dict[str, Any]:
    """`a[b]=1&c[0]=2&c[]=3` as nested dicts; a list is a dict with numbers for keys until it is read."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *outer, last = name.replace("]", "").split("[")
        place = tree
        for key in outer:
            place = _inside(place, key, name)
        place[last or str(len(place))] = value
    return tree


def _inside(place: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    inside = place.setdefault(key, {})
    if not isinstance(inside, dict):
        raise ApiError(400, f"Invalid parameter: {name}", param=name)
    return inside


def read(
    given: Any, known: Mapping[str, Reader], path: str = "", *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What was given, with its types. Raises ApiError for an unknown, missing or malformed parameter."""
    if not isinstance(given, dict):
        raise ApiError(400, f"Invalid object: {path}", param=path)
    for name in given:
        if name not in known:
            full = _under(path, name)
            raise ApiError(400, f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    for name in required:
        if given.get(name) in (None, ""):
            full = _under(path, name)
            raise ApiError(400, f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: known[name](value, _under(path, name)) for name, value in given.items()}


def _under(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def text(longest: int = 5000) -> Reader:
    def reader(value: Any, path: str) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ApiError(400, f"Invalid string: {path} (at most {longest} characters)", param=path)
        return value

    return reader


def whole(least: int = 0, most: int = LARGEST) -> Reader:
    def reader(value: Any, path: str) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.lstrip("-").isdecimal():
            raise ApiError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        if not least <= int(value) <= most:
            code = (
                "amount_too_large" if int(value) > most and "amount" in path else "parameter_invalid_integer"
            )
            raise ApiError(400, f"{path} must be between {least} and {most}", code=code, param=path)
        return int(value)

    return reader


def one_of(*allowed: str) -> Reader:
    def reader(value: Any, path: str) -> str:
        if value not in allowed:
            raise ApiError(400, f"Invalid {path}: must be one of {', '.join(allowed)}", param=path)
        return str(value)

    return reader


def currency(value: Any, path: str) -> str:
    if not isinstance(value, str) or value.lower() != "vnd":
        raise ApiError(400, f"Invalid currency: {value}. This server knows only vnd.", param=path)
    return "vnd"


def address(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ApiError(400, "Not a valid URL", code="url_invalid", param=path)
    return value


def flag(value: Any, path: str) -> bool:
    return bool(one_of("true", "false")(value, path) == "true")


def metadata(value: Any, path: str) -> dict[str, str]:
    keys, key_size, value_size = METADATA
    if not isinstance(value, dict) or len(value) > keys:
        raise ApiError(400, f"Invalid metadata: at most {keys} keys", param=path)
    for key, inner in value.items():
        if len(key) > key_size or not isinstance(inner, str) or len(inner) > value_size:
            raise ApiError(400, f"Invalid metadata: {key}", param=path)
    return value


def group(known: Mapping[str, Reader], *required: str) -> Reader:
    return lambda value, path: read(value, known, path, required=required)


def each(reader: Reader) -> Reader:
    def items(value: Any, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
            raise ApiError(400, f"Invalid array: {path}", param=path)
        return [reader(value[key], f"{path}[{key}]") for key in sorted(value, key=int)]

    return items


def anything(value: Any, _path: str) -> Any:
    return value
