"""What the commands print while they work."""

from __future__ import annotations

import pytest

from coveragekit.cli.screen import StepBar, counted


def test_a_step_is_named_when_it_begins_where_no_bar_can_move(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with StepBar() as progress:
        progress("compile the kernels (once on this machine)", "start", 0.0)
        begun = capsys.readouterr().err
        progress("compile the kernels (once on this machine)", "done", 60.0)
        progress("isovists", "kept", 0.0)

    assert begun == "compile the kernels (once on this machine) ...\n"


def test_one_thing_is_not_counted_as_several() -> None:
    assert [counted(n, "row") for n in (0, 1, 2048)] == [
        "0 rows",
        "1 row",
        "2,048 rows",
    ]
    assert counted(2, "authority", "authorities") == "2 authorities"
