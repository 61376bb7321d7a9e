import base64
import hashlib
import io
import subprocess
import time

import pytest
from fontTools.ttLib import TTFont

from portal import fonts


@pytest.fixture
def package():
    digest = base64.b64encode(hashlib.sha512(b"an archive").digest()).decode()
    return fonts.Package("@made/up", "1.0.0", digest)


def test_the_archive_is_named_as_npm_names_it():
    assert fonts.VIETNAM.archive == f"fontsource-be-vietnam-pro-{fonts.VIETNAM.version}.tgz"


def test_a_kept_archive_is_used_again_without_npm(package, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    (tmp_path / package.archive).write_bytes(b"an archive")

    assert fonts.fetch(package, tmp_path) == tmp_path / package.archive


def test_without_npm_there_are_no_fonts(package, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(fonts.FontsUnavailable, match="npm is not installed"):
        fonts.fetch(package, tmp_path)


def test_another_archive_than_the_one_meant_is_refused(package, tmp_path, monkeypatch):
    monkeypatch.setattr(fonts.shutil, "which", lambda _name: "npm")
    monkeypatch.setattr(fonts, "_pack", lambda *_args: (tmp_path / package.archive).write_bytes(b"another"))

    with pytest.raises(fonts.FontsUnavailable, match="not the archive"):
        fonts.fetch(package, tmp_path)

    assert not (tmp_path / package.archive).exists()


def test_an_npm_that_fails_leaves_the_pages_as_they_are(settings, tmp_path, monkeypatch, caplog):
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(fonts.shutil, "which", lambda _name: "npm")

    def fail(*_args, **_options):
        raise subprocess.TimeoutExpired("npm", 1)

    monkeypatch.setattr(fonts.subprocess, "run", fail)

    assert fonts.build() is False
    assert "Web fonts were left out" in caplog.text
    assert not (tmp_path / ".static-build").exists()


def test_fonts_are_made_once(settings, tmp_path, monkeypatch):
    settings.BASE_DIR = tmp_path
    made = []
    monkeypatch.setattr(fonts, "_fonts", lambda _folder: made.append(1) or [("bvp-400.woff2", b"a font")])

    assert fonts.build() is True
    assert fonts.build() is True

    assert made == [1]
    assert (tmp_path / ".static-build" / "mc" / "bvp-400.woff2").read_bytes() == b"a font"


def test_built_fonts_have_every_letter_of_vietnamese(settings):
    """Runs where the archives have been fetched by `manage.py build`; asks no registry itself."""
    folder = settings.BASE_DIR / ".cache" / "fonts"
    if not all((folder / package.archive).is_file() for package in (fonts.VIETNAM, fonts.PLEX)):
        pytest.skip("the font packages have not been fetched (manage.py build)")
    files = dict(fonts._fonts(folder))
    time.sleep(1.1)  # fonts count in seconds
    again = dict(fonts._fonts(folder))
    letters = {chr(code) for code in TTFont(io.BytesIO(files["bvp-400.woff2"])).getBestCmap()}

    assert set("ẾẴắằẳẵặơờởỡợưừửữựđĐỹ₫“”–") - letters == set()
    assert sorted(files) == ["bvp-400.woff2", "bvp-600.woff2", "num-400.woff2", "num-600.woff2"]
    assert again == files
    assert sum(map(len, files.values())) < 26_000
