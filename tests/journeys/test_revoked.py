"""Two agencies: a commune's birth certificate, taken over by the police's procedure, is revoked by the commune."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import seeded
from tests.journeys.driver import Officer, code_on, person
from tests.procedures import golden

pytestmark = pytest.mark.journey

RESIDENCE = "1.004222"
REASON, BASIS = "Cấp không đúng thẩm quyền", "Quyết định 15/QĐ-UBND"
FLAG = "Giấy tờ được dùng lại không còn hiệu lực"


def officer(browser, site, name, code, **options):
    one = person(browser, site, Officer, **options)
    one.sign_in(name)
    one.open(code)
    return one


def test_revoked_by_its_issuer_the_other_office_decides(browser, site, picture):
    work = seeded(site, "001190000930", "paper")
    mother = person(browser, site)
    mother.sign_in(work["number"])
    residence = _filed(mother, picture)
    _on_its_way(browser, site, residence)

    _revoked(browser, site, work["issued"])

    _told(mother, residence)
    _checked(browser, site, work["check"])
    _decided(browser, site, residence)
    mother.go(f"/ho-so/{residence}/")
    expect(mother.page.locator("main")).to_contain_text("Tải kết quả")
    assert mother.noise == []


def _filed(mother, picture):
    """The child's residence, at the police, on the strength of the certificate; exempt from nothing, so paid."""
    mother.begin(RESIDENCE)
    mother.use_the_paper()
    mother.fill_all_steps(RESIDENCE, papers=picture)
    mother.send()
    page = mother.page
    if "/thanh-toan/" not in page.url:
        page.click("a:has-text('Nộp ngay')")
    page.click("main form button.btn")
    page.wait_for_url(lambda url: not url.startswith(mother.site.url))
    page.check("#card")
    page.click("main button")
    page.wait_for_url(mother.site.url + "/**")
    page.click("main a[href*='/ho-so/']")
    page.wait_for_url("**/ho-so/**")
    return code_on(page)


def _on_its_way(browser, site, code):
    """Received, found out, submitted for approval: it lies with the leader of the police."""
    receiver = officer(browser, site, "tiepnhan.congan", code)
    receiver.decide("Tiếp nhận")
    handler = officer(browser, site, "thuly.congan", code)
    handler.decide("Bắt đầu xử lý")
    handler.find_out(golden.GOLDEN[RESIDENCE].outcome)
    handler.decide("Trình ký")
    for one in (receiver, handler):
        one.page.context.close()


def _revoked(browser, site, issued):
    """The commune's leader, without scripts: from the finished dossier to the question, with reason and basis."""
    leader = officer(browser, site, "lanhdao.ubnd", issued, java_script_enabled=False)
    leader.page.click("a.btn:has-text('Thu hồi')")
    relying = leader.page.locator("dl div", has_text="Hồ sơ đang giải quyết").locator("dd")
    expect(relying).to_have_text("1")
    leader.page.fill("#reason", REASON)
    leader.page.click("main form button.btn")
    expect(leader.page.locator(".errsum")).to_contain_text("căn cứ pháp lý")
    expect(leader.page.locator("#reason")).to_have_value(REASON)
    leader.page.fill("#basis", BASIS)
    leader.page.click("main form button.btn")
    expect(leader.page.locator(".note.ok")).to_be_visible()
    expect(leader.page.locator("section[aria-labelledby=issued]")).to_contain_text("Đã thu hồi")
    expect(leader.page.locator("a.btn:has-text('Thu hồi')")).to_have_count(0)
    leader.page.context.close()


def _told(mother, code):
    mother.go("/thong-bao/")
    expect(mother.page.locator("main")).to_contain_text(f"Giấy tờ dùng trong hồ sơ {code} không còn hiệu lực")
    mother.go(f"/ho-so/{code}/")
    expect(mother.page.locator("main .note")).to_contain_text(FLAG)
    expect(mother.page.locator("main .tl")).to_contain_text(REASON)


def _checked(browser, site, check):
    """Whoever follows the code printed on the paper."""
    anyone = person(browser, site)
    anyone.go(f"/giay-to/kiem-tra/{check}/")
    expect(anyone.page.locator("main")).to_contain_text(f"{REASON} ({BASIS})")
    anyone.page.context.close()


def _decided(browser, site, code):
    """The leader of the police sees the flag in the inbox and on the page, is asked why, and answers."""
    leader = officer(browser, site, "lanhdao.congan", code)
    expect(leader.page.locator(".note.bad")).to_contain_text(FLAG)
    leader.go("/can-bo/?hang=cho-ky")
    expect(leader.page.locator("tr", has_text=code)).to_contain_text(FLAG)
    leader.open(code)
    leader.page.click("summary:has-text('Vẫn giải quyết')")
    leader.page.click("button:has-text('Duyệt và ký')")
    expect(leader.page.locator("main, .notices").first).to_contain_text("Nếu vẫn giải quyết, ghi rõ lý do")
    leader.page.fill("#note-approve", "Đã đối chiếu sổ hộ tịch")
    leader.decide("Duyệt và ký")
    expect(leader.page.locator(".tl")).to_contain_text("Đã đối chiếu sổ hộ tịch")
    leader.page.context.close()
    clerk = officer(browser, site, "vanthu.congan", code)
    clerk.decide("Cấp số, đóng dấu, phát hành")
    clerk.sees_it_issued()
    clerk.page.context.close()
