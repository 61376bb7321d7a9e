"""The period's money as a table for the accounting system: one line a movement, as XLSX or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from payments import sums, things
from payments.models import Cause, JournalEntry, Receipt
from portal import words

AT_ONCE = 2000  # rows, for which codes and receipts are looked up together


def head() -> list[str]:
    return [
        *(
            _("Day"),
            _("Time"),
            _("Agency code"),
            _("Agency"),
            _("Dossier"),
            _("Procedure code"),
            _("Content"),
        ),
        *(_("Payer"), _("Channel"), _("Receipt"), _("Received, đồng"), _("Paid back, đồng"), _("Entry")),
    ]


def lines(first: date, last: date, branches: Q) -> Iterator[list[Any]]:
    """The movements in their order, amounts as integers. Read in portions."""
    rows = sums.entries(first, last, branches).select_related(
        "charge__agency", "charge__payer", "debit", "credit"
    )
    portion: list[JournalEntry] = []
    for entry in rows.order_by("pk").iterator(chunk_size=AT_ONCE):
        portion.append(entry)
        if len(portion) == AT_ONCE:
            yield from _lines(portion)
            portion = []
    yield from _lines(portion)


def _lines(portion: Sequence[JournalEntry]) -> Iterator[list[Any]]:
    codes = things.told(entry.charge.reference for entry in portion if entry.charge)
    receipts = {
        (receipt.refund_id is not None, receipt.refund_id or receipt.payment_id): str(receipt)
        for receipt in Receipt.objects.filter(charge__in={entry.charge_id for entry in portion})
    }
    return (_line(entry, codes, receipts) for entry in portion)


def _line(
    entry: JournalEntry, codes: dict[str, things.Thing], receipts: dict[tuple[bool, int], str]
) -> list[Any]:
    charge, back = entry.charge, entry.cause == Cause.RETURNED
    if charge is None:
        raise ValueError(f"{entry.key} is of no charge.")  # no such movement is written
    part = sums.sided(entry)
    thing = codes.get(charge.reference)
    at = timezone.localtime(entry.at)
    return [
        entry.day,
        f"{at:%H:%M}",
        charge.agency.code if charge.agency else "",
        charge.agency.name if charge.agency else "",
        thing.code if thing else charge.reference,
        charge.topic,
        words.text(charge.description),
        charge.payer.full_name,
        part.channel,
        receipts.get((back, int(entry.key.split("/")[1])), ""),
        part.received,
        part.returned,
        entry.key,
    ]


def as_csv(rows: Iterable[list[Any]]) -> bytes:
    """UTF-8 with a mark, as spreadsheets want it; text that begins like a formula is kept from being one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head())
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def _plain(cell: Any) -> Any:
    if isinstance(cell, date):
        return cell.isoformat()
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_xlsx(rows: Iterable[list[Any]], parts: list[sums.Part]) -> bytes:
    """A sheet of the movements, and one of the sums by each thing that they are told apart by."""
    import xlsxwriter  # noqa: PLC0415 - only here, and slow to load

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet(_("Movements"))
    sheet.write_row(0, 0, head(), bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 9, 16)
    sheet.set_column(10, 11, 14, money)
    for number, row in enumerate(rows, start=1):
        sheet.write_datetime(number, 0, row[0], day)
        sheet.write_row(number, 1, row[1:])
    _sums(book.add_worksheet(_("Sums")), parts, bold, money)
    book.close()
    return out.getvalue()


def _sums(sheet: Any, parts: list[sums.Part], bold: Any, money: Any) -> None:
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 3, 16, money)
    line = 0
    for by, title in (
        ("agency", _("Agency")),
        ("topic", _("Procedure code")),
        ("channel", _("Channel")),
        ("day", _("Day")),
    ):
        sheet.write_row(line, 0, [title, _("Received, đồng"), _("Paid back, đồng"), _("Kept, đồng")], bold)
        for what, received, returned, kept in sums.totals(parts, by):
            line += 1
            sheet.write_row(line, 0, [str(what), received, returned, kept])
        line += 2
