"""Broken bundles: each refused with its place and a reason that says what is enough."""

import pytest

from procedures.definitions import bundles, loading, sources
from tests.procedures.definitions.broken import BROKEN, KHAI_SINH, misshapen


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bundle_is_refused_with_its_place(name):
    text, old, new, at, reason = BROKEN[name]
    assert old in text
    broken = text.replace(old, new, 1)

    problems = bundles.validate(bundles.read(broken, name="goi.yaml"))

    line = broken[: broken.index(at)].count("\n") + 1
    assert any(p.line == line and reason in p.reason and p.file == "goi.yaml" for p in problems), problems


NOT_YAML = {
    "key twice": ("schema: 1\ncode: '1'\nschema: 1\n", 3, "second time; first in line 1"),
    "code without quotes": ("schema: 1\ncode: 1.10\n", 2, "put it in quotes"),
    "date without quotes": ("schema: 1\nname: 2026-08-15\n", 2, "put it in quotes"),
    "no for false": ("schema: 1\nrequired: no\n", 2, "put it in quotes"),
    "alias": ("a: &a [1]\nb: *a\n", 2, "aliases"),
    "merge key": ("a:\n  <<: {b: 1}\n", 2, "quotes"),
    "object": ("a: !!python/object:os.system {}\n", 1, "tag"),
    "number as key": ("1: a\n", 1, "key must be text"),
    "a list": ("- a\n", 1, "mapping"),
    "not closed": ("a: [1, 2\nb: 3\n", 2, "not YAML"),
    "tab": ("a:\n\tb: 1\n", 2, "not YAML"),
    "NUL in a text": ('a: 1\nb: "x\\0"\n', 2, "U+0000"),
    "half a character": ('a: "\\ud800"\n', 1, "U+D800"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "not YAML"),
}


@pytest.mark.parametrize("name", NOT_YAML)
def test_text_is_refused_with_line_and_reason(name):
    text, line, reason = NOT_YAML[name]

    with pytest.raises(sources.SourceError) as refused:
        sources.read(text, name="goi.yaml")

    assert (refused.value.name, refused.value.line) == ("goi.yaml", line)
    assert reason in refused.value.reason


def test_file_that_is_not_text(tmp_path):
    (tmp_path / "goi.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(sources.SourceError, match="not UTF-8"):
        sources.read(tmp_path / "goi.yaml")


def test_deep_nesting_is_refused_not_suffered():
    with pytest.raises(sources.SourceError, match="not YAML"):
        sources.read("a: " + "[" * 5000, name="goi.yaml")


def test_all_problems_are_named_at_once():
    broken = KHAI_SINH.replace("share: 65", "share: 165").replace("kind: phi\n", "kind: tip\n")

    problems = bundles.validate(bundles.read(broken, name="goi.yaml"))

    assert [problem.path for problem in problems] == ["fees[1].kind", "stages[0].share"]
    assert str(problems[0]).startswith(f"goi.yaml:{problems[0].line}: fees[1].kind: ")


def test_reuse_is_checked_against_what_the_other_procedure_issues(bundled):
    khai_sinh, thuong_tru = bundled["1.001193"], bundled["1.004222"]
    known = {khai_sinh["result"]["type"]: {"child": {"full_name": "child_name"}}}

    problems = bundles.validate(thuong_tru, known=known)

    assert (
        bundles.validate(thuong_tru, known={khai_sinh["result"]["type"]: khai_sinh["result"]["claims"]}) == []
    )
    assert "reuse[0].fills.person_dob" in {problem.path for problem in problems}


def test_accents_are_composed():
    decomposed = "schema: 1\nname: 'Đa\u0301'\n"

    assert sources.read(decomposed)["name"] == "Đá"


def put(value, path, other):
    """A copy of `value` with `other` at `path`; only what lies on the way is copied."""
    if not path:
        return other
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(value[path[0]], path[1:], other)
    return copied


@pytest.mark.parametrize("part", range(8))
def test_whatever_is_misshapen_is_judged_and_never_crashes(bundled, part):
    """Parts of a bundle replaced by something of another kind: one in four of all that there are."""
    small = dict(bundled["2.000635"])
    small["form"] = {"steps": small["form"]["steps"][:2]}
    small["conditions"] = [{"key": "a", "name": {"vi": "A", "en": "A"}, "expression": "today > 'x'"}]
    small["cases"] = [{"key": "a", "title": {"vi": "A", "en": "A"}, "answers": {}, "expect": {"steps": []}}]
    small["messages"] = {"done": {"vi": "A", "en": "A"}}
    every = list(misshapen(small))
    assert len(every) > 1000

    for path, other in every[part :: 8 * 4]:
        broken = put(small, path, other)
        problems = bundles.validate(broken)
        loading.compiled(broken, {})
        assert all(problem.reason for problem in problems)
