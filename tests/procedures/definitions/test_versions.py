"""Beginning, copying and throwing away drafts: who may, and that nobody's work is lost."""

import pytest

from procedures.definitions import bundles, editing, publishing, versions
from procedures.definitions.models import Edit, Procedure, ProcedureVersion, VersionState
from tests.factories import AgencyFactory, staff
from tests.procedures.conftest import PUBLISHED_AT as AT

CODE = "1.009999"
NAME = {"vi": "Thủ tục mẫu", "en": "Sample"}


@pytest.fixture
def city(db):
    return AgencyFactory(name="UBND thành phố Mẫu")


@pytest.fixture
def ward(city):
    return AgencyFactory(parent=city)


@pytest.fixture
def admin(city):
    return staff("procedure_admin", city)


@pytest.fixture
def ward_admin(ward):
    return staff("procedure_admin", ward)


@pytest.fixture
def published(db, bundled):
    return bundles.import_bundle(bundled["1.004873"], by=None, at=AT, publish=True)


def test_a_new_procedure_begins_with_an_empty_draft(admin):
    draft = versions.start(CODE, owner=None, name=NAME, by=admin, at=AT)

    assert (draft.procedure.code, draft.number, draft.state, draft.revision) == (
        CODE,
        1,
        VersionState.DRAFT,
        0,
    )
    assert (draft.name_vi, draft.name_en, draft.definition["code"]) == ("Thủ tục mẫu", "Sample", CODE)
    assert draft.definition["form"] == {"steps": []}


@pytest.mark.parametrize("code", ["", "1.1", "1.00999", "x", "1.0099999"])
def test_a_code_looks_like_a_code(admin, code):
    with pytest.raises(versions.CodeRefused):
        versions.start(code, owner=None, name=NAME, by=admin, at=AT)

    assert not Procedure.objects.exists()


def test_a_code_is_taken_once(admin):
    versions.start(CODE, owner=None, name=NAME, by=admin, at=AT)

    with pytest.raises(versions.CodeRefused, match=CODE):
        versions.start(CODE, owner=None, name=NAME, by=admin, at=AT)


def test_the_own_branch_is_where_procedures_are_made(admin, ward_admin, ward, city):
    assert versions.start(CODE, owner=ward, name=NAME, by=ward_admin, at=AT).procedure.owner == ward
    assert versions.start("1.009998", owner=ward, name=NAME, by=admin, at=AT)
    for owner in (None, city, AgencyFactory(parent=city)):
        with pytest.raises(versions.NotTheirs):
            versions.start("1.009997", owner=owner, name=NAME, by=ward_admin, at=AT)


def test_a_procedure_of_another_branch_is_not_edited(published, ward_admin, admin):
    with pytest.raises(versions.NotTheirs):
        versions.draft_of(published.procedure, by=ward_admin, at=AT)

    assert versions.draft_of(published.procedure, by=admin, at=AT).origin == published


def test_editing_what_is_in_force_begins_with_a_copy_once(published, admin):
    draft = versions.draft_of(published.procedure, by=admin, at=AT)
    edited = editing.set_value(draft, "name.vi", "Tên mới", revision=0, by=admin, at=AT)

    assert (draft.number, draft.definition, draft.digest) == (2, published.definition, published.digest)
    assert versions.draft_of(published.procedure, by=admin, at=AT) == edited
    published.refresh_from_db()
    assert published.definition["name"]["vi"] != "Tên mới"


def test_an_older_version_is_restored_as_a_draft(published, admin, bundled):
    second = bundles.import_bundle(bundled["1.004873"] | {"keywords": []}, by=None, at=AT, publish=True)

    draft = versions.draft_of(published.procedure, origin=published, by=admin, at=AT)

    assert (draft.number, draft.definition, draft.origin) == (3, published.definition, published)
    assert publishing.publish(draft, by=admin, at=AT).definition != second.definition


def test_restoring_does_not_throw_a_draft_away(published, admin):
    draft = versions.draft_of(published.procedure, by=admin, at=AT)

    with pytest.raises(versions.DraftExists) as found:
        versions.draft_of(published.procedure, origin=published, by=admin, at=AT)

    assert found.value.draft == draft


def test_a_version_of_another_procedure_is_not_restored(published, admin):
    other = versions.start(CODE, owner=None, name=NAME, by=admin, at=AT)
    versions.discard(versions.draft_of(published.procedure, by=admin, at=AT), by=admin, at=AT)

    with pytest.raises(ProcedureVersion.DoesNotExist):
        versions.draft_of(published.procedure, origin=other, by=admin, at=AT)


def test_copying_to_a_new_code(published, admin, ward):
    copy = versions.copy(published, CODE, owner=ward, by=admin, at=AT)

    assert (copy.procedure.code, copy.procedure.owner, copy.number, copy.origin) == (CODE, ward, 1, published)
    assert copy.definition == published.definition | {"code": CODE}


def test_discarding_takes_the_draft_and_its_history(published, admin):
    draft = versions.draft_of(published.procedure, by=admin, at=AT)
    editing.set_value(draft, "name.vi", "Tên mới", revision=0, by=admin, at=AT)

    versions.discard(draft, by=admin, at=AT)

    assert list(ProcedureVersion.objects.all()) == [published]
    assert not Edit.objects.exists()
    with pytest.raises(publishing.NotADraft):
        versions.discard(published, by=admin, at=AT)


def test_a_procedure_that_never_was_goes_with_its_draft(admin, ward_admin):
    draft = versions.start(CODE, owner=None, name=NAME, by=admin, at=AT)
    with pytest.raises(versions.NotTheirs):
        versions.discard(draft, by=ward_admin, at=AT)

    versions.discard(draft, by=admin, at=AT)

    assert not Procedure.objects.exists()
