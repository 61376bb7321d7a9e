"""The steps and fields of a draft as a tree to be shown and moved about in. Copes with any damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from procedures.studio import kinds, places

STEPS = "form.steps"


@dataclass(frozen=True, slots=True)
class Node:
    """A step, a field, or a field inside a repeating group. `number` counts from 1 among its siblings."""

    place: str
    title: str
    key: str
    icon: str
    kind: Any  # the type in words
    number: int
    count: int
    depends: bool  # it does not always apply
    fields: tuple[Node, ...] = field(default=())
    is_group: bool = False

    @property
    def ident(self) -> str:
        return places.ident("node", self.place)

    @property
    def list_place(self) -> str:
        """The list it stands in."""
        return places.parent(self.place)

    @property
    def fields_place(self) -> str:
        """The list of what stands in it."""
        return places.below(self.place, "fields")

    @property
    def is_first(self) -> bool:
        return self.number == 1

    @property
    def is_last(self) -> bool:
        return self.number == self.count


def steps(definition: Any) -> list[Node]:
    found = places.items(definition, STEPS)
    return [
        Node(
            place=place,
            title=places.texts(places.find(item, "title")) or _("A part without a title"),
            key=places.name_of(item),
            icon="page",
            kind=_("Part"),
            number=number,
            count=len(found),
            depends=bool(places.find(item, "applies")),
            fields=fields(definition, places.below(place, "fields")),
        )
        for number, (place, item) in enumerate(found, start=1)
    ]


def fields(definition: Any, list_place: str) -> tuple[Node, ...]:
    found = places.items(definition, list_place)
    return tuple(
        _field(definition, place, item, number, len(found))
        for number, (place, item) in enumerate(found, start=1)
    )


def _field(definition: Any, place: str, item: Any, number: int, count: int) -> Node:
    kind = kinds.of(places.find(item, "type"))
    is_group = kind.type == "group"
    is_top = place.count(".fields.") == 1
    return Node(
        place=place,
        title=places.texts(places.find(item, "label")) or _("A question without words"),
        key=places.name_of(item),
        icon=kind.icon,
        kind=kind.name,
        number=number,
        count=count,
        depends=bool(places.find(item, "applies")),
        fields=fields(definition, places.below(place, "fields")) if is_group and is_top else (),
        is_group=is_group and is_top,
    )


def flat(nodes: list[Node] | tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from flat(node.fields)


def step_of(definition: Any, place: str) -> tuple[str, str]:
    """(key, place) of the step in which `place` lies; ("", "") for none."""
    parts = place.split(".")
    if len(parts) < 3 or parts[:2] != STEPS.split("."):
        return "", ""
    at = ".".join(parts[:3])
    return places.name_of(places.find(definition, at)), at


def position(nodes: list[Node], place: str) -> Node | None:
    """The node at `place`."""
    return next((node for node in flat(nodes) if node.place == place), None)
