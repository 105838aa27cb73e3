"""Fig. 3: the settlement trough of a tunnel, as a section, a surface and in the line of sight."""

from pathlib import Path

import numpy as np
import pandas as pd
from affine import Affine

from groundmotion import artefacts, plotting
from groundmotion.grid import Grid, pixel_centres
from groundmotion.job import run_job
from groundmotion.provenance import Stamp


def draw_fig3(*, trough: Path, png: Path, pdf: Path, csv: Path, stamp: Stamp) -> None:
    """Draw (a) the cross-section, (b) vertical velocity, (c) velocity in the line of sight."""
    data, extra = artefacts.read_arrays(trough), artefacts.read_extra(trough)
    los = Grid(data["los_asc_mm_yr"], Affine(*extra["transform"]), "")
    easting, northing = pixel_centres(los.transform, los.shape)
    limit = plotting.symmetric_limit(data["up_mm_yr"], share=1.0)
    with plotting.style():
        figure = plotting.new_figure(plotting.DOUBLE_COLUMN_IN, 2.3)
        layout = figure.add_gridspec(1, 3, width_ratios=[1.1, 1.05, 1.0])
        section = figure.add_subplot(layout[0])
        surface = figure.add_subplot(layout[1], projection="3d")
        view = figure.add_subplot(layout[2])
        plotting.draw_trough(
            section,
            data["distance_m"],
            data["profile_mm_yr"],
            plotting.TroughSizes(
                extra["sizes"]["l_sag_m"],
                extra["sizes"]["l_hog_m"],
                extra["sizes"]["d_sag_mm_yr"],
                extra["sizes"]["d_hog_mm_yr"],
            ),
        )
        plotting.label_panel(section, "a", "cross-section")
        plotting.label_simulated(section, "lower left")
        plotting.draw_surface(surface, easting, northing, data["up_mm_yr"], limit)
        plotting.label_panel(surface, "b", "vertical velocity (mm/yr)")
        plotting.label_simulated(surface)
        picture = plotting.draw_velocity(view, los, limit)
        plotting.dress_map(view, "c", "line of sight, ascending", simulated=True)
        plotting.draw_north(view)
        plotting.draw_colour_bar(picture, [view], "Velocity (mm/yr)")
        plotted = pd.DataFrame(
            {
                "distance_m": data["distance_m"],
                "up_mm_yr": np.asarray(data["profile_mm_yr"]),
            }
        )
        artefacts.save_figure(figure, plotted, png, pdf, csv, stamp)


if __name__ == "__main__":
    run_job(draw_fig3, snakemake)  # type: ignore[name-defined]  # noqa: F821
