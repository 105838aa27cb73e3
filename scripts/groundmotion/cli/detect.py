"""``groundmotion detect``: search the points of one look with a trained network."""

import argparse
import importlib.metadata
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from affine import Affine
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from tqdm import tqdm

from groundmotion.aliases import Bounds
from groundmotion.areas.polygons import AreaSettings, probability_areas
from groundmotion.artefacts.arrays import read_arrays
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.maps import write_raster
from groundmotion.artefacts.provenance import make_stamp
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import read_json
from groundmotion.cli.arguments import request_of
from groundmotion.constants import look_pass
from groundmotion.detection.calibration import Calibration, calibration_from
from groundmotion.detection.reach import reach_of
from groundmotion.errors import InputError
from groundmotion.grid import Grid, beyond_gap, grid_over, rasterise
from groundmotion.interpolation.filler import Filler
from groundmotion.names import FILLS
from groundmotion.points.naming import guess_look
from groundmotion.points.reading import read_look
from groundmotion.points.schema import POINT_COLUMNS, PointSet
from groundmotion.workflow.configuration import checked_config

if TYPE_CHECKING:
    from groundmotion.detection.detector import Detector
    from groundmotion.detection.maps import DetectionSettings

Config = Mapping[str, Any]

#: What the folder of a model holds.
_PARTS = ("model.json", "weights.safetensors", "calibration.json")

#: Maps that ``detect`` writes: what they show, and the unit.
_MAPS = {
    "velocity": ("line-of-sight velocity at the points", "mm/yr"),
    "filled": ("line-of-sight velocity, gaps filled", "mm/yr"),
    "probability": ("probability of deformation, one look", "1"),
}


def search(options: argparse.Namespace) -> list[str]:
    """Import, grid, fill, detect, outline, write; return the lines to print.

    Raises
    ------
    InputError
        For points, a model, a configuration or arguments that cannot be used; nothing is written.
    """
    import torch

    config = _config(options.config)
    torch.set_num_threads(config["torch_threads"])
    description = _description(options.model)
    pixel_m = options.pixel_m or description["pixel_m"]
    detector = _detector(options.model, description, pixel_m, config)
    bounds: Bounds | None = tuple(options.bounds) if options.bounds else None
    request = request_of(options, bounds, keep_series=False)
    points = read_look(options.points, request, options.look, config["points"]["min_distance_m"])
    look = _look(options, points)
    transform, shape = grid_over(bounds or _extent(points, pixel_m), pixel_m)
    maps = _maps(points, (transform, shape), description, config)
    maps["probability"], warnings = _probability(maps, detector, config, pixel_m)
    grids = {name: Grid(values, transform, points.crs) for name, values in maps.items()}
    levels = AreaSettings(
        tuple(config["areas"]["levels"]), config["areas"]["ring_px"], config["areas"]["min_points"]
    )
    areas = probability_areas(grids["probability"], {look: points.table}, levels)
    _write(options, grids, areas, {"look": look, "pixel_m": pixel_m})
    scored = np.isfinite(maps["probability"]).mean()
    return [
        *(f"WARNING: {words}" for words in warnings),
        f"{len(points)} points of {look}, {scored:.0%} of the map scored",
        f"{len(areas)} areas with a probability above {levels.levels[0]:g}",
        f"written to {options.out}: velocity.tif, filled.tif, probability.tif, areas.gpkg",
    ]


def _config(path: Path | None) -> Config:
    """Read the configuration: the user's, the checkout's, or the one installed with the library."""
    file, schema = path or _shipped("config.yaml"), _shipped("rules/config.schema.yaml")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read as a configuration: {problem}") from error
    if not isinstance(content, dict):
        raise InputError(f"{file}: expected the keys of config.yaml, came {content!r:.40}")
    return checked_config(content, yaml.safe_load(schema.read_text(encoding="utf-8")))


def _shipped(name: str) -> Path:
    in_checkout = Path(__file__).resolve().parents[3] / name
    if in_checkout.is_file():
        return in_checkout
    suffix = f"share/groundmotion/{Path(name).name}"
    for file in importlib.metadata.files("groundmotion") or []:
        if file.as_posix().endswith(suffix):
            return Path(str(file.locate()))
    raise InputError(f"{name}: did not come with the installation; install groundmotion again")


def _description(model: Path) -> dict[str, Any]:
    for name in _PARTS:
        if not (model / name).is_file():
            raise InputError(
                f"{model}: holds no {name}; expected the folder of a trained and calibrated model, "
                "such as results/models/point/mining/10/…/1 after `snakemake --cores 2 "
                f"results/models/point/mining/10/…/1/{name}`"
            )
    try:
        content = read_json(model / "model.json")
        fill, pixel_m = str(content["fill"]), float(content["pixel_m"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{model / 'model.json'}: no description of a model ({error}); copy or train it again"
        ) from error
    if fill not in FILLS:
        raise InputError(
            f"{model / 'model.json'}: unknown fill {fill!r}; expected one of {', '.join(FILLS)}; "
            "copy or train it again"
        )
    return {**content, "fill": fill, "pixel_m": pixel_m}


def _detector(
    model: Path, description: Mapping[str, Any], pixel_m: float, config: Config
) -> "Detector":
    from groundmotion.detection.detector import load_detector
    from groundmotion.networks.device import choose_device

    if FILLS[description["fill"]].needs_covariance:
        raise InputError(
            f"{model}: trained on maps filled by {description['fill']}, which needs a fitted "
            "variogram; make the points a scene of the workflow, or take a model of another fill"
        )
    try:
        weights = read_arrays(model / "weights.safetensors")
    except Exception as error:  # safetensors has one error for every kind of damage
        raise InputError(
            f"{model / 'weights.safetensors'}: cannot be read ({error}); copy or train it again"
        ) from error
    device = choose_device(config["device"])
    return load_detector(weights, description, pixel_m, device, _calibration(model))


def _calibration(model: Path) -> Calibration:
    try:
        return calibration_from(read_json(model / "calibration.json"))
    except ValueError as error:
        path = model / "calibration.json"
        raise InputError(f"{path}: cannot be used ({error})") from error


def _settings(config: Config) -> "DetectionSettings":
    from groundmotion.detection.maps import DetectionSettings

    return DetectionSettings.from_config(config["windows"], config["detection"])


def _look(options: argparse.Namespace, points: PointSet) -> str:
    look = options.look or guess_look(options.points, points.table)
    if look is None:
        raise InputError(
            f"{options.points[0]}: neither its name nor a column los_east tells the pass; give "
            "--look asc or --look desc, with the track if known"
        )
    look_pass(look)
    return str(look)


def _extent(points: PointSet, pixel_m: float) -> Bounds:
    """Return whole pixels around all points; those on the right and the bottom edge are outside."""
    easting, northing = points.table["easting_m"], points.table["northing_m"]
    left, right = math.floor(easting.min() / pixel_m), math.floor(easting.max() / pixel_m) + 1
    bottom, top = math.ceil(northing.min() / pixel_m) - 1, math.ceil(northing.max() / pixel_m)
    return left * pixel_m, bottom * pixel_m, right * pixel_m, top * pixel_m


def _maps(
    points: PointSet,
    grid: tuple[Affine, tuple[int, int]],
    description: Mapping[str, Any],
    config: Config,
) -> dict[str, NDArray[np.float32]]:
    """Grid the points and fill the gaps, but not far from every point."""
    transform, shape = grid
    easting, northing, value = (points.table[name].to_numpy() for name in POINT_COLUMNS[:3])
    velocity, _ = rasterise(easting, northing, value, transform, shape)
    filler = Filler.from_config(description["fill"], config["fills"], transform.a)
    return {"velocity": velocity, "filled": filler.near(velocity, filler(velocity))}


def _probability(
    maps: Mapping[str, NDArray[np.float32]], detector: "Detector", config: Config, pixel_m: float
) -> tuple[NDArray[np.float32], list[str]]:
    """Search the filled map, NaN far from every point; and tell what could not be searched."""
    from groundmotion.detection.maps import detect

    settings, has_point = _settings(config), np.isfinite(maps["velocity"])
    far = beyond_gap(has_point, config["fills"]["max_gap_m"] / pixel_m)
    reach = reach_of(has_point, ~far, settings.lattice, settings.min_points, pixel_m)
    if reach.is_empty:
        raise InputError(reach.emptiness())
    values = detect(maps["filled"], has_point, detector, settings, tqdm)
    values[far] = np.nan
    return values, reach.warnings(config["examples"]["density"])


def _write(
    options: argparse.Namespace,
    grids: Mapping[str, Grid],
    areas: GeoDataFrame,
    settings: Mapping[str, Any],
) -> None:
    model = [options.model / name for name in _PARTS]
    stamp = make_stamp(
        "groundmotion detect", "", settings, [*options.points, *model], base=Path.cwd()
    )
    simulated = any(_is_simulated(path) for path in options.points)
    for name, grid in grids.items():
        quantity, unit = _MAPS[name]
        path = options.out / f"{name}.tif"
        write_raster(path, grid, stamp, description=quantity, unit=unit, simulated=simulated)
    write_layers(options.out / "areas.gpkg", {"areas": areas}, stamp)


def _is_simulated(path: Path) -> bool:
    """Tell whether points are those of a simulated scene of the workflow."""
    if path.suffix != ".parquet":
        return False
    try:
        return str(read_stamp(path)["rule"]).startswith("simulate")
    except InputError:
        return False
