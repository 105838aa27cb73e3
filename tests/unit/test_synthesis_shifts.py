"""Shifts change one thing each, by as much as they say, and nothing where there is none."""

import hashlib

import numpy as np
import pytest
from oracles import detectability_index
from scipy import stats
from test_synthesis import SIZE, law, scene

from groundmotion.constants import SENTINEL1_UK
from groundmotion.errors import InputError
from groundmotion.names import REAL_BACKGROUND
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.examples import draw_example, example_seed
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern
from groundmotion.synthesis.observations import (
    draw_observations,
    draw_shifted_observations,
    packed,
)
from groundmotion.synthesis.shifting import SHIFTS, shifted, shifts_from_config

NUMBERS = {
    "matern": {"smoothness": 1.5},
    "anisotropic": {"ratio": 3.0},
    "heavy_spikes": {"degrees_of_freedom": 3.0},
    "gross_outliers": {"share": 0.01, "size_mm_yr": [4.0, 15.0]},
    "ramps": {"burst_length_km": 19.0, "ramp_mm_yr_per_km": 0.04},
    "shared_spikes": {"share": 0.5, "e_folding_m": 30.0},
    "disturbed": {
        "b_per_km": [0.8, 4.0], "degrees_of_freedom": [3.0, 30.0], "shared_share": [0.0, 0.7],
        "e_folding_m": [15.0, 60.0], "outlier_share": 0.01, "outlier_mm_yr": [4.0, 15.0],
        "clusters": 0.5, "cluster_radius_m": [60.0, 250.0], "cluster_share": 0.3,
        "burst_length_km": 19.0, "ramp_mm_yr_per_km": 0.04,
    },
}  # fmt: skip
SPIKES = ("heavy_spikes", "gross_outliers", "shared_spikes")  # shifts of spikes alone
ALL = shifts_from_config(list(SHIFTS), NUMBERS)


@pytest.fixture(scope="module")
def masks():
    ground = scene()
    return Masks({look: [Pattern(f"ground/{look}", ground, SIZE)] for look in ("asc", "desc")})


def pair(masks, name, index=1, **changes):
    """Return an example and the same one shifted."""
    settings, seeds = settings_from_config(law(**changes), None), example_seed(3, "test", index)
    plain = draw_example(settings, masks, index % 2, seeds)
    return plain, shifted(plain, settings, (name, ALL[name]), seeds)


# --- the law as it is -----------------------------------------------------------------------------


def test_the_default_law_draws_what_it_always_drew(masks):
    """Numbers of the first release of the examples, before there were shifts."""
    wanted = {
        "point": [1101.1691, -2369.6175, 140.1437, -1876.7806, 430.003, 4441.3531],
        "line": [1101.1691, -1389.6999, 140.1437, -523.0951, 430.003, 196.7263],
    }
    first = {"point": (-0.26934, -0.40907, -0.45811), "line": (-2.63798, -2.91469, -3.03855)}
    for source, sums in wanted.items():
        settings = settings_from_config(law(source=source), None)
        rows, cells, values = draw_observations(settings, masks, 7, "train", range(6), {})
        digest = hashlib.sha256(b"".join(cell.tobytes() for cell in cells)).hexdigest()
        assert digest.startswith("77848c96c4dd316e")
        assert [v.astype(float).sum() for v in values] == pytest.approx(sums, abs=0.01)
        assert values[1][:3] == pytest.approx(first[source], abs=2e-5)
        assert rows[1]["d_prime"] == pytest.approx(
            {"point": 13.95642, "line": 8.34757}[source], rel=1e-4
        )
        assert "shift" not in rows[0]


def test_a_mixture_of_the_law_alone_keeps_its_values(masks):
    settings, alone = settings_from_config(law(), None), shifts_from_config(["exponential"], {})
    plain = draw_observations(settings, masks, 3, "train", range(3), {})
    mixed = draw_observations(settings, masks, 3, "train", range(3), alone)
    for one, other in zip(plain[2], mixed[2], strict=True):
        assert one.tobytes() == other.tobytes()
    assert [row.pop("shift") for row in mixed[0]] == ["exponential"] * 3
    assert mixed[0] == plain[0]


def test_a_mixture_draws_all_of_its_shifts_example_by_example(masks):
    settings = settings_from_config(law(), None)
    mixture = {name: ALL[name] for name in ("exponential", "heavy_spikes", "ramps")}
    rows, _, values = draw_observations(settings, masks, 3, "train", range(12), mixture)
    assert {row["shift"] for row in rows} == set(mixture)
    for index in (3, 7):
        seeds = example_seed(3, "train", index)
        plain = draw_example(settings, masks, 1, seeds)
        name = rows[index]["shift"]
        again = shifted(plain, settings, (name, mixture[name]), seeds)
        assert np.array_equal(values[index], again.sparse[np.isfinite(again.sparse)])
        assert draw_observations(settings, masks, 3, "train", [index], mixture)[0] == [rows[index]]


# --- one shift ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_a_shift_changes_one_part_and_follows_from_the_seed(masks, name):
    plain, changed = pair(masks, name)
    same = {
        "atmosphere": name in ("exponential", "uniform_sampling") or name in SPIKES,
        "spikes": name not in (*SPIKES, "disturbed"),
        "deformation": True,
    }
    for part, kept in same.items():
        assert np.array_equal(getattr(plain, part), getattr(changed, part)) == kept, part
    seen = np.isfinite(changed.sparse)
    assert np.array_equal(seen, np.isfinite(plain.sparse)) == (name != "uniform_sampling")
    assert seen.sum() == plain.parameters["n_points"]
    assert changed.label == 1
    whole = (changed.deformation + changed.atmosphere)[seen] + changed.spikes
    assert np.array_equal(changed.sparse[seen], whole)
    assert np.array_equal(pair(masks, name)[1].sparse, changed.sparse, equal_nan=True)


@pytest.mark.parametrize("name", ["matern", "anisotropic"])
def test_another_atmosphere_has_the_variance_of_the_law(masks, name):
    # Short ranges, so that a few windows tell.
    noise = {**law()["noise"], "b_per_km": [12.0, 16.0]}
    pairs = [pair(masks, name, index, noise=noise) for index in range(0, 40, 2)]
    ratio = [np.mean(e.atmosphere.astype(float) ** 2) / e.parameters["a"] for _, e in pairs]
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.25)
    # Independent of the atmosphere that it takes the place of.
    together = [np.mean(p.atmosphere * e.atmosphere) / e.parameters["a"] for p, e in pairs]
    assert np.mean(together) == pytest.approx(0.0, abs=0.15)


def test_a_smoother_atmosphere_is_smoother(masks):
    rough, smooth = pair(masks, "matern", 0)
    steps = [np.mean(np.diff(e.atmosphere, axis=1) ** 2) for e in (rough, smooth)]
    assert steps[1] < steps[0] / 10


def test_heavy_spikes_have_the_variance_and_tails_of_students_t(masks):
    drawn = [pair(masks, "heavy_spikes", index)[1] for index in range(0, 100, 2)]
    scaled = np.concatenate([e.spikes / np.sqrt(e.parameters["nugget"]) for e in drawn])
    assert len(scaled) > 30_000
    # The fourth moment is infinite: compare the whole law, and the variance loosely.
    assert stats.kstest(scaled * np.sqrt(3), "t", args=(3,)).statistic < 0.01
    assert scaled.var() == pytest.approx(1.0, abs=0.2)
    assert np.mean(np.abs(scaled) > 4) > 0.004  # 6e-5 of Gaussian ones


def test_gross_outliers_hit_the_stated_share_with_either_sign(masks):
    errors = np.concatenate(
        [
            e.spikes - p.spikes
            for p, e in (pair(masks, "gross_outliers", i) for i in range(0, 60, 2))
        ]
    )
    hit = errors[np.abs(errors) > 1e-3]
    assert len(hit) / len(errors) == pytest.approx(0.01, rel=0.2)
    assert np.abs(hit).min() >= 4.0 - 1e-4
    assert np.abs(hit).max() <= 15.0 + 1e-4
    assert np.mean(hit > 0) == pytest.approx(0.5, abs=0.15)


def test_ramps_run_along_the_flight_and_break_once(masks):
    found = []
    for index in range(0, 60, 2):
        plain, changed = pair(masks, "ramps", index)
        ramp = changed.atmosphere.astype(float) - plain.atmosphere
        heading = np.radians(SENTINEL1_UK[plain.parameters["look"]].heading_deg)
        row, col = np.indices(ramp.shape)
        along = (col * np.sin(heading) - row * np.cos(heading)).ravel() * 0.01
        order = np.argsort(along, kind="stable")
        height = ramp.ravel()[order]
        jump = np.abs(np.diff(height))
        if jump.max() < 0.05:
            continue
        assert np.sort(jump)[-2] < 0.01
        cut = int(np.argmax(jump)) + 1
        for part, side in ((slice(0, cut), 1), (slice(cut, None), -1)):
            if len(height[part]) > 1000:
                line = np.polyfit(along[order][part], height[part], 1)
                assert np.abs(np.polyval(line, along[order][part]) - height[part]).max() < 1e-4
                # A ramp is zero half a burst away from the border.
                assert np.polyval(line, along[order][cut] - side * 9.5) == pytest.approx(
                    0, abs=2e-3
                )
                found.append(line[0])
    assert len(found) > 20
    assert np.std(found) == pytest.approx(0.04, rel=0.4)


def test_uniform_sampling_is_uniform_and_keeps_visible_sources_only(masks):
    kept, small = 0, {**law()["ranges"], "radius_m": [60.0, 200.0]}
    for index in range(1, 30, 2):
        plain, changed = pair(masks, "uniform_sampling", index, density=[0.03, 0.06], ranges=small)
        seen, drawn = np.isfinite(changed.sparse), changed.parameters
        noise = NoiseModel(drawn["a"], drawn["b_per_km"], drawn["nugget"])
        d_prime = detectability_index(changed.deformation[seen], *np.nonzero(seen), 10.0, noise)
        assert drawn["d_prime"] == pytest.approx(d_prime, rel=0.01)
        assert drawn["d_prime"] >= 6.0
        same = np.array_equal(plain.deformation, changed.deformation)
        assert same == (drawn["peak_mm_yr"] == plain.parameters["peak_mm_yr"])
        kept += same
        quarters = seen.reshape(2, SIZE // 2, 2, SIZE // 2).sum((1, 3))
        assert stats.chisquare(quarters.ravel()).pvalue > 1e-4
    assert 0 < kept < 15  # both happen


def test_what_cannot_be_shifted_is_refused():
    with pytest.raises(InputError, match=r"'storms'.*expected some of exponential, matern"):
        shifts_from_config(["storms"], {})
    with pytest.raises(InputError, match="degrees_of_freedom 2"):
        shifts_from_config(["heavy_spikes"], {"heavy_spikes": {"degrees_of_freedom": 2.0}})


# --- all shifts -----------------------------------------------------------------------------------


def test_shifted_observations_hold_every_shift_of_every_index(masks):
    settings = settings_from_config(law(), None)
    chosen = {name: ALL[name] for name in ("exponential", "gross_outliers")}
    rows, cells, values = draw_shifted_observations(settings, masks, 3, [], chosen, [4, 5])
    assert [(row["index"], row["label"], row["shift"]) for row in rows] == [
        (4, 0, "exponential"), (4, 0, "gross_outliers"),
        (5, 1, "exponential"), (5, 1, "gross_outliers"),
    ]  # fmt: skip
    assert REAL_BACKGROUND not in {row["shift"] for row in rows}
    test_set = draw_observations(settings, masks, 3, "test", [4, 5], {})
    assert np.array_equal(values[0], test_set[2][0])
    assert np.array_equal(values[2], test_set[2][1])
    arrays = packed([cells[:1], cells[1:]], [values[:1], values[1:]])
    assert np.array_equal(np.diff(arrays["start"]), [len(v) for v in values])
    assert np.array_equal(arrays["values"][arrays["start"][2] : arrays["start"][3]], values[2])
