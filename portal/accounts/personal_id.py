"""The structure of a số định danh cá nhân: what its twelve digits say, and what they cannot say.

Three digits for the province of birth registration, one for century and sex, two for the year of
birth, six at random (NĐ 69/2024). There is no check digit, so a number can be well formed and still
belong to nobody. The province codes are the sixty-three of before 2025; mergers do not change them.
"""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LENGTH = 12

PROVINCES: dict[str, str] = {
    "001": "Hà Nội",
    "002": "Hà Giang",
    "004": "Cao Bằng",
    "006": "Bắc Kạn",
    "008": "Tuyên Quang",
    "010": "Lào Cai",
    "011": "Điện Biên",
    "012": "Lai Châu",
    "014": "Sơn La",
    "015": "Yên Bái",
    "017": "Hòa Bình",
    "019": "Thái Nguyên",
    "020": "Lạng Sơn",
    "022": "Quảng Ninh",
    "024": "Bắc Giang",
    "025": "Phú Thọ",
    "026": "Vĩnh Phúc",
    "027": "Bắc Ninh",
    "030": "Hải Dương",
    "031": "Hải Phòng",
    "033": "Hưng Yên",
    "034": "Thái Bình",
    "035": "Hà Nam",
    "036": "Nam Định",
    "037": "Ninh Bình",
    "038": "Thanh Hóa",
    "040": "Nghệ An",
    "042": "Hà Tĩnh",
    "044": "Quảng Bình",
    "045": "Quảng Trị",
    "046": "Thừa Thiên Huế",
    "048": "Đà Nẵng",
    "049": "Quảng Nam",
    "051": "Quảng Ngãi",
    "052": "Bình Định",
    "054": "Phú Yên",
    "056": "Khánh Hòa",
    "058": "Ninh Thuận",
    "060": "Bình Thuận",
    "062": "Kon Tum",
    "064": "Gia Lai",
    "066": "Đắk Lắk",
    "067": "Đắk Nông",
    "068": "Lâm Đồng",
    "070": "Bình Phước",
    "072": "Tây Ninh",
    "074": "Bình Dương",
    "075": "Đồng Nai",
    "077": "Bà Rịa - Vũng Tàu",
    "079": "Thành phố Hồ Chí Minh",
    "080": "Long An",
    "082": "Tiền Giang",
    "083": "Bến Tre",
    "084": "Trà Vinh",
    "086": "Vĩnh Long",
    "087": "Đồng Tháp",
    "089": "An Giang",
    "091": "Kiên Giang",
    "092": "Cần Thơ",
    "093": "Hậu Giang",
    "094": "Sóc Trăng",
    "095": "Bạc Liêu",
    "096": "Cà Mau",
}


def normalise(value: str) -> str:
    """The number as people write it ("001 099 012345", with dots or hyphens) as bare characters."""
    return value.translate({ord(mark): None for mark in " .-\u00a0\t"})


def problems(value: str) -> str | None:
    """Why `value` cannot be a personal ID number: a sentence in the active language; None when it can."""
    if not (value.isascii() and value.isdigit()):
        return _("A personal ID number has digits only, and needs 12 of them.")
    if len(value) != LENGTH:
        return ngettext(
            "This personal ID number has %(count)d digit; it needs 12.",
            "This personal ID number has %(count)d digits; it needs 12.",
            len(value),
        ) % {"count": len(value)}
    if value[:3] not in PROVINCES:
        return _("No province has the code %(code)s. Check the first three digits against your card.") % {
            "code": value[:3]
        }
    if value[3] > "5":  # 6 to 9 stand for centuries that have not come
        return _("The fourth digit must be 0 to 5. Check it against your card.")
    return None


def century_sex(value: str) -> tuple[int, Literal["male", "female"]]:
    """(first year of the century, sex) that the fourth digit tells: 0, 1 → 1900; 2, 3 → 2000; 4, 5 → 2100.

    An even digit is a man's. `value` must have no `problems`.
    """
    digit = int(value[3])
    return 1900 + 100 * (digit // 2), "female" if digit % 2 else "male"


def birth_year(value: str) -> int:
    """The year of birth that the number tells. `value` must have no `problems`."""
    return century_sex(value)[0] + int(value[4:6])


def province(value: str) -> str:
    """The province of birth registration, by its name of before 2025. `value` must have no `problems`."""
    return PROVINCES[value[:3]]
