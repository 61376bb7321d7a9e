"""Every refusal says what is wrong and what is enough."""

import pytest
from django.core.exceptions import ValidationError

from procedures.eforms import validators


def refusal(check, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        check(*args, **kwargs)
    return caught.value.messages[0]


@pytest.mark.parametrize(
    "typed", ["001196001417", " 001 196 001 417 ", "001.196.001.417", "001196001417\u200b"]
)
def test_a_personal_id_is_its_12_digits(typed):
    assert validators.personal_id(typed, "The number") == "001196001417"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("00119600141", "The number has only 11 digits; it needs 12"),
        ("0011960014177", "The number has 13 digits; it needs only 12"),
        ("00119600141a", "The number contains “a”; only digits are needed"),
        ("٠٠١١٩٦٠٠١٤١٧", "The number contains “٠”; only digits are needed"),
        ("001796001417", "The fourth digit of the number is 7; it can be 0, 1, 2 or 3"),
    ],
)
def test_a_wrong_personal_id_is_told_why(typed, sentence):
    assert refusal(validators.personal_id, typed, "The number") == sentence


@pytest.mark.parametrize(
    ("number", "sex", "year"),
    [("001096001417", "male", 1996), ("001196001417", "female", 1996), ("001326001417", "female", 2026)],
)
def test_a_personal_id_carries_sex_and_year(number, sex, year):
    assert validators.born(number) == (sex, year)


def test_a_personal_id_that_agrees_gives_no_warning():
    found = validators.personal_id_warnings("001196001417", "It", sex="female", date_of_birth="1996-03-14")

    assert found == []


@pytest.mark.parametrize(
    ("number", "sex", "born", "part"),
    [
        ("001196001417", "male", "1996-03-14", "another sex"),
        ("001196001417", "female", "1995-03-14", "born in 1996"),
        ("099196001417", "female", "1996-03-14", "not the code of a province"),
    ],
)
def test_a_personal_id_that_disagrees_warns(number, sex, born, part):
    (warning,) = validators.personal_id_warnings(number, "It", sex=sex, date_of_birth=born)

    assert part in warning


def test_what_is_not_known_is_not_compared():
    assert validators.personal_id_warnings("001196001417", "It", sex=None, date_of_birth=None) == []
    assert len(validators.PROVINCES_OF_BIRTH) == 63


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0912345678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("(024) 3825-0000", "02438250000"),
        ("091.234.5678", "0912345678"),
    ],
)
def test_a_phone_number_is_normalised(typed, stored):
    assert validators.phone(typed, "Phone") == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("091234567", "Phone has 9 digits; it needs 10"),
        ("0123456789", "Phone must begin with 03, 05, 07, 08 or 09 for a mobile, with 02 for a landline"),
        ("024382500", "Phone has 9 digits; it needs 11"),
        ("call me", "Phone contains “c”; only digits are needed"),
    ],
)
def test_a_wrong_phone_number_is_told_why(typed, sentence):
    assert refusal(validators.phone, typed, "Phone") == sentence


def test_tax_codes_of_firms_branches_and_persons():
    assert validators.tax_code("01.00.112.437", "MST") == "0100112437"
    assert validators.tax_code("0312687878 001", "MST") == "0312687878-001"
    assert validators.tax_code("001196001417", "MST") == "001196001417"


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("0100112438", "do not fit together"),
        ("010011243", "has 9 digits; it needs 10"),
        ("0000000000", "do not fit"),
    ],
)
def test_a_wrong_tax_code_is_told_why(typed, part):
    assert part in refusal(validators.tax_code, typed, "MST")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("16.000", 16000),
        ("16,000 VND", 16000),
        ("16 000 đ", 16000),
        ("16000đ", 16000),
        ("1.250.000", 1_250_000),
    ],
)
def test_money_is_read_as_people_write_it(typed, amount):
    assert validators.money(typed, "Sum") == amount


@pytest.mark.parametrize("typed", ["16.5", "1.00", "16.0000", "mười", "1e5", "16..000", "٣"])
def test_money_that_cannot_be_read_is_refused(typed):
    assert refusal(validators.money, typed, "Sum") == "Sum must be whole đồng in digits, such as 16.000"


@pytest.mark.parametrize(
    ("typed", "stored"), [("8:30", "08:30"), ("8h30", "08:30"), ("8 giờ 5 phút", "08:05"), ("20h", "20:00")]
)
def test_a_time_is_read_as_people_write_it(typed, stored):
    assert validators.time(typed, "Hour") == stored


@pytest.mark.parametrize("typed", ["24:00", "8:60", "noon", "8"])
def test_a_wrong_time_is_refused(typed):
    assert "0:00 to 23:59" in refusal(validators.time, typed, "Hour")


@pytest.mark.parametrize(
    ("day", "month", "year", "sentence"),
    [
        ("31", "2", "2026", "Birth cannot be right: month 2/2026 has no day 31"),
        ("29", "2", "2025", "Birth cannot be right: month 2/2025 has no day 29"),
        ("1", "13", "2026", "The month of birth is 13; it can be 1 to 12"),
        ("0", "1", "2026", "The day of birth is 0; it can be 1 to 31"),
        ("1", "1", "26", "The year of birth has 2 digits; it needs 4"),
        ("1", "1", "1026", "The year of birth is 1026; it can be 1850 or later"),
        ("", "1", "2026", "Birth lacks the day"),
        ("1", "", "2026", "Birth lacks the month"),
        ("1", "1", "", "Birth lacks the year"),
        ("1", "Jan", "2026", "The month of birth must be in digits"),
        ("một", "1", "2026", "The day of birth must be in digits"),
    ],
)
def test_a_wrong_date_is_told_exactly_why(day, month, year, sentence):
    assert refusal(validators.date, day, month, year, "Birth") == sentence


def test_a_date_is_iso():
    assert validators.date(" 5 ", "03", "2026", "Birth") == "2026-03-05"


def test_text_is_normalised():
    decomposed = "Nguye\u0302\u0303n\u00a0 Thi\u0323\tMẫu\ufeff "

    assert validators.clean_text(decomposed, "Name", max_length=50) == "Nguyễn Thị Mẫu"


def test_long_text_keeps_its_lines():
    typed = "one \r\n\r\n two\t three  \r"

    assert validators.clean_text(typed, "Note", max_length=50, multiline=True) == "one\n\ntwo three"


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\u202e", "\ud800", "\ue000"])
def test_unreadable_characters_are_refused(letter):
    sentence = refusal(validators.clean_text, f"a{letter}b", "Name", max_length=50)

    assert f"U+{ord(letter):04X}" in sentence


def test_too_long_a_text_is_told_the_limit():
    sentence = refusal(validators.clean_text, "x" * 251, "Name", max_length=200)

    assert sentence == "Name has 251 characters; at most 200 fit"


@pytest.mark.parametrize("typed", ["nobody", "a@b", "a b@", "@example.vn"])
def test_a_wrong_address_shows_a_right_one(typed):
    assert refusal(validators.email, typed, "E-mail") == "E-mail must be written like ten@example.vn"


def test_a_label_inside_a_sentence_loses_its_capital_unless_it_is_a_name():
    assert validators.inside("Ngày sinh") == "ngày sinh"
    assert validators.inside("UBND xã") == "UBND xã"
    assert validators.inside("E-mail") == "e-mail"
