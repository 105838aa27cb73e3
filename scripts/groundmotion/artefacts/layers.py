"""Polygons as GeoPackage."""

from collections.abc import Mapping
from pathlib import Path

import geopandas
import pyogrio

from groundmotion.artefacts.files import replacing, write_sidecar
from groundmotion.artefacts.provenance import Stamp

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
