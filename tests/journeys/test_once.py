"""Impatient and absent-minded people: what is done twice happens once, and what was typed is still there."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.conftest import seeded
from tests.journeys.driver import code_on, person

pytestmark = pytest.mark.journey

BIRTH = "1.001193"


@pytest.fixture(scope="module")
def work(site):
    return seeded(site, "001190000900")


@pytest.fixture
def draft(work):
    """The address of a complete draft that no other test has touched."""
    return f"/nhap/{work['complete'].pop()}"


@pytest.fixture
def visitor(browser, site, work):
    one = person(browser, site)
    one.sign_in(work["number"])
    yield one
    one.page.context.close()


def sent(visitor):
    """Codes of everything this person has sent."""
    visitor.go("/ho-so/")
    return visitor.page.locator("ul.work .code").all_inner_texts()


def save(page):
    page.click("form[data-once] .acts button.btn")


@pytest.mark.parametrize("scripts", [True, False])
def test_double_click_on_submit_and_back(browser, site, work, draft, scripts):
    """With scripts the second click sends nothing; without them the server finds the first one's dossier."""
    visitor = person(browser, site, java_script_enabled=scripts)
    visitor.sign_in(work["number"])
    before = sent(visitor)
    visitor.go(f"{draft}/xem-lai/")
    visitor.page.check("#declare")
    visitor.page.dblclick("button:has-text('Gửi hồ sơ')")
    visitor.page.wait_for_url("**/ho-so/**")
    code = code_on(visitor.page)

    visitor.page.go_back()
    if "/xem-lai/" in visitor.page.url and visitor.page.locator("#declare").count():
        assert visitor.send().endswith(f"/ho-so/{code}/")
    assert code_on(visitor.page) == code
    assert set(sent(visitor)) - set(before) == {code}
    visitor.page.context.close()


def test_two_tabs_keep_both_steps_and_make_one_dossier(visitor, draft):
    one, two = visitor.page, visitor.page.context.new_page()
    one.goto(f"{visitor.site.url}{draft}/phan/contact/")
    two.goto(f"{visitor.site.url}{draft}/phan/child/")
    one.fill("[name=requester_address]", "Số 11 phố Mẫu")
    two.fill("[name=child_name]", "Trần Mẫu Hai Thẻ")
    save(one)
    save(two)
    two.wait_for_url("**/phan/birth/")
    for tab in (one, two):
        tab.goto(f"{visitor.site.url}{draft}/xem-lai/")
        expect(tab.locator("main")).to_contain_text("Số 11 phố Mẫu")
        expect(tab.locator("main")).to_contain_text("Trần Mẫu Hai Thẻ")
        tab.check("#declare")
    for tab in (one, two):
        tab.click("button:has-text('Gửi hồ sơ')")
        tab.wait_for_url("**/ho-so/**")
    assert one.url == two.url


def test_typing_goes_on_while_the_page_asks_again(visitor, draft):
    """The answer to the first question is still on its way when the next ones are given."""
    page = visitor.page
    visitor.go(f"{draft}/phan/father/")
    held = []
    page.route("**/cau-hoi/", lambda route: held.append(route))
    with page.expect_request("**/cau-hoi/"):
        page.check("[name=father_paper][value=other]")
    page.fill("[name=father_name]", "Trần Văn Mẫu Gõ")
    page.fill("[name=father_birth_year]", "1987")
    for route in held:
        route.continue_()
    expect(page.locator("[name=father_paper_number]")).to_be_visible()
    expect(page.locator("[name=father_name]")).to_have_value("Trần Văn Mẫu Gõ")
    page.fill("[name=father_paper_number]", "C0000001")
    save(page)
    page.wait_for_url("**/phan/copies/")
    visitor.go(f"{draft}/xem-lai/")
    for given in ("Trần Văn Mẫu Gõ", "1987", "C0000001"):
        expect(page.locator("main")).to_contain_text(given)
    assert visitor.noise == []


def test_upload_shows_how_far_it_is_and_a_file_too_large_is_refused(visitor, draft, tmp_path):
    page = visitor.page
    visitor.go(f"{draft}/phan/papers/")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    line.send("Network.emulateNetworkConditions", slow)
    picture = tmp_path / "chup.png"
    Image.effect_noise((1000, 1000), 90).save(picture)
    page.set_input_files("input[type=file]", picture)
    expect(page.locator("progress").first).to_be_visible()
    expect(page.locator(".file b", has_text="chup.png")).to_be_visible()
    expect(page.locator("progress:visible")).to_have_count(0)

    line.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    large = tmp_path / "lon.pdf"
    large.write_bytes(b"%PDF-1.7\n" + bytes(11_000_000))
    page.set_input_files("input[type=file]", large)
    expect(page.locator("#step-fields .err")).to_contain_text(
        "nặng 11 MB, chỉ gửi được tệp từ 10 MB trở xuống"
    )
    expect(page.locator(".file b", has_text="chup.png")).to_be_visible()
    save(page)
    page.wait_for_url("**/xem-lai/")
    expect(page.locator("main")).to_contain_text("2 tệp")


def test_goes_on_with_another_device(browser, site, work, visitor):
    """Begun at a desk, put away in the middle, found again on a phone."""
    visitor.begin(BIRTH)
    visitor.page.check("[name=relation][value=mother]")
    visitor._settled()
    save(visitor.page)
    visitor.page.wait_for_url("**/phan/contact/")
    visitor.page.click("a:has-text('Để sau')")
    phone = person(browser, site, viewport={"width": 360, "height": 740}, has_touch=True)
    phone.sign_in(work["number"])
    phone.go("/ho-so/")
    key = re.search(r"/nhap/([^/]+)/", visitor.page.locator("ul.work a").first.get_attribute("href"))[0]
    phone.page.click(f"a.btn[href='{key}']")
    main = phone.page.locator("main")
    expect(main).to_contain_text("được lưu")
    expect(phone.page.locator(".tasks li").nth(0)).to_contain_text("Đã xong")
    expect(phone.page.locator(".tasks li").nth(1)).to_contain_text("Cần làm")
    phone.page.click("main .acts a.btn")
    expect(phone.page.locator("[name=requester_address]")).to_be_visible()
    phone.page.context.close()
