"""A definition that takes too much to evaluate: refused before it is published, answered with a page after."""

import pytest

from procedures.definitions import bundles, loading, publishing, validation
from procedures.definitions.models import ProcedureVersion
from procedures.eforms import budget, schema
from tests.procedures import world
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.definitions.variants import changed, field, problems, text

WITNESSES = {
    "key": "witnesses",
    "type": "group",
    "label": text("Người làm chứng", "Witnesses"),
    "required": False,
    "max": 50,
    "fields": [{"key": "witness_year", "type": "integer", "label": text("Năm sinh", "Year of birth")}],
}
LOOPS = " && ".join(["a.witness_year + b.witness_year + c.witness_year != 1"] * 20)
CUBE = f"witnesses.all(a, witnesses.all(b, witnesses.all(c, {LOOPS})))"


@pytest.fixture
def nasty(bundled):
    definition = changed(bundled["1.001193"])
    step = definition["form"]["steps"][0]
    step["fields"] += [WITNESSES]
    step["checks"] += [{"expression": CUBE, "message": text("m")}]
    return definition


def test_it_is_refused_at_what_takes_most(nasty):
    ((path, reason),) = problems(nasty)

    assert path == "form.steps[0].checks[2].expression"
    assert f"at most {budget.MOST} are allowed" in reason


@pytest.mark.django_db
def test_it_is_not_published(nasty):
    with pytest.raises(validation.InvalidDefinition, match="steps to evaluate"):
        bundles.import_bundle(nasty, by=None, at=PUBLISHED_AT, publish=True)


def test_a_pattern_of_a_field_counts(bundled):
    definition = changed(bundled["1.001193"])
    name = field(definition, "child_name")
    name["pattern"]["regex"] = r"(\w{30}){30}"
    definition["form"]["steps"][0]["fields"][1]["pattern"] = name["pattern"]

    assert [path for path, _reason in problems(definition)] == ["form.steps[0].fields[1].pattern.regex"]


@pytest.mark.django_db
def test_in_force_all_the_same_it_is_answered_with_a_page(nasty, bundled, client, monkeypatch, caplog):
    """A snapshot that was compiled before there were limits."""
    snapshot = {"schema": 2, **schema.dump(loading.load(loading.compiled(nasty)))}
    monkeypatch.setattr(publishing, "compile_snapshot", lambda *_args: snapshot)
    version = bundles.import_bundle(bundled["1.001193"], by=None, at=PUBLISHED_AT, publish=True)
    mother, office = world.mother(), world.office()
    draft = world.draft(mother, version, office.agency)
    draft.answers["witnesses"] = [{"witness_year": 1990 + n % 9} for n in range(50)]
    draft.save()
    client.force_login(mother)

    response = client.get(draft.get_absolute_url(), follow=True)

    assert response.status_code == 503
    assert "takes too much to evaluate" in caplog.text
    assert ProcedureVersion.objects.get().snapshot == snapshot
