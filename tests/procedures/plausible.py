"""Plausible procedures in any number, for scale: valid, distinct, the same again for the same seed.

    for definition in plausible.procedures(2000, seed=1): …

Names are put together of what administrations really do (verb, thing, case); forms, conditions, papers, fees
and stages are drawn from small stocks that fit together. Nobody has to like them; they must publish and run.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

Definition = dict[str, Any]

# (field, life event, things): "Cấp giấy phép" + thing + case makes a name.
FIELDS = (
    ("Hộ tịch", "birth", "việc giám hộ|việc nhận cha, mẹ, con|thay đổi, cải chính hộ tịch|trích lục ghi chú"),
    ("Xây dựng", "home", "sửa chữa công trình|di dời công trình|phá dỡ nhà ở|quảng cáo ngoài trời"),
    ("Đất đai", "home", "biến động đất đai|tách thửa đất|chuyển mục đích sử dụng đất|trích đo địa chính"),
    ("Cư trú", "moving", "nơi tạm trú|việc tạm vắng|thông tin cư trú|việc tách hộ"),
    ("Kinh doanh", "business", "kinh doanh rượu|bán lẻ thuốc lá|kinh doanh karaoke|hợp tác xã"),
    ("Thực phẩm", "business", "cơ sở sản xuất thực phẩm|bếp ăn tập thể|quảng cáo thực phẩm|cơ sở giết mổ"),
    ("Giáo dục", "school_work", "nhóm trẻ độc lập|trung tâm ngoại ngữ|văn bằng tốt nghiệp|việc dạy thêm"),
    ("Lao động", "school_work", "nội quy lao động|thỏa ước lao động|lao động nước ngoài|việc làm thêm giờ"),
    ("Bảo trợ", "health", "trợ cấp người cao tuổi|mức độ khuyết tật|hỗ trợ mai táng|cơ sở trợ giúp xã hội"),
    ("Y tế", "health", "phòng khám đa khoa|hành nghề khám bệnh|thiết bị y tế|quầy thuốc"),
    ("Văn hóa", "business", "tổ chức lễ hội|biểu diễn nghệ thuật|thư viện tư nhân|câu lạc bộ thể thao"),
    (
        "Môi trường",
        "business",
        "môi trường của dự án|khai thác nước dưới đất|chất thải nguy hại|xả nước thải",
    ),
    ("Giao thông", "moving", "phương tiện thủy|đấu nối đường bộ|sử dụng tạm vỉa hè|vận tải hành khách"),
    ("Người có công", "death", "trợ cấp một lần|thờ cúng liệt sĩ|mộ liệt sĩ|hồ sơ người có công"),
)
VERBS = (
    "Đăng ký",
    "Cấp giấy về",
    "Cấp lại giấy về",
    "Gia hạn giấy về",
    "Xác nhận",
    "Điều chỉnh",
    "Thông báo",
    "Thu hồi giấy về",
)
CASES = (
    "lần đầu",
    "do bị mất",
    "do thay đổi địa chỉ",
    "theo yêu cầu của tổ chức",
    "có yếu tố nước ngoài",
    "tại khu vực biên giới",
)
TIMES = (
    ("same_day", 0),
    ("working_days", 3),
    ("working_days", 7),
    ("working_days", 15),
    ("days", 30),
    ("working_hours", 16),
)


def procedures(count: int, *, seed: int = 1) -> Iterator[Definition]:
    """`count` definitions. ValueError when there are not so many names."""
    dice = random.Random(seed)
    names = [
        (field, event, f"{verb} {thing} {case}")
        for (field, event, things), verb, case in itertools.product(FIELDS, VERBS, CASES)
        for thing in things.split("|")
    ]
    for number, (field, event, name) in enumerate(dice.sample(names, count), start=1):
        yield _procedure(number, field, event, name, dice)


def form(fields: int, per_step: int, *, seed: int = 1) -> Definition:
    """One procedure with as many questions, `per_step` on a page, a third of them under a condition."""
    dice = random.Random(seed)
    steps = [
        _wide_step(number, min(per_step, fields - number * per_step))
        for number in range(-(-fields // per_step))
    ]
    found = _procedure(900_000 + fields, "Đo lường", "business", f"Thủ tục có {fields} câu hỏi", dice)
    return (
        found | {"form": {"steps": steps}, "papers": [], "fees": [], "conditions": []} | _result("q0_0", ())
    )


# ── The whole ─────────────────────────────────────────────────────────────────────────────────────


def _procedure(number: int, field: str, event: str, name: str, dice: random.Random) -> Definition:
    steps = [_requester(), *dice.sample(list(_steps(dice)), dice.randint(1, 5))]
    keys = {item["key"]: item for step in steps for item in step["fields"]}
    unit, amount = dice.choice(TIMES)
    return {
        "schema": 2,
        "code": f"7.{number:06}",
        "name": _text(name, f"Procedure {number}: {field}"),
        "field": _text(field, f"Field {field}"),
        "life_event": event,
        "summary": _text(
            f"{name}, nộp trên mạng và nhận kết quả điện tử.", f"Procedure {number}, filed online."
        ),
        "keywords": [name.lower(), field.lower()],
        "agency": dice.choice(("commune", "commune_police", "city_police")),
        "level": "full",
        "legal": [_text(f"Nghị định số {dice.randint(1, 300)}/2026/NĐ-CP", f"Decree on {field}")],
        "who": _text("Công dân Việt Nam, tổ chức.", "Citizens and organisations."),
        "requirements": [],
        "time": {"amount": amount, "unit": unit},
        "declaration": _text("Tôi cam đoan những điều khai trên là đúng.", "I declare that this is true."),
        "subject": "requester_name",
        "conditions": _conditions(keys),
        "form": {"steps": steps},
        "papers": _papers(dice),
        "reuse": [],
        "fees": _fees(keys, dice),
        "stages": _stages(dice),
        **_result("requester_name", keys),
    }


def _text(vietnamese: str, english: str) -> dict[str, str]:
    return {"vi": vietnamese, "en": english}


def _conditions(keys: Any) -> list[Definition]:
    if "purpose" not in keys:
        return []
    name = _text("Có mục đích khác", "Another purpose")
    return [{"key": "has_other_purpose", "name": name, "expression": 'purpose == "other"'}]


def _papers(dice: random.Random) -> list[Definition]:
    scan = {"form": "copy", "accept": ["pdf", "jpg"], "max_mb": 10, "max_files": 3}
    label = _text("Giấy đăng ký của tổ chức", "Registration of the organisation")
    always = [
        scan | {"key": f"paper_{n}", "label": _text(f"Tài liệu số {n}", f"Paper {n}"), "required": n == 1}
        for n in range(1, dice.randint(1, 3) + 1)
    ]
    return [
        *always,
        scan | {"key": "organisation_paper", "label": label, "applies": "has_organisation == true"},
    ]


def _fees(keys: Any, dice: random.Random) -> list[Definition]:
    line: Definition = {
        "key": "fee",
        "kind": "le_phi",
        "label": _text("Lệ phí giải quyết", "Fee"),
        "basis": _text("Nghị quyết của Hội đồng nhân dân thành phố", "Resolution of the People’s Council"),
    }
    amount = str(dice.choice((5000, 20_000, 50_000, 150_000)))
    tiers = {"count": "copies", "steps": [{"upto": 2, "amount": 2000}, {"amount": 1000}], "most": 200_000}
    choices: list[list[Definition]] = [
        [],
        [line | {"unit_amount": amount}],
        [line | {"unit_amount": "0", "counter_amount": amount}],
    ]
    if "copies" in keys:
        choices += [[line | {"unit_amount": "8000", "quantity": "copies"}], [line | {"tiers": tiers}]]
    return dice.choice(choices)


def _stages(dice: random.Random) -> list[Definition]:
    named = {
        "receipt": ("Phân công thụ lý", "handler"),
        "examination": ("Thẩm định hồ sơ", "handler"),
        "approval": ("Lãnh đạo ký duyệt", "leader"),
        "issue": ("Văn thư phát hành", "clerk"),
    }
    shares = dice.choice(((0, 70, 20, 10), (10, 60, 20, 10), (15, 50, 25, 10)))
    return [
        {"key": key, "title": _text(title, key.title()), "role": role, "share": share}
        for (key, (title, role)), share in zip(named.items(), shares, strict=True)
        if share
    ]


def _result(subject: str, keys: Any) -> Definition:
    """One of the papers there are; its data says what was asked."""
    person = {"full_name": subject, "personal_id": "applicant.personal_id", "residence": "applicant.address"}
    known = dict.fromkeys(("date_of_birth", "sex", "sex_text", "ethnicity_text", "nationality_text"), '""')
    found = {
        "number": "found_number",
        "book": '""',
        "date": "today",
        "agency": '""',
        "content": "found_content",
    }
    extract = {"title": '"Văn bản giải quyết"'} | found | ({"copies": "copies"} if "copies" in keys else {})
    return {
        "subject": subject,
        "result": {
            "type": "KQ.Z99.000001",
            "name": _text("Văn bản giải quyết thủ tục", "Decision"),
            "template": "civil_status_extract",
            "symbol": "VBGQ",
            "fields": [
                _field("found_number", "text", "Số vào sổ", max_length=30),
                _field("found_content", "long_text", "Nội dung giải quyết", max_length=1000),
            ],
            "claims": {"extract": extract, "subject": person | known, "requester": {"full_name": subject}},
            "subject": subject,
        },
    }


# ── Steps ─────────────────────────────────────────────────────────────────────────────────────────


def _field(key: str, kind: str, label: str, **more: Any) -> Definition:
    return {"key": key, "type": kind, "label": _text(label, key.replace("_", " ").capitalize()), **more}


def _step(key: str, title: str, *fields: Definition, **more: Any) -> Definition:
    return {"key": key, "title": _text(title, key.capitalize()), "fields": list(fields), **more}


def _requester() -> Definition:
    account = [{"from": "account", "value": "applicant.full_name"}]
    return _step(
        "requester",
        "Người nộp hồ sơ",
        _field("requester_name", "text", "Họ, chữ đệm, tên", max_length=120, prefill=account, lock=True),
        _field("requester_phone", "phone", "Số điện thoại"),
        _field("has_organisation", "yes_no", "Nộp thay tổ chức"),
        _field("organisation", "text", "Tên tổ chức", applies="has_organisation == true", max_length=160),
    )


def _steps(dice: random.Random) -> Iterator[Definition]:
    """The stock of steps to draw from; each needs nothing of another."""
    yield _step(
        "place",
        "Địa điểm",
        _field("place_commune", "commune", "Xã, phường"),
        _field("place_address", "text", "Số nhà, đường", max_length=200),
        _field("place_area", "integer", "Diện tích (m²)", min=1, max=dice.choice((500, 10_000))),
    )
    yield _step(
        "period",
        "Thời gian",
        _field("begins_on", "date", "Từ ngày", min="today"),
        _field("ends_on", "date", "Đến ngày", min="today"),
        checks=[
            {
                "expression": "ends_on >= begins_on",
                "message": _text(
                    "Ngày kết thúc phải sau ngày bắt đầu.", "The last day comes after the first."
                ),
                "field": "ends_on",
            }
        ],
    )
    options = [{"value": value, "label": _text(label, value)} for value, label in _PURPOSES]
    yield _step(
        "purpose",
        "Mục đích",
        _field("purpose", "choice", "Mục đích sử dụng", widget="radio", options=options),
        _field("purpose_other", "text", "Ghi rõ mục đích", applies="has_other_purpose", max_length=200),
        _field("copies", "integer", "Số lượng bản", min=1, max=50),
    )
    person = (
        _field("name", "text", "Họ tên", max_length=120),
        _field("personal_id", "personal_id", "Số định danh"),
    )
    yield _step(
        "people",
        "Người liên quan",
        _field("people", "group", "Danh sách", min=1, max=10, fields=list(person)),
    )
    yield _step(
        "details",
        "Nội dung đề nghị",
        _field("details", "long_text", "Trình bày nội dung", max_length=1500),
        _field("value", "money", "Giá trị (đồng)", min=0),
        _field("has_earlier", "yes_no", "Đã từng được cấp"),
        _field("earlier_number", "text", "Số giấy đã cấp", applies="has_earlier == true", max_length=40),
    )


_PURPOSES = (("personal", "Dùng cho cá nhân"), ("business", "Dùng để kinh doanh"), ("other", "Mục đích khác"))


def _wide_step(number: int, fields: int) -> Definition:
    """Questions of every cheap kind; every third opens only by the yes or no before it."""
    asked = [
        _field(f"q{number}_{n}", "text", f"Câu hỏi {number}.{n}", max_length=80)
        if n % 3 == 0
        else _field(f"q{number}_{n}", "yes_no", f"Đúng hay sai {number}.{n}")
        if n % 3 == 1
        else _field(
            f"q{number}_{n}", "integer", f"Số lượng {number}.{n}", applies=f"q{number}_{n - 1} == true"
        )
        for n in range(fields)
    ]
    return _step(f"part_{number}", f"Phần {number + 1}", *asked)


def answer(field: Any) -> Any:
    """Something that a question of `form` takes."""
    return {"text": "Nguyễn Thị Mẫu", "yes_no": True, "integer": 7}[str(field.type)]
