"""Set up, check, test, measure and show the project; needs nothing but Python 3.11+."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "set-up"
OLDEST = (3, 11)
MOST_WORKERS = 4  # each takes up to 1 GB


def main(words: list[str]) -> int:
    """Run one of the tasks by name."""
    tasks = {
        "setup": lambda _: setup(),
        "demo": demo,
        "test": test,
        "check": check,
        "bench": bench,
        "soak": soak,
    }
    name, rest = (words[0], words[1:]) if words else ("", [])
    if name not in tasks:
        print(f"usage: dev.py {{{'|'.join(tasks)}}} [words for the task]")
        return 2
    try:
        return tasks[name](rest) or 0
    except subprocess.CalledProcessError as error:
        print(f"\n{name} stopped: {' '.join(map(str, error.cmd))} failed")
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
        return 1


def setup() -> None:
    """Make the virtual environment, once for each state of pyproject.toml."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"Python {found} is too old: install Python 3.11 or newer, then run this")
        print("again with it, for example: make setup PYTHON=python3.11")
        raise SystemExit(1)
    state = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == state:
        return
    started = time.monotonic()
    print("setting up .venv (once; some minutes, 2 GB) ...", flush=True)
    if not (BIN / exe("python")).exists():
        try:
            run(sys.executable, "-m", "venv", VENV)
        except subprocess.CalledProcessError:
            print("venv is missing; get it with: apt-get install python3-venv")
            raise
    pip = (BIN / exe("python"), "-m", "pip", "install", "--quiet")
    pip = (*pip, "--disable-pip-version-check")
    run(*pip, "--editable", f"{ROOT}[demo,dev]")
    STAMP.write_text(state)
    print(f"set up in {time.monotonic() - started:.0f} s", flush=True)


def demo(words: list[str]) -> None:
    """Build the demo study and open its page."""
    setup()
    run(BIN / exe("coveragekit"), "demo", *words)


def check(_words: list[str] | None = None) -> None:
    """Run everything that reads the code and does not run it."""
    setup()
    python = BIN / exe("python")
    run(python, "-m", "ruff", "format", "--check", ".")
    run(python, "-m", "ruff", "check", ".")
    run(python, "-m", "mypy")
    run(BIN / exe("lint-imports"), "--no-cache")
    modules = sorted(
        str(path.relative_to(ROOT))
        for path in (ROOT / "coveragekit").rglob("*.py")
        if "kernels" not in path.stem
    )
    run(BIN / exe("numpydoc"), "lint", *modules)


def test(words: list[str]) -> None:
    """Run the checks, the tests, and every benchmark once at a small size."""
    check()
    pytest = (BIN / exe("python"), "-m", "pytest")
    if words:
        run(*pytest, *words)
        return
    # Pages start servers and kernels of their own and keep each other company alone;
    # measurements want the machine to themselves.
    pages, measured = "tests/browser", "tests/benchmarks"
    workers = str(min(os.cpu_count() or 1, MOST_WORKERS))
    beside = ("-n", workers, "--dist", "loadfile")
    run(*pytest, *beside, f"--ignore={measured}", f"--ignore={pages}")
    run(*pytest, *beside, pages)
    run(*pytest, measured)


def bench(words: list[str]) -> None:
    """Measure every promise at its full size and print the table."""
    setup()
    environment = {"COVERAGEKIT_BENCH_SCALE": "1"}
    chosen = words or ["tests/benchmarks"]
    options = ("-p", "no:cacheprovider", "--timeout", "1800", "-q")
    run(BIN / exe("python"), "-m", "pytest", *options, *chosen, **environment)


def soak(words: list[str]) -> None:
    """Run the tests that look for leaks and rare failures, at their full length."""
    setup()
    environment = {"COVERAGEKIT_SOAK": "full"}
    options = ("-m", "soak", "--timeout", "1800")
    run(BIN / exe("python"), "-m", "pytest", *options, *words, **environment)


def exe(name: str) -> str:
    """Give the file name of a program on this system."""
    return f"{name}.exe" if os.name == "nt" else name


def run(*words: object, **environment: str) -> None:
    """Run a program in the project's folder and stop where it fails."""
    command = [str(word) for word in words]
    print("$", " ".join(word.replace(f"{ROOT}/", "") for word in command), flush=True)
    merged = {**os.environ, **environment}
    subprocess.run(command, cwd=ROOT, env=merged, check=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
