"""Who is on record: the citizens of the demonstration and their families. All made up; nobody here is anybody.

The population database and the civil status database each hold a record of their own about a person, as in
life; what the demonstration says about its citizens must agree with the first (a test compares them).
"""

from __future__ import annotations

import copy
from typing import Any

Record = dict[str, Any]
Records = dict[str, dict[str, Record]]  # registry → personal ID number → record

WARD = "UBND phường Hoàn Kiếm, thành phố Hà Nội"
POLICE = "Bộ Công an"

_MAU = {"personal_id": "001192000001", "full_name": "Nguyễn Thị Mẫu", "date_of_birth": "1992-03-14"}
_PHAM = {"personal_id": "001090000002", "full_name": "Phạm Văn Mẫu", "date_of_birth": "1990-08-02"}
_THU = {"personal_id": "001165000003", "full_name": "Lê Thị Thử", "date_of_birth": "1965-11-20"}
_XUA = {"personal_id": "001063000004", "full_name": "Phạm Văn Xưa", "date_of_birth": "1963-02-11"}
_DAU = {"personal_id": "001319000005", "full_name": "Phạm Mẫu Đầu", "date_of_birth": "2019-05-06"}
_LE = {"personal_id": "001094000006", "full_name": "Lê Văn Lẻ", "date_of_birth": "1994-12-01"}


def _resident(who: Record, sex: str, address: str, **more: Any) -> Record:
    return {
        **who,
        "sex": sex,
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "commune": "00070",
        "address": address,
        "origin": "00070",
        "identity_paper": {
            "number": who["personal_id"],
            "issued_on": "2024-08-01",
            "issued_by": POLICE,
        },
        **more,
    }


_MARRIAGE = {"number": "24/2017", "date": "2017-10-14", "agency": WARD}

POPULATION: list[Record] = [
    _resident(_MAU, "female", "Số 7 ngõ Mẫu"),
    _resident(_PHAM, "male", "Số 7 ngõ Mẫu"),
    _resident(_THU, "female", "Số 9 ngõ Mẫu"),
    _resident(_DAU, "female", "Số 7 ngõ Mẫu", identity_paper={}),
    # Registered, but the police have not confirmed the record yet: the register will not rely on it.
    _resident(_LE, "male", "Số 11 ngõ Mẫu", confirmed=False),
]
CIVIL_STATUS: list[Record] = [
    {**_MAU, "marital_status": "married", "spouse": _PHAM, "marriage": _MARRIAGE, "children": [_DAU]},
    {**_PHAM, "marital_status": "married", "spouse": _MAU, "marriage": _MARRIAGE, "children": [_DAU]},
    {
        **_THU,
        "marital_status": "widowed",
        "spouse": _XUA,
        "marriage": {"number": "08/1988", "date": "1988-04-30", "agency": WARD},
        "death": {"number": "03/2019", "date": "2019-01-21", "agency": WARD},
        "children": [_PHAM],
    },
    {**_DAU, "marital_status": "single", "children": []},
]


def on_record() -> Records:
    """A fresh copy of both registers."""
    return {
        "population": {record["personal_id"]: copy.deepcopy(record) for record in POPULATION},
        "civil_status": {record["personal_id"]: copy.deepcopy(record) for record in CIVIL_STATUS},
    }
