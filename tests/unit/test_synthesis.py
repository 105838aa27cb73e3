"""Synthetic examples: their law, their limits, and that each follows from its own seed."""

import numpy as np
import pytest
from oracles import detectability_index

from groundmotion.constants import SENTINEL1_UK
from groundmotion.errors import InputError
from groundmotion.interpolation.median import nan_median_3x3
from groundmotion.noise.model import NoiseModel, spike_values
from groundmotion.synthesis.examples import NoiseRanges, draw_example, example_seed
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern, band_of, masks_of
from groundmotion.synthesis.observations import draw_observations, observed_maps

SIZE = 96
TRACKS = {"curved_share": 0.5, "length_m": [1000.0, 4000.0], "radius_m": [500.0, 5000.0]}
PRINTED = {
    "point": {
        "depth_m": [3.0, 80.0],
        "log10_volume_change_m3_yr": [0.3, 3.0],
        "peak_mm_yr": [0.0, 15.0],
    },
    "line": {
        "sagging_length_m": [30.0, 80.0],
        "hogging_length_m": [30.0, 80.0],
        "sagging_depth_mm_yr": [1.0, 10.0],
        "hogging_depth_mm_yr": [1.0, 5.0],
        "peak_mm_yr": [0.0, 15.0],
    },
}
MINING = {
    "point": {"radius_m": [100.0, 1500.0], "radius_fraction": 0.1, "peak_mm_yr": [1.0, 15.0]},
    "line": {"half_width_m": [100.0, 1500.0], "peak_mm_yr": [1.0, 15.0]},
}


def law(source="point", preset="mining", **changes):
    return {
        "size_px": SIZE,
        "pixel_m": 10,
        "noise": {
            "a_mm2_yr2": [0.7, 1.8],
            "b_per_km": [0.8, 1.6],
            "sill_mm2_yr2": [1.5, 2.9],
        },
        "density": [0.03, 0.3],
        "poisson_ratio": 0.25,
        "tracks": TRACKS,
        "source": source,
        "preset": preset,
        "ranges": (MINING if preset == "mining" else PRINTED)[source],
        "printed": PRINTED[source],
        "min_d_prime": 6.0 if preset == "mining" else 0.0,
        **changes,
    }


def scene(seed=0):
    """A town of 40 % in open country of 3 %."""
    rng = np.random.default_rng(seed)
    row, col = np.indices((200, 400))
    town = np.hypot(row - 90, col - 120) < 60
    return rng.random((200, 400)) < np.where(town, 0.4, 0.03)


@pytest.fixture(scope="module")
def masks():
    ground = scene()
    return Masks({look: [Pattern(f"ground/{look}", ground, SIZE)] for look in ("asc", "desc")})


def drawn(masks, count, label=1, **changes):
    settings = settings_from_config(law(**changes), None)
    return [draw_example(settings, masks, label, example_seed(3, "train", i)) for i in range(count)]


# --- one example ----------------------------------------------------------------------------------


def test_an_example_is_the_sum_of_its_parts(masks):
    example = drawn(masks, 1)[0]
    seen = np.isfinite(example.sparse)
    spikes = (example.sparse - example.deformation - example.atmosphere)[seen]
    assert example.sparse.shape == (SIZE, SIZE)
    assert example.sparse.dtype == np.float32
    assert seen.sum() == example.parameters["n_points"]
    assert spikes.var() == pytest.approx(example.parameters["nugget"], rel=0.5)
    assert abs(example.parameters["peak_mm_yr"]) == pytest.approx(
        np.abs(example.deformation).max(), rel=0.1
    )


def test_spikes_and_atmosphere_have_the_variance_that_was_drawn(masks):
    examples = drawn(masks, 60, label=0)
    spikes = [
        np.nanvar(e.sparse - e.atmosphere) / e.parameters["nugget"]
        for e in examples
        if e.parameters["n_points"] > 500
    ]
    assert np.mean(spikes) == pytest.approx(1.0, abs=0.03)
    ratio = [np.mean(e.atmosphere.astype(float) ** 2) / e.parameters["a"] for e in examples]
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.35)


def test_without_deformation_there_is_none_but_mask_and_noise_are_the_same(masks):
    with_, without = (drawn(masks, 3, label)[2] for label in (1, 0))
    assert not without.deformation.any()
    assert np.array_equal(with_.atmosphere, without.atmosphere)
    seen = np.isfinite(with_.sparse)
    assert np.array_equal(seen, np.isfinite(without.sparse))
    difference = (with_.sparse - without.sparse)[seen]
    assert difference == pytest.approx(with_.deformation[seen], abs=1e-5)
    assert "d_prime" not in without.parameters


def test_each_example_follows_from_its_seed_alone(masks):
    settings = settings_from_config(law(), None)
    first = [draw_example(settings, masks, 1, example_seed(3, "test", i)) for i in (5, 6)]
    again = draw_example(settings, masks, 1, example_seed(3, "test", 6))
    assert again.parameters == first[1].parameters
    assert np.array_equal(again.sparse, first[1].sparse, equal_nan=True)
    assert again.parameters != first[0].parameters
    other = draw_example(settings, masks, 1, example_seed(3, "validation", 6))
    assert other.parameters != again.parameters


def test_d_prime_is_that_of_the_bound(masks):
    example = drawn(masks, 1)[0]
    rows, cols = np.nonzero(np.isfinite(example.sparse))
    p = example.parameters
    found = detectability_index(
        example.deformation[rows, cols],
        rows,
        cols,
        10.0,
        NoiseModel(p["a"], p["b_per_km"], p["nugget"]),
    )
    assert p["d_prime"] == pytest.approx(found, rel=1e-3)


def test_deformation_is_where_the_parameters_say(masks):
    fixed = {**MINING["point"], "radius_m": [100.0, 120.0]}
    for example in drawn(masks, 5, ranges=fixed):
        row, col = np.unravel_index(np.abs(example.deformation).argmax(), (SIZE, SIZE))
        assert (col + 0.5) * 10 == pytest.approx(example.parameters["centre_east_m"], abs=25)
        assert (row + 0.5) * 10 == pytest.approx(-example.parameters["centre_north_m"], abs=25)


def test_noise_is_drawn_within_its_ranges_and_the_sill_above_a():
    ranges = NoiseRanges((0.7, 1.8), (0.8, 1.6), (1.5, 2.9))
    rng = np.random.default_rng(0)
    models = [ranges.draw(rng) for _ in range(500)]
    assert all(0.7 <= m.a <= 1.8 and 0.8 <= m.b_per_km <= 1.6 for m in models)
    assert all(m.nugget > 0 and 1.5 <= m.a + m.nugget <= 2.9 for m in models)


def test_measured_spikes_come_from_the_pool(masks):
    noisy = np.random.default_rng(1).normal(size=(60, 60))
    pool = spike_values(noisy)
    assert pool == pytest.approx((noisy - nan_median_3x3(noisy)).ravel(), abs=1e-6)
    settings = settings_from_config(law(), pool[:5])
    example = draw_example(settings, masks, 0, example_seed(1, "train", 0))
    spikes = (example.sparse - example.atmosphere)[np.isfinite(example.sparse)]
    assert np.abs(spikes[:, None] - pool[:5]).min(1).max() < 1e-5


# --- sources --------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["point", "line"])
@pytest.mark.parametrize("preset", ["as_printed", "mining"])
def test_sources_keep_within_their_preset(source, preset):
    sources = settings_from_config(law(source, preset), None).sources
    rng = np.random.default_rng(2)
    look = SENTINEL1_UK["asc"]
    peaks = []
    for _ in range(200):
        one = sources.draw(rng, 960.0, look)
        numbers = one.parameters()
        peaks.append(one.peak_los(look))
        assert 0 <= numbers["centre_east_m"] <= 960
        assert -960 <= numbers["centre_north_m"] <= 0
        if preset == "as_printed":
            keys = {
                "point": [("depth_m", 3, 80)],
                "line": [("l_sag_m", 30, 80), ("d_sag_mm_yr", 1, 10), ("d_hog_mm_yr", 1, 5)],
            }[source]
            assert all(low <= numbers[key] <= high for key, low, high in keys)
    peaks = np.array(peaks)
    assert np.abs(peaks).max() <= 15 + 1e-9
    assert (peaks < 0).all() if source == "line" else 0.3 < (peaks < 0).mean() < 0.7
    if preset == "mining":
        assert np.abs(peaks).min() >= 1 - 1e-9
        assert np.median(np.abs(peaks)) == pytest.approx(np.sqrt(15), rel=0.25)  # log-uniform


def test_mining_sizes_are_where_the_preset_says():
    look = SENTINEL1_UK["desc"]
    rng = np.random.default_rng(3)
    fixed = {**MINING["point"], "radius_m": [400.0, 400.0]}
    bowl = settings_from_config(law(ranges=fixed), None).sources.draw(rng, 960.0, look)
    assert bowl.depth_m == pytest.approx(400 / np.sqrt(0.1 ** (-2 / 3) - 1))
    wide = {**MINING["line"], "half_width_m": [300.0, 300.0]}
    trough = settings_from_config(law("line", ranges=wide), None).sources.draw(rng, 960.0, look)
    assert trough.shape.l_sag_m / 2 + trough.shape.l_hog_m == pytest.approx(300.0)


def test_tracks_are_straight_or_curved_and_never_turn_back():
    sources = settings_from_config(law("line", "as_printed"), None).sources
    rng = np.random.default_rng(4)
    tracks = [sources.draw(rng, 960.0, SENTINEL1_UK["asc"]) for _ in range(200)]
    straight = [t for t in tracks if t.curvature_per_m == 0]
    assert 0.35 < len(straight) / len(tracks) < 0.65
    assert all(len(t.track()) == 2 for t in straight)
    turns = np.array([abs(t.curvature_per_m) * t.length_m for t in tracks])
    assert turns.max() <= np.pi + 1e-9
    for track in tracks[:20]:
        steps = np.hypot(*np.diff(track.track(), axis=0).T)
        assert steps.sum() == pytest.approx(track.length_m, rel=2e-3)


def test_faint_sources_are_drawn_again(masks):
    visible = [e.parameters["d_prime"] for e in drawn(masks, 12)]
    assert min(visible) >= 6
    assert min(visible) < 9  # and no more than the faint ones
    faint = [e.parameters["d_prime"] for e in drawn(masks, 12, min_d_prime=0.0)]
    assert min(faint) < 6


def test_ranges_that_do_not_go_together_are_refused(masks):
    never = {**PRINTED["point"], "peak_mm_yr": [1e6, 2e6]}
    with pytest.raises(InputError, match="ranges do not go together"):
        drawn(masks, 1, preset="as_printed", ranges=never)
    with pytest.raises(InputError, match="none of 2000 sources is detectable"):
        drawn(masks, 1, min_d_prime=1e6)


# --- masks ----------------------------------------------------------------------------------------


def test_masks_have_the_wanted_count_and_only_points_of_the_scene():
    ground = scene()
    pattern = Pattern("ground", ground, SIZE)
    rng = np.random.default_rng(5)
    for count in (100, 900, 2500):
        mask = pattern.draw(rng, count)
        assert mask.sum() == count
        windows = np.lib.stride_tricks.sliding_window_view(ground, (SIZE, SIZE))[::8, ::8]
        turned = [np.rot90(mask, k)[:, ::step] for k in range(4) for step in (1, -1)]
        missing = [(m & ~windows).sum((2, 3)).min() for m in turned]
        assert min(missing) == 0


def test_thinned_towns_stay_towns():
    rng = np.random.default_rng(6)
    mask = Pattern("ground", scene(), SIZE).draw(rng, 1500)
    counts = mask.reshape(12, 8, 12, 8).sum((1, 3))
    assert counts.var() > 3 * counts.mean()  # a uniform pattern has variance = mean


def test_too_dense_a_wish_fills_up_the_densest_window_near_its_points():
    ground = np.zeros((SIZE, SIZE), bool)
    ground[:, :20] = np.random.default_rng(7).random((SIZE, 20)) < 0.5
    mask = Pattern("ground", ground, SIZE).draw(np.random.default_rng(8), 2500)
    assert mask.sum() == 2500
    turned = [np.rot90(mask, k)[:, ::step] for k in range(4) for step in (1, -1)]
    original = next(m for m in turned if not (ground & ~m).any())
    assert original[:, 20:35].mean() > 0.35
    assert original[:, 60:].mean() < 0.05


def test_bands_share_no_point_and_leave_none_out():
    ground = scene()
    bands = [band_of(ground, share) for share in ((0.0, 0.6), (0.6, 0.8), (0.8, 1.0))]
    assert np.array_equal(np.concatenate(bands, axis=1), ground)


def test_masks_of_a_scene_follow_the_pass_of_each_look():
    looks = {"asc117": scene(1), "desc022": scene(2), "desc095": scene(3)}
    found = masks_of("ground", looks, (0.6, 1.0), "test", SIZE)
    regions = {key: [p.region for p in value] for key, value in found.patterns.items()}
    assert regions == {
        "asc": ["ground/asc117/test"],
        "desc": ["ground/desc022/test", "ground/desc095/test"],
    }
    assert np.array_equal(found.patterns["asc"][0].has_point, scene(1)[:, 240:])


def test_masks_that_cannot_be_are_refused(masks):
    with pytest.raises(InputError, match="expected at least 96"):
        Pattern("narrow", np.ones((200, 50), bool), SIZE)
    with pytest.raises(InputError, match="holds no points"):
        Pattern("sea", np.zeros((200, 200), bool), SIZE)
    with pytest.raises(InputError, match="needs an ascending and a descending look"):
        Masks({"asc": masks.patterns["asc"]}).draw(np.random.default_rng(0), "desc", 9)


# --- batches --------------------------------------------------------------------------------------


def test_observations_hold_what_was_seen_and_do_not_depend_on_their_batch(masks):
    settings = settings_from_config(law(), None)
    rows, cells, values = draw_observations(settings, masks, 3, "test", range(4), {})
    alone = draw_observations(settings, masks, 3, "test", [2], {})
    assert [row["label"] for row in rows] == [0, 1, 0, 1]
    assert [row["index"] for row in rows] == [0, 1, 2, 3]
    assert rows[2] == alone[0][0]
    assert np.array_equal(values[2], alone[2][0])
    starts = np.concatenate([[0], np.cumsum([len(v) for v in values])])
    maps = observed_maps(np.concatenate(values), np.concatenate(cells), starts, SIZE)
    for i in range(4):
        again = draw_example(settings, masks, i % 2, example_seed(3, "test", i))
        assert np.array_equal(maps[i], again.sparse, equal_nan=True)
    later = observed_maps(np.concatenate(values), np.concatenate(cells), starts[2:], SIZE)
    assert np.array_equal(later, maps[2:], equal_nan=True)


def test_the_law_is_checked():
    with pytest.raises(InputError, match="split 'exam'"):
        example_seed(1, "exam", 0)
    with pytest.raises(InputError, match="at least one point"):
        settings_from_config(law(density=[1e-9, 0.3]), None)
    with pytest.raises(InputError, match="expected point or line"):
        settings_from_config(law(preset="mining") | {"source": "plane"}, None)
