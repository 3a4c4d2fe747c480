"""Signed checkpoints reveal a cut tail and a chain that was hashed anew."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from coveragekit.errors import InputError
from coveragekit.registry.audit import Entry, append, last_entry
from coveragekit.registry.audit_check import RECORD_KEY, Verdict, verify
from coveragekit.registry.checkpoints import (
    Checkpoint,
    add_checkpoint,
    checkpoint_file,
    is_signed,
    public_key,
    read_checkpoints,
    signing_key,
)
from coveragekit.registry.opening import Registry
from coveragekit.registry.schema import audit_entry
from tests.registry.tampering import behind, hash_anew


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return signing_key(tmp_path / "keys" / "audit.pem")


@pytest.fixture
def file(registry: Registry, tmp_path: Path) -> Path:
    return checkpoint_file(tmp_path / "checkpoints", registry.registry_id)


def fill(registry: Registry, lines: int, key: Ed25519PrivateKey | None = None) -> None:
    with registry.write() as connection:
        if key is not None:
            name = (public_key(key),)
            said = Entry("(signer)", "system", "system", RECORD_KEY, "key", name)
            append(connection, said)
        for number in range(lines):
            one = (f"cam_{number}",)
            append(connection, Entry("kim", "officer", "human", "look", "camera", one))


def sign(
    registry: Registry, file: Path, key: Ed25519PrivateKey, kind: str = "checkpoint"
) -> Checkpoint:
    with registry.read() as connection:
        seq, _, digest = last_entry(connection)
    said = Checkpoint(kind, registry.registry_id, 0, seq, digest, "", "", "")
    return add_checkpoint(file, key, said, now=registry.clock())


def check(registry: Registry, file: Path, keys: list[str] | None = None) -> Verdict:
    with registry.read() as connection:
        return verify(connection, read_checkpoints(file), keys=keys)


@pytest.fixture
def signed(registry: Registry, file: Path, key: Ed25519PrivateKey) -> Registry:
    """Give a log of 20 lines, signed after 10 and after 20, and 3 lines more."""
    fill(registry, 9, key)
    sign(registry, file, key)
    fill(registry, 10)
    sign(registry, file, key)
    fill(registry, 3)
    return registry


def test_a_checkpoint_proves_the_log_up_to_its_line(
    signed: Registry, file: Path
) -> None:
    found = check(signed, file)

    assert found.ok
    assert not found.complete  # three lines hang on the chain alone
    assert (found.entries, found.proved_to) == (23, 20)
    assert "complete up to line 20 of 23" in found.words[0]
    assert "the 3 after it hang on the chain alone" in found.words[0]


def test_a_log_is_complete_where_its_last_line_is_signed(
    signed: Registry, file: Path, key: Ed25519PrivateKey
) -> None:
    sign(signed, file, key)

    found = check(signed, file)

    assert found.complete
    assert (found.entries, found.proved_to) == (23, 23)
    assert "complete up to line 23 of 23" in found.words[0]


def test_a_cut_tail_is_found(signed: Registry, file: Path) -> None:
    with behind(signed) as connection:
        connection.execute(audit_entry.delete().where(audit_entry.c.seq > 17))

    found = check(signed, file)

    assert (found.ok, found.first_bad, found.what) == (False, 18, "cut")
    assert "lines 18-20 are gone" in found.words[0]
    with signed.read() as connection:
        assert verify(connection).ok  # which is why a checkpoint is needed


def test_an_emptied_log_is_found(signed: Registry, file: Path) -> None:
    with behind(signed) as connection:
        connection.execute(audit_entry.delete())

    # the key that signed is known to the auditor, the log holds nothing any more
    found = check(signed, file, [read_checkpoints(file)[0].key])

    assert (found.ok, found.first_bad, found.what) == (False, 1, "cut")


@pytest.mark.parametrize(
    ("start", "first_bad", "words"),
    [(4, 1, "one of lines 1-10"), (14, 11, "one of lines 11-20")],
)
def test_a_chain_hashed_anew_is_found(
    signed: Registry, file: Path, start: int, first_bad: int, words: str
) -> None:
    with behind(signed) as connection:
        change = audit_entry.update().where(audit_entry.c.seq == start)
        connection.execute(change.values(actor="sam"))
        hash_anew(connection, signed.registry_id, start=start)

    with signed.read() as connection:
        assert verify(connection).ok  # the chain itself is whole again
    found = check(signed, file)

    assert (found.ok, found.first_bad, found.what) == (False, first_bad, "hashed anew")
    assert words in found.words[0]


def test_a_cut_tail_that_grew_again_is_found(signed: Registry, file: Path) -> None:
    with behind(signed) as connection:
        connection.execute(audit_entry.delete().where(audit_entry.c.seq > 17))
    fill(signed, 10)

    found = check(signed, file)

    assert (found.ok, found.first_bad, found.what) == (False, 11, "hashed anew")


def test_a_changed_line_is_named_before_any_checkpoint_is_asked(
    signed: Registry, file: Path
) -> None:
    with behind(signed) as connection:
        change = audit_entry.update().where(audit_entry.c.seq == 14)
        connection.execute(change.values(actor="sam"))

    found = check(signed, file)

    assert (found.first_bad, found.what) == (14, "changed")


def test_checkpoints_cannot_be_forged_without_the_key(
    signed: Registry, file: Path
) -> None:
    first, second = read_checkpoints(file)
    forged = replace(second, seq=17)

    assert is_signed(first)
    assert not is_signed(forged)
    assert not is_signed(replace(first, signature="no base64!"))
    with signed.read() as connection:
        found = verify(connection, [first, forged])

    assert (found.ok, found.what, found.complete) == (False, "checkpoint", False)
    assert "false signature" in found.words[0]


def test_checkpoints_of_another_key_are_not_believed(
    signed: Registry, file: Path, tmp_path: Path
) -> None:
    other = signing_key(tmp_path / "other.pem")
    forged = tmp_path / "forged.jsonl"
    sign(signed, forged, other)

    found = check(signed, forged)
    known = check(signed, file, [public_key(other)])

    assert (found.ok, found.what) == (False, "checkpoint")
    assert "is not one to trust" in found.words[0]
    assert known.what == "checkpoint"


def test_checkpoints_of_another_registry_are_not_believed(
    signed: Registry, file: Path
) -> None:
    (first, _) = read_checkpoints(file)

    with signed.read() as connection:
        found = verify(connection, [replace(first, registry="0" * 32)])

    assert "is of another registry" in found.words[0]


@pytest.mark.parametrize("what", ["taken out", "moved", "changed", "no JSON"])
def test_a_changed_file_of_checkpoints_is_found(
    signed: Registry, file: Path, key: Ed25519PrivateKey, what: str
) -> None:
    sign(signed, file, key)
    lines = file.read_bytes().splitlines(keepends=True)
    changed = {
        "taken out": [lines[0], lines[2]],
        "moved": [lines[1], lines[0], lines[2]],
        "changed": [lines[0].replace(b'"seq":10', b'"seq":9'), *lines[1:]],
        "no JSON": [lines[0], b"{}\n", lines[2]],
    }[what]
    file.write_bytes(b"".join(changed))

    with pytest.raises(InputError, match=r"line [123] of"):
        read_checkpoints(file)


def test_a_half_written_checkpoint_is_passed_over_and_replaced(
    signed: Registry, file: Path, key: Ed25519PrivateKey
) -> None:
    with file.open("ab") as tail:
        tail.write(b'{"at":"2026')  # the power went

    assert len(read_checkpoints(file)) == 2
    sign(signed, file, key)
    assert [one.seq for one in read_checkpoints(file)] == [10, 20, 23]


def test_a_restore_is_told_and_not_taken_for_a_cut(
    signed: Registry, file: Path, key: Ed25519PrivateKey
) -> None:
    with behind(signed) as connection:  # as a backup of the time brings it back
        connection.execute(audit_entry.delete().where(audit_entry.c.seq > 15))
    sign(signed, file, key, kind="restore")
    fill(signed, 2)

    found = check(signed, file)

    assert found.ok
    assert found.proved_to == 15
    assert "restored to line 15; lines 16-20 or more were lost" in found.words[1]

    with behind(signed) as connection:
        connection.execute(audit_entry.delete().where(audit_entry.c.seq > 14))
    assert check(signed, file).what == "cut"


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert read_checkpoints(tmp_path / "none.jsonl") == ()


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.pem"

    first, again = signing_key(path), signing_key(path)

    assert public_key(first) == public_key(again)
    assert [one.name for one in path.parent.iterdir()] == ["audit.pem"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o640)
        with pytest.raises(InputError, match="others can read the signing key"):
            signing_key(path)


def test_a_missing_or_foreign_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no signing key"):
        signing_key(tmp_path / "none.pem", make=False)
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not a key")
    wrong.chmod(0o600)
    with pytest.raises(InputError, match="holds no Ed25519 key"):
        signing_key(wrong)


def test_the_private_key_is_in_no_checkpoint(
    signed: Registry, file: Path, tmp_path: Path
) -> None:
    secret = (tmp_path / "keys" / "audit.pem").read_text().splitlines()[1]

    assert secret not in file.read_text()
    for line in file.read_text().splitlines():
        assert set(json.loads(line)) == {
            *("kind", "registry", "number", "seq", "hash", "at", "key", "before"),
            *("note", "signature"),
        }
