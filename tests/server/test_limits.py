"""How often one address may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.server.limits import ALLOWED, Allowance, Limits, address_of, network_of


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_an_address_may_ask_a_burst_and_then_at_its_pace():
    clock = Clock()
    limits = Limits({"page": Allowance(3, 30)}, clock=clock)

    waits = [limits.wait_s("page", "a") for _ in range(4)]
    clock.now = 1.9
    early = limits.wait_s("page", "a")
    clock.now = 2.0

    assert waits == [0.0, 0.0, 0.0, 2.0]
    assert early == pytest.approx(0.1)
    assert limits.wait_s("page", "a") == 0.0
    assert limits.wait_s("page", "b") == 0.0


def test_what_is_refused_costs_nothing():
    clock = Clock()
    limits = Limits({"page": Allowance(1, 60)}, clock=clock)
    limits.wait_s("page", "a")

    for _ in range(50):
        limits.wait_s("page", "a")
    clock.now = 1.0

    assert limits.wait_s("page", "a") == 0.0


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=60))
def test_no_pace_of_asking_gets_more_than_burst_and_pace_allow(pauses):
    clock = Clock()
    limits = Limits({"page": Allowance(4, 60)}, clock=clock)

    let = 0
    for pause in pauses:
        clock.now += pause
        let += limits.wait_s("page", "a") == 0.0

    assert let <= 4 + clock.now + 1e-6


def test_a_crowd_of_addresses_does_not_fill_the_memory():
    limits = Limits({"page": Allowance(1, 1)}, clock=Clock())

    for number in range(20_500):
        limits.wait_s("page", str(number))

    assert len(limits._left) == 20_000


def test_of_all_together_only_sending_and_lines_of_the_log_are_counted():
    limits = Limits(clock=Clock())
    kinds = {kind.partition(" ")[0] for kind in ALLOWED}

    waits = {kind: [limits.wait_of_all_s(kind) for _ in range(61)] for kind in kinds}

    assert {kind for kind, one in waits.items() if one[-1]} == {"submit", "miss"}
    assert not any(any(one[:-1]) for one in waits.values())


def test_no_crowd_of_addresses_makes_the_total_forgotten():
    limits = Limits(
        {"submit": Allowance(1, 1), "submit all": Allowance(1, 1)}, clock=Clock()
    )
    limits.wait_of_all_s("submit")

    for number in range(20_500):
        limits.wait_s("submit", str(number))

    assert limits.wait_of_all_s("submit") == 60.0


def test_a_network_of_many_addresses_is_held_as_one():
    limits = Limits(clock=Clock())
    many = [f"2001:db8:0:{number:x}::/64" for number in range(200)]

    let = [limits.wait_s("withdraw", one) == 0.0 for one in many]

    assert sum(let) == ALLOWED["withdraw network"].burst
    assert limits.wait_s("withdraw", "2001:db8:1::/64") == 0.0
    assert limits.wait_s("withdraw", "198.51.100.7") == 0.0
    assert limits.wait_s("page", many[-1]) == 0.0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:7:1::/64", "2001:db8:7::/48"),
        ("/run/form.sock", "/run/form.sock"),
        ("", ""),
    ],
)
def test_an_address_is_counted_with_its_network(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(("burst", "pace"), [(0, 1.0), (1, 0.0), (1, float("nan"))])
def test_an_allowance_of_nothing_is_refused(burst, pace):
    with pytest.raises(InputError, match=r"allowed: 1 or more, and above 0"):
        Allowance(burst, pace)


PROXY = frozenset({"127.0.0.1", "10.0.0.2"})


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("192.0.2.1", "203.0.113.5", "192.0.2.1"),  # no proxy of ours: not believed
        ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),  # forged before
        ("127.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("2001:db8::ffff:1", "", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_who_asks_is_told_only_by_a_proxy_of_ours(peer, forwarded, who):
    assert address_of(peer, forwarded, PROXY) == who
