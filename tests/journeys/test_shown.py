"""On a phone: a citizen shows one thing of a paper by a QR; who scans it sees that alone; closed, it shows nothing."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import seeded
from tests.journeys.driver import person

pytestmark = pytest.mark.journey

# Where to put pictures for the eye, when somebody wants them.
PICTURES = os.environ.get("JOURNEY_PICTURES", "")
WIDTHS = (360, 768, 1440)


def looked_at(page, name):
    """Fits and is accessible at every width; the phone's comes last."""
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


def test_one_thing_is_shown_by_a_qr_and_closed_again(browser, site):
    work = seeded(site, "001190000931", "paper")
    holder = person(browser, site, viewport={"width": 360, "height": 800})
    holder.sign_in(work["number"])
    link = _opened(holder)

    receiver = person(browser, site, viewport={"width": 360, "height": 800})
    _seen(receiver, link)

    _closed(holder, receiver, link)
    # The one answer 422 that the form left empty was to get, as browsers note it.
    assert [line for line in holder.noise if "422" not in line] == receiver.noise == []


def _opened(holder):
    page = holder.page
    holder.go("/giay-to/")
    page.locator("article.doc a[href^='/giay-to/']:not([href*='tai-ve'])").first.click()
    page.click("main .acts a[href$='chia-se/']")
    page.wait_for_url("**/chia-se/")
    looked_at(page, "share")
    page.click("main form button.btn")
    expect(page.locator(".errsum")).to_be_visible()
    page.check("input[value='birth_year']")
    page.fill("input[name=receiver]", "Trường mầm non Hoa Sen")
    page.fill("input[name=purpose]", "Xếp lớp theo tuổi")
    page.check("input[name=most][value='5']")
    page.click("main form button.btn")
    expect(page.locator("img.qr.big")).to_be_visible()
    looked_at(page, "shared")
    return page.locator(".code.long a").get_attribute("href")


def _seen(receiver, link):
    page = receiver.page
    page.goto(link)
    looked_at(page, "cover")
    page.click("main form button.btn")
    main = page.locator("main")
    expect(main).to_contain_text("Năm sinh")
    expect(main).not_to_contain_text("Họ, chữ đệm, tên")
    page.locator("details.why summary").click()
    looked_at(page, "facts")
    page.click("details.why a")
    page.wait_for_url("**/cach-kiem-tra/")
    looked_at(page, "how")


def _closed(holder, receiver, link):
    holder.page.reload()
    expect(holder.page.locator("main time")).to_have_count(1)
    holder.page.click("main form button.warn")
    expect(holder.page.locator("img.qr.big")).to_have_count(0)
    looked_at(holder.page, "closed")
    # 410 is what a closed link answers, and a browser notes that as an error of the page.
    told = receiver.page.context.new_page()
    assert told.goto(link).status == 410
    looked_at(told, "ended")
