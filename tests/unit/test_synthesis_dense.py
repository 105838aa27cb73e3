from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from groundmotion.noise.model import NoiseModel, SparseCovariance
from groundmotion.synthesis import dense_sources
from groundmotion.synthesis.dense import (
    clairvoyant_d_prime,
    draw_dense_batch,
    draw_dense_example,
    field_spectrum,
    law_from,
)

CONFIG = yaml.safe_load((Path(__file__).resolve().parents[2] / "config.yaml").read_text())
LAW = replace(law_from(CONFIG["dense"]["law"]), side_cells=96)


def example(seed: int, **changes: object):
    return draw_dense_example(np.random.default_rng(seed), replace(LAW, **changes))


def test_an_example_is_whole() -> None:
    means, counts, truth, weights = draw_dense_batch((1,), 6, LAW)
    assert means.shape == counts.shape == truth.shape == weights.shape == (6, 96, 96)
    assert np.isfinite(means).all() and (means[counts == 0] == 0).all()
    assert set(np.unique(truth)) <= {0, 1, 2} and set(np.unique(weights)) <= {0.0, 1.0}


def test_the_same_seed_gives_the_same_example() -> None:
    one, two, other = (draw_dense_batch(seed, 2, LAW)[0] for seed in ((1, 2), (1, 2), (1, 3)))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_still_ground_has_no_truth() -> None:
    for seed in range(8):
        still = example(seed, still_share=1.0)
        assert not still.truth.any() and (still.weights == 1).all()


def test_cells_that_move_do_so_in_their_direction() -> None:
    """Without noise to speak of, cells with points say what the truth says."""
    changes = {"still_share": 0.0, "density": (0.4, 0.5), "peak": (2e3, 4e3), "edge": 1.0,
               "variance": (0.1, 0.2), "most_sources": 1}  # fmt: skip
    for seed in range(10):
        drawn = example(seed, **changes)
        seen = drawn.counts > 0
        assert (drawn.means[seen & (drawn.truth == 1)] > 50).all()
        assert (drawn.means[seen & (drawn.truth == 2)] < -50).all()


def test_what_nobody_can_see_is_not_judged() -> None:
    hidden = 0
    for seed in range(12):
        drawn = example(seed, still_share=0.0, least_d_prime=1e9, peak=(1.0, 20.0))
        assert not drawn.truth.any()
        hidden += int((drawn.weights == 0).any())
    assert hidden >= 6


def test_noise_is_one_where_it_is_stated_rightly() -> None:
    changes = {"still_share": 1.0, "density": (0.4, 0.5), "misjudgement": 1.0, "ramp": 0.0,
               "outlier_share": 0.0, "outliers": (0.0, 1e-9), "range_cells": (1.0, 2.0),
               "degrees_of_freedom": (20.0, 30.0)}  # fmt: skip
    spreads = [
        drawn.means[drawn.counts == 1].std()
        for drawn in (example(seed, **changes) for seed in range(12))
    ]
    assert np.median(spreads) == pytest.approx(1.0, abs=0.05)


def test_the_spectrum_is_that_of_the_covariance() -> None:
    spectrum = field_spectrum([(1.5, 6.0), (0.5, 2.0)], 48)
    covariance = np.fft.irfft2(spectrum, (96, 96))
    lag = np.arange(20)
    expected = 1.5 * np.exp(-lag / 6.0) + 0.5 * np.exp(-lag / 2.0)
    np.testing.assert_allclose(covariance[0, :20], expected, atol=0.01)
    assert field_spectrum([(1.0, 500.0)], 48).min() >= 0


def test_d_prime_is_near_that_of_the_exact_covariance() -> None:
    rng = np.random.default_rng(0)
    place = np.arange(64) - 32.0
    source = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 5.0**2)).astype(np.float32)
    counts = (rng.random((64, 64)) < 0.2).astype(np.float32)
    rows, cols = np.nonzero(counts)
    covariance = SparseCovariance(rows, cols, 10.0, NoiseModel(1.2, 5.0, 1.0))
    signal = source[rows, cols].astype(np.float64)
    exact = float(np.sqrt(signal @ covariance.solve(signal[None])[0]))
    quick = clairvoyant_d_prime(source, counts, field_spectrum([(1.2, 20.0)], 64), 1.0)
    assert quick == pytest.approx(exact, rel=0.1)


def test_no_points_see_nothing() -> None:
    source, spectrum = np.ones((32, 32), np.float32), field_spectrum([(1.0, 5.0)], 32)
    assert clairvoyant_d_prime(source, np.zeros((32, 32), np.float32), spectrum, 1.0) == 0


@pytest.mark.parametrize("shape", dense_sources.SHAPES)
def test_a_source_falls_to_a_tenth_about_its_radius(shape: dense_sources.Shape) -> None:
    place = np.arange(-80, 81, dtype=np.float32)
    down, across = np.meshgrid(place, place, indexing="ij")
    for seed in range(5):
        values = np.abs(shape(np.random.default_rng(seed), down, across, 20.0))
        values = values / values.max()
        assert values[80, 80] > 0.5
        area = (values > 0.1).sum() / (np.pi * 20.0**2)
        assert 0.3 < area < 3.0
