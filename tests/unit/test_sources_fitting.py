import numpy as np
import pytest
from noisy_ground import (
    TOWARD,
    dense_covariance,
    known_noise,
    scattered,
)

from groundmotion.constants import SENTINEL1_UK
from groundmotion.detection.shapes import SHAPES, unit_profile
from groundmotion.detection.sources import fitting
from groundmotion.detection.sources.atoms import Atom
from groundmotion.detection.sources.fitting import LookData, fit_atom
from groundmotion.noise.levels import PointLevels
from groundmotion.variogram.nested import NestedCovariance

LAW = NestedCovariance(0.8, (400.0,), (0.6,))
QUIET = NestedCovariance(1e-4, (400.0,), (1e-4,))
DESCENDING = SENTINEL1_UK["desc"].unit_vector()
MIDDLE = np.array([1000.0, 1000.0])
PLACES = scattered(np.random.default_rng(0), 250, 2000.0)


def bowl(shape, places, size=200.0, toward=TOWARD):
    return unit_profile(shape, *(places - MIDDLE).T, size, toward)


def data(values, places=PLACES, law=LAW, toward=TOWARD, own=None, ground=None):
    one = np.ones(len(places))
    levels = PointLevels(one if own is None else own, one if ground is None else ground)
    return LookData(*places.T, values, levels, known_noise(law, len(places)), toward)


def fitted(looks, place=(1000.0, 1000.0, 200.0)):
    return fit_atom(looks, place, (20.0, 5000.0), (-7.0, True))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("peak", [-9.0, 5.0])
def test_a_bowl_without_noise_is_recovered_from_a_rough_start(shape, peak):
    looks = {"asc": data(peak * bowl(shape, PLACES) + 3.0, law=QUIET)}
    atom = fitted(looks, (1060.0, 940.0, 270.0))
    assert atom.shape == shape
    assert (atom.easting_m, atom.northing_m) == pytest.approx((1000.0, 1000.0), abs=3.0)
    assert atom.size_m == pytest.approx(200.0, rel=0.02)
    assert atom.peaks["asc"] == pytest.approx(peak, rel=0.01)
    assert (atom.significance, atom.is_seed) == (-7.0, True)


def test_looks_share_the_place_and_have_their_own_peaks_and_means():
    looks = {
        "asc": data(-6.0 * bowl("point", PLACES) + 2.0, law=QUIET),
        "desc": data(
            -3.0 * bowl("point", PLACES, toward=DESCENDING) - 4.0, law=QUIET, toward=DESCENDING
        ),
    }
    atom = fitted(looks, (950.0, 1030.0, 160.0))
    assert atom.shape == "point"
    assert atom.peaks == pytest.approx({"asc": -6.0, "desc": -3.0}, rel=0.01)


def test_peaks_scatter_as_their_standard_errors_say():
    factor = np.linalg.cholesky(dense_covariance(PLACES, LAW))
    rng = np.random.default_rng(1)
    pulls = []
    for _ in range(40):
        values = -8.0 * bowl("point", PLACES) + factor @ rng.standard_normal(len(PLACES))
        atom = fitted({"asc": data(values)}, (1020.0, 990.0, 220.0))
        pulls.append((atom.peaks["asc"] + 8.0) / atom.stds["asc"])
    assert np.mean(np.abs(pulls) < 1.96) >= 0.85
    assert 0.6 < np.std(pulls) < 1.4
    assert abs(np.mean(pulls)) < 0.6


def test_a_standard_error_is_at_least_that_of_the_peak_alone():
    """Were place and size known: generalised least squares of peak and mean, dense."""
    profile = bowl("point", PLACES)
    atom = fitted({"asc": data(-8.0 * profile)})
    near = np.hypot(*(PLACES - MIDDLE).T) < 800.0
    design = np.column_stack([profile[near], np.ones(near.sum())])
    inverse = np.linalg.inv(dense_covariance(PLACES[near], LAW))
    alone = np.sqrt(np.linalg.inv(design.T @ inverse @ design)[0, 0])
    assert alone < atom.stds["asc"] < 3 * alone


def test_a_look_without_a_point_near_the_peak_does_not_tell_it():
    flank = PLACES[np.hypot(*(PLACES - MIDDLE).T) > 300.0]
    values = -8.0 * bowl("gaussian", PLACES)
    looks = {"asc": data(values), "desc": data(-8.0 * bowl("gaussian", flank), flank)}
    atom = fitted(looks)
    assert atom.stds["desc"] == np.inf
    assert atom.peaks["desc"] == 0.0
    assert atom.joined() == (atom.peaks["asc"], atom.stds["asc"])


def test_looks_with_few_points_have_no_say_and_none_at_all_make_no_atom():
    values = -8.0 * bowl("point", PLACES)
    far = PLACES[:3]
    atom = fitted({"asc": data(values), "desc": data(values[:3], far)})
    assert set(atom.peaks) == {"asc"}
    assert fitted({"desc": data(values[:3], far)}) is None
    assert fitted({"asc": data(values)}, (9000.0, 9000.0, 100.0)) is None
    flank = PLACES[np.hypot(*(PLACES - MIDDLE).T) > 320.0]
    assert fitted({"asc": data(np.zeros(len(flank)), flank)}, (1000.0, 1000.0, 100.0)) is None


def test_a_noisy_point_counts_little():
    values = -8.0 * bowl("point", PLACES)
    wrong = np.argsort(np.hypot(*(PLACES - MIDDLE).T))[:2]
    values[wrong] += 6.0
    own = np.ones(len(PLACES))
    plain = fitted({"asc": data(values)}).peaks["asc"]
    own[wrong] = 20.0
    weighed = fitted({"asc": data(values, own=own)}).peaks["asc"]
    assert abs(weighed + 8.0) < 0.3 * abs(plain + 8.0)


def test_noise_and_ground_as_wild_again_double_the_error():
    values = -16.0 * bowl("point", PLACES)
    twice = fitted({"asc": data(values, ground=np.full(len(PLACES), 2.0))})
    fourfold = NestedCovariance(4 * LAW.nugget, LAW.ranges_m, (4 * LAW.sills[0],))
    by_law = fitted({"asc": data(values, law=fourfold)})
    assert twice.stds["asc"] == pytest.approx(by_law.stds["asc"], rel=1e-6)
    assert twice.peaks["asc"] == pytest.approx(by_law.peaks["asc"], rel=1e-6)


def test_merged_points_tell_nearly_the_same(monkeypatch):
    places = scattered(np.random.default_rng(2), 500, 2000.0)
    rng = np.random.default_rng(3)
    values = -8.0 * bowl("point", places) + 0.9 * rng.standard_normal(500)
    monkeypatch.setattr(fitting, "_MOST_POINTS", 1000)
    every = fitted({"asc": data(values, places)})
    monkeypatch.setattr(fitting, "_MOST_POINTS", 120)
    merged = fitted({"asc": data(values, places)})
    assert abs(merged.peaks["asc"] - every.peaks["asc"]) < 0.5 * every.stds["asc"]
    assert merged.stds["asc"] == pytest.approx(every.stds["asc"], rel=0.3)


def atom_of(peaks, stds):
    return Atom("gaussian", 0.0, 0.0, 100.0, peaks, stds, 5.0, True)


def test_peaks_of_looks_are_joined_by_their_certainty():
    peak, std = atom_of({"a": -4.0, "b": -6.0}, {"a": 1.0, "b": 2.0}).joined()
    assert (peak, std) == pytest.approx((-4.4, np.sqrt(0.8)))
    assert atom_of({"a": 4.0, "b": -6.0}, {"a": 1.0, "b": 1.0}).joined() == (-6.0, 1.0)
    assert atom_of({"a": 4.0, "b": 0.0}, {"a": 1.0, "b": np.inf}).joined() == (4.0, 1.0)


def test_an_atom_moves_what_its_look_sees_and_nothing_in_others():
    atom = atom_of({"a": -4.0}, {"a": 1.0})
    east = np.array([0.0, 80.0, 500.0])
    velocity = atom.velocity(east, 0 * east, "a", TOWARD)
    np.testing.assert_allclose(
        velocity, -4.0 * unit_profile("gaussian", east, 0 * east, 100.0, TOWARD)
    )
    assert np.all(atom.velocity(east, 0 * east, "b", TOWARD) == 0)
