"""The administrative tree of a real city."""

import pytest

from portal.accounts import agencies
from portal.accounts.models import Agency, AgencyKind
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db


def test_seed_city_makes_the_city_its_police_and_two_agencies_for_every_commune(
    django_assert_max_num_queries,
):
    with django_assert_max_num_queries(12):
        city = agencies.seed_city("01")

    assert (city.code, city.name, city.path) == ("H26", "UBND thành phố Hà Nội", f"/{city.pk}/")
    assert Agency.objects.branch(city).count() == 2 + 2 * 126
    assert not Agency.objects.filter(path__startswith="new:").exists()


def test_seed_city_twice_changes_nothing():
    agencies.seed_city("01")
    before = list(Agency.objects.order_by("pk").values())

    agencies.seed_city("01")

    assert list(Agency.objects.order_by("pk").values()) == before


def test_for_commune():
    city = agencies.seed_city("01")
    committee = agencies.for_commune("commune", "00070")
    police = agencies.for_commune("commune_police", "00070")

    assert (committee.code, committee.name, committee.superior_name, committee.place_name) == (
        "H26.00070",
        "UBND phường Hoàn Kiếm",
        "UBND thành phố Hà Nội",
        "Hoàn Kiếm",
    )
    assert (police.code, police.name, police.superior_name) == (
        "G01.26.00070",
        "Công an phường Hoàn Kiếm",
        "Công an thành phố Hà Nội",
    )
    assert committee.path == f"/{city.pk}/{committee.pk}/"


def test_police_of_the_city():
    city = agencies.seed_city("01")
    police = agencies.police_of(city)

    assert (police.code, police.name, police.superior_name, police.place_name) == (
        "G01.26",
        "Công an thành phố Hà Nội",
        "Bộ Công an",
        "Hà Nội",
    )
    assert (police.kind, police.commune, police.path) == ("city_police", "", f"/{city.pk}/{police.pk}/")


@pytest.mark.parametrize("commune", ["", "99999"])
def test_for_commune_without_an_agency(commune):
    AgencyFactory(commune="")

    assert agencies.for_commune("commune", commune) is None


def test_communes_are_named_and_sorted_and_keep_one_from_elsewhere():
    AgencyFactory(kind=AgencyKind.COMMUNE, name="UBND xã Yên Mẫu", commune="90001")
    AgencyFactory(kind=AgencyKind.COMMUNE, name="UBND phường An Mẫu", commune="90002")
    AgencyFactory(kind=AgencyKind.POLICE, name="Công an xã Khác", commune="90003")

    assert agencies.communes() == [("90002", "Phường An Mẫu"), ("90001", "Xã Yên Mẫu")]
    assert ("12345", "12345") in agencies.communes(including="12345")
