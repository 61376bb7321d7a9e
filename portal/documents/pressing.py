"""Papers drawn in a process of their own, with a limit on its time and memory: for texts that nobody has proved yet.

A text that somebody is still writing may ask for ten thousand pages. Here it gets what a few papers take, is
stopped, and nobody waits for it. `python -m portal.documents.pressing` is that process: it reads the jobs on its
standard input, draws them one after the other and writes what came of each as soon as it is drawn.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from portal.documents import render

CPU_SECONDS, WALL_SECONDS = 8, 30
MEMORY_BYTES = 1_200_000_000
MAX_PAGES = 20


@dataclass(frozen=True, slots=True)
class Job:
    """`text`: the whole HTML as `render.page` makes it; `css`: rules after the house's."""

    text: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of a job. `content`: the PDF, b"" when none was made: then `stopped` (time or memory), or `pages`
    is beyond MAX_PAGES, or the page asked for a file or an address. `outside`: words that lie off the sheet."""

    content: bytes = b""
    pages: int = 0
    outside: tuple[str, ...] = ()
    stopped: bool = False


def press(jobs: Sequence[Job]) -> list[Pressed]:
    """What came of each job, in order; those after one that had to be stopped are stopped too."""
    given = json.dumps([asdict(job) for job in jobs]).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "portal.documents.pressing"],
            input=given,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd=render.ROOT,
        )
        answered = done.stdout
    except subprocess.TimeoutExpired as late:
        answered = late.stdout or b""
    found = [_pressed(line) for line in answered.splitlines() if line.endswith(b"}")]
    return [*found, *[Pressed(stopped=True)] * (len(jobs) - len(found))]


def _pressed(line: bytes) -> Pressed:
    told = json.loads(line)
    return Pressed(base64.b64decode(told["content"]), told["pages"], tuple(told["outside"]))


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────


def _main() -> None:
    import resource  # noqa: PLC0415 - only the process limits itself

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for job in json.load(sys.stdin):
        sys.stdout.write(json.dumps(_answer(Job(**job))) + "\n")
        sys.stdout.flush()


def _answer(job: Job) -> dict[str, Any]:
    try:
        proof = render.proof(job.text, job.css, most=MAX_PAGES)
    except render.ForbiddenResource:
        return {"content": "", "pages": 0, "outside": []}
    content = base64.b64encode(proof.content).decode()
    return {"content": content, "pages": proof.pages, "outside": list(proof.outside)}


if __name__ == "__main__":
    _main()
