"""What owners sent in, decided at the command line."""

from __future__ import annotations

from tests.cli.office import Office, ids


def test_what_came_in_is_listed_with_what_to_look_at(office: Office) -> None:
    assert office.done("submissions", "list") == "nothing is waiting\n"
    there = office.registered()
    sent = office.send()
    twin = office.send()

    said = office.done("submissions", "list", user="ria")

    assert ids("sub", said) == sorted([sent, twin])
    assert "1 camera  es\n    7 Oak St, Tienda, business\n" in said
    assert said.count("faces homes; wants to integrate") == 2
    assert said.count("a camera of the registry 0 m away") == 2
    assert said.count("1 other of this list within 50 m") == 2
    assert "anary" not in said
    shown = office.done("submissions", "show", sent, user="ria")
    assert "east (90 degrees), 100 degrees wide" in shown
    assert "0 m away: " in shown
    assert there in shown
    assert "anary" not in shown
    assert "0123" not in shown


def test_who_sent_it_is_a_step_of_its_own_on_record(office: Office) -> None:
    sent = office.send()

    said = office.done("submissions", "contact", sent, user="ria")

    assert "(404) 555-0123" in said
    assert "rosa.canary@example.org" in said
    line = office.log()[-1].entry
    assert (line.actor, line.action, line.object_ids) == ("ria", "see_contact", (sent,))
    office.done("submissions", "refuse", sent, "--reason", "not ours", user="ria")
    assert "not kept" in office.done("submissions", "contact", sent, user="ria")


def test_accepting_registers_and_prints_the_owners_receipt(office: Office) -> None:
    sent = office.send()

    code, said, noted = office.run("submissions", "accept", sent, user="ria")

    assert code == 0
    assert "1 camera registered" in noted
    assert "registration-v1 (es)" in said
    (camera_id,) = ids("cam", said)
    assert "nothing -> registered by the owner" in office.done(
        "show", "camera", camera_id
    )
    assert "accepted" in office.done("submissions", "list", "--state", "accepted")
    again = office.refused("submissions", "accept", sent, user="ria")
    assert "only one that waits can be decided" in again


def test_refusing_and_setting_aside_say_why(office: Office) -> None:
    first, second = office.send(), office.send()

    assert office.done("submissions", "duplicate", second, "--of", "cam_1", user="ria")
    assert "Missing option" in office.refused("submissions", "refuse", first)
    assert "refused" in office.done(
        "submissions", "refuse", first, "--reason", "no camera there", user="ria"
    )

    said = office.done("submissions", "list", "--state", "duplicate")
    assert "because: these cameras are registered already (cam_1)" in said
    assert "by ria" in said
    said = office.done("submissions", "list", "--state", "refused")
    assert ids("sub", said) == [first]


def test_who_may_not_decide_is_told_who_may(office: Office) -> None:
    sent = office.send()

    for step in ("show", "accept", "duplicate"):
        why = office.refused("submissions", step, sent, user="sam")
        assert "the role dispatcher may not decide what owners sent in" in why
        assert "recruiter, supervisor and administrator may" in why
    assert ids("sub", office.done("submissions", "list")) == [sent]


def test_what_is_not_there_is_one_clear_error(office: Office) -> None:
    assert "there is no submission 'sub_0'" in office.refused(
        "submissions", "show", "sub_0"
    )
    assert "there is no submission" in office.refused("submissions", "accept", "sub_0")
    why = office.refused("submissions", "list", "--state", "lost")
    assert "allowed: waiting, accepted, refused, duplicate, withdrawn" in why
