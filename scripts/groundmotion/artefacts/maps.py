"""Maps as GeoTIFF."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
import rasterio.windows
from affine import Affine

from groundmotion.aliases import Maps, Slices
from groundmotion.artefacts.files import STAMP_KEY, array_digest, as_text, replacing
from groundmotion.artefacts.provenance import Stamp
from groundmotion.grid import Grid, crs_name

_RASTER_TILE_PX = 256


@dataclass(frozen=True)
class Frame:
    """Where a map lies: see :class:`groundmotion.grid.Grid`."""

    transform: Affine
    shape: tuple[int, int]
    crs: str


def write_raster(
    path: Path, grid: Grid, stamp: Stamp, *, description: str, unit: str, simulated: bool,
    cog: bool = False,
) -> None:  # fmt: skip
    """Write a float32 GeoTIFF with NaN as nodata; cloud-optimised if ``cog``."""
    values = np.asarray(grid.values, np.float32)
    tags = _tags(stamp.as_json(array_digest(values)), unit, simulated)
    profile = {
        **_profile(Frame(grid.transform, grid.shape, grid.crs)), "compress": "deflate",
        "predictor": 3,
    }  # fmt: skip
    with replacing(path) as partial:
        plain = partial.with_suffix(".plain.tif") if cog else partial
        try:
            with rasterio.open(plain, "w", **profile) as dataset:
                dataset.write(values, 1)
                dataset.set_band_description(1, description)
                dataset.update_tags(**tags)
            if cog:
                _copy_cog(plain, partial)
        finally:
            if cog:
                plain.unlink(missing_ok=True)
        # GDAL does not tell of what it could not write when it closes a file.
        with rasterio.open(partial) as dataset:
            dataset.checksum(1)


@contextmanager
def growing_raster(
    path: Path, frame: Frame, stamp: Stamp, *, description: str, unit: str, simulated: bool
) -> Iterator[Callable[[Slices, Maps], None]]:
    """Write a cloud-optimised GeoTIFF part by part: the same as :func:`write_raster` of it all.

    Parameters
    ----------
    path, stamp, description, unit, simulated
        As for :func:`write_raster`.
    frame
        Of the whole map; it need not fit into memory.

    Yields
    ------
    Writes some rows and columns; what is never written is NaN.
    """
    profile = {**_profile(frame), "sparse_ok": True}
    for ending in ("tif", "plain.tif"):  # of a run that was killed
        for left in path.parent.glob(f".partial-*-{path.stem}.{ending}"):
            left.unlink()
    with replacing(path) as partial:
        plain = partial.with_suffix(".plain.tif")
        try:
            with rasterio.open(plain, "w+", **profile) as dataset:

                def write(part: Slices, values: Maps) -> None:
                    window = rasterio.windows.Window.from_slices(*part)
                    dataset.write(np.asarray(values, np.float32), 1, window=window)

                yield write
                dataset.set_band_description(1, description)
                dataset.update_tags(**_tags(stamp.as_json(_digest(dataset)), unit, simulated))
            _copy_cog(plain, partial)
        finally:
            plain.unlink(missing_ok=True)
        with rasterio.open(partial) as dataset:
            dataset.checksum(1)


def _profile(frame: Frame) -> dict[str, Any]:
    return {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": np.nan,
        "height": frame.shape[0], "width": frame.shape[1], "crs": frame.crs,
        "transform": frame.transform, "tiled": True, "blockxsize": _RASTER_TILE_PX,
        "blockysize": _RASTER_TILE_PX, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip


def _tags(stamp: str, unit: str, simulated: bool) -> dict[str, str]:
    return {STAMP_KEY: stamp, "unit": unit, "data": "SIMULATED" if simulated else "measured"}


def _copy_cog(plain: Path, target: Path) -> None:
    rasterio.shutil.copy(
        plain, target, driver="COG", compress="deflate", predictor="FLOATING_POINT",
        overview_resampling="average",
    )  # fmt: skip


def _digest(dataset: Any) -> str:
    """Digest a map as :func:`groundmotion.artefacts.files.array_digest` does, block by block."""
    digest = hashlib.sha256()
    rows, cols = dataset.shape
    for start in range(0, rows, _RASTER_TILE_PX):
        part = (slice(start, min(start + _RASTER_TILE_PX, rows)), slice(0, cols))
        digest.update(dataset.read(1, window=rasterio.windows.Window.from_slices(*part)).tobytes())
    return digest.hexdigest()


def read_raster(path: Path) -> Grid:
    """Read a single-band map written by :func:`write_raster`."""
    with rasterio.open(path) as dataset:
        crs = crs_name(dataset.crs.to_wkt())
        return Grid(dataset.read(1), dataset.transform, crs)


def raster_stamp(path: Path) -> str | None:
    """Return the stamp in the tags of a GeoTIFF, or None."""
    with rasterio.open(path) as dataset:
        return as_text(dataset.tags().get(STAMP_KEY))
