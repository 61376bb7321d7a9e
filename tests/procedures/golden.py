"""One complete, made-up set of answers for each procedure, which whole journeys reuse.

`GOLDEN[code]` is a `Golden`: `answers` by field key as they are stored (files left out), `papers` the keys of
the papers to upload, `outcome` what the officers fill in, and what comes of it: `steps`, `amount` (đồng,
online), `subject`, `claims` (a part of the whole). Dates hang on TODAY; `aged(code, today)` moves the newborn's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

TODAY = "2026-11-21"
HOAN_KIEM, BA_DINH = "00070", "00004"

# What the account knows of the applicant, the mother.
APPLICANT = {
    "personal_id": "001190000417",
    "full_name": "Nguyễn Thị Mẫu",
    "date_of_birth": "1990-05-20",
    "sex": "female",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "commune": HOAN_KIEM,
    "address": "Số 1 phố Mẫu",
    "phone": "0912000417",
    "email": "mau@example.org",
}
CONTEXT = {"today": TODAY, "channel": "online", "applicant": APPLICANT}


@dataclass(frozen=True)
class Golden:
    answers: dict[str, Any]
    papers: tuple[str, ...]
    outcome: dict[str, Any]
    steps: tuple[str, ...]
    amount: int
    subject: str
    claims: dict[str, Any] = field(default_factory=dict)

    def with_files(self) -> dict[str, Any]:
        """The answers with a stored file's id for every paper."""
        return self.answers | {key: [f"00000000-0000-4000-8000-{n:012}"] for n, key in enumerate(self.papers)}


def aged(code: str, today: date) -> Golden:
    """The same answers on another day: the child is born twelve days before, so that nothing is late."""
    golden = GOLDEN[code]
    born = (today - timedelta(days=12)).isoformat()
    moved = {key: born for key in ("child_dob", "person_dob") if key in golden.answers}
    issued = {key: today.isoformat() for key in ("registered_on", "confirmed_until") if key in golden.outcome}
    return dataclasses.replace(golden, answers=golden.answers | moved, outcome=golden.outcome | issued)


_CONTACT = {
    "requester_paper": "can_cuoc",
    "requester_paper_date": "2024-08-01",
    "requester_paper_place": "Bộ Công an",
    "requester_residence_kind": "permanent",
    "requester_commune": HOAN_KIEM,
    "requester_address": "Số 1 phố Mẫu",
    "requester_phone": "0912000417",
    "requester_email": "mau@example.org",
}
_WHO = {"requester_name": "Nguyễn Thị Mẫu", "requester_personal_id": "001190000417"}
_SELF = {
    "requester_dob": "1990-05-20",
    "requester_ethnicity": "Kinh",
    "requester_nationality": "Việt Nam",
}

GOLDEN: dict[str, Golden] = {
    "1.001193": Golden(
        answers={
            "relation": "mother",
            **_WHO,
            **_SELF,
            **_CONTACT,
            "child_name": "Trần Nguyễn Mẫu Anh",
            "child_sex": "female",
            "child_dob": "2026-11-09",
            "child_ethnicity": "Kinh",
            "child_nationality": "Việt Nam",
            "child_origin": BA_DINH,
            "birth_place_kind": "facility",
            "birth_facility": "Bệnh viện Mẫu",
            "birth_commune": HOAN_KIEM,
            "birth_proof": "notice",
            "registration_kind": "both",
            "parents_married": True,
            "marriage_number": "12/2019",
            "marriage_date": "2019-03-08",
            "marriage_agency": "UBND phường Hoàn Kiếm",
            "father_name": "Trần Văn Mẫu",
            "father_paper": "personal_id",
            "father_personal_id": "001088000236",
            "father_birth_year": 1988,
            "father_ethnicity": "Kinh",
            "father_nationality": "Việt Nam",
            "father_commune": HOAN_KIEM,
            "father_address": "Số 1 phố Mẫu",
            "wants_copies": False,
        },
        papers=("birth_notice",),
        outcome={
            "child_personal_id": "001326000958",
            "register_book": "01/2026-KS",
            "registered_on": TODAY,
        },
        steps=("requester", "contact", "child", "birth", "parents", "father", "copies", "papers"),
        amount=0,
        subject="Trần Nguyễn Mẫu Anh",
        claims={
            "child": {
                "full_name": "Trần Nguyễn Mẫu Anh",
                "date_of_birth": "2026-11-09",
                "sex": "female",
                "sex_text": "Nữ",
                "ethnicity": "Kinh",
                "ethnicity_text": "Kinh",
                "nationality": "Việt Nam",
                "nationality_text": "Việt Nam",
                "personal_id": "001326000958",
                "birth_commune": HOAN_KIEM,
                "place_of_birth": "Bệnh viện Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
                "origin_commune": BA_DINH,
                "origin": "Phường Ba Đình, Thành phố Hà Nội",
            },
            "mother": {
                "full_name": "Nguyễn Thị Mẫu",
                "year_of_birth": 1990,
                "ethnicity_text": "Kinh",
                "nationality_text": "Việt Nam",
                "personal_id": "001190000417",
                "residence": "Số 1 phố Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
            },
            "father": {
                "full_name": "Trần Văn Mẫu",
                "year_of_birth": 1988,
                "ethnicity_text": "Kinh",
                "nationality_text": "Việt Nam",
                "personal_id": "001088000236",
                "residence": "Số 1 phố Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
            },
            "requester": {
                "full_name": "Nguyễn Thị Mẫu",
                "personal_id": "001190000417",
                "relation": "Mẹ",
            },
            "registration": {
                "kind": "on_time",
                "book": "01/2026-KS",
                "date": TODAY,
                "note": None,
            },
        },
    ),
    "2.000635": Golden(
        answers={
            "about": "other",
            "subject_relation": "parent",
            **_WHO,
            **_CONTACT,
            "subject_name": "Trần Nguyễn Mẫu Anh",
            "subject_dob": "2026-11-09",
            "subject_sex": "female",
            "subject_ethnicity": "Kinh",
            "subject_nationality": "Việt Nam",
            "subject_personal_id": "001326000958",
            "subject_commune": HOAN_KIEM,
            "subject_address": "Số 1 phố Mẫu",
            "record_kind": "birth",
            "record_agency": "UBND phường Hoàn Kiếm",
            "record_number": "12/2026",
            "record_book": "01/2026-KS",
            "record_date": "2026-11-20",
            "copies": 2,
            "fee_exemption": "none",
        },
        papers=(),
        outcome={
            "found_number": "12/2026",
            "found_book": "01/2026-KS",
            "found_date": "2026-11-20",
            "found_agency": "UBND phường Hoàn Kiếm",
            "found_content": "Đã đăng ký khai sinh.",
        },
        steps=("requester", "contact", "subject", "record", "copies", "papers"),
        amount=16_000,
        subject="Trần Nguyễn Mẫu Anh",
        claims={
            "extract": {
                "kind": "birth",
                "title": "Giấy khai sinh (bản sao)",
                "number": "12/2026",
                "book": "01/2026-KS",
                "date": "2026-11-20",
                "agency": "UBND phường Hoàn Kiếm",
                "content": "Đã đăng ký khai sinh.",
                "copies": 2,
            },
            "subject": {
                "full_name": "Trần Nguyễn Mẫu Anh",
                "date_of_birth": "2026-11-09",
                "sex": "female",
                "sex_text": "Nữ",
                "ethnicity_text": "Kinh",
                "nationality_text": "Việt Nam",
                "personal_id": "001326000958",
                "residence": "Số 1 phố Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
            },
            "requester": {
                "full_name": "Nguyễn Thị Mẫu",
                "personal_id": "001190000417",
                "organisation": None,
            },
        },
    ),
    "1.004873": Golden(
        answers={
            "about": "self",
            **_WHO,
            **_SELF,
            "requester_sex": "female",
            **_CONTACT,
            "marital_status": "divorced",
            "spouse_name": "Lê Văn Mẫu",
            "divorce_number": "15/2021/QĐST-HNGĐ",
            "divorce_date": "2021-06-02",
            "divorce_agency": "Tòa án nhân dân khu vực 1",
            "purpose": "marriage",
            "issued_before": False,
            "fee_exemption": "none",
            "partner_name": "Phạm Văn Mẫu",
            "partner_sex": "male",
            "partner_dob": "1989-01-15",
            "partner_nationality": "Việt Nam",
            "partner_personal_id": "001089000732",
            "marriage_place_kind": "abroad",
            "marriage_place": "Cơ quan hộ tịch thành phố Mẫu",
        },
        papers=(),
        outcome={
            "confirmed_status": "Đã ly hôn; hiện tại chưa đăng ký kết hôn với ai.",
            "confirmed_until": TODAY,
        },
        steps=("requester", "contact", "status", "purpose", "partner", "papers"),
        amount=3_000,
        subject="Nguyễn Thị Mẫu",
        claims={
            "subject": {
                "full_name": "Nguyễn Thị Mẫu",
                "date_of_birth": "1990-05-20",
                "sex": "female",
                "sex_text": "Nữ",
                "ethnicity_text": "Kinh",
                "nationality_text": "Việt Nam",
                "personal_id": "001190000417",
                "residence": "Số 1 phố Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
            },
            "status": {
                "declared": "divorced",
                "text": "Đã ly hôn; hiện tại chưa đăng ký kết hôn với ai.",
                "as_of": TODAY,
            },
            "purpose": {
                "kind": "marriage",
                "text": "Đăng ký kết hôn",
                "partner_name": "Phạm Văn Mẫu",
                "partner_date_of_birth": "1989-01-15",
                "partner_personal_id": "001089000732",
                "place": "Cơ quan hộ tịch thành phố Mẫu",
            },
        },
    ),
    "1.004222": Golden(
        answers={
            "person_kind": "child",
            **_WHO,
            "requester_dob": "1990-05-20",
            "requester_sex": "female",
            "requester_phone": "0912000417",
            "requester_email": "mau@example.org",
            "person_name": "Trần Nguyễn Mẫu Anh",
            "person_dob": "2026-11-09",
            "person_sex": "female",
            "person_personal_id": "001326000958",
            "person_birth_place": "Bệnh viện Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
            "person_origin": "Phường Ba Đình, Thành phố Hà Nội",
            "case_kind": "relatives",
            "new_commune": HOAN_KIEM,
            "new_address": "Số 1 phố Mẫu",
            "head_kind": "requester",
            "head_relation": "child",
            "has_members": False,
            "request_content": "Đăng ký thường trú cho con về ở với mẹ.",
            "owner_consent": "not_needed",
            "parent_consent": "given",
            "fee_exemption": "none",
        },
        papers=("birth_certificate",),
        outcome={"residence_book": "070-2026-000123", "registered_on": TODAY},
        steps=("requester", "person", "home", "household", "request", "papers"),
        amount=10_000,
        subject="Trần Nguyễn Mẫu Anh",
        claims={
            "person": {
                "full_name": "Trần Nguyễn Mẫu Anh",
                "date_of_birth": "2026-11-09",
                "sex": "female",
                "sex_text": "Nữ",
                "personal_id": "001326000958",
            },
            "residence": {
                "kind": "permanent",
                "case": "relatives",
                "commune": HOAN_KIEM,
                "address": "Số 1 phố Mẫu",
                "text": "Số 1 phố Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
                "file": "070-2026-000123",
                "date": TODAY,
                "note": None,
            },
            "head": {"full_name": "Nguyễn Thị Mẫu", "personal_id": "001190000417", "relation": "Con"},
            "members": None,
            "requester": {"full_name": "Nguyễn Thị Mẫu", "personal_id": "001190000417"},
        },
    ),
}
