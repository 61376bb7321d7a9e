import polib
import pytest

from portal import catalogues
from portal.catalogues import Message


def _catalogue(**translations):
    catalogue = polib.POFile()
    catalogue.extend(
        polib.POEntry(msgid=key.replace("_", " "), msgstr=text) for key, text in translations.items()
    )
    return catalogue


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("from django.utils.translation import gettext as _\n_('Pay')", ("", "Pay", "")),
        ("from django.utils.translation import gettext_lazy as say\nsay('Pay ' 'now')", ("", "Pay now", "")),
        ("from django.utils import translation\ntranslation.pgettext('noun', 'Pay')", ("noun", "Pay", "")),
        (
            "from django.utils.translation import ngettext\nngettext('a file', 'files', n)",
            ("", "a file", "files"),
        ),
    ],
)
def test_messages_in_python(code, message):
    found = [(m.context, m.id, m.plural) for m in catalogues.in_python(code, where="x.py")]

    assert found == [message]


def test_other_calls_are_no_messages():
    assert list(catalogues.in_python("print('Pay'); name(_)", where="x.py")) == []


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% translate 'Pay' %}", ("", "Pay", "")),
        ('{% translate "It\'s" %}', ("", "It's", "")),
        ('{% translate "Pay" context "noun" %}', ("noun", "Pay", "")),
        ("{% blocktranslate trimmed %}\n  Pay\n  now\n{% endblocktranslate %}", ("", "Pay now", "")),
        ("{% blocktranslate %}Dear {{ name }}{% endblocktranslate %}", ("", "Dear %(name)s", "")),
        ("{% include 'x.html' with text=_('Pay') %}", ("", "Pay", "")),
        (
            "{% blocktranslate count n=n %}a file{% plural %}{{ n }} files{% endblocktranslate %}",
            ("", "a file", "%(n)s files"),
        ),
    ],
)
def test_messages_in_templates(template, message):
    found = [(m.context, m.id, m.plural) for m in catalogues.in_template(template, where="x.html")]

    assert found == [message]


def test_text_of_a_template_is_no_message():
    assert list(catalogues.in_template("<p>_('Pay')</p>", where="x.html")) == []


def test_missing_and_empty_translations_are_problems():
    messages = [Message("Pay", where="a.py:1"), Message("Sign", where="b.py:2")]

    found = catalogues.problems(messages, _catalogue(Sign=""))

    assert found == ["a.py:1: 'Pay' is not in the catalogue", "b.py:2: 'Sign' has no translation"]


def test_fuzzy_translation_is_a_problem():
    catalogue = _catalogue(Pay="Trả")
    catalogue[0].flags.append("fuzzy")

    assert catalogues.problems([Message("Pay", where="a.py:1")], catalogue) == [
        "a.py:1: 'Pay' is marked fuzzy"
    ]


@pytest.mark.parametrize("translation", ["Kính gửi", "Kính gửi %(ten)s", "Kính gửi %(name)s, %(name2)s"])
def test_translation_keeps_placeholders(translation):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Dear %(name)s", msgstr=translation))

    found = catalogues.problems([Message("Dear %(name)s", where="a.py:1")], catalogue)

    assert found == [f"a.py:1: 'Dear %(name)s' and its translation {translation!r} differ in placeholders"]


def test_whole_translation_is_no_problem():
    assert catalogues.problems([Message("Pay", where="a.py:1")], _catalogue(Pay="Trả")) == []


def test_unused_entries_are_told():
    assert catalogues.unused([Message("Pay")], _catalogue(Pay="Trả", Sign="Ký")) == ["Sign"]


def test_compiled_catalogue_speaks(settings, tmp_path):
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    _catalogue(Pay="Trả").save(str(folder / "django.po"))
    settings.LOCALE_PATHS = [tmp_path]

    assert catalogues.compile_all() == [folder / "django.mo"]
    assert polib.mofile(str(folder / "django.mo"))[0].msgstr == "Trả"
