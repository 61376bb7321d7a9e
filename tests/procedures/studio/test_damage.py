"""A draft may hold anything: whatever stands in it, every page of the editor opens."""

from copy import deepcopy
from urllib.parse import quote

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procedures.definitions import places
from procedures.definitions.models import ProcedureVersion
from procedures.studio import outline
from tests.procedures.studio.conftest import CODE

JUNK = st.sampled_from(
    [
        *(None, True, 7, -1, "", "x", "a.b~c/d", "today +", "key", "é\u0301\U0001f600", [], [1], [[]], {}),
        *({"vi": 5}, {"key": []}, {"key": "child_name"}, {"type": "choice", "options": {}}, {"fields": "x"}),
    ]
)
NAMES = st.sampled_from(
    ["key", "type", "fields", "label", "options", "applies", "checks", "prefill", "list", "title", "steps"]
)


@st.composite
def damaged(draw, definition):
    """`definition` with a few entries replaced, removed, doubled or put where they do not belong."""
    found = deepcopy(definition)
    for _time in range(draw(st.integers(1, 5))):
        inside = [place for place, _value in places.walk(found.get("form", found), "form") if place]
        place = draw(st.sampled_from(["form", *inside]))
        _damage(draw, found, place)
    return found


def _damage(draw, found, place):
    around, _dot, name = place.rpartition(".")
    holder = places.value(found, around) if around else found
    junk = deepcopy(draw(JUNK))
    match draw(st.sampled_from(["replace", "remove", "double", "add"])), holder:
        case "remove", dict():
            holder.pop(name, None)
        case "remove", list():
            holder.clear()
        case "double", list() if holder:
            holder.append(deepcopy(holder[0]))
        case "add", dict():
            holder[draw(NAMES)] = junk
        case _, list() if holder:
            holder[draw(st.integers(0, len(holder) - 1))] = junk
        case _, dict():
            holder[name] = junk


def _addresses(definition):
    yield reverse("studio:section", args=[CODE, "form"])
    yield reverse("studio:routing", args=[CODE])
    yield reverse("studio:preview", args=[CODE])
    yield reverse("studio:preview", args=[CODE]) + "?phan=het"
    nodes = outline.steps(definition)
    every = list(outline.flat(nodes))
    for node in every[:: len(every) // 10 + 1]:
        name = "field" if ".fields." in node.place else "step"
        yield f"{reverse(f'studio:{name}', args=[CODE])}?o={quote(node.place)}"
        if name == "step" or node.is_group:
            yield f"{reverse('studio:add', args=[CODE])}?o={quote(node.place)}"
        if name == "step" and node.key:
            yield f"{reverse('studio:preview', args=[CODE])}?phan={quote(node.key)}"


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_page_opens_whatever_the_draft_holds(page, draft, bundled, data):
    code = data.draw(st.sampled_from(sorted(bundled)))
    definition = data.draw(damaged(dict(bundled[code])))
    row = ProcedureVersion.objects.get(pk=draft.pk)
    row.definition = definition
    row.save(update_fields=["definition"])

    for address in _addresses(definition):
        response = page.get(address)
        assert response.status_code in (200, 302), address


@pytest.mark.parametrize(
    "definition", [{}, {"form": None}, {"form": []}, {"form": {"steps": {}}}, {"name": 7}]
)
def test_an_empty_draft_opens(page, draft, definition):
    row = ProcedureVersion.objects.get(pk=draft.pk)
    row.definition = definition
    row.save(update_fields=["definition"])

    for address in _addresses(definition):
        assert page.get(address).status_code == 200, address
