"""The audit log is one unbroken chain, and whatever is done to it is found."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import LargeBinary, Text, cast, literal, select, text
from sqlalchemy.engine import make_url

from coveragekit.errors import InputError, RegistryError
from coveragekit.registry.audit import Entry, append, read_log
from coveragekit.registry.audit_check import Verdict, goes_on, verify
from coveragekit.registry.audit_guard import grant_statements, rights_beyond
from coveragekit.registry.opening import Registry
from coveragekit.registry.schema import audit_entry
from tests.databases import Clock, Server
from tests.registry.tampering import RAW, behind, hash_anew


def line(number: int = 0, **more: object) -> Entry:
    """Give something to write down."""
    return Entry(
        "kim",
        "officer",
        "human",
        "view_live",
        "camera",
        (f"cam_{number}",),
        **{"purpose": "call", "case_number": "26-0417", **more},  # type: ignore[arg-type]
    )


def filled(registry: Registry, lines: int = 20) -> None:
    with registry.write() as connection:
        for number in range(1, lines + 1):
            append(connection, line(number))


def verdict(registry: Registry) -> Verdict:
    with registry.read() as connection:
        return verify(connection)


def test_a_line_reads_back_as_it_was_written(registry: Registry, clock: Clock) -> None:
    said = line(
        7,
        offence="120",
        legal_basis="consent",
        parameters={"källa": 'a"\\\n', "share": 0.1, "deep": [1, None, {"b": True}]},
        result="allowed",
        reason="the owner agreed to it",
        rows=3,
        digest="00ff",
        recipient="Ann",
    )

    with registry.write() as connection:
        seq = append(connection, said)
    with registry.read() as connection:
        (kept,) = read_log(connection)

    assert seq == kept.seq == 1
    assert kept.entry == said
    assert kept.at == clock()


def test_a_log_that_nobody_touched_is_in_order(registry: Registry) -> None:
    assert verdict(registry).ok

    filled(registry)

    found = verdict(registry)
    assert (found.ok, found.entries, found.first_bad) == (True, 20, None)


def test_without_a_checkpoint_completeness_is_not_claimed(registry: Registry) -> None:
    filled(registry)

    found = verdict(registry)

    assert found.ok
    assert not found.complete
    assert "completeness cannot be proved" in found.words[0]


CHANGES = {
    "actor": "sam",
    "role": "officeR",
    "kind": "unattended",
    "action": "clip",
    "object_type": "cameras",
    "purpose": "calm",
    "offence": "13A",
    "case_number": "26-0418",
    "legal_basis": "warrant",
    "result": "refused",
    "reason": "",
    "rows": 1,
    "digest": "0",
    "recipient": "Ann",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_named_with_its_line(
    registry: Registry, column: str
) -> None:
    filled(registry)

    with behind(registry) as connection:
        table = audit_entry
        change = table.update().where(table.c.seq == 11)
        connection.execute(change.values({column: CHANGES[column]}))

    found = verdict(registry)
    assert (found.ok, found.first_bad, found.what) == (False, 11, "changed")
    assert found.entries == 10


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("object_ids", '["cam_12"]'),
        ("object_ids", '[ "cam_11"]'),
        ("object_ids", '["cam_11"'),
        ("parameters", '{"a":1}'),
        ("parameters", '{"a":NaN}'),
        ("parameters", "[" * 5_000),
    ],
)
def test_a_changed_list_is_found_though_it_reads_the_same_or_not_at_all(
    registry: Registry, column: str, value: str
) -> None:
    filled(registry)

    with behind(registry) as connection:
        connection.execute(RAW.update().where(RAW.c.seq == 11).values({column: value}))

    found = verdict(registry)
    assert (found.first_bad, found.what) == (11, "changed")


def test_a_changed_time_is_found(registry: Registry, clock: Clock) -> None:
    filled(registry)

    with behind(registry) as connection:
        change = audit_entry.update().where(audit_entry.c.seq == 11)
        connection.execute(change.values(at=clock() + timedelta(microseconds=1)))

    assert verdict(registry).first_bad == 11


def test_a_changed_digest_is_found(registry: Registry) -> None:
    filled(registry)

    with behind(registry) as connection:
        change = audit_entry.update().where(audit_entry.c.seq == 11)
        connection.execute(change.values(hash="0" * 64))

    assert verdict(registry).first_bad == 11


def test_a_line_changed_with_its_digest_is_found_by_the_next_one(
    registry: Registry,
) -> None:
    filled(registry)

    with behind(registry) as connection:
        table = audit_entry
        change = table.update().where(table.c.seq == 11).values(actor="sam")
        connection.execute(change)
        hash_anew(connection, registry.registry_id, start=11, end=11)

    found = verdict(registry)
    assert (found.first_bad, found.what, found.entries) == (11, "changed", 10)


@pytest.mark.parametrize(("first", "last"), [(1, 1), (11, 11), (11, 14), (19, 19)])
def test_removed_lines_are_named(registry: Registry, first: int, last: int) -> None:
    filled(registry)

    with behind(registry) as connection:
        gone = audit_entry.delete().where(audit_entry.c.seq.between(first, last))
        connection.execute(gone)

    found = verdict(registry)
    assert (found.first_bad, found.what) == (first, "removed")
    assert (f"{first}-{last}" if first < last else f"line {first} ") in found.words[0]


def test_removed_lines_are_named_though_the_rest_was_renumbered(
    registry: Registry,
) -> None:
    filled(registry)

    with behind(registry) as connection:
        table = audit_entry
        connection.execute(table.delete().where(table.c.seq.between(11, 12)))
        for seq in range(13, 21):
            change = table.update().where(table.c.seq == seq)
            connection.execute(change.values(seq=seq - 2))

    found = verdict(registry)
    assert (found.first_bad, found.what) == (11, "removed")
    assert "2 lines removed" in found.words[0]


def test_reordered_lines_are_named(registry: Registry) -> None:
    filled(registry)

    with behind(registry) as connection:
        table = audit_entry
        for old, new in ((11, 99), (14, 11), (99, 14)):
            change = table.update().where(table.c.seq == old)
            connection.execute(change.values(seq=new))

    found = verdict(registry)
    assert (found.first_bad, found.what) == (11, "reordered")
    assert "line 11 stands as line 14" in found.words[0]


def test_a_line_put_in_between_is_found(registry: Registry) -> None:
    filled(registry)

    with behind(registry) as connection:
        table = audit_entry
        for seq in range(20, 10, -1):
            change = table.update().where(table.c.seq == seq)
            connection.execute(change.values(seq=seq + 1))
        row = dict(
            connection.execute(select(table).where(table.c.seq == 10)).one()._mapping
        )
        connection.execute(table.insert(), {**row, "seq": 11, "hash": "1" * 64})

    found = verdict(registry)
    assert not found.ok
    assert found.first_bad == 11


def test_a_log_of_another_registry_is_not_taken_for_this_one(
    registry: Registry,
) -> None:
    filled(registry)

    with behind(registry) as connection:
        query = text("UPDATE meta SET value = 'another' WHERE key = 'registry_id'")
        connection.execute(query)
    registry._id = None

    found = verdict(registry)
    assert (found.ok, found.first_bad) == (False, 1)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_one_byte_changed_in_any_text_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("log") / "registry.sqlite"
    with Registry.open(place, create=True) as registry:
        filled(registry, 6)
        seq = data.draw(st.integers(1, 6))
        columns = [column.name for column in audit_entry.columns]
        column = data.draw(st.sampled_from([*columns[1:8], "hash", "prev_hash"]))
        here = RAW.c.seq == seq
        with behind(registry) as connection:
            held = connection.execute(
                select(cast(RAW.c[column], LargeBinary)).where(here)
            ).scalar_one()
            at = data.draw(st.integers(0, len(held) - 1))
            byte = data.draw(st.integers(0, 255).filter(lambda one: one != held[at]))
            changed = held[:at] + bytes([byte]) + held[at + 1 :]
            value = cast(literal(changed, LargeBinary), Text)
            connection.execute(RAW.update().where(here).values({column: value}))

        found = verdict(registry)

    assert not found.ok
    assert found.first_bad == seq


def test_the_database_itself_refuses_to_change_a_line(registry: Registry) -> None:
    filled(registry)
    table = audit_entry
    later = {"seq": 30, "hash": "1" * 64, "prev_hash": "2" * 64}
    tries = [
        table.update().where(table.c.seq == 3).values(actor="sam"),
        table.delete().where(table.c.seq == 20),
        table.insert().values(**_row(registry, 20), **later),
        table.insert().values(**_row(registry, 20), **{**later, "seq": 21}),
    ]

    for statement in tries:
        with pytest.raises(RegistryError), registry.write() as connection:
            connection.execute(statement)

    assert verdict(registry).entries == 20


def _row(registry: Registry, seq: int) -> dict[str, object]:
    with registry.read() as connection:
        query = select(audit_entry).where(audit_entry.c.seq == seq)
        row = dict(connection.execute(query).one()._mapping)
    return {k: v for k, v in row.items() if k not in {"seq", "hash", "prev_hash"}}


def test_insert_or_replace_does_not_slip_past_the_guards(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "registry.sqlite", create=True) as registry:
        filled(registry)
        with registry.read() as connection:
            row = connection.execute(select(RAW).where(RAW.c.seq == 5)).one()
        changed = {**row._mapping, "actor": "sam"}
        statement = RAW.insert().prefix_with("OR REPLACE")

        with pytest.raises(RegistryError), registry.write() as connection:
            connection.execute(statement, changed)

        assert verdict(registry).ok


def test_the_role_that_works_in_postgresql_can_only_add(postgres: Server) -> None:
    address = postgres.database(postgres.template)
    role, word = f"desk_{make_url(address).database}", "canary-role"
    postgres.run(f"CREATE ROLE {role} LOGIN PASSWORD '{word}'")
    try:
        with Registry.open(address) as registry:
            filled(registry)
            with behind(registry) as connection:
                for statement in grant_statements(role):
                    connection.execute(text(statement))
            with registry.read() as connection:
                assert "owner" in rights_beyond(connection)
        url = make_url(address).set(username=role, password=word)
        with Registry.open(url.render_as_string(hide_password=False)) as desk:
            with desk.read() as connection:
                assert rights_beyond(connection) == ()
            with desk.write() as connection:
                assert append(connection, line(21)) == 21
            for forbidden in (
                "UPDATE audit_entry SET actor = 'sam'",
                "DELETE FROM audit_entry",
                "TRUNCATE audit_entry",
                "ALTER TABLE audit_entry DISABLE TRIGGER USER",
                "DROP TRIGGER audit_entry_no_change ON audit_entry",
            ):
                with pytest.raises(RegistryError), desk.write() as connection:
                    connection.execute(text(forbidden))
            assert verdict(desk).entries == 21
    finally:
        postgres.drop(address)
        postgres.run(f"DROP ROLE {role}")


def test_a_strange_name_of_a_role_is_refused() -> None:
    with pytest.raises(InputError, match="no name of a role"):
        grant_statements('x" TO public; --')


def test_ten_threads_at_once_keep_one_chain(
    registry: Registry, reopen: Callable[[], Registry]
) -> None:
    doors = [registry, *(reopen() for _ in range(9))]
    start = threading.Barrier(10)
    faults: list[BaseException] = []

    def work(number: int, one: Registry) -> None:
        try:
            start.wait()
            for turn in range(12):
                with one.write() as connection:
                    append(connection, line(number * 100 + turn))
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [
        threading.Thread(target=work, args=item) for item in enumerate(doors, start=1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not faults
    found = verdict(registry)
    assert (found.ok, found.entries) == (True, 120)
    assert _order_of_each(registry) == [list(range(12))] * 10


WRITER = """
import sys
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.opening import Registry
url, number = sys.argv[1], int(sys.argv[2])
with Registry.open(url) as registry:
    print("ready", flush=True)
    sys.stdin.readline()
    for turn in range(12):
        with registry.write() as connection:
            one = f"cam_{number * 100 + turn}"
            said = Entry("kim", "officer", "human", "look", "camera", (one,))
            append(connection, said)
"""


@pytest.mark.slow
def test_ten_processes_at_once_keep_one_chain(
    registry: Registry, registry_url: str
) -> None:
    command = [sys.executable, "-c", WRITER, registry_url]
    writers = [
        subprocess.Popen(
            [*command, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(1, 11)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:  # all of them wait by now: let them loose together
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()

    for writer in writers:
        writer.communicate(timeout=120)

    assert [writer.returncode for writer in writers] == [0] * 10
    found = verdict(registry)
    assert (found.ok, found.entries) == (True, 120)
    assert _order_of_each(registry) == [list(range(12))] * 10


def _order_of_each(registry: Registry) -> list[list[int]]:
    """Give in which order each writer's lines stand."""
    with registry.read() as connection:
        lines = read_log(connection)
    seen: dict[int, list[int]] = {}
    for one in lines:
        number = int(one.entry.object_ids[0].removeprefix("cam_"))
        seen.setdefault(number // 100, []).append(number % 100)
    return [seen[number] for number in sorted(seen)]


def test_a_clock_that_jumps_back_is_told_and_breaks_no_order(
    registry: Registry, clock: Clock
) -> None:
    filled(registry, 3)
    before = clock()

    clock.pass_by(hours=-5)
    filled(registry, 2)
    back = clock()
    clock.pass_by(hours=6)
    filled(registry, 1)

    with registry.read() as connection:
        lines = read_log(connection)
    assert [one.at for one in lines] == [before] * 5 + [clock()]
    said = [one.entry.parameters.get("clock_said") for one in lines]
    told = back.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert said == [None, None, None, told, told, None]
    assert verdict(registry).ok


def test_what_is_rolled_back_leaves_no_line(registry: Registry) -> None:
    filled(registry, 2)

    def fail() -> None:
        with registry.write() as connection:
            append(connection, line(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert verdict(registry).entries == 2


def test_the_log_is_read_by_what_people_ask(registry: Registry, clock: Clock) -> None:
    with registry.write() as connection:
        append(connection, line(1, result="allowed"))
        append(connection, line(10, result="refused", case_number="26-99"))
    clock.pass_by(hours=1)
    with registry.write() as connection:
        append(connection, Entry("ann", "auditor", "human", "read_audit", "registry"))

    def seqs(**asked: object) -> list[int]:
        with registry.read() as connection:
            found = read_log(connection, **asked)  # type: ignore[arg-type]
        return [one.seq for one in found]

    assert seqs() == [1, 2, 3]
    assert seqs(limit=2) == [1, 2]
    assert seqs(after_seq=1) == [2, 3]
    assert seqs(actor="ann") == [3]
    assert seqs(action="view_live") == [1, 2]
    assert seqs(result="refused") == [2]
    assert seqs(case_number="26-99") == [2]
    assert seqs(since=clock()) == [3]
    assert seqs(until=clock()) == [1, 2]
    assert seqs(object_id="cam_1") == [1]  # not cam_10
    assert seqs(object_id="cam_%") == []


def test_a_line_of_contents_is_refused() -> None:
    with pytest.raises(InputError, match=r"reason has 10,000,000 characters"):
        line(reason="x" * 10_000_000)
    with pytest.raises(InputError, match="parameters has"):
        line(parameters={"all": ["x" * 1_000] * 200})
    with pytest.raises(InputError, match="NUL"):
        line(reason="a\x00b")
    with pytest.raises(InputError, match="half a character"):
        line(reason="\ud83d")
    with pytest.raises(InputError, match="names as texts"):
        line(parameters={9: "a", 10: "b"})
    with pytest.raises(InputError, match="finite"):
        line(parameters={"a": float("nan")})


def test_a_line_without_an_actor_or_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="needs its actor"):
        Entry("", "officer", "human", "view_live", "camera")
    with pytest.raises(InputError, match="allowed: human, unattended, system"):
        Entry("kim", "officer", "robot", "view_live", "camera")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="allowed: allowed, refused, done, failed"):
        line(result="maybe")


def test_a_clock_without_a_zone_is_refused(registry: Registry) -> None:
    with (
        pytest.raises(InputError, match="has no zone"),
        registry.write() as connection,
    ):
        append(connection, line(), now=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_digest_is_the_one_that_the_docs_describe(registry: Registry) -> None:
    import hashlib

    moment = datetime(2026, 5, 1, 12, 30, 0, 250, tzinfo=UTC)
    with registry.write() as connection:
        append(connection, Entry("kim", "officer", "human", "x", "y"), now=moment)
    said = {
        "action": "x",
        "actor": "kim",
        "at": "2026-05-01T12:30:00.000250Z",
        "case_number": None,
        "digest": None,
        "form": 1,
        "kind": "human",
        "legal_basis": None,
        "object_ids": [],
        "object_type": "y",
        "offence": None,
        "parameters": {},
        "prev_hash": hashlib.sha256(
            f'{{"form":1,"registry":"{registry.registry_id}"}}'.encode()
        ).hexdigest(),
        "purpose": None,
        "reason": None,
        "recipient": None,
        "registry": registry.registry_id,
        "result": "done",
        "role": "officer",
        "rows": None,
        "seq": 1,
    }
    words = json.dumps(said, separators=(",", ":"), sort_keys=True)

    with registry.read() as connection:
        (kept,) = read_log(connection)

    assert kept.hash == hashlib.sha256(words.encode()).hexdigest()


def test_a_log_goes_on_from_what_was_signed_or_does_not(registry: Registry) -> None:
    filled(registry)
    with registry.read() as connection:
        lines = read_log(connection)
        assert goes_on(connection, 12, lines[11].hash)
        assert goes_on(connection, 0, lines[0].prev_hash)
        assert not goes_on(connection, 12, lines[10].hash)
        assert not goes_on(connection, 21, lines[19].hash)

    with behind(registry) as connection:
        change = audit_entry.update().where(audit_entry.c.seq == 15)
        connection.execute(change.values(actor="sam"))

    with registry.read() as connection:
        assert not goes_on(connection, 12, lines[11].hash)
        assert goes_on(connection, 15, lines[14].hash)
