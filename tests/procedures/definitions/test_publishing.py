"""Draft → published → retired, and never back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from procedures.definitions import bundles, publishing, runtime, validation
from procedures.definitions.models import ImmutableVersion, ProcedureVersion, VersionState
from tests.factories import UserFactory
from tests.procedures.conftest import PUBLISHED_AT

LATER = PUBLISHED_AT + timedelta(days=1)


@pytest.fixture
def draft(db, bundled):
    return bundles.import_bundle(bundled["1.004873"], by=None, at=PUBLISHED_AT)


def test_publish_retires_the_one_before(draft, bundled):
    admin = UserFactory(person=None, username="quantri")
    first = publishing.publish(draft, by=admin, at=PUBLISHED_AT)
    changed = bundled["1.004873"] | {"keywords": ["độc thân"]}

    second = bundles.import_bundle(changed, by=admin, at=LATER, publish=True)

    first.refresh_from_db()
    assert (first.state, first.retired_at, first.retired_by) == (VersionState.RETIRED, LATER, admin)
    assert (second.number, second.state, second.published_at) == (2, VersionState.PUBLISHED, LATER)
    assert runtime.definition(first.pk).code == runtime.definition(second.pk).code


def test_published_keeps_what_the_bundle_said(draft, bundled):
    version = publishing.publish(draft, by=None, at=PUBLISHED_AT)

    version.refresh_from_db()
    assert version.definition == bundled["1.004873"]
    assert version.snapshot["form"]["steps"][-1]["key"] == "papers"
    assert version.name_vi == "Cấp Giấy xác nhận tình trạng hôn nhân"
    assert "xac nhan tinh trang hon nhan" in version.search_text


def test_only_a_draft_can_be_published(draft):
    version = publishing.publish(draft, by=None, at=PUBLISHED_AT)

    with pytest.raises(publishing.NotADraft):
        publishing.publish(version, by=None, at=LATER)


def test_unsound_draft_is_not_published(draft):
    draft.definition = draft.definition | {"stages": []}
    draft.save()

    with pytest.raises(validation.InvalidDefinition, match="stages"):
        publishing.publish(draft, by=None, at=PUBLISHED_AT)

    draft.refresh_from_db()
    assert draft.state == VersionState.DRAFT


def test_retire_without_successor(draft):
    version = publishing.publish(draft, by=None, at=PUBLISHED_AT)

    publishing.retire(version, by=None, at=LATER)

    assert not ProcedureVersion.objects.current().exists()
    with pytest.raises(publishing.NotPublished):
        publishing.retire(version, by=None, at=LATER)


CHANGES = {
    "whole": lambda version: version.save(),
    "definition": lambda version: version.save(update_fields=["definition"]),
    "snapshot": lambda version: version.save(update_fields=["snapshot"]),
    "delete": lambda version: version.delete(),
    "bulk": lambda version: ProcedureVersion.objects.filter(pk=version.pk).update(snapshot={}),
    "bulk delete": lambda version: ProcedureVersion.objects.filter(pk=version.pk).delete(),
}


@pytest.mark.parametrize("retired", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_content_in_force_cannot_be_changed(draft, change, retired):
    version = publishing.publish(draft, by=None, at=PUBLISHED_AT)
    if retired:
        version = publishing.retire(version, by=None, at=LATER)
    before = ProcedureVersion.objects.values().get(pk=version.pk)
    version.definition, version.snapshot = {}, {}

    with pytest.raises(ImmutableVersion):
        CHANGES[change](version)

    assert ProcedureVersion.objects.values().get(pk=version.pk) == before


def test_draft_can_be_changed_and_thrown_away(draft):
    draft.keywords = []
    draft.save()

    draft.delete()

    assert not ProcedureVersion.objects.exists()


def test_database_allows_one_published_version(draft, bundled):
    publishing.publish(draft, by=None, at=PUBLISHED_AT)
    other = bundles.import_bundle(bundled["1.004873"] | {"keywords": []}, by=None, at=LATER)
    other.state, other.snapshot = VersionState.PUBLISHED, {}

    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()


def test_draft_has_no_definition_at_runtime(draft):
    with pytest.raises(runtime.NotPublished):
        runtime.definition(draft.pk)
