"""A page cannot make its kernel run code, nor reach what is not its own."""

from __future__ import annotations

import asyncio
import http.cookiejar
import itertools
import json
import re
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import websockets

from coveragekit import dashboards, maps
from coveragekit.dashboards import serve_planner
from coveragekit.dashboards.serving import Proxy, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

V1 = "v1.kernel.websocket.jupyter.org"
SECRET = "a secret of the proxy that is long enough"  # noqa: S105 - of this test
AT_ONCE = 300  # each is told twice to everybody; a socket keeps a thousand
PATIENCE_S = 120.0  # for a machine that has much else to do
BRIDGE = Path(maps.__file__).parent / "static" / "bridge"


@dataclass
class Client:
    """Somebody who speaks HTTP and websockets by hand."""

    base: str
    headers: dict[str, str]

    def __post_init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar)
        )

    def ask(self, path: str, *, method: str = "GET", data: bytes | None = None) -> int:
        return self.read(path, method=method, data=data)[0]

    def read(
        self, path: str, *, method: str = "GET", data: bytes | None = None
    ) -> tuple[int, str]:
        request = urllib.request.Request(
            self.base + path, data=data, method=method, headers=self.headers
        )
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode("utf-8")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode("utf-8")

    def open_page(self, path: str = "/") -> str:
        """Open the page and give the id of its kernel."""
        status, text = self.read(path)
        assert status == 200, text
        found = re.search(r'"kernelId":\s*"([^"]+)"', text)
        assert found is not None
        return found.group(1)

    def cookies(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


def message(
    kind: str, content: dict[str, object], *, channel: str = "shell", **metadata: str
) -> bytes:
    """Give a message by Jupyter's protocol v1."""
    head = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": "forged",
        "username": "",
        "version": "5.3",
        "date": "2026-01-01T00:00:00Z",
    }
    return packed(
        channel, [json.dumps(part).encode() for part in (head, {}, metadata, content)]
    )


def packed(channel: str, parts: list[bytes]) -> bytes:
    pieces = [channel.encode(), *parts]
    starts = [8 * (len(pieces) + 2)]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    numbers = [len(starts), *starts]
    return b"".join([*(one.to_bytes(8, "little") for one in numbers), *pieces])


def parts_of(raw: bytes) -> tuple[dict, dict, dict]:
    """Give header, header of what it answers, and content of a message."""
    count = int.from_bytes(raw[:8], "little")
    at = [int.from_bytes(raw[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    parts = [raw[a:b] for a, b in itertools.pairwise(at)]
    return json.loads(parts[1]), json.loads(parts[2]), json.loads(parts[4])


async def _talk(
    client: Client, kernel: str, said: list[bytes | str], *, until: str
) -> dict[str, list[dict[str, object]]]:
    """Say things to a kernel, then ask who it is; give what it said until then.

    What a kernel tells everybody is dropped where too much of it waits to be read, so
    no more is said at once than can be kept.
    """
    address = f"{client.base.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    heard: dict[str, list[dict[str, object]]] = {}
    async with websockets.connect(
        f"{address}?session_id=forged",
        subprotocols=[V1],
        additional_headers={"Cookie": client.cookies(), **client.headers},
        proxy=None,
        max_size=None,
    ) as line:
        for start in range(0, max(len(said), 1), AT_ONCE):
            for one in said[start : start + AT_ONCE]:
                await line.send(one)
            question = message("kernel_info_request", {})
            await line.send(question)
            async with asyncio.timeout(PATIENCE_S):
                await _hear(line, heard, question)
        async with asyncio.timeout(PATIENCE_S):
            while until not in heard:
                _keep(heard, await line.recv())
    return heard


async def _hear(
    line: websockets.ClientConnection, heard: dict[str, list], question: bytes
) -> None:
    """Listen until a question is answered, to who asked and to everybody."""
    number = parts_of(question)[0]["msg_id"]
    is_answered = is_idle = False
    while not (is_answered and is_idle):
        raw = await line.recv()
        kind, content = _keep(heard, raw)
        if parts_of(raw)[1].get("msg_id") == number:
            is_answered |= kind == "kernel_info_reply"
            is_idle |= content.get("execution_state") == "idle"


def _keep(heard: dict[str, list], raw: bytes) -> tuple[str, dict[str, object]]:
    header, _, content = parts_of(raw)
    kind = header["msg_type"]
    heard.setdefault(kind, []).append(content)
    if content.get("data", {}).get("method") == "update_states":
        heard["update_states"] = [content]
    return kind, content


def talk(
    client: Client, kernel: str, *said: bytes | str, until: str = "kernel_info_reply"
) -> dict[str, list]:
    # In a thread of its own: another test's Chromium may have a loop in this one.
    with ThreadPoolExecutor(1) as alone:
        talked = _talk(client, kernel, list(said), until=until)
        return alone.submit(asyncio.run, talked).result()


@pytest.fixture(scope="module")
def alone(town, log_file) -> Iterator[Client]:
    """Serve the town, and give somebody who has opened its address."""
    assert log_file
    with serve_planner(town.path, serving=Serving(user="Kim", preheat=0)) as served:
        parts = urlsplit(served.url)
        client = Client(f"http://{parts.netloc}", {})
        assert client.ask(f"/?{parts.query}") == 200
        yield client


@pytest.fixture(scope="module")
def kernel(alone: Client) -> str:
    """Give the kernel of an open page."""
    return alone.open_page()


def test_no_code_is_run_completed_or_inspected(alone, kernel, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w').close()"
    run = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    header = json.dumps({"msg_id": "1", "msg_type": "execute_request", "session": "x"})
    twice = header.replace("{", '{"msg_type": "kernel_info_request", ', 1).encode()
    other = header.replace("}", ', "msg_type": "kernel_info_request"}', 1).encode()
    legacy = {
        "header": json.loads(header),
        "parent_header": {},
        "metadata": {},
        "content": run,
        "buffers": [],
        "channel": "shell",
    }
    body = json.dumps(run).encode()

    heard = talk(
        alone,
        kernel,
        message("execute_request", run),
        message("execute_request", run, channel="control"),
        message("kernel_info_request", run, channel="control"),
        message("execute_request", run, channel="stdin"),
        message("complete_request", {"code": "imp", "cursor_pos": 3}),
        message("inspect_request", {"code": "open", "cursor_pos": 4}),
        message("is_complete_request", {"code": "1"}),
        message("history_request", {"hist_access_type": "tail", "n": 9, "raw": True}),
        message("debug_request", {"command": "evaluate"}, channel="control"),
        message("create_subshell_request", {}, channel="control"),
        message("interrupt_request", {}, channel="control"),
        message("shutdown_request", {"restart": False}, channel="control"),
        message("shutdown_request", {"restart": True}),
        message("input_reply", {"value": code}, channel="stdin"),
        packed("shell", [twice, b"{}", b"{}", body]),
        packed("shell", [other, b"{}", b"{}", body]),
        json.dumps(legacy),
    )

    assert len(heard["kernel_info_reply"]) == 1
    # The page's own parts may still be told what was counted as it opened.
    assert set(heard) <= {"status", "kernel_info_reply", "comm_msg"}
    assert not mark.exists()


def test_a_message_that_is_none_harms_nobody(alone, kernel) -> None:
    talk(
        alone,
        kernel,
        b"",
        b"\x01",
        b"\xff" * 64,
        (2**62).to_bytes(8, "little") + b"\0" * 64,  # so many parts to be counted to
        packed("shell", [b"[" * 100_000, b"{}", b"{}", b"{}"]),
        packed("shell", [b"{}"]),
        packed("\N{SNOWMAN}", [b"{}", b"{}", b"{}", b"{}"]),
        "text",
        "[]",
    )

    assert talk(alone, kernel)["kernel_info_reply"]


def test_nothing_new_is_opened_in_the_kernel(alone, kernel) -> None:
    image = {
        "_model_module": "@jupyter-widgets/controls",
        "_model_module_version": "2.0.0",
        "_model_name": "FileUploadModel",
        "_view_module": "@jupyter-widgets/controls",
        "_view_module_version": "2.0.0",
        "_view_name": "FileUploadView",
    }
    before = talk(alone, kernel, message("comm_info_request", {}))
    known = set(before["comm_info_reply"][0]["comms"])

    talk(
        alone,
        kernel,
        message(
            "comm_open",
            {
                "comm_id": "new",
                "target_name": "jupyter.widget",
                "data": {"state": image},
            },
            version="2.1.0",
        ),
        message("comm_open", {"comm_id": "mine", "target_name": "mine", "data": {}}),
    )

    after = talk(alone, kernel, message("comm_info_request", {}))
    assert set(after["comm_info_reply"][0]["comms"]) == known
    assert known


def test_forged_messages_of_widgets_leave_the_page_alive(
    alone, kernel, log_file
) -> None:
    before = talk(alone, kernel, message("comm_info_request", {}))
    comms = list(before["comm_info_reply"][0]["comms"])
    contents: list[object] = [
        {"method": "custom", "content": {"event": name}}
        for name in ("theme", "basis", "layer", "tier", "gap", "camera", "explain")
    ]
    contents += [
        {
            "method": "custom",
            "content": {"event": "layer", "key": ["x"], "shown": 1e999},
        },
        {"method": "custom", "content": "text"},
        {"method": "custom"},
        {"method": "update", "state": {"state": 7, "zoom": "far", "center": [1e9]}},
        {"method": "update", "state": {"layers": ["IPY_MODEL_none"]}},
        {"method": "update", "state": {"_model_name": 3, "comm": None, "keys": []}},
        {"method": "update"},
        {"method": "__class__", "state": {}},
        {},
    ]
    forged = [
        message("comm_msg", {"comm_id": comm, "data": content})
        for comm in comms
        for content in contents
    ]
    forged.append(message("comm_msg", {"comm_id": "none", "data": {}}))
    forged.append(message("comm_msg", {}))

    heard = talk(alone, kernel, *forged)

    assert len(comms) > 10
    assert heard["kernel_info_reply"]
    assert not {"error", "stream", "execute_result"} & set(heard)


def _events() -> set[str]:
    """Give the name of every event that a script of a page sends."""
    folders = (Path(dashboards.__file__).parent / "static", BRIDGE)
    found: set[str] = set()
    for script in (one for folder in folders for one in folder.glob("*.js")):
        text = script.read_text("utf-8")
        found.update(re.findall(r"""\bsend\(\s*(?:\{ event: )?"([\w-]+)\"""", text))
        found.update(re.findall(r"""\bevent: "([\w-]+)\"""", text))
    return found


def test_every_event_of_every_part_may_hold_anything(alone, kernel, tmp_path) -> None:
    mark = tmp_path / "mark"
    code = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    nasty: list[object] = [
        code,
        "../../../../etc/passwd",
        -1,
        1e308,
        [],
        {},
        None,
        True,
    ]
    names = ("key", "id", "name", "kind", "row", "lon", "lat", "ring", "asks", "text")
    states = _states(alone, kernel)
    parts = [name for name, one in states.items() if one["model_module"] == "anywidget"]
    events = _events()
    forged = [
        message(
            "comm_msg",
            {
                "comm_id": part,
                "data": {
                    "method": "custom",
                    "content": {"event": event, **dict.fromkeys(names, value)},
                },
            },
        )
        for part in parts
        for event in events
        for value in nasty
    ]

    heard = talk(alone, kernel, *forged)

    assert len(parts) > 8
    assert {"layer", "explain", "tiles", "polygon"} <= events
    assert heard["kernel_info_reply"]
    assert not {"error", "stream", "execute_result"} & set(heard)
    assert not mark.exists()
    assert set(_states(alone, kernel)) >= set(states)


def test_only_what_a_page_needs_is_answered(alone, kernel) -> None:
    gone = [
        "/api/kernels",
        "/api/contents",
        "/api/sessions",
        "/api/terminals",
        "/api/kernelspecs",
        "/voila/tree/",
        "/voila/render/planner.ipynb",
        "/voila/files/planner.ipynb",
        f"/voila/query/{kernel}",
        f"/voila/execution/{kernel}",
        "/login",
        "/../../etc/passwd",
        "/planner.ipynb",
    ]

    assert {path: alone.ask(path) for path in gone} == dict.fromkeys(gone, 404)
    assert alone.ask("/api/kernels", method="POST", data=b"{}") in {403, 404, 405}
    assert alone.ask(f"/api/kernels/{kernel}", method="DELETE") in {403, 405}
    assert alone.ask(f"/voila/api/shutdown/{kernel}", method="POST", data=b"") == 403
    assert alone.ask(f"/api/kernels/{kernel}") == 200


def test_who_does_not_know_the_token_sees_nothing(alone, kernel) -> None:
    stranger = Client(alone.base, {})

    status, text = stranger.read("/")
    assert status == 403
    assert "You are not let in" in text
    assert "coveragekit serve has printed" in text
    assert stranger.ask("/?token=guess") == 403
    assert stranger.ask(f"/api/kernels/{kernel}") == 403
    assert stranger.ask(f"/coveragekit/alive/{kernel}") == 403
    with pytest.raises(websockets.InvalidStatus, match="403"):
        talk(stranger, kernel)
    assert stranger.ask("/coveragekit/health") == 200


def test_a_page_of_another_site_cannot_speak_to_the_kernel(alone, kernel) -> None:
    foreign = Client(alone.base, {"Origin": "https://evil.example"})
    foreign.jar = alone.jar

    with pytest.raises(websockets.InvalidStatus, match="403"):
        talk(foreign, kernel)


def _staff(base: str, user: str, groups: str = "cov-planners") -> Client:
    return Client(
        base,
        {
            "X-Coveragekit-Secret": SECRET,
            "X-Forwarded-User": user,
            "X-Forwarded-Groups": groups,
        },
    )


def test_two_users_get_their_own_name_and_cannot_reach_each_other(
    town, log_file
) -> None:
    proxy = Proxy(SECRET, groups={"cov-analysts": "analyst", "cov-planners": "planner"})
    serving = Serving(proxy=proxy, preheat=1, hosts=("city.example",))
    with serve_planner(town.path, serving=serving) as served:
        base = served.url.rstrip("/")
        assert "token" not in served.url
        kim = _staff(base, "Kim")
        lee = _staff(
            base, "Lee \N{SNOWMAN}".encode().decode("latin-1"), "cov-analysts,x"
        )

        first, second = kim.open_page("/?q=1"), lee.open_page()

        states = [_header(client, one) for client, one in ((kim, first), (lee, second))]
        assert states == ["Kim, planner", "Lee \N{SNOWMAN}, analyst"]
        assert '"alive": true' in kim.read(f"/coveragekit/alive/{first}")[1]
        assert '"alive": false' in lee.read(f"/coveragekit/alive/{first}")[1]
        assert lee.ask(f"/api/kernels/{first}") == 404
        with pytest.raises(websockets.InvalidStatus, match="404"):
            talk(lee, first)
        assert _staff(base, "Max", "others").read("/")[0] == 403
        liar = Client(
            base, {"X-Forwarded-User": "Kim", "X-Forwarded-Groups": "cov-planners"}
        )
        assert "reached through its sign-on alone" in liar.read("/")[1]


def _states(client: Client, kernel: str) -> dict[str, dict]:
    """Give the state of each widget of a page, as the page itself asks for it."""
    ask = message(
        "comm_open",
        {"comm_id": "ask", "target_name": "jupyter.widget.control", "data": {}},
        version="1.0.0",
    )
    wanted = message(
        "comm_msg", {"comm_id": "ask", "data": {"method": "request_states"}}
    )
    heard = talk(client, kernel, ask, wanted, until="update_states")
    return heard["update_states"][0]["data"]["states"]


def _header(client: Client, kernel: str) -> str:
    """Give the user whom the header of a page names."""
    users = [
        one["state"]["state"]["user"]
        for one in _states(client, kernel).values()
        if "user" in (one["state"].get("state") or {})
    ]
    assert len(users) == 1
    return users[0]
