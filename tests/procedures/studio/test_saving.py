"""One panel posted: what is written, what is merged, what clashes, what cannot be taken."""

import re

import pytest
from django.urls import reverse

from procedures.definitions import editing
from procedures.studio import addresses
from procedures.studio.form_panels import AnswerPanel, CheckPanel, FieldPanel, OptionPanel, StepPanel
from tests import factories
from tests.procedures import world
from tests.procedures.studio.conftest import CODE
from tests.procedures.studio.posting import again, changed

NAME = "form.steps.child.fields.child_name"
KIND = "form.steps.parents.fields.registration_kind"


@pytest.fixture
def save(page):
    """Send a panel as htmx does; its page is that of `place`."""

    def send(place, data, htmx=True):
        headers = {"HX-Request": "true"} if htmx else {}
        return page.post(addresses.item(CODE, place), data, headers=headers)

    return send


def field(definition, key="child_name", step="child"):
    steps = {each["key"]: each for each in definition["form"]["steps"]}
    return next(each for each in steps[step]["fields"] if each["key"] == key)


def theirs(draft, colleague, place, value):
    now = again(draft)
    return editing.set_value(now, place, value, revision=now.revision, by=colleague, at=world.MONDAY)


def test_only_what_was_changed_is_written(save, draft, fresh):
    before = field(fresh())

    response = save(NAME, changed(FieldPanel(draft, NAME), label__vi="Tên đầy đủ của trẻ"))

    assert response.status_code == 200
    assert field(fresh()) == before | {"label": before["label"] | {"vi": "Tên đầy đủ của trẻ"}}
    assert [(edit.action, edit.place) for edit in draft.edits.all()] == [("set", f"{NAME}.label.vi")]


def test_answer_holds_header_outline_and_base_but_not_the_input(save, draft):
    response = save(NAME, changed(FieldPanel(draft, NAME), label__vi="Tên đầy đủ của trẻ"))

    html = response.content.decode()
    renewed = set(re.findall(r'id="([\w-]+)" hx-swap-oob="true"', html))
    assert {"studio-head", "outline"} <= renewed
    assert f"{FieldPanel(draft, NAME).ident}-known" in renewed
    assert "Tên đầy đủ của trẻ" in html
    assert response["HX-Trigger"] == "studio:saved"
    assert "<textarea" not in html


def test_nothing_changed_writes_nothing(save, draft):
    response = save(NAME, changed(FieldPanel(draft, NAME)))

    assert response.status_code == 200
    assert "HX-Trigger" not in response
    assert not draft.edits.exists()


def test_first_and_last_language_make_and_remove_the_text(save, draft, fresh):
    save(NAME, changed(FieldPanel(draft, NAME), purpose__vi="Để ghi vào giấy"))
    assert field(fresh())["purpose"] == {"vi": "Để ghi vào giấy"}

    save(NAME, changed(FieldPanel(again(draft), NAME), purpose__vi=""))
    assert "purpose" not in field(fresh())


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"required": "never"}, False),
        ({"required": "always"}, None),
        ({"required": "when", "required_when": 'child_sex == "male"'}, 'child_sex == "male"'),
    ],
)
def test_required_is_always_never_or_when(save, draft, fresh, given, stored):
    save(NAME, changed(FieldPanel(draft, NAME), **given))

    assert field(fresh()).get("required") == stored


def test_when_without_a_condition_is_not_taken(save, draft, fresh):
    response = save(NAME, changed(FieldPanel(draft, NAME), required="when", label__vi="Tên"))

    assert "required" not in field(fresh())
    assert field(fresh())["label"]["vi"] == "Tên", "what can be taken is"
    assert response.content.decode().count('class="err"') == 1


def test_what_is_no_expression_is_said_and_not_written(save, draft, fresh):
    response = save(NAME, changed(FieldPanel(draft, NAME), applies="relation =="))

    assert "applies" not in field(fresh())
    assert 'class="err"' in response.content.decode()


def test_without_scripts_the_page_comes_back_as_typed(save, draft):
    response = save(NAME, changed(FieldPanel(draft, NAME), applies="relation =="), htmx=False)

    assert response.status_code == 422
    assert ">\nrelation ==</textarea>" in response.content.decode()


def test_without_scripts_saving_leads_back_to_the_page(save, draft):
    response = save(NAME, changed(FieldPanel(draft, NAME), label__vi="Tên"), htmx=False)

    assert response.status_code == 302
    assert response.url.startswith(addresses.item(CODE, NAME))


def test_changing_the_type_drops_what_only_the_old_one_had(save, draft, fresh):
    assert field(fresh())["max_length"] == 100

    save(NAME, changed(FieldPanel(draft, NAME), type="date"))

    now = field(fresh())
    assert now["type"] == "date"
    assert not {"max_length", "pattern"} & set(now)


def test_taking_a_shared_list_drops_the_own_options(save, draft, fresh):
    place = "form.steps.child.fields.child_sex"
    response = save(place, changed(AnswerPanel(draft, place), list="nationalities"))

    assert response["HX-Retarget"] == "#work", "the page has other panels now"
    assert "options" not in field(fresh(), "child_sex")


def test_renaming_a_value_is_followed_by_conditions(save, draft, fresh):
    place = f"{KIND}.options.mother_only"
    save(KIND, changed(OptionPanel(draft, place), value="only_mother"))

    text = str(fresh())
    assert '"only_mother"' in text
    assert '"mother_only"' not in text


def test_a_new_answer_is_named_after_its_words_and_its_inputs_stay(page, save, draft, fresh):
    option = {"value": "option_1", "label": {"vi": "Câu trả lời 1"}}
    draft = editing.insert(draft, f"{KIND}.options", option, revision=0, by=None, at=world.MONDAY)
    html = page.get(addresses.item(CODE, KIND)).content.decode()
    label = re.search(r'id="([\w-]+)"[^>]*>', html[html.index('value="Câu trả lời 1"') :])[1]

    panel = OptionPanel(draft, f"{KIND}.options.option_1")
    data = changed(panel.called(label.removeprefix("id_").removesuffix("-label__vi")), label__vi="Cha nuôi")
    response = save(KIND, data | {"_which": panel.name})

    assert field(fresh(), "registration_kind", "parents")["options"][-1]["value"] == "cha_nuoi"
    assert f'id="{label}"' in response.content.decode(), "who types on has not lost the place"


def test_an_answer_that_has_a_name_keeps_it(save, draft, fresh):
    save(KIND, changed(OptionPanel(draft, f"{KIND}.options.both"), label__vi="Cả hai người"))

    assert field(fresh(), "registration_kind", "parents")["options"][0]["value"] == "both"


def test_what_cannot_be_taken_stays_though_the_answer_gets_another_name(save, draft):
    data = changed(OptionPanel(draft, f"{KIND}.options.both"), value="two", applies="1 +")

    assert ">\n1 +</textarea>" in save(KIND, data).content.decode()


def test_another_persons_other_field_is_merged_and_shown(save, draft, colleague, fresh):
    panel = FieldPanel(draft, NAME)
    theirs(draft, colleague, f"{NAME}.hint.vi", "Của người kia")

    response = save(NAME, changed(panel, label__vi="Của tôi"))

    now = field(fresh())
    assert (now["label"]["vi"], now["hint"]["vi"]) == ("Của tôi", "Của người kia")
    assert response["HX-Retarget"] == "#work"
    assert 'value="Của người kia"' in response.content.decode()


class TestClash:
    """Two people change the same text."""

    @pytest.fixture
    def clash(self, save, draft, colleague):
        self.panel = FieldPanel(draft, NAME)
        theirs(draft, colleague, f"{NAME}.label.vi", "Của người kia")
        return save(NAME, changed(self.panel, label__vi="Của tôi"))

    def test_shows_both_and_writes_nothing(self, clash, fresh, colleague):
        html = clash.content.decode()

        assert field(fresh())["label"]["vi"] == "Của người kia"
        assert "<q>Của người kia</q>" in html
        assert colleague.full_name in html

    def test_is_still_there_at_the_next_save_of_another_field(self, clash, save, fresh):
        response = save(NAME, changed(self.panel, label__vi="Của tôi", hint__vi="Mới"))

        assert (field(fresh())["label"]["vi"], field(fresh())["hint"]["vi"]) == ("Của người kia", "Mới")
        assert "<q>Của người kia</q>" in response.content.decode()

    def test_mine_goes_in_its_place_when_i_insist(self, clash, save, fresh):
        insist = re.search(r'name="_mine" value="([^"]+)"', clash.content.decode())[1]

        save(NAME, changed(self.panel, label__vi="Của tôi") | {"_mine": insist})

        assert field(fresh())["label"]["vi"] == "Của tôi"

    def test_insisting_meets_a_third_change(self, clash, save, fresh, draft, colleague):
        insist = re.search(r'name="_mine" value="([^"]+)"', clash.content.decode())[1]
        theirs(draft, colleague, f"{NAME}.label.vi", "Lại khác")

        response = save(NAME, changed(self.panel, label__vi="Của tôi") | {"_mine": insist})

        assert field(fresh())["label"]["vi"] == "Lại khác"
        assert "<q>Lại khác</q>" in response.content.decode()

    def test_theirs_stays_when_i_yield(self, clash, save, fresh):
        data = changed(self.panel, label__vi="Của tôi") | {"_theirs": "label.vi"}

        html = save(NAME, data).content.decode()

        assert field(fresh())["label"]["vi"] == "Của người kia"
        assert 'value="Của người kia"' in html
        assert "<q>" not in html

    def test_without_scripts_the_choice_is_on_the_page(self, save, draft, colleague):
        panel = FieldPanel(draft, NAME)
        theirs(draft, colleague, f"{NAME}.label.vi", "Của người kia")

        response = save(NAME, changed(panel, label__vi="Của tôi"), htmx=False)

        assert response.status_code == 422
        assert 'value="Của tôi"' in response.content.decode()
        assert 'name="_theirs" value="label.vi"' in response.content.decode()


def test_what_was_removed_meanwhile_is_told_and_keeps_the_page(save, draft, colleague):
    panel = FieldPanel(draft, NAME)
    editing.remove(draft, NAME, revision=draft.revision, by=colleague, at=world.MONDAY)

    response = save(NAME, changed(panel, label__vi="Của tôi"))

    assert response.status_code == 409


def test_a_step_and_its_checks_are_written(save, draft, fresh):
    save("form.steps.child", changed(StepPanel(draft, "form.steps.child"), title__vi="Con", applies="true"))
    place = "form.steps.requester.checks.0"
    save("form.steps.requester", changed(CheckPanel(again(draft), place), level="warning"))

    steps = fresh()["form"]["steps"]
    assert steps[2]["title"]["vi"] == "Con"
    assert steps[2]["applies"] == "true"
    assert steps[0]["checks"][0]["level"] == "warning"


def test_a_lost_session_saves_nothing_and_says_so(client, draft):
    response = client.post(addresses.item(CODE, NAME), {}, headers={"HX-Request": "true"})

    assert response.status_code == 401


def test_an_administrator_of_another_branch_finds_nothing(client, draft, db):
    stranger = factories.staff("procedure_admin", factories.AgencyFactory(parent=factories.AgencyFactory()))
    client.force_login(stranger)

    assert client.get(addresses.item(CODE, NAME)).status_code == 404
    assert client.get(reverse("studio:preview", args=[CODE])).status_code == 404
