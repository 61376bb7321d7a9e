"""What a general paper says: the claims that repeat a question, in its words."""

from copy import deepcopy

from procedures.definitions import facts, runtime
from tests.procedures import world


def _raw(code):
    return next(deepcopy(dict(source)) for source in world._bundles() if source["code"] == code)


def _definition(claims):
    raw = _raw("2.000815")
    raw["result"] |= {"template": "general", "claims": claims}
    return runtime.of_snapshot(raw)


def test_claims_that_repeat_a_question_are_said_in_its_words():
    definition = _definition({"document": {"name": "doc_name", "kind": "doc_kind", "date": "doc_date"}})
    claims = {"document": {"name": "Bằng đại học", "kind": "diploma", "date": "2012-07-15"}}

    assert facts.of(definition, claims) == [
        facts.Fact("Tên giấy tờ", ("Bằng đại học",)),
        facts.Fact("Loại giấy tờ", ("Văn bằng, chứng chỉ, học bạ",)),
        facts.Fact("Ngày cấp", ("15/07/2012",)),
    ]


def test_a_code_and_its_words_are_one_fact():
    definition = _definition({"kind": "doc_kind", "kind_text": 'label("doc_kind")'})

    assert facts.of(definition, {"kind": "diploma", "kind_text": "Văn bằng"}) == [
        facts.Fact("Loại giấy tờ", ("Văn bằng",))
    ]


def test_what_was_left_open_or_computed_is_not_said():
    definition = _definition({"number": "doc_number", "both": 'doc_name + "x"', "book": "register_book"})

    assert facts.of(definition, {"number": None, "both": "Bằngx", "book": "01/2026"}) == [
        facts.Fact("Quyển số", ("01/2026",))
    ]


def test_rows_of_a_group_have_a_line_each():
    raw = _raw("1.004222")
    group = next(f for step in raw["form"]["steps"] for f in step["fields"] if f["type"] == "group")
    raw["result"] |= {"template": "general", "claims": {"rows": group["key"]}}
    first = next(f for f in group["fields"] if f["type"] == "text")
    rows = [{first["key"]: "Một"}, {first["key"]: "Hai"}]

    (found,) = facts.of(runtime.of_snapshot(raw), {"rows": rows})

    assert found.label == group["label"]["vi"]
    assert [value.rpartition(": ")[2] for value in found.values] == ["Một", "Hai"]
