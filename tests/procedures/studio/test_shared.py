"""Code lists: looked up by every procedure administrator, changed at the root, by versions."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.definitions import code_lists
from procedures.definitions.models import CodeList, CodeListVersion
from procedures.studio import tables
from tests import factories
from tests.procedures import world
from tests.procedures.studio.browsing import Controls

INDEX = reverse("studio:code_lists")
FIRST = [{"value": "a", "vi": "Một", "en": "One"}, {"value": "b", "vi": "Hai", "en": "Two"}]
CSV = "a;Một;One\nc;Ba;Three\n"


@pytest.fixture
def browser_(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def numbers(admin):
    """A list of one version."""
    found = CodeList.objects.create(key="numbers", name_vi="Con số", name_en="Numbers")
    code_lists.publish("numbers", FIRST, reason="", by=admin, at=world.MONDAY)
    return found


@pytest.fixture
def clerk(city):
    """An administrator of a branch below the root."""
    return factories.staff("procedure_admin", factories.AgencyFactory(parent=city))


SHOW = reverse("studio:code_list", args=["numbers"])
EDIT = reverse("studio:code_list_edit", args=["numbers"])


def test_lists_and_their_options_are_shown(browser_, numbers):
    assert "Con số" in browser_.get(INDEX).content.decode()
    assert "Hai" in browser_.get(SHOW).content.decode()


def test_an_older_version_can_be_looked_at(browser_, numbers, admin):
    code_lists.publish("numbers", FIRST[:1], reason="QĐ 2", by=admin, at=world.MONDAY)

    assert "Hai" not in browser_.get(SHOW).content.decode()
    assert "Hai" in browser_.get(SHOW, {"ban": "1"}).content.decode()
    assert browser_.get(SHOW, {"ban": "9"}).status_code == 404


def test_it_is_downloaded_as_it_can_be_uploaded(browser_, numbers):
    response = browser_.get(SHOW, {"tai": "csv"})

    assert response["Content-Disposition"] == 'attachment; filename="numbers-1.csv"'
    assert tables.read(tables.uploaded(response.content)) == FIRST


def checked(browser_, **data):
    response = browser_.post(EDIT, {"do": "check", **data})
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def hidden(html):
    return Controls(html.replace("<form method", '<form id="builder" method')).data


def test_differences_are_seen_before_anything_is_published(browser_, numbers):
    html = checked(browser_, csv=CSV)

    assert ("Ba" in html, "Hai" in html) == (True, True)
    assert numbers.versions.count() == 1


def test_a_new_version_has_its_legal_basis(browser_, numbers, admin):
    data = hidden(checked(browser_, csv=CSV))
    sent = {"do": "publish", "csv": data["csv"], "number": data["number"]}

    assert browser_.post(EDIT, sent).status_code == 422
    response = browser_.post(EDIT, sent | {"reason": "Quyết định 12/2026/QĐ-UBND"})

    assert response.url == SHOW
    version = numbers.versions.get(number=2)
    assert (version.reason, version.created_by) == ("Quyết định 12/2026/QĐ-UBND", admin)
    assert [option["value"] for option in version.options] == ["a", "c"]


def test_a_file_is_taken(browser_, numbers):
    file = SimpleUploadedFile("x.csv", CSV.encode("utf-8-sig"), "text/csv")

    assert "Ba" in checked(browser_, file=file)


def test_the_table_is_typed_row_by_row(browser_, numbers):
    def controls(html):
        return hidden(html.replace('<form method="post" enctype', '<form id="builder" method="post" enctype'))

    data = controls(browser_.get(EDIT).content.decode())
    data = controls(browser_.post(EDIT, {**data.dict(), "do": "add"}).content.decode())
    data["2-value"], data["2-vi"] = "c", "Ba"
    data = controls(browser_.post(EDIT, {**data.dict(), "do": "remove:0"}).content.decode())

    html = checked(browser_, **{**data.dict(), "do": "check"})

    assert tables.read(hidden(html)["csv"]) == [FIRST[1], {"value": "c", "vi": "Ba", "en": ""}]


@pytest.mark.parametrize("text", ["a;Một\na;Hai", "a;", "<b>;Một", "alone"])
def test_faulty_options_are_told(browser_, numbers, text):
    response = browser_.post(EDIT, {"do": "check", "csv": text})

    assert response.status_code == 422
    assert "errsum" in response.content.decode()


def test_what_somebody_published_in_the_meantime_is_not_lost(browser_, numbers, admin):
    data = hidden(checked(browser_, csv=CSV))
    code_lists.publish("numbers", FIRST[:1], reason="QĐ 2", by=admin, at=world.MONDAY)

    response = browser_.post(
        EDIT, {"do": "publish", "csv": data["csv"], "number": data["number"], "reason": "QĐ 3"}
    )

    assert response.status_code == 422
    assert numbers.versions.count() == 2
    assert hidden(response.content.decode())["number"] == "2"


def test_a_new_list_begins_with_a_name(browser_):
    assert browser_.post(INDEX, {"vi": " "}).status_code == 422
    response = browser_.post(INDEX, {"vi": "Loại hình kinh doanh"})

    made = CodeList.objects.get(name_vi="Loại hình kinh doanh")
    assert (made.key, response.url) == (
        "loai_hinh_kinh_doanh",
        reverse("studio:code_list_edit", args=["loai_hinh_kinh_doanh"]),
    )
    response = browser_.post(response.url, {"do": "publish", "csv": CSV, "number": "0", "reason": ""})
    assert response.status_code == 302
    assert made.versions.count() == 1


def test_below_the_root_lists_are_only_looked_up(client, clerk, numbers):
    client.force_login(clerk)

    assert client.get(SHOW).status_code == 200
    assert "/sua/" not in client.get(SHOW).content.decode().partition("<main")[2]
    assert client.get(EDIT).status_code == 403
    assert client.post(EDIT, {"do": "publish", "csv": CSV, "number": "1", "reason": "x"}).status_code == 403
    client.post(INDEX, {"vi": "Danh mục lạ"})
    assert CodeListVersion.objects.count() == CodeList.objects.count() == 1


def test_where_a_list_is_used(browser_, in_force):
    CodeList.objects.create(key="ethnic_groups", name_vi="Dân tộc")
    html = browser_.get(reverse("studio:code_list", args=["ethnic_groups"])).content.decode()
    assert "1.001193" in html


def test_the_index_costs_the_same_for_one_and_for_thirty(browser_, numbers):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            browser_.get(INDEX)
        return len(queries)

    browser_.get(INDEX)
    one = cost()
    for number in range(29):
        CodeList.objects.create(key=f"list{number}", name_vi=f"Danh mục {number}")
        code_lists.publish(f"list{number}", FIRST, reason="", by=None, at=world.MONDAY)

    assert cost() == one
