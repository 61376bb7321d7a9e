"""Statement files: several banks' shapes in, incoming movements out; nothing is left out in silence."""

import contextlib
import io

import pytest
import xlsxwriter
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from payments import statements
from payments.statements import Unreadable, money, read

VIETNAMESE = """Sao kê tài khoản;;;;
Tài khoản: 1023;;;;
Ngày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Nội dung
22/11/2026 08:15:00;FT1;;10.000;MC01 nộp phí
22/11/2026;FT2;50.000;;Rút tiền
Tổng;;50.000;10.000;
"""
ENGLISH = """"Transaction Date","Transaction ID","Amount","Dr/Cr","Description","Counterparty"
"2026-11-22 08:15:00","A1","10,000.00","CR","MC01, nop phi","NGUYEN VAN A"
"2026-11-22 08:16:00","A2","5,000.00","DR","fee",""
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_vietnamese_shape(encoding):
    told = read(VIETNAMESE.encode(encoding))

    [row] = told.rows
    assert (row.bank_id, row.amount, row.memo, told.outgoing) == ("FT1", 10_000, "MC01 nộp phí", 1)
    assert row.booked_at.isoformat() == "2026-11-22T08:15:00+07:00"


def test_an_english_shape_with_a_column_for_the_direction():
    told = read(ENGLISH.encode())

    assert [(row.bank_id, row.amount, row.sender) for row in told.rows] == [("A1", 10_000, "NGUYEN VAN A")]
    assert told.outgoing == 1


def test_a_workbook():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ["Ngày", "Mã giao dịch", "Số tiền", "Diễn giải"])
        sheet.write_row(3, 1, [46348.5, "X1", 10_000, "MC01"])
        sheet.write_row(4, 1, ["22/11/2026", "X2", -500, "phí"])

    told = read(out.getvalue())

    assert [(row.bank_id, row.amount, row.booked_at.hour) for row in told.rows] == [("X1", 10_000, 12)]


def test_a_bank_with_words_of_its_own():
    text = "When,What,In\n22/11/2026,MC01,10000\n"
    with pytest.raises(Unreadable):
        read(text.encode())

    assert len(read(text.encode(), {"date": "When", "memo": "What", "credit": "In"}).rows) == 1


def test_without_numbers_equal_rows_stay_two_and_a_second_reading_is_the_same():
    text = b"date,description,credit\n22/11/2026,x,1000\n22/11/2026,x,1000\n"
    first, second = (row.bank_id for row in read(text).rows)

    assert first != second
    assert [row.bank_id for row in read(text).rows] == [first, second]


def test_what_cannot_be_read_is_told_with_its_row():
    told = read(b"date,description,credit\n22/11/2026,x,1.5\n2026-99-99,x,1000\n")

    assert [number for number, _why in told.errors] == [2, 3]
    assert not told.rows


@pytest.mark.parametrize("bad", [b"", b"PK\x03\x04broken", b"\x81\x8d\x8f"])
def test_a_file_that_is_none(bad):
    with pytest.raises(Unreadable):
        read(bad)


@pytest.mark.parametrize("text", ["1.5", "1,50", "12,34", "1.000,5", "abc", "", "1.00.000"])
def test_a_sum_that_may_mean_two_things_is_refused(text):
    with translation.override("en"), pytest.raises(ValueError, match="no sum"):
        money(text)


@given(st.integers(1, 2_000_000_000), st.sampled_from([",", "."]), st.sampled_from(["", "00"]))
def test_every_way_to_write_a_sum(amount, mark, cents):
    other = "." if mark == "," else ","
    text = f"{amount:,}".replace(",", mark) + (f"{other}{cents}" if cents else "")

    assert money(f" +{text} VND") == amount
    assert money(f"({text})") == -amount


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content):
    with contextlib.suppress(Unreadable):
        statements.read(content)
