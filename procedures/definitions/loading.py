"""Data → `parts.Content`. Structure only: types, known keys, expressions that compile.

Reads what `compiled` made of a bundle, and published snapshots alike. Each top-level key is read by a
function of its own, so that validation can name a problem in every one of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from portal.accounts.models import AgencyKind
from procedures.definitions import named, parts, process, readers
from procedures.definitions.sources import Source
from procedures.eforms.reading import Reader, SchemaError
from procedures.eforms.schema import CLAIM as CLAIM_PATH

__all__ = ["CLAIM_PATH", "CODE", "READERS", "SCHEMA", "compiled", "load", "migrated"]

SCHEMA = 2
PAPERS_STEP = "papers"
AGENCIES = (AgencyKind.COMMUNE.value, AgencyKind.POLICE.value, AgencyKind.CITY_POLICE.value)
LIFE_EVENTS = ("birth", "marriage", "home", "moving", "business", "school_work", "health", "death")
CODE = re.compile(r"\d\.\d{6}\Z")

_FILE = ("key", "label", "hint", "required", "applies", "accept", "max_mb", "max_files")
Frozen = Mapping[str, list[dict[str, str]]]  # code list → its options: {"value", "vi", "en"}


def compiled(data: Mapping[str, Any], lists: Frozen | None = None) -> dict[str, Any]:
    """`data` as it runs: brought to the newest schema, named conditions written out, papers as the last
    step of the form, the code lists it names with the options that `lists` has for them.

    What is misshapen stays for `load` to refuse.
    """
    found = named.expanded(dict(migrated(data)))
    if used := {key: rows for key, rows in (lists or {}).items() if key in _lists_named(found)}:
        found["lists"] = used
    form, papers = found.get("form"), found.get("papers")
    if not isinstance(form, Mapping) or not isinstance(form.get("steps"), list) or not _are_maps(papers):
        return found
    fields = [
        {name: paper[name] for name in _FILE if name in paper} | {"type": "file"} for paper in papers or []
    ]
    step = {"key": PAPERS_STEP, "title": {"vi": "Giấy tờ", "en": "Papers"}, "fields": fields}
    return {**found, "form": {**form, "steps": [*form["steps"], *([step] if fields else [])]}}


def load(data: Mapping[str, Any]) -> parts.Content:
    """Raises SchemaError at the first thing that is wrong. Snapshots of every schema there was are read."""
    reader = Reader(migrated(data), "")
    values = {name: read(reader) for name, read in READERS.items()}
    reader.done()
    return parts.Content(**{name: value for name, value in values.items() if name != "schema"})


def migrated(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` in the newest schema; one that is not known stays as it is, for `load` to refuse.

    A Source stays a Source: what became of a line still says that line.
    """
    number = data.get("schema")
    if number != 1 or isinstance(number, bool):
        return data
    found = {**_from_1(data), "schema": SCHEMA}
    return Source.like(data, found) if isinstance(data, Source) else found


def lists_named(data: Mapping[str, Any]) -> frozenset[str]:
    """The code lists that the fields of a definition name, whether they exist or not."""
    return frozenset(_lists_named({key: data.get(key) for key in ("form", "result")}))


def _lists_named(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = value.get("list")
        inner = set().union(*(_lists_named(item) for item in value.values()))
        return inner | ({own} if isinstance(own, str) and "type" in value else set())
    return set().union(*map(_lists_named, value)) if isinstance(value, list) else set()


def _from_1(value: Any) -> Any:
    """Schema 1 knew one source of prefilled answers, the account, and wrote its expression alone."""
    if isinstance(value, Mapping):
        found = {key: _from_1(item) for key, item in value.items()}
        if isinstance(found.get("prefill"), str) and "type" in found:
            found["prefill"] = [{"from": "account", "value": found["prefill"]}]
        return found
    return [_from_1(item) for item in value] if isinstance(value, list) else value


def _are_maps(items: Any) -> bool:
    return items is None or (isinstance(items, list) and all(isinstance(item, Mapping) for item in items))


def _schema(reader: Reader) -> int:
    number = reader.integer("schema", 0)
    if number > SCHEMA:
        reader.fail("schema", f"is {number}, newer than this program, which reads 1 to {SCHEMA}")
    return number if number == SCHEMA else reader.fail("schema", f"must be {SCHEMA}")


def _conditions(reader: Reader) -> tuple[parts.Condition, ...]:
    found = reader.each("conditions", process.condition)
    for path, reason in named.problems(found):
        raise SchemaError(path, reason)
    return found


READERS: Mapping[str, Callable[[Reader], Any]] = {
    "schema": _schema,
    "code": readers.matching("code", CODE, '"1.001193", in quotes'),
    "name": readers.needed("name"),
    "field": readers.needed("field"),
    "life_event": readers.one_of("life_event", LIFE_EVENTS),
    "summary": readers.needed("summary"),
    "keywords": readers.list_of("keywords", readers.string),
    "agency": readers.one_of("agency", AGENCIES),
    "level_reason": readers.level_reason,
    "level": readers.one_of("level", ("full", "partial")),
    "legal": readers.list_of("legal", readers.text, least=1),
    "who": readers.needed("who"),
    "requirements": readers.list_of("requirements", readers.text),
    "time": readers.time,
    "declaration": readers.needed("declaration"),
    "subject": lambda reader: readers.expression(reader, "subject"),
    "conditions": _conditions,
    "lists": readers.lists,
    "form": readers.form,
    "papers": readers.list_of("papers", readers.paper),
    "reuse": readers.list_of("reuse", readers.reuse),
    "fees": readers.list_of("fees", process.fee),
    "stages": readers.list_of("stages", process.stage, least=1),
    "result": readers.result,
    "messages": process.messages,
    "cases": readers.list_of("cases", process.case),
}
