"""The whole way with the real processes: a birth, its signed result, and the next procedure that reuses it."""

import re
import subprocess
from datetime import date

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import MOTHER
from tests.journeys.driver import Officer, Visitor
from tests.procedures import golden, world

pytestmark = pytest.mark.journey

BIRTH, RESIDENCE = "1.001193", "1.004222"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "giay-chung-sinh.jpg"
    path.write_bytes(world.picture().read())
    return path


def person(browser: Browser, site, kind=Visitor, **options):
    return kind(browser.new_context(locale="vi-VN", **options).new_page(), site)


def code_on(page) -> str:
    return page.locator("b.code").first.inner_text()


def processed(browser, site, code, procedure, place):
    """Receive, process, approve, issue: four people at four desks."""
    outcome = golden.aged(procedure, date.today()).outcome
    for role, words in (
        ("tiepnhan", ["Tiếp nhận"]),
        ("thuly", ["Bắt đầu xử lý"]),
        ("lanhdao", ["Duyệt và ký"]),
        ("vanthu", ["Cấp số, đóng dấu, phát hành"]),
    ):
        officer = person(browser, site, Officer)
        officer.sign_in(f"{role}.{place}")
        officer.open(code)
        for word in words:
            officer.decide(word)
        if role == "thuly":
            officer.find_out(outcome)
            officer.decide("Trình ký")
        assert officer.noise == []
        officer.page.context.close()


def downloaded(visitor, tmp_path, name):
    with visitor.page.expect_download() as waiting:
        visitor.page.click("a:has-text('Tải kết quả')")
    path = tmp_path / name
    waiting.value.save_as(path)
    return path


def test_birth_then_residence(browser, site, picture, tmp_path, pdfsig):
    mother = person(browser, site)
    mother.sign_in(MOTHER)

    mother.begin(BIRTH)
    mother.fill_all_steps(BIRTH, papers=picture)
    mother.send()
    birth = code_on(mother.page)
    processed(browser, site, birth, BIRTH, "ubnd")
    mother.go(f"/ho-so/{birth}/")
    certificate = downloaded(mother, tmp_path, "khai-sinh.pdf")
    _is_signed(pdfsig, certificate)
    _is_true(browser, site, certificate)
    _one_changed_byte_shows(browser, site, certificate, tmp_path)

    mother.begin(RESIDENCE)
    assert "/giay-to/" in mother.page.url
    expect(mother.page.locator("main")).to_contain_text(golden.GOLDEN[BIRTH].answers["child_name"])
    mother.page.check("input[name=agree]")
    mother.page.click("button:has-text('Dùng giấy này')")
    mother.go(re.sub(r"(/nhap/[^/]+/).*", r"\1", mother.page.url.replace(site.url, "")))
    mother.page.click("main a.btn")
    mother.fill_all_steps(RESIDENCE, papers=picture)
    expect(mother.page.locator("main")).to_contain_text("10.000")
    mother.send()
    _pay(mother)
    residence = code_on(mother.page)
    processed(browser, site, residence, RESIDENCE, "congan")
    mother.go(f"/ho-so/{residence}/")
    notice = downloaded(mother, tmp_path, "thuong-tru.pdf")
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
