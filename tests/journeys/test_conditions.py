"""The condition builder in a real browser: by keyboard, by rows, by expression, without scripts, on every width."""

import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import ROOT, demo_environment
from tests.journeys.driver import Officer, person
from tests.journeys.edited import FIRST

pytestmark = pytest.mark.journey
CODE = "2.000635"
PLACE = "form.steps.subject.applies"
URL = f"/quan-tri/thu-tuc/{CODE}/dieu-kien/"
RICH = URL + "?o=form.steps.contact.fields.requester_email.applies"


@pytest.fixture(scope="module")
def drafted(site):
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.edited", CODE],
        cwd=ROOT,
        env=demo_environment(site.home, site.port),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture
def admin(browser, drafted):
    visitor = person(browser, drafted, Officer)
    visitor.sign_in(FIRST)
    visitor.go(f"{URL}?o={PLACE}")
    yield visitor
    assert visitor.noise == []
    visitor.page.context.close()


def control(page, name):
    return page.locator(f"[id='{name}']")


def said(page):
    return page.locator("#said b")


def test_rows_are_built_by_keyboard_and_said_at_once(admin):
    page = admin.page
    expect(said(page)).to_have_text("Ông/bà yêu cầu giấy tờ của ai không phải là “Của tôi”")

    control(page, "0-0-op").focus()
    page.keyboard.press("Home")
    expect(said(page)).to_have_text("Ông/bà yêu cầu giấy tờ của ai là “Của tôi”")
    expect(control(page, "0-0-op")).to_be_focused()

    page.locator("#r0 > .acts button").first.focus()
    page.keyboard.press("Enter")
    expect(control(page, "0-1-subject")).to_be_focused()

    control(page, "0-1-subject").select_option("requester_dob")
    control(page, "0-1-value").fill("18")
    control(page, "0-1-value").press("Tab")
    expect(said(page)).to_contain_text("và Ngày sinh của ông/bà đã đủ 18 năm trước hôm nay")
    expect(page.locator("#cel")).to_have_value('about == "self" && years_between(requester_dob, today) >= 18')


def test_a_fault_is_told_while_it_is_typed_and_text_becomes_rows(admin):
    page = admin.page
    page.click("#builder summary >> nth=0")

    page.fill("#cel", "about ==")
    expect(page.locator("#cel-said .err")).to_contain_text("Đây chưa phải là biểu thức")
    page.fill("#cel", 'about == "other" || record_kind == "x"')
    expect(page.locator("#cel-said .err")).to_contain_text(
        "“record_kind” không tồn tại, hoặc đến phần sau mới hỏi."
    )

    page.fill("#cel", 'about == "other" || channel == "counter"')
    page.click("button[value=read]")
    expect(page.locator(".rule-line")).to_have_count(2)
    expect(control(page, "0-kind")).to_have_value("any")
    page.click("#save")
    expect(page.locator(".note[role=status]")).to_contain_text("Đã lưu điều kiện")


def test_without_scripts_every_button_posts_the_page(browser, drafted):
    visitor = person(browser, drafted, Officer, java_script_enabled=False)
    visitor.sign_in(FIRST)
    visitor.go(RICH)
    page = visitor.page

    control(page, "0-0-subject").select_option("about")
    page.click("#r0 > .acts button >> nth=0")
    control(page, "0-0-value").select_option("self")
    control(page, "0-1-subject").select_option("requester_paper_date")
    page.click("#r0 > .acts button >> nth=1")
    page.click("button[value='remove:0-2']")
    control(page, "0-1-value").fill("5")
    page.click("#save")

    expect(page.locator(".note[role=status]")).to_contain_text("đã đủ 5 năm trước hôm nay")
    page.context.close()


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize(
    "path",
    [
        f"{URL}?o={PLACE}",
        URL,
        "/quan-tri/nhom-truong/",
        "/quan-tri/nhom-truong/person/",
        f"/quan-tri/nhom-truong/moi/?thu-tuc={CODE}",
        "/quan-tri/danh-muc/",
        "/quan-tri/danh-muc/identity_papers/",
        "/quan-tri/danh-muc/identity_papers/sua/",
    ],
)
def test_pages_are_accessible_and_fit(admin, path, width):
    page = admin.page
    page.set_viewport_size({"width": width, "height": 900})
    admin.go(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []
