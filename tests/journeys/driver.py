"""What a person does on the pages, told in the words of the forms: sign in, fill a step, take a decision."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PASSWORD, Site
from tests.procedures import golden

expect.set_options(
    timeout=30_000
)  # the first paper that a process makes loads its libraries; machines are shared


class Visitor:
    """One person at one browser."""

    def __init__(self, page: Page, site: Site, *, runs_scripts: bool = True) -> None:
        self.page, self.site, self.runs_scripts = page, site, runs_scripts
        self.noise: list[str] = []
        page.on(
            "console", lambda message: self.noise.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.noise.append(str(error)))

    def go(self, path: str) -> None:
        self.page.goto(self.site.url + path)

    def sign_in(self, name: str) -> None:
        self.go("/tai-khoan/dang-nhap/")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button.btn")
        self.page.wait_for_url(lambda url: "dang-nhap" not in url)
        # An account remembers its language, and an earlier story may have left it in English.
        if self.page.get_attribute("html", "lang") != "vi":
            self.page.click("form.lang button[value=vi] >> visible=true")

    def register(self, number: str, name: str, born: date, sex: str) -> None:
        """Fill in the page on which an account is opened."""
        page = self.page
        page.fill("[name=personal_id]", number)
        page.fill("[name=full_name]", name)
        for part in ("day", "month", "year"):
            page.fill(f"[name=birth_{part}]", str(getattr(born, part)))
        page.check(f"[name=sex][value={sex}]")
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
        page.click("main form button.btn")
        page.wait_for_url(lambda url: "dang-ky" not in url)

    def begin(self, code: str) -> None:
        self.go(f"/thu-tuc/{code}/")
        self.press_begin()

    def press_begin(self) -> None:
        """Begin at the office that is offered, or at the first one of phường Hoàn Kiếm."""
        office = self.page.locator("select[name=agency]")
        if not office.input_value():
            wanted = office.locator("option").filter(has_text="Hoàn Kiếm").first
            office.select_option(wanted.get_attribute("value"))
        self.page.click("main form[action*='/nhap/'] button.btn")
        self.page.wait_for_url("**/nhap/**")

    def use_the_paper(self) -> None:
        """Agree to the one paper that is offered, and open the first part of the form."""
        self.page.check("input[name=agree]")
        self.page.click("button:has-text('Dùng giấy này')")
        self.page.wait_for_url(re.compile(r"/nhap/[^/]+/$"))
        self.page.click("main a.btn")

    def fill_all_steps(self, code: str, *, papers: Path, **changes: Any) -> None:
        """Answer step after step until the review page."""
        answers = golden.aged(code, date.today()).answers | changes
        for _step in range(20):
            if "/xem-lai/" in self.page.url:
                return
            self.fill(answers, papers)
            before = self.page.url
            self.page.click("form[data-once] >> button.btn:has-text('Lưu và tiếp tục')")
            self.page.wait_for_load_state()
            if self.page.url == before:  # the answers opened questions
                expect(self.page.locator(".errsum")).to_have_count(0)
        raise AssertionError(f"never reached the review page: {self.page.url}")

    def fill(self, answers: dict[str, Any], papers: Path) -> None:
        """Answer every question on the page; answers that open others (htmx) are given until all are there."""
        given: set[str] = set()
        while left := [key for key in self._asked() if key not in given]:
            self._answer(left[0], answers.get(left[0]), papers)
            given.add(left[0])

    def _asked(self) -> list[str]:
        """Field keys on the page, in order."""
        names = self.page.locator("#step-fields [name]").evaluate_all("all => all.map(one => one.name)")
        keys = dict.fromkeys(n.split("__")[0] for n in names if not n.startswith("_") and "-" not in n)
        return [key for key in keys if key]

    def _answer(self, key: str, value: Any, papers: Path) -> None:
        control = self.page.locator(f"#step-fields [name='{key}']")
        if self.page.locator(f"[name='{key}__province']").count():
            self._place(key, value)
            return
        kind = control.first.get_attribute("type") if control.count() else "date"
        if kind == "file":
            if not self.page.locator(f"[name='{key}__kept']").count():
                control.set_input_files(papers)
                self._settled()
        elif value is None:
            return
        elif kind == "radio":
            word = {True: "yes", False: "no"}.get(value, value)
            self.page.locator(f"#step-fields [name='{key}'][value='{word}']").check()
            self._settled()
        elif control.count() == 0:
            for box, part in zip("ymd", value.split("-"), strict=True):
                self.page.fill(f"[name='{key}__{box}']", part)
        elif control.first.evaluate("one => one.tagName") == "SELECT":
            control.select_option(str(value))
            self._settled()
        else:
            control.fill(str(value))

    def _place(self, key: str, code: str) -> None:
        province = self.page.locator(f"[name='{key}__province']")
        if province.input_value() != "01":
            province.select_option("01")
            self._settled()
        commune = self.page.locator(f"[name='{key}']")
        if self.runs_scripts or commune.count():  # without scripts the list comes once the step was sent
            commune.select_option(code)

    def _settled(self) -> None:
        """Wait until htmx has answered, where there is any."""
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    def send(self) -> str:
        """Declare and send; the dossier's code."""
        self.page.check("#declare")
        self.page.click("button:has-text('Gửi hồ sơ')")
        self.page.wait_for_url(lambda url: "/ho-so/" in url or "/thanh-toan/" in url)
        return self.page.url


class Officer(Visitor):
    def open(self, code: str) -> None:
        self.go(f"/can-bo/ho-so/{code}/")

    def decide(self, label: str) -> None:
        self.page.click(f"form[action*='xu-ly'] button:has-text('{label}')")
        expect(self.page.locator(".note.ok")).to_be_visible()

    def sees_it_issued(self) -> None:
        """Wait for the worker, looking again as the page offers where it does not by itself."""
        for _look in range(60):
            if not self.page.locator("#under-way").count():
                break
            if self.runs_scripts:
                self.page.wait_for_timeout(500)
            else:
                self.page.click("#under-way a")
        expect(self.page.locator("section[aria-labelledby=issued]")).to_be_visible()

    def find_out(self, values: dict[str, Any]) -> None:
        """Fill in the findings and save them."""
        form = self.page.locator("form[action*='ket-qua']")
        for key, value in values.items():
            if form.locator(f"[name='{key}__d']").count():
                for box, part in zip("ymd", str(value).split("-"), strict=True):
                    form.locator(f"[name='{key}__{box}']").fill(part)
            elif form.locator(f"[name='{key}'][type=radio]").count():
                form.locator(f"[name='{key}'][value='{value}']").check()
            elif form.locator(f"[name='{key}']").count():
                form.locator(f"[name='{key}']").fill(str(value))
        form.locator("button.btn").last.click()
        expect(self.page.locator(".note.ok")).to_be_visible()


def person(browser: Browser, site: Site, kind: type[Visitor] = Visitor, **options: Any) -> Any:
    """Somebody new at a browser of their own; `options` are the browser context's."""
    context = browser.new_context(locale="vi-VN", **options)
    return kind(context.new_page(), site, runs_scripts=options.get("java_script_enabled", True))


def code_on(page: Page) -> str:
    return page.locator("b.code").first.inner_text()


DESKS = (
    ("tiepnhan", "Tiếp nhận"),
    ("thuly", "Bắt đầu xử lý"),
    ("lanhdao", "Duyệt và ký"),
    ("vanthu", "Cấp số, đóng dấu, phát hành"),
)


def process(
    browser: Browser,
    site: Site,
    code: str,
    *,
    procedure: str,
    place: str,
    personal_id: str = "",
    **options: Any,
) -> None:
    """Receive, process, approve, issue: four people at four desks. `personal_id`: the one a child is given."""
    outcome = golden.aged(procedure, date.today()).outcome
    if personal_id:
        outcome = outcome | {"child_personal_id": personal_id}
    for desk, word in DESKS:
        officer = person(browser, site, Officer, **options)
        officer.sign_in(f"{desk}.{place}")
        officer.open(code)
        officer.decide(word)
        if desk == "thuly":
            officer.find_out(outcome)
            officer.decide("Trình ký")
        if desk == "vanthu":
            officer.sees_it_issued()
        assert officer.noise == []
        officer.page.context.close()


def download(visitor: Visitor, folder: Path) -> Path:
    """The result, from the dossier's page."""
    with visitor.page.expect_download() as waiting:
        visitor.page.click("a:has-text('Tải kết quả')")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
