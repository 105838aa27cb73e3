"""``groundmotion detect``: what moves, in one look or several, and with a network how likely."""

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from geopandas import GeoDataFrame

from groundmotion.aliases import Bounds, Maps
from groundmotion.areas.polygons import level_polygons
from groundmotion.areas.probability import PROBABILITY_COLUMNS, part_of, with_probability
from groundmotion.areas.sources import SOURCE_COLUMNS
from groundmotion.artefacts.layers import write_layers
from groundmotion.artefacts.maps import write_raster
from groundmotion.artefacts.provenance import Stamp, make_stamp
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import write_json
from groundmotion.cli.configuration import Config, read_config
from groundmotion.cli.looks import PixelGrid, grid_of, read_looks, toward_satellite
from groundmotion.cli.model import (
    MODEL_FILES,
    noise_warnings,
    read_description,
    read_network,
    score,
)
from groundmotion.cli.sources import Findings, find_sources, search_settings
from groundmotion.cli.telling import (
    noise_line,
    search_warnings,
    silence,
    source_lines,
    threshold_line,
)
from groundmotion.detection.looks import merge_looks
from groundmotion.errors import InputError
from groundmotion.grid import Grid, grid_over, rasterise
from groundmotion.interpolation.filler import Filler
from groundmotion.names import FILLS
from groundmotion.points.schema import POINT_COLUMNS, PointSet
from groundmotion.workflow.sources import source_layers, source_settings

#: Side of a pixel where neither the user nor a model says it, metres.
_PIXEL_M = 10.0

#: Maps that ``detect`` writes: what they show, and the unit.
_MAPS = {
    "velocity": ("line-of-sight velocity at the points", "mm/yr"),
    "filled": ("line-of-sight velocity, gaps filled", "mm/yr"),
    "significance": ("motion in standard deviations of the noise, signed", "1"),
    "probability": ("probability of deformation", "1"),
}


def search(options: argparse.Namespace) -> list[str]:
    """Read, grid, fill, search, outline, write; return the lines to print.

    Raises
    ------
    InputError
        For points, a model, a configuration or arguments that cannot be used; nothing is written.
    """
    bounds = _checked(options)
    config = read_config(options.config)
    _check_fill(config["scene_fill"])
    description = read_description(options.model) if options.model else None
    pixel_m = options.pixel_m or (description["pixel_m"] if description else _PIXEL_M)
    detector = read_network(options.model, description, pixel_m, config) if description else None
    looks = read_looks(options, bounds, config["points"]["min_distance_m"])
    grid = grid_of(looks, bounds, pixel_m)
    toward = {k: toward_satellite(k, points, options.points) for k, points in looks.items()}
    settings = search_settings(config, options.false_areas)
    findings = find_sources(looks, toward, grid, (settings, source_settings(config["sources"])))

    maps = {look: _maps(points, grid, config) for look, points in looks.items()}
    warnings = search_warnings(findings.noise.looks, findings.noise.left_out)
    near = np.any([np.isfinite(m["filled"]) for m in maps.values()], axis=0)
    warnings += silence(findings.significance[""], near)
    joint = {"significance": findings.significance[""]}
    if detector and description:
        joint["probability"], told = _probability(maps, description, detector, config, pixel_m)
        warnings += told + noise_warnings(findings.noise.looks, config)
    for look in maps if len(maps) > 1 else ():
        if look in findings.significance:
            maps[look]["significance"] = findings.significance[look]
    layers = _layers(findings, joint, grid, config)
    noise = {
        **findings.noise.as_dict(),
        "false_areas_per_1000_km2": settings.false_areas_per_1000_km2,
        "warnings": warnings,
    }
    files = _write(options, {"": joint, **maps}, (grid, layers, noise))
    return [
        *(f"WARNING: {words}" for words in warnings),
        *_points_lines(looks, findings),
        threshold_line(findings.thresholds, settings.false_areas_per_1000_km2),
        *([_scored(joint["probability"])] if detector else []),
        *source_lines(layers["areas"], layers["structures"]),
        f"written to {options.out}: {', '.join(files)}",
    ]


def _checked(options: argparse.Namespace) -> Bounds | None:
    """Return the bounds given, after a look at the numbers among the arguments."""
    for name in ("pixel_m", "false_areas"):
        value = getattr(options, name)
        if value is not None and not 0 < value < float("inf"):
            raise InputError(f"--{name.replace('_', '-')} {value:g}: expected a positive number")
    if not options.bounds:
        return None
    left, bottom, right, top = options.bounds
    grid_over((left, bottom, right, top), max(right - left, 1.0))
    return left, bottom, right, top


def _check_fill(fill: str) -> None:
    if FILLS[fill].needs_covariance:
        raise InputError(
            f"scene_fill {fill} needs a fitted variogram; make the points a scene of the workflow, "
            "or choose another scene_fill in the file of --config"
        )


def _maps(points: PointSet, grid: PixelGrid, config: Config) -> dict[str, Maps]:
    """Grid the points and fill the gaps, but not far from every point."""
    easting, northing, value = (points.table[name].to_numpy() for name in POINT_COLUMNS[:3])
    velocity, _ = rasterise(easting, northing, value, grid.transform, grid.shape)
    filler = Filler.from_config(config["scene_fill"], config["fills"], grid.pixel_m)
    return {"velocity": velocity, "filled": filler.near(velocity, filler(velocity))}


def _probability(
    maps: Mapping[str, Mapping[str, Maps]], description: Mapping[str, Any], detector: Any,
    config: Config, pixel_m: float,
) -> tuple[Maps, list[str]]:  # fmt: skip
    """Score every look, shown as the network knows maps, and join them."""
    probabilities, warnings = {}, []
    filler = Filler.from_config(description["fill"], config["fills"], pixel_m)
    for look, parts in maps.items():
        velocity = parts["velocity"]
        image = filler.near(velocity, filler(velocity))
        probabilities[look], told = score(velocity, image, detector, config, pixel_m)
        warnings += told if len(maps) == 1 else [f"{look}: {words}" for words in told]
    return merge_looks(probabilities), warnings


def _layers(
    findings: Findings, joint: Mapping[str, Maps], grid: PixelGrid, config: Config
) -> dict[str, GeoDataFrame]:
    """Part areas from single structures, with what the network says of both."""
    sources, layers = findings.sources, {}
    if "probability" in joint:
        levels = config["areas"]["levels"]
        probability = Grid(joint["probability"], grid.transform, str(sources.crs))
        frame = probability.transform, probability.shape
        sources = with_probability(sources, frame, partial(part_of, probability), levels)
        layers["levels"] = level_polygons(probability, levels)
    else:
        sources = sources.assign(**dict.fromkeys(PROBABILITY_COLUMNS, np.nan))
    sources = sources[[*SOURCE_COLUMNS[:-1], *PROBABILITY_COLUMNS, "geometry"]]
    return {**source_layers(sources), **layers}


def _points_lines(looks: Mapping[str, PointSet], findings: Findings) -> list[str]:
    lines = []
    for look, points in looks.items():
        noise = findings.noise.looks.get(look)
        posting = f", {noise.posting_m:.0f} m from a point to the next (median)" if noise else ""
        lines.append(f"{len(points)} points of {look}{posting}")
        lines += [noise_line(look, noise)] if noise else []
    return lines


def _scored(probability: Maps) -> str:
    has_score = np.isfinite(probability)
    if not has_score.any():
        return "the network scored nothing"
    return (
        f"the network scored {has_score.mean():.0%} of the map; "
        f"{(probability[has_score] > 0.5).mean():.1%} of that has a probability above 0.5"
    )


def _write(
    options: argparse.Namespace, maps: Mapping[str, Mapping[str, Maps]],
    rest: tuple[PixelGrid, Mapping[str, GeoDataFrame], Mapping[str, Any]],
) -> list[str]:  # fmt: skip
    """Write maps, those of several looks into folders of their own; return the names of files."""
    grid, layers, noise = rest
    crs = str(layers["areas"].crs)
    model = [options.model / name for name in MODEL_FILES] if options.model else []
    settings = {"pixel_m": grid.pixel_m, "looks": sorted(look for look in maps if look)}
    stamp = make_stamp(
        "groundmotion detect", "", settings, [*options.points, *model], base=Path.cwd()
    )
    simulated = any(_is_simulated(path) for path in options.points)
    files = []
    for look, parts in maps.items():
        folder = look if len(maps) > 2 else ""
        for name, values in parts.items():
            quantity, unit = _MAPS[name]
            files.append(f"{folder}/{name}.tif".lstrip("/"))
            _write_map(
                options.out / files[-1], Grid(values, grid.transform, crs), stamp,
                (quantity, unit, simulated),
            )  # fmt: skip
    write_layers(options.out / "areas.gpkg", layers, stamp)
    write_json(options.out / "noise.json", noise, stamp)
    return [*sorted(files), "areas.gpkg", "noise.json"]


def _write_map(path: Path, grid: Grid, stamp: Stamp, about: tuple[str, str, bool]) -> None:
    quantity, unit, simulated = about
    write_raster(path, grid, stamp, description=quantity, unit=unit, simulated=simulated)


def _is_simulated(path: Path) -> bool:
    """Tell whether points are those of a simulated scene of the workflow."""
    if path.suffix != ".parquet":
        return False
    try:
        return str(read_stamp(path)["rule"]).startswith("simulate")
    except InputError:
        return False
