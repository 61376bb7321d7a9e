"""Options as text and as a table: what is read is what was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.studio import tables

CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries({"value": CELLS, "vi": CELLS, "en": CELLS | st.just("")}), min_size=1, max_size=8
)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_again(rows):
    rows = [row for row in rows if row["value"].lower() != "value"]

    assert tables.read(tables.written(rows)) == rows


@pytest.mark.parametrize(
    "text",
    [
        "value;vi;en\na;Một;One\nb;Hai;\n",
        "\ufeffa;Một;One\r\n\r\n b ; Hai ;\r\n",
        "a\tMột\tOne\nb\tHai",
        'a;"Một";One;;\nb;Hai;',
    ],
)
def test_people_write_it_in_many_ways(text):
    assert tables.read(text) == [
        {"value": "a", "vi": "Một", "en": "One"},
        {"value": "b", "vi": "Hai", "en": ""},
    ]


@pytest.mark.parametrize("text", ["alone", "a;b;c;d", "a\0;b", '"a' + "x" * 200_000])
def test_what_is_no_table_is_told(text):
    with pytest.raises(tables.Unreadable):
        tables.read(text)


@pytest.mark.parametrize("content", ["Một".encode("utf-16"), b"x" * (tables.MOST_BYTES + 1)])
def test_what_is_no_text_is_told(content):
    with pytest.raises(tables.Unreadable):
        tables.uploaded(content)
