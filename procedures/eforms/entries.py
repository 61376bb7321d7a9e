"""One question as it stands on a page: what was typed, what it means, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from procedures.eforms import questions
from procedures.eforms.texts import Option


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    name: str
    size: int  # bytes


class Uploads(Protocol):
    """Where files go the moment they arrive, so that they survive every error on their page."""

    def put(self, field: questions.Field, upload: UploadedFile[Any]) -> StoredFile:
        """Raises ValidationError, in the person's language, for a file that cannot be taken."""

    def get(self, ids: Sequence[str]) -> list[StoredFile]:
        """Those of `ids` that exist and that this person put there, in the given order."""


class NoUploads:
    """For forms that ask for no files."""

    def put(self, field: questions.Field, upload: UploadedFile[Any]) -> StoredFile:
        raise NotImplementedError(f"{field.key} asks for a file, but no uploads were given")

    def get(self, ids: Sequence[str]) -> list[StoredFile]:
        return []


@dataclass(slots=True)
class Entry:
    """`raw` has the shape of its control (see `controls`), `value` that of an answer (see `values`)."""

    question: questions.Field
    name: str  # of its input: the key, inside a group "members-0-member_name"
    scope: Mapping[str, Any]  # what its expressions may look at
    form: questions.Form | None = None
    row: int = 0  # from 1 inside a group
    is_required: bool = True
    options: tuple[Option, ...] = ()
    uploads: Uploads = field(default_factory=NoUploads)
    raw: Any = None
    value: Any = None
    error: str = ""
    was_refused: bool = False  # something that arrived was not taken; asking again does not undo that
    warnings: list[str] = field(default_factory=list)
    is_new: bool = False  # applies now, but was not on the page that was sent
    is_locked: bool = False
    rows: list[list[Entry]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """As it begins a sentence about this answer; says the row inside a group."""
        label = str(self.question.label)
        return _("%(label)s (row %(row)s)") % {"label": label, "row": self.row} if self.row else label

    @property
    def is_fixed(self) -> bool:
        """Shown, never typed."""
        return self.is_locked or bool(self.question.compute)

    @property
    def anchor(self) -> str:
        """The id that a link to this answer leads to."""
        return f"id_{self.name}"

    # What a template that lists errors asks of a bound field.
    @property
    def errors(self) -> list[str]:
        return [self.error] if self.error else []

    @property
    def id_for_label(self) -> str:
        return self.anchor

    auto_id = id_for_label


def flat(entries: Sequence[Entry]) -> list[Entry]:
    """Every entry, those of rows after the one of their group."""
    found = []
    for entry in entries:
        found.append(entry)
        for row in entry.rows:
            found += row
    return found
