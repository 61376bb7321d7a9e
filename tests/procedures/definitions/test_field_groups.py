"""Groups of fields: kept in versions, copied by value, made out of a form."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from procedures.definitions import bundles, field_groups, versions
from procedures.definitions.models import FieldGroup
from procedures.definitions.standing_groups import STANDING
from procedures.eforms import schema
from tests.procedures.eforms.samples import field, options, text

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
FIELDS = [
    field("kind", "choice", options=options("a", "b")),
    field("other", applies='kind == "b"'),
]


@pytest.fixture
def group(db):
    return field_groups.publish({"vi": "Loại việc", "en": "Kind"}, FIELDS, by=None, at=AT)


@pytest.mark.parametrize("key", sorted(STANDING))
def test_standing_groups_are_sound_and_say_why_they_ask(key):
    fields = schema.load_fields(STANDING[key][1])

    assert all(each.purpose and each.purpose.en and each.label.en for each in fields)


def test_importing_bundles_brings_the_standing_groups_once(bundled, db):
    bundles.import_all([bundled["1.001193"]], by=None, at=AT)
    bundles.import_all([bundled["1.001193"]], by=None, at=AT)

    assert sorted(map(str, FieldGroup.objects.all())) == ["address@1", "identity_paper@1", "person@1"]


def test_installing_leaves_what_people_made(db):
    field_groups.install(at=AT)
    field_groups.publish({"vi": "Một người"}, FIELDS, key="person", by=None, at=AT)

    field_groups.install(at=AT)

    assert [str(each) for each in field_groups.newest() if each.key == "person"] == ["person@2"]


def test_a_new_version_leaves_the_old_one_as_it_was(group):
    newer = field_groups.publish({"vi": "Loại việc"}, FIELDS[:1], key=group.key, by=None, at=AT)

    assert (str(newer), newer.fields) == ("loai-viec@2", FIELDS[:1])
    assert FieldGroup.objects.get(key=group.key, number=1).fields == FIELDS
    assert field_groups.newest() == [newer]


def test_the_same_fields_are_no_new_version(group):
    assert field_groups.publish({"vi": "Loại việc"}, FIELDS, key=group.key, by=None, at=AT) == group


def test_two_groups_of_one_name_have_keys_of_their_own(group):
    assert field_groups.publish({"vi": "Loại việc"}, FIELDS[:1], by=None, at=AT).key == "loai-viec-2"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("", FIELDS),
        ("Nhóm", []),
        ("Nhóm", [field(f"f{n}") for n in range(41)]),
        ("Nhóm", [field("x", applies="y == 1")]),
        ("Nhóm", [field("x"), field("x")]),
        ("Nhóm", [{"key": "x"}]),
        ("Nhóm", [field("x", "choice", list="no_such_list")]),
    ],
)
def test_what_is_no_group_is_refused(db, name, fields):
    with pytest.raises(field_groups.Refused):
        field_groups.publish({"vi": name}, fields, by=None, at=AT)
    assert not FieldGroup.objects.exists()


def test_a_group_that_is_not_there_has_no_next_version(db):
    with pytest.raises(FieldGroup.DoesNotExist):
        field_groups.publish({"vi": "Nhóm"}, FIELDS, key="gone", by=None, at=AT)


def test_copies_say_where_they_come_from(group):
    assert [each["origin"] for each in field_groups.copies(group, ())] == ["loai-viec@1", "loai-viec@1"]
    assert "origin" not in group.fields[0]


def test_copies_get_free_keys_and_still_mention_one_another(group):
    copied = field_groups.copies(group, {"kind", "kind_2"})

    assert [each["key"] for each in copied] == ["kind_3", "other"]
    assert copied[1]["applies"] == 'kind_3 == "b"'
    schema.load_fields(copied)


def test_a_second_person_is_compared_with_its_own_facts(db):
    field_groups.install(at=AT)
    person = FieldGroup.objects.get(key="person")
    copied = field_groups.copies(person, {each["key"] for each in person.fields})

    (number,) = [each for each in copied if each["type"] == "personal_id"]
    assert number["personal"] == {"sex": "person_sex_2", "date_of_birth": "person_dob_2"}
    schema.load_fields(copied)


def test_a_group_out_of_a_form_leaves_rules_about_other_fields_behind():
    fields = [
        field("kind", "choice", options=[*options("a"), {**options("b")[0], "applies": "outer == 1"}]),
        field("other", applies='kind == "b"', origin="person@1"),
        field("third", applies="outer == 1", required="kind == 'a'", checks=[
            {"expression": "third != outer", "message": text("x")}, {"expression": "third != ''", "message": text("x")},
        ]),
    ]  # fmt: skip

    found, lost = field_groups.out_of(fields)

    schema.load_fields(found)
    assert found[1] == field("other", applies='kind == "b"')
    assert found[0]["options"] == options("a", "b")
    assert (found[2]["required"], len(found[2]["checks"])) == ("kind == 'a'", 1)
    assert "applies" not in found[2]
    assert lost == ["Nhãn kind", "Nhãn third"]


def test_where_a_group_is_used(in_force, group):
    draft = versions.draft_of(in_force["1.001193"].procedure, by=None, at=AT)
    assert field_groups.uses(group.key) == []

    draft.definition["form"]["steps"][0]["fields"][0]["origin"] = "loai-viec@1"
    draft.save()

    assert field_groups.uses(group.key) == [draft]
    assert field_groups.uses("loai") == []


def test_a_name_changes_for_all_versions(group):
    field_groups.publish({"vi": "Loại việc"}, FIELDS[:1], key=group.key, by=None, at=AT)

    field_groups.rename(group.key, {"vi": "Việc", "en": "Matter"})

    assert set(FieldGroup.objects.values_list("name_vi", "name_en")) == {("Việc", "Matter")}
    with translation.override("en"), pytest.raises(field_groups.Refused):
        field_groups.rename(group.key, {"vi": " "})
