"""Consent texts are the ones that owners agreed to, and say what they must."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from coveragekit.errors import InputError
from coveragekit.registry import texts
from coveragekit.registry.consent_page import consent_drawing, consent_page
from coveragekit.registry.consent_rules import LONGEST, consent_machine
from coveragekit.registry.texts import (
    KINDS,
    ConsentText,
    consent_text,
    languages,
    text_versions,
)

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "coveragekit" / "registry" / "data" / "texts"
# Written down once more, away from the files: owners agreed to these very words.
RELEASED = {
    ("registration-v1", "en"): "e35a22bb",
    ("registration-v1", "es"): "104d85ce",
    ("integration-v1", "en"): "5ddaa37b",
    ("integration-v1", "es"): "008f780e",
    ("registration-v2", "en"): "826a6d41",
    ("registration-v2", "es"): "3f7baecc",
    ("integration-v2", "en"): "6ca47055",
    ("integration-v2", "es"): "1f0b5dec",
}
MUST_SAY = {
    "en": {
        "registration": [
            r"police may ask you for footage",
            r"No live access",
            r"You may say no",
            r"free",
        ],
        "integration": [
            r"Live: ",
            r"Recorded: ",
            r"PTZ: ",
            r"Hours: ",
            r"Emergencies only: ",
            r"at the latest in five years",
            r"pause, narrow, end live access, or leave",
            r"takes effect at once",
        ],
        "both": [
            r"leave.* at any time",
            r"receipt with a code",
            r"no faces, no people and no number plates",
            r"nobody (promises to watch|watches) your camera",
            r"gives no priority with the police",
            r"call 911",
            r"log .*(without|no owner's) names?",
            r"never published and never sold",
            r"at the latest 90 days after you leave",
            r"own, rent or run the place",
        ],
    },
    "es": {
        "registration": [
            r"la policía puede pedirle grabaciones",
            r"No hay acceso en vivo",
            r"Puede decir que no",
            r"gratis",
        ],
        "integration": [
            r"En vivo: ",
            r"Grabado: ",
            r"PTZ: ",
            r"Horas: ",
            r"Solo emergencias: ",
            r"a más tardar en cinco años",
            r"pausar, limitar, terminar el acceso en vivo o retirarse",
            r"Vale al instante",
        ],
        "both": [
            r"retirarse.* en cualquier momento",
            r"recibo con un código",
            r"No reconoce caras, personas ni placas",
            r"Nadie (promete vigilar|vigila) su cámara",
            r"no da prioridad ante la policía",
            r"llame al 911",
            r"registro de (accesos|miradas).*(sin|no contiene) nombres de dueños",
            r"Nunca se publican ni se venden",
            r"a más tardar 90 días después de que usted se retire",
            r"dueño, inquilino o encargado del lugar",
        ],
    },
}
TEXTS = [(kind, language) for kind in KINDS for language in ("en", "es")]


@pytest.mark.parametrize(("kind", "language"), TEXTS)
def test_a_text_says_what_it_must(kind, language) -> None:
    body = consent_text(kind, language).body.casefold()

    for words in (*MUST_SAY[language][kind], *MUST_SAY[language]["both"]):
        assert re.search(words.casefold(), body), words


@pytest.mark.parametrize(("kind", "language"), TEXTS)
def test_a_text_claims_nothing_that_nobody_can_keep(kind, language) -> None:
    body = consent_text(kind, language).body.casefold()

    claims = (
        "we will watch", "monitored around the clock", "guarantee", "faster response",
        "reduces crime", "garantiza", "vigilamos", "respuesta más rápida",
    )  # fmt: skip
    assert not [claim for claim in claims if claim in body]


@pytest.mark.parametrize(("kind", "language"), TEXTS)
def test_a_text_is_of_the_plain_form_that_pages_draw(kind, language) -> None:
    lines = consent_text(kind, language).body.splitlines()

    assert lines[0].startswith("# ")
    assert lines[0] == f"# {consent_text(kind, language).title}"
    for line in lines[1:]:
        assert re.fullmatch(
            r"(## [^*_`<>\[\]]+|- [^*_`<>\[\]]+|[^-#*_`<>\[\]]+|)", line
        )


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_tell_the_same_points(kind) -> None:
    shapes = [
        [
            line[:2] if line.startswith(("- ", "##")) else "text"
            for line in consent_text(kind, language).body.splitlines()
            if line
        ]
        for language in languages()
    ]

    assert shapes[0] == shapes[1]


def test_a_released_text_never_changes() -> None:
    found = {
        (version, language): hashlib.sha256(
            (FOLDER / language / f"{version}.md").read_bytes()
        ).hexdigest()
        for version, entry in text_versions().items()
        for language in entry
        if language != "since"
    }

    assert {key: digest[:8] for key, digest in found.items()} == RELEASED
    for (version, language), digest in found.items():
        assert text_versions()[version][language] == digest
    files = {(path.stem, path.parent.name) for path in FOLDER.glob("*/*.md")}
    assert files == set(RELEASED)


def test_a_changed_file_with_an_old_number_is_refused(monkeypatch, tmp_path) -> None:
    folder = tmp_path / "data" / "texts" / "en"
    folder.mkdir(parents=True)
    changed = consent_text("registration").body.replace("free", "cheap")
    (folder / "registration-v2.md").write_text(changed, "utf-8")
    monkeypatch.setattr(texts, "files", lambda _: tmp_path)
    texts._read.cache_clear()

    with pytest.raises(
        InputError, match=r"registration-v2 in en is not the one released"
    ):
        consent_text("registration")


def test_line_ends_of_another_system_do_not_make_another_text(
    monkeypatch, tmp_path
) -> None:
    folder = tmp_path / "data" / "texts" / "en"
    folder.mkdir(parents=True)
    body = consent_text("registration").body
    (folder / "registration-v2.md").write_bytes(
        body.replace("\n", "\r\n").encode("utf-8")
    )
    monkeypatch.setattr(texts, "files", lambda _: tmp_path)
    texts._read.cache_clear()

    assert consent_text("registration").body == body


@pytest.fixture(autouse=True)
def fresh_texts():
    """Leave no text of a test behind."""
    yield
    texts._read.cache_clear()


def test_the_newest_version_is_shown_and_an_old_one_can_be_read(monkeypatch) -> None:
    shown = []
    numbers = {f"registration-v{number}": {} for number in (1, 2, 9, 10)}
    monkeypatch.setattr(texts, "text_versions", lambda: numbers)
    monkeypatch.setattr(texts, "languages", lambda: ("en",))
    monkeypatch.setattr(texts, "_read", lambda *given: shown.append(given))

    consent_text("registration")
    consent_text("registration", version="registration-v2")

    assert shown == [("registration-v10", "en"), ("registration-v2", "en")]
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (("terms",), "of kind 'terms'; allowed: registration, integration"),
        (("registration", "fr"), "language 'fr'; allowed: en, es"),
        (("registration", "en", "registration-v7"), "allowed: registration-v1"),
        (("registration", "en", "integration-v1"), "allowed: registration-v1"),
        (("registration", "../en"), "language '../en'"),
    ],
)
def test_a_text_that_is_not_there_is_refused(given, match) -> None:
    with pytest.raises(InputError, match=match):
        consent_text(*given)


def test_a_text_knows_its_digest_and_version() -> None:
    found = consent_text("integration", "es")
    raw = (FOLDER / "es" / "integration-v2.md").read_bytes()

    assert isinstance(found, ConsentText)
    assert (found.kind, found.version, found.language) == (
        "integration",
        "integration-v2",
        "es",
    )
    assert found.digest == hashlib.sha256(raw).hexdigest()
    assert found.since.isoformat() == "2026-11-22"


def test_five_years_are_five_years() -> None:
    assert LONGEST.days == 5 * 365 + 2


def test_the_page_about_consent_is_the_one_the_code_obeys() -> None:
    written = (ROOT / "docs" / "consent.md").read_text("utf-8")

    assert written == consent_page(), "run: python scripts/draw_consent.py"


def test_the_drawing_of_consent_is_the_one_the_code_obeys() -> None:
    written = (ROOT / "docs" / "consent.svg").read_text("utf-8")

    assert written == consent_drawing(), "run: python scripts/draw_consent.py"


def test_the_page_has_every_state_and_every_move() -> None:
    machine = consent_machine()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in consent_page().splitlines()
        if line.startswith("| ")
    ]
    told = {
        (origin, row[1], row[2])
        for row in rows
        if len(row) == 5
        for origin in row[0].split(", ")
    }

    assert {(move.origin, move.to, move.by) for move in machine.moves} <= told
    assert {row[0] for row in rows if len(row) == 3} >= set(machine.states)


def test_the_drawing_has_every_state_and_an_arrow_for_each_move_before_an_end() -> None:
    machine = consent_machine()
    drawing = consent_drawing()
    arrows = [
        move
        for move in machine.moves
        if not machine.states[move.to].is_end
        and (move.origin == "nothing" or not machine.states[move.origin].is_end)
    ]

    for name in machine.states:
        assert f">{name}</text>" in drawing
    assert drawing.count("marker-end") == len(arrows)
    for side in ("owner", "agency", "clock"):
        wanted = sum(move.by == side for move in arrows)
        assert drawing.count(f'marker-end="url(#{side})"') == wanted
    assert "<script" not in drawing
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
