"""What the form must never do, whoever asks."""

from __future__ import annotations

import http.client
import logging
import socket
from urllib.parse import urlencode, urlsplit

import pytest

from coveragekit.errors import InputError
from coveragekit.server import Allowance, Front, serve_public
from tests.server.conftest import FREELY
from tests.server.visitor import STEPS, Visitor

PAGES = [
    "",
    "terms",
    "withdraw",
    "register/where",
    "static/form.css",
    "static/map.js",
    "health",
    "nothing/here",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_what_the_page_does_not_need(visitor, path):
    headers = visitor.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "tornado" not in headers["Server"].lower()


@pytest.mark.parametrize("step", list(STEPS))
def test_no_page_has_script_or_style_of_its_own(visitor, step):
    visitor.fill(upto=step)

    text = visitor.get(f"register/{step}").text

    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    assert " onclick" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_cookies_are_kept_from_scripts_and_other_sites(visitor):
    answers = [visitor.get("register/where"), visitor.get("language/es")]
    visitor.get("register/where")
    answers.append(visitor.post("register/where", STEPS["where"]))

    cookies = [one for answer in answers for one in answer.cookies()]
    assert {one.partition("=")[0] for one in cookies} == {
        "ck_xsrf",
        "ck_lang",
        "ck_draft",
    }
    for cookie in cookies:
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()


def test_a_form_without_its_token_is_refused(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    visitor.token = "forged"  # noqa: S105 - no token of any server

    answer = visitor.sign()

    assert answer.status == 403
    assert office.sent == []
    assert "came from another page" in answer.seen


def test_a_token_without_its_cookie_is_refused(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    del visitor.cookies["ck_xsrf"]

    assert visitor.sign().status == 403
    assert office.sent == []


@pytest.mark.parametrize("path", ["search", "view"])
def test_scripts_need_the_token_too(visitor, path):
    visitor.get("register/where")

    answer = visitor.call(path, {"q": "oak"}, X_XSRFToken="")

    assert answer.status == 403


def test_another_site_cannot_send_the_form(visitor, office):
    visitor.fill()
    visitor.get("register/sign")

    answer = visitor.post(
        "register/sign",
        {"signer": "Ana Ruiz", "true": "yes"},
        Sec_Fetch_Site="cross-site",
    )

    assert answer.status == 403
    assert office.sent == []


def test_another_host_name_is_not_answered(visitor):
    answer = visitor.get("", Host="evil.example")

    assert answer.status == 421
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "text/plain", "application/json", ""]
)
def test_a_form_of_another_kind_is_refused(visitor, kind):
    visitor.get("register/where")
    body = urlencode({"_xsrf": visitor.token})

    answer = visitor.ask(
        "POST",
        "register/where",
        body,
        Content_Type=kind,
        X_XSRFToken=visitor.token,
    )

    assert answer.status in {400, 415}


def test_a_form_of_a_thousand_fields_is_refused(visitor):
    visitor.get("register/where")
    fields = {f"f{number}": "x" for number in range(1000)}

    assert visitor.post("register/where", fields).status == 400


def test_a_body_that_is_too_large_is_refused(visitor):
    visitor.get("register/where")
    body = urlencode({"_xsrf": visitor.token, "address": "x" * 70_000})
    connection = http.client.HTTPConnection(visitor.host, timeout=60)
    connection.putrequest("POST", "/register/where")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()

    assert connection.getresponse().status in {400, 413}
    connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "static/../base.py",
        "static/..%2f..%2fbase.py",
        "static/%2e%2e/shop.py",
        "static//etc/passwd",
        "static/form.css/..",
        "templates/base.html",
        "data/words/en.toml",
        "static/form.css%00",
    ],
)
def test_no_file_of_the_machine_is_given(visitor, path):
    answer = visitor.get(path)

    assert answer.status in {400, 404}
    assert "import" not in answer.text


@pytest.mark.parametrize(
    "body", ["", "[", "[1]", '"x"', "[" * 30_000, '{"q": 5}', "\xff"]
)
def test_scripts_that_send_nonsense_are_refused(visitor, body):
    visitor.get("register/where")

    answer = visitor.ask(
        "POST",
        "search",
        body.encode("latin1"),
        Content_Type="application/json",
        X_XSRFToken=visitor.token,
    )

    assert answer.status == 400
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(visitor, method):
    assert visitor.ask(method, "register/where").status in {403, 404, 405, 415}


def test_nothing_that_was_submitted_can_be_read(visitor, office, form):
    visitor.fill()
    visitor.sign()
    stranger = Visitor(form.url)

    for path in [*PAGES, "receipt", "withdraw", "register/sign", "register/people"]:
        text = stranger.get(path).text
        assert "canary" not in text
        assert "CADE0-" not in text
        assert "secret-camera" not in text


def test_what_is_typed_is_never_in_the_log(visitor, caplog):
    with caplog.at_level(logging.DEBUG):
        visitor.fill()
        visitor.call("search", {"q": "canary search"})
        visitor.get("register/where?q=canary-query")
        visitor.sign()
        visitor.get("withdraw")
        visitor.post(
            "withdraw",
            {"receipt": "CANAR-YCANA-RYCAN-ARYCA", "contact": "a@canary.org"},
        )

    assert "POST Sign 303" in caplog.text
    assert "canary" not in caplog.text.lower()
    assert "Oak" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_a_fault_of_the_server_is_told_without_what_was_typed(
    form, visitor, office, caplog, monkeypatch
):
    def quote(**_given):
        message = "ana.canary@example.org broke it"
        raise RuntimeError(message)

    visitor.fill(upto="consent")
    monkeypatch.setattr(office, "quote", quote)
    answer = visitor.get("register/consent")

    assert answer.status == 500
    assert "canary" not in answer.text
    assert "canary" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Reference" in answer.seen


@pytest.mark.parametrize("kind", ["page", "search", "view", "tile", "withdraw"])
def test_who_asks_too_often_has_to_wait(corner, office, kind):
    allowed = {**FREELY, kind: Allowance(2, 1)}
    asked = {
        "page": lambda one: one.get("terms"),
        "search": lambda one: one.call("search", {"q": "oak"}),
        "view": lambda one: one.call("view", {"lon": 0, "lat": 0}),
        "tile": lambda one: one.get("tiles/light/1/14/0/0.png"),
        "withdraw": lambda one: one.post(
            "withdraw", {"receipt": "A" * 20, "contact": "a@b.org"}
        ),
    }[kind]
    with serve_public(corner.path, office, allowed=allowed) as form:
        visitor = Visitor(form.url)
        if kind != "page":
            visitor.get("withdraw")
        answers = [asked(visitor) for _ in range(3)]

    statuses = [one.status for one in answers]
    assert statuses[2] == 429
    assert 429 not in statuses[:2]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 61


def test_a_flood_from_many_addresses_meets_a_bound(corner, office):
    allowed = {**FREELY, "submit all": Allowance(1, 0.1)}
    front = Front(proxies=("127.0.0.1",))
    statuses = []
    with serve_public(corner.path, office, front=front, allowed=allowed) as form:
        for number in (1, 2):
            visitor = Visitor(form.url)
            visitor.fill()
            visitor.get("register/sign")
            fields = {"signer": "Ana Ruiz", "true": "yes"}
            where = {"X_Forwarded_For": f"203.0.113.{number}"}
            statuses.append(visitor.post("register/sign", fields, **where).status)

    assert statuses == [303, 429]


def test_addresses_behind_the_proxy_are_counted_apart(corner, office):
    allowed = {**FREELY, "page": Allowance(1, 0.1)}
    front = Front(proxies=("127.0.0.1",))
    with serve_public(corner.path, office, front=front, allowed=allowed) as form:
        statuses = [
            Visitor(form.url).get("terms", X_Forwarded_For=one).status
            for one in ("203.0.113.1", "203.0.113.2", "203.0.113.1")
        ]

    assert statuses == [200, 200, 429]


def test_without_a_proxy_nobody_chooses_another_address(corner, office):
    allowed = {**FREELY, "page": Allowance(1, 0.1)}
    with serve_public(corner.path, office, allowed=allowed) as form:
        statuses = [
            Visitor(form.url).get("terms", X_Forwarded_For=one).status
            for one in ("203.0.113.1", "203.0.113.2")
        ]

    assert statuses == [200, 429]


def test_by_https_cookies_travel_by_nothing_else(corner, office):
    front = Front(https=True, hosts=("cameras.example.org",), base_url="/cameras/")
    with serve_public(corner.path, office, front=front, allowed=FREELY) as form:
        answer = Visitor(form.url).get("register/where", Host="Cameras.Example.org")

    assert answer.status == 200
    assert "Strict-Transport-Security" in answer.headers
    (cookie,) = answer.cookies()
    assert "secure" in cookie.lower()
    assert "path=/cameras/" in cookie.lower()
    assert 'href="/cameras/static/form.css"' in answer.text


def test_a_slow_or_silent_visitor_does_not_hold_up_others(visitor):
    host, port = urlsplit(f"http://{visitor.host}").hostname, visitor.host.split(":")[1]
    with socket.create_connection((host, int(port))) as silent:
        silent.sendall(b"POST /register/where HTTP/1.1\r\nContent-Le")

        assert visitor.get("health").json == {"ok": True}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": 70_000}, "port 70000 is out of range"),
        ({"address": "nowhere"}, "'nowhere' is no address"),
        ({"address": "0.0.0.0"}, "name the host under which they ask"),  # noqa: S104
        ({"front": Front(base_url="x")}, "base_url is 'x'"),
        ({"front": Front(key=b"x")}, "the key is none"),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_starts(
    corner, office, given, said
):
    with pytest.raises(InputError, match=said):
        serve_public(corner.path, office, **given)


def test_a_port_in_use_is_told(corner, office, form):
    port = urlsplit(form.url).port

    with pytest.raises(InputError, match=f"port {port} cannot be used"):
        serve_public(corner.path, office, port=port)


def test_a_form_that_is_stopped_answers_no_more(corner, office):
    form = serve_public(corner.path, office)
    Visitor(form.url).get("health")
    form.stop()
    form.stop()

    assert not form.is_running()
    with pytest.raises(OSError, match="refused"):
        Visitor(form.url).get("health")


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("register/people", "/register/people"),
        ("register/more", "/register/sign"),
        ("register/remove", "/register/sign"),
        ("register/change", "/register/sign"),
        ("restart", "/"),
        ("withdraw", "/withdraw"),
    ],
)
def test_a_refusal_leads_back_to_a_page_that_there_is(visitor, path, page):
    visitor.fill()
    visitor.token = "forged"  # noqa: S105 - no token of any server

    refused = visitor.ask_form(path, {})

    assert refused.status == 403
    assert f'<a class="button" href="{page}">' in refused.text
    assert visitor.get(page.removeprefix("/")).status == 200
