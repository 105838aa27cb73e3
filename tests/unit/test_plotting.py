from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from groundmotion.grid import Grid
from groundmotion.plotting.closeups import draw_gallery
from groundmotion.plotting.furniture import draw_scale_bar, dress_map
from groundmotion.plotting.legends import draw_legend
from groundmotion.plotting.looks import draw_look
from groundmotion.plotting.maps import frame_map
from groundmotion.plotting.outlines import draw_outlines
from groundmotion.plotting.overlays import Overlays
from groundmotion.plotting.phases import draw_phase
from groundmotion.plotting.probabilities import draw_levels, draw_probability, level_colours
from groundmotion.plotting.reliability import ReliabilityCurve, draw_frequencies, draw_shares
from groundmotion.plotting.scores import (
    draw_scores,
    draw_scores_apart,
    draw_scores_by_group,
    scores_of,
)
from groundmotion.plotting.significance import (
    draw_significance,
    draw_structures,
    label_sources,
    outline_sources,
)
from groundmotion.plotting.style import (
    LEVEL_COLOURS,
    SERIES_COLOURS,
    new_figure,
    style,
    symmetric_limit,
)
from groundmotion.plotting.variograms import NestedVariogram, draw_nested
from groundmotion.plotting.velocities import draw_std, draw_velocity

ROOT = Path(__file__).resolve().parents[2]
LEVELS = (0.5, 0.75, 0.9)


@pytest.fixture
def ax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Axes]:
    """An empty panel; nothing may be saved while it is drawn into."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Figure, "savefig", lambda *_a, **_k: pytest.fail("a draw function saves"))
    with style():
        yield new_figure(3.5, 3.0).subplots()
    assert not list(tmp_path.iterdir())


def grid_of(values: np.ndarray) -> Grid:
    return Grid(values.astype(np.float32), Affine(10, 0, 5000, 0, -10, 9000), "EPSG:27700")


def hill(side: int = 60) -> Grid:
    y, x = np.mgrid[:side, :side] - side / 2
    return grid_of(np.exp(-(x**2 + y**2) / 200))


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("values", "share", "limit"),
    [([0.1, -4.4], 1.0, 5.0), ([-7.0, 2.0], 1.0, 8.0), ([0.014], 1.0, 0.015), ([np.nan], 1.0, 1.0),
     ([0.0, 0.0], 1.0, 1.0), ([*[1.0] * 999, 50.0], 0.99, 1.0), ([10.0], 1.0, 10.0)],
)  # fmt: skip
def test_limit_is_round_and_holds_the_share(values: list[float], share: float, limit: float):
    assert symmetric_limit(values, share=share) == pytest.approx(limit)
    assert symmetric_limit([-v for v in values], share=share) == pytest.approx(limit)


def test_velocity_is_symmetric_about_zero_and_still_in_the_middle(ax: Axes):
    values = np.array([[-3.0, 0.0, np.nan], [1.0, 2.0, 9.0]])
    picture = draw_velocity(ax, grid_of(values), 6.0)
    assert picture.get_clim() == (-6.0, 6.0)
    assert picture.norm(0.0) == pytest.approx(0.5)
    assert picture.get_rasterized()
    assert picture.get_extent() == [5000, 5030, 8980, 9000]
    assert ax.get_aspect() == 1.0
    # Sinking is red, rising blue.
    red, _, blue, _ = picture.cmap(picture.norm(-6.0))
    assert red > blue
    red, _, blue, _ = picture.cmap(picture.norm(6.0))
    assert blue > red


def test_phase_is_cyclic(ax: Axes):
    picture = draw_phase(ax, grid_of(np.array([[-np.pi, 0.0, 3.0]])))
    assert picture.get_clim() == pytest.approx((-np.pi, np.pi))
    np.testing.assert_allclose(picture.cmap(0.0), picture.cmap(1.0), atol=0.02)


def test_probability_goes_from_0_to_1_with_darker_meaning_more(ax: Axes):
    picture = draw_probability(ax, hill())
    assert picture.get_clim() == (0.0, 1.0)
    lightness = picture.cmap(np.linspace(0, 1, 20))[:, :3].sum(1)
    assert (np.diff(lightness) < 0).all()


def test_contours_are_at_the_levels_and_where_the_map_reaches_them(ax: Axes):
    contours = draw_levels(ax, hill(), LEVELS)
    assert contours is not None
    assert tuple(contours.levels) == LEVELS
    for level, path in zip(LEVELS, contours.get_paths(), strict=True):
        radius = np.hypot(*(path.vertices - [5000 + 305, 9000 - 305]).T)
        np.testing.assert_allclose(radius, 10 * np.sqrt(-200 * np.log(level)), rtol=0.05)
    low = grid_of(0.4 * hill().values)
    assert draw_levels(ax, low, LEVELS) is None
    assert draw_levels(ax, grid_of(np.full((5, 5), np.nan)), LEVELS) is None


def test_a_contour_closes_at_the_rim_of_the_data(ax: Axes):
    values = np.full((20, 20), 1.0)
    values[:, 10:] = np.nan
    values[[0, -1]] = values[:, [0]] = 0.0
    contours = draw_levels(ax, grid_of(values), LEVELS)
    assert contours is not None
    vertices = contours.get_paths()[0].vertices
    np.testing.assert_allclose(vertices[0], vertices[-1])


@pytest.mark.parametrize(
    ("width_m", "length_m"), [(600, 200), (8000, 2000), (30_000, 10_000), (1e6, 2e5)]
)
def test_scale_bar_is_round_long_enough_and_as_long_as_it_says(ax: Axes, width_m, length_m):
    frame_map(ax, (0, 0, width_m, width_m / 2))
    bar, text = draw_scale_bar(ax)
    drawn = np.ptp(bar.get_xdata())
    assert drawn == pytest.approx(length_m)
    number, unit = text.get_text().split()
    assert float(number) * {"m": 1, "km": 1000}[unit] == pytest.approx(drawn)
    assert width_m / 8 < drawn <= width_m / 3


def test_simulated_maps_say_so_and_measured_ones_do_not(ax: Axes):
    frame_map(ax, (0, 0, 1000, 1000))
    dress_map(ax, "a", "title", simulated=False)
    assert "SIMULATED" not in texts(ax)
    dress_map(ax, "a", "title", simulated=True)
    assert "SIMULATED" in texts(ax)
    assert ax.get_title(loc="left").endswith("title")


def test_centres_take_the_colour_of_the_highest_level_they_exceed():
    found = level_colours([0.51, 0.76, 0.95, 0.3], LEVELS)
    low, middle, high = LEVEL_COLOURS
    assert found == [low, middle, high, low]


def test_outlines_show_every_ring(ax: Axes):
    ring = shapely.Point(0, 0).buffer(10) - shapely.Point(0, 0).buffer(5)
    lines = draw_outlines(ax, [ring, shapely.LineString([(0, 0), (1, 1)])])
    assert len(lines.get_segments()) == 3


def test_the_satellite_of_an_ascending_pass_is_in_the_west(ax: Axes):
    draw_look(ax, "asc117")
    draw_look(ax, "desc")
    ascending, descending = (t for t in ax.texts if t.get_text() == "")
    assert ascending.get_position()[0] < 0 < descending.get_position()[0]


def test_a_gallery_without_details_says_that_nothing_is_found(ax: Axes):
    draw_gallery([ax], [], 5.0, Overlays(LEVELS), simulated=True)
    assert texts(ax) == ["no area found", "SIMULATED"]


def test_the_style_ends_with_its_block():
    import matplotlib as mpl

    before = mpl.rcParams["font.size"]
    with style():
        assert mpl.rcParams["font.size"] == 8
    assert mpl.rcParams["font.size"] == before


@pytest.mark.parametrize(
    "script", sorted((ROOT / "scripts").glob("draw_*.py")), ids=lambda p: p.stem
)
def test_every_figure_has_a_caption_that_says_what_the_paper_showed(script: Path):
    caption = ROOT / "docs/captions" / f"{script.stem.removeprefix('draw_')}.rst"
    words = caption.read_text(encoding="utf-8")
    assert any(w in words for w in ("Paper, Fig.", "Paper, Table", "Not in the paper."))


def test_reliability_has_both_curves_without_empty_bins(ax: Axes):
    said, seen = np.array([0.1, np.nan, 0.8]), np.array([0.2, np.nan, 0.7])
    curves = [
        ReliabilityCurve(name, said, seen, seen - 0.1, seen + 0.1, np.array([0.4, 0, 0.6]))
        for name in ("before", "after")
    ]
    draw_frequencies(ax, curves)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["before", "after"]
    diagonal, *drawn = (line.get_xydata() for line in ax.lines)
    assert np.array_equal(diagonal, [[0, 0], [1, 1]])
    for points in drawn:
        assert np.array_equal(points, [[0.1, 0.2], [0.8, 0.7]])
    ax.clear()
    draw_shares(ax, curves)
    assert all(np.array_equal(p.get_data().values, [0.4, 0, 0.6]) for p in ax.patches)
    assert ax.get_xlim() == (0, 1)


def test_scores_keep_the_colour_of_a_method_in_every_panel(ax: Axes) -> None:
    columns = ["fill", "x", "mean", "low", "high"]
    rows = [("b", 0.1, 1.0, 0.5, 1.5), ("b", 0.2, 2.0, 1.5, 2.5), ("c", 0.1, 3.0, 2.0, 4.0)]
    summary = pd.DataFrame(rows, columns=columns)
    methods = scores_of(summary, {"a": "first", "b": "second", "c": "third"}, "x")
    assert [(one.name, one.number) for one in methods] == [("second", 1), ("third", 2)]
    draw_scores(ax, methods)
    assert [line.get_color() for line in ax.lines] == list(SERIES_COLOURS[1:3])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1.0, 2.0])


def test_scores_apart_stand_beside_their_place(ax: Axes) -> None:
    columns = ["fill", "x", "mean", "low", "high"]
    rows = [(f, x, 1.0, 0.5, 1.5) for f in "abc" for x in (1.0, 4.0)]
    methods = scores_of(
        pd.DataFrame(rows, columns=columns), dict(zip("abc", "ABC", strict=True)), "x"
    )
    draw_scores_apart(ax, methods, spread=0.3)
    places = np.array([line.get_xdata() for line in ax.lines], float)
    np.testing.assert_allclose(places[1], [1.0, 4.0])
    np.testing.assert_allclose(np.log(places[2] / places[0]), 0.3)


def test_scores_by_group_stand_side_by_side(ax: Axes) -> None:
    columns = ["fill", "look", "mean", "low", "high"]
    rows = [(f, look, 1.0, 0.5, 1.5) for f in "ab" for look in ("asc", "desc")]
    summary = pd.DataFrame(rows, columns=columns)
    draw_scores_by_group(ax, scores_of(summary, {"a": "A", "b": "B"}, "look"))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["asc", "desc"]
    first, second = (np.asarray(line.get_xdata(), float) for line in ax.lines)
    assert np.all(first < second)
    np.testing.assert_allclose((first + second) / 2, [0, 1])


def test_std_starts_at_zero(ax: Axes) -> None:
    picture = draw_std(ax, grid_of(np.array([[0.5, 2.0], [1.0, np.nan]])))
    assert picture.get_clim() == (0.0, 2.0)


def test_sources_are_outlined_and_the_first_have_their_numbers(ax: Axes) -> None:
    areas = geopandas.GeoDataFrame(
        {"significance": [9.04, 6.0], "peak_mm_yr": [-5.5, 3.0]},
        geometry=[shapely.box(5100, 8500, 5200, 8600), shapely.box(5300, 8500, 5400, 8600)],
        crs="EPSG:27700",
    )
    picture = draw_significance(ax, hill(), 12.0)
    assert picture.get_clim() == (-12.0, 12.0)
    lines = outline_sources(ax, areas)
    assert len(lines.get_segments()) == 2
    draw_structures(ax, areas)
    assert ax.lines[0].get_xydata().tolist() == [[5150, 8550], [5350, 8550]]
    label_sources(ax, areas, 1)
    assert texts(ax) == ["9.0 σ\n-5.5 mm/yr"]
    for draw in (outline_sources, draw_structures):
        draw(ax, areas[:0])


def test_a_scene_without_looks_says_so(ax: Axes) -> None:
    draw_nested(ax, [], None)
    assert texts(ax) == ["no look can be searched"]


def test_nested_variograms_have_dots_a_line_and_their_threshold(ax: Axes) -> None:
    lag = np.array([10.0, 100.0, 1000.0])
    look = NestedVariogram("asc", lag, lag / 100, lag, lag / 90)
    draw_nested(ax, [look], (4.44, 5.26))
    assert [line.get_linestyle() for line in ax.lines] == ["None", "-"]
    assert "threshold 4.4 to 5.3 σ" in texts(ax)
    assert ax.get_xscale() == "log"


def test_a_legend_names_levels_then_outlines() -> None:
    with style():
        figure = new_figure(3.5, 3.0)
        legend = draw_legend(figure, ["P > 0.5"], truth=True, sources=True)
    assert [text.get_text() for text in legend.get_texts()] == ["P > 0.5", "sources", "truth"]
