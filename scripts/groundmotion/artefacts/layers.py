"""Polygons as GeoPackage, and figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import pandas as pd
import pyogrio

from groundmotion.artefacts.files import replacing, write_sidecar
from groundmotion.artefacts.provenance import Stamp
from groundmotion.artefacts.tables import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# GeoPackage keeps the time of its last change; a fixed one keeps the bytes the same.
_FIXED_TIME = "2000-01-01T00:00:00.000Z"


def write_layers(path: Path, layers: Mapping[str, geopandas.GeoDataFrame], stamp: Stamp) -> None:
    """Write named layers of polygons as a GeoPackage with a sidecar stamp."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_TIME})
    with replacing(path) as partial:
        for name, layer in layers.items():
            geometry_type = "Polygon" if layer.empty else None
            pyogrio.write_dataframe(
                layer, partial, layer=name, driver="GPKG", append=partial.exists(),
                geometry_type=geometry_type,
            )  # fmt: skip
    write_sidecar(path, stamp)


def read_layer(path: Path, layer: str) -> geopandas.GeoDataFrame:
    """Read one layer of a GeoPackage."""
    return pyogrio.read_dataframe(path, layer=layer)


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
