"""Bank statement files, of whatever shape a bank exports: CSV or XLSX in, incoming movements out. No database.

The head row is found by its words (Vietnamese or English, accents and case aside); a bank whose words are not
known gets them by `BankAccount.columns`. A row that cannot be read is told with its number, never left out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from payments.transfers import Row

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MOST = 20_000  # rows of one file
LARGEST = 20_000_000  # bytes of one part of an XLSX, unpacked
HEADS = {
    "id": "số giao dịch, mã giao dịch, số tham chiếu, số bút toán, số ct, số chứng từ, ref no, reference, mã gd,"
    " transaction id, transaction no, reference number, doc no, số gd",
    "credit": "số tiền ghi có, ghi có, phát sinh có, credit, credit amount, có, tiền vào, money in",
    "debit": "số tiền ghi nợ, ghi nợ, phát sinh nợ, debit, debit amount, nợ, tiền ra, money out",
    "amount": "số tiền, amount, số tiền gd, transaction amount, giá trị",
    "kind": "nợ/có, loại, d/c, dr/cr, loại giao dịch, type",
    "memo": "nội dung, nội dung giao dịch, diễn giải, mô tả, description, remark, remarks, details, narrative,"
    " nội dung chi tiết, transaction description",
    "date": "ngày giao dịch, ngày, ngày giờ, ngày gd, transaction date, date, thời gian, ngày hạch toán,"
    " posting date, date time, thời gian giao dịch",
    "sender": "tên đối ứng, người chuyển, tên người chuyển, đơn vị chuyển, counterparty, sender, payer,"
    " tên tk đối ứng, tên tài khoản đối ứng",
    "number": "số tk đối ứng, tài khoản đối ứng, số tài khoản đối ứng, counter account, sender account",
    "balance": "số dư, balance, số dư cuối, running balance",
}
DATES = tuple(
    f"{day}{time}"
    for day in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d")
    for time in (" %H:%M:%S", "T%H:%M:%S", " %H:%M", "")
)
CREDIT_WORDS = {"c", "co", "cr", "credit", "+", "ghi co"}
NEEDED = {"date": {"date"}, "amount": {"credit", "amount"}, "memo": {"memo"}}  # one column of each
EPOCH = datetime(1899, 12, 30)


class Unreadable(ValueError):
    """The file is no statement that can be read; the text says why."""


class NoHead(Unreadable):
    """No row names a date, a sum and a content: the row that comes nearest, and which of the three it lacks."""

    def __init__(self, heads: Sequence[str], missing: Sequence[str]) -> None:
        super().__init__(f"no column for {', '.join(missing)}")
        self.heads, self.missing = heads, missing


@dataclass(frozen=True, slots=True)
class Read:
    rows: tuple[Row, ...]
    outgoing: int  # movements that took money out; not ours to match
    errors: tuple[tuple[int, str], ...]  # row number in the file, what could not be read
    heads: Mapping[str, str]  # which column was taken for what, by its head in the file


def read(content: bytes, columns: Mapping[str, str] | None = None) -> Read:
    """The incoming movements of a file. Raises Unreadable, NoHead when only the head row is not known."""
    table = list(_sheet(content) if content[:2] == b"PK" else _csv(content))
    if len(table) > MOST:
        raise Unreadable("too many rows")
    start, places = _head(table, columns or {})
    rows, errors, outgoing, seen = [], [], 0, Counter[str]()
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        told = {key: cells[at].strip() if at < len(cells) else "" for key, at in places.items()}
        if not told["date"] or not any(char.isdigit() for char in told["date"]):
            continue  # totals, signatures, blank lines
        try:
            row = _row(told, seen)
        except ValueError as error:
            errors.append((number, str(error)))
            continue
        rows.extend([row] if row else [])
        outgoing += row is None
    heads = {key: " ".join(table[start][at].split()) for key, at in places.items()}
    return Read(tuple(rows), outgoing, tuple(errors), heads)


def _row(told: Mapping[str, str], seen: Counter[str]) -> Row | None:
    amount = _incoming(told)
    booked = moment(told["date"])
    bank_id = told.get("id") or _own_id(told, seen)
    if amount is None or amount <= 0:
        return None
    return Row(
        bank_id=bank_id,
        amount=amount,
        memo=told["memo"],
        booked_at=booked,
        sender=told.get("sender", ""),
        sender_number=told.get("number", ""),
    )


def _own_id(told: Mapping[str, str], seen: Counter[str]) -> str:
    """For a bank that numbers nothing: the row's own words, and which of several equal rows of the file it is."""
    text = "|".join(f"{key}={told[key]}" for key in sorted(told))
    seen[text] += 1
    return "row-" + hashlib.sha256(f"{text}|{seen[text]}".encode()).hexdigest()[:32]


def _incoming(told: Mapping[str, str]) -> int | None:
    """Đồng that came in; None when money went out."""
    if "credit" in told:
        return money(told["credit"]) if told["credit"] else None
    amount = money(told["amount"])
    if "kind" in told:
        return amount if _plain(told["kind"]) in CREDIT_WORDS else None
    return amount if amount > 0 else None


def money(text: str) -> int:
    """Đồng. "1.000.000", "1,000,000.00", "+50 000 VND", "(5.000)". Raises ValueError when it may mean two sums."""
    bare = re.sub(r"[\s\u00a0]|VND|VNĐ|đ|Đ", "", text, flags=re.IGNORECASE)
    sign = -1 if bare.startswith(("-", "(")) else 1
    bare = bare.strip("+-()")
    if re.fullmatch(r"\d{1,3}([.,])\d{3}(\1\d{3})*([.,]0{1,2})?", bare) or re.fullmatch(
        r"\d+([.,]0{1,2})?", bare
    ):
        whole = re.sub(r"[.,]0{1,2}$", "", bare)
        return sign * int(re.sub(r"[.,]", "", whole))
    raise ValueError(_("“%(text)s” is no sum of đồng") % {"text": text})


def moment(text: str) -> datetime:
    """An aware time, Vietnam's where the bank names none. Raises ValueError."""
    text = " ".join(text.split())
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return (EPOCH + timedelta(seconds=round(float(text) * 86400))).replace(tzinfo=VIETNAM)
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=VIETNAM)
        except ValueError:
            continue
    raise ValueError(_("“%(text)s” is no date") % {"text": text})


# ── The shape of the file ─────────────────────────────────────────────────────────────────────────


def _plain(text: str) -> str:
    """Lower case, no accents, single spaces: how heads are compared. "Số tiền\\n(VND)" becomes "so tien"."""
    text = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(re.sub(r"\(.*?\)|[*:_]", " ", text).split())


def _head(table: Sequence[Sequence[str]], columns: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Where the head row is, and the place of each column in it. Raises NoHead."""
    names = {
        key: {_plain(word) for word in columns.get(key, words).split(",")} for key, words in HEADS.items()
    }
    found = [(at, _places(cells, names)) for at, cells in enumerate(table[:60])]
    for at, places in found:
        if not _missing(places):
            return at, places
    nearest, places = max(found, key=lambda row: (len(row[1]), len(_heads(table[row[0]]))), default=(0, {}))
    raise NoHead(_heads(table[nearest]) if table else [], _missing(places))


def _places(cells: Sequence[str], names: Mapping[str, set[str]]) -> dict[str, int]:
    plain = [_plain(cell) for cell in cells]
    return {
        key: next(place for place, cell in enumerate(plain) if cell in known)
        for key, known in names.items()
        if any(cell in known for cell in plain)
    }


def _missing(places: Mapping[str, int]) -> list[str]:
    return [key for key, ways in NEEDED.items() if not ways & places.keys()]


def _heads(cells: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in cells if cell.strip()]


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _text(content)
    first = text[:4000]
    mark = max(",;\t|", key=first.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark)


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="strict")
    for encoding in ("utf-8-sig", "cp1258"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("neither UTF-8, UTF-16 nor Windows-1258")


MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _sheet(content: bytes) -> Iterator[list[str]]:
    """The first sheet of a workbook, as texts; a number stays as it is written in the file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            names = sorted(
                name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)
            )
            shared = _shared(book)
            root = ElementTree.fromstring(_part(book, names[0]))  # noqa: S314 - see `_part`
    except (zipfile.BadZipFile, ElementTree.ParseError, IndexError, KeyError) as error:
        raise Unreadable("a broken workbook") from error
    for row in root.iter(f"{MAIN}row"):
        cells: list[str] = []
        for cell in row.iter(f"{MAIN}c"):
            place = _column(cell.get("r", ""), len(cells))
            cells += [""] * (place - len(cells))
            cells.append(_value(cell, shared))
        yield cells


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    if book.getinfo(name).file_size > LARGEST:
        raise Unreadable("too large")
    content = book.read(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable("a workbook with entities of its own")
    return content


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    root = ElementTree.fromstring(_part(book, "xl/sharedStrings.xml"))  # noqa: S314 - see `_part`
    return ["".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in root.iter(f"{MAIN}si")]


def _column(name: str, otherwise: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", name)
    if not letters:
        return otherwise
    place = 0
    for letter in letters.group():
        place = place * 26 + ord(letter) - 64
    return place - 1


def _value(cell: ElementTree.Element, shared: Sequence[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    value = cell.findtext(f"{MAIN}v") or ""
    return shared[int(value)] if cell.get("t") == "s" and value else value
