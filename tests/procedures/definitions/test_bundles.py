"""Importing and exporting; the documented schema."""

import copy
import json
from io import StringIO

import jsonschema
import pytest
import yaml
from django.core.management import CommandError, call_command

from portal.documents import canonical
from procedures.definitions import bundles, editing, loading
from procedures.definitions.models import CodeList, Procedure, ProcedureVersion
from procedures.eforms import lists
from procedures.eforms.schema import FieldType
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.golden import GOLDEN

CODES = sorted(GOLDEN)


def run(*arguments):
    out = StringIO()
    call_command("procedures", *arguments, stdout=out)
    return out.getvalue()


def versions():
    return list(
        ProcedureVersion.objects.order_by("procedure__code", "number").values_list(
            "procedure__code", "number", "state"
        )
    )


@pytest.mark.parametrize("code", CODES)
def test_export_reads_back_to_the_same(in_force, bundled, code):
    again = bundles.read(bundles.export(in_force[code]))

    assert again == bundled[code]
    assert bundles.import_bundle(again, by=None, at=PUBLISHED_AT, publish=True) == in_force[code]
    assert bundles.export(ProcedureVersion(definition=dict(again))) == bundles.export(in_force[code])


def test_import_again_changes_nothing(in_force, bundled):
    before = versions()

    run("import", "--publish")

    assert versions() == before


def test_import_makes_a_draft_and_overwrites_only_that(in_force, bundled):
    changed = bundled["1.001193"] | {"keywords": ["khai sinh"]}
    draft = bundles.import_bundle(changed, by=None, at=PUBLISHED_AT)

    again = bundles.import_bundle(changed | {"keywords": ["em bé"]}, by=None, at=PUBLISHED_AT)

    assert (draft.number, draft.state, again.pk) == (2, "draft", draft.pk)
    assert again.definition["keywords"] == ["em bé"]
    in_force["1.001193"].refresh_from_db()
    assert in_force["1.001193"].definition == bundled["1.001193"]


def test_import_of_a_folder_is_all_or_nothing(db, tmp_path, bundled):
    for code, definition in bundled.items():
        (tmp_path / f"{code}.yaml").write_text(bundles.sources.write(definition))
    broken = tmp_path / "2.000635.yaml"
    broken.write_text(broken.read_text().replace("share: 65", "share: 64"))

    with pytest.raises(CommandError) as refused:
        run("import", str(tmp_path), "--publish")

    assert refused.value.returncode == 1
    line = broken.read_text()[: broken.read_text().index("\nstages:") + 1].count("\n") + 1
    assert str(refused.value) == f"{broken}:{line}: stages: the shares sum to 99, they must sum to 100"
    assert not Procedure.objects.exists()


def test_failure_while_writing_undoes_everything(db, bundled, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("disk")

    monkeypatch.setattr(bundles.publishing, "publish", fail)

    with pytest.raises(RuntimeError):
        bundles.import_all(list(bundled.values()), by=None, at=PUBLISHED_AT, publish=True)

    assert not Procedure.objects.exists()


def test_one_code_in_two_files_is_refused(db, tmp_path, bundled):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(bundles.sources.write(bundled["1.004873"]))

    with pytest.raises(CommandError, match=r"b\.yaml:2: code: 1\.004873 is also in .*a\.yaml"):
        run("import", str(tmp_path))


def test_bundle_in_json(db, tmp_path, bundled):
    (tmp_path / "a.json").write_text(json.dumps(bundled["1.004873"], ensure_ascii=False))

    run("import", str(tmp_path / "a.json"))

    assert versions() == [("1.004873", 1, "draft")]


def test_missing_file_is_said(db):
    with pytest.raises(CommandError, match=r"khong-co\.yaml:1: cannot be read"):
        run("lint", "/khong-co.yaml")


def test_empty_folder_is_said(db, tmp_path):
    with pytest.raises(CommandError, match="no bundle in"):
        run("lint", str(tmp_path))


def test_lint_says_that_all_is_in_order(db):
    assert run("lint").count("is in order") == len(CODES)


def test_export_to_a_folder_and_list(in_force, tmp_path):
    run("export", "--output", str(tmp_path))

    assert sorted(file.stem for file in tmp_path.iterdir()) == CODES
    assert run("list").count("published") == len(CODES)
    assert run("export", "1.004873").startswith("schema: 2\ncode: 1.004873\n") is False
    assert yaml.safe_load(run("export", "1.004873"))["code"] == "1.004873"


def test_export_of_nothing_is_said(in_force):
    with pytest.raises(CommandError, match=r"9\.999999"):
        run("export", "9.999999")


@pytest.fixture(scope="module")
def documented():
    schema = json.loads((bundles.FOLDER.parent / "bundle.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize("code", CODES)
def test_bundles_follow_the_documented_schema(documented, bundled, code):
    errors = list(jsonschema.Draft202012Validator(documented).iter_errors(dict(bundled[code])))

    assert errors == []


def test_documented_schema_knows_what_the_code_knows(documented):
    field = documented["$defs"]["field"]["properties"]

    # Publishing alone writes lists, into the snapshot.
    assert set(documented["properties"]) == set(loading.READERS) - {"lists"}
    assert set(field["type"]["enum"]) == {str(kind) for kind in FieldType}
    assert all(name in field["list"]["description"] for name in lists.NAMES)
    assert documented["properties"]["life_event"]["enum"] == list(loading.LIFE_EVENTS)


# ── Saying first what would change ────────────────────────────────────────────────────────────────


def test_dry_run_tells_the_differences_and_changes_nothing(in_force, bundled, tmp_path):
    changed = copy.deepcopy(dict(bundled["1.001193"]))
    changed["fees"][0]["unit_amount"] = "6000"
    changed["keywords"] = [*changed["keywords"], "con nuôi"]
    (tmp_path / "a.yaml").write_text(bundles.sources.write(changed))
    (tmp_path / "b.yaml").write_text(bundles.sources.write(bundled["1.004873"]))
    before = list(ProcedureVersion.objects.order_by("pk").values())

    told = run("import", str(tmp_path), "--dry-run", "--publish").splitlines()

    assert told[0].split()[:2] == ["1.001193", "changed"]
    assert any("fees.late_registration.unit_amount" in line and "5000 → 6000" in line for line in told)
    assert any("con nuôi" in line for line in told)
    assert told[-1].split()[:2] == ["1.004873", "unchanged"]
    assert list(ProcedureVersion.objects.order_by("pk").values()) == before
    assert not CodeList.objects.exists()


def test_dry_run_on_an_empty_site_says_that_all_is_new(db):
    told = run("import", "--dry-run").splitlines()

    assert [line.split()[1] for line in told] == ["new"] * len(told)
    assert len(told) >= 4
    assert not Procedure.objects.exists()


def test_dry_run_refuses_what_import_would_refuse(db, tmp_path, bundled):
    (tmp_path / "a.yaml").write_text(bundles.sources.write(dict(bundled["1.001193"]) | {"colour": "red"}))

    with pytest.raises(CommandError, match="colour: is unknown here"):
        run("import", str(tmp_path), "--dry-run")


def test_replacing_a_live_procedure_makes_a_new_version(in_force, bundled):
    changed = dict(bundled["1.001193"]) | {"keywords": ["khai sinh"]}

    version = bundles.import_bundle(changed, by=None, at=PUBLISHED_AT, publish=True)

    assert (version.number, version.state) == (2, "published")
    in_force["1.001193"].refresh_from_db()
    assert in_force["1.001193"].state == "retired"
    assert in_force["1.001193"].definition == bundled["1.001193"]


def test_overwriting_a_draft_is_an_edit_that_can_be_undone(db, bundled):
    draft = bundles.import_bundle(bundled["1.001193"], by=None, at=PUBLISHED_AT)
    keywords = draft.definition["keywords"]
    changed = dict(bundled["1.001193"]) | {"keywords": ["khai sinh"]}

    draft = bundles.import_bundle(changed, by=None, at=PUBLISHED_AT)

    assert (draft.revision, draft.definition) == (1, changed)
    assert draft.digest == canonical.sha256(changed)
    assert [edit.place for edit in draft.edits.all()] == ["keywords"]
    assert editing.undo(draft, by=None, at=PUBLISHED_AT).definition["keywords"] == keywords
