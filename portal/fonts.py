"""Web fonts: fetched as npm packages when the static files are built, never kept in the repository.

Be Vietnam Pro (SIL OFL) has every Vietnamese letter but no tabular digits; those come from IBM Plex
Sans (SIL OFL), scaled to its cap height. Both are cut down to what Vietnamese and English need:
four files, 23 KB together. Where npm or the registry cannot be had, the pages use the fallback face
of mc.css, which has the same measures, so that nothing jumps and nothing is cut off.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.staticfiles import finders

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

log = logging.getLogger(__name__)

TIMEOUT = 60  # seconds for one package
MADE = 3_850_000_000  # what the fonts say of their making: seconds since 1904
# Printable ASCII without the digits, the signs and letters of Vietnamese in Latin-1, the Vietnamese
# blocks, the combining marks, quotes and dashes. Foreign letters beyond these come from the fallback.
LETTERS = [
    *range(0x20, 0x30),
    *range(0x3A, 0x7F),
    *(ord(sign) for sign in "\u00a0§©«°²³·»½×÷–—‘’“”•…₫−"),
    *(ord(letter) for letter in "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư"),
    *range(0x1EA0, 0x1EFA),
    *(0x300, 0x301, 0x303, 0x309, 0x323),
]
DIGITS = [*range(0x30, 0x3A)]


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package at one version, by the SHA-512 that the registry published for it."""

    name: str
    version: str
    sha512: str

    @property
    def archive(self) -> str:
        """The file name that `npm pack` gives it."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


VIETNAM = Package(
    "@fontsource/be-vietnam-pro",
    "5.3.0",
    "xhAQBGHDxP5BF8IJxedy5MoWUmc1DlPCcZbMLhvnPkf8TaYCbbUVs3LjpuJ4BYdTrdiCLaewNaY8z+owq/FqFw==",
)
# The variable cut: the weight 450, which sits well beside Be Vietnam Pro 400, has no file of its own.
PLEX = Package(
    "@fontsource-variable/ibm-plex-sans",
    "5.3.0",
    "agG8tXFEo0hD9+J7npa4vbbWult52eMLVaQ6WQRlhs/iCAojrMAoejru85W9HTVXHfyUj96KM7gp/KGAS87XaQ==",
)

FACES = """/* Made by portal/fonts.py ({recipe}). Be Vietnam Pro and IBM Plex Sans: SIL Open Font License 1.1. */
@font-face { font-family: "BVP"; src: url(bvp-400.woff2) format("woff2"); font-weight: 400; font-display: swap; }
@font-face {
  font-family: "BVP"; src: url(bvp-600.woff2) format("woff2"); font-weight: 600 700; font-display: swap;
}
@font-face {
  font-family: "BVP"; src: url(num-400.woff2) format("woff2"); font-weight: 400; font-display: swap;
  size-adjust: 106%; unicode-range: U+30-39;
}
@font-face {
  font-family: "BVP"; src: url(num-600.woff2) format("woff2"); font-weight: 600 700; font-display: swap;
  size-adjust: 106%; unicode-range: U+30-39;
}
"""


class FontsUnavailable(Exception):
    """The packages could not be had; the message says why, for the person who builds."""


@cache
def are_built() -> bool:
    """Do the pages have web fonts? Asked once per process."""
    collected = Path(settings.STATIC_ROOT) / "mc" / "fonts.css"
    return collected.is_file() or finders.find("mc/fonts.css") is not None


def build(target: Path | None = None) -> bool:
    """Make the four fonts and `fonts.css` in `target`/mc; False, said in the log, when they cannot be had.

    Kept archives are used again (`.cache/fonts`, checked by their SHA-512), so a second build asks nobody;
    fonts made by this very file are left as they are.
    """
    folder = (target or settings.BASE_DIR / ".static-build") / "mc"
    if _are_made(folder):
        return True
    try:
        files = dict(_fonts(settings.BASE_DIR / ".cache" / "fonts"))
    except FontsUnavailable as problem:
        log.warning("Web fonts were left out: %s. Pages fall back to Arial's metrics.", problem)
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    # Last: a build that was broken off has no sheet, and the pages ask for no font.
    (folder / "fonts.css").write_text(FACES.replace("{recipe}", _recipe()))
    return True


def _recipe() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


def _are_made(folder: Path) -> bool:
    sheet = folder / "fonts.css"
    return sheet.is_file() and _recipe() in sheet.read_text()


def _fonts(cache_folder: Path) -> Iterator[tuple[str, bytes]]:
    vietnam, plex = fetch(VIETNAM, cache_folder), fetch(PLEX, cache_folder)
    for weight in (400, 600):
        files = [f"be-vietnam-pro-{script}-{weight}-normal.woff2" for script in ("latin", "vietnamese")]
        yield f"bvp-{weight}.woff2", _letters([_member(vietnam, name) for name in files])
    digits = _member(plex, "ibm-plex-sans-latin-wght-normal.woff2")
    for weight, drawn in ((400, 450), (600, 600)):
        yield f"num-{weight}.woff2", _digits(digits, drawn)


def fetch(package: Package, folder: Path) -> Path:
    """The package's archive: the kept one if it is whole, otherwise by `npm pack`.

    Raises FontsUnavailable when npm is missing or fails, or when the archive is not the one meant.
    """
    archive = folder / package.archive
    if archive.is_file() and _is_whole(archive, package):
        return archive
    npm = shutil.which("npm")
    if npm is None:
        raise FontsUnavailable("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    _pack(npm, package, folder)
    if not (archive.is_file() and _is_whole(archive, package)):
        archive.unlink(missing_ok=True)
        raise FontsUnavailable(f"{package.name} {package.version} is not the archive that was expected")
    return archive


def _pack(npm: str, package: Package, folder: Path) -> None:
    patience = ["--fetch-retries=1", "--fetch-timeout=20000"]
    command = [npm, "pack", "--silent", "--ignore-scripts", *patience, f"{package.name}@{package.version}"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=TIMEOUT)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as problem:
        raise FontsUnavailable(f"npm could not fetch {package.name}") from problem


def _is_whole(archive: Path, package: Package) -> bool:
    return base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == package.sha512


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        found = tar.extractfile(f"package/files/{name}")
        if found is None:
            raise FontsUnavailable(f"{archive.name} has no {name}")
        return found.read()


def _letters(cuts: list[bytes]) -> bytes:
    """One font of the letters in `cuts`, which the package keeps in a file per script."""
    # fontTools is heavy and only building needs it.
    from fontTools import merge  # noqa: PLC0415

    parts = [io.BytesIO(_save(_subset(cut, LETTERS), flavor=None)) for cut in cuts]
    return _save(merge.Merger().merge(parts), flavor="woff2")


def _digits(variable: bytes, weight: int) -> bytes:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - as above
    from fontTools.varLib import instancer  # noqa: PLC0415

    font = instancer.instantiateVariableFont(TTFont(io.BytesIO(variable)), {"wght": weight})
    return _save(_subset(_save(font, flavor=None), DIGITS), flavor="woff2")


def _subset(content: bytes, letters: list[int]) -> TTFont:
    from fontTools import subset  # noqa: PLC0415 - as above
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    options = subset.Options(
        hinting=False, layout_features=["kern", "mark", "mkmk", "ccmp"], notdef_outline=True
    )
    options.name_IDs = [0, 1, 2, 13, 14]  # copyright and licence stay in the file
    font = TTFont(io.BytesIO(content))
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    return font


def _save(font: TTFont, *, flavor: str | None) -> bytes:
    # The same bytes from the same packages: a rebuild must not make every reader fetch the fonts again.
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = MADE
    font.flavor = flavor
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
