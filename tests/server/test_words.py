"""The pages' words exist in every language, and the texts are taken apart safely."""

import re
import string
from importlib.resources import files

import pytest

from coveragekit.errors import InputError
from coveragekit.server.fields import LABELS
from coveragekit.server.prose import Block, prose
from coveragekit.server.words import LANGUAGES, chosen_language, words_of

FOLDER = files("coveragekit.server")


def slots(words):
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_language_has_the_same_words_with_the_same_slots():
    first = words_of("en")

    for language in LANGUAGES:
        other = words_of(language)
        assert set(other) == set(first)
        for key, words in first.items():
            assert slots(other[key]) == slots(words), key
            assert other[key].strip() == other[key] != ""


def test_spanish_is_not_english():
    same = {
        key
        for key, words in words_of("es").items()
        if words == words_of("en")[key] and len(words) > 3
    }

    assert same <= {"all.no"}


def test_every_word_that_a_page_or_the_code_names_exists():
    known = set(words_of("en"))
    named = set()
    for path in [*(FOLDER / "templates").iterdir(), *FOLDER.iterdir()]:
        if path.name.endswith((".html", ".py")):
            text = path.read_text("utf-8")
            named |= set(re.findall(r"\b(?:t|say)\(\"([a-z]+\.[a-z0-9_]+)\"", text))
            named |= set(re.findall(r"\"(fault\.(?!html)[a-z]+)\"", text))
    named |= set(LABELS.values())
    begun = {name for name in named if name.endswith("_")}

    assert len(named) > 80
    assert named - begun <= known
    assert all(any(one.startswith(name) for one in known) for name in begun)


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("es", "en", "en", "es"),
        ("xx", "es", "en", "es"),
        ("", "", "fr-CA, es;q=0.3", "es"),
        ("", "", "es;q=0", "en"),
        ("", "", "en-GB, es", "en"),
        ("", "", "es;q=nonsense", "en"),
        ("", "", "", "en"),
        ("../../etc/passwd", "", "", "en"),
    ],
)
def test_the_language_is_the_one_that_was_asked_for(asked, kept, accepted, language):
    assert chosen_language(asked, kept, accepted) == language


def test_a_language_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="allowed: en, es"):
        words_of("../en")


def test_a_text_is_taken_apart():
    text = "# Title\n\nOne\nline.\n\n## Part\n- a\n  b\n- c\n\nEnd <b>"

    assert prose(text) == [
        Block("title", ("Title",)),
        Block("paragraph", ("One line.",)),
        Block("heading", ("Part",)),
        Block("list", ("a b", "c")),
        Block("paragraph", ("End <b>",)),
    ]


def test_an_empty_text_has_no_blocks():
    assert prose("") == []
