"""Who may come in, what a page may say, and how a server is told to serve."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.dashboards import visit, visit_desk
from coveragekit.dashboards.engine import settings
from coveragekit.dashboards.engine_messages import may_hear, may_say, parts_of, type_of
from coveragekit.dashboards.engine_pages import fault_part, plain_page
from coveragekit.dashboards.serving import Proxy, Serving, read_serving
from coveragekit.dashboards.shell import open_page
from coveragekit.dashboards.sign_on import Visitor, by_proxy, is_token, may_call
from coveragekit.dashboards.visit import Visit, wait_for_visit
from coveragekit.errors import InputError, SourceUnavailable

SECRET = "s" * 32
PROXY = Proxy(SECRET, groups={"cov-admins": "administrator", "cov": "planner"})


def _headers(**changes: list[str]) -> dict[str, list[str]]:
    return {
        "x-coveragekit-secret": [SECRET],
        "x-forwarded-user": ["kim"],
        "x-forwarded-groups": ["staff, cov"],
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }


def test_the_proxy_says_who_comes_and_in_which_role() -> None:
    assert by_proxy(PROXY, peer="127.0.0.1", headers=_headers()) == Visitor(
        "kim", "planner"
    )


def test_the_first_group_of_the_settings_decides() -> None:
    both = _headers(x_forwarded_groups=["cov,cov-admins"])

    assert by_proxy(PROXY, peer="::1", headers=both).role == "administrator"


@pytest.mark.parametrize(
    ("changes", "peer", "words"),
    [
        ({"x_coveragekit_secret": []}, "127.0.0.1", "through its sign-on alone"),
        ({"x_coveragekit_secret": ["t" * 32]}, "127.0.0.1", "through its sign-on"),
        ({"x_coveragekit_secret": [SECRET, "x"]}, "127.0.0.1", "through its sign-on"),
        ({"x_coveragekit_secret": ["\N{SNOWMAN}"]}, "127.0.0.1", "through its sign-on"),
        ({}, "10.0.0.7", "through its sign-on alone"),
        ({}, "", "through its sign-on alone"),
        ({"x_forwarded_user": []}, "127.0.0.1", "did not say who you are"),
        ({"x_forwarded_user": [""]}, "127.0.0.1", "did not say who you are"),
        ({"x_forwarded_user": ["kim", "lee"]}, "127.0.0.1", "did not say who you are"),
        ({"x_forwarded_user": ["k\nim"]}, "127.0.0.1", "did not say who you are"),
        ({"x_forwarded_user": ["k" * 201]}, "127.0.0.1", "did not say who you are"),
        ({"x_forwarded_groups": ["covert"]}, "127.0.0.1", "kim has no role here"),
        ({"x_forwarded_groups": []}, "127.0.0.1", "kim has no role here"),
    ],
)
def test_whoever_does_not_come_through_the_proxy_is_refused(
    changes, peer, words
) -> None:
    with pytest.raises(InputError, match=words):
        by_proxy(PROXY, peer=peer, headers=_headers(**changes))


def test_a_role_for_all_others_lets_them_in() -> None:
    open_door = Proxy(SECRET, role="auditor")

    assert by_proxy(open_door, peer="127.0.0.1", headers=_headers()).role == "auditor"


def test_the_public_has_no_dashboard() -> None:
    with pytest.raises(InputError, match="'public' has no dashboard"):
        Serving(role="public")
    with pytest.raises(InputError, match="'public' has no dashboard"):
        Proxy(SECRET, role="public")
    with pytest.raises(InputError, match="'public' has no dashboard"):
        Proxy(SECRET, groups={"all": "public"})


def test_an_address_in_the_other_notation_is_the_same_address() -> None:
    assert may_call(PROXY, "::ffff:127.0.0.1")
    assert may_call(Proxy(SECRET, addresses=("fe80::1",)), "fe80::1%eth0")
    assert not may_call(PROXY, "::ffff:10.0.0.7")


def test_a_name_is_read_as_people_write_it() -> None:
    told = _headers(x_forwarded_user=["Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"])
    as_bytes = told["x-forwarded-user"][0].encode().decode("latin-1")

    visitor = by_proxy(
        PROXY, peer="::1", headers={**told, "x-forwarded-user": [as_bytes]}
    )

    assert visitor.user == "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"


def test_only_the_token_is_the_token() -> None:
    assert is_token(Serving(token="abc"), "abc")  # noqa: S106 - of this test
    assert not is_token(Serving(token="abc"), "abd")  # noqa: S106
    assert not is_token(Serving(), "")


def test_the_secrets_are_in_no_picture_of_the_settings() -> None:
    shown = repr(Serving(token="hidden-token", proxy=PROXY))  # noqa: S106

    assert SECRET not in shown
    assert "hidden-token" not in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "king"}, "there is no role 'king'; allowed: analyst"),
        ({"listen": "0.0.0.0"}, "allowed without a sign-on proxy: 127.0.0.1"),  # noqa: S104 - refused
        ({"listen": "city"}, "'city' is no address"),
        ({"base_url": "city"}, "allowed: a path such as /city/"),
        ({"preheat": 17}, "preheat is 17; allowed: 0 to 16"),
        ({"most_viewers": 0}, "most_viewers is 0; allowed: 1 to 1,000"),
        ({"cull_after_s": True}, "cull_after_s is True; allowed: 1 to 604,800"),
    ],
)
def test_a_setting_that_is_not_allowed_is_refused(changes, words) -> None:
    with pytest.raises(InputError, match=words):
        Serving(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": "short"}, "has 5 characters; allowed: 24 or more"),
        ({"addresses": ("proxy",)}, "'proxy' is no address"),
        ({"user_header": "X User"}, "'X User' is no header"),
        ({"groups": {"a": "king"}}, "there is no role 'king'"),
        ({"role": "king"}, "there is no role 'king'"),
    ],
)
def test_a_proxy_that_is_not_safe_is_refused(changes, words) -> None:
    with pytest.raises(InputError, match=words):
        Proxy(**{"secret": SECRET, **changes})


def _write(folder: Path, words: str) -> Path:
    (folder / "secret").write_text(SECRET + "\n", "utf-8")
    file = folder / "serve.toml"
    file.write_text(words, "utf-8")
    return file


def test_settings_are_read_from_a_file(tmp_path) -> None:
    file = _write(
        tmp_path,
        """
        [serve]
        hosts = ["city.example"]
        most_viewers = 30
        listen = "0.0.0.0"

        [proxy]
        secret_file = "secret"
        addresses = ["10.0.0.7"]
        user_header = "X-Auth-Request-Email"

        [proxy.groups]
        "cov-analysts" = "analyst"
        """,
    )

    read = read_serving(file)

    assert read.hosts == ("city.example",)
    assert read.most_viewers == 30
    assert read.proxy is not None
    assert read.proxy.secret == SECRET
    assert read.proxy.groups == {"cov-analysts": "analyst"}
    assert Serving.from_json(json.loads(json.dumps(read.as_json()))) == read


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("[serve]\nport = 1", "port is no setting; allowed: base_url"),
        ("[other]\nx = 1", "has a table 'other'; allowed: serve, proxy"),
        ("[proxy]\nsecret_file = 'none'", "cannot be read as settings"),
        ("[proxy]\nrole = 'planner'", "the proxy has no secret"),
        ("[serve", "cannot be read as settings"),
        ("[serve]\nhosts = 'a'", "hosts is 'a'; allowed: a list of texts"),
        ("[serve]\npreheat = 99", "preheat is 99; allowed: 0 to 16"),
        ("[proxy]\nsecret_file = 'secret'\ngroups = ['a']", "allowed: a table"),
        ("[serve]\nbase_url = 3", "base_url is 3; allowed: a text"),
        ("[serve]\nuser = 5", "user is 5; allowed: a text"),
        ("[serve]\npreheat = 'x'", "preheat is 'x'; allowed: 0 to 16"),
        ("[proxy]\nsecret = 123", "secret is no text; allowed: a text"),
        ("serve = 3", "serve is 3; allowed: a table"),
        ("proxy = 3", "proxy is 3; allowed: a table"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path, words, refusal) -> None:
    with pytest.raises(InputError, match=refusal):
        read_serving(_write(tmp_path, words))


def test_nothing_is_culled_later_than_it_is_looked_at() -> None:
    short = settings(Serving(cull_after_s=3), port=1)["MappingKernelManager"]
    usual = settings(Serving(), port=1)["MappingKernelManager"]

    assert (short["cull_idle_timeout"], short["cull_interval"]) == (3, 1)
    assert (usual["cull_idle_timeout"], usual["cull_interval"]) == (600, 60)
    assert usual["cull_connected"] is False


def _packed(parts: list[bytes]) -> bytes:
    starts = [8 * (len(parts) + 2)]
    for part in parts:
        starts.append(starts[-1] + len(part))
    words = [len(starts), *starts]
    return b"".join([*(one.to_bytes(8, "little") for one in words), *parts])


@given(st.lists(st.binary(max_size=20), min_size=4, max_size=9))
def test_a_message_is_taken_apart_as_it_was_put_together(parts) -> None:
    assert parts_of(_packed([b"shell", *parts])) == ("shell", parts)


@given(st.binary(max_size=200))
def test_whatever_is_sent_is_looked_at_without_a_fault(raw) -> None:
    channel, parts = parts_of(raw)
    assert not may_say(channel, parts)
    type_of(raw)


@given(st.text(max_size=20), st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_only_listed_kinds_pass(kind, content) -> None:
    header = json.dumps({"msg_type": kind}).encode()
    parts = [header, b"{}", b"{}", json.dumps(content).encode()]
    passes = kind in {
        "comm_close",
        "comm_info_request",
        "comm_msg",
        "kernel_info_request",
    }

    assert may_say("shell", parts) is passes


def _said(kind: str, **content: Any) -> list[bytes]:
    header = json.dumps({"msg_type": kind}).encode()
    return [header, b"{}", b"{}", json.dumps(content).encode()]


def test_a_page_opens_nothing_but_the_list_of_its_widgets() -> None:
    assert may_say("shell", _said("comm_open", target_name="jupyter.widget.control"))
    assert not may_say("shell", _said("comm_open", target_name="jupyter.widget"))
    assert not may_say("shell", _said("comm_open"))
    assert not may_say("control", _said("comm_msg"))
    assert not may_say("shell", _said("comm_msg")[:3])


@pytest.mark.parametrize("kind", ["error", "stream", "execute_result", None])
def test_what_may_hold_data_is_not_heard(kind) -> None:
    assert not may_hear(kind)


def test_the_kind_of_a_message_of_the_kernel_is_read() -> None:
    assert type_of(_packed([b"iopub", *_said("stream")])) == "stream"
    assert type_of({"header": {"msg_type": "status"}}) == "status"
    assert type_of({"header": None}) is None


def test_a_plain_page_is_markup_of_nobody_else() -> None:
    page = plain_page("<b>", "a & <script>", reference="1<2")

    assert "<b>" not in page
    assert "<script>" not in page
    assert "1&lt;2" in page
    assert "&lt;" in fault_part("<")


@pytest.fixture
def desk(monkeypatch):
    """Give the server's side, and this process as one of its kernels."""
    with visit_desk.VisitDesk() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("VOILA_KERNEL_ID", "k1")
        yield made


def test_a_kernel_waits_until_somebody_comes(desk) -> None:
    got: list[Visit] = []
    waiting = threading.Thread(target=lambda: got.append(wait_for_visit()))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()

    desk.admit("k2", Visit("lee", "analyst"))
    desk.admit("k1", Visit("kim", "planner", "band=observe"))
    waiting.join(20)

    assert got == [Visit("kim", "planner", "band=observe")]
    assert wait_for_visit() == got[0]
    assert set(desk.visitors()) == {"k1", "k2"}


def test_what_a_kernel_does_is_told(desk) -> None:
    visit.tell("Reading the views")

    for _ in range(200):
        if desk.words("k1"):
            break
        threading.Event().wait(0.01)
    assert desk.words("k1") == "Reading the views"
    desk.forget("k1")
    assert desk.words("k1") == ""


def test_a_page_that_its_server_did_not_open_is_nobody_s(desk, monkeypatch) -> None:
    monkeypatch.delenv("VOILA_KERNEL_ID")
    monkeypatch.setenv("COVERAGEKIT_ROLE", "administrator")

    with pytest.raises(SourceUnavailable, match="nobody knows who has come"):
        wait_for_visit()
    visit.tell("nobody hears it")


def test_a_notebook_without_a_server_has_its_own_user(monkeypatch) -> None:
    monkeypatch.delenv(visit.DESK, raising=False)
    monkeypatch.setenv("COVERAGEKIT_USER", "Kim")

    assert wait_for_visit() == Visit("Kim", "analyst")
    visit.tell("nobody hears it")


class _Shown:
    """A dashboard for a test."""

    def __init__(self, *, current: bool = True) -> None:
        from ipywidgets import Label

        self.page = Label("the page")
        self.current = current
        self.met: list[Visit] = []

    def greet(self, visit: Visit) -> None:
        self.met.append(visit)

    def is_current(self) -> bool:
        return self.current


def test_a_page_made_on_a_former_build_is_made_again(monkeypatch) -> None:
    monkeypatch.setenv("COVERAGEKIT_USER", "Kim")
    made = [_Shown(current=False), _Shown()]
    rest = iter(made)

    box = open_page(lambda: next(rest), task="open the page")

    assert box.children == (made[1].page,)
    assert made[0].met == []
    assert [one.user for one in made[1].met] == ["Kim"]


def test_what_failed_before_anybody_came_is_tried_again() -> None:
    tries = []

    def prepare() -> _Shown:
        tries.append(1)
        if len(tries) == 1:
            message = "the study was never built"
            raise InputError(message)
        return _Shown()

    box = open_page(prepare, task="open the page")

    assert box.children[0].value == "the page"


def test_a_page_that_cannot_be_made_says_so_in_one_sentence(caplog) -> None:
    def prepare() -> _Shown:
        message = "<b>never</b> built"
        raise InputError(message)

    box = open_page(prepare, task="open the page")

    said = box.children[0].value
    assert "Could not open the page: &lt;b&gt;never&lt;/b&gt; built" in said
    assert said.split("Reference ")[1][:6] in caplog.text
    assert 'role="alert"' in said
