"""Every page of the way, judged by axe in Chromium: nothing found, and nothing wider than a small phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.conftest import seeded
from tests.journeys.driver import Officer, person
from tests.journeys.studio import ROOMS

pytestmark = pytest.mark.journey

BIRTH = "1.001193"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def work(site):
    return seeded(site, "001190000700")


def judged(page, name):
    """What is wrong with the page as it stands, in words."""
    at = f"{name} at {page.viewport_size['width']} px"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        yield f"{at}: {wide} px too wide"
    said = Axe().run(page).response
    assert said["passes"], at
    for found in said["violations"]:
        where = [" ".join(node["target"]) for node in found["nodes"][:3]]
        yield f"{at}: {found['id']} ({found['help']}): {where}"


def in_vietnamese(visitor, path, name):
    visitor.page.set_viewport_size(PHONE)
    visitor.go(path)
    yield from _in_both_sizes(visitor.page, name)


def _in_both_sizes(page, name):
    yield from judged(page, name)
    page.set_viewport_size(DESK)
    yield from judged(page, name)


def in_english(visitor, path, name):
    visitor.go(path)
    assert visitor.page.get_attribute("html", "lang") == "en", name
    yield from judged(visitor.page, name)


def speak_english(visitor):
    visitor.page.set_viewport_size(DESK)
    visitor.go("/")
    visitor.page.click("form.lang button[value=en] >> visible=true")
    visitor.page.wait_for_load_state()


def anybodys(work):
    yield "home", "/"
    yield "list", "/thu-tuc/"
    yield "found", "/thu-tuc/?q=khai+sinh"
    yield "nothing found", "/thu-tuc/?q=zzzz"
    yield "start, a stranger", f"/thu-tuc/{BIRTH}/"
    yield "unknown procedure", "/thu-tuc/9.999999/"
    yield "check", "/giay-to/kiem-tra/"
    yield "check, valid", f"/giay-to/kiem-tra/{work['check']}/"
    yield "how to check a statement", "/giay-to/xac-nhan/cach-kiem-tra/"
    yield "for other agencies", "/api/"
    yield "sign in", "/tai-khoan/dang-nhap/"
    yield "register", "/tai-khoan/dang-ky/"


def citizens(work):
    yield "home, signed in", "/"
    yield "start", f"/thu-tuc/{BIRTH}/"
    yield "my dossiers", "/ho-so/"
    yield "tasks", f"/nhap/{work['complete'][0]}/"
    yield "step", f"/nhap/{work['complete'][0]}/phan/child/"
    yield "step, papers", f"/nhap/{work['complete'][0]}/phan/papers/"
    yield "review", f"/nhap/{work['complete'][0]}/xem-lai/"
    yield "throw away", f"/nhap/{work['complete'][0]}/bo/"
    yield "dossier", f"/ho-so/{work['filed']}/"
    yield "dossier, finished", f"/ho-so/{work['issued']}/"
    yield "dossier, unpaid", f"/ho-so/{work['unpaid']}/"
    yield "pay", f"/ho-so/{work['unpaid']}/nop-phi/"
    yield "withdraw", f"/ho-so/{work['filed']}/rut/"
    yield "documents", "/giay-to/"
    yield "paper", f"/giay-to/{work['paper']}/"
    yield "sharing a part", f"/giay-to/{work['paper']}/chia-se/"
    yield "asking for a correction", f"/nhap/dinh-chinh/{work['paper']}/"
    yield "consents", "/chia-se/"
    yield "who looked", "/chia-se/nhat-ky/"
    yield "asked about", "/chia-se/da-hoi/"
    yield "look-ups", "/tra-cuu-du-lieu/"
    yield "messages", "/thong-bao/"
    yield "profile", "/tai-khoan/"


def officers(work):
    yield "inbox", "/can-bo/"
    yield "counter's dossier", f"/can-bo/ho-so/{work['filed']}/"
    yield "counter's dossier, finished", f"/can-bo/ho-so/{work['issued']}/"


def leaders(work):
    issued = f"/can-bo/ho-so/{work['issued']}/"
    yield "to approve", "/can-bo/?hang=cho-ky"
    yield "approving many", "/can-bo/duyet-nhieu/"
    yield "leader's dossier, finished", issued
    yield "revoking", f"{issued}hieu-luc/thu-hoi/"
    yield "suspending", f"{issued}hieu-luc/tam-ngung/"
    yield "correcting", f"{issued}dinh-chinh/"


def clerks(work):
    yield "to issue", "/can-bo/?hang=cho-so"
    yield "issuing many", "/can-bo/phat-hanh-nhieu/"
    yield "clerk's dossier, approved", f"/can-bo/ho-so/{work['approved']}/"


def sharers():
    yield "agencies that ask", "/quan-tri/chia-se/"
    yield "new agency", "/quan-tri/chia-se/moi/"
    yield "questions of citizens", "/quan-tri/chia-se/thac-mac/"


def studios():
    own, edited = f"/quan-tri/thu-tuc/{BIRTH}/", f"/quan-tri/thu-tuc/{BIRTH}/sua/"
    yield "procedures", "/quan-tri/thu-tuc/"
    yield "new procedure", "/quan-tri/thu-tuc/moi/"
    yield "import", "/quan-tri/thu-tuc/nhap/"
    yield "versions", own
    yield "publishing", f"{own}cong-bo/"
    yield "retiring", f"{own}ngung/"
    yield "comparing", f"{own}so-sanh/1/2/"
    yield "routing", f"{own}duong-di/"
    yield "preview", f"{own}xem-thu/"
    yield "named conditions", f"{own}dieu-kien/"
    yield "condition", f"{own}dieu-kien/?o=form.steps.child.applies"
    yield from ((name, f"{edited}{slug}/") for name, slug in ROOMS.items())
    yield "part of the form", f"{edited}bieu-mau/phan/?o=form.steps.child"
    yield "question", f"{edited}bieu-mau/cau/?o=form.steps.child.fields.child_name"
    yield "model of the result", f"{edited}ket-qua/mau/"
    yield "adding", f"{edited}bieu-mau/them/?o=form.steps.child"


def test_what_anybody_sees(browser, site, work):
    anybody = person(browser, site)
    found = [p for name, path in anybodys(work) for p in in_vietnamese(anybody, path, name)]
    speak_english(anybody)
    found += [p for name, path in anybodys(work) for p in in_english(anybody, path, f"{name}, en")]
    assert found == []


def test_what_a_citizen_sees(browser, site, work):
    citizen = person(browser, site)
    citizen.sign_in(work["number"])
    found = [p for name, path in citizens(work) for p in in_vietnamese(citizen, path, name)]
    found += _with_errors(citizen, work)
    found += _reuse(citizen)
    speak_english(citizen)
    found += [p for name, path in citizens(work) for p in in_english(citizen, path, f"{name}, en")]
    found += _with_errors(citizen, work)
    assert found == []


def _with_errors(citizen, work):
    """A step sent empty."""
    citizen.page.set_viewport_size(PHONE)
    citizen.go(f"/nhap/{work['begun']}/phan/requester/")
    citizen.page.click("form[data-once] .acts button.btn")
    citizen.page.wait_for_selector(".errsum")
    yield from _in_both_sizes(citizen.page, "step with errors")


def _reuse(citizen):
    citizen.page.set_viewport_size(PHONE)
    citizen.begin("1.004222")
    assert "/giay-to/" in citizen.page.url
    yield from _in_both_sizes(citizen.page, "reuse")
    citizen.use_the_paper()
    yield from _in_both_sizes(citizen.page, "step with values of a paper")


def test_what_an_officer_sees(browser, site, work):
    officer = person(browser, site, Officer)
    officer.sign_in("tiepnhan.ubnd")
    found = [p for name, path in officers(work) for p in in_vietnamese(officer, path, name)]
    handler = person(browser, site, Officer)
    handler.sign_in("thuly.ubnd")
    found += in_vietnamese(handler, f"/can-bo/ho-so/{work['filed']}/", "handler's dossier")
    speak_english(officer)
    found += [p for name, path in officers(work) for p in in_english(officer, path, f"{name}, en")]
    assert found == []


@pytest.mark.parametrize("name", ["lanhdao.ubnd", "vanthu.ubnd", "quantri.hethong"])
def test_what_those_who_sign_seal_and_run_see(browser, site, work, name):
    pages = {"lanhdao.ubnd": leaders(work), "vanthu.ubnd": clerks(work), "quantri.hethong": sharers()}[name]
    officer, pages = person(browser, site, Officer), list(pages)
    officer.sign_in(name)
    found = [p for title, path in pages for p in in_vietnamese(officer, path, title)]
    speak_english(officer)
    found += [p for title, path in pages for p in in_english(officer, path, f"{title}, en")]
    assert found == []


def test_what_a_procedure_administrator_sees(browser, site):
    author = person(browser, site, Officer)
    author.sign_in("quantri.thutuc")
    author.go(f"/quan-tri/thu-tuc/{BIRTH}/")
    author.page.click("main form[action$='/chep/'] button >> nth=0")
    author.page.wait_for_url("**/sua/**")
    found = [p for name, path in studios() for p in in_vietnamese(author, path, name)]
    speak_english(author)
    found += [p for name, path in studios() for p in in_english(author, path, f"{name}, en")]
    author.go(f"/quan-tri/thu-tuc/{BIRTH}/")
    author.page.click("main summary")
    author.page.click("main form[action$='/bo-nhap/'] button")
    author.page.wait_for_url(f"**/thu-tuc/{BIRTH}/")
    assert found == []
    assert author.noise == []


def test_only_procedure_administrators_have_the_studio_in_their_menu(browser, site):
    for name, there in (("quantri.thutuc", 1), ("tiepnhan.ubnd", 0), ("lanhdao.ubnd", 0)):
        officer = person(browser, site, Officer)
        officer.sign_in(name)
        officer.page.set_viewport_size(DESK)
        officer.go("/can-bo/")
        links = officer.page.locator("header a[href='/quan-tri/thu-tuc/']:visible")
        assert links.count() == there, name
        officer.page.context.close()
