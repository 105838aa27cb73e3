"""What the jobs that search tiles have in common: the model, its settings, and files of tiles."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from groundmotion.artefacts.provenance import Stamp
from groundmotion.detection.maps import DetectionSettings
from groundmotion.detection.tiles.anchors import REACH_PX, SPACING_PX
from groundmotion.detection.tiles.finding import Finding
from groundmotion.detection.tiles.search import TileSearch
from groundmotion.detection.tiles.tiling import MapTile
from groundmotion.errors import InputError
from groundmotion.interpolation.filler import Filler
from groundmotion.workflow.models import fill_of_model, read_detector
from groundmotion.workflow.nation.tiles import read_tile, write_tile


def tile_search(
    weights: Path, model: Path, calibration: Path, settings: Mapping[str, Any], threads: int
) -> TileSearch:
    """Load a model and say how tiles are searched with it.

    Parameters
    ----------
    weights, model, calibration
        Files of the model.
    settings
        ``pixel_m, halo_px, device`` and the sections ``fills``, ``windows`` and ``detection`` of
        the configuration.
    threads
        Cores for the fill; does not change the result.

    Raises
    ------
    InputError
        If the model was trained on maps whose fill needs a covariance, which tiles do not have.
    """
    detector = read_detector(weights, model, calibration, settings["pixel_m"], settings["device"])
    filler = Filler.from_config(
        fill_of_model(model), settings["fills"], settings["pixel_m"], threads=threads
    )
    scoring = DetectionSettings.from_config(settings["windows"], settings["detection"])
    return TileSearch(
        filler, detector, scoring, filler.max_gap_px, settings["halo_px"], (SPACING_PX, REACH_PX)
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
    finding = make()
    write_tile(path, finding, run, stamp)
    return finding
