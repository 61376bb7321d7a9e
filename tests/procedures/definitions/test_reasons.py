"""Whatever validation can say has words for administrators, in both languages."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from procedures.definitions import reasons, sources, validation
from tests.procedures.definitions.broken import BROKEN

ROOMS = [Path(settings.BASE_DIR) / "procedures" / name for name in ("eforms", "definitions")]
SAYING = {"fail": 1, "SchemaError": 1, "Problem": 1, "ExpressionError": 0}  # call → where the reason stands
# Put together with others before anybody hears of them.
PARTS = {"17; it may look at what is asked before it"}


def _said(node):
    """A text in the code, with 17 for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "17" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _reasons():
    for path in (path for room in ROOMS for path in sorted(room.glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            found = None
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                at = SAYING.get(name, len(node.args))
                found = node.args[at] if at < len(node.args) else None
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                found = node.value.elts[-1]
            for one in (found.body, found.orelse) if isinstance(found, ast.IfExp) else (found,):
                if " " in _said(one):
                    yield _said(one)


def test_every_reason_in_the_code_is_recognised():
    found = set(_reasons())
    known = [pattern for pattern, _text in reasons._patterns()]

    assert len(found) > 60
    assert {r for r in found - PARTS if not any(pattern.fullmatch(r) for pattern in known)} == set()


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bundles_are_told_in_vietnamese(name):
    text, old, new, _at, _reason = BROKEN[name]
    problems = validation.validate(sources.read(text.replace(old, new, 1), name="goi.yaml"))

    with translation.override("vi"):
        for problem in problems:
            said = reasons.in_words(problem.reason)
            assert said != problem.reason
            assert not re.search(r"%\(|\bmust\b|\bmissing\b", said), said


def test_what_is_not_recognised_is_said_as_it_stands():
    assert reasons.in_words("something nobody has foreseen") == "Something nobody has foreseen"
