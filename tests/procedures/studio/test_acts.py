"""Steps and fields as a whole: added, copied, moved, renamed, removed, taken back."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.translation import gettext

from procedures.definitions import editing
from procedures.definitions.models import FieldGroup
from procedures.studio import addresses
from tests.procedures import world
from tests.procedures.studio.conftest import CODE
from tests.procedures.studio.posting import again

STEPS = "form.steps"
CHILD = "form.steps.child"
NAME = f"{CHILD}.fields.child_name"
SEX = f"{CHILD}.fields.child_sex"


@pytest.fixture
def act(page, draft):
    """Press a button of a step or field."""

    def press(do, place="", **data):
        data = {"do": do, "place": place, "revision": again(draft).revision, **data}
        return page.post(reverse("studio:change", args=[CODE]), data)

    return press


def keys(definition, step="child"):
    return [f["key"] for s in definition["form"]["steps"] if s["key"] == step for f in s["fields"]]


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_down_and_up_again(act, fresh):
    before = keys(fresh())

    response = act("down", NAME, **{"from": "outline"})
    assert keys(fresh())[:2] == [before[1], before[0]]
    assert "den=node-form-steps-child-fields-child-name-down" in response.url, "the focus goes with it"
    words = "“%(title)s” is now question %(number)s of %(count)s in “%(around)s”."
    known = {"title": "Họ, chữ đệm, tên của trẻ", "number": 2, "count": 6, "around": "Trẻ được khai sinh"}
    assert said(response) == [gettext(words) % known]

    act("up", NAME)
    assert keys(fresh()) == before


def test_the_first_goes_no_further_up(act, draft):
    response = act("up", NAME)

    assert response.status_code == 302
    assert not draft.edits.exists()


def test_a_step_moves_too(act, fresh):
    act("up", CHILD)

    assert [step["key"] for step in fresh()["form"]["steps"]][:3] == ["requester", "child", "contact"]


def test_moved_in_a_list_its_page_stays(act):
    step = addresses.item(CODE, CHILD)

    assert act("down", NAME, next=step, **{"from": "outline"}).url.startswith(step)
    own = addresses.item(CODE, SEX)
    data = {"to": "form.steps.contact.fields|0", "next": own, "from": "outline"}
    assert act("move", SEX, **data).url.startswith(
        addresses.item(CODE, "form.steps.contact.fields.child_sex")
    )


def test_into_another_step_at_a_position(act, fresh):
    response = act("move", NAME, to="form.steps.contact.fields|1")

    assert "child_name" not in keys(fresh())
    assert keys(fresh(), "contact")[1] == "child_name"
    assert response.url.startswith(addresses.item(CODE, "form.steps.contact.fields.child_name"))


def test_a_copy_has_keys_of_its_own_and_is_opened(act, fresh):
    response = act("copy", NAME)

    copy = keys(fresh())[1]
    assert copy not in ("child_name", "child_sex")
    assert response.url == addresses.item(CODE, f"{CHILD}.fields.{copy}")


def test_renaming_is_followed_everywhere(act, fresh):
    act("rename", NAME, key="newborn_name")

    definition = fresh()
    assert definition["subject"] == "newborn_name"
    assert "child_name" not in str(definition)


def test_a_key_that_is_taken_is_refused_in_words(act, fresh):
    response = act("rename", NAME, key="child_sex")

    assert keys(fresh())[0] == "child_name"
    assert len(said(response)) == 1


def test_what_is_removed_can_be_taken_back_at_once(act, page, fresh):
    before = keys(fresh())
    response = act("remove", NAME)
    html = page.get(response.url).content.decode()
    undo = reverse("studio:undo", args=[CODE])

    assert "child_name" not in keys(fresh())
    assert html.count(f'action="{undo}"') == 2, "in the header, and beside the words"

    page.post(undo, {"next": response.url})
    assert keys(fresh()) == before
    page.post(reverse("studio:redo", args=[CODE]), {})
    assert "child_name" not in keys(fresh())


def test_nothing_to_take_back_is_told(page, draft):
    response = page.post(reverse("studio:undo", args=[CODE]), {})

    assert said(response) == [gettext("There is nothing to take back.")]


def test_undo_leads_nowhere_else(page, draft):
    response = page.post(reverse("studio:undo", args=[CODE]), {"next": "https://elsewhere.example/"})

    assert response.url == addresses.section(CODE, "form")


def test_a_new_step_gets_a_key_from_its_title(act, fresh):
    act("add_step", title="Người làm chứng")

    assert fresh()["form"]["steps"][-1] == {
        "key": "nguoi_lam_chung",
        "title": {"vi": "Người làm chứng"},
        "fields": [],
    }


def test_a_new_question_gets_a_key_from_its_words(page, draft, fresh):
    url = f"{reverse('studio:add', args=[CODE])}?o={CHILD}"
    response = page.post(url, {"label": "Cân nặng khi sinh", "type": "integer"})

    assert fresh()["form"]["steps"][2]["fields"][-1] == {
        "key": "can_nang_khi_sinh",
        "type": "integer",
        "label": {"vi": "Cân nặng khi sinh"},
    }
    assert response.url == addresses.item(CODE, f"{CHILD}.fields.can_nang_khi_sinh")


@pytest.mark.parametrize("data", [{}, {"label": "x"}, {"type": "date"}, {"label": "x", "type": "magic"}])
def test_a_question_without_words_or_type_is_not_added(page, draft, data):
    response = page.post(f"{reverse('studio:add', args=[CODE])}?o={CHILD}", data)

    assert response.status_code == 422
    assert not draft.edits.exists()


def test_a_group_is_copied_by_value_and_says_where_from(page, draft, fresh):
    fields = [
        {"key": "person_name", "type": "text", "label": {"vi": "Họ tên", "en": "Name"}},
        {"key": "person_dob", "type": "date", "label": {"vi": "Ngày sinh", "en": "Date of birth"}},
    ]
    FieldGroup.objects.create(
        key="witness", name_vi="Người làm chứng", fields=fields, created_at=world.MONDAY
    )

    page.post(f"{reverse('studio:add', args=[CODE])}?o={CHILD}", {"group": "witness@1"})

    added = fresh()["form"]["steps"][2]["fields"][-2:]
    assert [field["origin"] for field in added] == ["witness@1", "witness@1"]
    assert [field["label"] for field in added] == [field["label"] for field in fields]


def test_somebody_elses_change_is_not_overwritten_by_removing(act, draft, colleague, fresh):
    revision = again(draft).revision
    editing.set_value(draft, f"{NAME}.label.vi", "Của người kia", revision=0, by=colleague, at=world.MONDAY)

    response = act("remove", NAME, revision=revision)

    assert "child_name" in keys(fresh())
    assert colleague.full_name in said(response)[0]


@pytest.mark.parametrize("do", ["up", "move", "copy", "rename", "remove"])
def test_what_is_gone_is_told(act, do):
    response = act(do, f"{CHILD}.fields.nothing", to=f"{CHILD}.fields|0", key="other")

    assert said(response) == [gettext("This entry is no longer there.")]


def test_unknown_acts_are_not_there(act):
    assert act("explode", NAME).status_code == 404
    assert act("up", NAME, revision="x").status_code == 404


def test_a_page_of_what_is_gone_leads_to_what_is_around_it(page, draft):
    response = page.get(addresses.item(CODE, f"{CHILD}.fields.nothing"))

    assert response.url == addresses.item(CODE, CHILD)


class TestRows:
    """Lists on the page of a field."""

    @pytest.fixture
    def press(self, page, draft):
        def send(do, at=0):
            data = {"_rows": f"rows-{SEX}.options".replace(".", "-").replace("_", "-"), "_do": do}
            revision = again(draft).revision
            return page.post(addresses.item(CODE, SEX), data | {"_at": at, "_revision": revision})

        return send

    @pytest.fixture
    def options(self, fresh):
        return lambda: [one["value"] for one in fresh()["form"]["steps"][2]["fields"][1]["options"]]

    def test_an_item_is_added_with_the_focus_in_it(self, press, options):
        response = press("add")

        assert options() == ["male", "female", "option_1"]
        assert "den=id_rows-form-steps-child-fields-child-sex-options-2-label__vi" in response.url

    def test_items_move_and_the_focus_with_them(self, press, options):
        response = press("down", 0)

        assert options() == ["female", "male"]
        assert "-1-down" in response.url

    def test_an_item_is_removed(self, press, options):
        press("remove", 1)

        assert options() == ["male"]

    def test_beyond_the_ends_nothing_moves(self, press, options, draft):
        assert press("up", 0).status_code == press("remove", 9).status_code == 302
        assert not draft.edits.exists()
