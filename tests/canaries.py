"""Words that stand in the registry alone, and how to look for them elsewhere."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet

# Each word stands in one place of the registry, and in no other test.
PERSON, PHONE, MAIL = "Quetzal Marrow", "404-555-7731", "quetzal.marrow@canary.test"
SIGNER, SECRET = "Ulmar Signett", "hunter2-canary-7731"
CREDENTIAL = "LOBBY_CANARY_7731"
FEED = "lobby-canary.internal.test"
PEOPLE = (PERSON, PHONE, MAIL, SIGNER, "quetzal", "Signett", "5557731")
DEVICES = (SECRET, CREDENTIAL, FEED)
CANARIES = (*PEOPLE, *DEVICES)


def demo_words(folder: Path) -> tuple[str, ...]:
    """Give what no page and no notebook may hold of the demo's simulated cameras."""
    settings = tomllib.loads((folder / "feeds.toml").read_text("utf-8"))
    logins = [one.read_text("utf-8") for one in (folder / "secrets").iterdir()]
    passwords = [one.partition(":")[2] for one in logins]
    assert len(settings["exempt"]) == 2
    assert len(passwords) == 4
    return (*settings["exempt"], *passwords, "stream.m3u8", "picture.jpg", "video.mjpg")


def check(text: str, where: str, words: tuple[str, ...] = CANARIES) -> None:
    """Fail where one of the words is in a text, in whatever letters."""
    lowered = text.lower()
    found = [one for one in words if one.lower() in lowered]
    assert found == [], f"{found} in {where}"


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give all files below a folder, those inside workbooks and packed tables too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    for name in packed.namelist():
                        yield f"{path.name}/{name}", packed.read(name)


def check_files(folder: Path, words: tuple[str, ...] = CANARIES) -> int:
    """Look through all files below a folder; how many there were."""
    count = 0
    for name, content in files_of(folder):
        count += 1
        for encoding in ("latin-1", "utf-16-le"):
            check(content.decode(encoding, "replace"), name, words)
        if name.endswith(".parquet"):
            cells = pyarrow.parquet.read_table(io.BytesIO(content)).to_pydict()
            check(str(cells), name, words)
    return count
