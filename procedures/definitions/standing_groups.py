"""The groups of fields that come with the program. Their questions are those that most request forms share.

Personal data is asked for with its purpose (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15).
"""

from __future__ import annotations

from typing import Any

Group = tuple[dict[str, str], list[dict[str, Any]]]


def _text(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en}


_WHO = _text(
    "Để xác định đúng người được giải quyết và ghi trên kết quả.",
    "To know for certain whom it is about, and to write it on the result.",
)
_WHERE = _text(
    "Để xác định cơ quan có thẩm quyền và gửi giấy tờ đến đúng nơi.",
    "To find the agency in charge and to send papers to the right place.",
)
_PROOF = _text(
    "Để đối chiếu người khai với giấy tờ tùy thân.", "To compare the person with their identity paper."
)

_PERSON: list[dict[str, Any]] = [
    {
        "key": "person_name",
        "type": "text",
        "label": _text("Họ, chữ đệm, tên", "Full name"),
        "hint": _text(
            "Viết đủ dấu, như trên giấy tờ tùy thân.", "With all accents, as on the identity paper."
        ),
        "max_length": 120,
        "purpose": _WHO,
    },
    {
        "key": "person_personal_id",
        "type": "personal_id",
        "label": _text("Số định danh cá nhân", "Personal ID number"),
        "hint": _text(
            "12 chữ số, ở mặt trước thẻ căn cước.", "12 digits, on the front of the identity card."
        ),
        "personal": {"sex": "person_sex", "date_of_birth": "person_dob"},
        "purpose": _WHO,
    },
    {
        "key": "person_sex",
        "type": "choice",
        "widget": "radio",
        "label": _text("Giới tính", "Sex"),
        "options": [
            {"value": "male", "label": _text("Nam", "Male")},
            {"value": "female", "label": _text("Nữ", "Female")},
        ],
        "purpose": _WHO,
    },
    {
        "key": "person_dob",
        "type": "date",
        "label": _text("Ngày sinh", "Date of birth"),
        "max": "today",
        "purpose": _WHO,
    },
    {
        "key": "person_ethnicity",
        "type": "choice",
        "list": "ethnic_groups",
        "label": _text("Dân tộc", "Ethnic group"),
        "purpose": _WHO,
    },
    {
        "key": "person_nationality",
        "type": "choice",
        "list": "nationalities",
        "label": _text("Quốc tịch", "Nationality"),
        "purpose": _WHO,
    },
]

_ADDRESS: list[dict[str, Any]] = [
    {
        "key": "address_kind",
        "type": "choice",
        "widget": "radio",
        "label": _text("Loại nơi cư trú", "Kind of residence"),
        "options": [
            {"value": "permanent", "label": _text("Nơi thường trú", "Permanent residence")},
            {"value": "temporary", "label": _text("Nơi tạm trú", "Temporary residence")},
            {"value": "current", "label": _text("Nơi ở hiện tại", "Current place of stay")},
        ],
        "purpose": _WHERE,
    },
    {
        "key": "address_commune",
        "type": "commune",
        "label": _text("Xã, phường nơi cư trú", "Commune or ward of residence"),
        "purpose": _WHERE,
    },
    {
        "key": "address_line",
        "type": "text",
        "label": _text("Số nhà, đường, thôn, tổ dân phố", "House number, street, hamlet"),
        "max_length": 200,
        "purpose": _WHERE,
    },
]

_IDENTITY: list[dict[str, Any]] = [
    {
        "key": "identity_kind",
        "type": "choice",
        "list": "identity_papers",
        "label": _text("Loại giấy tờ tùy thân", "Kind of identity paper"),
        "purpose": _PROOF,
    },
    {
        "key": "identity_other",
        "type": "text",
        "label": _text("Tên giấy tờ", "Name of the paper"),
        "applies": 'identity_kind == "other"',
        "max_length": 120,
        "purpose": _PROOF,
    },
    {
        "key": "identity_number",
        "type": "text",
        "label": _text("Số giấy tờ", "Number of the paper"),
        "max_length": 30,
        "purpose": _PROOF,
    },
    {
        "key": "identity_date",
        "type": "date",
        "label": _text("Ngày cấp", "Date of issue"),
        "max": "today",
        "purpose": _PROOF,
    },
    {
        "key": "identity_place",
        "type": "text",
        "label": _text("Nơi cấp", "Issued by"),
        "hint": _text("Ví dụ: Bộ Công an.", "For example: Ministry of Public Security."),
        "max_length": 160,
        "purpose": _PROOF,
    },
]

STANDING: dict[str, Group] = {
    "person": (_text("Một người", "A person"), _PERSON),
    "address": (_text("Địa chỉ", "An address"), _ADDRESS),
    "identity_paper": (_text("Giấy tờ tùy thân", "An identity paper"), _IDENTITY),
}
