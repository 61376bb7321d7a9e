"""Made-up papers for the tests of the renderer and of everything that needs a PDF to work on.

`CASES` maps each template to the context it is printed with; `with_missing` and `with_longest` are the extremes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from portal.accounts.models import Agency
from portal.documents import render

CHECK_CODE = "7K4M218CQXZ3"
CHECK_URL = f"https://motcua.example.vn/giay-to/kiem-tra/{CHECK_CODE}/"
DOSSIER_URL = "https://motcua.example.vn/ho-so/H99.12-261109-0058/"
AGENCY = Agency(name="UBND phường Cửa Đông", superior_name="UBND thành phố Minh Hà", place_name="Minh Hà")
POLICE = Agency(
    name="Công an phường Cửa Đông", superior_name="Công an thành phố Minh Hà", place_name="Minh Hà"
)
RESIDENCE = "Số 7 ngõ Giếng Đá, phường Cửa Đông, thành phố Minh Hà"
PERSON = {
    "full_name": "Nguyễn Thị Mẫu",
    "date_of_birth": "1996-03-14",
    "sex": "female",
    "sex_text": "Nữ",
    "ethnicity_text": "Kinh",
    "nationality_text": "Việt Nam",
    "personal_id": "099196000417",
    "residence": RESIDENCE,
    "year_of_birth": 1996,
}
FATHER = PERSON | {
    "full_name": "Trần Văn Thử",
    "date_of_birth": "1994-09-02",
    "sex": "male",
    "sex_text": "Nam",
    "personal_id": "099094000311",
    "year_of_birth": 1994,
}
REQUESTER = {"full_name": "Nguyễn Thị Mẫu", "personal_id": "099196000417", "relation": "Mẹ"}


def result(name: str, number: str, claims: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The context of a result, as `procedures.results` gives it."""
    return {
        "claims": claims,
        "result": {
            "type": "KQ.G15.000031",
            "name": name,
            "number": number,
            "symbol": number.rpartition("/")[2],
            "issued_on": date(2026, 11, 12),
            "valid_until": None,
        },
        "agency": AGENCY,
        "signer": {"name": "Hoàng Minh Ví Dụ", "position": "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH"},
        "check_url": CHECK_URL,
        "check_code": CHECK_CODE,
        "qr": render.qr(CHECK_URL),
    } | more


def birth() -> dict[str, Any]:
    child = PERSON | {
        "full_name": "Trần Nguyễn Mẫu Anh",
        "date_of_birth": "2026-10-05",
        "personal_id": "099326001234",
        "place_of_birth": "Bệnh viện Phụ sản Minh Hà, phường Cửa Đông, thành phố Minh Hà",
        "origin": "xã Đồng Sen, thành phố Minh Hà",
    }
    claims = {
        "child": child,
        "mother": PERSON,
        "father": FATHER,
        "requester": REQUESTER,
        "registration": {"kind": "on_time", "book": "01/2026-KS", "date": "2026-11-12", "note": None},
    }
    return result("Giấy khai sinh", "218/2026/GKS", claims)


def extract() -> dict[str, Any]:
    claims = {
        "extract": {
            "kind": "marriage",
            "title": "Trích lục kết hôn",
            "number": "45",
            "book": "01/2022-KH",
            "date": "2022-03-27",
            "agency": "Ủy ban nhân dân phường Cửa Đông, thành phố Minh Hà",
            "content": "Họ, chữ đệm, tên chồng: Trần Văn Thử, sinh ngày 02/09/1994.\n"
            "Họ, chữ đệm, tên vợ: Nguyễn Thị Mẫu, sinh ngày 14/03/1996.\nGhi chú: không có thay đổi, cải chính.",
            "copies": 2,
        },
        "subject": PERSON,
        "requester": REQUESTER,
    }
    return result("Trích lục hộ tịch (bản sao)", "91/2026/TLHT-BS", claims)


def marital() -> dict[str, Any]:
    claims = {
        "subject": PERSON,
        "status": {
            "declared": "never",
            "text": "Hiện tại chưa đăng ký kết hôn với ai.",
            "as_of": "2026-11-12",
        },
        "purpose": {
            "kind": "marriage",
            "text": "Đăng ký kết hôn",
            "partner_name": "Lê Văn Giả Định",
            "partner_date_of_birth": "1993-01-02",
            "partner_personal_id": "099093000222",
            "place": "Ủy ban nhân dân xã Đồng Sen, thành phố Minh Hà",
        },
        "requester": REQUESTER,
    }
    context = result("Giấy xác nhận tình trạng hôn nhân", "218/2026/XNTTHN", claims)
    context["result"]["valid_until"] = date(2027, 5, 12)
    return context


def residence() -> dict[str, Any]:
    row = {"name": "Trần Nguyễn Mẫu Anh", "dob": "2026-10-05", "sex": "female", "personal_id": "099326001234"}
    claims = {
        "person": FATHER,
        "residence": {
            "kind": "permanent",
            "text": RESIDENCE,
            "file": "T07-2026/0191",
            "date": "2026-11-18",
            "note": None,
        },
        "head": {"full_name": "Trần Thị Thí Dụ", "personal_id": "099168000123", "relation": "Con đẻ"},
        "members": [row | {"relation": "Cháu ruột"}],
        "requester": REQUESTER,
    }
    signer = {"name": "Phạm Quốc Giả Định", "position": "TRƯỞNG CÔNG AN PHƯỜNG"}
    return result("Thông báo", "77/2026/TB-ĐKCT", claims, agency=POLICE, signer=signer)


def marriage() -> dict[str, Any]:
    paper = {"paper": "Thẻ căn cước"}
    claims = {
        "groom": FATHER | paper,
        "bride": PERSON | paper,
        "registration": {"book": "01/2026-KH", "date": "2026-11-12", "note": None},
        "requester": REQUESTER,
    }
    return result("Giấy chứng nhận kết hôn", "31/2026/GCNKH", claims)


def death() -> dict[str, Any]:
    claims = {
        "deceased": FATHER
        | {"date_of_birth": "1941-02-09", "personal_id": "099041000311", "paper_number": None},
        "death": {
            "date": "2026-11-10",
            "time": "04:20",
            "cause": "Tuổi già",
            "place": RESIDENCE,
            "proof": "notice",
            "proof_text": "Giấy báo tử",
            "notice_number": "17/2026/BT",
            "notice_date": "2026-11-10",
            "notice_agency": "Trạm y tế phường Cửa Đông",
        },
        "requester": REQUESTER | {"relation": "Con"},
        "registration": {"kind": "on_time", "book": "01/2026-KT", "date": "2026-11-12", "note": None},
    }
    return result("Trích lục khai tử", "19/2026/TLKT", claims)


def certification() -> dict[str, Any]:
    claims = {
        "document": {
            "kind_text": "Văn bằng, chứng chỉ, học bạ",
            "name": "Bằng tốt nghiệp đại học",
            "number": "B 0123456",
            "issuer": "Trường Đại học Minh Hà",
            "date": "2018-07-15",
            "pages": 2,
        },
        "requester": PERSON,
        "certification": {"book": "01/2026-SCT/BS", "date": "2026-11-12"},
    }
    return result("Bản sao điện tử chứng thực từ bản chính", "1204/2026/SCT/BS", claims)


def business() -> dict[str, Any]:
    claims = {
        "business": {
            "code": "099196000417",
            "name": "Hộ kinh doanh Phở Mẫu",
            "address": RESIDENCE,
            "phone": "0912 345 678",
            "email": "pho@example.vn",
            "capital": 80_000_000,
            "workers": 3,
            "starts_on": "2026-12-01",
            "founder_text": "Các thành viên hộ gia đình",
        },
        "activities": [
            {"activity_name": "Nhà hàng và các dịch vụ ăn uống phục vụ lưu động", "activity_code": "5610"},
            {"activity_name": "Bán lẻ thực phẩm trong các cửa hàng chuyên doanh", "activity_code": None},
        ],
        "owner": PERSON,
        "members": [{"name": "Trần Văn Thử", "dob": "1994-09-02", "personal_id": "099094000311"}],
        "registration": {"date": "2026-11-12", "note": None},
        "requester": REQUESTER,
    }
    return result("Giấy chứng nhận đăng ký hộ kinh doanh", "58/2026/ĐKHKD", claims)


def permit() -> dict[str, Any]:
    claims = {
        "owner": PERSON,
        "co_owners": [{"name": "Trần Văn Thử", "personal_id": "099094000311"}],
        "land": {"address": RESIDENCE, "plot": "118", "sheet": "23", "area": 96, "paper": "CS 01234"},
        "building": {
            "work_text": "Xây dựng mới",
            "grade_text": "Cấp III",
            "floors": 4,
            "basements": 0,
            "ground_area": 72,
            "total_area": 288,
            "height": 15,
        },
        "design": {"name": "Công ty Thiết kế Giả Định", "licence": "MIH-00012345"},
        "permit": {
            "red_line": "Trùng ranh giới thửa đất phía ngõ Giếng Đá",
            "building_line": "Lùi 1,5 m so với chỉ giới đường đỏ",
            "ground_level": "+0,30 m so với mặt ngõ",
            "density": 75,
            "drawings": "KT-01 đến KT-09",
            "note": "Thông báo cho hộ liền kề trước khi đào móng.",
        },
        "requester": REQUESTER,
    }
    context = result("Giấy phép xây dựng nhà ở riêng lẻ", "42/2026/GPXD", claims)
    context["result"]["valid_until"] = date(2027, 11, 12)
    return context


def record() -> dict[str, Any]:
    claims = {
        "subject": PERSON
        | {"other_name": None, "birth_place": "xã Đồng Sen, thành phố Minh Hà", "temporary": None},
        "record": {
            "text": "Không có án tích",
            "detail": None,
            "as_of": "2026-11-12",
            "bans_wanted": True,
            "bans": "Không có",
        },
        "purpose": {"text": "Xin việc, ký hợp đồng lao động"},
        "requester": REQUESTER,
    }
    city = Agency(name="Công an thành phố Minh Hà", superior_name="Bộ Công an", place_name="Minh Hà")
    signer = {"name": "Phạm Quốc Giả Định", "position": "GIÁM ĐỐC"}
    return result("Phiếu lý lịch tư pháp số 1", "907/2026/LLTP", claims, agency=city, signer=signer)


def form() -> dict[str, Any]:
    """The context of both forms: the filing's acknowledgement and the receipt."""
    return {
        "dossier": {
            "code": "H99.12-261109-0058",
            "title": "Xác nhận tình trạng hôn nhân",
            "submitted_at": datetime(2026, 11, 9, 2, 14, tzinfo=UTC),
            "received_at": datetime(2026, 11, 9, 3, 41, tzinfo=UTC),
            "due_at": datetime(2026, 11, 12, 10, 0, tzinfo=UTC),
            "subject_name": "Nguyễn Thị Mẫu",
        },
        "agency": AGENCY,
        "applicant": {
            "full_name": "Nguyễn Thị Mẫu",
            "address": RESIDENCE,
            "phone": "0912 345 678",
            "email": "mau@example.vn",
        },
        "rows": [
            {
                "title": "Người yêu cầu",
                "rows": [{"label": "Họ, chữ đệm, tên", "value": "Nguyễn Thị Mẫu"}] * 7,
            },
            {"title": "Mục đích", "rows": [{"label": "Giấy dùng để", "value": "Bổ túc hồ sơ vay vốn"}] * 4},
        ],
        "papers": [
            {
                "label": "Bản án, quyết định ly hôn",
                "form": "copy",
                "copies": 1,
                "files": ["ban-an-ly-hon.pdf"],
            },
            {
                "label": "Văn bản ủy quyền",
                "form": "original",
                "copies": 1,
                "files": ["uy-quyen.pdf", "trang-2.jpg"],
            },
        ],
        "fees": [{"label": "Lệ phí cấp giấy xác nhận", "quantity": 2, "amount": 16000}],
        "fee_total": 16000,
        "procedure": {"code": "1.004873", "name": "Cấp Giấy xác nhận tình trạng hôn nhân"},
        "time_text": "03 ngày làm việc",
        "return_text": "Bản điện tử trong kho giấy tờ của ông/bà trên Cổng dịch vụ công",
        "qr": render.qr(DOSSIER_URL),
        "check_url": DOSSIER_URL,
        "officer": {"name": "Vũ Thị Ví Dụ", "position": "Công chức tiếp nhận"},
        "now": datetime(2026, 11, 9, 3, 41, tzinfo=UTC),
        "declaration": "Tôi cam đoan những nội dung khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật.",
    }


def general() -> dict[str, Any]:
    rows = (
        "Tên tài liệu: Sổ hộ khẩu; Năm: 1998; Số trang: 12",
        "Tên tài liệu: Học bạ; Năm: 2004; Số trang: 8",
    )
    facts = [
        {"label": "Họ, chữ đệm, tên của ông/bà", "values": ("Nguyễn Thị Mẫu",)},
        {"label": "Tài liệu cần sao", "values": rows},
        {"label": "Số bản", "values": ("2",)},
    ]
    made = result("Giấy xác nhận sao tài liệu", "12/2026/XN-SL", {"requester": REQUESTER})
    return made | {"facts": facts}


CASES = {
    "pdf/forms/filing.html": form,
    "pdf/forms/receipt.html": form,
    "pdf/results/birth_certificate.html": birth,
    "pdf/results/building_permit.html": permit,
    "pdf/results/business_certificate.html": business,
    "pdf/results/certified_copy.html": certification,
    "pdf/results/civil_status_extract.html": extract,
    "pdf/results/criminal_record.html": record,
    "pdf/results/death_extract.html": death,
    "pdf/results/general.html": general,
    "pdf/results/marital_status.html": marital,
    "pdf/results/marriage_certificate.html": marriage,
    "pdf/results/residence_notice.html": residence,
}


KEPT = {"kind", "qr", "sex", "check_url", "check_code", "result", "procedure"}
LONG = "của gia đình có tên rất dài ở một nơi rất xa, Kroong Ƀlă Ksơr Y Nghuyễn-Hoàng"


def with_missing(context: dict[str, Any]) -> dict[str, Any]:
    """The paper of someone of whom nothing is known: every leaf is None, every list empty."""
    known = {key: context[key] for key in (*KEPT, "agency") if key in context}
    return _missing(context) | known


def with_longest(context: dict[str, Any]) -> dict[str, Any]:
    """The paper with every text as long as its column allows, lists four times as long."""
    agency = Agency(name=f"Công an {LONG}"[:160], superior_name=f"Công an {LONG}"[:160], place_name=LONG)
    return _longest(context) | {"agency": agency}


def _missing(value: Any) -> Any:
    match value:
        case dict():
            return {key: _missing(item) for key, item in value.items()}
        case list():
            return []
    return None


def _longest(value: Any) -> Any:
    match value:
        case dict():
            return {key: item if key in KEPT else _longest(item) for key, item in value.items()}
        case list():
            return [_longest(item) for item in value] * 4
        case str() if not value[:4].isdigit():
            return f"{value} {LONG}"[:120]
    return value
