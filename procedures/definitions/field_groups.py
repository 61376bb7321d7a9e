"""Groups of fields that are kept for copying into forms: a person, an address, an identity paper.

A group is copied by value. Every copy remembers which version of the group it came from ("person@1") and
never changes with it: a new version of a group reaches nobody's form by itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from portal.accounts.models import User
from procedures.definitions import code_lists, copying, places, references
from procedures.definitions.models import FieldGroup, ProcedureVersion, VersionState
from procedures.definitions.standing_groups import STANDING
from procedures.eforms import expressions, lists, schema, soundness, subjects
from procedures.eforms.reading import SchemaError
from procedures.eforms.texts import Option, Text

MOST_FIELDS = 40
Fields = list[dict[str, Any]]

# Attributes whose expressions may mention fields that are not in the group.
_ATTRIBUTES = ("applies", "required", "compute", "min", "max")


class Refused(Exception):
    """What was given is no group; the message says why, for the person who edits."""


def newest() -> list[FieldGroup]:
    """The newest version of each group, by name. One query."""
    groups = {group.key: group for group in FieldGroup.objects.order_by("key", "number")}
    return sorted(groups.values(), key=lambda group: lists.fold(group.name_vi))


@transaction.atomic
def publish(
    name: Mapping[str, str],
    fields: Sequence[Mapping[str, Any]],
    *,
    key: str = "",
    by: User | None,
    at: datetime,
) -> FieldGroup:
    """A new group, or with `key` the next version of that one; the same fields as now are no new version.

    Raises Refused, FieldGroup.DoesNotExist.
    """
    if not name.get("vi", "").strip():
        raise Refused(_("A group needs a name."))
    found = _sound(fields)
    versions = FieldGroup.objects.select_for_update().filter(key=key).order_by("-number")
    last = versions.first() if key else None
    if key and last is None:
        raise FieldGroup.DoesNotExist(key)
    if last and last.fields == found:
        return last
    return FieldGroup.objects.create(
        key=key or free_key(name["vi"], {"moi", *FieldGroup.objects.values_list("key", flat=True)}),
        number=last.number + 1 if last else 1,
        name_vi=name["vi"].strip(),
        name_en=name.get("en", "").strip(),
        fields=found,
        created_at=at,
        created_by=by,
    )


def rename(key: str, name: Mapping[str, str]) -> None:
    """Another name for all versions of a group. Raises Refused."""
    if not name.get("vi", "").strip():
        raise Refused(_("A group needs a name."))
    FieldGroup.objects.filter(key=key).update(name_vi=name["vi"].strip(), name_en=name.get("en", "").strip())


@transaction.atomic
def install(*, at: datetime) -> None:
    """Make the groups that come with the program; what is there already stays as it is."""
    known = set(FieldGroup.objects.values_list("key", flat=True))
    for key, (name, fields) in STANDING.items():
        if key not in known:
            FieldGroup.objects.create(
                key=key,
                number=1,
                name_vi=name["vi"],
                name_en=name["en"],
                fields=_sound(fields),
                created_at=at,
            )


def copies(group: FieldGroup, used: Collection[str]) -> Fields:
    """The fields to be put into a form in which the keys `used` are taken; inside, they mention one another."""
    whole: dict[str, Any] = {"form": {"steps": [{"key": "copy", "fields": deepcopy(group.fields)}]}}
    taken = {*used, *_keys(group.fields)}
    for place, key in list(_places(group.fields, "form.steps.copy.fields")):
        if key in used:
            new = copying.free(key, taken)
            taken.add(new)
            references.rename(whole, place, new)
    fields: Fields = whole["form"]["steps"][0]["fields"]
    return [field | {"origin": str(group)} for field in fields]


def _places(fields: Fields, around: str) -> Iterator[tuple[str, str]]:
    """(place, key) of every field, those inside groups before what holds them."""
    for field in fields:
        here = f"{around}.{places.join(str(field['key']))}"
        yield from _places(field.get("fields") or [], f"{here}.fields")
        yield here, str(field["key"])


def _keys(fields: Fields) -> set[str]:
    return {key for _place, key in _places(fields, "x")}


def uses(key: str) -> list[ProcedureVersion]:
    """Drafts and versions in force with copies of the group, by name, without their content. One query."""
    return mentioning(f'"origin": "{key}@')


def mentioning(text: str) -> list[ProcedureVersion]:
    """Drafts and versions in force whose definition holds `text` as it is stored. One query."""
    living = ProcedureVersion.objects.exclude(state=VersionState.RETIRED)
    found = living.annotate(written=Cast("definition", TextField())).filter(written__contains=text)
    shown = found.select_related("procedure").defer("definition", "snapshot", "search_text")
    return list(shown.order_by("name_vi", "number"))


# ── Out of a form ─────────────────────────────────────────────────────────────────────────────────


def out_of(fields: Sequence[Mapping[str, Any]]) -> tuple[Fields, list[str]]:
    """Fields of a form as a group: (fields, labels of those that lost a rule about fields outside the group)."""
    keys = {str(field.get("key")) for field in fields}
    found, lost = [], []
    for field in fields:
        kept = _self_contained(deepcopy(dict(field)), keys)
        if kept != {name: value for name, value in field.items() if name != "origin"}:
            lost.append(str(subjects.text(field.get("label"), field.get("key"))))
        found.append(kept)
    return found, lost


def _self_contained(field: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    own = {str(sub.get("key")) for sub in subjects.maps(field, "fields")}
    known = {*keys, *own, *soundness.CONTEXT}
    kept = {name: value for name, value in field.items() if not _mentions_others(name, value, known)}
    kept.pop("origin", None)
    if isinstance(kept.get("checks"), list):
        kept["checks"] = [check for check in kept["checks"] if not _is_about_others(check, known)]
    if isinstance(kept.get("options"), list):
        kept["options"] = [
            _always(option) if _is_about_others(option, known) else option for option in kept["options"]
        ]
    if isinstance(kept.get("personal"), Mapping):
        kept["personal"] = {name: key for name, key in kept["personal"].items() if key in keys}
    if "fields" in kept:
        kept["fields"] = [_self_contained(sub, keys | own) for sub in subjects.maps(kept, "fields")]
    return {name: value for name, value in kept.items() if value not in ([], {})}


def _mentions_others(name: str, value: Any, known: Collection[str]) -> bool:
    return name in _ATTRIBUTES and isinstance(value, str) and not _is_known(value, known)


def _is_about_others(item: Any, known: Collection[str]) -> bool:
    texts = [item.get(name) for name in ("expression", "applies")] if isinstance(item, Mapping) else []
    return any(isinstance(text, str) and not _is_known(text, known) for text in texts)


def _always(option: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in option.items() if name != "applies"}


def _is_known(text: str, known: Collection[str]) -> bool:
    try:
        return bool(expressions.references(text) <= set(known))
    except expressions.ExpressionError:
        return False


# ── Soundness ─────────────────────────────────────────────────────────────────────────────────────


def _sound(fields: Sequence[Mapping[str, Any]]) -> Fields:
    if not 1 <= len(fields) <= MOST_FIELDS:
        raise Refused(_("A group needs between 1 and %(most)s fields.") % {"most": MOST_FIELDS})
    known = {
        key: lists.code_list(key, tuple(Option(row["value"], Text(row["vi"], row["en"])) for row in rows))
        for key, rows in code_lists.every().items()
    }
    try:
        schema.load_fields(fields, code_lists=known)
    except SchemaError as error:
        raise Refused(_("These fields are not in order yet: %(why)s") % {"why": error}) from error
    return [deepcopy(dict(field)) for field in fields]


def free_key(name: str, taken: Collection[str], *, glue: str = "-") -> str:
    """ "Loại việc" → "loai-viec", and a number behind it where that is taken."""
    base = re.sub(r"[^a-z0-9]+", glue, lists.fold(name)).strip(glue)[:40].strip(glue) or "nhom"
    return next(key for n in range(1, 10_000) if (key := base if n == 1 else f"{base}{glue}{n}") not in taken)
