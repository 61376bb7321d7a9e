"""Bundles as text: strict YAML in, the same YAML out.

YAML lets a second key replace a first in silence, turns `no` into false and 1.10 into 1.1, and can grow
a page into gigabytes by aliases. Here each of these is refused, with the file, the line and the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_BYTES = 1_000_000
SUFFIXES = (".yaml", ".yml", ".json")

_PLAIN: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:null": lambda _text: None,
}
_CONTAINERS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
# Controls and halves of characters: no text that people write has them, and no database takes them all.
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# YAML 1.1 also takes yes, no, on and off for booleans; a bundle says true or false.
_BOOLEANS = {"true": True, "false": False}
_ORDER = (
    "schema code name field life_event summary keywords agency level level_reason legal who requirements time "
    "declaration subject conditions form papers reuse fees stages result messages cases steps key type title "
    "intro label hint purpose origin from registry claim value kind required applies condition compute widget "
    "options list min max max_length pattern regex prefill lock personal accept max_mb max_files accepts paper "
    "unit_amount tiers count upto counter_amount quantity percent expression message level role share hours days "
    "silence about max_age_days fills consults template copies symbol number validity_months checks fields basis "
    "when refunds "
    "exemptions examples given channel applicant today answers outcome expect claims amount most unit vi en"
)
_RANK = {key: rank for rank, key in reversed(list(enumerate(_ORDER.split())))}


class SourceError(Exception):
    """The text is not a bundle: `name` is the file, `line` counts from 1."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}:{line}: {reason}")
        self.name, self.line, self.reason = name, line, reason


class Source(dict[str, Any]):
    """A definition as read, which remembers where each part of it stood."""

    name: str = ""
    lines: Mapping[str, int] = {}

    @classmethod
    def like(cls, read: Source, data: Mapping[str, Any]) -> Source:
        """`data`, made from what was read: the same file and the same lines."""
        found = cls(data)
        found.name, found.lines = read.name, read.lines
        return found

    def line_of(self, path: str) -> int:
        """The line of "form.steps[1].fields[0].type", or of the nearest thing around it."""
        while path and path not in self.lines:
            path = re.sub(r"(\.?[^.\[]+|\[\d+\])\Z", "", path)
        return self.lines.get(path, 1)


def read(source: Path | str, *, name: str = "") -> Source:
    """The definition in a file (a Path) or a text. Raises SourceError."""
    name = name or (str(source) if isinstance(source, Path) else "<text>")
    node = _Loading(_text_of(source, name), name).get_single_node()
    if not isinstance(node, MappingNode):
        raise SourceError(name, 1, "must be a mapping, beginning with “schema: 2”")
    lines: dict[str, int] = {"": 1}
    found = Source(_value(node, "", name, lines))
    found.name, found.lines = name, lines
    return found


def files(path: Path) -> list[Path]:
    """The bundles of a folder, by name, or the one file."""
    return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]


def write(definition: Mapping[str, Any]) -> str:
    """YAML that reads back to the same definition. Keys in the order of the documentation."""
    return yaml.dump(
        _ordered(definition),
        Dumper=_Writer,
        allow_unicode=True,
        sort_keys=False,
        width=110,
        default_flow_style=False,
    )


def _text_of(source: Path | str, name: str) -> str:
    try:
        text = source.read_bytes().decode() if isinstance(source, Path) else source
    except OSError as error:
        raise SourceError(name, 1, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SourceError(name, 1, "is not UTF-8 text") from error
    if len(text) > MAX_BYTES:
        raise SourceError(name, 1, f"is larger than {MAX_BYTES} characters")
    return text


class _Loading:
    """PyYAML's composer with its complaints put into our words."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name

    def get_single_node(self) -> Node | None:
        try:
            return _Composer(self._text).get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = error.problem or error.context or "is not YAML"
            raise SourceError(self._name, mark.line + 1 if mark else 1, f"is not YAML: {reason}") from error
        except (yaml.YAMLError, RecursionError) as error:
            raise SourceError(self._name, 1, f"is not YAML: {str(error).splitlines()[0]}") from error


class _Composer(yaml.SafeLoader):
    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not allowed; write it out", mark
            )
        return super().compose_node(parent, index)


def _value(node: Node, path: str, name: str, lines: dict[str, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if not isinstance(node, ScalarNode) and node.tag not in _CONTAINERS:
        raise SourceError(name, node.start_mark.line + 1, f"the tag {node.tag} is not allowed")
    if isinstance(node, MappingNode):
        return dict(_pairs(node, path, name, lines))
    if isinstance(node, SequenceNode):
        return [_value(item, f"{path}[{index}]", name, lines) for index, item in enumerate(node.value)]
    return _scalar(node, name)


def _pairs(node: MappingNode, path: str, name: str, lines: dict[str, int]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _scalar(key_node, name) if isinstance(key_node, ScalarNode) else None
        if not isinstance(key, str):
            raise SourceError(name, line, "a key must be text; put it in quotes")
        if key in seen:
            raise SourceError(
                name, line, f"the key “{key}” stands here a second time; first in line {seen[key]}"
            )
        seen[key] = line
        inner = f"{path}.{key}" if path else key
        lines[inner] = line
        yield key, _value(value_node, inner, name, lines)


def _scalar(node: Node, name: str) -> Any:
    if node.tag == "tag:yaml.org,2002:bool" and node.value in _BOOLEANS:
        return _BOOLEANS[node.value]
    make = _PLAIN.get(node.tag)
    if make is None:
        reason = f"“{node.value}” is read as {node.tag.rpartition(':')[2]}; put it in quotes"
        raise SourceError(name, node.start_mark.line + 1, reason)
    if strange := _STRANGE.search(node.value):
        reason = f"holds the character U+{ord(strange[0]):04X}, which no text has"
        raise SourceError(name, node.start_mark.line + 1, reason)
    try:
        return make(unicodedata.normalize("NFC", node.value))
    except ValueError as error:
        raise SourceError(name, node.start_mark.line + 1, f"“{node.value}” is not a plain number") from error


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_RANK.get(key, len(_ORDER)), key))
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value


class _Writer(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)
