"""Observers that know the prior: against brute force, closed forms, simulation and dense algebra."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, linalg

from groundmotion.constants import SENTINEL1_UK
from groundmotion.deformation import TroughShape, point_source_depth
from groundmotion.errors import InputError
from groundmotion.limits import observing
from groundmotion.limits.amplitudes import AmplitudeLaw, integrate_amplitude
from groundmotion.limits.clairvoyant import clairvoyant_accuracy
from groundmotion.limits.deciding import (
    above_limit,
    accuracy,
    accuracy_of_counts,
    best_threshold,
    judge_all,
    largest_velocity,
)
from groundmotion.limits.line_sources import LinePrior, Troughs
from groundmotion.limits.observing import ObserverSettings
from groundmotion.limits.point_sources import PointMatcher, PointNodes, PointPrior
from groundmotion.limits.reduction import Observations, reduce_evenly
from groundmotion.noise.model import CorrelatedField, NoiseModel, SparseCovariance
from groundmotion.synthesis.examples import ExampleSettings, NoiseRanges
from groundmotion.synthesis.sources import (
    MiningLine,
    MiningPoint,
    PointSource,
    PrintedLine,
    PrintedPoint,
    TrackRanges,
    Trough,
)

LOOK = SENTINEL1_UK["asc"]
NOISE = NoiseModel(a=1.2, b_per_km=1.2, nugget=0.5)
TRACKS = TrackRanges(0.5, (1000.0, 4000.0), (500.0, 5000.0))
LINE = PrintedLine((30.0, 80.0), (30.0, 80.0), (1.0, 10.0), (1.0, 5.0), (0.0, 15.0), TRACKS)
SOURCES = {
    "mining point": MiningPoint((100.0, 1500.0), 0.1, (1.0, 15.0), 0.25),
    "printed point": PrintedPoint((3.0, 80.0), (0.3, 3.0), (0.0, 15.0), 0.25),
    "mining line": MiningLine((100.0, 1500.0), (1.0, 15.0), LINE),
    "printed line": LINE,
}
SETTINGS = ObserverSettings(
    max_cells=700, amplitude_nodes=24, spacing_depths=0.6, log_depth_step=0.4, finest_px=1.0,
    refined_nodes=20, prior_draws=1024, starts=4, draws_per_start=48, rounds=3,
)  # fmt: skip


def seen(count, size=224, seed=0, noise=NOISE, source=None):
    """Points at random on a window of noise, with a source on top if given."""
    rng = np.random.default_rng(seed)
    flat = np.sort(rng.choice(size**2, count, replace=False))
    rows, cols = np.divmod(flat, size)
    field = CorrelatedField((size, size), 10.0, noise.a, noise.b_per_km).draw(rng)
    values = field[rows, cols] + np.sqrt(noise.nugget) * rng.standard_normal(count)
    if source is not None:
        values += signal(source, rows, cols)
    return Observations(values, rows, cols, 10.0, noise)


def signal(source, rows, cols):
    return source.los((cols + 0.5) * 10.0, -(rows + 0.5) * 10.0, LOOK)


def unit(source, data):
    return signal(source, data.rows, data.cols) / abs(source.peak_los(LOOK))


def law(sources, size_px=224, min_d_prime=0.0):
    ranges = NoiseRanges((0.7, 1.8), (0.8, 1.6), (1.5, 2.9))
    return ExampleSettings(size_px, 10.0, ranges, (0.01, 0.3), sources, min_d_prime, None)


def observe(data, sources, size_px=224, min_d_prime=0.0, **changes):
    how = ObserverSettings(**{**vars(SETTINGS), **changes})
    settings = law(sources, size_px, min_d_prime)
    return observing.observe(data, LOOK, settings, how, np.random.SeedSequence(3))


# --- amplitude -------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [-1, 1])
@pytest.mark.parametrize("both_signs", [True, False])
@pytest.mark.parametrize(
    ("t", "q"), [(0.3, 0.02), (9.0, 4.0), (-9.0, 4.0), (300.0, 90.0), (2.0, 50.0)]
)
@pytest.mark.parametrize("min_d_prime", [0.0, 6.0])
def test_the_amplitude_is_integrated_as_scipy_does(power, both_signs, t, q, min_d_prime):
    prior = AmplitudeLaw(np.array([1.0]), np.array([15.0]), power, both_signs)
    found = integrate_amplitude(np.array([t]), np.array([q]), prior, min_d_prime, 24)
    low = max(1.0, min_d_prime / np.sqrt(q))
    if low >= 15:
        assert found.log_ratio[0] == -np.inf and found.mass[0] == 0
        return
    total = integrate.quad(lambda a: a**power, 1, 15)[0]
    assert found.mass[0] == pytest.approx(integrate.quad(lambda a: a**power, low, 15)[0] / total)
    signs = (1, -1) if both_signs else (1,)
    best = max(
        np.clip(s * t / q, low, 15) * (s * t - np.clip(s * t / q, low, 15) * q / 2) for s in signs
    )
    assert found.log_best[0] == pytest.approx(best, rel=1e-9)
    value = sum(
        integrate.quad(
            lambda a, s=s: a**power / total * np.exp(a * s * t - a * a * q / 2 - best),
            low, 15, points=[np.clip(s * t / q, low, 15)], limit=400, epsabs=0,
        )[0]
        for s in signs
    ) / len(signs)  # fmt: skip
    assert found.log_ratio[0] == pytest.approx(best + np.log(value), abs=1e-3)


# --- merging ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [500, 4000, 12000])
def test_merging_loses_next_to_nothing_of_d_prime(count):
    data = seen(count)
    prior = PointPrior(SOURCES["mining point"], 2240.0, LOOK)
    matcher = PointMatcher(data, prior, 700)
    depths = np.array([55.0, 80.0, 130.0, 250.0, 700.0])
    middle = 1000.0 * np.ones(5)
    nodes = PointNodes(middle, -middle - 80, depths, middle, middle)
    t, q = matcher.match(nodes)
    units = np.stack([unit(PointSource((1000.0, -1080.0), d, 1.0, 0.25), data) for d in depths])
    solved = SparseCovariance(data.rows, data.cols, 10.0, NOISE).solve(units)
    kept = np.sqrt(q / (units * solved).sum(1))
    assert np.all(kept > 0.98) and np.all(kept < 1.005)
    # What is lost of q is also the variance of what t may be off by.
    off = np.abs(t - solved @ data.values) / np.sqrt(q)
    assert np.all(off < 0.75)


def test_nothing_is_merged_where_points_are_few():
    data = seen(120, size=60)
    reduction = reduce_evenly(data, 200)
    dense = SparseCovariance(data.rows, data.cols, 10.0, NOISE).dense()
    assert np.allclose(reduction.inverse, linalg.inv(dense), atol=2e-5)
    assert np.allclose(reduction.weighted, linalg.solve(dense, data.values), atol=1e-4)


def test_covariance_of_merged_points_is_the_mean_over_pairs():
    data = seen(300, size=40)
    reduction = reduce_evenly(data, 60)
    assert reduction.finest_px > 1 and len(reduction.weighted) <= 60
    dense = SparseCovariance(data.rows, data.cols, 10.0, NOISE).dense()
    cell = data.rows // reduction.finest_px * 1000 + data.cols // reduction.finest_px
    average = (np.unique(cell)[:, None] == cell) * 1.0
    average /= average.sum(1, keepdims=True)
    exact = linalg.inv(average @ dense @ average.T)
    assert np.allclose(reduction.inverse, exact, rtol=1e-3, atol=1e-3)
    assert np.allclose(reduction.weighted, exact @ average @ data.values, atol=1e-3)


# --- the average-likelihood observer ----------------------------------------------------------------


def brute_force(data, sources, size_px, min_d_prime, steps):
    """Log-likelihood ratio by a fine grid over places, depths and amplitudes; nothing merged."""
    inverse = linalg.inv(SparseCovariance(data.rows, data.cols, 10.0, data.noise).dense())
    places = (np.arange(steps) + 0.5) / steps * size_px * 10
    radii = np.exp(np.linspace(*np.log(sources.radius_m), 13))
    radii = np.sqrt(radii[:-1] * radii[1:])
    peaks = np.exp(np.linspace(*np.log(sources.peak_mm_yr), 201))
    peaks = np.sqrt(peaks[:-1] * peaks[1:])
    total = kept = 0.0
    for radius in radii:
        depth = point_source_depth(radius, sources.radius_fraction)
        for east in places:
            for north in -places:
                g = unit(PointSource((east, north), depth, 1.0, 0.25), data)
                t, q = g @ inverse @ data.values, g @ inverse @ g
                a = peaks[peaks * np.sqrt(q) >= min_d_prime]
                kept += len(a)
                total += (np.exp(a * t - a * a * q / 2) + np.exp(-a * t - a * a * q / 2)).sum() / 2
    return np.log(total / kept)


@pytest.mark.parametrize("strength", [0.0, 4.0])
@pytest.mark.parametrize("min_d_prime", [0.0, 3.0])
def test_it_is_brute_force_integration(strength, min_d_prime):
    small = MiningPoint((120.0, 200.0), 0.1, (1.0, 6.0), 0.25)
    source = PointSource((130.0, -170.0), 80.0, 1.0, 0.25)
    bright = PointSource((130.0, -170.0), 80.0, strength / source.peak_los(LOOK), 0.25)
    data = seen(60, size=32, seed=4, source=bright)
    exact = brute_force(data, small, 32, min_d_prime, 48)
    found = observe(
        data, small, 32, min_d_prime,
        spacing_depths=0.3, log_depth_step=0.1, refined_nodes=0,
    )  # fmt: skip
    assert found.log_likelihood_ratio == pytest.approx(exact, abs=0.015)
    if strength:
        assert found.log_likelihood_ratio > 0


def test_a_finer_lattice_says_the_same():
    for seed, peak in ((1, 0.0), (2, 2.5)):
        source = PointSource((900.0, -1200.0), 150.0, 1.0, 0.25)
        bright = PointSource((900.0, -1200.0), 150.0, peak / source.peak_los(LOOK), 0.25)
        data = seen(600, seed=seed, source=bright)
        coarse = observe(data, SOURCES["mining point"], min_d_prime=6.0)
        fine = observe(
            data, SOURCES["mining point"], min_d_prime=6.0,
            spacing_depths=0.35, log_depth_step=0.2, refined_nodes=60,
        )  # fmt: skip
        assert coarse.log_likelihood_ratio == pytest.approx(fine.log_likelihood_ratio, abs=0.25)


def test_of_noise_alone_the_likelihood_ratio_is_one_on_average():
    small = MiningPoint((150.0, 300.0), 0.1, (0.3, 1.0), 0.25)
    rng, template = np.random.default_rng(0), seen(40, size=32)
    root = linalg.cholesky(
        SparseCovariance(template.rows, template.cols, 10.0, NOISE).dense(), lower=True
    )
    ratios = []
    for _ in range(300):
        values = root @ rng.standard_normal(40)
        data = Observations(values, template.rows, template.cols, 10.0, NOISE)
        ratios.append(np.exp(observe(data, small, 32, refined_nodes=0).log_likelihood_ratio))
    error = np.std(ratios) / np.sqrt(len(ratios))
    assert error < 0.1
    assert np.mean(ratios) == pytest.approx(1.0, abs=3 * error)


def test_with_one_source_it_is_the_clairvoyant_observer():
    """A prior of one amplitude, depth and place: accuracy Φ(d′/2)."""
    rng, template = np.random.default_rng(1), seen(50, size=32)
    dense = SparseCovariance(template.rows, template.cols, 10.0, NOISE).dense()
    root, peak = linalg.cholesky(dense, lower=True), 1.3
    source = PointSource((160.0, -150.0), 60.0, 1.0, 0.25)
    g = peak * unit(source, template)
    reduction = reduce_evenly(template, 100)
    prior = PointPrior(SOURCES["mining point"], 320.0, LOOK)
    node = PointNodes(*(np.array([x]) for x in (160.0, -150.0, 60.0, 1.0, 1.0)))
    g_found = prior.signals(reduction, node)
    narrow = AmplitudeLaw(np.array([peak]), np.array([peak * 1.001]), -1, False)
    labels, says = np.arange(2000) % 2, []
    for label in labels:
        values = root @ rng.standard_normal(50) + label * g
        data = Observations(values, template.rows, template.cols, 10.0, NOISE)
        t, q = reduce_evenly(data, 100).quadratic(g_found)
        says.append(integrate_amplitude(t, q, narrow, 0.0, 8).log_ratio[0] > 0)
    right = accuracy(labels, says)
    expected = clairvoyant_accuracy(np.sqrt(g @ linalg.solve(dense, g)))
    assert 0.6 < expected < 0.95
    assert right.value == pytest.approx(float(expected), abs=3 * right.standard_error)


# --- all sources -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_a_clear_source_is_seen_and_the_filter_comes_near_the_truth(kind):
    rng = np.random.default_rng(7)
    for _ in range(50):
        source = SOURCES[kind].draw(rng, 2240.0, LOOK)
        data = seen(1500, seed=5, source=source)
        g = signal(source, data.rows, data.cols)
        solved = SparseCovariance(data.rows, data.cols, 10.0, NOISE).solve(g[None])[0]
        if g @ solved > 14**2:
            break
    at_truth = solved @ data.values - g @ solved / 2
    found = observe(data, SOURCES[kind], spacing_depths=0.8, prior_draws=4096, starts=8, rounds=4)
    assert found.log_likelihood_ratio > 10
    assert found.matched_filter > found.log_likelihood_ratio
    assert found.matched_filter > 0.8 * at_truth


def test_the_filter_says_no_less_than_the_truth_where_the_lattice_holds_it():
    prior = PointPrior(SOURCES["mining point"], 320.0, LOOK)
    nodes = prior.lattice(0.5, 0.35, 10.0)
    at, peak = 40, 2.0
    source = PointSource((nodes.east_m[at], nodes.north_m[at]), nodes.depth_m[at], 1.0, 0.25)
    true = PointSource(source.centre_m, source.depth_m, peak / source.peak_los(LOOK), 0.25)
    data = seen(80, size=32, source=true)
    solved = linalg.solve(
        SparseCovariance(data.rows, data.cols, 10.0, NOISE).dense(),
        signal(true, data.rows, data.cols),
    )
    at_truth = solved @ data.values - signal(true, data.rows, data.cols) @ solved / 2
    assert observe(data, SOURCES["mining point"], 32, spacing_depths=0.5,
                   log_depth_step=0.35, refined_nodes=0).matched_filter >= at_truth - 1e-3  # fmt: skip


def test_units_of_velocity_and_of_noise_go_together():
    """Twice the velocities in four times the variance: the same d′ and the same verdict."""
    data = seen(300, seed=3)
    louder = Observations(
        2 * data.values, data.rows, data.cols, 10.0, NoiseModel(4 * 1.2, 1.2, 4 * 0.5)
    )
    twice = MiningPoint((100.0, 1500.0), 0.1, (2.0, 30.0), 0.25)
    once = observe(data, SOURCES["mining point"], min_d_prime=6.0)
    again = observe(louder, twice, min_d_prime=6.0)
    assert again.log_likelihood_ratio == pytest.approx(once.log_likelihood_ratio, abs=1e-3)
    assert again.matched_filter == pytest.approx(once.matched_filter, abs=1e-3)


@pytest.mark.parametrize("kind", ["mining point", "mining line"])
def test_noise_alone_is_noise(kind):
    verdicts = [observe(seen(400, seed=s), SOURCES[kind], min_d_prime=6.0) for s in range(4)]
    assert all(v.log_likelihood_ratio < 0 for v in verdicts)


@pytest.mark.parametrize("kind", SOURCES)
def test_the_prior_is_the_law_of_the_examples(kind):
    """Peaks and sizes from the observer's prior have the quantiles of drawn sources."""
    rng = np.random.default_rng(0)
    drawn = [SOURCES[kind].draw(rng, 2240.0, LOOK) for _ in range(3000)]
    peaks = np.abs([s.peak_los(LOOK) for s in drawn])
    if "point" in kind:
        prior = PointPrior(SOURCES[kind], 2240.0, LOOK)
        nodes = prior.lattice(40.0, 0.02, 10.0)
        amplitudes, share = prior.amplitudes(nodes), np.exp(prior.log_weights(nodes))
        sizes = nodes.depth_m
        drawn_sizes = [s.depth_m for s in drawn]
    else:
        prior = LinePrior(SOURCES[kind], 2240.0, LOOK)
        numbers = prior.draw(4096, np.random.SeedSequence(1))
        amplitudes, share = prior.amplitudes(numbers)
        sizes = prior.troughs(numbers).half_width_m()
        drawn_sizes = [s.shape.l_sag_m / 2 + s.shape.l_hog_m for s in drawn]
    share = share / share.sum()
    below = np.quantile(drawn_sizes, 0.3)
    assert share[sizes < below].sum() == pytest.approx(0.3, abs=0.04)
    low, high, power = amplitudes.lowest, amplitudes.highest, amplitudes.power
    for quantile in (0.2, 0.5, 0.8):
        limit = np.clip(np.quantile(peaks, quantile), low, high)
        if power == -1:
            part = np.log(limit / low) / np.log(high / low)
        else:
            part = (limit**2 - low**2) / (high**2 - low**2)
        assert (share * part).sum() == pytest.approx(quantile, abs=0.035)


@pytest.mark.parametrize("kind", ["mining line", "printed line"])
def test_troughs_are_those_of_the_examples(kind):
    prior, data = LinePrior(SOURCES[kind], 2240.0, LOOK), seen(300)
    numbers = prior.draw(64, np.random.SeedSequence(0))
    made, found = prior.troughs(numbers), reduce_evenly(data, 500)
    signals = prior.signals(found, made, 1)
    for i in range(len(numbers)):
        edge = made.hogging_share[i]
        shape = Trough(
            (made.east_m[i], made.north_m[i]), np.degrees(made.azimuth_rad[i]), made.length_m[i],
            made.curvature_per_m[i],
            TroughShape(made.sagging_m[i], made.hogging_m[i], 1 - edge, edge),
        )  # fmt: skip
        rows, cols = (-found.north_m / 10 - 0.5), (found.east_m / 10 - 0.5)
        exact = signal(shape, rows, cols) / abs(shape.peak_los(LOOK))
        # A track that turns by 180° gets one vertex more or less by rounding.
        half_turn = abs(made.curvature_per_m[i] * made.length_m[i]) > 3.14
        assert np.allclose(signals[i], exact, atol=0.06 if half_turn else 1e-4)


def average_over_draws(reduction, sources):
    """Log of the mean likelihood ratio of troughs as examples draw them."""
    numbers = [
        (*s.centre_m, np.radians(s.azimuth_deg), s.length_m, s.curvature_per_m, s.shape.l_sag_m,
         s.shape.l_hog_m, s.shape.d_hog_mm_yr / (s.shape.d_sag_mm_yr + s.shape.d_hog_mm_yr))
        for s in sources
    ]  # fmt: skip
    troughs = Troughs(*np.array(numbers).T)
    t, q = reduction.quadratic(LinePrior(LINE, 320.0, LOOK).signals(reduction, troughs, 1))
    peak = np.abs([source.peak_los(LOOK) for source in sources])
    return np.log(np.exp(peak * t - peak**2 * q / 2).mean())


def test_troughs_count_by_how_often_their_peak_is_within_its_limits():
    """Deep sagging zones are rare: the limits of the peak leave few of them."""
    deep = PrintedLine((30.0, 80.0), (30.0, 80.0), (1.0, 100.0), (1.0, 5.0), (0.0, 15.0), TRACKS)
    rng, noise = np.random.default_rng(0), NoiseModel(30.0, 1.2, 100.0)
    drawn = [deep.draw(rng, 320.0, LOOK) for _ in range(6000)]
    seen_by = [seen(40, size=32, seed=seed, noise=noise) for seed in range(6)]
    expected = [average_over_draws(reduce_evenly(data, 700), drawn) for data in seen_by]
    found = [
        observe(data, deep, 32, prior_draws=4096, rounds=2).log_likelihood_ratio for data in seen_by
    ]
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=0.04)


def test_boxes_draw_with_the_density_they_claim():
    prior = LinePrior(SOURCES["mining line"], 2240.0, LOOK)
    boxes = prior.boxes(prior.draw(4, np.random.SeedSequence(2)), 1.0)
    inside = np.concatenate(boxes.draw(np.random.default_rng(0), 500))
    assert boxes.holds(inside).any(0).all()
    # The integral of each box's density over the prior is at most one, and less at its border.
    wide = prior.draw(2**18, np.random.SeedSequence(5))
    shares = len(inside) / (4 * 500)
    assert boxes.density(wide).mean() / 4 == pytest.approx(shares, rel=0.25)


# --- decisions --------------------------------------------------------------------------------------


def test_the_threshold_is_the_best_of_all():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=200)
    values = rng.normal(size=200) + labels
    chosen = best_threshold(values, labels)
    reached = accuracy(labels, values > chosen).value
    assert reached == max(((values > v) == (labels == 1)).mean() for v in [-99, *values])


def test_thresholds_come_from_validation_and_scores_from_the_test_set():
    rng = np.random.default_rng(4)

    def table(shift, count):
        labels = np.arange(count) % 2
        columns = {name: rng.normal(2 * labels + shift) for name in ("matched_filter", "threshold")}
        # An average likelihood that is off everywhere: its threshold is 0 all the same.
        ratio = rng.normal(4 * labels - 2 + shift)
        return pd.DataFrame({"label": labels, "log_likelihood_ratio": ratio, **columns}).assign(
            seconds=0.5
        )

    validation, test = table(0.0, 400), table(1.5, 300)
    rows = judge_all(validation, test)
    assert [row["observer"] for row in rows] == [
        "average_likelihood",
        "matched_filter",
        "threshold",
    ]
    assert rows[0]["threshold"] == 0.0
    for row, column in zip(
        rows, ("log_likelihood_ratio", "matched_filter", "threshold"), strict=True
    ):
        if column != "log_likelihood_ratio":
            assert row["threshold"] == best_threshold(validation[column], validation["label"])
            assert abs(row["threshold"] - best_threshold(test[column], test["label"])) > 0.5
        right = (test[column] > row["threshold"]) == (test["label"] == 1)
        assert row["accuracy"] == pytest.approx(right.mean())
        assert row["n_test"] == row["tp"] + row["fp"] + row["tn"] + row["fn"] == 300
    assert [row["examples_per_second"] for row in rows[:2]] == [2.0, 2.0]
    assert np.isnan(rows[2]["examples_per_second"])


def test_the_largest_velocity_is_of_medians():
    sparse = np.full((9, 9), np.nan)
    sparse[2:5, 2:5] = -3.0
    sparse[3, 3] = 50.0
    assert largest_velocity(sparse) == 3.0


def test_an_accuracy_above_the_limit_is_told():
    limit = accuracy_of_counts(900, 1000)
    reached = {"n_train": [20, 20, 0], "tp": [430, 450, 450], "tn": 500, "n_test": 1000}
    table = pd.DataFrame({**reached, "bound": limit.value, "bound_error": limit.standard_error})
    assert list(above_limit(table, 3.0).index) == [1]
    assert accuracy_of_counts(10, 10).standard_error > 0


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(InputError, match="without points"):
        Observations(np.zeros(0), np.zeros(0, int), np.zeros(0, int), 10.0, NOISE)
    with pytest.raises(InputError, match="nugget"):
        seen(20, noise=NoiseModel(1.0, 1.0, 0.0))
    with pytest.raises(InputError, match="no source of the prior is detectable"):
        observe(seen(5, size=32), SOURCES["mining point"], 32, min_d_prime=1000.0)
    with pytest.raises(InputError, match="2 statistics and 1 labels"):
        best_threshold([1.0, 2.0], [1])
