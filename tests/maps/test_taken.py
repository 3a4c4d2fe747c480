"""A page that opens misses what is said meanwhile, and is told it once more."""

from __future__ import annotations

import threading

import pytest
import traitlets

from coveragekit.maps.taken import TellingWidget, taken_script


class Two(TellingWidget):
    _esm = "export default { render() {} }"
    one = traitlets.Int(0).tag(sync=True)
    other = traitlets.Int(0).tag(sync=True)


@pytest.fixture
def sent(monkeypatch) -> list[dict]:
    """Give what is sent to a page: the values by the name of their trait."""
    told: list[dict] = []
    monkeypatch.setattr(
        Two, "_send", lambda _, message, buffers=None: told.append(message["state"])
    )
    return told


def test_what_changed_while_a_page_opened_is_told_again(sent) -> None:
    widget = Two()
    widget.one = 1
    widget.begin()
    widget.other = 2
    widget.other = 3
    sent.clear()

    widget.tell_again()

    assert sent == [{"other": 3}]


def test_a_page_that_missed_nothing_is_told_nothing(sent) -> None:
    widget = Two()
    widget.one = 1
    widget.begin()
    sent.clear()

    widget.tell_again()

    assert sent == []


def test_everything_is_told_again_where_everything_was_sent(sent) -> None:
    widget = Two(one=5)
    widget.begin()
    widget.send_state()
    sent.clear()

    widget.tell_again()

    assert sent[0]["one"] == 5
    assert sent[0]["other"] == 0


def test_no_older_value_is_sent_after_a_newer_one(monkeypatch) -> None:
    told: list[dict] = []
    begun, go_on = threading.Event(), threading.Event()

    def send(_: Two, message: dict, buffers: object = None) -> None:
        if not begun.is_set():  # the first is slow on its way
            begun.set()
            assert go_on.wait(10)
        told.append(message["state"])

    widget = Two()
    monkeypatch.setattr(Two, "_send", send)
    first = threading.Thread(target=lambda: setattr(widget, "one", 1))
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=lambda: setattr(widget, "one", 2))
    second.start()
    second.join(0.2)
    go_on.set()
    first.join(10)
    second.join(10)

    assert [one["one"] for one in told] == [1, 2]


def test_the_script_counts_what_the_kernel_has_yet_to_take() -> None:
    assert "ckUntaken" in taken_script()
    assert "export" not in taken_script()
