"""Visitors who mean harm: huge, forged, foreign, and very many."""

from __future__ import annotations

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest

from coveragekit import access
from coveragekit.server import Front, Registered, serve_public
from coveragekit.server.draft import Seal
from coveragekit.server.limits import ALLOWED
from tests.server.conftest import FREELY
from tests.server.visitor import STEPS, Visitor

SIGNED = {"signer": "Ana Ruiz", "true": "yes"}
FORM = "application/x-www-form-urlencoded"
BOSS = access.User("Kim Tester", "administrator", "local")
DESK = access.Purpose("administration")
HARM = (
    "<script>alert(1)</script>",
    "'); DROP TABLE submission;--",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(A1:A9)",
    "{{ 7 * 7 }}",
    "%s%n",
    "../../etc/passwd",
)


def test_ten_megabytes_are_refused_and_nobody_else_waits(visitor):
    visitor.get("register/where")
    host, port = visitor.host.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.putrequest("POST", "/register/where")
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", str(10_000_000))
    connection.endheaders()
    answered = ""
    try:
        for _ in range(160):
            connection.send(b"x" * 65_536)
        answered = str(connection.getresponse().status)
    except OSError as fault:  # closed before all of it was sent
        answered = type(fault).__name__
    connection.close()

    assert answered in {"400", "413", "BrokenPipeError", "ConnectionResetError"}
    assert visitor.get("health").json == {"ok": True}


def test_a_body_in_pieces_is_held_to_the_same_size(visitor):
    visitor.get("register/where")
    host, port = visitor.host.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)

    def pieces():
        for _ in range(40):
            yield b"x" * 65_536

    try:
        connection.request(
            "POST",
            "/register/where",
            pieces(),
            {"Content-Type": FORM},
            encode_chunked=True,
        )
        answered = str(connection.getresponse().status)
    except OSError as fault:
        answered = type(fault).__name__
    connection.close()

    assert answered in {"400", "413", "BrokenPipeError", "ConnectionResetError"}
    assert visitor.get("health").json == {"ok": True}


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.example:80",
        "http://127.0.0.1.evil.example",
        "http://[::1",
        "file://",
    ],
)
def test_a_form_of_another_site_is_refused(visitor, office, origin):
    visitor.fill()
    visitor.get("register/sign")

    answer = visitor.ask_form("register/sign", SIGNED, Origin=origin)

    assert answer.status == 403
    assert office.sent == []


@pytest.mark.parametrize("origin", ["null", "http://127.0.0.1:1", "http://localhost"])
def test_a_form_of_our_own_page_is_taken(visitor, office, origin):
    visitor.fill()
    visitor.get("register/sign")

    answer = visitor.ask_form("register/sign", SIGNED, Origin=origin)

    assert answer.to == "/receipt"
    assert len(office.sent) == 1


@pytest.mark.parametrize(
    "header",
    ["X_Forwarded_User", "Remote_User", "X_Remote_User", "X_Auth_Request_User"],
)
def test_a_forged_name_opens_nothing(visitor, office, header):
    forged = {header: "Kim Tester", "X_Forwarded_Role": "administrator"}

    for path in ("", "receipt", "withdraw/done", "register/sign"):
        plain, named = visitor.get(path), visitor.get(path, **forged)
        assert (plain.status, plain.to) == (named.status, named.to)
        assert "Kim Tester" not in named.text
    assert visitor.get("desk", **forged).status == 404
    assert visitor.get("registry", **forged).status == 404


def test_a_draft_of_another_server_or_another_kind_is_none(visitor, office):
    visitor.fill()
    foreign = Seal().close("draft", {"cameras": [{}], "people": {}, "consent": {}})
    for value in (foreign, visitor.cookies["ck_draft"][:-4], "x" * 4000, ""):
        stranger = Visitor(f"http://{visitor.host}/")
        stranger.get("withdraw")
        stranger.cookies["ck_draft"] = value
        assert stranger.get("register/people").to == "/register/where"
    visitor.sign()
    receipt = visitor.cookies["ck_receipt"]
    visitor.cookies["ck_draft"] = receipt  # sealed here, for something else

    assert visitor.get("register/people").to == "/register/where"
    visitor.cookies["ck_left"] = receipt
    assert visitor.get("withdraw/done").to == "/withdraw"


@pytest.mark.parametrize("query", ["?lang=%ff%fe", "?lang=%00", "?then=%ff"])
def test_an_address_that_is_no_text_breaks_nothing(visitor, query):
    answer = visitor.get(f"register/where{query}")

    assert answer.status in {200, 400}
    assert len(answer.text) > 500


def test_very_many_who_submit_at_once_meet_a_bound_and_others_do_not(corner, office):
    allowed = {**FREELY, "submit": ALLOWED["submit"]}
    with serve_public(corner.path, office, allowed=allowed) as form:
        one = Visitor(form.url)
        one.fill()
        one.get("register/sign")
        body = urlencode({"_xsrf": one.token, **SIGNED})
        cookies = "; ".join(f"{key}={value}" for key, value in one.cookies.items())
        address = urlsplit(form.url)

        def send(_):
            connection = http.client.HTTPConnection(address.netloc, timeout=60)
            headers = {"Content-Type": FORM, "Cookie": cookies}
            connection.request("POST", "/register/sign", body, headers)
            answer = connection.getresponse()
            status = answer.status
            connection.close()
            return status

        before = len(office.sent)
        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(send, range(1000)))
        seen = one.get("terms").status

    # One draft is sent once, however often it comes.
    assert len(office.sent) - before == 1
    assert set(statuses) == {303}
    assert seen == 200


def test_a_thousand_drafts_of_one_address_meet_its_allowance(corner, office):
    allowed = {**FREELY, "submit": ALLOWED["submit"]}
    with serve_public(corner.path, office, allowed=allowed) as form:
        one = Visitor(form.url)
        one.fill(upto="consent")
        before, statuses = len(office.sent), []
        for _ in range(60):  # each of them agrees anew, so that it is another draft
            one.get("register/consent")
            one.post("register/consent", {**STEPS["consent"], "shown": one.shown})
            statuses.append(one.ask_form("register/sign", SIGNED).status)
            one.cookies.pop("ck_receipt", None)
            if "ck_draft" not in one.cookies:
                one.fill(upto="consent")

    assert len(office.sent) - before == ALLOWED["submit"].burst
    assert statuses.count(429) == 60 - ALLOWED["submit"].burst


@pytest.mark.parametrize("harm", HARM)
def test_what_means_harm_is_kept_as_it_was_typed_and_shown_as_words(
    corner, harm, tmp_path, monkeypatch
):
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    typed = dict.fromkeys(
        ("site_name", "model", "owner_name", "contact_name", "best_time"), harm
    )
    with (
        access.create_registry(BOSS, tmp_path / "r.db", sign=False) as door,
        serve_public(corner.path, Registered(door), allowed=FREELY) as form,
    ):
        visitor = Visitor(form.url)
        visitor.fill(**typed)
        page = visitor.get("register/sign")
        answer = visitor.ask_form("register/sign", {**SIGNED, "signer": harm})
        sent = access.list_submissions(BOSS, DESK, registry=door).rows
        people = access.submission_contact(
            BOSS,
            access.Purpose("owner_request"),
            sent[0].submission_id,
            registry=door,
        )

    assert answer.to == "/receipt"
    assert "<script>alert" not in page.text
    assert harm in page.seen
    assert sent[0].payload["site"]["name"] == harm
    assert people["contact"]["name"] == harm
    assert people["authority"]["signer"] == harm


def listens(url):
    """Tell whether a form still takes visitors, so that its end has not begun."""
    try:
        return Visitor(url).get("health").status == 200
    except OSError:
        return False


def test_what_is_being_written_down_is_answered_before_the_form_ends(corner, office):
    begun, go_on = threading.Event(), threading.Event()
    submit = office.submit

    def slowly(payload, *, language):
        begun.set()
        assert go_on.wait(30)
        return submit(payload, language=language)

    office.submit = slowly
    try:
        form = serve_public(corner.path, office, front=Front(), allowed=FREELY)
        visitor = Visitor(form.url)
        visitor.fill()
        visitor.get("register/sign")
        with ThreadPoolExecutor(2) as threads:
            answer = threads.submit(visitor.ask_form, "register/sign", SIGNED)
            assert begun.wait(30)
            ends = threads.submit(form.stop)
            while listens(form.url):
                pass
            go_on.set()
            ends.result(30)
    finally:
        office.submit = submit

    assert answer.result(30).to == "/receipt"
    assert not form.is_running()
