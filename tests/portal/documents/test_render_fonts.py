"""Finding a family that can print Vietnamese, and cutting it down once."""

import io

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from portal.documents import fonts


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """No memory, no cache, and only the fonts of a folder of the test's own."""
    monkeypatch.setattr(fonts.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(fonts, "ROOTS", (tmp_path / "fonts",))
    monkeypatch.setattr(fonts, "_chosen", lambda _name: None)
    fonts.faces.cache_clear()
    yield tmp_path / "fonts"
    fonts.faces.cache_clear()


def install(folder, family, *, letters=None):
    """The four files of `family` made of the real ones, with `letters` alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(family.files, REAL.files.values(), strict=True):
        (folder / name).write_bytes(only(content, letters) if letters else content)


def only(content, letters):
    face = TTFont(io.BytesIO(content))
    cutter = subset.Subsetter()
    cutter.populate(text=letters)
    cutter.subset(face)
    out = io.BytesIO()
    face.save(out)
    return out.getvalue()


REAL = fonts.faces()


def test_a_machine_without_fonts_is_told_what_to_install(fresh):
    with pytest.raises(fonts.FontMissing, match="apt-get install fonts-liberation2"):
        fonts.faces()


def test_a_family_is_taken_for_what_is_in_its_files_not_for_its_name(fresh):
    """Debian's old fonts-liberation lies beside the new one and lacks most of Vietnamese."""
    install(fresh / "liberation", fonts.FAMILIES[0], letters="abcABC")
    install(fresh / "liberation2", fonts.FAMILIES[0])
    assert fonts.faces().letters >= fonts.VIETNAMESE


def test_the_next_family_serves_where_the_first_is_not(fresh):
    install(fresh, fonts.FAMILIES[1])
    assert fonts.faces().name == "Tinos"


def test_three_faces_of_four_are_no_family(fresh):
    install(fresh, fonts.FAMILIES[0])
    (fresh / fonts.FAMILIES[0].files[3]).unlink()
    with pytest.raises(fonts.FontMissing):
        fonts.faces()


def test_a_font_is_cut_once_for_all_processes(fresh, monkeypatch):
    install(fresh, fonts.FAMILIES[0])
    first = fonts.faces()
    fonts.faces.cache_clear()
    monkeypatch.setattr(fonts, "_subset", None)
    assert fonts.faces() == first


def test_a_cache_that_others_could_write_is_not_used(fresh):
    install(fresh, fonts.FAMILIES[0])
    folder = fonts._cache()
    folder.chmod(0o777)
    assert fonts._cache() is None
    assert fonts.faces().letters >= fonts.VIETNAMESE
    assert list(folder.iterdir()) == []
    folder.rmdir()
    folder.symlink_to(fresh)
    assert fonts._cache() is None


def test_without_fontconfig_known_folders_serve(monkeypatch):
    monkeypatch.setattr(fonts.shutil, "which", lambda _command: None)
    assert fonts._chosen("Liberation Serif") is None
