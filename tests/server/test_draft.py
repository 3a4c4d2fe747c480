"""What an owner has filled in travels sealed."""

import pytest
from cryptography.fernet import Fernet

from coveragekit.errors import InputError
from coveragekit.server.draft import Draft, Seal


def test_a_draft_comes_back_as_it_was_kept():
    seal = Seal()
    draft = Draft().with_camera(lon=1.5, address="Café <b>").with_camera(lat=2.5)

    kept = seal.kept(seal.keep(draft), within_s=60)

    assert kept == draft
    assert kept.camera == {"lon": 1.5, "address": "Café <b>", "lat": 2.5}


def test_nobody_reads_a_sealed_contact():
    sealed = Seal().keep(Draft(people={"email": "ana.canary@example.org"}))

    assert "canary" not in sealed


def test_what_is_forged_old_or_of_another_server_is_an_empty_draft():
    seal, other = Seal(), Seal()
    sealed = seal.keep(Draft().with_camera(lon=1.0))
    forged = sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]

    assert seal.kept(forged, within_s=60) == Draft()
    assert other.kept(sealed, within_s=60) == Draft()
    assert seal.kept(sealed, within_s=-1) == Draft()
    assert seal.kept("", within_s=60) == Draft()
    assert seal.kept("é" * 50, within_s=60) == Draft()


def test_a_receipt_does_not_open_as_a_draft():
    seal = Seal()

    sealed = seal.close("receipt", {"cameras": [], "people": {}, "consent": {}})

    assert seal.kept(sealed, within_s=60) == Draft()


def test_servers_with_one_key_open_each_others_drafts():
    key = Fernet.generate_key()
    draft = Draft().with_camera(lon=1.0)

    assert Seal(key).kept(Seal(key).keep(draft), within_s=60) == draft


def test_a_key_that_is_none_is_refused():
    with pytest.raises(InputError, match="32 random bytes"):
        Seal(b"short")


def test_what_does_not_fit_into_a_cookie_is_refused():
    import secrets

    with pytest.raises(InputError, match="too long"):
        Seal().keep(Draft(people={"x": secrets.token_hex(4000)}))


def test_the_first_step_that_is_not_done_is_told():
    draft = Draft()
    seen = [draft.first_missing()]
    for known in (
        {"lon": 1.0, "lat": 1.0, "address": "x"},
        {"aimed": True},
        {"kind": "dome"},
    ):
        draft = draft.with_camera(**known)
        seen.append(draft.first_missing())

    assert seen == ["where", "aim", "camera", "people"]
