import geopandas
import numpy as np
import pytest
import shapely

from groundmotion.areas.matching import (
    SCORE_COLUMNS,
    MatchSettings,
    match_areas,
    object_scores,
)

CRS = "EPSG:27700"
MATCH = MatchSettings(overlaps=(0.1, 0.25, 0.5), min_truth_covered=0.25)


def layer(*boxes, direction=None):
    """Boxes in metres."""
    columns = {} if direction is None else {"direction": direction}
    shapes = [shapely.box(*box) for box in boxes]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS)


TRUTH = layer((0, 0, 10, 10), (100, 0, 110, 10), direction=["uplift", "subsidence"])


def scored(areas, truth=TRUTH, searched_km2=1.0):
    table = object_scores(areas, truth, searched_km2, MATCH)
    assert tuple(table.columns) == SCORE_COLUMNS
    assert table["overlap"].tolist() == list(MATCH.overlaps)
    return table


def test_a_perfect_match():
    for _, row in scored(TRUTH).iterrows():
        assert (row["areas"], row["true_found"], row["true_total"], row["false_areas"]) == (
            2,
            2,
            2,
            0,
        )
        assert row["precision"] == row["recall"] == row["f1"] == 1.0
        assert row["iou_median"] == row["direction_right"] == 1.0
        assert row["flagged_km2"] == pytest.approx(200e-6)
        assert row["false_km2_per_100_km2"] == 0


def test_areas_beside_the_truth_are_false():
    table = scored(layer((0, 0, 10, 10), (50, 50, 60, 60), (80, 80, 90, 90)), searched_km2=0.02)
    row = table.iloc[0]
    assert (row["areas"], row["true_found"], row["false_areas"]) == (3, 1, 2)
    assert row["precision"] == pytest.approx(1 / 3)
    assert row["recall"] == 0.5
    assert row["f1"] == pytest.approx(0.4)
    # two false boxes of 100 m² in 20,000 m²
    assert row["false_km2_per_100_km2"] == pytest.approx(1.0)


def test_the_overlap_decides_what_is_right():
    # a fifth of 500 m² moves, and all of the first truth is covered
    table = scored(layer((0, 0, 50, 10)))
    assert table["false_areas"].tolist() == [0, 1, 1]
    assert table["true_found"].tolist() == [1, 0, 0]
    assert table["iou_median"].tolist() == pytest.approx([0.2, np.nan, np.nan], nan_ok=True)
    assert table["flagged_km2"].tolist() == pytest.approx([500e-6] * 3)
    # an overlap that is just reached counts
    assert scored(layer((0, 0, 40, 10)))["true_found"].tolist() == [1, 1, 0]


def test_one_area_over_everything_finds_nothing():
    row = scored(layer((-500, -500, 500, 500))).iloc[0]
    assert (row["true_found"], row["false_areas"]) == (0, 1)


def test_a_speck_inside_is_right_but_does_not_find():
    row = scored(layer((4, 4, 5, 5))).iloc[0]
    assert (row["true_found"], row["false_areas"]) == (0, 0)
    assert np.isnan(row["iou_median"])
    # a quarter is enough
    assert scored(layer((0, 0, 5, 5)))["true_found"].tolist() == [1, 1, 1]


def test_several_areas_together_find_one_truth():
    row = scored(layer((0, 0, 10, 2), (0, 8, 10, 10))).iloc[0]
    assert (row["areas"], row["true_found"], row["false_areas"]) == (2, 1, 0)
    assert row["iou_median"] == pytest.approx(0.4)


def test_areas_that_overlap_flag_their_ground_once():
    row = scored(layer((0, 0, 10, 10), (5, 0, 15, 10))).iloc[0]
    assert row["flagged_km2"] == pytest.approx(150e-6)
    assert row["false_km2_per_100_km2"] == pytest.approx(100 * 50e-6)


def test_an_area_counts_to_the_fit_of_the_truth_it_overlaps_most():
    truth = layer((0, 0, 10, 10), (10, 0, 20, 10))
    # covers the first and two fifths of the second: both are found, one is fitted
    (match,) = match_areas(layer((0, 0, 14, 10)), truth, MatchSettings((0.25,), 0.25))
    assert match.truths["found"].tolist() == [True, True]
    assert match.truths["iou"].tolist() == pytest.approx([100 / 140, 0])
    assert match.truths["area_ratio"].tolist() == pytest.approx([1.4, np.nan], nan_ok=True)
    assert match.truths["best"].tolist() == [0, 0]


def test_fits_are_those_of_cells_counted_one_by_one():
    rng = np.random.default_rng(4)
    for _ in range(20):
        truth, areas = ([], [])
        for boxes, count in ((truth, 3), (areas, 6)):
            for _ in range(count):
                x, y = rng.integers(0, 40, 2)
                w, h = rng.integers(4, 16, 2)
                boxes.append((int(x), int(y), int(x + w), int(y + h)))
        cells = [[_cells(box) for box in boxes] for boxes in (truth, areas)]
        for match in match_areas(layer(*areas), layer(*truth), MATCH):
            right, expected = _by_cells(*cells, match.overlap)
            assert match.false_areas == 6 - sum(right)
            assert match.truths["found"].tolist() == [covered >= 0.25 for covered, _ in expected]
            assert match.truths["iou"].tolist() == pytest.approx([iou for _, iou in expected])
        flagged = np.any(cells[1], axis=0)
        assert match.flagged_km2 == pytest.approx(flagged.sum() / 1e6)
        assert match.false_km2 == pytest.approx((flagged & ~np.any(cells[0], axis=0)).sum() / 1e6)


def _cells(box):
    cells = np.zeros((60, 60), bool)
    cells[box[1] : box[3], box[0] : box[2]] = True
    return cells


def _by_cells(truth, areas, overlap):
    moving = np.any(truth, axis=0)
    right = [(area & moving).sum() / area.sum() >= overlap for area in areas]
    expected = []
    for number, one in enumerate(truth):
        cover, own = np.zeros_like(one), np.zeros_like(one)
        for area, is_right in zip(areas, right, strict=True):
            common = [(area & other).sum() for other in truth]
            if is_right:
                cover |= area & one
                if max(common) > 0 and int(np.argmax(common)) == number:
                    own |= area
        expected.append((cover.sum() / one.sum(), (own & one).sum() / (own | one).sum()))
    return right, expected


def test_the_best_area_tells_the_direction():
    boxes = ((0, 0, 10, 7), (0, 7, 10, 10), (100, 0, 110, 10))
    ways = ["uplift", "subsidence", "none"]
    table = scored(layer(*boxes, direction=ways))
    assert table["direction_right"].tolist() == [0.5, 0.5, 0.5]
    (match, *_) = match_areas(layer(*boxes, direction=ways), TRUTH, MATCH)
    assert match.truths["best"].tolist() == [0, 2]
    assert match.truths["direction_right"].tolist() == [1.0, 0.0]
    assert scored(layer(*boxes))["direction_right"].isna().all()


def test_nothing_found_and_nothing_true():
    nothing = layer(direction=[])
    row = scored(nothing).iloc[0]
    assert np.isnan(row["precision"])
    assert row["recall"] == 0.0
    assert row["flagged_km2"] == row["false_km2_per_100_km2"] == 0.0
    row = scored(TRUTH, nothing).iloc[0]
    assert np.isnan(row["recall"])
    assert row["false_areas"] == 2
    assert np.isnan(scored(nothing, nothing).iloc[0]["f1"])
