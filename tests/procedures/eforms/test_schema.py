import pytest

from procedures.eforms import schema
from tests.procedures.eforms.samples import field, form, one, options, step, text


def broken(*fields, **more):
    with pytest.raises(schema.SchemaError) as caught:
        one(*fields, **more)
    return caught.value.path, caught.value.reason


def test_a_form_finds_its_steps_and_fields_those_of_groups_too():
    found = form(step("a", field("x")), step("b", field("rows", "group", fields=[field("y")])))

    assert found.step("b").key == "b"
    assert found.field("y").type == "text"
    assert [each.key for each in found.fields()] == ["x", "rows"]
    assert found.has_step("a")
    assert not found.has_step("c")


def test_defaults_are_filled_in():
    found = one(field("x"), field("paper", "file"), field("note", "long_text"))

    assert found.field("x").required is True
    assert found.field("x").max_length == 200
    assert found.field("note").max_length == 2000
    assert found.field("paper").accept == ("pdf", "jpg", "png")
    assert (found.field("paper").max_mb, found.field("paper").max_files) == (10, 1)


def test_dump_and_load_give_the_same_form():
    before = form(
        step(
            "a",
            field("kind", "choice", options=options("x", "y")),
            field("at", "date", max="today"),
            intro=text("Hi"),
        ),
        step("b", field("n", "integer", min=0, required='kind == "x"'), applies='kind != ""'),
        step("c", field("rows", "group", required=False, min=0, max=3, fields=[field("sub", "personal_id")])),
    )

    after = schema.load_form(schema.dump(before))

    assert after.steps == before.steps
    assert schema.dump(after) == schema.dump(before)


@pytest.mark.parametrize(
    ("bad", "path", "reason"),
    [
        ({"type": "txt"}, "type", "is “txt”, must be one of: text, long_text"),
        ({"type": "text", "labl": 1}, "labl", "is unknown here"),
        ({"type": "text", "options": []}, "options", "does not belong to a field of type text"),
        ({"type": "choice"}, "options", "needs either options or list"),
        ({"type": "choice", "list": "colours"}, "list", "is “colours”, must be one of"),
        ({"type": "text", "applies": "a =="}, "applies", "is not an expression"),
        ({"type": "text", "max_length": True}, "max_length", "must be a whole number, not true/false"),
        (
            {"type": "text", "pattern": {"regex": "(", "message": {"vi": "x"}}},
            "pattern.regex",
            "is not a regular",
        ),
        ({"type": "file", "accept": ["exe"]}, "accept", "has “exe”, must be among: pdf, jpg, png"),
        ({"type": "group"}, "fields", "has no fields"),
        ({"type": "integer", "min": 5, "max": 1}, "max", "must not be less than min"),
        ({"type": "text", "hint": "plain"}, "hint", "must be a mapping, not text"),
    ],
)
def test_a_broken_field_is_refused_with_its_path(bad, path, reason):
    found_path, found_reason = broken({"key": "x", "label": text("X"), **bad})

    assert found_path == f"form.steps[0].fields[0].{path}"
    assert found_reason.startswith(reason) or reason in found_reason


@pytest.mark.parametrize("key", ["", "Ten", "1a", "a-b", "a__b", "x" * 61, "tên"])
def test_a_key_is_plain(key):
    assert broken(field(key))[0] == "form.steps[0].fields[0].key"


def test_a_missing_vietnamese_text_is_refused():
    bad = field("x") | {"label": {"en": "only English"}}

    assert broken(bad) == ("form.steps[0].fields[0].label.vi", "is missing")


def test_an_unquoted_no_of_yaml_is_no_option_value():
    bad = field("x", "choice", options=[{"value": False, "label": text("Không")}])

    assert broken(bad) == ("form.steps[0].fields[0].options[0].value", "must be text, not true/false")


def test_keys_are_unique_over_the_whole_form():
    with pytest.raises(schema.SchemaError, match="used twice"):
        form(step("a", field("x")), step("b", field("rows", "group", fields=[field("x")])))


def test_a_field_may_not_take_a_name_of_the_context_but_a_step_may():
    assert broken(field("today"))[1] == "“today” is a name that expressions already have"
    assert form(step("applicant", field("x"))).has_step("applicant")


def test_a_condition_may_not_look_ahead():
    path, reason = broken(field("x", applies='y == "a"'), field("y"))

    assert path == "form.steps[0].fields[0].applies"
    assert "“y”" in reason


def test_prefill_sees_the_applicant_only():
    path, _reason = broken(field("x"), field("y", prefill=[{"from": "account", "value": "x"}]))

    assert path == "form.steps[0].fields[1].prefill[0].value"


def test_a_source_may_depend_on_what_is_asked_before_alone():
    source = {"from": "registry", "registry": "population", "claim": "sex", "applies": "x != null"}

    assert (
        form(step("a", field("x"), field("y", prefill=[source]))).find("y").prefill[0].applies == "x != null"
    )
    path, _reason = broken(field("y", prefill=[source]), field("x"))
    assert path == "form.steps[0].fields[0].prefill[0].applies"


def test_a_check_stands_at_a_field_of_its_step():
    check = {"expression": "x == x", "message": text("m"), "field": "elsewhere"}

    assert broken(field("x"), checks=[check])[0] == "form.steps[0].checks[0].field"


def test_a_group_holds_neither_groups_nor_files():
    inner = field("sub", "file")

    assert broken(field("rows", "group", fields=[inner]))[0] == "form.steps[0].fields[0].fields[0]"


def test_bare_fields_may_refer_to_what_is_known():
    fields = schema.load_fields([field("number", required='child_name != ""')], known={"child_name"})

    assert fields[0].key == "number"
    with pytest.raises(schema.SchemaError) as caught:
        schema.load_fields([field("number", required="nobody == 1")], path="result.fields")
    assert caught.value.path == "result.fields[0].required"
