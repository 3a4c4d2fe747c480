"""A policy is data, and what is wrong in it is named with its line."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from coveragekit.access import read_policy
from coveragekit.access.policy import actions
from coveragekit.errors import InputError
from coveragekit.model import roles

SHIPPED = files("coveragekit.access").joinpath("data/policy.toml").read_text("utf-8")


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SHIPPED
    path = tmp_path / "city.toml"
    path.write_text(SHIPPED.replace(old, new, 1), "utf-8")
    return path


def line_of(text: str) -> int:
    lines = SHIPPED.splitlines()
    return next(n for n, line in enumerate(lines, start=1) if text in line)


def test_the_shipped_policy_says_who_may_do_everything_there_is() -> None:
    policy = read_policy()

    assert set(policy.rules) == set(actions())
    given = set().union(*(rule.roles for rule in policy.rules.values()))
    assert given == set(roles()) - {"public"}
    assert policy.emergency.reviewers == {"supervisor"}
    assert policy.legal_bases[0] == "consent"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'roles = ["dispatcher", "supervisor"]',
            'roles = ["dispatcher", "sherif"]',
            "[actions.steer_ptz] roles: 'sherif' is unknown; allowed: administrator",
        ),
        (
            'roles = ["dispatcher", "supervisor"]',
            'roles = ["dispatcher", "public"]',
            "[actions.steer_ptz] roles: 'public' is unknown",
        ),
        (
            "[actions.steer_ptz]",
            "[actions.follow_person]",
            "follow_person: this action is unknown; allowed: view_live",
        ),
        (
            'purposes = ["call", "missing_person"]',
            'purposes = ["call", "curiosity"]',
            "'curiosity' is unknown; allowed: administration, call",
        ),
        ('lifts = ["offence"', 'lifts = ["consent"', "lifts: 'consent' is unknown"),
        (
            'demands = ["offence", "case_number"]',
            'demands = ["warrant"]',
            "[purposes.investigation] demands: 'warrant' is unknown",
        ),
        (
            'unattended = ["dispatcher"]',
            'unattended = ["auditor"]',
            "[actions.view_live] unattended: 'auditor' is unknown",
        ),
        (
            "listed_users_only = false",
            'listed_users_only = "no"',
            "listed_users_only: this has to be true or false",
        ),
        (
            "review_within_h = 72",
            "review_within_h = -1",
            "review_within_h: this has to be a number above 0",
        ),
        (
            'reviewers = ["supervisor"]',
            "reviewers = []",
            "reviewers: somebody has to review",
        ),
        ("lifts = [", "lift = [", "[emergency] lift: this name is unknown"),
        ("(?=.*[0-9])", "(?=.*[0-9]", "case_number: this is no regular expression"),
        ('policy = "cov', 'policy = "" #', "policy: give the policy a name"),
        (
            "[services.health]",
            "[services.gossip]",
            "[services.gossip] gossip: this service is unknown; allowed: health",
        ),
        (
            'account = "health"',
            'account = " health"',
            "account: give it a name that begins with no blank",
        ),
        (
            'purposes = ["health"]',
            'purposes = ["investigation"]',
            "[services.health] purposes: 'investigation' is unknown",
        ),
    ],
)
def test_what_is_unknown_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = changed(tmp_path, old, new)

    with pytest.raises(InputError) as refused:
        read_policy(path)

    told = str(refused.value)
    assert words in told
    assert f"line {line_of(old)}, " in told
    assert str(path) in told


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = SHIPPED.replace('"officer"', '"ofﬁcer"').replace("lifts = [", "lift = [")
    path = tmp_path / "city.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(InputError, match="this name is unknown") as refused:
        read_policy(path)

    assert str(refused.value).count("line ") >= 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"policy = ", "is no TOML: "),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b'policy = "x"', "case_number: this is missing"),
        (b'[actions]\nview_live = "all"\n', "this is missing"),
    ],
)
def test_a_file_that_is_no_policy_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes(content)

    with pytest.raises(InputError, match=words):
        read_policy(path)


def test_a_purpose_that_is_no_table_is_refused(tmp_path: Path) -> None:
    old = "[purposes.call]"
    path = changed(tmp_path, old, f"[purposes]\ncuriosity = 1\n\n{old}")

    with pytest.raises(InputError, match="curiosity: this has to be a table"):
        read_policy(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_policy(tmp_path / "none.toml")


def test_the_environment_may_name_the_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = changed(tmp_path, "coveragekit default", "the city's own")
    monkeypatch.setenv("COVERAGEKIT_POLICY", str(path))

    assert read_policy().name.startswith("the city's own")


def test_no_policy_can_ask_less_of_the_owner(tmp_path: Path) -> None:
    old = "[actions.view_live]"
    path = changed(tmp_path, old, f'{old}\nneeds = "nothing"')

    with pytest.raises(InputError, match="needs: this name is unknown"):
        read_policy(path)


def test_a_service_is_named_by_its_account_and_no_policy_gives_it_more(
    tmp_path: Path,
) -> None:
    policy = read_policy(changed(tmp_path, 'account = "health"', 'account = "eyes"'))

    service = policy.services["health"]
    assert (service.account, service.actions) == ("eyes", {"probe_feeds"})
    with pytest.raises(InputError, match="actions: this name is unknown"):
        read_policy(
            changed(tmp_path, 'account = "health"', 'account = "x"\nactions = ["clip"]')
        )


def test_a_policy_from_before_there_were_services_has_none(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text(SHIPPED[: SHIPPED.index("[services.health]")], "utf-8")

    assert read_policy(path).services == {}
