"""Several files of one look: dates, repeated points, tracks that must not mix."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groundmotion.errors import InputError
from groundmotion.points.merging import merge, thin_close
from groundmotion.points.reading import read_look
from groundmotion.points.schema import PointSet, ReadRequest

REQUEST = ReadRequest(
    crs="EPSG:27700", bounds_m=None, columns={}, files_crs="EPSG:27700", keep_series=True
)


def point_set(
    xy: np.ndarray, coherence: np.ndarray | None = None, crs: str = "EPSG:27700"
) -> PointSet:
    columns = {"easting_m": xy[:, 0], "northing_m": xy[:, 1], "velocity_mm_yr": np.arange(len(xy))}
    if coherence is not None:
        columns["coherence"] = coherence.astype(np.float32)
    return PointSet(pd.DataFrame(columns).astype({"velocity_mm_yr": np.float32}), crs, ())


def kept_one_by_one(xy: np.ndarray, coherence: np.ndarray, distance: float) -> list[int]:
    """Apply the rule as its docstring says it."""
    kept: list[int] = []
    for i in sorted(range(len(xy)), key=lambda i: (-coherence[i], i)):
        if all(np.hypot(*(xy[i] - xy[j])) >= distance for j in kept):
            kept.append(i)
    return sorted(kept)


@pytest.mark.parametrize("seed", range(5))
def test_thinning_agrees_with_one_point_after_another(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 12, (300, 2)).round(1)  # chains of close points, and repeated places
    coherence = rng.choice([0.5, 0.6, 0.7, 0.8], 300)
    found = thin_close(point_set(xy, coherence), 1.0).table["velocity_mm_yr"]
    assert found.tolist() == kept_one_by_one(xy, coherence, 1.0)


def test_of_a_pair_the_coherent_one_stays_and_a_metre_is_apart() -> None:
    xy = np.array([[0.0, 0.0], [0.9, 0.0], [10.0, 0.0], [11.0, 0.0]])
    found = thin_close(point_set(xy, np.array([0.5, 0.9, 0.5, 0.9])), 1.0)
    assert found.table["easting_m"].tolist() == [0.9, 10.0, 11.0]


@pytest.mark.parametrize("coherence", [np.array([0.7, 0.7]), np.array([np.nan, np.nan]), None])
def test_a_tie_goes_to_the_first(coherence: np.ndarray | None) -> None:
    xy = np.array([[0.0, 0.0], [0.5, 0.0]])
    assert thin_close(point_set(xy, coherence), 1.0).table["easting_m"].tolist() == [0.0]


def test_known_coherence_goes_before_unknown() -> None:
    xy = np.array([[0.0, 0.0], [0.5, 0.0]])
    found = thin_close(point_set(xy, np.array([np.nan, 0.1])), 1.0)
    assert found.table["easting_m"].tolist() == [0.5]


def test_many_points_in_one_place_are_no_burden() -> None:
    xy = np.zeros((20_000, 2))
    assert len(thin_close(point_set(xy, np.linspace(0, 1, 20_000)), 1.0)) == 1


def test_no_distance_keeps_all() -> None:
    assert len(thin_close(point_set(np.zeros((3, 2))), 0.0)) == 3


def test_merge_refuses_two_systems() -> None:
    with pytest.raises(InputError, match="one coordinate system"):
        merge([point_set(np.zeros((1, 2))), point_set(np.zeros((1, 2)), crs="EPSG:3035")])


def test_merge_without_parts() -> None:
    with pytest.raises(InputError, match="at least one file"):
        merge([])


def write(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_series_of_files_with_other_dates(tmp_path: Path) -> None:
    header = "easting,northing,velocity,coherence"
    a = write(tmp_path / "a.csv", header + ",20180114,20180102", "430000,560000,1,0.5,14,2")
    b = write(tmp_path / "b.csv", header + ",20180108,20180114", "430100,560000,2,0.5,8,15")
    points = read_look([a, b], REQUEST, None, 1.0)
    assert points.dates == ("20180102", "20180108", "20180114")
    np.testing.assert_array_equal(
        np.stack(points.table["series_mm"].tolist()), [[2, np.nan, 14], [np.nan, 8, 15]]
    )


def test_columns_of_any_file_stay(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", "easting,northing,velocity", "430000,560000,1")
    b = write(tmp_path / "b.csv", "easting,northing,velocity,coherence", "430100,560000,2,0.5")
    points = read_look([a, b], REQUEST, None, 1.0)
    np.testing.assert_array_equal(points.table["coherence"], [np.nan, 0.5])


def test_overlapping_bursts_share_their_points(tmp_path: Path) -> None:
    header = "easting,northing,velocity,temporal_coherence"
    a = write(tmp_path / "a.csv", header, "430000,560000,1,0.5", "430100,560000,2,0.9")
    b = write(tmp_path / "b.csv", header, "430000.4,560000,3,0.8", "430100.4,560000,4,0.8")
    assert read_look([a, b], REQUEST, None, 1.0).table["velocity_mm_yr"].tolist() == [2.0, 3.0]


def test_file_outside_the_bounds_is_no_error_beside_another(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", "easting,northing,velocity", "430000,560000,1")
    b = write(tmp_path / "b.csv", "easting,northing,velocity", "530000,560000,2")
    bounds = (420000.0, 550000.0, 440000.0, 570000.0)
    request = ReadRequest("EPSG:27700", bounds, {}, "EPSG:27700", keep_series=False)
    assert read_look([a, b], request, None, 1.0).table["velocity_mm_yr"].tolist() == [1.0]
    with pytest.raises(InputError, match=r"b\.csv covers"):
        read_look([b], request, None, 1.0)


LOS = "easting,northing,velocity,los_east"


def test_tracks_are_never_mixed(tmp_path: Path) -> None:
    names = ("EGMS_L2b_117_0227_IW2_VV_2020_2024_1.csv", "EGMS_L2b_022_0845_IW2_VV_2020_2024_1.csv")
    files = [write(tmp_path / name, LOS, "430000,560000,1,-0.6") for name in names]
    with pytest.raises(InputError, match="one track"):
        read_look(files, REQUEST, None, 1.0)


def test_passes_are_never_mixed(tmp_path: Path) -> None:
    a = write(tmp_path / "a.csv", LOS, "430000,560000,1,-0.6", "430100,560000,1,0.6")
    with pytest.raises(InputError, match="one pass"):
        read_look([a], REQUEST, None, 1.0)


@pytest.mark.parametrize("look", ["desc117", "asc22"])
def test_look_must_be_that_of_its_files(tmp_path: Path, look: str) -> None:
    name = "EGMS_L2b_117_0227_IW2_VV_2020_2024_1.csv"
    path = write(tmp_path / name, LOS, "430000,560000,1,-0.6")
    assert len(read_look([path], REQUEST, "asc117", 1.0)) == 1
    with pytest.raises(InputError, match=f"look {look}: .* asc117"):
        read_look([path], REQUEST, look, 1.0)
