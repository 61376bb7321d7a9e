"""Equal data has equal bytes."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.documents import canonical

data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_keys_are_sorted_and_nothing_is_spaced():
    assert canonical.dumps({"b": [1, True, None], "a": "ệ"}) == '{"a":"ệ","b":[1,true,null]}'.encode()


def test_letters_written_in_two_ways_are_the_same():
    assert canonical.sha256({"tên": "Nguyễn"}) == canonical.sha256({"te\u0302n": "Nguye\u0302\u0303n"})


@given(data)
def test_order_does_not_matter_and_reading_back_changes_nothing(value):
    written = canonical.dumps(value)

    assert canonical.dumps(json.loads(written)) == written


@pytest.mark.parametrize("value", [1.5, {"a": date(2026, 1, 1)}, b"x", {1, 2}])
def test_what_has_no_one_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical.dumps(value)


def test_the_payload_names_its_schema_and_dates():
    written = canonical.payload(
        type_code="KQ.G15.000031",
        number="1/2026/GKS",
        check_code="7K4M2X8CQZ3P",
        issuer="H26.1",
        issued_on=date(2026, 11, 12),
        valid_until=None,
        claims={"child": {}},
    )

    assert json.loads(written) == {
        "format": "urn:motcua:paper:1",
        "schema": "urn:motcua:paper:1",
        "type": "KQ.G15.000031",
        "number": "1/2026/GKS",
        "check_code": "7K4M2X8CQZ3P",
        "issuer": "H26.1",
        "issued_on": "2026-11-12",
        "valid_until": None,
        "claims": {"child": {}},
    }
