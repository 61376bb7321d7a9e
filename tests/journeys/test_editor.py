"""The editor of a procedure in a real browser: saving by itself, moving by keyboard and by hand, two people at once."""

import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import ROOT, demo_environment
from tests.journeys.driver import Officer, person
from tests.journeys.edited import FIRST, SECOND

pytestmark = pytest.mark.journey
CODE = "1.004873"
FORM = f"/quan-tri/thu-tuc/{CODE}/sua/bieu-mau/"


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
    visitor.go(FORM)
    yield visitor
    assert [line for line in visitor.noise if "422" not in line] == []
    visitor.page.context.close()


def open_first(page):
    """The first question of the first step: its words."""
    link = page.locator(".items a").first
    words = link.locator("span").first.evaluate("one => one.firstChild.textContent.trim()")
    link.click()
    expect(page.locator("h2.t2")).to_have_text(words)
    return words


def label(page):
    return page.locator("input[name$='-label__vi']").first


def saved(page):
    expect(page.locator("#saved")).to_contain_text("Đã lưu")


def test_what_is_typed_is_saved_by_itself_and_shown_beside(admin):
    page = admin.page
    open_first(page)

    label(page).fill("Họ tên như trong giấy tờ")
    label(page).press("Tab")

    saved(page)
    expect(page.locator("#outline [aria-current=page]")).to_contain_text("Họ tên như trong giấy tờ")
    frame = page.frame_locator("#preview")
    expect(frame.get_by_text("Họ tên như trong giấy tờ").first).to_be_visible()
    assert page.evaluate("document.activeElement.name").endswith("label__en"), "the focus goes on"
    page.reload()
    expect(label(page)).to_have_value("Họ tên như trong giấy tờ")


def test_undo_by_keyboard_outside_of_text(admin):
    page = admin.page
    open_first(page)
    hint = page.locator("input[name$='-hint__vi']").first
    before = hint.input_value()
    hint.fill("Gợi ý khác hẳn")
    hint.press("Tab")
    saved(page)

    page.locator("#main").focus()
    page.keyboard.press("Control+z")

    expect(hint).to_have_value(before)
    page.keyboard.press("Control+y")
    expect(hint).to_have_value("Gợi ý khác hẳn")


def test_what_cannot_be_taken_stays_as_typed(admin):
    page = admin.page
    open_first(page)
    condition = page.locator("textarea[name$='-applies']").first

    condition.fill("child ==")
    condition.press("Tab")

    error = page.locator(".panel .err").first
    expect(error).to_be_visible()
    expect(condition).to_have_value("child ==")
    expect(condition).to_have_attribute("aria-invalid", "true")
    condition.fill("")
    condition.press("Tab")
    expect(page.locator(".panel .err")).to_have_count(0)


def test_moving_by_keyboard_keeps_the_focus_on_what_moves(admin):
    page = admin.page
    items = page.locator("section.card").first.locator(".items > li > .item > a")
    first, second = items.nth(0).inner_text(), items.nth(1).inner_text()

    page.locator("section.card").first.locator(".items > li").first.get_by_role(
        "button", name="Xuống"
    ).focus()
    page.keyboard.press("Enter")

    expect(items.nth(1)).to_have_text(re.compile(re.escape(first.split("\n")[0])))
    focused = page.evaluate("document.activeElement.closest('li').querySelector('a').innerText")
    assert focused.split("\n")[0] == first.split("\n")[0]
    expect(page.locator("#say")).to_contain_text(first.split("\n")[0])
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(items.nth(0)).to_have_text(re.compile(re.escape(first.split("\n")[0])))
    assert second


def test_moving_into_another_part_by_keyboard(admin):
    page = admin.page
    words = open_first(page)
    page.locator("summary", has_text="Chuyển").focus()
    page.keyboard.press("Enter")
    select = page.locator("select[name=to]")
    options = select.locator("optgroup").last.locator("option")
    select.focus()
    select.select_option(options.last.get_attribute("value"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("h2.t2")).to_have_text(words)
    assert re.search(r"steps\.(?!applicant)", page.url)
    expect(select).to_be_focused()
    page.locator("#undo").click()
    expect(page.locator("#say")).to_contain_text("Đã hoàn tác")


def test_moving_by_drag(admin):
    page = admin.page
    twigs = page.locator("#outline > ol > li").first.locator(":scope > ol > li")
    first = twigs.nth(0).inner_text().strip()

    twigs.nth(0).drag_to(twigs.nth(1), target_position={"x": 60, "y": 30})

    expect(twigs.nth(1)).to_contain_text(first)
    page.locator("#undo").click()
    expect(twigs.nth(0)).to_contain_text(first)


def test_two_people_at_one_text_choose(admin, browser, drafted):
    page = admin.page
    open_first(page)
    other = person(browser, drafted, Officer)
    other.sign_in(SECOND)
    other.page.goto(page.url)
    label(other.page).fill("Của người kia")
    label(other.page).press("Tab")
    saved(other.page)

    label(page).fill("Của tôi")
    label(page).press("Tab")

    clash = page.locator(".notes .note.warn")
    expect(clash).to_contain_text("Của người kia")
    expect(clash).to_contain_text("Hồ Văn Mẫu")
    expect(label(page)).to_have_value("Của tôi")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["help"]) for each in found] == []
    clash.get_by_role("button").first.click()
    expect(clash).to_have_count(0)
    expect(page.locator("#outline [aria-current=page]")).to_contain_text("Của tôi")
    other.page.context.close()


def test_the_preview_can_be_filled_in(admin):
    page = admin.page
    frame = page.frame_locator("#preview")
    frame.locator("form[data-once] .acts button").click()
    expect(frame.locator(".errsum")).to_be_visible()
    page.locator("[data-wide]").click()
    assert page.locator("#preview").bounding_box()["width"] > 1000


def _paths():
    yield "outline", FORM
    yield "adding", f"/quan-tri/thu-tuc/{CODE}/sua/bieu-mau/them/?o=form.steps.{{step}}"
    yield "step", f"/quan-tri/thu-tuc/{CODE}/sua/bieu-mau/phan/?o=form.steps.{{step}}"
    yield "field", f"/quan-tri/thu-tuc/{CODE}/sua/bieu-mau/cau/?o={{field}}"
    yield "routing", f"/quan-tri/thu-tuc/{CODE}/duong-di/"
    yield "preview", f"/quan-tri/thu-tuc/{CODE}/xem-thu/"


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_axe_finds_nothing_and_nothing_is_too_wide(admin, width):
    page = admin.page
    href = page.locator(".items a").first.get_attribute("href")
    place = href.partition("?o=")[2]
    known = {"field": place, "step": place.split(".")[2]}
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for name, path in _paths():
        admin.go(path.format(**known))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{name}: {wide} px too wide"] if wide > 0 else []
        for each in Axe().run(page).response["violations"]:
            found.append(f"{name}: {each['id']} {[node['target'] for node in each['nodes'][:2]]}")

    assert found == []
