"""A part of the site goes away and comes back: people lose nothing, and are told what to do."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import seeded
from tests.journeys.driver import code_on, person
from tests.journeys.parts import Parts

pytestmark = pytest.mark.journey

BIRTH, EXTRACT = "1.001193", "2.000635"
CHILD = "Nguyễn Mẫu Bình Minh"


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    running = Parts(tmp_path_factory.mktemp("parts") / "demo")
    yield running
    running.end()


@pytest.fixture(scope="module")
def work(parts):
    return seeded(parts.site, "001190000800")


@pytest.fixture
def citizen(browser, parts, work):
    visitor = person(browser, parts.site)
    visitor.sign_in(work["number"])
    yield visitor
    visitor.page.context.close()


def save(page):
    page.click("form[data-once] .acts button.btn")


def test_web_restarts_while_a_person_types(parts, work, citizen):
    citizen.go(f"/nhap/{work['complete'][0]}/phan/child/")
    citizen.page.fill("[name=child_name]", CHILD)
    parts.kill("web")
    parts.start("web")
    save(citizen.page)
    citizen.page.wait_for_url("**/phan/birth/")
    citizen.go(f"/nhap/{work['complete'][0]}/phan/child/")
    expect(citizen.page.locator("[name=child_name]")).to_have_value(CHILD)


def test_web_is_down_while_a_page_asks_again(parts, work, citizen):
    """htmx gets no answer: the page says so and keeps what stands on it; sending it later works."""
    page = citizen.page
    citizen.go(f"/nhap/{work['complete'][0]}/phan/birth/")
    page.fill("[name=birth_facility]", "Bệnh viện Mẫu 2")
    parts.kill("web")
    page.check("[name=birth_proof][value=notice]")
    page.check("[name=birth_place_kind][value=home]")
    expect(page.locator("#say.toast")).to_contain_text("vẫn còn trên trang")
    parts.start("web")
    page.check("[name=birth_place_kind][value=facility]")
    expect(page.locator("#say.toast")).to_have_count(0)
    expect(page.locator("[name=birth_facility]")).to_have_value("Bệnh viện Mẫu 2")
    save(page)
    page.wait_for_url("**/phan/parents/")


def test_web_is_down_when_a_person_saves(parts, work, citizen):
    """The browser's own page says that nobody answers; its reload sends what was typed once more."""
    page = citizen.page
    citizen.go(f"/nhap/{work['complete'][0]}/phan/contact/")
    page.fill("[name=requester_address]", "Số 5 phố Mẫu")
    parts.kill("web")
    save(page)
    page.wait_for_url("chrome-error://**")
    parts.start("web")
    page.reload()
    page.wait_for_url("**/phan/child/")
    citizen.go(f"/nhap/{work['complete'][0]}/phan/contact/")
    expect(page.locator("[name=requester_address]")).to_have_value("Số 5 phố Mẫu")


def test_payment_server_is_down(parts, work, citizen):
    page = citizen.page
    citizen.go(f"/ho-so/{work['unpaid']}/")
    parts.kill("sandbox")
    page.click("a:has-text('Nộp ngay')")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.click("main form button.btn")
    assert answered.value.status == 503
    expect(page.locator("main .note.bad")).to_contain_text("Tiền chưa bị trừ")
    citizen.go(f"/ho-so/{work['unpaid']}/")
    expect(page.locator(".turn")).to_contain_text("16.000")
    parts.start("sandbox")
    page.click("a:has-text('Nộp ngay')")
    page.click("main form button.btn")
    page.wait_for_url(lambda url: not url.startswith(parts.site.url))
    page.check("#card")
    page.click("main button")
    page.wait_for_url(parts.site.url + "/**")
    citizen.go(f"/ho-so/{work['unpaid']}/")
    expect(page.locator(".turn")).not_to_contain_text("Nộp ngay")


def test_worker_is_down_when_a_dossier_is_sent(parts, work, citizen):
    """The dossier is accepted; its paper comes when a worker is there, even if the queue forgot it."""
    page = citizen.page
    parts.kill("worker")
    citizen.go(f"/nhap/{work['complete'][0]}/xem-lai/")
    assert citizen.send().endswith(f"/ho-so/{code_on(page)}/")
    expect(page.locator("aside")).to_contain_text("đang lập; tải lại trang sau giây lát")
    parts.lose_the_queue()
    parts.start("worker")
    _reload_until(page, "aside a[href*='/bieu-mau/']", seconds=45)
    link = page.locator("aside a[href*='/bieu-mau/']").get_attribute("href")
    answer = page.request.get(parts.site.url + link)
    assert answer.body().startswith(b"%PDF-")


def _reload_until(page, selector, *, seconds):
    for _second in range(seconds):
        if page.locator(selector).count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError(re.sub(r"\s+", " ", page.locator("aside").inner_text()))
