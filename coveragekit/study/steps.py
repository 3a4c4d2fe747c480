"""Run the steps of a build, each only when what it rests on has changed."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from filelock import FileLock, Timeout

from coveragekit.errors import SourceError, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "Progress",
    "Step",
    "disk_error",
    "replace_bytes",
    "replace_text",
    "results_folder",
    "run_steps",
    "silent",
]

log = logging.getLogger(__name__)

STORE: Final = ".results"
POINTER: Final = "results"
KEYS: Final = "steps.json"


class Progress(Protocol):
    """Told of each step as it starts, goes on and ends."""

    def __call__(self, step: str, state: str, seconds: float) -> None:
        """
        Take note of a step.

        Parameters
        ----------
        step
            What is being done, in words.
        state
            ``"start"``, ``"done"``, ``"kept"`` (nothing it rests on has changed), or
            how far it is, such as ``"3 of 64"``.
        seconds
            Time that it took, 0 at the start.
        """


def silent(step: str, state: str, seconds: float) -> None:
    """Take note of a step and say nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of a build.

    Parameters
    ----------
    name
        Short name, in ``timings_s``.
    title
        What is done, for people.
    files
        Files that it writes into the results folder; folders end in ``/``.
    rests_on
        Names of earlier steps whose files it reads.
    inputs
        Whatever else it depends on, as anything JSON can hold: digests of tables,
        parameters, the version of the method.
    run
        Called with the folder to write into and to read earlier files from.
    """

    name: str
    title: str
    files: tuple[str, ...]
    rests_on: tuple[str, ...]
    inputs: Mapping[str, Any]
    run: Callable[[Path], None]


def results_folder(study: Path) -> Path | None:
    """
    Give the folder of the results in force.

    Parameters
    ----------
    study
        The study's folder.

    Returns
    -------
    pathlib.Path or None
        The folder, or ``None`` where the study was never built.
    """
    pointer = study / POINTER
    if pointer.is_dir():
        return pointer.resolve()
    if pointer.is_file():
        target = (study / pointer.read_text("utf-8").strip()).resolve()
        return target if target.is_dir() else None
    return None


def run_steps(
    study: Path,
    steps: Sequence[Step],
    *,
    progress: Progress = silent,
    finish: Callable[[Path, Mapping[str, float]], None] | None = None,
) -> dict[str, float]:
    """
    Run the steps whose ground has changed, then switch to the new results at once.

    Parameters
    ----------
    study
        The study's folder.
    steps
        The steps, each after those that it rests on.
    progress
        Told of each step.
    finish
        Called with the new folder and the seconds by step when all steps have run.

    Returns
    -------
    dict
        Seconds by step; steps that were kept have those of the run that made them.

    Raises
    ------
    StudyError
        Another build of the study is running.
    SourceError
        The disk is full or not writable; the former results are still in force.

    Notes
    -----
    A build writes into a folder of its own and renames it when every file is there and
    on disk, so that a crash at any moment leaves the former results in force. What was
    left behind is cleared by the next build. The former results stay until then.
    """
    store = study / STORE
    try:
        store.mkdir(exist_ok=True)
        with FileLock(store / "lock", timeout=0):
            return _run_locked(study, steps, progress=progress, finish=finish)
    except Timeout as error:
        message = f"{study} is being built by another process; wait until it has ended"
        raise StudyError(message) from error
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise disk_error(
            study, error, "the former results are still in force"
        ) from error


def disk_error(folder: Path, error: OSError, state: str) -> SourceError:
    """
    Give in plain words why something could not be written.

    Parameters
    ----------
    folder
        Where it was to be written.
    error
        What the system said.
    state
        What is still true, in words.

    Returns
    -------
    SourceError
        To be raised.
    """
    if error.errno == errno.ENOSPC:
        message = f"the disk of {folder} is full; make room and do it again: {state}"
    else:
        named = f" ({error.filename})" if error.filename else ""
        message = (
            f"{folder} cannot be written: {error.strerror or error}{named}; {state}"
        )
    return SourceError(message)


def _run_locked(
    study: Path,
    steps: Sequence[Step],
    *,
    progress: Progress,
    finish: Callable[[Path, Mapping[str, float]], None] | None,
) -> dict[str, float]:
    keys = _keys(steps)
    whole = _digest([keys[step.name] for step in steps])[:16]
    final = study / STORE / whole
    former = results_folder(study)
    if former is not None and _is_whole(former, keys, steps):
        for step in steps:
            progress(step.title, "kept", 0.0)
        return dict(_read_keys(former)["seconds"])
    _clear(study, keep=former)
    while final.exists():  # damaged results of these very inputs, still in force
        final = final.with_name(f"{final.name}a")
    working = final.with_name(f"{final.name}.part")
    working.mkdir()
    seconds = _run_all(steps, keys, working=working, former=former, progress=progress)
    if finish is not None:
        finish(working, seconds)
    written = {"keys": keys, "seconds": seconds}
    (working / KEYS).write_text(json.dumps(written, indent=1), "utf-8")
    _sync(working)
    working.rename(final)
    _sync_folder(study / STORE)
    _switch(study, final)
    _sync_folder(study)
    return seconds


def _run_all(
    steps: Sequence[Step],
    keys: Mapping[str, str],
    *,
    working: Path,
    former: Path | None,
    progress: Progress,
) -> dict[str, float]:
    old = _read_keys(former) if former is not None else {"keys": {}, "seconds": {}}
    seconds: dict[str, float] = {}
    for step in steps:
        same = old["keys"].get(step.name) == keys[step.name]
        if former is not None and same and _has_files(former, step):
            for name in step.files:
                _take_over(former / name, working / name)
            seconds[step.name] = old["seconds"].get(step.name, 0.0)
            progress(step.title, "kept", 0.0)
            continue
        progress(step.title, "start", 0.0)
        started = time.perf_counter()
        step.run(working)
        missing = [name for name in step.files if not (working / name).exists()]
        if missing:
            message = f"step {step.name!r} ended without writing {missing[0]}"
            raise StudyError(message)
        seconds[step.name] = round(time.perf_counter() - started, 3)
        progress(step.title, "done", seconds[step.name])
    return seconds


def _keys(steps: Sequence[Step]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for step in steps:
        ground = [keys[name] for name in step.rests_on]
        keys[step.name] = _digest([step.name, step.inputs, ground])
    return keys


def replace_text(path: Path, text: str) -> None:
    """
    Write a text as a new file, so that a hard link to the former one keeps its own.

    Parameters
    ----------
    path
        The file to write or replace.
    text
        What it is to hold.
    """
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    Parameters
    ----------
    path
        The file to write or replace.
    content
        What it is to hold.
    """
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)


def _digest(ground: object) -> str:
    text = json.dumps(ground, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_keys(folder: Path) -> dict[str, dict[str, Any]]:
    nothing: dict[str, dict[str, Any]] = {"keys": {}, "seconds": {}}
    try:
        read = json.loads((folder / KEYS).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return nothing  # then every step is due
    return read if isinstance(read, dict) and set(read) == set(nothing) else nothing


def _is_whole(folder: Path, keys: Mapping[str, str], steps: Sequence[Step]) -> bool:
    is_same = _read_keys(folder)["keys"] == dict(keys)
    return is_same and all(_has_files(folder, step) for step in steps)


def _has_files(folder: Path, step: Step) -> bool:
    return all((folder / name).exists() for name in step.files)


def _take_over(source: Path, target: Path) -> None:
    if source.is_dir():
        for path in _files_below(source):
            _take_over(path, target / path.relative_to(source))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _sync(folder: Path) -> None:
    for path in _files_below(folder):
        with path.open("rb") as handle:
            if sys.platform != "win32":
                os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _switch(study: Path, final: Path) -> None:
    fresh = study / f".{POINTER}.new"
    fresh.unlink(missing_ok=True)
    target = final.relative_to(study)
    if sys.platform == "win32":
        fresh.write_text(target.as_posix(), "utf-8")
    else:
        fresh.symlink_to(target, target_is_directory=True)
    fresh.replace(study / POINTER)
    log.info("results switched to %s", target)


def _clear(study: Path, *, keep: Path | None) -> None:
    for path in (study / STORE).iterdir():
        if path.is_dir() and (keep is None or path.resolve() != keep):
            shutil.rmtree(path)
