"""A build keeps what still holds, switches at the end, and survives being killed."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from coveragekit.errors import SourceError, StudyError
from coveragekit.study import steps
from coveragekit.study.steps import Step, results_folder, run_steps


def _step(
    name: str,
    *,
    rests_on: tuple[str, ...] = (),
    ran: list[str] | None = None,
    **inputs: object,
) -> Step:
    def run(folder: Path) -> None:
        if ran is not None:
            ran.append(name)
        text = "".join((folder / f"{other}.txt").read_text() for other in rests_on)
        (folder / f"{name}.txt").write_text(f"{text}{name}{sorted(inputs.items())}\n")

    return Step(name, f"make {name}", (f"{name}.txt",), rests_on, inputs, run)


def test_the_first_build_runs_every_step_and_the_second_none(tmp_path: Path) -> None:
    ran: list[str] = []
    chain = [_step("a", ran=ran), _step("b", rests_on=("a",), ran=ran)]

    run_steps(tmp_path, chain)
    run_steps(tmp_path, chain)

    assert ran == ["a", "b"]
    folder = results_folder(tmp_path)
    assert folder is not None
    assert (folder / "b.txt").read_text() == "a[]\nb[]\n"


def test_a_changed_input_runs_only_what_rests_on_it(tmp_path: Path) -> None:
    ran: list[str] = []

    def chain(size: int) -> list[Step]:
        return [
            _step("a", ran=ran),
            _step("b", ran=ran, size=size),
            _step("c", rests_on=("b",), ran=ran),
            _step("d", rests_on=("a",), ran=ran),
        ]

    run_steps(tmp_path, chain(1))
    ran.clear()
    run_steps(tmp_path, chain(2))

    assert ran == ["b", "c"]
    folder = results_folder(tmp_path)
    assert folder is not None
    assert sorted(path.name for path in folder.glob("*.txt")) == [
        "a.txt",
        "b.txt",
        "c.txt",
        "d.txt",
    ]
    assert "('size', 2)" in (folder / "c.txt").read_text()


def test_the_former_results_stay_until_the_next_build(tmp_path: Path) -> None:
    for size in (1, 2, 3):
        run_steps(tmp_path, [_step("a", size=size)])

    whole = [path for path in (tmp_path / ".results").iterdir() if path.is_dir()]
    assert len(whole) == 2


def test_progress_hears_of_each_step(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []

    def hear(step: str, state: str, seconds: float) -> None:
        assert seconds >= 0.0
        heard.append((step, state))

    run_steps(tmp_path, [_step("a")], progress=hear)
    run_steps(tmp_path, [_step("a")], progress=hear)

    assert heard == [("make a", "start"), ("make a", "done"), ("make a", "kept")]


def test_a_step_that_fails_leaves_the_former_results(tmp_path: Path) -> None:
    run_steps(tmp_path, [_step("a", size=1)])

    def fail(_folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    broken = Step("a", "make a", ("a.txt",), (), {"size": 2}, fail)
    with pytest.raises(SourceError, match=r"disk of .* is full.*former results"):
        run_steps(tmp_path, [broken])

    folder = results_folder(tmp_path)
    assert folder is not None
    assert "('size', 1)" in (folder / "a.txt").read_text()


def test_a_step_that_forgets_its_file_is_named(tmp_path: Path) -> None:
    lazy = Step("lazy", "be lazy", ("lazy.txt",), (), {}, lambda _folder: None)

    with pytest.raises(StudyError, match=r"'lazy' ended without writing lazy\.txt"):
        run_steps(tmp_path, [lazy])


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    def again(_folder: Path) -> None:
        run_steps(tmp_path, [_step("b")])

    with pytest.raises(StudyError, match="being built by another process"):
        run_steps(tmp_path, [Step("a", "make a", (), (), {}, again)])


def test_never_built_means_no_results(tmp_path: Path) -> None:
    assert results_folder(tmp_path) is None


def test_a_pointer_file_serves_where_links_do_not(tmp_path: Path) -> None:
    (tmp_path / ".results" / "x").mkdir(parents=True)
    (tmp_path / "results").write_text(".results/x")

    assert results_folder(tmp_path) == tmp_path / ".results" / "x"


def test_a_failing_build_keeps_the_former_results_behind_a_pointer_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps.sys, "platform", "win32")
    monkeypatch.chdir(tmp_path)
    study = Path("town")
    study.mkdir()
    run_steps(study, [_step("a", size=1)])
    assert (study / "results").is_file()
    ran: list[str] = []
    run_steps(study, [_step("a", size=1, ran=None), _step("b", ran=ran)])
    assert ran == ["b"]

    def fail(_folder: Path) -> None:
        raise OSError(errno.EIO, "broken")

    with pytest.raises(SourceError):
        run_steps(study, [Step("a", "make a", ("a.txt",), (), {"size": 2}, fail)])

    folder = results_folder(study)
    assert folder is not None
    assert "('size', 1)" in (folder / "a.txt").read_text()


def test_finishing_does_not_touch_the_former_results(tmp_path: Path) -> None:
    def finish(folder: Path, seconds: dict[str, float]) -> None:
        steps.replace_text(folder / "a.txt", f"took {sorted(seconds)}")

    run_steps(tmp_path, [_step("a"), _step("b", size=1)], finish=finish)
    first = results_folder(tmp_path)
    assert first is not None
    (first / "a.txt").chmod(0o644)
    former = (first / "a.txt").stat().st_ino
    run_steps(tmp_path, [_step("a"), _step("b", size=2)], finish=finish)
    second = results_folder(tmp_path)

    assert second is not None
    assert second != first
    assert (second / "a.txt").stat().st_ino != former
    assert (second / "a.txt").read_text() == "took ['a', 'b']"


def _build_for_ever(folder: Path) -> None:
    def slow(target: Path) -> None:
        for number in range(400):
            (target / "slow.txt").write_text("x" * number * 1000)
            time.sleep(0.001)

    size = 0
    while True:
        size += 1
        run_steps(
            folder, [Step("slow", "write", ("slow.txt",), (), {"size": size}, slow)]
        )


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of POSIX")
def test_a_build_killed_at_any_moment_leaves_whole_results(tmp_path: Path) -> None:
    times = 200 if os.environ.get("COVERAGEKIT_SOAK") == "full" else 20
    run_steps(tmp_path, [_step("first")])
    context = multiprocessing.get_context("spawn")
    for number in range(times):
        builder = context.Process(target=_build_for_ever, args=(tmp_path,))
        builder.start()
        time.sleep(0.4 + 0.037 * (number % 20))
        assert builder.pid is not None
        os.kill(builder.pid, signal.SIGKILL)
        builder.join()

        folder = results_folder(tmp_path)
        assert folder is not None
        slow = folder / "slow.txt"
        assert not slow.exists() or slow.stat().st_size == 399_000
    run_steps(tmp_path, [_step("last")])
    assert len(list((tmp_path / ".results").glob("*.part"))) == 0
