"""The file that says how the owner's form is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coveragekit.errors import InputError
from coveragekit.server import Front
from coveragekit.server.draft import Draft, Seal
from coveragekit.server.front_file import read_front

if TYPE_CHECKING:
    from pathlib import Path


def _file(folder: Path, text: str) -> Path:
    path = folder / "form.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_setting_of_the_form_is_read(tmp_path) -> None:
    (tmp_path / "form.key").write_bytes(bytes(range(40)))
    (tmp_path / "form.key").chmod(0o600)
    read = read_front(
        _file(
            tmp_path,
            '[form]\nagency = "City Police"\ncontact = "404 555 0100"\n'
            'hosts = ["cameras.example.org"]\nproxies = ["10.0.0.4"]\nhttps = true\n'
            'base_url = "/cameras/"\naddress = "0.0.0.0"\nkey_file = "form.key"\n',
        )
    )

    assert read.address == "0.0.0.0"  # noqa: S104 - what the file says
    assert read.front == Front(
        agency="City Police",
        contact="404 555 0100",
        hosts=("cameras.example.org",),
        proxies=("10.0.0.4",),
        https=True,
        base_url="/cameras/",
        key=read.front.key,
    )
    assert "\\x01\\x02" not in repr(read)


def test_an_empty_table_is_the_form_as_it_comes(tmp_path) -> None:
    read = read_front(_file(tmp_path, "[form]\n"))

    assert read.front == Front()
    assert read.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[form", "cannot be read"),
        ("[serve]\nuser = 'x'\n", "allowed: one table \\[form\\]"),
        ("form = 3\n", "allowed: one table"),
        ("[form]\nhost = 'a'\n", "host is no setting.*allowed: address, agency"),
        ("[form]\nhosts = 'a.example'\n", "hosts is 'a.example'; allowed: a list"),
        ("[form]\nhosts = [1]\n", "hosts is \\[1\\]; allowed: a list of texts"),
        ("[form]\nhttps = 'yes'\n", "https is 'yes'; allowed: true or false"),
        ("[form]\nagency = 7\n", "agency is 7; allowed: a text"),
        ("[form]\nkey_file = 'gone'\n", "gone cannot be read"),
        ("[form]\nkey_file = 'form.toml'\n", "bytes; allowed: 32 or more"),
    ],
)
def test_a_wrong_file_says_what_is_allowed(tmp_path, text, said) -> None:
    with pytest.raises(InputError, match=said):
        read_front(_file(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        read_front(tmp_path / "none.toml")


def test_a_key_of_any_random_bytes_seals_drafts_over_a_restart(tmp_path):
    key = tmp_path / "form.key"
    key.write_bytes(b"\x00\xff" * 16)
    key.chmod(0o600)
    (tmp_path / "form.toml").write_text("[form]\nkey_file = 'form.key'\n")
    draft = Draft().with_camera(lon=1.0)

    seals = [Seal(read_front(tmp_path / "form.toml").front.key) for _ in range(2)]

    assert seals[1].kept(seals[0].keep(draft), within_s=60) == draft


def test_a_key_that_others_can_read_is_refused(tmp_path):
    key = tmp_path / "form.key"
    key.write_bytes(bytes(range(40)))
    key.chmod(0o644)
    (tmp_path / "form.toml").write_text("[form]\nkey_file = 'form.key'\n")

    with pytest.raises(InputError, match="chmod 600"):
        read_front(tmp_path / "form.toml")
