"""Fig. 3: the settlement trough of a tunnel, as a section, a surface and in the line of sight."""

from pathlib import Path

import pandas as pd
from affine import Affine

from groundmotion.artefacts.arrays import read_arrays, read_extra
from groundmotion.artefacts.figures import save_figure
from groundmotion.artefacts.provenance import Stamp
from groundmotion.deformation import TroughShape
from groundmotion.grid import Grid, pixel_centres
from groundmotion.plotting.furniture import draw_north, dress_map
from groundmotion.plotting.maps import draw_colour_bar
from groundmotion.plotting.style import (
    DOUBLE_COLUMN_IN,
    label_panel,
    label_simulated,
    new_figure,
    style,
    symmetric_limit,
)
from groundmotion.plotting.troughs import draw_surface, draw_trough
from groundmotion.plotting.velocities import draw_velocity
from groundmotion.workflow.job import run_job


def draw_fig3(*, trough: Path, png: Path, pdf: Path, csv: Path, stamp: Stamp) -> None:
    """Draw (a) the cross-section, (b) vertical velocity, (c) velocity in the line of sight."""
    data, extra = read_arrays(trough), read_extra(trough)
    los = Grid(data["los_asc_mm_yr"], Affine(*extra["transform"]), "")
    easting, northing = pixel_centres(los.transform, los.shape)
    limit = symmetric_limit(data["up_mm_yr"], share=1.0)
    with style():
        figure = new_figure(DOUBLE_COLUMN_IN, 2.3)
        layout = figure.add_gridspec(1, 3, width_ratios=[1.1, 1.05, 1.0])
        section = figure.add_subplot(layout[0])
        surface = figure.add_subplot(layout[1], projection="3d")
        view = figure.add_subplot(layout[2])
        shape = TroughShape(**extra["sizes"])
        draw_trough(section, data["distance_m"], data["profile_mm_yr"], shape)
        label_panel(section, "a", "cross-section")
        label_simulated(section, "lower left")
        draw_surface(surface, easting, northing, data["up_mm_yr"], limit)
        label_panel(surface, "b", "vertical velocity (mm/yr)")
        label_simulated(surface)
        picture = draw_velocity(view, los, limit)
        dress_map(view, "c", "line of sight, ascending", simulated=True)
        draw_north(view)
        draw_colour_bar(picture, [view], "Velocity (mm/yr)")
        plotted = pd.DataFrame(
            {"distance_m": data["distance_m"], "up_mm_yr": data["profile_mm_yr"]}
        )
        save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig3, snakemake)  # type: ignore[name-defined]  # noqa: F821
