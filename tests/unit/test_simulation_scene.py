from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from groundmotion.constants import SENTINEL1_UK
from groundmotion.deformation import project_los
from groundmotion.errors import InputError
from groundmotion.simulation.coastline import coarse_land
from groundmotion.simulation.country import point_density, road_mask, urban_share
from groundmotion.simulation.lattice import Window, window_over
from groundmotion.simulation.scene import land_over, scene_settings, simulate_look, widened
from groundmotion.simulation.sources import SHAPE_KEYS
from groundmotion.simulation.truth import known_artefacts, points_within, true_areas
from groundmotion.variogram.model import exponential_covariance

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
CRS = "EPSG:27700"
SIMULATED = {name: s for name, s in CONFIG["scenes"].items() if "simulation" in s}
COLUMNS = [
    "easting_m", "northing_m", "velocity_mm_yr", "velocity_std_mm_yr", "coherence", "los_east",
    "los_north", "los_up",
]  # fmt: skip
BOWL = {"kind": "point", "centre_m": [402_000, 302_000], "peak_mm_yr": -6.0, "radius_m": 200}


def scene(seed=7, **own):
    return scene_settings(CONFIG["simulation"], {"seed": seed, **own}, 1)


QUIET = {
    "disturbances": {"spike_share": 0.0, "clusters_per_100_km2": 0.0,
                     "burst_ramp_mm_yr_per_km": 0.0},
    "passes": {"asc": {"a_mm2_yr2": 1e-8, "nugget_mm2_yr2": 1e-8, "reference_offset_mm_yr": 0.0,
                       "town_density": 0.3, "country_density": 0.3}},
}  # fmt: skip
WINDOW = window_over((400_000, 300_000, 404_000, 304_000), 20.0)


def dry(window):
    return shapely.box(*widened(window.bounds))


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIMULATED)
def test_the_configured_scenes_can_be_made(name):
    made = scene_settings(CONFIG["simulation"], SIMULATED[name]["simulation"], CONFIG["seed"])
    left, bottom, right, top = SIMULATED[name]["bounds"]
    for source in made.sources:
        assert left < source.centre_m[0] < right and bottom < source.centre_m[1] < top
    # §II-B: a 0.7–1.8 mm²/yr², b 0.8–1.6 /km, sill 1.5–2.9 mm²/yr²
    for settings in made.passes.values():
        assert 0.7 <= settings.a_mm2_yr2 <= 1.8
        assert 0.8 <= settings.b_per_km <= 1.6
        assert 1.5 <= settings.a_mm2_yr2 + settings.nugget_mm2_yr2 <= 2.9


def test_no_two_scenes_share_a_seed():
    seeds = [settings["simulation"]["seed"] for settings in SIMULATED.values()]
    assert len(set(seeds)) == len(seeds)


def test_training_grounds_stand_still_and_scenes_have_kinds_of_their_own():
    kinds = set()
    for settings in SIMULATED.values():
        made = scene_settings(CONFIG["simulation"], settings["simulation"], 1)
        if settings.get("role") == "training":
            assert not made.sources and not made.random_sources
        kinds |= {s.kind for s in (*made.sources, *made.random_sources)}
    assert kinds == set(SHAPE_KEYS)
    assert kinds - {"point", "seam"}  # the shapes of the training examples


def test_own_settings_win_key_by_key():
    made = scene(passes={"asc": {"a_mm2_yr2": 1.7}})
    assert made.passes["asc"].a_mm2_yr2 == 1.7
    shared = CONFIG["simulation"]["passes"]
    assert made.passes["asc"].b_per_km == shared["asc"]["b_per_km"]
    assert made.passes["desc"].a_mm2_yr2 == shared["desc"]["a_mm2_yr2"]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"passes": {"asc": {"sill": 1}}}, r"simulation\.passes\.asc: missing or unknown: sill"),
        ({"country": {"rivers": 1}}, r"simulation\.country: missing or unknown: rivers"),
        ({"random_sources": [{"kind": "point", "peak_mm_yr": [1, 2], "radius_m": [1, 2]}]},
         r"has no 'per_100_km2'"),
        ({"random_sources": [{"kind": "point", "per_100_km2": 1, "peak_mm_yr": [1, 2]}]},
         r"expected the keys radius_m"),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(own, message):
    with pytest.raises(InputError, match=message):
        scene(**own)


# --- points -------------------------------------------------------------------------------------


def test_points_have_the_columns_of_all_points():
    points = simulate_look(scene(), "asc", WINDOW, dry(WINDOW))
    assert list(points.columns) == COLUMNS
    assert np.isfinite(points.to_numpy()).all()
    left, bottom, right, top = WINDOW.bounds
    assert points["easting_m"].between(left, right).all()
    assert points["northing_m"].between(bottom, top).all()
    cell = ((points["easting_m"] - left) // 20) + 1000 * ((top - points["northing_m"]) // 20)
    assert cell.is_unique
    los = points[["los_east", "los_north", "los_up"]].iloc[0].to_numpy()
    assert los == pytest.approx(SENTINEL1_UK["asc"].unit_vector(), abs=1e-6)


def test_the_same_seed_gives_the_same_points_and_another_does_not():
    one, same, other = (simulate_look(scene(s), "asc", WINDOW, dry(WINDOW)) for s in (7, 7, 8))
    pd.testing.assert_frame_equal(one, same)
    assert len(set(one["easting_m"]) & set(other["easting_m"])) == 0


def test_neighbouring_windows_agree_at_their_seam():
    made = scene(random_sources=CONFIG["scenes"]["great_britain"]["simulation"]["random_sources"],
                 sources=[BOWL])  # fmt: skip
    land = dry(WINDOW)
    whole = simulate_look(made, "desc", WINDOW, land)
    part = Window(WINDOW.row + 50, WINDOW.col + 60, 120, 110, 20.0)
    found = simulate_look(made, "desc", part, land)
    left, bottom, right, top = part.bounds
    inside = whole[
        whole["easting_m"].between(left, right, inclusive="left")
        & whole["northing_m"].between(bottom, top, inclusive="right")
    ]
    assert found["easting_m"].to_numpy() == pytest.approx(inside["easting_m"].to_numpy(), abs=1e-6)
    difference = found["velocity_mm_yr"].to_numpy() - inside["velocity_mm_yr"].to_numpy()
    assert np.abs(difference).max() < 1e-3


def test_without_noise_points_show_the_deformation():
    made = scene(sources=[BOWL], **QUIET)
    points = simulate_look(made, "asc", WINDOW, dry(WINDOW))
    moved = made.sources[0].displacement(points["easting_m"], points["northing_m"])
    wanted = project_los(moved, SENTINEL1_UK["asc"])
    assert points["velocity_mm_yr"].to_numpy() == pytest.approx(wanted, abs=0.06)
    assert points["velocity_mm_yr"].min() < -4


def test_the_noise_has_the_configured_covariance():
    passes = {"asc": {"a_mm2_yr2": 1.5, "b_per_km": 2.0, "nugget_mm2_yr2": 0.8,
                      "reference_offset_mm_yr": 0.0, "town_density": 0.4,
                      "country_density": 0.4}}  # fmt: skip
    made = scene(disturbances=QUIET["disturbances"], passes=passes)
    window = window_over((400_000, 300_000, 420_000, 320_000), 100.0)
    points = simulate_look(made, "asc", window, dry(window))
    cols = ((points["easting_m"] - 400_000) // 100).astype(int)
    rows = ((320_000 - points["northing_m"]) // 100).astype(int)
    values = np.full(window.shape, np.nan)
    values[rows, cols] = points["velocity_mm_yr"]
    assert np.nanvar(values) == pytest.approx(2.3, rel=0.12)
    for lag in (1, 3, 8):
        pairs = values[:, :-lag] * values[:, lag:]
        wanted = exponential_covariance(np.array(lag * 0.1), 1.5, 2.0)
        assert np.nanmean(pairs) == pytest.approx(wanted, abs=0.2)
    assert (points["velocity_std_mm_yr"] ** 2).mean() == pytest.approx(0.8, rel=0.05)


def test_looks_differ_in_noise_and_density():
    made, land = scene(), dry(WINDOW)
    looks = {look: simulate_look(made, look, WINDOW, land) for look in ("asc", "desc", "asc030")}
    assert len(looks["asc"]) > 1.5 * len(looks["desc"])
    assert len(set(looks["asc"]["easting_m"]) & set(looks["asc030"]["easting_m"])) == 0
    with pytest.raises(InputError, match="expected a name that starts with"):
        simulate_look(made, "left", WINDOW, land)


def test_the_sea_is_empty():
    wide = window_over((305_000, 165_000, 335_000, 195_000), 100.0)
    made = scene(coast=True, disturbances=QUIET["disturbances"])
    land = land_over(made, wide.bounds, CRS, coarse_land())
    points = simulate_look(made, "asc", wide, land)
    at_sea = (points["easting_m"] > 322_000) & (points["northing_m"] < 172_000)
    assert len(points) > 100 and not at_sea.any()


def test_the_nation_has_the_papers_share_of_points():
    # §II-B: 64 and 29 million points on 229,000 km² are 2.8 % and 1.3 % of the cells of 10 m.
    made = scene(coast=True)
    window = window_over((300_000, 200_000, 380_000, 280_000), 100.0)
    shares = [
        point_density(made.country, made.seeds, window, p.town_density, p.country_density).mean()
        for p in (made.passes["asc"], made.passes["desc"])
    ]
    # Roads are wider than they should be at 100 m, texture of 150 m is averaged out.
    assert shares == pytest.approx([0.028, 0.013], rel=0.25)


def test_towns_are_dense_and_the_country_is_not():
    made = scene(country={"towns": [[402_000, 302_000, 900]], "texture_sigma": 0.0})
    share = urban_share(made.country, made.seeds, WINDOW)
    assert share[100, 100] > 0.99
    density = point_density(made.country, made.seeds, WINDOW, 0.2, 0.01)
    assert density[100, 100] == pytest.approx(0.2, rel=0.01)
    assert density.min() == pytest.approx(0.01, rel=0.01)
    assert 0 < road_mask(made.country, made.seeds, WINDOW).mean() < 0.1
    with pytest.raises(InputError, match="0 <= country <= town <= largest"):
        point_density(made.country, made.seeds, WINDOW, 0.01, 0.2)


# --- disturbances -------------------------------------------------------------------------------


def test_spikes_come_alone_and_in_clusters():
    passes = QUIET["passes"]
    lone = scene(passes=passes, disturbances={**QUIET["disturbances"], "spike_share": 0.02})
    velocity = simulate_look(lone, "asc", WINDOW, dry(WINDOW))["velocity_mm_yr"].abs()
    spikes = velocity[velocity > 1]
    assert len(spikes) / len(velocity) == pytest.approx(0.02, rel=0.25)
    assert spikes.min() >= 4.0 and spikes.max() <= 15.0

    crowd = scene(passes=passes,
                  disturbances={**QUIET["disturbances"], "clusters_per_100_km2": 40.0})  # fmt: skip
    points = simulate_look(crowd, "asc", WINDOW, dry(WINDOW))
    listed = known_artefacts(crowd, ["asc"], WINDOW, dry(WINDOW), CRS)
    assert set(listed["kind"]) <= {"spike_cluster", "burst_border"}
    hit = points[points["velocity_mm_yr"].abs() > 1]
    places = shapely.points(hit[["easting_m", "northing_m"]].to_numpy())
    circles = listed[listed["kind"] == "spike_cluster"]
    # Cells are hit whose middle lies within; their points may lie outside.
    assert shapely.distance(places, circles.union_all()).max() < 15


def test_bursts_step_at_their_borders():
    ramps = {**QUIET["disturbances"], "burst_ramp_mm_yr_per_km": 0.2, "burst_length_km": 2.0}
    made = scene(passes=QUIET["passes"], disturbances=ramps)
    points = simulate_look(made, "asc", WINDOW, dry(WINDOW))
    borders = known_artefacts(made, ["asc"], WINDOW, dry(WINDOW), CRS)
    borders = borders[borders["kind"] == "burst_border"]
    assert len(borders) in (2, 3)
    heading = np.radians(SENTINEL1_UK["asc"].heading_deg)
    along = points["easting_m"] * np.sin(heading) + points["northing_m"] * np.cos(heading)
    for border in borders.itertuples():
        if border.geometry.area < 0.5e6:
            continue
        middle = border.geometry.centroid
        place = middle.x * np.sin(heading) + middle.y * np.cos(heading)
        after = points["velocity_mm_yr"][(along - place).between(0, 60)].mean()
        before = points["velocity_mm_yr"][(along - place).between(-60, 0)].mean()
        assert after - before == pytest.approx(border.peak_mm_yr, abs=0.05)


def test_a_rocky_coast_seems_to_rise_and_is_no_truth():
    land = shapely.box(*widened(WINDOW.bounds)).intersection(
        shapely.box(0, 0, 402_000, 1e6)  # the sea begins in the middle of the window
    )
    coast = {"centre_m": [402_000, 302_000], "radius_m": 1000.0, "width_m": 150.0,
             "peak_mm_yr": 4.0, "density": 0.5}  # fmt: skip
    made = scene(rocky_coasts=[coast], **QUIET)
    points = simulate_look(made, "asc", WINDOW, land)
    inland = 402_000 - points["easting_m"]
    near = (points["northing_m"] - 302_000).abs() < 900
    expected = 4.0 * np.clip(1 - inland.abs() / 150, 0, 1)
    assert points["velocity_mm_yr"][near].to_numpy() == pytest.approx(expected[near], abs=0.02)
    assert (inland < 0).any()  # rocks before the coast
    listed = known_artefacts(made, ["asc"], WINDOW, land, CRS)
    assert "rocky_coast" in set(listed["kind"])
    assert len(true_areas(made, ["asc"], WINDOW, land, CRS)) == 0


# --- truth --------------------------------------------------------------------------------------


def test_true_areas_are_where_the_ground_moves():
    made = scene(sources=[BOWL])
    truth = true_areas(made, ["asc", "desc"], WINDOW, dry(WINDOW), CRS)
    assert truth["kind"].tolist() == ["point"]
    assert truth["direction"].tolist() == ["subsidence"]
    assert truth["family"].tolist() == ["compact"]
    east, north = np.meshgrid(*(c + np.arange(-900, 901, 20.0) + 10 for c in (402_000, 302_000)))
    moved = made.sources[0].displacement(east, north)
    above = np.zeros(east.shape, bool)
    for look in ("asc", "desc"):
        los = project_los(moved, SENTINEL1_UK[look])
        peak = truth[f"peak_{look}_mm_yr"][0]
        assert peak == pytest.approx(los.flat[np.abs(los).argmax()], rel=0.01)
        above |= np.abs(los) > max(1.0, 0.2 * abs(peak))
    inside = shapely.contains_xy(truth.geometry[0], east.ravel(), north.ravel())
    assert np.array_equal(inside.reshape(east.shape), above)
    assert truth["area_km2"][0] == pytest.approx(above.sum() * 400 / 1e6)


def test_sources_below_the_limit_are_no_truth():
    made = scene(sources=[{**BOWL, "peak_mm_yr": -0.9}])
    assert len(true_areas(made, ["asc"], WINDOW, dry(WINDOW), CRS)) == 0


def test_truth_is_cut_at_the_window():
    made = scene(sources=[{**BOWL, "centre_m": [400_000, 302_000]}])
    truth = true_areas(made, ["asc"], WINDOW, dry(WINDOW), CRS)
    assert truth.total_bounds[0] == 400_000.0


def test_points_are_counted_in_areas():
    made = scene(sources=[BOWL])
    truth = true_areas(made, ["asc"], WINDOW, dry(WINDOW), CRS)
    table = pd.DataFrame({"easting_m": [402_000.0, 402_050.0, 400_100.0], "northing_m": 302_000.0})
    assert points_within(truth, table).tolist() == [2]
    assert points_within(truth, table.iloc[:0]).tolist() == [0]
