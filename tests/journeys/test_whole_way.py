"""The whole way with the real processes: a birth, its signed result, and the next procedure that reuses it."""

import subprocess

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import MOTHER
from tests.journeys.driver import code_on, download, person, process
from tests.procedures import golden

pytestmark = pytest.mark.journey

BIRTH, RESIDENCE = "1.001193", "1.004222"


def test_birth_then_residence(browser, site, picture, tmp_path, pdfsig):
    mother = person(browser, site)
    mother.sign_in(MOTHER)

    mother.begin(BIRTH)
    mother.fill_all_steps(BIRTH, papers=picture)
    mother.send()
    birth = code_on(mother.page)
    process(browser, site, birth, procedure=BIRTH, place="ubnd")
    mother.go(f"/ho-so/{birth}/")
    certificate = download(mother, tmp_path)
    _is_signed(pdfsig, certificate)
    _is_true(browser, site, certificate)
    _one_changed_byte_shows(browser, site, certificate, tmp_path)

    mother.begin(RESIDENCE)
    assert "/giay-to/" in mother.page.url
    expect(mother.page.locator("main")).to_contain_text(golden.GOLDEN[BIRTH].answers["child_name"])
    mother.use_the_paper()
    mother.fill_all_steps(RESIDENCE, papers=picture)
    expect(mother.page.locator("main")).to_contain_text("10.000")
    mother.send()
    _pay(mother)
    residence = code_on(mother.page)
    process(browser, site, residence, procedure=RESIDENCE, place="congan")
    mother.go(f"/ho-so/{residence}/")
    notice = download(mother, tmp_path)
    _is_signed(pdfsig, notice)

    mother.go("/giay-to/")
    mother.page.click("main a:has-text('Giấy khai sinh')")
    expect(mother.page.locator("main")).to_contain_text(residence)
    assert mother.noise == []


def _pay(visitor):
    """At the sandbox's hosted page: pays."""
    page = visitor.page
    if "/thanh-toan/" not in page.url:
        page.click("a:has-text('Nộp ngay')")
    page.click("main form button.btn")
    page.wait_for_url(lambda url: not url.startswith(visitor.site.url))
    page.check("#card")
    page.click("main button")
    page.wait_for_url(visitor.site.url + "/**")
    expect(page.locator("main")).to_contain_text("10.000")
    page.click("main a[href*='/ho-so/']")
    page.wait_for_url("**/ho-so/**")


def _is_signed(pdfsig, path):
    said = subprocess.run([pdfsig, "-nocert", path], capture_output=True, text=True).stdout
    assert said.count("Signature is Valid") == 2, said


def _is_true(browser, site, path):
    anyone = person(browser, site)
    anyone.go("/giay-to/kiem-tra/")
    anyone.page.set_input_files("input[type=file]", path)
    anyone.page.click("main form:has(input[type=file]) button")
    expect(anyone.page.locator(".verdict")).to_contain_text("Giấy này có giá trị")


def _one_changed_byte_shows(browser, site, path, tmp_path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    changed = tmp_path / "sua.pdf"
    changed.write_bytes(bytes(content))
    anyone = person(browser, site)
    anyone.go("/giay-to/kiem-tra/")
    anyone.page.set_input_files("input[type=file]", changed)
    anyone.page.click("main form:has(input[type=file]) button")
    expect(anyone.page.locator(".verdict")).not_to_contain_text("còn giá trị")
