"""What is said in a definition comes back: as YAML, as a snapshot, through the database. Nothing is forgotten."""

import dataclasses
import json
import types
import typing

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.documents import canonical
from procedures.definitions import bundles, code_lists, loading, parts, publishing, sources, validation
from procedures.eforms import schema
from procedures.eforms.lists import NAMES
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.definitions.imagined import definitions

LISTS = {name: [{"value": "a", "vi": "A", "en": "a"}] for name in NAMES}


def attributes(cls, seen=None):
    """(class, attribute) of everything that a definition can say: of `cls`, and of all that it is made of."""
    seen = set() if seen is None else seen
    hints = typing.get_type_hints(cls)
    for item in dataclasses.fields(cls):
        name = (cls.__name__, item.name)
        if name in seen or not item.init or not item.metadata.get("name", item.name):
            continue
        seen.add(name)
        for inner in dataclasses_in(hints[item.name]):
            attributes(inner, seen)
    return seen


def dataclasses_in(hint):
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        return [hint] if dataclasses.is_dataclass(hint) else []
    return [found for inner in typing.get_args(hint) for found in dataclasses_in(inner)]


def said(value, found=None):
    """(class, attribute) of all that differs from what is taken when nothing is said."""
    found = set() if found is None else found
    if dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            given_value = getattr(value, item.name)
            is_nothing = given_value in (None, "", ()) and item.default is dataclasses.MISSING
            if given_value != item.default and not is_nothing:
                found.add((type(value).__name__, item.name))
            said(given_value, found)
    elif isinstance(value, tuple):
        for item in value:
            said(item, found)
    return found


def content(definition):
    return loading.load(loading.compiled(definition, LISTS))


# Not made smaller when it fails: a definition is large, and says itself what is wrong with it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
FEW = settings(SLOW, max_examples=3)


OTHER = {"share": {("Stage", "hours")}, "hours": {("Stage", "share")}}


@pytest.mark.parametrize("unit", OTHER)
@given(st.data())
@FEW
def test_what_is_imagined_has_every_attribute_there_is(unit, data):
    definition = data.draw(definitions(full=True, unit=unit))

    assert attributes(parts.Content) - said(content(definition)) == OTHER[unit]


@given(definitions())
@SLOW
def test_written_and_read_it_is_the_same(definition):
    assert validation.validate(definition) == []

    again = sources.read(sources.write(definition))

    assert again == definition
    assert canonical.sha256(again) == canonical.sha256(definition)
    assert bundles.validate(again) == []
    assert publishing.compile_snapshot(again, LISTS) == publishing.compile_snapshot(definition, LISTS)


@given(definitions(full=True))
@FEW
def test_every_attribute_is_documented(definition):
    documented = json.loads((bundles.FOLDER.parent / "bundle.schema.json").read_text())
    errors = jsonschema.Draft202012Validator(documented).iter_errors(definition)

    assert [(error.json_path, error.message) for error in errors] == []


@given(definitions())
@SLOW
def test_a_snapshot_says_all_that_the_definition_says(definition):
    snapshot = json.loads(json.dumps(publishing.compile_snapshot(definition, LISTS)))

    assert {"schema": 2, **schema.dump(loading.load(snapshot))} == snapshot
    loaded, direct = loading.load(snapshot), content(definition)
    assert said(loaded) == said(direct)
    assert loaded.form.steps == direct.form.steps
    assert (loaded.fees, loaded.stages, loaded.cases) == (direct.fees, direct.stages, direct.cases)


@pytest.mark.django_db
@given(definitions(full=True))
@FEW
def test_exported_and_imported_it_is_the_same_version(data):
    assert validation.validate(data) == []
    code_lists.install(at=PUBLISHED_AT)
    version = bundles.import_bundle(data, by=None, at=PUBLISHED_AT, publish=True)

    again = bundles.import_bundle(
        sources.read(bundles.export(version)), by=None, at=PUBLISHED_AT, publish=True
    )

    assert again == version
    assert again.digest == canonical.sha256(data)
    assert again.snapshot == publishing.compile_snapshot(data, code_lists.of(data))
