"""The sections beside the form: each opens on any draft, and what is typed stands in the definition."""

import pytest
from django.urls import reverse

from procedures.definitions import editing, parts, versions
from procedures.studio import fees, information, outcome, papers, processing, texts
from tests.procedures import world
from tests.procedures.studio.conftest import CODE
from tests.procedures.studio.posting import again, changed

SECTIONS = ("information", "papers", "fees", "processing", "result", "messages", "languages")


def _url(section, code=CODE):
    return reverse("studio:section", args=[code, section])


@pytest.fixture
def save(page, draft):
    """Post one panel of a section with changes; what htmx would send. Gives the response."""

    def post(section, panel, place, **given):
        shown = panel(again(draft), place)
        return page.post(_url(section), changed(shown, **given), headers={"HX-Request": "true"})

    return post


@pytest.fixture
def press(page, draft):
    """Press a button of a list."""

    def post(section, place, do, at=0):
        ident = f"rows-{place.replace('.', '-').replace('_', '-')}"
        revision = again(draft).revision
        return page.post(_url(section), {"_rows": ident, "_do": do, "_at": at, "_revision": revision})

    return post


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("code", [CODE, "2.000635", "1.004222"])
def test_every_section_of_a_real_procedure_opens(client, admin, in_force, section, code):
    versions.draft_of(in_force[code].procedure, by=admin, at=world.MONDAY)
    client.force_login(admin)

    assert client.get(_url(section, code)).status_code == 200


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_an_empty_draft_opens(client, admin, section):
    versions.start("9.000001", owner=None, name={"vi": "Thủ tục mới"}, by=admin, at=world.MONDAY)
    client.force_login(admin)

    assert client.get(_url(section, "9.000001")).status_code == 200


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("damage", [None, 7, "x", [1, "x", {"key": 3}], {"vi": 1}, {"fields": {"a": 1}}])
def test_a_damaged_draft_opens(client, admin, draft, section, damage):
    for place in (
        "name",
        "legal",
        "papers",
        "reuse",
        "fees",
        "stages",
        "result",
        "messages",
        "time",
        "keywords",
    ):
        draft = editing.set_value(draft, place, damage, revision=draft.revision, by=admin, at=world.MONDAY)
    client.force_login(admin)

    assert client.get(_url(section)).status_code == 200


def test_a_name_is_saved_and_the_rest_stays(save, fresh):
    before = fresh()
    save("information", information.NamePanel, "", name__vi="Khai sinh cho con")

    assert fresh() == before | {"name": before["name"] | {"vi": "Khai sinh cho con"}}


def test_the_reason_goes_with_the_level(save, fresh):
    save("information", information.OfficePanel, "", level="partial")
    save("information", information.OfficePanel, "", level_reason__vi="Phải ký trước mặt cán bộ")
    assert fresh()["level_reason"] == {"vi": "Phải ký trước mặt cán bộ"}

    save("information", information.OfficePanel, "", level="full")
    assert "level_reason" not in fresh()


def test_the_same_day_has_no_number(save, fresh):
    save("information", information.TimePanel, "", time__amount="3", time__unit="working_days")
    assert fresh()["time"] == {"amount": 3, "unit": "working_days"}

    save("information", information.TimePanel, "", time__unit="same_day")
    assert fresh()["time"] == {"amount": 0, "unit": "same_day"}


def test_a_legal_basis_is_added_written_moved_and_removed(press, save, fresh):
    count = len(fresh()["legal"])
    press("information", "legal", "add")
    save("information", information.TextPanel, f"legal.{count}", __vi="Luật Hộ tịch", __en="Civil Status Law")
    assert fresh()["legal"][-1] == {"vi": "Luật Hộ tịch", "en": "Civil Status Law"}

    press("information", "legal", "up", count)
    assert fresh()["legal"][-2]["vi"] == "Luật Hộ tịch"

    press("information", "legal", "remove", count - 1)
    assert len(fresh()["legal"]) == count


def test_a_paper_is_asked_for_on_a_condition(press, save, fresh):
    press("papers", "papers", "add")
    key = fresh()["papers"][-1]["key"]
    save("papers", papers.PaperPanel, f"papers.{key}", required="when", required_when='relation == "mother"')

    assert fresh()["papers"][-1]["required"] == 'relation == "mother"'


def test_a_result_stands_in_for_a_paper_and_fills_a_question(press, save, fresh):
    press("papers", "papers", "add")
    key = fresh()["papers"][-1]["key"]
    press("papers", f"papers.{key}.accepts", "add")
    save("papers", papers.AcceptPanel, f"papers.{key}.accepts.0", type="KQ.G15.000038")
    press("papers", "reuse", "add")
    rule = fresh()["reuse"][-1]["key"]
    save("papers", papers.ReusePanel, f"reuse.{rule}", type="KQ.G15.000038", paper=key)
    save("papers", papers.FillsPanel, f"reuse.{rule}.fills", requester_phone="subject.full_name")

    assert fresh()["papers"][-1]["accepts"] == ["KQ.G15.000038"]
    assert fresh()["reuse"][-1]["fills"] == {"requester_phone": "subject.full_name"}


def test_a_fee_in_steps(press, save, fresh):
    press("fees", "fees", "add")
    fee = fresh()["fees"][-1]["key"]
    at = f"fees.{fee}"
    save("fees", fees.FeePanel, at, price="tiers")
    save("fees", fees.FeePanel, at, tiers__count="copies", tiers__most="200000")
    press("fees", f"{at}.tiers.steps", "add")
    save("fees", fees.TierPanel, f"{at}.tiers.steps.0", upto="2", amount="2.000")
    save("fees", fees.TierPanel, f"{at}.tiers.steps.1", amount="1000")

    assert fresh()["fees"][-1]["tiers"] == {
        "count": "copies", "most": 200000, "steps": [{"upto": 2, "amount": 2000}, {"amount": 1000}]
    }  # fmt: skip
    assert "unit_amount" not in fresh()["fees"][-1]

    save("fees", fees.FeePanel, at, price="each")
    save("fees", fees.FeePanel, at, unit_amount="8000")
    assert fresh()["fees"][-1]["unit_amount"] == "8000"
    assert "tiers" not in fresh()["fees"][-1]


@pytest.mark.parametrize("when", [value for value, _label in fees.TIMES if value != "submit"])
def test_a_fee_is_asked_for_at_its_moment(press, save, fresh, when):
    at = _new_fee(press, fresh)
    save("fees", fees.FeePanel, at, when=when)
    assert fresh()["fees"][-1]["when"] == when


def test_what_makes_a_fee_go_back_is_ticked(press, save, fresh):
    at = _new_fee(press, fresh)
    assert "refunds" not in fresh()["fees"][-1]

    save("fees", fees.FeePanel, at, refunds=["withdrawn", "stopped"])
    assert fresh()["fees"][-1]["refunds"] == ["withdrawn", "stopped"]


def _new_fee(press, fresh):
    press("fees", "fees", "add")
    return f"fees.{fresh()['fees'][-1]['key']}"


def test_the_test_table_asks_for_what_the_fee_looks_at(press, save, fresh):
    press("fees", "fees", "add")
    at = f"fees.{fresh()['fees'][-1]['key']}"
    save("fees", fees.FeePanel, at, unit_amount='relation == "mother" ? 5000 : 0', quantity="copies")
    press("fees", f"{at}.examples", "add")
    save(
        "fees",
        fees.ExamplePanel,
        f"{at}.examples.0",
        given__relation="mother",
        given__copies="2",
        amount="10000",
    )

    assert fresh()["fees"][-1]["examples"] == [
        {"given": {"relation": "mother", "copies": 2}, "amount": 10000}
    ]


def test_a_stage_asks_another_office(press, save, fresh):
    press("processing", "stages", "add")
    stage = fresh()["stages"][-1]
    press("processing", f"stages.{stage['key']}.consults", "add")
    save(
        "processing", processing.ConsultPanel, f"stages.{stage['key']}.consults.0", days="3", silence="agree"
    )

    assert fresh()["stages"][-1]["consults"] == [{"kind": "commune", "days": 3, "silence": "agree"}]


def test_the_sum_of_the_stages_is_said(page, press):
    assert "100 %" in page.get(_url("processing")).content.decode()
    press("processing", "stages", "add")

    assert "101 %" in page.get(_url("processing")).content.decode()


def test_data_inside_the_result_is_added_and_taken_away(save, fresh):
    save("result", outcome.ClaimsPanel, "", new_path="father.full_name", new_expression="requester_name")
    assert fresh()["result"]["claims"]["father"]["full_name"] == "requester_name"


def test_a_wrong_code_of_a_result_is_refused_beside_the_field(save, fresh):
    before = fresh()["result"]["type"]
    response = save("result", outcome.ResultPanel, "", result__type="KQ-1")

    assert "KQ.G15.000031" in response.content.decode()
    assert fresh()["result"]["type"] == before


def test_a_notice_gets_a_sentence_of_its_own(save, fresh):
    save("messages", texts.MessagesPanel, "", messages__done__vi="Mời ông/bà xem kết quả.")

    assert fresh()["messages"] == {"done": {"vi": "Mời ông/bà xem kết quả."}}


def test_what_changed_in_vietnamese_only_is_shown_until_somebody_has_looked(page, save, fresh, draft):
    save("information", information.NamePanel, "", name__vi="Đăng ký khai sinh mới")
    shown = page.get(_url("languages")).content.decode()
    assert 'name="_confirm" value="name"' in shown

    page.post(_url("languages"), {"_confirm": "name"})
    assert 'name="_confirm" value="name"' not in page.get(_url("languages")).content.decode()


def test_a_missing_translation_is_written(page, save, fresh):
    save("information", information.NamePanel, "", name__en="")
    assert "en" not in fresh()["name"]

    save("languages", texts.EnglishPanel, "name", en="Birth registration")
    assert fresh()["name"]["en"] == "Birth registration"


def test_a_result_begins_with_the_pages_of_a_scan_of_the_officers(save, fresh, draft, admin):
    asked = {"key": "scan", "type": "file", "label": {"vi": "Bản quét"}, "max_files": 1}
    questions = [*fresh()["result"]["fields"], asked]
    editing.set_value(draft, "result.fields", questions, revision=draft.revision, by=admin, at=world.MONDAY)

    save("result", outcome.ResultPanel, "", result__copies="scan")
    assert fresh()["result"]["copies"] == "scan"

    save("result", outcome.ResultPanel, "", result__copies="")
    assert "copies" not in fresh()["result"]


def test_every_paper_that_can_be_printed_is_offered_by_its_name(settings):
    drawn = {path.stem for path in (settings.BASE_DIR / "templates" / "pdf" / "results").glob("*.html")}

    assert set(outcome.TEMPLATES) == drawn - {"base", "parent", "spouse"} | {parts.OWN}


def test_the_unit_that_is_shown_first_counts_with_the_number(save, fresh, draft, admin):
    editing.set_value(draft, "time", None, revision=draft.revision, by=admin, at=world.MONDAY)

    save("information", information.TimePanel, "", time__amount="3")

    assert fresh()["time"] == {"amount": 3, "unit": "working_days"}


def test_a_key_typed_as_an_expression_is_said_in_the_words_of_its_question(page, save, fresh):
    response = save("information", information.WhoPanel, "", subject="requester_phone")

    words = next(
        field["label"]["vi"]
        for step in fresh()["form"]["steps"]
        for field in step["fields"]
        if field["key"] == "requester_phone"
    )
    assert f'<p class="say">{words}</p>' in response.content.decode()
