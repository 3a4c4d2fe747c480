"""Leaving by the form: receipts at once, or one answer that tells nothing."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from coveragekit.server import Allowance, Front, serve_public
from coveragekit.server.leaving import Leavings, evenly
from tests.server.conftest import FREELY
from tests.server.visitor import Visitor

MAIL = "ana.canary@example.org"
NUMBERS = itertools.count(10_000)


@pytest.fixture
def code():
    """Give a code that no other test has left with."""
    return f"QRSTV-WXYZ0-00000-{next(NUMBERS)}"


@pytest.fixture
def right(code):
    """Give what an owner types who has the code and the contact."""
    return {"receipt": code, "contact": MAIL}


@pytest.fixture
def held(office, code):
    """Let the office have a registration of that code and contact."""
    office.noted.clear()
    office.held[code.replace("-", "")] = MAIL
    return office


def bare(answer, given):
    """Give a page without its token and without what was typed into it."""
    text = re.sub(r'name="_xsrf" value="[^"]+"', "", answer.text)
    for one in given.values():
        text = text.replace(one.replace("-", ""), "").replace(one, "")
    return text


def test_who_gives_code_and_contact_is_shown_the_receipt(visitor, held, right):
    visitor.get("withdraw")

    page = visitor.post("withdraw", right)

    assert page.status == 200
    assert "You have left" in page.seen
    assert "12 Oak Street" in page.seen
    assert "Ended on March 1, 2026, 15:04:05 UTC" in page.seen
    assert "RECEIPT en UTC" in page.seen
    assert 'id="print"' in page.text
    assert 'href="/withdraw/receipts.txt"' in page.text


def test_the_receipts_can_be_kept_as_a_file_in_the_owners_language(
    visitor, held, right
):
    visitor.language = "es"
    visitor.get("withdraw")
    page = visitor.post("withdraw", right)

    file = visitor.get("withdraw/receipts.txt")

    assert "Terminó el 1 de marzo de 2026" in page.seen
    assert file.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert file.headers["Content-Disposition"] == 'attachment; filename="recibos.txt"'
    assert file.text == "RECEIPT es UTC\n"


def test_receipts_are_shown_to_no_other_browser(visitor, held, form, right):
    visitor.get("withdraw")
    visitor.post("withdraw", right)
    stranger = Visitor(form.url)
    stranger.cookies["ck_left"] = "forged"

    assert stranger.get("withdraw/done").to == "/withdraw"
    assert stranger.get("withdraw/receipts.txt").to == "/withdraw"


@pytest.mark.parametrize(("dash", "case"), [("-", str.lower), (" ", str), ("", str)])
def test_the_code_may_be_typed_as_one_likes(visitor, held, code, dash, case):
    visitor.get("withdraw")
    typed = f" {case(code).replace('-', dash)} "

    page = visitor.post("withdraw", {"receipt": typed, "contact": MAIL})

    assert "You have left" in page.seen


def test_dashes_of_a_mail_program_are_dashes_too(visitor, held, code):
    visitor.get("withdraw")
    typed = code.replace("-", "\u2013")

    page = visitor.post("withdraw", {"receipt": typed, "contact": MAIL})

    assert "You have left" in page.seen


@pytest.mark.parametrize("typed", ["ABCDE", "A" * 21, "A" * 19 + "!", "<b>"])
def test_what_can_be_no_code_is_said_before_anybody_is_asked(
    visitor, held, typed, code
):
    visitor.get("withdraw")

    page = visitor.post("withdraw", {"receipt": typed, "contact": MAIL})

    assert "A code has 20 letters and digits" in page.seen
    assert held.left == []


def test_whatever_does_not_fit_has_the_same_answer(visitor, held, code):
    visitor.get("withdraw")
    tries = [
        {"receipt": code, "contact": "someone@else.org"},
        {"receipt": "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ", "contact": MAIL},
        {"receipt": "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZY", "contact": "404 555 0199"},
    ]

    pages = [visitor.post("withdraw", one) for one in tries]

    texts = [bare(page, one) for page, one in zip(pages, tries, strict=True)]
    assert {page.status for page in pages} == {200}
    assert texts[0] == texts[1] == texts[2]
    assert "Nothing was found for these" in pages[0].seen
    assert "404 555 0100" in pages[0].seen  # how else one leaves
    assert "20 letters and digits in four groups" in pages[0].seen
    assert f'value="{code}"' in pages[0].text  # to be compared, not typed anew
    assert visitor.get("withdraw/done").to == "/withdraw"


def test_without_a_contact_of_the_agency_the_page_says_where_to_go(corner, office):
    with serve_public(corner.path, office, allowed=FREELY) as form:
        page = Visitor(form.url).get("withdraw")

    assert "front desk of the police" in page.seen
    assert "non-emergency number" in page.seen


def test_a_second_tap_is_shown_the_same(visitor, held, right, code):
    visitor.get("withdraw")
    first = visitor.post("withdraw", right)
    held.held.clear()  # as where an entry was deleted when it was taken back

    second = visitor.post("withdraw", {**right, "receipt": code.lower()})

    assert "You have left" in second.seen
    assert bare(first, right) == bare(second, right)


def test_a_registry_that_cannot_be_written_to_is_told(visitor, held, caplog, right):
    visitor.get("withdraw")
    held.broken = True
    page = visitor.post("withdraw", right)
    held.broken = False

    assert "You have not left yet" in page.seen
    reference = re.search(r"Reference ([0-9A-F]{6})", page.seen)[1]
    assert f"reference {reference}: CoverageKitError at leaving" in caplog.text
    assert "canary" not in caplog.text
    assert "You have left" in visitor.post("withdraw", right).seen


def test_a_flood_of_guesses_from_elsewhere_keeps_nobody_from_leaving(
    corner, held, right
):
    allowed = {
        "page": FREELY["page"],
        "withdraw": Allowance(5, 0.5),
        "withdraw network": Allowance(60, 1),
        "miss all": Allowance(3, 0.1),
    }
    front = Front(proxies=("127.0.0.1",))
    with serve_public(corner.path, held, front=front, allowed=allowed) as form:
        flood = Visitor(form.url)
        flood.get("withdraw")

        def guess(number):
            where = {"X_Forwarded_For": f"2001:db8:0:{number:x}::1"}
            wrong = {"receipt": f"{number:020d}", "contact": "x@y.org"}
            return flood.ask_form("withdraw", wrong, **where).status

        with ThreadPoolExecutor(16) as threads:
            statuses = list(threads.map(guess, range(90)))
        owner = Visitor(form.url)
        home = {"X_Forwarded_For": "198.51.100.7"}
        owner.get("withdraw", **home)
        left = owner.post("withdraw", right, **home)

    assert statuses.count(429) >= 20  # of one network only so many are even asked
    assert "You have left" in left.seen
    assert held.noted.count(True) == 3  # and of those only so many fill the log


def test_who_tried_too_often_is_told_how_else_to_leave(corner, office, right):
    allowed = {**FREELY, "withdraw": Allowance(1, 0.1)}
    front = Front(contact="404 555 0100")
    with serve_public(corner.path, office, front=front, allowed=allowed) as form:
        visitor = Visitor(form.url)
        visitor.get("withdraw")
        pages = [visitor.post("withdraw", right) for _ in range(2)]

    assert pages[1].status == 429
    assert "Contact the police: 404 555 0100" in pages[1].seen


@pytest.mark.parametrize("took_s", [0.0, 0.05, 0.3])
def test_how_long_it_took_does_not_tell_what_was_found(took_s):
    async def work():
        await asyncio.sleep(took_s)
        return ()

    begun = time.perf_counter()
    asyncio.run(evenly(work()))

    # All of them a step of half a second, and a tenth by chance: never as they are.
    assert time.perf_counter() - begun >= 0.5


def test_a_fault_takes_as_long_as_an_answer():
    async def work():
        message = "the disk is full"
        raise OSError(message)

    begun = time.perf_counter()
    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(evenly(work()))

    assert time.perf_counter() - begun >= 0.5


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_receipts_are_forgotten_after_an_hour_and_misses_at_once(right):
    clock = Clock()
    leavings = Leavings(clock)

    async def leave(found):
        return found

    async def run():
        await leavings.of("right", lambda: leave(("receipt",)))
        await leavings.of("wrong", lambda: leave(()))
        await asyncio.sleep(0)
        seen = [leavings.kept("right"), leavings.kept("wrong"), len(leavings._known)]
        again = await leavings.of("right", lambda: leave(()))
        assert again == ("receipt",)
        clock.now = 3601.0
        return [*seen, leavings.kept("right"), len(leavings._known)]

    assert asyncio.run(run()) == [("receipt",), (), 1, (), 0]


def test_what_was_registered_again_is_left_again():
    leavings, left = Leavings(), []

    async def leave():
        left.append(len(left) + 1)
        return (f"receipt {left[-1]}",)

    async def run():
        return [await leavings.of("key", leave) for _ in range(2)]

    assert asyncio.run(run()) == [("receipt 1",), ("receipt 2",)]
    assert leavings.kept("key") == ("receipt 2",)


def test_a_try_that_failed_can_be_made_again():
    leavings, tries = Leavings(), []

    async def leave():
        tries.append(1)
        if len(tries) == 1:
            message = "the disk is full"
            raise OSError(message)
        return ("receipt",)

    async def run():
        with pytest.raises(OSError, match="the disk is full"):
            await leavings.of("key", leave)
        return await leavings.of("key", leave)

    assert asyncio.run(run()) == ("receipt",)


def test_two_taps_at_once_leave_once():
    leavings, calls = Leavings(), []

    async def leave():
        calls.append(1)
        await asyncio.sleep(0.01)
        return ("receipt",)

    async def run():
        both = (leavings.of("key", leave), leavings.of("key", leave))
        return await asyncio.gather(*both)

    assert asyncio.run(run()) == [("receipt",), ("receipt",)]
    assert calls == [1]
