import unicodedata

import pytest

from procedures.eforms import lists


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("ethnic_groups", 54),
        ("nationalities", 196),
        ("identity_papers", 5),
        ("relations", 36),
        ("provinces", 34),
    ],
)
def test_code_lists_are_complete_and_without_doubles(name, count):
    found = lists.options(name)

    assert len(found) == count == len(lists.built_in(name).values)
    assert all(unicodedata.is_normalized("NFC", option.label.vi) for option in found)


def test_communes_lie_in_provinces():
    places = lists.places()

    assert len(places.provinces) == 34
    assert len(places.communes) == sum(len(wards) for wards in places.by_province.values())
    assert all(len(code) == 5 and code.isdigit() for code in places.communes)
    assert ("00070", "Phường Hoàn Kiếm") in lists.communes_of("01")
    assert lists.province_code("00070") == "01"


def test_communes_stand_in_the_order_of_their_names():
    names = [lists.fold(name) for _code, name in lists.communes_of("01")]

    assert names == sorted(names)


def test_what_is_unknown_has_no_name():
    assert lists.commune_name("99999") == ""
    assert lists.province_name("00") == ""
    assert lists.province_of("99999") == ""
    assert lists.place_name("") == ""
    assert lists.communes_of("00") == ()


def test_fold_is_for_searching():
    assert lists.fold("Đắk Lắk") == "dak lak"
