"""What a condition hides is neither kept nor sent: fields, options, rows; tried on random forms and answers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.eforms import expressions, forms, journey, schema
from tests.procedures.eforms.samples import CONTEXT, Shelf, field, options, post, step

KINDS = ("text", "integer", "choice", "choices", "yes_no", "date")
ABOUT = {
    "choice": ('{} == "x"', '{} != "x"', '{} in ["y", "z"]'),
    "choices": ('"x" in {}', "{} == null"),
    "yes_no": ("{} == true", "!{}", "{} == null"),
    "integer": ("{} > 3",),
    "group": ('{}.exists(row, row.g_kind == "x")', "size({}) > 1"),
}
ANSWERS = st.sampled_from(
    ["x", "y", "z", True, False, 2, 5, "2020-02-29", ["x"], ["x", "z"], ["y"], None, 7.5]
)


def conditions(before):
    return [text.format(key) for key, kind in before for text in ABOUT.get(kind, ())]


@st.composite
def fields(draw, key, before):
    """A field, whose options, too, depend on what was asked before it."""
    kind = draw(st.sampled_from(KINDS))
    possible = conditions(before)
    more = {}
    if kind in ("choice", "choices"):
        more["options"] = [
            option
            | ({"applies": draw(st.sampled_from(possible))} if possible and draw(st.booleans()) else {})
            for option in options("x", "y", "z")
        ]
    for name in ("applies", "required"):
        if possible and draw(st.booleans()):
            more[name] = draw(st.sampled_from(possible))
    before.append((key, kind))
    return field(key, kind, **more)


@st.composite
def groups(draw, key, before):
    """Rows whose questions depend on others of the row, and on what was asked before the group."""
    row = list(before)
    subs = [field("g_kind", "choice", options=options("x", "y"), required=False)]
    row.append(("g_kind", "choice"))
    subs += [draw(fields(f"g_{n}", row)) for n in range(3)]
    before.append((key, "group"))
    return field(key, "group", fields=subs, required=draw(st.booleans()), max=4)


@st.composite
def drawn_forms(draw):
    before, steps = [], []
    for number in range(draw(st.integers(2, 4))):
        possible = conditions(before)
        more = {"applies": draw(st.sampled_from(possible))} if possible and draw(st.booleans()) else {}
        found = [draw(fields(f"f{number}_{n}", before)) for n in range(draw(st.integers(1, 3)))]
        if number == 1:
            found.append(draw(groups("rows", before)))
        steps.append(step(f"s{number}", *found, **more))
    return schema.load_form({"steps": steps})


@st.composite
def forms_and_answers(draw):
    form = draw(drawn_forms())
    answers = {each.key: draw(ANSWERS) for each in form.fields() if not each.fields}
    subs = form.field("rows").fields
    answers["rows"] = [{sub.key: draw(ANSWERS) for sub in subs} for _row in range(draw(st.integers(0, 4)))]
    return form, answers


def holds(text, scope, form):
    return not text or expressions.holds(text, scope, form=form)


def chosen(value):
    return value if isinstance(value, list) else [value]


def assert_is_offered(each, value, scope, form):
    """A kept value belongs to a field that applies and, of a choice, to options that do."""
    assert holds(each.applies, scope, form)
    offered = {option.value for option in each.options if holds(option.applies, scope, form)}
    assert not each.options or set(chosen(value)) <= offered


@given(forms_and_answers())
@settings(max_examples=150, deadline=None)
def test_what_is_kept_was_asked_and_offered(drawn):
    form, answers = drawn

    walked = journey.walk(form, answers, context=CONTEXT)

    for opened in form.steps:
        for each in opened.fields:
            if each.key in walked.answers:
                assert holds(opened.applies, walked.scope, form)
                if not each.fields:
                    assert_is_offered(each, walked.answers[each.key], walked.scope, form)
    for row in walked.answers.get("rows", []):
        assert row  # a row in which nothing is left is no row
        seen = walked.scope | {sub.key: row.get(sub.key) for sub in form.field("rows").fields}
        for sub in form.field("rows").fields:
            if sub.key in row:
                assert_is_offered(sub, row[sub.key], seen, form)


@given(forms_and_answers())
@settings(max_examples=100, deadline=None)
def test_what_is_required_when_is_missing_exactly_then(drawn):
    form, answers = drawn

    walked = journey.walk(form, answers, context=CONTEXT)

    for opened in walked.steps:
        needed = {
            each.key
            for each in opened.fields
            if not each.fields
            and walked.scope[each.key] is None
            and (each.required is True or holds(each.required or "false", walked.scope, form))
        }
        assert needed == set(opened.missing) - {"rows"}


TYPED = st.sampled_from(["x", "z", "yes", "no", "5", ""])


@given(forms_and_answers(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_is_posted_for_a_hidden_question_is_not_taken(drawn, data):
    """Every question of a step is posted, shown or not; what is taken was asked after all that was answered."""
    form, answers = drawn
    walked = journey.walk(form, answers, context=CONTEXT)

    for opened in walked.steps:
        names = [each.key for each in opened.step.fields]
        values = {name: data.draw(TYPED) for name in names}
        sent = forms.step_form(
            form, opened.key, answers=walked.answers, context=CONTEXT, data=post(**values), uploads=Shelf()
        )
        sent.is_valid()
        taken = {key for key, value in sent.values().items() if value is not None}

        after = journey.walk(form, walked.answers | sent.values(), context=CONTEXT)
        still = after.step(opened.key)
        assert taken <= {each.key for each in still.fields}
