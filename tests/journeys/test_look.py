"""What only a browser can say: contrast as painted, reflow, the menu without scripts, the second click."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.journey

PAGES = ["/", "/khong-co/", "/tai-khoan/dang-nhap/"]


@pytest.fixture
def visit(browser, site):
    contexts = []

    def open_page(path, **options):
        context = browser.new_context(locale="vi-VN", **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible_and_fits(visit, path, width, scheme):
    page = visit(path, color_scheme=scheme, viewport={"width": width, "height": 900})

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []


def test_sprite_is_drawn_under_the_sites_policy(visit):
    page = visit("/", viewport={"width": 1440, "height": 900})

    box = page.locator(".big .ic use").evaluate("use => use.getBBox().width")

    assert box > 0


def test_menu_of_a_phone_opens_without_scripts(visit):
    page = visit("/", java_script_enabled=False, viewport={"width": 360, "height": 800})

    page.click("details.menu.all summary")

    assert page.locator(".sheet a:visible").first.get_attribute("href") == "/thu-tuc/"


def test_language_changes_without_scripts(visit):
    page = visit("/khong-co/?q=a", java_script_enabled=False, viewport={"width": 1440, "height": 800})

    page.click(".langs button")

    assert page.url.endswith("/khong-co/?q=a")
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_second_click_sends_nothing(visit):
    page = visit("/", viewport={"width": 1440, "height": 800})
    sent = []
    page.route("**/ngon-ngu/**", lambda route: sent.append(route.request.method))  # never answered

    page.locator(".langs button").dblclick(no_wait_after=True)
    page.wait_for_timeout(300)

    assert sent == ["POST"]


def test_paper_is_light(visit):
    page = visit("/", color_scheme="dark")

    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("header.top").is_hidden()
