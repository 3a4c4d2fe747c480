"""The list of camera models, and a city's own."""

import pytest

from coveragekit.errors import InputError
from coveragekit.model import camera_defaults
from coveragekit.server import read_catalogue
from coveragekit.server.catalogue import KINDS
from coveragekit.server.office import ghost_of


def test_every_model_of_the_generic_list_can_be_looked_through():
    for model in read_catalogue().models:
        told = {"lon": 0.0, "lat": 0.0, "kind": model.kind, "optics": model.optics()}
        assert ghost_of(told).hfov_deg == model.hfov_deg


def test_the_kinds_that_owners_choose_have_defaults():
    assert set(KINDS) <= set(camera_defaults()["kinds"])


def test_a_city_brings_its_own_list_as_csv(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(
        "\ufeffmake,model,kind,hfov_deg,cloud_only\r\nAcme,A1,dome,100,\r\n"
        "Acme,D2,doorbell,,yes\r\n",
        "utf-8",
    )

    found = read_catalogue(path)

    assert found.find("acme  a1").optics() == {"hfov_deg": 100.0}
    assert found.find("Acme D2").cloud_only
    assert found.find("Acme") is None


def test_a_city_brings_its_own_list_as_toml(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(
        'format = 1\n[[cameras]]\nmodel = "A1"\nkind = "dome"\nwidth_px = 1920\n'
    )

    assert read_catalogue(path).find("A1").optics() == {"width_px": 1920.0}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Acme,A1,tripod,100,", "kind is 'tripod'; allowed: bullet, dome"),
        ("Acme,A1,dome,0,", "hfov_deg is '0'"),
        ("Acme,A1,dome,nan,", "hfov_deg is 'nan'"),
        ("Acme,,dome,90,", "model is ''"),
        ("Acme,A1,dome,90,perhaps", "cloud_only is 'perhaps'; allowed: true or false"),
        ("Acme,A1,dome,90,\nacme,a1,dome,80,", "has 'acme a1' twice"),
        ("Acme,A1,dome,90,,too,many", "is no column"),
        ("", "has 0 cameras; allowed: 1 to 5,000"),
    ],
)
def test_a_list_with_a_fault_is_refused_with_its_row(tmp_path, rows, said):
    path = tmp_path / "ours.csv"
    path.write_text(f"make,model,kind,hfov_deg,cloud_only\n{rows}\n")

    with pytest.raises(InputError, match=said) as caught:
        read_catalogue(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"x", "ends in .csv or .toml"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read"),
        ("a.toml", b"format = 2", "has no format = 1"),
        ("a.toml", b"= 2", "is no TOML"),
        ("a.csv", b'make,model\n"a', "is no CSV"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InputError, match=said):
        read_catalogue(path)


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_catalogue(tmp_path / "none.csv")
