"""The sample dossiers written down with the bundles, as the tests use them.

`CASES[code]` are all of a bundle's cases as read; `GOLDEN[code]` is the one named `normal`, which whole journeys
reuse: `answers` by field key as they are stored (files left out), `papers` the keys of the papers to upload,
`outcome` what the officers fill in, and what comes of it: `steps`, `amount` (đồng, online), `subject`, `claims`
(the whole). Dates hang on TODAY; `aged(code, today)` moves those around it to another day.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from procedures.definitions import sources

TODAY = "2026-11-21"
HOAN_KIEM, BA_DINH = "00070", "00004"
FOLDER = Path(sources.__file__).parent / "bundles"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_RECENT = timedelta(days=60)

# What the account knows of the applicant, the mother.
APPLICANT = {
    "personal_id": "001190000417",
    "full_name": "Nguyễn Thị Mẫu",
    "date_of_birth": "1990-05-20",
    "sex": "female",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "commune": HOAN_KIEM,
    "address": "Số 1 phố Mẫu",
    "phone": "0912000417",
    "email": "mau@example.org",
}
CONTEXT = {"today": TODAY, "channel": "online", "applicant": APPLICANT}


@dataclass(frozen=True)
class Golden:
    answers: dict[str, Any]
    papers: tuple[str, ...]
    outcome: dict[str, Any]
    steps: tuple[str, ...]
    amount: int
    subject: str
    claims: dict[str, Any] = field(default_factory=dict)

    def with_files(self) -> dict[str, Any]:
        """The answers with a stored file's id for every paper."""
        return self.answers | files(self.papers)


def files(papers: Any) -> dict[str, list[str]]:
    """Paper key → the id of a stored file."""
    return {key: [f"00000000-0000-4000-8000-{n:012}"] for n, key in enumerate(papers)}


def aged(code: str, today: date) -> Golden:
    """The same dossier on another day: the newborn is as old as before, what was signed today still is."""
    golden, by = GOLDEN[code], today - date.fromisoformat(TODAY)
    return dataclasses.replace(golden, answers=_moved(golden.answers, by), outcome=_moved(golden.outcome, by))


def _moved(value: Any, by: timedelta) -> Any:
    match value:
        case dict():
            return {key: _moved(item, by) for key, item in value.items()}
        case list():
            return [_moved(item, by) for item in value]
        case str() if _DATE.match(value):
            day = date.fromisoformat(value)
            return (day + by).isoformat() if abs(day - date.fromisoformat(TODAY)) <= _RECENT else value
    return value


def _golden(case: dict[str, Any]) -> Golden:
    expect = case["expect"]
    return Golden(
        answers=case["answers"],
        papers=tuple(case.get("papers", ())),
        outcome=case["outcome"],
        steps=tuple(expect["steps"]),
        amount=expect["amount"],
        subject=expect["subject"],
        claims=expect["claims"],
    )


_BUNDLES = [sources.read(file) for file in sorted(FOLDER.glob("*.yaml"))]
CASES: dict[str, list[dict[str, Any]]] = {bundle["code"]: bundle["cases"] for bundle in _BUNDLES}
GOLDEN: dict[str, Golden] = {
    code: _golden(next(case for case in cases if case["key"] == "normal")) for code, cases in CASES.items()
}
