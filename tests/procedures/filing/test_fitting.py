"""Which papers will do: about whom, for what and how old they are; asked when they are offered and when sent."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from portal.documents.models import IssuedPaper
from procedures.definitions import bundles, publishing, runtime, sources, validation
from procedures.filing import drafts, reuse
from tests.procedures import world
from tests.procedures.definitions.proofs.planted import BIRTH, RESIDENCE, put

pytestmark = pytest.mark.django_db


def now():
    return datetime.now(UTC)


@pytest.fixture
def mother():
    return world.mother()


@pytest.fixture
def paper(mother):
    version = world.publish(BIRTH)[BIRTH]
    committee = world.office("commune")
    world.keys(committee)
    world.process(world.file(mother, version, committee.agency, at=now()), committee, at=now())
    return IssuedPaper.objects.get()


def residence(bundled, **conditions):
    """The registration of residence, whose one rule of reuse has these conditions."""
    changed = copy.deepcopy(dict(bundled[RESIDENCE]))
    changed["reuse"][0] |= conditions
    return bundles.import_bundle(changed, by=None, at=world.MONDAY, publish=True)


def offered(version, mother, *, at=None):
    found = reuse.offers(runtime.definition(version.pk), mother.person, at=at or now())
    return [offer.paper for offer in found]


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"about": "mother.personal_id"}, True),
        ({"about": "child.personal_id"}, False),
        ({"condition": 'claims.registration.kind == "on_time"'}, True),
        ({"condition": 'claims.registration.kind == "late"'}, False),
        ({"max_age_days": 30}, True),
    ],
)
def test_what_fits_is_offered(bundled, mother, paper, conditions, fits):
    assert offered(residence(bundled, **conditions), mother) == ([paper] if fits else [])


@pytest.mark.parametrize(("days", "fits"), [(30, True), (31, False)])
def test_age_counts_days_since_the_issue(bundled, mother, paper, days, fits):
    version = residence(bundled, max_age_days=30)

    assert offered(version, mother, at=now() + timedelta(days=days)) == ([paper] if fits else [])


def test_conditions_hold_again_when_it_is_sent(bundled, mother, paper):
    version, police = residence(bundled, max_age_days=30), world.office("commune_police")
    later = now() + timedelta(days=31)
    draft = world.draft(mother, version, police.agency, at=now())
    (offer,) = reuse.offers(runtime.definition(version.pk), mother.person, at=now())
    draft = drafts.use_paper(draft, offer, at=now())

    with pytest.raises(drafts.UnableToSubmit, match="30 ngày"):
        drafts.submit(draft, by=mother, at=later)


def test_the_conditions_survive_the_bundle_and_the_snapshot(bundled):
    changed = put(
        put(bundled[RESIDENCE], "reuse.birth.about", "mother.personal_id"), "reuse.birth.max_age_days", 30
    )
    again = sources.read(sources.write(changed))

    assert again == changed
    rule = runtime.of_snapshot(publishing.compile_snapshot(again)).reuse[0]
    assert (rule.about, rule.max_age_days) == ("mother.personal_id", 30)


@pytest.mark.parametrize(
    ("key", "value"), [("about", "Child ID"), ("max_age_days", 0), ("max_age_days", "30")]
)
def test_what_is_no_condition_is_named(bundled, key, value):
    with pytest.raises(validation.InvalidDefinition) as refused:
        publishing.compile_snapshot(put(bundled[RESIDENCE], f"reuse.birth.{key}", value))

    assert [problem.path for problem in refused.value.problems] == [f"reuse[0].{key}"]
