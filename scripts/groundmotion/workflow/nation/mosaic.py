"""Maps too large for memory on disk: written tile by tile, read window by window."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyproj
import rasterio
import rasterio.shutil
import rasterio.windows
from affine import Affine

from groundmotion.aliases import Maps, Progress, Slices
from groundmotion.artefacts.files import replacing
from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection.tiles.tiling import MapTile, Tiling
from groundmotion.grid import Grid, crs_name

_BLOCK_PX = 256
#: GDAL takes a share of the machine's memory unless told otherwise.
_CACHE_MB = 256


@dataclass(frozen=True)
class Mosaic:
    """A map that is made tile by tile.

    Parameters
    ----------
    tiling, tiles
        The whole map, and those of its tiles that are not empty.
    values_of
        Makes the pixels that belong to a tile; called from several threads.
    """

    tiling: Tiling
    tiles: Sequence[MapTile]
    values_of: Callable[[MapTile], Maps]


def write_mosaic(
    path: Path,
    mosaic: Mosaic,
    tags: Mapping[str, str],
    stamp: Stamp,
    threads: int = 1,
    progress: Progress = lambda tiles, _: tiles,
) -> None:
    """Write a cloud-optimised GeoTIFF of a map that is made tile by tile.

    Every tile becomes a GeoTIFF beside ``path``, a virtual raster joins them, and a copy of that is
    the result; the tiles are then removed. Memory follows the size of a tile.

    Parameters
    ----------
    path
        Of the result: float32, NaN where no tile has a value.
    mosaic
        What to write.
    tags
        ``description`` and other metadata.
    stamp
        Goes into the metadata with a digest of all values.
    threads
        Cores to use; does not change the result.
    progress
        Wraps the tiles as they are finished, given a title.
    """
    folder = path.with_name(f".tiles-{path.stem}")
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    folder.mkdir(parents=True)
    try:
        digests = _write_tiles(folder, mosaic, threads, progress)
        payload = hashlib.sha256("".join(digests.values()).encode()).hexdigest()
        stamped = {**tags, "groundmotion_stamp": stamp.as_json(payload)}
        tiles = [tile for tile in mosaic.tiles if tile.name in digests]
        virtual = folder / "mosaic.vrt"
        virtual.write_bytes(_virtual_raster(mosaic.tiling, tiles, stamped))
        with replacing(path) as partial, rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
            rasterio.shutil.copy(
                virtual, partial, driver="COG", compress="deflate", predictor="FLOATING_POINT",
                overview_resampling="average", sparse_ok=True, bigtiff="IF_SAFER",
                blocksize=2 * _BLOCK_PX, num_threads=threads,
            )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_tiles(folder: Path, mosaic: Mosaic, threads: int, progress: Progress) -> dict[str, str]:
    """Write the tiles that have a value; return their digests by name, in order."""

    def make(tile: MapTile) -> str | None:
        values = mosaic.values_of(tile)
        if np.isnan(values).all():
            return None
        _write_tile(folder / f"{tile.name}.tif", values, mosaic.tiling, tile)
        return hashlib.sha256(values.tobytes()).hexdigest()

    with ThreadPoolExecutor(threads) as pool:
        try:
            made = list(progress(pool.map(make, mosaic.tiles), "tiles"))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    named = zip(mosaic.tiles, made, strict=True)
    return {tile.name: digest for tile, digest in named if digest is not None}


def _write_tile(path: Path, values: Maps, tiling: Tiling, tile: MapTile) -> None:
    rows, cols = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, nodata=np.nan, height=rows, width=cols,
        crs=tiling.crs, transform=tiling.transform_of(tile.own), compress="deflate", zlevel=1,
        predictor=3, tiled=True, blockxsize=_BLOCK_PX, blockysize=_BLOCK_PX,
    ) as dataset:  # fmt: skip
        dataset.write(values, 1)


def _virtual_raster(tiling: Tiling, tiles: Iterable[MapTile], tags: Mapping[str, str]) -> bytes:
    """Describe the whole map as GDAL's virtual raster of tiles that lie in the same folder."""
    rows, cols = tiling.shape
    size = {"rasterXSize": str(cols), "rasterYSize": str(rows)}
    root = ElementTree.Element("VRTDataset", size)
    ElementTree.SubElement(root, "SRS").text = pyproj.CRS(tiling.crs).to_wkt("WKT2_2019")
    geo = ", ".join(repr(float(number)) for number in tiling.transform.to_gdal())
    ElementTree.SubElement(root, "GeoTransform").text = geo
    metadata = ElementTree.SubElement(root, "Metadata")
    for key in sorted(set(tags) - {"description"}):
        ElementTree.SubElement(metadata, "MDI", key=key).text = tags[key]
    band = ElementTree.SubElement(root, "VRTRasterBand", dataType="Float32", band="1")
    ElementTree.SubElement(band, "Description").text = tags["description"]
    ElementTree.SubElement(band, "NoDataValue").text = "nan"
    for tile in tiles:
        source = ElementTree.SubElement(band, "SimpleSource")
        name = ElementTree.SubElement(source, "SourceFilename", relativeToVRT="1")
        name.text = f"{tile.name}.tif"
        ElementTree.SubElement(source, "SourceBand").text = "1"
        row, col = tile.own
        extent = {"xSize": str(col.stop - col.start), "ySize": str(row.stop - row.start)}
        place = {"xOff": str(col.start), "yOff": str(row.start)}
        ElementTree.SubElement(source, "SrcRect", {"xOff": "0", "yOff": "0", **extent})
        ElementTree.SubElement(source, "DstRect", {**place, **extent})
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def read_window(path: Path, part: Slices) -> Grid:
    """Read some rows and columns of a map."""
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), rasterio.open(path) as dataset:
        window = rasterio.windows.Window.from_slices(*part)
        transform = dataset.transform @ Affine.translation(part[1].start, part[0].start)
        return Grid(dataset.read(1, window=window), transform, crs_name(dataset.crs.to_wkt()))
