"""The letters of our papers: one serif family that covers Vietnamese, found once and cut down once.

A paper may look the same everywhere only if it never takes "some" system font, so the four faces are
read as files and given to the renderer by @font-face. Debian's old `fonts-liberation` (1.07) carries the
same names and lacks 92 of the 146 Vietnamese letters: a family is taken for what is in its files.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

STYLES = ("regular", "bold", "italic", "bold-italic")

# Raised with every change of ALPHABET or of the subsetting, so that no old cut is taken from the cache.
CUT = "1"


@dataclass(frozen=True, slots=True)
class Family:
    """A typeface by its file names, in the order of STYLES, and the Debian package that brings it."""

    name: str
    package: str
    files: tuple[str, str, str, str]


def _family(name: str, package: str, stem: str, regular: str = "-Regular") -> Family:
    return Family(
        name,
        package,
        (f"{stem}{regular}.ttf", f"{stem}-Bold.ttf", f"{stem}-Italic.ttf", f"{stem}-BoldItalic.ttf"),
    )


# Those with the widths of Times New Roman first: NĐ 30/2020 asks for that face.
FAMILIES = (
    _family("Liberation Serif", "fonts-liberation2", "LiberationSerif"),
    _family("Tinos", "fonts-croscore", "Tinos"),
    _family("Noto Serif", "fonts-noto-core", "NotoSerif"),
    _family("DejaVu Serif", "fonts-dejavu-extra", "DejaVuSerif", regular=""),
)
ROOTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
)

VIETNAMESE = frozenset(
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz"
    "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆFGHIÌÍỈĨỊJKLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVWXYỲÝỶỸỴZ"
    "0123456789.,;:/()-–…“”₫"
)
# Latin with its extensions (names in Ê Đê, Gia Rai or Ba Na need ƀ, ĭ and combining breves; foreigners' names
# the rest), Greek and Cyrillic, punctuation, currency, numero and arrows, simple shapes. What a face lacks of
# these it lacks; VIETNAMESE is what it must have.
ALPHABET = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2BB, 0x2BC), (0x2C6, 0x2DD), (0x300, 0x331), (0x386, 0x3CE), (0x401, 0x45F),
    (0x1E00, 0x1EFF), (0x2010, 0x203A), (0x2070, 0x208E), (0x20AB, 0x20AC), (0x2116, 0x2122), (0x2153, 0x215E),
    (0x2190, 0x2193), (0x2212, 0x2212), (0x2248, 0x2265), (0x25A0, 0x25CF),
)  # fmt: skip


class FontMissing(Exception):
    """No serif family with all four faces and every Vietnamese letter is installed."""

    def __init__(self) -> None:
        packages = ", ".join(family.package for family in FAMILIES)
        super().__init__(
            "No font on this machine can print Vietnamese papers. Install one: "
            f"apt-get install {FAMILIES[0].package} (or one of: {packages})."
        )


@dataclass(frozen=True, slots=True)
class Faces:
    """The family in use: its name, the cut-down font files by style, and the characters all four can print."""

    name: str
    files: Mapping[str, bytes]
    letters: frozenset[str]


@functools.cache
def faces() -> Faces:
    """The first family of FAMILIES that covers Vietnamese. Raises FontMissing. Read once per process."""
    for family in FAMILIES:
        for files in _installed(family):
            if found := _covering(family.name, files):
                return found
    raise FontMissing


def unprintable(text: str) -> list[str]:
    """The characters of `text` that no paper can show (emoji, Hán Nôm …), each once, in order. Raises FontMissing."""
    letters = faces().letters
    return [char for char in dict.fromkeys(plain(text)) if char not in letters and char not in "\t\n\r"]


def plain(text: str) -> str:
    """`text` in NFC without invisible format characters: they print nothing, and some turn the reading order."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(char for char in normal if unicodedata.category(char) != "Cf")


def _covering(name: str, files: list[Path]) -> Faces | None:
    cuts = {style: _cut(path.read_bytes()) for style, path in zip(STYLES, files, strict=True)}
    letters = frozenset.intersection(*(_letters(cut) for cut in cuts.values()))
    return Faces(name, cuts, letters) if letters >= VIETNAMESE else None


def _installed(family: Family) -> Iterator[list[Path]]:
    """The family's four files, once per place that has all of them: fontconfig's choice first."""
    homes = [_chosen(family.name), *(path.parent for root in ROOTS for path in root.rglob(family.files[0]))]
    for home in dict.fromkeys(filter(None, homes)):
        files = [home / name for name in family.files]
        if all(path.is_file() for path in files):
            yield files


def _chosen(name: str) -> Path | None:
    """The folder of the file fontconfig takes for `name`; None without its command (it is not in every image)."""
    if not (command := shutil.which("fc-match")):
        return None
    done = subprocess.run(  # noqa: S603 - a fixed command with a name from this file
        [command, "-f", "%{file}", name], capture_output=True, text=True, timeout=20, check=False
    )
    return Path(done.stdout).parent if done.returncode == 0 and done.stdout else None


def _letters(font: bytes) -> frozenset[str]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - heavy, and only who prints needs it

    with TTFont(io.BytesIO(font), lazy=True) as face:
        return frozenset(map(chr, face.getBestCmap()))


def _cut(font: bytes) -> bytes:
    """`font` reduced to ALPHABET, from the cache if this very file was cut before.

    Each document embeds a subset again; out of a small file that takes a fraction of the time.
    """
    cache = _cache()
    path = cache / f"{hashlib.sha256(CUT.encode() + font).hexdigest()[:32]}.ttf" if cache else None
    if path and path.is_file():
        return path.read_bytes()
    small = _subset(font)
    if path:
        _write(path, small)
    return small


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: another process may be reading."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def _cache() -> Path | None:
    """A folder that is ours alone; None where somebody else made it first (then each process cuts for itself)."""
    folder = Path(tempfile.gettempdir()) / f"motcua-fonts-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    ours = folder.is_dir() and not folder.is_symlink() and status.st_uid == os.getuid()
    return folder if ours and not status.st_mode & 0o077 else None


def _subset(font: bytes) -> bytes:
    from fontTools import subset  # noqa: PLC0415 - heavy, and needed only when the cache is cold
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    options = subset.Options(
        layout_features=["kern", "mark", "mkmk", "ccmp", "locl"],
        hinting=False, notdef_outline=True, name_IDs=["*"], drop_tables=["FFTM", "DSIG", "PCLT"],
    )  # fmt: skip
    # The file's own time of change stays: the same font must give the same bytes.
    face = TTFont(io.BytesIO(font), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in ALPHABET for code in range(first, last + 1)])
    cutter.subset(face)
    out = io.BytesIO()
    face.save(out)
    return out.getvalue()
