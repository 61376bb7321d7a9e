"""One mapping, read key by key: what is missing, of the wrong type or unknown is said with its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from procedures.eforms import expressions
from procedures.eforms.texts import Text

T = TypeVar("T")
KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
MAX_KEY, MAX_TEXT = 60, 4000


class SchemaError(Exception):
    """`path` says where ("form.steps[1].fields[0].type"), `reason` what is wrong and what is enough."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


class Reader:
    """Takes values out of `data`; `done()` refuses the keys that nobody took.

    Every method raises SchemaError with the path of the value it looked at.
    """

    def __init__(self, data: object, path: str) -> None:
        self.path = path
        if not isinstance(data, Mapping):
            raise SchemaError(path, f"must be a mapping, not {_kind(data)}")
        self._data: Mapping[str, Any] = data
        self._left = set(data)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fail(self, key: str, reason: str) -> NoReturn:
        raise SchemaError(self.at(key), reason)

    def has(self, key: str) -> bool:
        return self._data.get(key) is not None

    def take(self, key: str) -> Any:
        self._left.discard(key)
        return self._data.get(key)

    def typed(self, key: str, kind: type[T], word: str) -> T | None:
        """The value if it is of `kind`; bool does not pass for int, YAML's bare `no` not for text."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(key, f"must be {word}, not {_kind(value)}")
        return value

    def string(self, key: str, default: str = "") -> str:
        value = self.typed(key, str, "text") or default
        if len(value) > MAX_TEXT:
            self.fail(key, f"has {len(value)} characters, at most {MAX_TEXT} are allowed")
        return value

    def required(self, key: str) -> str:
        return self.string(key) or self.fail(key, "is missing")

    def key(self, key: str = "key") -> str:
        value = self.required(key)
        if not KEY.match(value) or len(value) > MAX_KEY or "__" in value:
            self.fail(
                key, "must be lower-case letters, digits and single _, beginning with a letter, at most 60"
            )
        return value

    def integer(self, key: str, default: int) -> int:
        value = self.typed(key, int, "a whole number")
        return default if value is None else value

    def flag(self, key: str, default: bool) -> bool:
        value = self.typed(key, bool, "true or false")
        return default if value is None else value

    def one_of(self, key: str, allowed: Sequence[str], default: str = "") -> str:
        value = self.string(key, default)
        if value and value not in allowed:
            self.fail(key, f"is “{value}”, must be one of: {', '.join(allowed)}")
        return value

    def text(self, key: str) -> Text | None:
        if not self.has(key):
            self.take(key)
            return None
        reader = Reader(self.take(key), self.at(key))
        text = Text(reader.required("vi"), reader.string("en"))
        reader.done()
        return text

    def needed_text(self, key: str) -> Text:
        return self.text(key) or self.fail(key, "is missing")

    def expression(self, key: str) -> str | None:
        """CEL that compiles. Whether its names exist is for the reader of the whole to say."""
        text = self.string(key)
        if not text:
            return None
        try:
            expressions.compile_expression(text)
        except expressions.ExpressionError as error:
            self.fail(key, str(error))
        return text

    def strings(self, key: str) -> tuple[str, ...]:
        return self.each(key, _string_at)

    def each(self, key: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        """`read(item, path)` for every item of a list; an absent list is empty."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.fail(key, f"must be a list, not {_kind(value)}")
        return tuple(read(item, f"{self.at(key)}[{index}]") for index, item in enumerate(value))

    def done(self) -> None:
        if self._left:
            key = min(map(str, self._left))
            self.fail(key, "is unknown here")


def _string_at(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise SchemaError(path, f"must be text, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    words = {
        "dict": "a mapping",
        "list": "a list",
        "str": "text",
        "bool": "true/false",
        "NoneType": "nothing",
    }
    return words.get(type(value).__name__, type(value).__name__)
