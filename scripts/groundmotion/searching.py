"""What the jobs that search tiles have in common: the model, its settings, and files of tiles."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion import artefacts
from groundmotion.calibration import calibration_from
from groundmotion.detection import DetectionSettings, load_detector
from groundmotion.errors import InputError
from groundmotion.interpolation import FillSettings, fill
from groundmotion.patches import Lattice, Smoothing
from groundmotion.provenance import Stamp
from groundmotion.tiled.anchors import REACH_PX, SPACING_PX
from groundmotion.tiled.search import Finding, TileSearch
from groundmotion.tiled.tiling import MapTile
from groundmotion.tilefiles import read_tile, write_tile
from groundmotion.training import choose_device


def tile_search(
    weights: Path, model: Path, calibration: Path, settings: Mapping[str, Any], threads: int
) -> TileSearch:
    """Load a model and say how tiles are searched with it.

    Parameters
    ----------
    weights, model, calibration
        Files of the model.
    settings
        ``pixel_m, halo_px, scene_fill, max_gap_m, device`` and the sections ``interpolation``,
        ``windows`` and ``detection`` of the configuration.
    threads
        Cores for the fill; does not change the result.

    Raises
    ------
    InputError
        If the model was trained on maps filled in another way.
    """
    description = artefacts.read_json(model)
    if description["fill"] not in ("none", settings["scene_fill"]):
        raise InputError(
            f"{model}: trained on maps filled by {description['fill']}, but scene_fill is "
            f"{settings['scene_fill']}; choose a model of the same fill, or change scene_fill"
        )
    detector = load_detector(
        artefacts.read_arrays(weights), description, settings["pixel_m"],
        choose_device(settings["device"]), calibration_from(artefacts.read_json(calibration)),
    )  # fmt: skip
    filling = FillSettings.from_config(settings["interpolation"], None)

    def make(sparse: NDArray[np.float32]) -> NDArray[np.float32]:
        return fill(description["fill"], sparse, filling, threads)

    gap_px = settings["max_gap_m"] / settings["pixel_m"]
    how = _detection_settings(settings)
    return TileSearch(make, detector, how, gap_px, settings["halo_px"], (SPACING_PX, REACH_PX))


def _detection_settings(settings: Mapping[str, Any]) -> DetectionSettings:
    windows, detection = settings["windows"], settings["detection"]
    return DetectionSettings(
        lattice=Lattice(windows["size_px"], windows["stride_px"]),
        smoothing=Smoothing(windows["smoothing_size_px"], windows["smoothing_sigma_px"]),
        min_points=windows["min_points"],
        block_windows=detection["block_windows"],
        batch_windows=detection["batch_windows"],
    )


def finished_or_made(
    path: Path, tile: MapTile, run: str, stamp: Stamp, make: Callable[[], Finding]
) -> Finding:
    """Take what the same run found in a tile before it was stopped; else make and store it.

    A file that is damaged or of another run is named in the log and made anew.
    """
    try:
        finished = read_tile(path, tile, run)
    except InputError as error:
        logging.warning("%s; it is made anew", error)
        finished = None
    if finished is not None:
        return finished
    found = make()
    write_tile(path, found, run, stamp)
    return found
