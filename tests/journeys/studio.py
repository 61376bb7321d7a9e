"""What a procedure administrator does in the studio, told in the words of its pages."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.journeys.driver import Officer

ROOMS = {
    "information": "thong-tin",
    "form": "bieu-mau",
    "papers": "giay-to",
    "fees": "phi-le-phi",
    "processing": "xu-ly",
    "result": "ket-qua",
    "messages": "thong-bao",
    "languages": "ngon-ngu",
}


class Author(Officer):
    """Somebody who writes the procedure `code`. `judged` is what axe found on the pages passed."""

    code = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.judged: list[str] = []

    # ── Where ─────────────────────────────────────────────────────────────────────────────────────

    def at(self, rest: str = "") -> str:
        return f"/quan-tri/thu-tuc/{self.code}/{rest}"

    def open_section(self, name: str) -> None:
        self.go(self.at(f"sua/{ROOMS[name]}/"))

    def judge(self, name: str) -> None:
        """Axe on the page as it stands, and nothing wider than the screen."""
        self.page.wait_for_load_state()
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0:
            self.judged.append(f"{name}: {wide} px too wide")
        for found in Axe().run(self.page).response["violations"]:
            where = [" ".join(node["target"]) for node in found["nodes"][:3]]
            self.judged.append(f"{name}: {found['id']} ({found['help']}): {where}")

    # ── Typing ────────────────────────────────────────────────────────────────────────────────────

    def saved(self) -> None:
        """Until the server has everything that was typed, and has refused none of it."""
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
        expect(self.page.locator("#saved")).to_contain_text("Đã lưu")
        expect(self.page.locator("form.panel .notes .err")).to_have_count(0)

    def write(self, label: str, text: str, *, inside: Locator | None = None, nth: int = 0) -> None:
        """Into the input with this label; leaving it saves."""
        control = (inside or self.page.locator("#work")).get_by_label(label, exact=True).nth(nth)
        control.fill(text)
        control.press("Tab")
        self.saved()

    def both(self, label: str, vi: str, en: str, *, inside: Locator | None = None) -> None:
        """A text in its two languages."""
        self.write(f"{label} (tiếng Việt)", vi, inside=inside)
        self.write(f"{label} (tiếng Anh)", en, inside=inside)

    def choose(self, label: str, words: str, *, inside: Locator | None = None) -> None:
        control = (inside or self.page.locator("#work")).get_by_label(label, exact=True)
        control.select_option(words)
        self.saved()

    def pick(self, label: str, value: str) -> None:
        """In a row of the condition builder."""
        self.page.locator("#builder").get_by_label(label, exact=True).last.select_option(value)
        self._still()

    def move(self, title: str, way: str) -> None:
        """By keyboard alone, in the outline of the form; the focus stays on the button."""
        button = self.page.locator(f"#work button[name=do][value={way}]").filter(has_text=title)
        button.focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#say")).to_contain_text(title)
        self._still()
        expect(button).to_be_focused()

    def tick(self, label: str, *, inside: Locator | None = None) -> None:
        """A box or a round one."""
        (inside or self.page.locator("#work")).get_by_label(label, exact=True).check()
        self.saved()

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        (inside or self.page.locator("#work")).get_by_role("button", name=name).click()
        self._still()

    def rows(self, title: str | re.Pattern[str]) -> Locator:
        """The list under this heading."""
        return self.page.locator("section.rows").filter(has=self.page.get_by_role("heading", name=title))

    def add_row(self, title: str | re.Pattern[str], button: str) -> Locator:
        """One more item; the item."""
        rows = self.rows(title)
        items = rows.locator(":scope > .row")
        before = items.count()
        rows.get_by_role("button", name=button, exact=True).click()
        expect(items).to_have_count(before + 1)
        self._still()
        return items.nth(before)

    def _still(self) -> None:
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    # ── The form ──────────────────────────────────────────────────────────────────────────────────

    def add_step(self, title: str) -> None:
        """From the outline of the form; its page is then open."""
        self.open_section("form")
        self.page.get_by_label("Tiêu đề phần mới", exact=True).fill(title)
        self.press("Thêm phần")
        expect(self.page.locator("h2.t2")).to_have_text(title)

    def add_field(self, question: str, kind: str) -> None:
        """From the page of a step or a group; the question's page is then open."""
        self.page.locator("#work").get_by_role("link", name="Thêm câu hỏi", exact=True).first.click()
        self.page.get_by_label("Câu hỏi (tiếng Việt)", exact=True).fill(question)
        self.page.locator(f"label:has(b:text-is('{kind}'))").click()
        self.press("Thêm câu hỏi này")
        expect(self.page.locator("h2.t2")).to_have_text(question)

    def up(self) -> None:
        """From a question's page to the one of its part or group."""
        above = self.page.locator("#work .page p.sm a").nth(1)
        title = above.inner_text()
        above.click()
        expect(self.page.locator("h2.t2")).to_have_text(title)

    def add_fields(self, *fields: tuple[str, str]) -> None:
        """Several, from and back to the page of their part or group."""
        for question, kind in fields:
            self.add_field(question, kind)
            self.up()

    def open_field(self, question: str) -> None:
        """From the page of its part or group."""
        self.page.locator("#work .page .items").get_by_role("link", name=question).first.click()
        expect(self.page.locator("h2.t2")).to_have_text(question)
