"""An officer asks for a supplement, the citizen answers; neither loses a word when they are signed out."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD, seeded
from tests.journeys.driver import Officer, person

pytestmark = pytest.mark.journey

WHY = "Giấy chứng sinh ghi nơi khác"


@pytest.fixture(scope="module")
def work(site):
    return seeded(site, "001190000825")


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []


def sign_out_behind_the_page(visitor):
    """The session ends while the page stays open."""
    visitor.page.context.clear_cookies(name="sessionid")


def sign_in_again(visitor, name):
    visitor.page.fill("input[name=name]", name)
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.page.click("main button.btn")
    visitor.page.wait_for_url(lambda url: "dang-nhap" not in url)


def test_a_supplement_from_the_mark_to_the_answer(browser, site, work):
    _ask(browser, site, work["filed"])

    citizen = person(browser, site, viewport={"width": 360, "height": 800})
    citizen.sign_in(work["number"])
    citizen.go(f"/ho-so/{work['filed']}/")
    expect(citizen.page.locator(".turn")).to_contain_text(WHY)
    citizen.page.click(".turn a.btn")
    citizen.page.wait_for_url("**/bo-sung/**")
    fits(citizen.page)
    _answer(citizen, work)

    expect(citizen.page.locator("main")).to_contain_text("Viêng Chăn, Lào")
    assert citizen.noise == []
    citizen.page.context.close()


def _ask(browser, site, code):
    officer = person(browser, site, Officer, viewport={"width": 1440, "height": 900})
    officer.sign_in("tiepnhan.ubnd")
    officer.open(code)
    desk = officer.page
    desk.click("summary:has-text('Yêu cầu bổ sung')")
    expect(desk.locator("#r-birth_place_kind")).to_be_hidden()
    desk.check("#s-birth_place_kind")
    desk.fill("#r-birth_place_kind", WHY)
    desk.check("#s-child_name")
    fits(desk)

    sign_out_behind_the_page(officer)
    desk.click("form:has(#s-child_name) button.btn")
    desk.wait_for_url("**/dang-nhap/**")
    sign_in_again(officer, "tiepnhan.ubnd")
    expect(desk.locator("#r-birth_place_kind")).to_have_value(WHY)
    expect(desk.locator("#s-child_name")).to_be_checked()
    desk.fill("#note-ask_supplement", "Bổ sung theo từng mục")
    desk.click("form:has(#s-child_name) button.btn")
    expect(desk.locator(".note.ok")).to_be_visible()
    assert officer.noise == []
    desk.context.close()


def _answer(citizen, work):
    page = citizen.page
    with page.expect_response("**/cau-hoi/"):
        page.fill("[name=child_name]", "Trần Mẫu Mới")
        page.press("[name=child_name]", "Tab")
    with page.expect_response("**/cau-hoi/"):
        page.check("[name=birth_place_kind][value=abroad]")
    expect(page.locator("[name=birth_place_abroad]")).to_be_visible()
    page.reload()
    expect(page.locator("[name=child_name]")).to_have_value("Trần Mẫu Mới")
    expect(page.locator("[name=birth_place_abroad]")).to_be_visible()

    sign_out_behind_the_page(citizen)
    page.fill("[name=birth_place_abroad]", "Viêng Chăn, Lào")
    page.press("[name=birth_place_abroad]", "Tab")  # asked again in the background
    page.wait_for_url("**/dang-nhap/**")
    sign_in_again(citizen, work["number"])
    expect(page.locator("[name=birth_place_abroad]")).to_have_value("Viêng Chăn, Lào")
    fits(page)
    page.click("button:has-text('Gửi bổ sung')")
    page.wait_for_url(f"**/ho-so/{work['filed']}/")
