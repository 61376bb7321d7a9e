"""The published schemas: what they say, that they stay, and that every sample keeps to them."""

import json

import jsonschema
import pytest
from django.urls import reverse

from procedures.definitions import bundles, schemas, shapes
from procedures.definitions.models import ImmutableVersion, ResultSchema
from tests.procedures import golden
from tests.procedures.definitions.proofs.planted import BIRTH, put
from tests.procedures.world import MONDAY

DATES = jsonschema.FormatChecker(formats=["date"])


def checker(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=DATES)


def leaf(definition, path):
    return dict(shapes.leaves(shapes.claims(definition)))[path]


# ── What they say ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("code", sorted(golden.GOLDEN))
def test_every_sample_keeps_to_its_schema(definitions, code):
    valid = checker(shapes.claims(definitions[code]))
    told = [golden.GOLDEN[code].claims]
    for case in definitions[code].cases:
        outcome = case.outcome or {}
        context = golden.CONTEXT | ({"applicant": case.applicant} if case.applicant else {})
        told.append(definitions[code].claims(case.answers, outcome, context | {"today": golden.TODAY}))

    assert len(told) > 2
    assert [error.message for claims in told for error in valid.iter_errors(claims)] == []


def test_most_claims_say_what_they_are(definitions):
    """An empty schema would let every sample pass."""
    found = [shapes.kinds(s) for d in definitions.values() for _p, s in shapes.leaves(shapes.claims(d))]

    assert len(found) > 150
    assert sum(not kinds for kinds in found) <= 2


def test_a_claim_has_the_shape_of_its_question(definitions):
    birth = definitions[BIRTH]

    assert leaf(birth, "child.date_of_birth") | {"title": "", "x-title": {}} == {
        "type": ["string", "null"], "format": "date", "title": "", "x-title": {},
    }  # fmt: skip
    assert leaf(birth, "child.sex")["enum"] == ["female", "male", None]
    assert leaf(birth, "child.sex")["x-labels"]["female"] == {"vi": "Nữ", "en": "Female"}
    assert leaf(birth, "registration.kind") == {"type": "string", "enum": ["late", "on_time"]} | {
        "type": ["string", "null"], "enum": ["late", "on_time", None],
    }  # fmt: skip
    assert shapes.kinds(leaf(birth, "mother.year_of_birth")) == {"integer"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("child.date_of_birth", "14/03/2026"),
        ("child.sex", "nữ"),
        ("child.personal_id", "12345"),
        ("mother.year_of_birth", "1990"),
        ("child.nickname", "Tí"),
    ],
)
def test_what_is_no_such_data_is_refused(definitions, path, value):
    claims = json.loads(json.dumps(golden.GOLDEN[BIRTH].claims))
    group, key = path.split(".")
    claims[group][key] = value

    assert not checker(shapes.claims(definitions[BIRTH])).is_valid(claims)


# ── That they stay ────────────────────────────────────────────────────────────────────────────────
def publish(definition):
    return bundles.import_bundle(definition, by=None, at=MONDAY, publish=True)


def test_publishing_freezes_the_schema_once(in_force, bundled):
    was = ResultSchema.objects.get(type_code="KQ.G15.000031")
    publish(put(bundled[BIRTH], "summary.vi", "Đăng ký khai sinh cho trẻ em."))

    assert ResultSchema.objects.count() == 10
    assert ResultSchema.objects.get(type_code="KQ.G15.000031") == was


def test_other_data_is_another_version_and_the_old_one_stays(in_force, bundled, client):
    old = schemas.uri(in_force[BIRTH].pk)
    before = client.get(reverse("results:schema", args=["KQ.G15.000031", 1])).json()
    new = publish(put(bundled[BIRTH], "result.claims.child.nickname", "child_name"))

    assert schemas.uri(new.pk).endswith("/KQ.G15.000031/2/")
    assert schemas.uri(in_force[BIRTH].pk) == old == before["$id"]
    assert client.get(reverse("results:schema", args=["KQ.G15.000031", 1])).json() == before
    assert "nickname" not in json.dumps(before)


def test_a_schema_is_never_changed(in_force):
    row = ResultSchema.objects.first()

    with pytest.raises(ImmutableVersion):
        row.save()


def test_a_version_published_before_schemas_were_gets_one_when_it_is_asked_for(in_force):
    ResultSchema.objects.all().delete()

    assert schemas.uri(in_force[BIRTH].pk) == schemas.uri(in_force[BIRTH].pk)
    assert ResultSchema.objects.count() == 1


# ── Where programs find them ──────────────────────────────────────────────────────────────────────
def test_programs_find_every_schema(in_force, client, django_assert_num_queries):
    with django_assert_num_queries(1):
        listed = client.get(reverse("results:schemas"))
    found = [
        client.get(each["schema"].removeprefix("http://testserver")) for each in listed.json()["schemas"]
    ]

    assert len(found) == 10
    assert {page.status_code for page in found} == {200}
    for page, each in zip(found, listed.json()["schemas"], strict=True):
        assert page.json()["$id"] == each["schema"]
        checker(page.json())
        assert page["Content-Type"] == "application/schema+json"
        assert "immutable" in page["Cache-Control"]
        assert page["Access-Control-Allow-Origin"] == "*"


@pytest.mark.django_db
def test_a_schema_that_is_none(client):
    assert client.get(reverse("results:schema", args=["KQ.G15.000031", 7])).status_code == 404
