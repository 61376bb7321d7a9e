"""A system of another agency, what it may ask, and a paper to ask about. All made up."""

import uuid
from datetime import UTC, date, datetime

from django.utils import timezone

from portal.documents import store
from portal.documents.models import IssuedPaper
from portal.sharing import clients
from tests.factories import AgencyFactory, staff

AT = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)
TYPE = "KQ.G15.000031"
CLAIMS = [
    {"path": "person.full_name", "vi": "Họ, chữ đệm, tên", "en": "Full name"},
    {"path": "person.sex", "vi": "Giới tính", "en": "Sex"},
]
QUESTIONS = [
    {
        "code": "du-18",
        "vi": "Đã đủ 18 tuổi",
        "en": "Is 18 or older",
        "expression": "age(claims.person.date_of_birth) >= 18",
    },
    {"code": "nu", "vi": "Là nữ", "en": "Is a woman", "expression": 'claims.person.sex == "female"'},
]


def registered(name="Bảo hiểm xã hội Mẫu"):
    by = staff("system_admin", AgencyFactory())
    return clients.register(
        name=name,
        system="Hệ thống chi trả",
        contact="kythuat@example.vn",
        agency=None,
        active_from=date(2026, 1, 1),
        active_until=None,
        per_minute=600,
        by=by,
        at=timezone.now(),
    )


def allow(client, *, code="tuoi", needs_consent=True):
    return clients.allow(
        client,
        code=code,
        type_code=TYPE,
        title={"vi": "Giấy khai sinh", "en": "Birth certificate"},
        purpose={"vi": "Xét trợ cấp", "en": "Deciding on an allowance"},
        basis={"vi": "Điều 1 Luật Mẫu", "en": "Article 1 of a sample law"},
        needs_consent=needs_consent,
        claims=CLAIMS,
        questions=QUESTIONS,
        most_days=90,
        by=staff("system_admin", AgencyFactory()),
        at=timezone.now(),
    )


def paper_of(user, *, number="12/2026/GKS", at=AT):
    """An issued paper about the user, without a signature: nothing here opens the file."""
    document = store.put(
        b"%PDF-1.7 mau",
        name="giay.pdf",
        content_type="application/pdf",
        kind="result",
        owner=user.person,
        by=None,
        at=at,
    )
    issuer = AgencyFactory()
    person = {
        "full_name": user.full_name,
        "date_of_birth": "1990-05-20",
        "sex": "female",
        "personal_id": user.person.personal_id,
    }
    return IssuedPaper.objects.create(
        document=document,
        type_code=TYPE,
        title={"vi": "Giấy khai sinh", "en": "Birth certificate"},
        number=number,
        issuer=issuer,
        issuer_name=issuer.name,
        signer_name="Trần Văn Mẫu",
        signer_position="CHỦ TỊCH",
        holder=user.person,
        subject_name=user.full_name,
        claims={"person": person},
        issued_at=at,
    )


class Caller:
    """The other agency's system, by Django's test client."""

    def __init__(self, client, row, secret):
        self.client, self.row, self.secret = client, row, secret
        form = {"grant_type": "client_credentials", "client_id": str(row.pk), "client_secret": secret}
        token = client.post("/api/v1/token/", form).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def post(self, path, body, key):
        return self.client.post(
            path, body, content_type="application/json", headers=self.headers | {"Idempotency-Key": key}
        )

    def request(self, body, key=None):
        return self.post("/api/v1/requests/", body, key or str(uuid.uuid4()))

    def ask(self, body, key=None):
        return self.post("/api/v1/answers/", body, key or str(uuid.uuid4()))

    def state(self, pk):
        return self.client.get(f"/api/v1/requests/{pk}/", headers=self.headers)
