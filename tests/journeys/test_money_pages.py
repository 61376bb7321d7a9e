"""Every page where money is seen, taken or sent back, full of rows: axe finds nothing, nothing is too wide."""

import json
import subprocess
import sys

import pytest

from tests.journeys.conftest import ROOT, demo_environment
from tests.journeys.driver import Officer, person
from tests.journeys.test_pages import PHONE, in_english, in_vietnamese, judged, speak_english

pytestmark = pytest.mark.journey

FINANCE, BANK, DESK = "/can-bo/tai-chinh/", "/can-bo/ngan-hang/", "/can-bo/thu-tien/"
TABLET = {"width": 768, "height": 1024}


@pytest.fixture(scope="module")
def work(site):
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.money", "001190000800"],
        cwd=ROOT,
        env=demo_environment(site.home, site.port),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def accountants(work):
    yield "payments", FINANCE
    yield "payments, filtered", f"{FINANCE}?loc=review&thu-tuc=2.000635"
    yield "no payment", f"{FINANCE}?ngay=2020-01-01"
    yield "one charge", f"{FINANCE}khoan/{work['paid']}/"
    yield "paying back", f"{FINANCE}hoan-tien/khoan/{work['paid']}/"
    yield "to be looked at", f"{FINANCE}can-xem/"
    yield "refunds", f"{FINANCE}hoan-tien/"
    yield "no refund", f"{FINANCE}hoan-tien/?loc=rejected"
    yield "tills", f"{FINANCE}quy/"
    yield "sums", f"{FINANCE}tong-hop/"
    yield "no sums", f"{FINANCE}tong-hop/?tu=2020-01-01&den=2020-01-02"
    yield "transfers", BANK
    yield "all transfers", f"{BANK}?tat-ca"
    for case in ("case", "held_case", "proposed_case"):
        yield case, f"{BANK}khoan/{work[case]}/"
    yield "accounts", f"{BANK}tai-khoan/"
    yield "account", f"{BANK}tai-khoan/{work['account']}/"
    yield "payouts", f"{BANK}hoan-tien/"
    yield "statement", f"{BANK}sao-ke/{work['statement']}/"


def cashiers(work):
    yield "till", f"{DESK}{work['till']}/"
    yield "closed till", f"{DESK}{work['closed']}/"
    yield "counting", f"{DESK}{work['till']}/chot/"
    yield "taking", f"{DESK}thu/{work['due']}/"
    yield "nothing to take", f"{DESK}thu/{work['paid']}/"
    yield "reversing", f"{DESK}khoan/{work['taking']}/huy/"


def others(work):
    yield "opening a till", DESK


def leaders(work):
    yield "fee card, leader", f"/can-bo/ho-so/{work['unpaid']}/"


def payers(work):
    yield "ways to pay", f"/thanh-toan/{work['transfer']}/"
    yield "transferring", f"/thanh-toan/{work['transfer']}/chuyen-khoan/"


@pytest.mark.parametrize(
    ("who", "pages"),
    [
        ("ketoan.ubnd", accountants),
        ("tiepnhan.ubnd", cashiers),
        ("tiepnhan.congan", others),
        ("lanhdao.ubnd", leaders),
        ("", payers),
    ],
)
def test_pages_of_money(browser, site, work, who, pages):
    visitor, shown = person(browser, site, Officer), list(pages(work))
    visitor.sign_in(who or work["number"])
    found = []
    for name, path in shown:
        found += in_vietnamese(visitor, path, name)
        visitor.page.set_viewport_size(TABLET)
        found += judged(visitor.page, name)
    speak_english(visitor)
    visitor.page.set_viewport_size(PHONE)
    found += [p for name, path in shown for p in in_english(visitor, path, f"{name}, en")]
    assert not found, "\n".join(found)
    assert visitor.noise == []


def test_errors_of_the_accounts_page_are_said_at_once_and_at_the_field(browser, site, work, tmp_path):
    keeper = person(browser, site, Officer)
    keeper.sign_in("ketoan.ubnd")
    keeper.page.set_viewport_size(PHONE)
    unknown = tmp_path / "la.csv"
    unknown.write_text("When,What,In,Who\n22/11/2026,MC01,10000,NGUYEN THI MAU\n")
    keeper.go(f"{BANK}tai-khoan/{work['account']}/")

    keeper.page.set_input_files("[name=sample]", unknown)
    keeper.page.click("button[value=try]")
    keeper.page.wait_for_selector(".errsum")
    found = list(judged(keeper.page, "unknown headings"))
    for key, head in (("date", "When"), ("memo", "What"), ("credit", "In"), ("sender", "Who")):
        keeper.page.fill(f"[name=column_{key}]", head)
    keeper.page.set_input_files("[name=sample]", unknown)
    keeper.page.click("button[value=try]")
    keeper.page.wait_for_selector(".note.ok")
    found += judged(keeper.page, "tried")

    assert "NGUYEN THI MAU" in keeper.page.inner_text("main table")
    assert found == []
