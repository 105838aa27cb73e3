"""Maps as GeoTIFF."""

from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil

from groundmotion.artefacts.files import STAMP_KEY, array_digest, as_text, replacing
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid, crs_name

_RASTER_TILE_PX = 256


def write_raster(
    path: Path, grid: Grid, stamp: Stamp, *, description: str, unit: str, simulated: bool,
    cog: bool = False,
) -> None:  # fmt: skip
    """Write a float32 GeoTIFF with NaN as nodata; cloud-optimised if ``cog``."""
    values = np.asarray(grid.values, np.float32)
    tags = {
        STAMP_KEY: stamp.as_json(array_digest(values)),
        "unit": unit,
        "data": "SIMULATED" if simulated else "measured",
    }
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": np.nan,
        "height": values.shape[0], "width": values.shape[1], "crs": grid.crs,
        "transform": grid.transform, "compress": "deflate", "predictor": 3, "tiled": True,
        "blockxsize": _RASTER_TILE_PX, "blockysize": _RASTER_TILE_PX, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    with replacing(path) as partial:
        plain = partial.with_suffix(".plain.tif") if cog else partial
        try:
            with rasterio.open(plain, "w", **profile) as dataset:
                dataset.write(values, 1)
                dataset.set_band_description(1, description)
                dataset.update_tags(**tags)
            if cog:
                rasterio.shutil.copy(
                    plain, partial, driver="COG", compress="deflate", predictor="FLOATING_POINT",
                    overview_resampling="average",
                )  # fmt: skip
        finally:
            if cog:
                plain.unlink(missing_ok=True)
        # GDAL does not tell of what it could not write when it closes a file.
        with rasterio.open(partial) as dataset:
            dataset.checksum(1)


def read_raster(path: Path) -> Grid:
    """Read a single-band map written by :func:`write_raster`."""
    with rasterio.open(path) as dataset:
        crs = crs_name(dataset.crs.to_wkt())
        return Grid(dataset.read(1), dataset.transform, crs)


def raster_stamp(path: Path) -> str | None:
    """Return the stamp in the tags of a GeoTIFF, or None."""
    with rasterio.open(path) as dataset:
        return as_text(dataset.tags().get(STAMP_KEY))
