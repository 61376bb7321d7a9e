"""What holds for every form and every answer, tried on random ones."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.eforms import forms, journey, schema, summary
from procedures.eforms.entries import StoredFile
from tests.procedures.eforms.samples import CONTEXT, Shelf, field, options, post, step

KINDS = (
    "text",
    "integer",
    "date",
    "choice",
    "choices",
    "yes_no",
    "personal_id",
    "phone",
    "commune",
    "file",
    "money",
)
CONTROLLING = {
    "choice": ('{} == "x"', '{} != "x"', '{} in ["x", "y"]'),
    "yes_no": ("{} == true", "!{}", "{} == null"),
    "integer": ("{} > 3",),
}


@st.composite
def fields(draw, key, before):
    kind = draw(st.sampled_from(KINDS))
    more = {"options": options("x", "y", "z")} if kind in ("choice", "choices") else {}
    conditions = [c.format(other) for other, its in before for c in CONTROLLING.get(its, ())]
    for name in ("applies", "required"):
        if conditions and draw(st.booleans()):
            more[name] = draw(st.sampled_from(conditions))
    before.append((key, kind))
    return field(key, kind, **more)


@st.composite
def schemas(draw):
    before, steps = [], []
    for number in range(draw(st.integers(1, 4))):
        conditions = [c.format(other) for other, its in before for c in CONTROLLING.get(its, ())]
        more = {"applies": draw(st.sampled_from(conditions))} if conditions and draw(st.booleans()) else {}
        found = [draw(fields(f"f{number}_{i}", before)) for i in range(draw(st.integers(1, 4)))]
        if draw(st.booleans()):
            rows = []
            subs = [
                draw(fields(f"g{number}_{i}", rows).filter(lambda sub: sub["type"] != "file"))
                for i in range(2)
            ]
            found.append(field(f"g{number}", "group", fields=subs, required=draw(st.booleans()), max=3))
        steps.append(step(f"s{number}", *found, **more))
    return {"steps": steps}


LIKELY = st.sampled_from(
    [
        "x",
        "y",
        "z",
        True,
        False,
        2,
        5,
        "2020-02-29",
        "00070",
        "001196001417",
        "0912345678",
        ["x"],
        ["x", "z"],
        [{}],
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | LIKELY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def forms_and_answers(draw):
    form = schema.load_form(draw(schemas()))
    keys = [each.key for each in form.fields()]
    answers = {key: draw(LIKELY | JSON) for key in keys if draw(st.booleans())}
    for each in form.fields():
        if each.fields and draw(st.booleans()):
            answers[each.key] = [{sub.key: draw(LIKELY) for sub in each.fields} for _row in range(2)]
    return form, answers | {"stranger": 1}


@given(schemas())
@settings(max_examples=30, deadline=None)
def test_a_form_survives_being_written_and_read(data):
    form = schema.load_form(data)

    again = schema.load_form(json.loads(json.dumps(schema.dump(form))))

    assert again.steps == form.steps


@given(forms_and_answers())
@settings(max_examples=50, deadline=None)
def test_walking_twice_changes_nothing(drawn):
    form, answers = drawn
    once = journey.walk(form, answers, context=CONTEXT)

    assert journey.walk(form, once.answers, context=CONTEXT) == once


@given(forms_and_answers())
@settings(max_examples=50, deadline=None)
def test_only_answers_that_apply_stay(drawn):
    form, answers = drawn
    walked = journey.walk(form, answers, context=CONTEXT)
    open_keys = {each.key for opened in walked.steps for each in opened.fields}

    assert walked.answers.keys() <= open_keys
    assert None not in walked.answers.values()
    for each in form.fields():
        if each.key not in open_keys:
            assert walked.scope[each.key] is None
    json.dumps(walked.answers)
    summary.rows(form, walked.answers, language="vi")


@given(forms_and_answers(), st.sets(st.sampled_from(["s0", "s1", "s2", "s3"])))
@settings(max_examples=50, deadline=None)
def test_no_step_is_skipped(drawn, done):
    form, answers = drawn
    walked = journey.walk(form, answers, context=CONTEXT)
    first = walked.first_incomplete(done)
    ahead = walked.steps if first is None else walked.steps[: walked.keys.index(first.key)]

    assert all(opened.key in done and opened.is_complete for opened in ahead)


TYPED = st.text(max_size=12) | st.sampled_from(
    ["x", "yes", "no", "31", "2", "2026", "00070", "01", "+84912345678"]
)


@st.composite
def posts(draw):
    """A POST of the first step: sensible, nonsensical or cut short."""
    form, answers = draw(forms_and_answers())
    names = []
    for each in form.steps[0].fields:
        names += [
            each.key,
            *(f"{each.key}{end}" for end in ("__d", "__m", "__y", "__province", "__listed", "__kept")),
        ]
        names += [f"{each.key}-{i}-{sub.key}" for sub in each.fields for i in range(2)]
        if each.fields:
            names.append(f"{each.key}__rows")
    values = {name: draw(TYPED | st.sampled_from(["1", "2"])) for name in names if draw(st.booleans())}
    if draw(st.booleans()):
        values["_shown"] = " ".join(draw(st.lists(st.sampled_from(names))))
    return form, answers, values


@given(posts())
@settings(max_examples=50, deadline=None)
def test_whatever_is_posted_is_judged_and_comes_back(drawn):
    form, answers, values = drawn
    found = forms.step_form(
        form, "s0", answers=answers, context=CONTEXT, data=post(**values), uploads=Shelf()
    )

    valid = found.is_valid()
    typed = json.loads(json.dumps(found.typed()))
    again = forms.step_form(form, "s0", answers=answers, context=CONTEXT, typed=typed, uploads=Shelf())

    assert again.typed() == typed
    assert {entry.name for entry in found} == {entry.name for entry in again}
    assert str(found)
    assert valid != bool(found.errors or found.newly_asked)


GOOD = {
    "text": {"": "Nguyễn Thị Mẫu"},
    "integer": {"": "5"},
    "money": {"": "16.000"},
    "date": {"__d": "29", "__m": "2", "__y": "2020"},
    "choices": {"": "x"},
    "personal_id": {"": "001 196 001 417"},
    "phone": {"": "+84 912 345 678"},
    "commune": {"__province": "01", "__listed": "01", "": "00070"},
    "file": {"__kept": "id-1"},
}


@st.composite
def good_posts(draw):
    """A POST of the first step as a careful person sends it, with the answers to other steps at random."""
    form, answers = draw(forms_and_answers())
    values = {}

    def fill(each, name):
        varied = {"choice": ["x", "y", "z"], "yes_no": ["yes", "no"]}.get(each.type)
        typed = {"": draw(st.sampled_from(varied))} if varied else GOOD[each.type]
        values.update({name + ending: value for ending, value in typed.items()})

    for each in form.steps[0].fields:
        if not each.fields:
            fill(each, each.key)
            continue
        values[f"{each.key}__rows"] = "2"
        for sub in each.fields:
            fill(sub, f"{each.key}-0-{sub.key}")
            fill(sub, f"{each.key}-1-{sub.key}")
    return form, answers, values


@given(good_posts())
@settings(max_examples=50, deadline=None)
def test_a_careful_person_gets_through_and_the_answers_stay(drawn):
    form, answers, values = drawn
    shelf = Shelf()
    shelf.files["id-1"] = StoredFile("id-1", "a.pdf", 1)
    found = forms.step_form(form, "s0", answers=answers, context=CONTEXT, data=post(**values), uploads=shelf)

    assert found.is_valid(), (found.errors, found.newly_asked)
    walked = journey.walk(form, answers | found.values(), context=CONTEXT)

    kept = {key: value for key, value in found.values().items() if value is not None}
    mine = {each.key for each in form.step("s0").fields}
    assert {key: value for key, value in walked.answers.items() if key in mine} == kept
    assert not walked.step("s0") or walked.step("s0").is_complete
