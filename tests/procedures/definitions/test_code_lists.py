"""Managed code lists: versions that never change, frozen into what is published."""

from datetime import timedelta

import pytest

from procedures.definitions import bundles, code_lists, runtime
from procedures.definitions.models import CodeList, CodeListVersion, ImmutableVersion
from procedures.eforms import journey, lists
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.definitions.variants import changed, field, problems
from tests.procedures.golden import CONTEXT, GOLDEN

pytestmark = pytest.mark.django_db
LATER = PUBLISHED_AT + timedelta(days=1)
SCHOOLS = [{"value": "a", "vi": "Trường A", "en": "School A"}, {"value": "b", "vi": "Trường B", "en": ""}]


def publish(options, key="schools"):
    CodeList.objects.get_or_create(key=key, defaults={"name_vi": "Trường học"})
    return code_lists.publish(key, options, reason="QĐ 1/QĐ-UBND", by=None, at=PUBLISHED_AT)


def test_without_a_row_there_is_what_comes_with_the_program():
    assert [row["value"] for row in code_lists.options("ethnic_groups")][:2] == ["Kinh", "Tày"]
    assert len(code_lists.options("provinces")) == 34
    with pytest.raises(KeyError):
        code_lists.options("shoe_sizes")


def test_install_makes_what_comes_with_the_program_managed_and_again_changes_nothing():
    code_lists.install(at=PUBLISHED_AT)
    publish(SCHOOLS, key="relations")
    before = list(CodeListVersion.objects.order_by("id").values())

    code_lists.install(at=LATER)

    assert list(CodeListVersion.objects.order_by("id").values()) == before
    assert set(CodeList.objects.values_list("key", flat=True)) == set(lists.NAMES)
    assert code_lists.options("relations") == SCHOOLS


def test_import_installs_the_lists(bundled):
    bundles.import_all(list(bundled.values()), by=None, at=PUBLISHED_AT)

    assert CodeListVersion.objects.filter(number=1).count() == len(lists.NAMES)


def test_every_version_stays_and_the_newest_counts():
    first = publish(SCHOOLS)
    second = publish([*SCHOOLS, {"value": "c", "vi": "Trường C"}])

    assert (first.number, second.number, second.reason) == (1, 2, "QĐ 1/QĐ-UBND")
    assert first.options == SCHOOLS
    assert [row["value"] for row in code_lists.options("schools")] == ["a", "b", "c"]
    assert publish([*SCHOOLS, {"value": "c", "vi": "Trường C"}]) == second


def test_one_query_for_all_lists(django_assert_num_queries):
    publish(SCHOOLS)

    with django_assert_num_queries(1):
        found = code_lists.every()

    assert set(found) == {"schools", *lists.NAMES}


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ([], [0]),
        ([{"value": "", "vi": "x"}], [0]),
        ([{"value": "a", "vi": "  "}], [0]),
        ([{"value": "a", "vi": "x"}, {"value": " a ", "vi": "y"}], [1]),
        (
            [{"value": "a" * 61, "vi": "x"}, {"value": "a<b", "vi": "x"}, {"value": "c", "vi": "x" * 201}],
            [0, 1, 2],
        ),
    ],
)
def test_options_that_cannot_be_are_refused_with_their_rows(options, rows):
    with pytest.raises(code_lists.InvalidOptions) as refused:
        publish(options)

    assert [index for index, _reason in refused.value.problems] == rows
    assert not CodeListVersion.objects.exists()


def test_an_unknown_list_has_no_versions():
    with pytest.raises(CodeList.DoesNotExist):
        code_lists.publish("nothing", SCHOOLS, reason="", by=None, at=PUBLISHED_AT)


def test_differences_are_told_by_value():
    new = [SCHOOLS[1] | {"vi": "Trường B mới"}, {"value": "c", "vi": "Trường C", "en": ""}]

    found = code_lists.differences(SCHOOLS, new)

    assert {(each.kind, each.value) for each in found} == {("removed", "a"), ("changed", "b"), ("added", "c")}
    assert code_lists.differences(SCHOOLS, SCHOOLS) == []


# ── In definitions ────────────────────────────────────────────────────────────────────────────────


def naming(bundled, key):
    definition = changed(bundled["1.001193"])
    field(definition, "child_ethnicity")["list"] = key
    return definition


def test_a_list_that_nobody_manages_is_refused(bundled):
    ((path, reason),) = problems(naming(bundled, "schools"))

    assert path == "form.steps[2].fields[3].list"
    assert "is “schools”, must be one of: ethnic_groups" in reason


def test_what_is_published_keeps_the_options_of_its_day(bundled):
    publish(SCHOOLS)
    version = bundles.import_bundle(naming(bundled, "schools"), by=None, at=PUBLISHED_AT, publish=True)

    publish([{"value": "z", "vi": "Trường Z"}])
    runtime.definition.cache_clear()
    form = runtime.definition(version.pk).form
    answers = GOLDEN["1.001193"].with_files()

    assert [option.value for option in form.field("child_ethnicity").choices] == ["a", "b"]
    assert str(form.field("child_ethnicity").label_of("a")) == "Trường A"
    kept, lost = (
        journey.walk(form, answers | {"child_ethnicity": value}, context=CONTEXT).answers.get(
            "child_ethnicity"
        )
        for value in ("a", "z")
    )
    assert (kept, lost) == ("a", None)


def test_built_in_lists_are_frozen_too(bundled):
    version = bundles.import_bundle(bundled["1.001193"], by=None, at=PUBLISHED_AT, publish=True)

    assert set(version.snapshot["lists"]) == {"ethnic_groups", "nationalities", "identity_papers"}
    form = runtime.of_snapshot(version.snapshot).form
    again = runtime.of_snapshot(version.snapshot).form
    assert form.field("child_ethnicity").code_list is again.field("child_ethnicity").code_list


def test_the_author_of_a_bundle_does_not_write_lists(bundled):
    assert problems(changed(bundled["1.001193"], lists={"schools": SCHOOLS})) == [
        ("lists", "is unknown here")
    ]
    assert ("lists", "is unknown here") in problems(changed(bundled["1.001193"], lists=[1]))


def test_a_version_of_a_list_never_changes():
    version = publish(SCHOOLS)
    version.options = []

    with pytest.raises(ImmutableVersion):
        version.save()
