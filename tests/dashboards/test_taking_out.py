"""The export menu: files of what the filters leave, and printed maps."""

from __future__ import annotations

import io
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from coveragekit.dashboards.backroom import Call
from coveragekit.dashboards.backroom_tasks import Job, perform
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.planner.export_panel import ExportPanel
from coveragekit.dashboards.planner.filter_address import to_address
from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.page_state import PageState
from coveragekit.dashboards.planner.printing import _figures
from coveragekit.dashboards.planner.taking_out import (
    FORMATS,
    answers_of,
    file_name,
    wanted_keys,
)
from coveragekit.errors import InputError
from coveragekit.study import Study
from coveragekit.view import mercator
from tests.study import towns


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    first = towns.cameras()
    second = first.assign(camera_id="c2", access="public")
    second = second.set_geometry([towns.at(20, 10)] * len(second), crs=first.crs)
    cameras = pd.concat([first, second], ignore_index=True)
    folder = tmp_path_factory.mktemp("taking") / "town"
    study = towns.make_town(folder, cameras=cameras)
    study.build()
    return study


def _export(town: Study, **given: Any) -> dict[str, Any]:
    asked = {"tables": "cameras", "kind": "csv", "scope": "all", "filters": ""}
    return perform("export", {"role": "analyst", **asked, **given}, Job(town.path))


def _print(town: Study, **given: Any) -> dict[str, Any]:
    west, north, east, south = answers_of(town, "analyst").store.meta["bounds_merc"]
    corners = mercator.to_lonlat([[west, north], [east, south]])
    asked = {
        "west": float(corners[0, 0]),
        "north": float(corners[0, 1]),
        "east": float(corners[1, 0]),
        "south": float(corners[1, 1]),
        "layers": "base:1,coverage:0.75,gaps:0.90,cameras:1",
        "filters": "",
        "kind": "png",
        "sheet": "a4",
        "role": "planner",
    }
    return perform("print", {**asked, **given}, Job(town.path))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written_by_the_back_room(town: Study, kind: str) -> None:
    answer = _export(town, kind=kind)

    assert answer["name"].endswith(f"-cameras.{kind}")
    assert len(answer["content"]) > 100


def test_a_drawn_area_takes_what_lies_in_it(town: Study) -> None:
    cameras = town.results().cameras()
    first = cameras.geometry.iloc[0]
    half = 2e-4
    ring = [
        (first.x - half, first.y - half),
        (first.x + half, first.y - half),
        (first.x + half, first.y + half),
        (first.x - half, first.y + half),
    ]
    filters = Filters().changed({"polygon": ring})
    inside = cameras.cx[ring[0][0] : ring[1][0], ring[0][1] : ring[2][1]]
    address = to_address(filters, answers_of(town, "analyst").terms)

    answer = _export(town, scope="filtered", filters=address)

    taken = pd.read_csv(io.BytesIO(answer["content"]))
    assert 0 < len(inside) < len(cameras)
    assert set(taken["camera_id"]) == set(inside["camera_id"])


def test_all_is_all_whatever_is_filtered(town: Study) -> None:
    address = to_address(Filters(tier="public"), answers_of(town, "analyst").terms)

    answer = _export(town, scope="all", filters=address)

    taken = pd.read_csv(io.BytesIO(answer["content"]))
    assert len(taken) == len(town.results().cameras())


def test_the_filters_choose_cameras_by_tier_and_events_by_what_counts(
    town: Study,
) -> None:
    answers = answers_of(town, "analyst")
    cameras, events = town.results().cameras(), town.results().incident_coverage()

    keys = wanted_keys(answers, Filters(tier="public"))

    of_tier = cameras["access"].isin(["public", "planned"])
    assert set(keys["cameras"]) == set(cameras.loc[of_tier, "camera_id"])
    counted = events.loc[events["street_visible"], "incident_id"]
    assert set(keys["incidents"]) == set(counted)
    assert "gaps" not in keys


def test_the_planner_gets_incidents_by_cell(town: Study) -> None:
    answer = _export(town, tables="incidents", role="planner")

    taken = pd.read_csv(io.BytesIO(answer["content"]))
    assert "incident_id" not in taken.columns
    assert "counted by cells" in answer["notes"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "exe"},
        {"role": "root"},
        {"scope": "everything"},
        {"tables": "owners"},
        {"tables": "../../etc/passwd"},
        {"tables": "cameras", "path": "/etc"},
    ],
)
def test_a_forged_wish_is_refused(town: Study, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        _export(town, **wrong)


@pytest.mark.parametrize(
    ("kind", "magic"), [("pdf", b"%PDF"), ("png", b"\x89PNG"), ("html", b"<!DOCTYPE")]
)
def test_the_map_is_printed(town: Study, kind: str, magic: bytes) -> None:
    answer = _print(town, kind=kind)

    assert answer["content"].lstrip().startswith(magic)
    assert answer["name"].endswith(f"-map.{kind}")


@pytest.mark.parametrize(
    ("sheet", "inches"), [("a4", (11.69, 8.27)), ("letter-portrait", (8.5, 11.0))]
)
def test_a_print_is_as_large_as_its_paper(
    town: Study, sheet: str, inches: tuple[float, float]
) -> None:
    with Image.open(io.BytesIO(_print(town, sheet=sheet)["content"])) as image:
        assert image.size == pytest.approx([side * 200 for side in inches], abs=2)


def test_a_print_tells_of_no_few_incidents_but_to_an_analyst(town: Study) -> None:
    event = town.results().incident_coverage().geometry.iloc[0]
    half = 2e-5
    ring = [
        (event.x - half, event.y - half),
        (event.x + half, event.y - half),
        (event.x, event.y + half),
    ]
    filters = Filters().changed({"polygon": ring})

    told = {
        role: dict(_figures(answers_of(town, role), filters))
        for role in ("analyst", "planner")
    }

    assert any("Incidents seen, of 1" in words for words in told["analyst"])
    assert not any("Incidents" in words for words in told["planner"])


def test_a_print_of_no_layer_has_its_names(town: Study) -> None:
    assert _print(town, layers="")["content"].startswith(b"\x89PNG")


def test_the_public_gets_no_print_of_cameras_and_gaps(town: Study) -> None:
    kept = _print(town, role="public", layers="base:1,coverage:0.75")["content"]

    assert _print(town, role="public")["content"] == kept
    assert _print(town, role="planner")["content"] != kept


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"layers": "base:1,owners:1"}, "there is no layer 'owners'"),
        ({"west": 3.0, "east": 2.0}, "no extent"),
        ({"sheet": "a0"}, "a0"),
    ],
)
def test_a_print_that_cannot_be_is_refused(
    town: Study, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        _print(town, **wrong)


@pytest.mark.parametrize(
    ("study", "name"),
    [
        ("../../etc/passwd", "etc-passwd-gaps.csv"),
        ("<img src=x>", "img-src-x-gaps.csv"),
        ("", "gaps.csv"),
        ("Käpylä\r\nSet-Cookie: a", "Käpylä-Set-Cookie-a-gaps.csv"),
    ],
)
def test_a_file_name_holds_letters_digits_and_hyphens(study: str, name: str) -> None:
    assert file_name(study, ["gaps"], kind="csv") == name


class _Room:
    """A back room that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.calls: list[Call] = []

    def submit(self, name: str, *, tell: object = None, **given: Any) -> Call:
        self.asked.append((name, given))
        self.calls.append(Call())
        return self.calls[-1]


class _Page:
    """An export panel, its back room, and what it says."""

    def __init__(self, town: Study, role: str) -> None:
        self.room, self.told = _Room(), []
        self.files: list[tuple[dict[str, Any], list[bytes]]] = []
        answers = answers_of(town, "analyst")
        self.panel = ExportPanel(
            PageState(filters=Filters(light="night")),
            terms=answers.terms,
            counts=answers.summary["counts"],
            backroom=self.room,
            bounds=lambda: (1.0, 2.0, 3.0, 4.0),
            desk=FaultDesk(self.told.append),
        )
        self.panel.greet(role)
        self.panel.widget.send = lambda content, buffers=(): self.files.append(
            (content, list(buffers))
        )

    def say(self, **message: Any) -> None:
        self.panel.widget._handle_custom_msg(message, [])

    @property
    def state(self) -> dict[str, Any]:
        return self.panel.widget.state


def test_the_panel_asks_for_what_the_page_shows(town: Study) -> None:
    page = _Page(town, "planner")

    page.say(event="print", kind="pdf", sheet="letter")

    name, given = page.room.asked[0]
    assert name == "print"
    assert given["layers"] == "base:1.00,coverage:0.75,gaps:0.90,cameras:1.00"
    assert given["filters"] == "l:night"
    assert (given["west"], given["south"]) == (1.0, 2.0)
    assert given["role"] == "planner"
    assert page.state["busy"] == "Writing the file"


def test_the_panel_hands_the_file_over_and_says_what_was_withheld(town: Study) -> None:
    page = _Page(town, "planner")

    page.say(event="tables", tables=["incidents"], kind="csv", filtered=True)
    page.room.calls[0].set_result(
        {"content": b"abc", "name": "i.csv", "notes": ["3 calls are withheld"]}
    )

    assert page.files == [
        ({"event": "file", "name": "i.csv", "type": "text/csv"}, [b"abc"])
    ]
    assert page.state["busy"] == ""
    assert page.state["said"] == ["Saved as i.csv (0 kB).", "3 calls are withheld."]


def test_the_button_of_the_gaps_takes_them_out_as_the_menu_does(town: Study) -> None:
    page = _Page(town, "planner")
    told = []

    page.panel.save("gaps", told=lambda **parts: told.append(parts))
    name, given = page.room.asked[0]
    page.room.calls[0].set_result(
        {"content": b"abc", "name": "gaps.csv", "notes": ["no rate is told"]}
    )

    assert name == "export"
    assert given == {
        "tables": "gaps",
        "kind": "csv",
        "scope": "filtered",
        "filters": "l:night",
        "role": "planner",
    }
    assert [one["saving"] for one in told] == [True, False]
    assert told[-1]["saved"] == "Saved as gaps.csv (0 kB). No rate is told."
    assert [one[0]["name"] for one in page.files] == ["gaps.csv"]


def test_who_may_not_have_gaps_gets_none_by_the_button(town: Study) -> None:
    page = _Page(town, "public")

    with pytest.raises(InputError, match="the role public may not have the table gaps"):
        page.panel.save("gaps", told=lambda **_: None)

    assert page.room.asked == []


def test_the_role_is_never_the_pages_word(town: Study) -> None:
    page = _Page(town, "planner")

    page.say(event="tables", tables=["incidents"], kind="csv", role="analyst")

    assert page.room.asked[0][1]["role"] == "planner"


def test_a_role_is_offered_only_what_it_may_have(town: Study) -> None:
    page = _Page(town, "public")

    assert "gaps" not in {one["key"] for one in page.state["tables"]}
    page.say(event="tables", tables=["gaps"], kind="csv")
    assert page.room.asked == []
    assert "choose at least one of the tables" in page.told[0]


@pytest.mark.parametrize("kind", ["exe", None, "../csv"])
def test_an_unknown_format_is_refused(town: Study, kind: object) -> None:
    page = _Page(town, "analyst")

    page.say(event="tables", tables=["gaps"], kind=kind)

    assert page.room.asked == []
    assert "there is no format" in page.told[0]


def test_one_file_is_written_after_the_other(town: Study) -> None:
    page = _Page(town, "analyst")

    page.say(event="print", kind="pdf")
    page.say(event="print", kind="pdf")

    assert len(page.room.asked) == 1
    assert "another file is being written" in page.told[0]


def test_a_fault_is_told_and_the_panel_is_free_again(town: Study) -> None:
    page = _Page(town, "analyst")

    page.say(event="print", kind="pdf")
    page.room.calls[0].set_exception(InputError("the map shows nothing; move it"))

    assert "Could not write the file: the map shows nothing; move it" in page.told[0]
    assert page.state["busy"] == ""
    assert page.files == []


def test_a_cancelled_file_is_said_to_be(town: Study) -> None:
    page = _Page(town, "analyst")

    page.say(event="print", kind="pdf")
    page.say(event="cancel")

    with pytest.raises(CancelledError):
        page.room.calls[0].result()
    assert page.state["said"] == ["Cancelled; nothing was written."]
    assert page.state["busy"] == ""


def test_no_path_of_the_machine_reaches_the_page(town: Study) -> None:
    answer = _export(town, kind="geojson")

    assert str(Path(town.path)).encode() not in answer["content"]
    assert "/" not in answer["name"]
