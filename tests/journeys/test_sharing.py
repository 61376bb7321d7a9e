"""Another agency asks by machine; the citizen agrees on a phone, reads who asked, withdraws; then nothing is told."""

import re
import uuid

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.conftest import seeded
from tests.journeys.driver import person
from tests.journeys.test_pages import DESK, PHONE, judged

pytestmark = pytest.mark.journey

AGENCY = "Bảo hiểm xã hội thành phố Mẫu"
TABLET = {"width": 768, "height": 1024}
PURPOSE = {
    "code": "the-tre-em",
    "type_code": "KQ.G15.000031",
    "title_vi": "Giấy khai sinh",
    "title_en": "Birth certificate",
    "purpose_vi": "Cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi",
    "purpose_en": "Health insurance card for a child under 6",
    "basis_vi": "Luật Bảo hiểm y tế",
    "basis_en": "Law on health insurance",
    "claims": "child.full_name | Họ, chữ đệm, tên của con | The child’s full name",
    "questions": "duoi-6 | Con chưa đủ 6 tuổi | The child is under 6 | age(claims.child.date_of_birth) < 6",
    "most_days": "90",
}
ASKED = {"scope": "the-tre-em", "claims": ["child.full_name"], "questions": ["duoi-6"]}


class System:
    """The agency's system: a plain HTTP client with its id and secret."""

    def __init__(self, site, client_id, secret):
        self.base = f"{site.url}/api/v1"
        form = {"grant_type": "client_credentials"}
        answer = requests.post(f"{self.base}/token/", data=form, auth=(client_id, secret), timeout=20)
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def post(self, what, body):
        headers = self.headers | {"Idempotency-Key": str(uuid.uuid4())}
        return requests.post(f"{self.base}/{what}/", json=body, headers=headers, timeout=20).json()

    def state(self, pk):
        return requests.get(f"{self.base}/requests/{pk}/", headers=self.headers, timeout=20).json()["state"]


def looked_at(visitor, name):
    """What axe and a ruler find at three widths."""
    for size in (PHONE, TABLET, DESK):
        visitor.page.set_viewport_size(size)
        yield from judged(visitor.page, name)
    visitor.page.set_viewport_size(PHONE)


def test_asked_agreed_told_withdrawn(browser, site):
    work = seeded(site, "001190000960", "paper")
    wrong: list[str] = []
    system = _registered(browser, site, wrong)
    asked = ASKED | {"person": work["number"]}

    assert system.post("answers", asked)["answers"] == {"duoi-6": "unknown"}
    pending = system.post("requests", asked | {"days": 30, "reference": "BHYT-2026-17"})
    assert pending["state"] == "waiting"

    mother = person(browser, site, viewport=PHONE)
    mother.sign_in(work["number"])
    receipt = _agreed(mother, wrong)

    assert system.state(pending["id"]) == "granted"
    told = system.post("answers", asked)
    assert (told["answers"], told["receipt"], told["paper"]["status"]) == (
        {"duoi-6": "yes"},
        receipt,
        "valid",
    )
    assert told["claims"]["child.full_name"]

    _read_and_withdrawn(mother, receipt, wrong)
    after = system.post("answers", asked)
    assert (after["answers"], after["claims"]) == ({"duoi-6": "unknown"}, {"child.full_name": None})
    assert system.state(pending["id"]) == "closed"
    _asked_about(browser, site, mother, wrong)
    assert wrong == []
    assert mother.noise == []


def _registered(browser, site, wrong):
    """The administrator registers the system and its purpose; the secret is read from the page, once."""
    admin = person(browser, site, viewport=PHONE)
    admin.sign_in("quantri.hethong")
    page = admin.page
    admin.go("/quan-tri/chia-se/moi/")
    wrong += looked_at(admin, "new client")
    page.fill("[name=name]", AGENCY)
    page.fill("[name=system]", "Cấp thẻ")
    page.fill("[name=contact]", "kythuat@example.vn")
    page.fill("[name=per_minute]", "600")
    page.click("main form button.btn")
    secret = page.locator("#secret").inner_text()
    wrong += looked_at(admin, "secret")
    page.click("main a.btn")
    page.click("a[href$='muc-dich/moi/']")
    for name, value in PURPOSE.items():
        page.fill(f"[name={name}]", value)
    wrong += looked_at(admin, "new purpose")
    page.click("main form button.btn")
    expect(page.locator(".note.ok")).to_be_visible()
    wrong += looked_at(admin, "client")
    client_id = re.search(r"chia-se/([0-9a-f-]{36})/", page.url)[1]
    admin.go("/quan-tri/chia-se/")
    wrong += looked_at(admin, "clients")
    admin.go("/api/")
    wrong += looked_at(admin, "integrators")
    admin.page.context.close()
    return System(site, client_id, secret)


def _agreed(mother, wrong):
    """From the message to the receipt; its number."""
    page = mother.page
    mother.go("/thong-bao/")
    page.locator("main button.btn").filter(has_text=AGENCY).first.click()
    page.wait_for_url("**/chia-se/yeu-cau/**")
    main = page.locator("main")
    for shown in (
        AGENCY,
        "Cấp thẻ bảo hiểm y tế",
        "Luật Bảo hiểm y tế",
        "BHYT-2026-17",
        "Con chưa đủ 6 tuổi",
    ):
        expect(main).to_contain_text(shown)
    wrong += looked_at(mother, "request")
    page.click("button[value=agree]")
    expect(page.locator(".errsum")).to_be_visible()
    wrong += looked_at(mother, "request, nothing chosen")
    mother.noise.clear()  # the browser notes that the answer was 422
    page.check("#term-30")
    page.click("button[value=agree]")
    page.wait_for_url("**/chia-se/dong-y/**")
    wrong += looked_at(mother, "receipt")
    return page.url.rstrip("/").rpartition("/")[2]


def _read_and_withdrawn(mother, receipt, wrong):
    page = mother.page
    mother.go("/giay-to/")
    page.click("main a[href='/chia-se/nhat-ky/']")
    expect(page.locator("table.looks tbody tr")).to_have_count(2)
    expect(page.locator("table.looks tbody tr").first).to_contain_text(receipt)
    wrong += looked_at(mother, "log")
    mother.go("/chia-se/")
    wrong += looked_at(mother, "receipts")
    page.click(f"a:has-text('{receipt}')")
    page.click("aside a.btn")
    wrong += looked_at(mother, "withdraw")
    page.click("button.warn")
    page.wait_for_url("**/chia-se/dong-y/**")
    expect(page.locator(".note.ok")).to_be_visible()


def _asked_about(browser, site, mother, wrong):
    """She asks about the question that came after; the administrator answers; she reads it."""
    page = mother.page
    mother.go("/chia-se/nhat-ky/?loc=co-quan")
    page.locator("a[href$='/hoi/']").first.click()
    wrong += looked_at(mother, "ask")
    page.fill("[name=text]", "Tôi đã rút sự đồng ý, sao cơ quan còn hỏi?")
    page.click("main form button.btn")
    admin = person(browser, site, viewport=PHONE)
    admin.sign_in("quantri.hethong")
    admin.go("/quan-tri/chia-se/thac-mac/?loc=cho")
    wrong += looked_at(admin, "questions")
    admin.page.locator("table a.main").first.click()
    wrong += looked_at(admin, "question")
    admin.page.fill("[name=text]", "Cơ quan đã hỏi lại và không được trả lời gì.")
    admin.page.click("main form button.btn")
    admin.page.context.close()
    mother.go("/chia-se/da-hoi/")
    expect(page.locator("main")).to_contain_text("không được trả lời gì")
    wrong += looked_at(mother, "asked about")
