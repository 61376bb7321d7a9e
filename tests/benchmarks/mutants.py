"""Breaks the cash desk's guards one at a time, and looks whether the tests notice.

    python -m tests.benchmarks.mutants [WORDS]     all of tests/payments/mutants.py, or those that contain WORDS

Works in a copy of the tree. Ends with 1 when a mutant survives or when its text is not in the source any more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.payments.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "payments", "procedures", "templates", "tests")
FILES = ("manage.py", "pyproject.toml", "README.md")
LONGEST = 300  # seconds of one mutant's tests; one that hangs is noticed


def copy(to: Path) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, to / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, to / name)
    for name in (".static", ".static-build"):
        if (ROOT / name).exists():
            (to / name).symlink_to(ROOT / name)


def failure(tree: Path, modules: list[str], *, within: float = LONGEST) -> str:
    """Nothing when these modules of tests/payments pass in the copy, else what they say.

    The copy's database is made once and used again. That the list of mutants is true is not asked: it is not.
    """
    names = [f"tests/payments/{name}.py" for name in modules]
    command = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-n0",
        "-x",
        "-p",
        "no:cacheprovider",
        "--reuse-db",
        "-k",
        "not mutant",
        *names,
    ]
    try:
        done = subprocess.run(
            command, cwd=tree, env=os.environ | {"PYTHONPATH": ""}, capture_output=True, timeout=within
        )
    except subprocess.TimeoutExpired:
        return "not in time"
    said = done.stdout.decode() + done.stderr.decode()
    if done.returncode not in (0, 1):  # neither passed nor failed: the run itself is broken
        raise SystemExit(said)
    return said if done.returncode else ""


def survives(mutant: Mutant, tree: Path) -> bool:
    source = (tree / "payments" / mutant.file).read_text()
    mutant.apply(tree / "payments")
    try:
        return not failure(tree, list(dict.fromkeys([*mutant.tests.split(), "test_guards"])))
    finally:
        (tree / "payments" / mutant.file).write_text(source)


def main(argv: list[str]) -> int:
    words = " ".join(argv)
    chosen = [each for each in MUTANTS if words in f"{each.file} {each.breaks}"]
    survivors = []
    with TemporaryDirectory(prefix="motcua-mutants-") as home:
        tree = Path(home)
        copy(tree)
        every = sorted({name for each in chosen for name in each.tests.split()})
        if said := failure(tree, every, within=20 * LONGEST):
            print(f"{said}\nThe tests do not pass as it is: nothing can be said about mutants.")
            return 1
        for number, mutant in enumerate(chosen, 1):
            begun = time.monotonic()
            lives = survives(mutant, tree)
            survivors += [mutant] * lives
            word = "SURVIVED" if lives else "killed"
            print(
                f"{number:3}/{len(chosen)} {word:8} {time.monotonic() - begun:4.0f} s  {mutant.file}: {mutant.breaks}",
                flush=True,
            )
    print(f"{len(chosen)} mutants, {len(chosen) - len(survivors)} killed, {len(survivors)} survived.")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
