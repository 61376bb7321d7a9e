"""Papers that are asked for and that nobody can supply."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from procedures.definitions import parts
from procedures.definitions.proofs.findings import Finding
from procedures.definitions.proofs.judging import Judge

MEGABYTE = 1_000_000


def find(content: parts.Content, judge: Judge, issued: Collection[str]) -> Iterator[Finding]:
    """`issued`: types of results that procedures in force issue, this one's own left out."""
    for paper in content.papers:
        place, needed = f"papers.{paper.key}", paper.required
        if needed is False or judge.never(paper.applies, needed if isinstance(needed, str) else None):
            continue  # not needed, or told among what is never asked
        if paper.accepts and paper.form == "electronic":
            yield from _electronic(paper, f"{place}.accepts", content.result.type, issued)
        if paper.max_mb * MEGABYTE > settings.UPLOAD_MAX_FILE:
            most = settings.UPLOAD_MAX_FILE // MEGABYTE
            text = _("Allows files of %(mb)s MB, but the portal takes no file above %(most)s MB.")
            yield Finding(f"{place}.max_mb", text % {"mb": paper.max_mb, "most": most}, blocks=False)


def _electronic(paper: parts.Paper, place: str, own: str, issued: Collection[str]) -> Iterator[Finding]:
    """An electronic paper comes out of an earlier procedure. Who has never been through it cannot have one."""
    if set(paper.accepts) == {own} and paper.applies is None and paper.required is True:
        text = _("Everybody would need the very result that this procedure issues.")
        yield Finding(place, text)
    elif not {*paper.accepts} & {*issued, own}:
        text = _("No procedure in force issues %s: citizens can only send a file of their own.")
        yield Finding(place, text % ", ".join(paper.accepts), blocks=False)
