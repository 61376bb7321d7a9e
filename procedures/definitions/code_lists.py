"""Managed code lists (danh mục): the options that definitions name, in versions that never change.

A list that comes with the program has its built-in content until somebody publishes a version of it.
Publishing a procedure freezes the options it names into its snapshot: later versions of a list reach
new versions of procedures, never what is in force.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Subquery
from django.db.models.expressions import OuterRef
from django.utils.translation import gettext as _

from portal.accounts.models import User
from procedures.definitions import loading
from procedures.definitions.models import CodeList, CodeListVersion
from procedures.eforms import lists

MAX_OPTIONS, MAX_VALUE, MAX_LABEL = 5000, 60, 200

Options = list[dict[str, str]]  # [{"value", "vi", "en"}]

NAMES: Mapping[str, tuple[str, str]] = {
    "ethnic_groups": ("Dân tộc", "Ethnic groups"),
    "nationalities": ("Quốc tịch", "Nationalities"),
    "identity_papers": ("Giấy tờ tùy thân", "Identity papers"),
    "relations": ("Quan hệ trong gia đình, hộ", "Relations in a family or household"),
    "provinces": ("Tỉnh, thành phố", "Provinces and cities"),
}


class InvalidOptions(Exception):
    """`problems`: (index of the option, reason), in the reader's language; never empty."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(reason for _index, reason in problems))
        self.problems = problems


class Difference(NamedTuple):
    kind: str  # added, removed, changed
    value: str
    before: dict[str, str] | None
    after: dict[str, str] | None


def options(key: str) -> Options:
    """The newest options of a list, managed or built in. Raises KeyError."""
    return _newest([key])[key]


def every() -> dict[str, Options]:
    """All lists there are, managed and built in, each with its newest options. One query."""
    return _newest(None)


def of(definition: Mapping[str, Any]) -> dict[str, Options]:
    """The newest options of those lists that a definition names and that exist. One query, none for none."""
    wanted = loading.lists_named(definition)
    return {key: rows for key, rows in _newest(wanted).items() if key in wanted} if wanted else {}


@transaction.atomic
def publish(
    key: str, options: Sequence[Mapping[str, str]], *, reason: str, by: User | None, at: datetime
) -> CodeListVersion:
    """Make `options` the newest version of a list; the same as now changes nothing.

    `reason`: the legal basis. Raises InvalidOptions, CodeList.DoesNotExist.
    """
    code_list = CodeList.objects.select_for_update(of=("self",)).get(key=key)
    cleaned = clean(options)
    last = code_list.versions.order_by("-number").first()
    if last and last.options == cleaned:
        return last
    return CodeListVersion.objects.create(
        code_list=code_list,
        number=(last.number if last else 0) + 1,
        options=cleaned,
        reason=reason.strip(),
        created_at=at,
        created_by=by,
    )


@transaction.atomic
def install(*, at: datetime) -> None:
    """Make the lists that come with the program managed ones; what is managed already stays as it is."""
    managed = set(CodeList.objects.filter(versions__isnull=False).values_list("key", flat=True))
    for key in (key for key in lists.NAMES if key not in managed):
        vi, en = NAMES[key]
        CodeList.objects.get_or_create(key=key, defaults={"name_vi": vi, "name_en": en})
        publish(key, _built_in(key), reason="", by=None, at=at)


def clean(options: Sequence[Mapping[str, str]]) -> Options:
    """The options as they are kept: trimmed, accents composed. Raises InvalidOptions with all that is wrong."""
    rows = [{name: _trimmed(option.get(name, "")) for name in ("value", "vi", "en")} for option in options]
    if problems := list(_problems(rows)):
        raise InvalidOptions(problems)
    return rows


def differences(old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]]) -> list[Difference]:
    """What `new` adds, says otherwise and leaves out, by value."""
    before, after = ({row["value"]: dict(row) for row in rows} for rows in (old, new))
    kinds = {(False, True): "added", (True, False): "removed", (True, True): "changed"}
    return [
        Difference(kinds[value in before, value in after], value, before.get(value), after.get(value))
        for value in dict.fromkeys([*after, *before])
        if before.get(value) != after.get(value)
    ]


def _newest(wanted: Collection[str] | None) -> dict[str, Options]:
    last = CodeListVersion.objects.filter(code_list=OuterRef("code_list")).order_by("-number")
    rows = CodeListVersion.objects.filter(pk=Subquery(last.values("pk")[:1]))
    if wanted is not None:
        rows = rows.filter(code_list__key__in=wanted)
    found = dict(rows.values_list("code_list__key", "options"))
    missing = (key for key in lists.NAMES if key not in found and (wanted is None or key in wanted))
    return found | {key: _built_in(key) for key in missing}


def _built_in(key: str) -> Options:
    return [
        {"value": option.value, "vi": option.label.vi, "en": option.label.en} for option in lists.options(key)
    ]


def _trimmed(text: object) -> str:
    return unicodedata.normalize("NFC", " ".join(str(text or "").split()))


def _problems(rows: Options) -> Iterator[tuple[int, str]]:
    if not rows or len(rows) > MAX_OPTIONS:
        yield 0, _("A list needs between 1 and %(most)s options.") % {"most": MAX_OPTIONS}
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        value = row["value"]
        if not value or not row["vi"]:
            yield index, _("Row %(n)s: the code or the Vietnamese label is blank.") % {"n": index + 1}
        elif not _is_code(value) or max(len(row["vi"]), len(row["en"])) > MAX_LABEL:
            yield (
                index,
                _("Row %(n)s: “%(value)s” is no valid code, or its label is too long.")
                % {
                    "n": index + 1,
                    "value": value[:MAX_VALUE],
                },
            )
        elif first.setdefault(value, index) != index:
            yield (
                index,
                _("Row %(n)s: the code “%(value)s” already stands in row %(first)s.")
                % {
                    "n": index + 1,
                    "value": value,
                    "first": first[value] + 1,
                },
            )


def _is_code(value: str) -> bool:
    """Letters of any language, digits, spaces and a few signs: codes may be names, as for ethnic groups."""
    return len(value) <= MAX_VALUE and all(letter.isalnum() or letter in " -_.,/()'’&" for letter in value)
