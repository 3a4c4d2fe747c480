"""What is typed into the form is read, or said to be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.server.catalogue import read_catalogue
from coveragekit.server.fields import (
    clean,
    read_aim,
    read_camera,
    read_consent,
    read_people,
    read_signature,
    read_where,
    read_withdrawal,
)

PLACE = {"address": "12 Oak Street", "site_kind": "business", "lon": "1", "lat": "2"}
PEOPLE = {
    "retention_days": "14",
    "owner_name": "Deli",
    "owner_kind": "business",
    "contact_name": "Ana",
    "phone": "404 555 0123",
    "signer_capacity": "owner",
}
CAMERA = {"kind": "dome", "height": "ceiling", "width": "wide"}


def inside(lon, lat):
    return 0.0


def test_a_place_is_read():
    read = read_where(PLACE, inside)

    assert read.faults == {}
    assert read.values["lon"] == 1.0
    assert read.values["site_name"] == ""


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"address": " "}, "address", "fault.empty"),
        ({"address": "x" * 161}, "address", "fault.long"),
        ({"site_kind": "castle"}, "site_kind", "fault.choose"),
        ({"lon": ""}, "pin", "fault.pin"),
        ({"lat": "nan"}, "pin", "fault.pin"),
        ({"lat": "1e400"}, "pin", "fault.pin"),
        ({"lon": "181"}, "pin", "fault.pin"),
    ],
)
def test_a_place_that_cannot_be_is_said_to_be_wrong(change, field, words):
    assert read_where({**PLACE, **change}, inside).faults == {field: words}


def test_a_place_outside_the_study_is_refused():
    read = read_where(PLACE, lambda lon, lat: 0.5)

    assert read.faults == {"pin": "fault.outside"}


@pytest.mark.parametrize(
    ("given", "bearing"),
    [
        ({"bearing_deg": "359.96"}, 0.0),
        ({"bearing_deg": "360"}, 0.0),
        ({"bearing_deg": "12,5"}, 12.5),
        ({"compass": "w", "bearing_deg": "10"}, 270.0),
        ({"compass": "unknown", "bearing_deg": "10"}, None),
    ],
)
def test_a_direction_is_read(given, bearing):
    read = read_aim(given)

    assert read.faults == {}
    assert read.values["bearing_deg"] == bearing
    assert read.values["aimed"]


@pytest.mark.parametrize("told", ["", "north", "-1", "361", "inf"])
def test_no_direction_is_asked_for_again(told):
    assert read_aim({"bearing_deg": told}).faults == {"bearing_deg": "fault.aim"}


def test_three_answers_make_a_camera():
    read = read_camera(CAMERA, read_catalogue())

    assert read.faults == {}
    assert read.values["kind"] == "dome"
    assert read.values["optics"] == {"hfov_deg": 95.0, "mount_height_m": 2.6}


def test_a_model_of_the_list_says_more_than_the_answers():
    given = {**CAMERA, "model": "Fixed camera, 4 MP, 12 mm lens (far)", "kind": ""}
    read = read_camera(given, read_catalogue())

    assert read.faults == {}
    assert read.values["kind"] == "bullet"
    assert read.values["optics"]["hfov_deg"] == 26.0


def test_a_camera_of_its_makers_cloud_is_known_by_the_list():
    given = {**CAMERA, "model": "doorbell camera, seen only in its maker's app"}

    assert read_camera(given, read_catalogue()).values["cloud_only"]


def test_a_model_that_is_not_listed_is_kept_as_it_was_typed():
    read = read_camera({**CAMERA, "model": "Acme <b>9</b>"}, read_catalogue())

    assert read.faults == {}
    assert read.values["model"] == "Acme <b>9</b>"
    assert not read.values["listed"]


def test_all_around_is_an_all_round_camera():
    read = read_camera({**CAMERA, "width": "round"}, read_catalogue())

    assert read.values["kind"] == "fisheye"
    assert "hfov_deg" not in read.values["optics"]


def test_a_camera_without_kind_and_height_is_asked_for_again():
    read = read_camera({}, read_catalogue())

    assert read.faults == dict.fromkeys(("kind", "height", "width"), "fault.choose")


def test_people_are_read():
    read = read_people(PEOPLE)

    assert read.faults == {}
    assert read.values["retention_days"] == 14.0
    assert read.values["can_export"] is False


def test_who_does_not_know_for_how_many_days_says_so():
    read = read_people({**PEOPLE, "retention_days": "", "retention_unknown": "yes"})

    assert read.faults == {}
    assert read.values["retention_days"] is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"retention_days": ""}, ("retention_days", "fault.empty")),
        ({"retention_days": "-1"}, ("retention_days", "fault.days")),
        ({"retention_days": "99999"}, ("retention_days", "fault.days")),
        ({"retention_days": "two weeks"}, ("retention_days", "fault.days")),
        ({"phone": ""}, ("phone", "fault.contact")),
        ({"phone": "call me"}, ("phone", "fault.phone")),
        ({"phone": "123"}, ("phone", "fault.phone")),
        ({"email": "ana@x"}, ("email", "fault.email")),
        ({"email": "a@b.org\nBcc: c@d.org"}, ("email", "fault.email")),
        ({"email": "a@b.org,c@d.org"}, ("email", "fault.email")),
        ({"owner_kind": ""}, ("owner_kind", "fault.choose")),
        ({"signer_capacity": "burglar"}, ("signer_capacity", "fault.choose")),
        ({"contact_name": "\u202e\u200b"}, ("contact_name", "fault.empty")),
    ],
)
def test_people_who_cannot_be_are_asked_for_again(change, fault):
    assert dict([fault]) == read_people({**PEOPLE, **change}).faults


def test_integration_is_not_agreed_to_where_it_is_not_offered():
    told = {"wants": "integrate", "agreed": "yes", "shown": "v1 en"}

    def faults(offered):
        return read_consent(told, may_integrate=offered, shown="v1 en").faults

    assert faults(offered=True) == {}
    assert faults(offered=False) == {"wants": "fault.choose"}


def test_a_text_that_is_not_the_one_shown_now_is_not_agreed_to():
    told = {"wants": "register", "agreed": "yes", "shown": "v1 en"}

    read = read_consent(told, may_integrate=True, shown="v2 en")

    assert read.faults == {"agreed": "fault.changed"}
    assert read.values["agreed"] is False


def test_nobody_agrees_by_saying_nothing():
    read = read_consent({"wants": "register"}, may_integrate=True, shown="v1 en")

    assert read.faults == {"agreed": "fault.agree"}


def test_a_signature_needs_a_name_and_a_word_that_it_is_true():
    assert read_signature({"signer": "A"}).faults == {
        "signer": "fault.empty",
        "true": "fault.true",
    }


@pytest.mark.parametrize("code", ["", "' OR 1=1 --", "<script>", "x" * 200])
def test_a_code_that_cannot_be_is_not_looked_for(code):
    assert "receipt" in read_withdrawal({"receipt": code, "contact": "a@b.org"}).faults


@given(st.text(max_size=300))
def test_a_cleaned_text_is_one_line_of_signs_that_are_seen(text):
    kept = clean(text)

    assert kept == clean(kept)
    assert kept == kept.strip()
    assert all(one == " " or one.isprintable() for one in kept)


@given(st.dictionaries(st.sampled_from(sorted({**PLACE, **PEOPLE})), st.text()))
def test_whatever_is_typed_is_kept_or_said_to_be_wrong(given):
    for read in (read_where(given, inside), read_people(given), read_aim(given)):
        assert all(words.startswith("fault.") for words in read.faults.values())
