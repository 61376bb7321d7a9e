import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.eforms.reading import KEY
from procedures.studio import keys


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Số định danh của cha", "so_dinh_danh_cua_cha"),
        ("Họ, chữ đệm, tên", "ho_chu_dem_ten"),
        ("Đăng ký", "dang_ky"),
        ("2 bản sao", "cau_2_ban_sao"),
        ("???", "cau"),
        ("today", "today_2"),
    ],
)
def test_a_key_is_read_like_the_words(words, key):
    assert keys.proposed(words) == key


def test_a_key_that_is_taken_gets_a_number():
    assert keys.proposed("Họ tên", {"ho_ten", "ho_ten_2"}) == "ho_ten_3"


@given(st.text(max_size=120))
def test_a_key_is_always_sound(words):
    key = keys.proposed(words)

    assert KEY.match(key)
    assert "__" not in key
    assert len(key) <= 60
