"""What the twelve digits of a made-up personal ID number say."""

import pytest
from django.utils import translation

from portal.accounts import personal_id


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_there_are_sixty_three_provinces():
    assert len(personal_id.PROVINCES) == 63


@pytest.mark.parametrize("written", ["001190000001", "001 190 000001", "001.190.000.001", "001-190-000001"])
def test_people_write_it_in_many_ways(written):
    assert personal_id.normalise(written) == "001190000001"


@pytest.mark.parametrize("value", ["001190000001", "096599999999", "079405000000"])
def test_well_formed(value):
    assert personal_id.problems(value) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("00119000000a", "A personal ID number has digits only, and needs 12 of them."),
        ("", "A personal ID number has digits only, and needs 12 of them."),
        ("٠٠١١٩٠٠٠٠٠٠١", "A personal ID number has digits only, and needs 12 of them."),
        ("00119000001", "This personal ID number has 11 digits; it needs 12."),
        ("1", "This personal ID number has 1 digit; it needs 12."),
        ("003190000001", "No province has the code 003. Check the first three digits against your card."),
        ("001690000001", "The fourth digit must be 0 to 5. Check it against your card."),
    ],
)
def test_problems(value, problem):
    assert personal_id.problems(value) == problem


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("001099000001", (1900, "male")),
        ("001199000001", (1900, "female")),
        ("001200000001", (2000, "male")),
        ("001326000001", (2000, "female")),
        ("001400000001", (2100, "male")),
        ("001500000001", (2100, "female")),
    ],
)
def test_century_and_sex(value, told):
    assert personal_id.century_sex(value) == told


def test_birth_year_and_province():
    assert personal_id.birth_year("044326000001") == 2026
    assert personal_id.province("044326000001") == "Quảng Bình"
