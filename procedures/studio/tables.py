"""Options of a code list as text and as a table: what people paste, upload and type. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from django.http import QueryDict
from django.utils.translation import gettext as _

COLUMNS = ("value", "vi", "en")
MOST_BYTES = 2_000_000
# A page with more inputs than this is no table to type in (and more than Django takes).
MOST_TYPED = 250

Rows = list[dict[str, str]]


class Unreadable(Exception):
    """The text is no table of options; the message says why."""


def read(text: str) -> Rows:
    """Rows of "value;Vietnamese;English"; a heading and blank lines are passed over. Raises Unreadable.

    Spreadsheets put tabs between the columns when they are pasted, semicolons when they are saved as CSV.
    """
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise Unreadable(_("This is no text."))
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ";"
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Unreadable(_("This is no table: %(why)s") % {"why": error}) from error
    return list(_rows(lines))


def _rows(lines: Iterable[list[str]]) -> Iterator[dict[str, str]]:
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or [cell.lower() for cell in cells[:2]] == ["value", "vi"]:
            continue
        if len(cells) < 2 or any(cells[3:]):
            raise Unreadable(
                _("Line %(n)s needs two or three columns: code; Vietnamese; English.") % {"n": number}
            )
        yield dict(zip(COLUMNS, [*cells, ""][:3], strict=True))


def uploaded(content: bytes) -> str:
    """The text of a file. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 2 MB."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("The file is not UTF-8 text. Save it as “CSV UTF-8”.")) from error


def written(rows: Iterable[Mapping[str, str]]) -> str:
    """The text that `read` reads again, with a heading."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.get(name, "") for name in COLUMNS] for row in rows)
    return out.getvalue()


def typed(data: QueryDict) -> Rows:
    """The rows of the table on the page, without those that are blank; one removed is left out."""
    size = data.get("size", "")
    count = min(int(size), MOST_TYPED) if size.isdecimal() and len(size) < 4 else 0
    rows = [{name: data.get(f"{index}-{name}", "").strip() for name in COLUMNS} for index in range(count)]
    removed = data.get("do", "").removeprefix("remove:") if "remove:" in data.get("do", "") else ""
    return [row for index, row in enumerate(rows) if any(row.values()) and str(index) != removed]
