"""Figures, with the numbers that are plotted."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from groundmotion.artefacts.files import replacing, write_sidecar
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_figure(
    figure: "Figure", plotted: pd.DataFrame, png: Path, pdf: Path, csv: Path, stamp: Stamp
) -> None:  # fmt: skip
    """Save a figure as PNG and PDF and the plotted numbers as CSV, each with its stamp."""
    with replacing(png) as partial:
        figure.savefig(partial, format="png", metadata={"Software": None})
    with replacing(pdf) as partial:
        figure.savefig(partial, format="pdf", metadata={"CreationDate": None})
    for path in (png, pdf):
        write_sidecar(path, stamp)
    write_table(csv, plotted, stamp)
