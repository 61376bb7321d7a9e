"""The administrative tree: one city with its police, its communes, and the two agencies of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from portal.accounts.models import Agency, AgencyKind

if TYPE_CHECKING:
    from vietnam_provinces import Ward

# Unit codes of the old provinces' people's committees in the codes of dossiers, by the 2-digit province code.
# Only those in use here; the codes are opaque, nothing is read out of them.
PROVINCE_UNITS = {"01": "H26"}
POLICE_MINISTRY = "G01"


def for_commune(kind: str, commune: str) -> Agency | None:
    """The agency of `kind` that is competent for `commune` (5 digits), if the city has it."""
    return Agency.objects.filter(kind=kind, commune=commune).first() if commune else None


def police_of(city: Agency) -> Agency | None:
    """The police of the whole city."""
    return Agency.objects.filter(kind=AgencyKind.CITY_POLICE, parent=city).first()


@transaction.atomic
def seed_city(province_code: str) -> Agency:
    """Make the agencies of a province or city that are missing; returns its People's Committee. Idempotent.

    The city's police, and two agencies for every commune: its People's Committee and its police. A new one
    gets its id first and its path, which is made of ids, in one UPDATE after: two statements for 253
    agencies, not 506.
    """
    from vietnam_provinces import Province, ProvinceCode, Ward  # noqa: PLC0415 - 0.3 s that only seeding needs

    province = Province.from_code(ProvinceCode(int(province_code)))
    unit = PROVINCE_UNITS.get(province_code, f"P{province_code}")
    city = _city(unit, province.name)
    wards = list(Ward.iter_by_province(province.code))
    known = set(Agency.objects.filter(parent=city).values_list("code", flat=True))
    wanted = [_police_of_city(city)] + [agency for ward in wards for agency in _of_commune(ward, city)]
    Agency.objects.bulk_create(agency for agency in wanted if agency.code not in known)
    Agency.objects.filter(parent=city, path__startswith="new:").update(
        path=Concat(Value(city.path), Cast("pk", CharField()), Value("/"))
    )
    return city


def _city(unit: str, name: str) -> Agency:
    city, created = Agency.objects.get_or_create(
        code=unit,
        defaults={
            "name": f"UBND {_lower_first(name)}",
            "kind": AgencyKind.CITY,
            "path": f"new:{unit}",
            "place_name": bare(name),
        },
    )
    if created:
        city.path = f"/{city.pk}/"
        city.save(update_fields=["path"])
    return city


def _police_of_city(city: Agency) -> Agency:
    """One for the whole city, of no commune: criminal records and what else is not for the communes' police."""
    code = _police_code(city)
    return Agency(
        code=code,
        name=f"Công an {city.name.removeprefix('UBND ')}",
        superior_name="Bộ Công an",
        kind=AgencyKind.CITY_POLICE,
        parent=city,
        place_name=city.place_name,
        path=f"new:{code}",
    )


def _police_code(city: Agency) -> str:
    return f"{POLICE_MINISTRY}.{city.code.removeprefix('H')}"


def _of_commune(ward: Ward, city: Agency) -> tuple[Agency, Agency]:
    commune, name = f"{ward.code.value:05d}", _lower_first(ward.name)
    above = city.name.removeprefix("UBND ")
    common = {"parent": city, "commune": commune, "place_name": bare(ward.name)}
    committee = Agency(
        code=f"{city.code}.{commune}",
        name=f"UBND {name}",
        superior_name=f"UBND {above}",
        kind=AgencyKind.COMMUNE,
        **common,
    )
    police = Agency(
        code=f"{_police_code(city)}.{commune}",
        name=f"Công an {name}",
        superior_name=f"Công an {above}",
        kind=AgencyKind.POLICE,
        **common,
    )
    for agency in (committee, police):
        agency.path = f"new:{agency.code}"
    return committee, police


def bare(name: str) -> str:
    """The name of a place without what kind of place it is: "Phường Hoàn Kiếm" → "Hoàn Kiếm"."""
    for kind in ("Thành phố ", "Phường ", "Xã ", "Đặc khu ", "Tỉnh "):
        name = name.removeprefix(kind)
    return name


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def communes(*, including: str = "") -> list[tuple[str, str]]:
    """(code, name) of the communes that have a People's Committee here, by name; and `including`, wherever it is."""
    rows = Agency.objects.filter(kind=AgencyKind.COMMUNE).exclude(commune="")
    found = {
        code: _upper_first(name.removeprefix("UBND ")) for code, name in rows.values_list("commune", "name")
    }
    if including and including not in found:
        found[including] = including
    return sorted(found.items(), key=lambda item: (bare(item[1]), item[1]))


def _upper_first(name: str) -> str:
    return name[:1].upper() + name[1:]
