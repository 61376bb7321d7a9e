import pytest
from django.urls import reverse
from django.utils.translation import gettext

from procedures.definitions.models import ProcedureVersion
from procedures.studio import routing
from tests.procedures.studio.conftest import CODE
from tests.procedures.studio.posting import again


@pytest.fixture
def way(draft):
    """The stops after a change of the definition, by key."""

    def walk(do=lambda definition: None):
        row = ProcedureVersion.objects.get(pk=draft.pk)
        do(row.definition)
        row.save(update_fields=["definition"])
        stops = list(routing.way(again(draft)))
        return {stop.node.key: stop for step in stops for stop in (step, *step.fields)}

    return walk


def first(definition, step=0):
    return definition["form"]["steps"][step]["fields"]


def test_says_conditions_in_words_and_where_each_step_leads(way):
    stops = way()

    assert stops["relation_other"].when == "Ông/bà là gì của trẻ là “Khác”"
    assert stops["relation"].when == ""
    assert stops["requester"].onward == "Giấy tờ và nơi cư trú"
    assert not any(stop.problem for stop in stops.values())


@pytest.mark.parametrize(
    ("key", "damage", "word"),
    [
        ("relation", lambda d: first(d)[0].update(applies="child_sex == 'male'"), "child_sex"),
        ("relation", lambda d: first(d)[0].update(applies="nobody == 'male'"), "nobody"),
        (
            "relation",
            lambda d: first(d)[0].update(applies="1 == 2"),
            "It is never asked: its condition is never true.",
        ),
        ("relation", lambda d: first(d)[0].update(applies="1 =="), "Its condition is not an expression."),
        ("relation", lambda d: first(d)[0].update(applies=["x"]), "Its condition is not an expression."),
        ("relation", lambda d: first(d)[0].pop("options"), "It has no answers to pick from."),
        ("child", lambda d: first(d, 2).clear(), "It has no questions."),
    ],
)
def test_marks_dead_ends(way, key, damage, word):
    assert gettext(word) in way(damage)[key].problem


def test_the_page_counts_them(page, draft, way):
    way(lambda d: first(d)[0].update(applies="1 == 2"))

    response = page.get(reverse("studio:routing", args=[CODE]))

    assert response.context["page"].more["dead"] == 1
