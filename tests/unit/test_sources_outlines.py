import numpy as np
import pytest
from noisy_ground import TOWARD

from groundmotion.detection.shapes import FROM_ABOVE, unit_profile
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.outlines import OutlineSettings, joined_velocity, outlined
from groundmotion.noise.cells import CellGrid

GRID = CellGrid.over((-1000.0, -800.0, 1000.0, 800.0), 10.0)
SETTINGS = OutlineSettings(peak_share=0.2, min_mm_yr=1.0, saddle_share=0.5)
#: Standard deviation of a Gaussian bowl of size 100.
SIGMA_M = 88.5


def atom(peak, east=3.0, north=2.0, shape="gaussian", size=100.0):
    return Atom(shape, east, north, size, {"asc": peak}, {"asc": 1.0}, 6.0, True)


def outline(*atoms, settings=SETTINGS, toward=(FROM_ABOVE,)):
    return outlined(atoms, GRID, toward, settings)


@pytest.mark.parametrize("peak", [-10.0, 25.0])
def test_a_gaussian_bowl_has_the_area_at_which_it_falls_to_a_share_of_its_peak(peak):
    result = outline(atom(peak))
    assert set(np.unique(result.labels)) == {0, 1}
    area = (result.labels == 1).sum() * 100.0
    assert area == pytest.approx(2 * np.pi * SIGMA_M**2 * np.log(5), rel=0.01)
    assert np.abs(result.velocity).max() == pytest.approx(abs(peak), rel=0.01)


@pytest.mark.parametrize(("peak", "end"), [(-2.5, 1.0), (-1.5, 0.75)])
def test_a_slow_bowl_ends_where_it_no_longer_counts_as_motion_or_at_half_its_peak(peak, end):
    result = outline(atom(peak))
    area = (result.labels == 1).sum() * 100.0
    assert area == pytest.approx(2 * np.pi * SIGMA_M**2 * np.log(abs(peak) / end), rel=0.02)


def saddle(apart):
    """Of two equal Gaussian bowls, over their peaks: both at the middle."""
    half = 2 * np.exp(-((apart / 2) ** 2) / (2 * SIGMA_M**2))
    return half / (1 + np.exp(-(apart**2) / (2 * SIGMA_M**2)))


@pytest.mark.parametrize("apart", [220.0, 260.0, 320.0])
def test_two_bowls_are_one_where_the_saddle_is_high(apart):
    pair = [atom(-10.0, -apart / 2), atom(-10.0, apart / 2)]
    height = saddle(apart)
    below, above = (
        outline(*pair, settings=OutlineSettings(0.2, 1.0, height + change))
        for change in (-0.03, 0.03)
    )
    assert below.labels.max() == 1
    assert above.labels.max() == 2


def test_the_saddle_is_measured_by_the_lower_peak():
    pair = [atom(-20.0, -130.0), atom(-8.0, 130.0)]
    result = outline(*pair)
    values = result.velocity[GRID.shape[0] // 2]
    middle = np.abs(values[87:113]).min()
    assert 0.2 * 20.0 < middle < 0.5 * 20.0
    assert middle > 0.5 * 8.0
    assert result.labels.max() == 1


def test_a_chain_of_bowls_is_one_trough():
    chain = [atom(-6.0, east) for east in np.arange(-600.0, 601.0, 150.0)]
    assert outline(*chain).labels.max() == 1


@pytest.mark.parametrize("saddle_share", [0.01, 0.5, 1.0])
def test_opposite_signs_are_never_one(saddle_share):
    result = outline(
        atom(-10.0, -60.0), atom(10.0, 60.0), settings=OutlineSettings(0.2, 1.0, saddle_share)
    )
    assert result.labels.max() == 2
    for label in (1, 2):
        assert len(np.unique(np.sign(result.velocity[result.labels == label]))) == 1


def test_atoms_add_up_and_none_make_still_ground():
    pair = [atom(-10.0, -60.0), atom(4.0, 90.0, 30.0, "flat", 70.0)]
    east, north = np.meshgrid(*GRID.centres())
    expected = -10.0 * unit_profile("gaussian", east + 60.0, north - 2.0, 100.0, FROM_ABOVE)
    expected += 4.0 * unit_profile("flat", east - 90.0, north - 30.0, 70.0, FROM_ABOVE)
    np.testing.assert_allclose(joined_velocity(pair, GRID, FROM_ABOVE), expected, atol=1e-4)
    still = outline()
    assert still.labels.max() == 0
    assert np.all(still.velocity == 0)


def test_one_look_sees_the_flank_of_a_point_source_and_several_do_not():
    source = atom(-10.0, shape="point", size=120.0)
    one, several = (outline(source, toward=t).velocity for t in ([TOWARD], [TOWARD, FROM_ABOVE]))
    east, north = np.meshgrid(*GRID.centres())
    for velocity, view in ((one, TOWARD), (several, FROM_ABOVE)):
        profile = unit_profile("point", east - 3.0, north - 2.0, 120.0, view)
        near = np.hypot(east, north) < 500.0
        np.testing.assert_allclose(velocity[near], -10.0 * profile[near], atol=1e-4)


def test_the_order_of_atoms_does_not_matter():
    atoms = [atom(-10.0, -300.0), atom(8.0, 200.0, 100.0), atom(-5.0, 0.0, -300.0)]
    first, second = outline(*atoms), outline(*atoms[::-1])
    np.testing.assert_array_equal(first.labels, second.labels)


def test_a_source_cut_by_the_grid_is_outlined_to_its_side():
    result = outline(atom(-10.0, 1000.0, 800.0))
    assert result.labels[0, -1] == 1
    assert result.labels[-1, 0] == 0
