"""The people of the demonstration: a made-up family, the staff of one ward and those of the city's police.

All of them share one password. They exist only where settings.IS_DEMO says so; nobody here is anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.db import transaction

from portal.accounts import agencies
from portal.accounts.models import Agency, AgencyKind, Duty, Person, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSWORD = "motcua-demo-1"  # noqa: S105 - public on purpose
PROVINCE = "01"
COMMUNE = "00070"  # phường Hoàn Kiếm


@dataclass(frozen=True, slots=True)
class Citizen:
    personal_id: str
    full_name: str
    date_of_birth: date
    sex: str
    address: str


@dataclass(frozen=True, slots=True)
class Officer:
    username: str
    full_name: str
    role: Role
    where: AgencyKind
    position: str = ""
    signs: bool = False


CITIZENS = (
    Citizen("001192000001", "Nguyễn Thị Mẫu", date(1992, 3, 14), "female", "Số 7 ngõ Mẫu"),
    Citizen("001090000002", "Phạm Văn Mẫu", date(1990, 8, 2), "male", "Số 7 ngõ Mẫu"),
    Citizen("001165000003", "Lê Thị Thử", date(1965, 11, 20), "female", "Số 9 ngõ Mẫu"),
)

OFFICERS = (
    Officer("tiepnhan.ubnd", "Trần Thị Tiếp", Role.RECEIVER, AgencyKind.COMMUNE, "Công chức tiếp nhận"),
    Officer("thuly.ubnd", "Phạm Văn Thụ", Role.HANDLER, AgencyKind.COMMUNE, "Công chức tư pháp - hộ tịch"),
    Officer("lanhdao.ubnd", "Hoàng Văn Ký", Role.LEADER, AgencyKind.COMMUNE, "CHỦ TỊCH", signs=True),
    Officer("vanthu.ubnd", "Đỗ Thị Dấu", Role.CLERK, AgencyKind.COMMUNE, "Văn thư"),
    Officer("tiepnhan.congan", "Vũ Thị Nhận", Role.RECEIVER, AgencyKind.POLICE, "Cán bộ tiếp nhận"),
    Officer("thuly.congan", "Bùi Văn Xét", Role.HANDLER, AgencyKind.POLICE, "Cán bộ đăng ký cư trú"),
    Officer("lanhdao.congan", "Ngô Văn Duyệt", Role.LEADER, AgencyKind.POLICE, "TRƯỞNG CÔNG AN", signs=True),
    Officer("vanthu.congan", "Lý Thị Số", Role.CLERK, AgencyKind.POLICE, "Văn thư"),
    Officer("tiepnhan.catp", "Mai Thị Đón", Role.RECEIVER, AgencyKind.CITY_POLICE, "Cán bộ tiếp nhận"),
    Officer("thuly.catp", "Đinh Văn Tra", Role.HANDLER, AgencyKind.CITY_POLICE, "Cán bộ lý lịch tư pháp"),
    Officer("lanhdao.catp", "Trịnh Văn Chuẩn", Role.LEADER, AgencyKind.CITY_POLICE, "GIÁM ĐỐC", signs=True),
    Officer("vanthu.catp", "Cao Thị Phát", Role.CLERK, AgencyKind.CITY_POLICE, "Văn thư"),
    Officer("ketoan.ubnd", "Bạch Thị Tính", Role.ACCOUNTANT, AgencyKind.COMMUNE, "Kế toán"),
    Officer("ketoan.congan", "Tạ Văn Sổ", Role.ACCOUNTANT, AgencyKind.POLICE, "Kế toán"),
    Officer("ketoan.catp", "Lương Thị Quỹ", Role.ACCOUNTANT, AgencyKind.CITY_POLICE, "Kế toán"),
    Officer("quantri.thutuc", "Đặng Thị Mục", Role.PROCEDURE_ADMIN, AgencyKind.CITY),
    Officer("quantri.hethong", "Hồ Văn Khóa", Role.SYSTEM_ADMIN, AgencyKind.CITY),
)


@transaction.atomic
def seed(*, at: datetime) -> list[User]:
    """Make the city and those of its demo people who are missing; returns the new accounts. Idempotent."""
    city = agencies.seed_city(PROVINCE)
    places = {AgencyKind.CITY: city, AgencyKind.CITY_POLICE: _with_seal(agencies.police_of(city))} | {
        kind: _with_seal(agencies.for_commune(kind, COMMUNE))
        for kind in (AgencyKind.COMMUNE, AgencyKind.POLICE)
    }
    known = set(User.objects.values_list("username", flat=True).filter(username__in=_usernames()))
    hashed = make_password(PASSWORD)  # once: Argon2 is slow by design
    people = [_citizen(citizen, hashed, at) for citizen in CITIZENS if citizen.personal_id not in known]
    staff = [_officer(o, places[o.where], hashed, at) for o in OFFICERS if o.username not in known]
    return people + staff


def _usernames() -> Iterable[str]:
    return [c.personal_id for c in CITIZENS] + [o.username for o in OFFICERS]


def _with_seal(agency: Agency | None) -> Agency:
    if agency is None:
        raise LookupError(f"the city lacks its police or the agencies of the commune {COMMUNE}")
    if not agency.seal_key:
        agency.seal_key = f"seal-{agency.code}"
        agency.save(update_fields=["seal_key"])
    return agency


def _citizen(citizen: Citizen, hashed: str, at: datetime) -> User:
    person, _created = Person.objects.get_or_create(
        personal_id=citizen.personal_id,
        defaults={
            "full_name": citizen.full_name,
            "date_of_birth": citizen.date_of_birth,
            "sex": citizen.sex,
            "ethnicity": "Kinh",
            "commune": COMMUNE,
            "address": citizen.address,
            "phone": "0900000" + citizen.personal_id[-3:],
            "email": f"{citizen.personal_id}@vidu.example",
        },
    )
    return User.objects.create(
        username=person.personal_id,
        password=hashed,
        person=person,
        full_name=person.full_name,
        email=person.email,
        phone=person.phone,
        created_at=at,
        proven_at=at,
    )


def _officer(officer: Officer, agency: Agency, hashed: str, at: datetime) -> User:
    user = User.objects.create(
        username=officer.username,
        password=hashed,
        full_name=officer.full_name,
        signing_key=officer.username if officer.signs else "",
        created_at=at,
    )
    Duty.objects.create(user=user, agency=agency, role=officer.role, position=officer.position, since=at)
    return user
