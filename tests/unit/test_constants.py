import numpy as np
import pytest

from groundmotion.constants import FRINGE_MM, SENTINEL1_UK, LookGeometry, look_pass
from groundmotion.errors import InputError


@pytest.mark.parametrize(
    ("incidence", "track", "vector"),
    # los_east, los_north, los_up of two points of EGMS L2b, release 2020–2024
    [(37.31, 191.42, (0.594, -0.12, 0.795)), (38.97, -8.94, (-0.621, -0.098, 0.777))],
)
def test_line_of_sight_reproduces_egms(incidence, track, vector):
    np.testing.assert_allclose(LookGeometry(incidence, track).unit_vector(), vector, atol=6e-4)


def test_ascending_looks_from_the_west_and_descending_from_the_east():
    assert SENTINEL1_UK["asc"].unit_vector()[0] < 0 < SENTINEL1_UK["desc"].unit_vector()[0]
    for geometry in SENTINEL1_UK.values():
        assert np.linalg.norm(geometry.unit_vector()) == pytest.approx(1)


def test_one_fringe_is_28_mm():
    assert pytest.approx(28, abs=0.3) == FRINGE_MM


def test_look_names():
    assert look_pass("asc117") == "asc"
    assert look_pass("desc") == "desc"
    with pytest.raises(InputError, match="asc117"):
        look_pass("track117")
