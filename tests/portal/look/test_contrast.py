import pytest

from tests.portal.look import sheets

TEXT, CONTROL = 4.5, 3.0
GROUNDS = (
    "wall",
    "surface",
    "sunken",
    "wall-band",
    "grey-wash",
    "door-wash",
    "ochre-wash",
    "son-wash",
    "blue-wash",
)
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink2", "link") for ground in GROUNDS),
    ("visited", "wall", TEXT),
    ("visited", "surface", TEXT),
    ("on-door", "door", TEXT),
    ("on-door", "door-deep", TEXT),
    ("ochre-ink", "ochre-wash", TEXT),
    ("ochre-ink", "wall", TEXT),
    ("ochre-ink", "surface", TEXT),
    ("son-ink", "son-wash", TEXT),
    ("son-ink", "surface", TEXT),
    ("son-ink", "wall", TEXT),
    ("son-ink", "sunken", TEXT),
    ("blue-ink", "blue-wash", TEXT),
    ("bar-ink", "bar", TEXT),
    ("wall", "ink", TEXT),
    *(
        (shape, ground, CONTROL)
        for shape in ("edge", "door", "son", "ochre")
        for ground in ("wall", "surface")
    ),
    ("edge", "sunken", CONTROL),
    ("ochre", "ochre-wash", CONTROL),
    ("son", "son-wash", CONTROL),
    ("blue", "blue-wash", CONTROL),
    ("door", "door-wash", CONTROL),
    *(("focus-in", ground, CONTROL) for ground in ("wall", "surface", "sunken", "wall-band")),
    ("focus-out", "focus-in", CONTROL),
    ("focus-out", "bar", CONTROL),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("over", "under", "least"), PAIRS)
def test_pair_of_colours_can_be_told_apart(theme, over, under, least):
    colours = sheets.tokens()[theme]

    assert sheets.contrast(colours[over], colours[under]) >= least


def test_dark_theme_changes_every_colour_that_the_light_one_uses_for_text_and_ground():
    tokens = sheets.tokens()
    constant = {name for name, value in tokens["light"].items() if tokens["dark"][name] == value}

    assert constant == set()


def test_contrast_is_computed_as_the_guideline_does():
    assert sheets.contrast("#fff", "#000000") == pytest.approx(21)
    assert sheets.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
