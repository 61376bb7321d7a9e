"""Translation catalogues without gettext's programs: find the messages, judge the catalogue, compile it.

English is written in the code and read as it stands, so there is one catalogue: Vietnamese.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

LANGUAGE = "vi"
ROOMS = ("portal", "payments", "procedures")
# Calls that mark a message: how many of the leading arguments are context, singular, plural.
MARKS = {
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}
# What Django's templatize writes for the tags of a template: one of the calls above with literal strings.
_TAG = re.compile(r"""\b(n?p?gettext|_)\(((?:\s*u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*,?)+)""")
# Only these: `{parts}` stand in patterns of dates and times, where each language takes the parts it needs.
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the code asks for it, and where it does so first."""

    id: str
    context: str = ""
    plural: str = ""
    where: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.id


def path() -> Path:
    """The source of the Vietnamese catalogue."""
    return Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / "django.po"


def compile_all() -> list[Path]:
    """Write every `.mo` beside its `.po`; the files written."""
    written = []
    for folder in settings.LOCALE_PATHS:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            polib.pofile(str(source)).save_as_mofile(str(target))
            written.append(target)
    return written


# ── Finding messages ──────────────────────────────────────────────────────────────────────────────
def used(root: Path) -> dict[tuple[str, str], Message]:
    """Every message that Python files and templates under `root` ask for, by (context, id)."""
    found: dict[tuple[str, str], Message] = {}
    for source in sources(root):
        read = in_python if source.suffix == ".py" else in_template
        for message in read(source.read_text(), where=str(source.relative_to(root))):
            known = found.get(message.key)
            if known is None or (message.plural and not known.plural):
                found[message.key] = message
    return found


def sources(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in sorted((root / room).rglob("*.py")) if "migrations" not in path.parts)
    yield from (path for path in sorted((root / "templates").rglob("*")) if path.suffix in {".html", ".txt"})


def in_python(text: str, *, where: str) -> Iterator[Message]:
    tree = ast.parse(text)
    names = dict(_marks_by_name(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        shape = names.get(name)
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if shape and len(texts) >= len(shape):
            yield _message(shape, texts, f"{where}:{node.lineno}")


def _marks_by_name(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The marking calls by the names this file imports them under; through a module they keep their own."""
    yield from MARKS.items()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            yield from (
                (alias.asname or alias.name, MARKS[alias.name]) for alias in node.names if alias.name in MARKS
            )


def in_template(text: str, *, where: str) -> Iterator[Message]:
    pseudo = templatize(text, origin=where)
    for match in _TAG.finditer(pseudo):
        texts = list(ast.literal_eval(f"({match[2].rstrip().rstrip(',')},)"))
        shape = MARKS["gettext" if match[1] == "_" else match[1]]
        if len(texts) >= len(shape):
            yield _message(shape, texts, f"{where}:{pseudo.count(chr(10), 0, match.start()) + 1}")


def _message(shape: tuple[str, ...], texts: list[str], where: str) -> Message:
    parts = dict(zip(shape, texts, strict=False))
    return Message(parts["id"], parts.get("context", ""), parts.get("plural", ""), where)


# ── Judging the catalogue ─────────────────────────────────────────────────────────────────────────
def problems(messages: Iterable[Message], catalogue: polib.POFile) -> list[str]:
    """What stands in the way of a complete Vietnamese site, one line each with its place in the code."""
    entries = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if not entry.obsolete}
    found = [_problem(message, entries.get(message.key)) for message in messages]
    return sorted(problem for problem in found if problem)


def unused(messages: Iterable[Message], catalogue: polib.POFile) -> list[str]:
    """Entries that no code asks for."""
    asked = {message.key for message in messages}
    return sorted(entry.msgid for entry in catalogue if (entry.msgctxt or "", entry.msgid) not in asked)


def _problem(message: Message, entry: polib.POEntry | None) -> str:
    name = f"{message.where}: {message.id!r}" + (f" (context {message.context!r})" if message.context else "")
    if entry is None:
        return f"{name} is not in the catalogue"
    if entry.fuzzy:
        return f"{name} is marked fuzzy"
    if message.plural and entry.msgid_plural != message.plural:
        return f"{name} needs the plural {message.plural!r}"
    return _untrue(name, message, entry)


def _untrue(name: str, message: Message, entry: polib.POEntry) -> str:
    translations = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if not translations or not all(translations):
        return f"{name} has no translation"
    allowed = _placeholders(message.id) | _placeholders(message.plural)
    # A plural form may leave its number out ("one file"), so what may stand there is the union of both forms.
    needed = _placeholders(message.id) if not message.plural else set()
    for text in translations:
        if not needed <= _placeholders(text) <= allowed:
            return f"{name} and its translation {text!r} differ in placeholders"
    return ""


def _placeholders(text: str) -> set[str]:
    return {match[0] for match in _PLACEHOLDER.finditer(text)}
