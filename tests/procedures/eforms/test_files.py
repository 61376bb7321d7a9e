from django.core.files.uploadedfile import SimpleUploadedFile

from procedures.eforms import forms
from tests.procedures.eforms.samples import CONTEXT, Shelf, field, one, sent

PAPERS = one(field("name"), field("paper", "file", max_files=2))


def pdf(name="a.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7")


def test_a_file_is_stored_and_its_id_is_the_answer():
    shelf = Shelf()

    found = sent(PAPERS, uploads=shelf, files={"paper": [pdf()]}, name="x")

    assert found.is_valid()
    assert found.values()["paper"] == ["id-1"]
    assert shelf.files["id-1"].name == "a.pdf"


def test_a_file_survives_an_error_elsewhere():
    shelf = Shelf()

    found = sent(PAPERS, uploads=shelf, files={"paper": [pdf()]}, name="")
    again = forms.step_form(PAPERS, "only", answers={}, context=CONTEXT, typed=found.typed(), uploads=shelf)

    assert found.errors == {"name": ["Fill in label name"]}
    assert 'name="paper__kept" value="id-1"' in str(found)
    assert found.typed()["paper__kept"] == ["id-1"]
    assert 'name="paper__kept" value="id-1"' in str(again)


def test_kept_files_are_sent_again_by_id_and_joined_by_new_ones():
    shelf = Shelf()
    sent(PAPERS, uploads=shelf, files={"paper": [pdf()]}, name="").typed()

    found = sent(PAPERS, uploads=shelf, files={"paper": [pdf("b.pdf")]}, name="x", paper__kept="id-1")

    assert found.values()["paper"] == ["id-1", "id-2"]


def test_a_stranger_s_file_is_not_taken():
    found = sent(PAPERS, uploads=Shelf(), name="x", paper__kept="somebody-else")

    assert found.errors == {"paper": ["Attach label paper"]}


def test_one_refused_file_does_not_lose_the_others():
    shelf = Shelf()

    found = sent(PAPERS, uploads=shelf, files={"paper": [pdf("bad.exe"), pdf()]}, name="x")

    assert found.errors == {"paper": ["bad.exe is no pdf"]}
    assert found.typed()["paper__kept"] == ["id-1"]


def test_too_many_files_keep_the_first():
    found = sent(
        PAPERS, uploads=Shelf(), files={"paper": [pdf("1.pdf"), pdf("2.pdf"), pdf("3.pdf")]}, name="x"
    )

    assert found.errors["paper"] == ["Label paper can have at most 2 files; “3.pdf” was not taken"]
    assert len(found["paper"].raw) == 2


def test_a_file_is_taken_away_without_scripts():
    shelf = Shelf()
    sent(PAPERS, uploads=shelf, files={"paper": [pdf(), pdf("b.pdf")]}, name="x").values()

    found = sent(PAPERS, uploads=shelf, name="", paper__kept=["id-1", "id-2"], _remove="paper:id-1")

    assert found.row_action == forms.RowAction("remove", "paper", "id-1")
    assert found.errors == {}
    assert found.typed()["paper__kept"] == ["id-2"]


def test_attaching_shows_the_file_and_asks_nothing_else():
    found = sent(PAPERS, uploads=Shelf(), files={"paper": [pdf()]}, name="", _attach="paper")

    assert found.row_action == forms.RowAction("attach", "paper")
    assert found.errors == {}
    assert "a.pdf" in str(found)


def test_a_refused_file_is_said_even_when_only_attaching():
    found = sent(PAPERS, uploads=Shelf(), files={"paper": [pdf("bad.pdf")]}, name="", _attach="paper")

    assert found.errors == {"paper": ["bad.pdf is no pdf"]}


def test_stored_files_are_listed_and_full_is_full():
    shelf = Shelf()
    sent(PAPERS, uploads=shelf, files={"paper": [pdf(), pdf("<b>.pdf")]}, name="x").values()

    html = str(
        forms.step_form(PAPERS, "only", answers={"paper": ["id-1", "id-2"]}, context=CONTEXT, uploads=shelf)
    )

    assert "&lt;b&gt;.pdf" in html
    assert 'type="file"' not in html


def test_files_are_stored_once_however_often_the_form_is_asked():
    shelf = Shelf()

    found = sent(PAPERS, uploads=shelf, files={"paper": [pdf()]}, name="")
    found.is_valid(), found.typed(), str(found), found.values()

    assert list(shelf.files) == ["id-1"]
