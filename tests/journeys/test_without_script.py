"""The same way with scripts switched off: from the start page to the sandbox's payment page."""

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.journeys.driver import code_on, download, person, process
from tests.procedures import golden

pytestmark = pytest.mark.journey

BIRTH, RESIDENCE = "1.001193", "1.004222"
OFF = {"java_script_enabled": False}


def test_birth_then_residence_up_to_the_payment(browser, site, picture, tmp_path):
    parent = person(browser, site, **OFF)
    _from_the_start_page(parent)
    parent.fill_all_steps(BIRTH, papers=picture)
    parent.send()
    birth = code_on(parent.page)
    process(browser, site, birth, procedure=BIRTH, place="ubnd", personal_id="001326000966", **OFF)
    parent.go(f"/ho-so/{birth}/")
    assert download(parent, tmp_path).read_bytes().startswith(b"%PDF-")

    parent.begin(RESIDENCE)
    expect(parent.page.locator("main")).to_contain_text(golden.GOLDEN[BIRTH].answers["child_name"])
    parent.use_the_paper()
    parent.fill_all_steps(RESIDENCE, papers=picture)
    parent.send()
    expect(parent.page.locator("main")).to_contain_text("10.000")
    parent.page.click("main form button.btn")
    parent.page.wait_for_url(lambda url: not url.startswith(site.url))
    expect(parent.page.locator("main")).to_contain_text("10.000")
    assert parent.noise == []


def _from_the_start_page(visitor):
    """By the event of life to the procedure, with a new account on the way."""
    page = visitor.page
    visitor.go("/")
    page.click("main a[href*='su-kien=birth']")
    page.click(f"main a[href$='/thu-tuc/{BIRTH}/']")
    page.click("main a:has-text('Tạo tài khoản')")
    visitor.register("001194000007", "Lý Thị Mẫu", date(1994, 5, 6), "female")
    visitor.press_begin()
