"""Sources of ground motion in simulated scenes: where they are, how they move, what is true.

Kinds, with the numbers that give their shape (metres, degrees clockwise from north):

- ``point``: a point source (§III-B); half its peak remains at ``radius_m``
- ``mining_bowl``: flat-bottomed bowl over a panel ``width_m`` × ``length_m`` along ``azimuth_deg``,
  with a margin of ``influence_m``
- ``rebound``: smooth elliptic mound, ``width_m`` × ``length_m`` at half its height
- ``quarry``: an irregular patch of ``radius_m`` that moves as one, with an edge ``edge_m`` wide
- ``landslide``: a patch ``width_m`` × ``length_m`` that slides toward ``azimuth_deg`` down a
  slope of ``slope_deg``
- ``tunnel``: Peck's trough over one or two (``spacing_m`` apart) bored tunnels of ``length_m`` with
  ``inflection_m`` and ``depth_m``; the track bends by ``curvature_per_km``
- ``seam``: the paper's trough (§III-B), ``half_width_m`` from its middle to still ground

Only ``point`` and ``seam`` have the shapes that networks are trained on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from groundmotion import deformation
from groundmotion.aliases import Bounds, Floats
from groundmotion.errors import InputError
from groundmotion.simulation.lattice import coarse_cells

#: The numbers that each kind needs.
SHAPE_KEYS: dict[str, tuple[str, ...]] = {
    "point": ("radius_m",),
    "mining_bowl": ("width_m", "length_m", "azimuth_deg", "influence_m"),
    "rebound": ("width_m", "length_m", "azimuth_deg"),
    "quarry": ("radius_m", "azimuth_deg", "edge_m"),
    "landslide": ("width_m", "length_m", "azimuth_deg", "edge_m", "slope_deg"),
    "tunnel": (
        "length_m", "azimuth_deg", "curvature_per_km", "spacing_m", "inflection_m", "depth_m",
    ),
    "seam": ("length_m", "azimuth_deg", "curvature_per_km", "half_width_m"),
}  # fmt: skip

#: Kinds that follow a track; the others are compact.
LINE_KINDS = frozenset({"tunnel", "seam"})

#: Random sources are drawn cell by cell of this size, so that any extent has the same ones.
_CELL_M = 10_000.0

_TRACK_POINTS = 33


@dataclass(frozen=True)
class SceneSource:
    """One place where the ground moves.

    Parameters
    ----------
    kind
        A key of :data:`SHAPE_KEYS`.
    centre_m
        (easting, northing).
    peak_mm_yr
        Largest vertical velocity, positive up; of a landslide its speed down the slope, positive.
    shape
        The numbers that the kind needs.
    """

    kind: str
    centre_m: tuple[float, float]
    peak_mm_yr: float
    shape: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse unknown kinds and numbers."""
        if self.kind not in SHAPE_KEYS:
            raise InputError(f"source of kind {self.kind!r}: expected {', '.join(SHAPE_KEYS)}")
        keys = SHAPE_KEYS[self.kind]
        if set(self.shape) != set(keys):
            raise InputError(
                f"source of kind {self.kind}: expected the keys {', '.join(keys)}, got "
                f"{', '.join(self.shape)}"
            )

    @property
    def size_m(self) -> float:
        """Largest extent of the shape, metres."""
        across = [value for key, value in self.shape.items() if key in ("width_m", "length_m")]
        return max([*across, 2 * self.shape.get("radius_m", 0.0)])

    @property
    def reach_m(self) -> float:
        """Distance from the centre beyond which less than a hundredth of the peak is left."""
        shape = self.shape
        if self.kind == "point":
            return 14 * shape["radius_m"]
        if self.kind == "rebound":
            return 1.7 * self.size_m
        half = float(np.hypot(shape.get("width_m", 0.0), shape.get("length_m", 0.0))) / 2
        margin = {
            "mining_bowl": lambda: 1.6 * shape["influence_m"],
            "quarry": lambda: 1.5 * shape["radius_m"] + 2 * shape["edge_m"],
            "landslide": lambda: 2 * shape["edge_m"],
            "tunnel": lambda: shape["spacing_m"] + 4 * shape["inflection_m"],
            "seam": lambda: shape["half_width_m"],
        }[self.kind]()
        return half + margin

    def displacement(self, easting_m: ArrayLike, northing_m: ArrayLike) -> Floats:
        """Return (3, …) east, north and up velocity at places, mm/yr."""
        east = np.asarray(easting_m, np.float64) - self.centre_m[0]
        north = np.asarray(northing_m, np.float64) - self.centre_m[1]
        return _MOTIONS[self.kind](east, north, self.peak_mm_yr, self.shape)


def source_from(settings: Mapping[str, Any]) -> SceneSource:
    """Make a source from its entry in the configuration: kind, centre_m, peak_mm_yr and shape."""
    numbers = dict(settings)
    try:
        kind, centre, peak = (numbers.pop(key) for key in ("kind", "centre_m", "peak_mm_yr"))
        shape = {key: float(value) for key, value in numbers.items()}
        return SceneSource(str(kind), (float(centre[0]), float(centre[1])), float(peak), shape)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"source {dict(settings)}: expected kind, centre_m: [easting, northing], peak_mm_yr "
            f"and the numbers of its shape ({error})"
        ) from None


def _point(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    depth = deformation.point_source_depth(shape["radius_m"], 0.5)
    # Poisson's ratio scales the volume only: with the peak given, any value gives the same motion.
    volume = peak / 1000 * np.pi * depth**2
    return deformation.point_source(east, north, depth, volume, poisson=0.0)


def _mining_bowl(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    panel = deformation.MiningPanel(
        width_m=shape["width_m"],
        length_m=shape["length_m"],
        azimuth_deg=shape["azimuth_deg"],
        influence_m=shape["influence_m"],
        peak_mm_yr=peak,
    )
    return deformation.mining_bowl(east, north, panel)


def _turned(east: Floats, north: Floats, azimuth_deg: float) -> tuple[Floats, Floats]:
    """Return the distances along an azimuth and across it, to its right."""
    angle = np.radians(azimuth_deg)
    along = east * np.sin(angle) + north * np.cos(angle)
    return along, east * np.cos(angle) - north * np.sin(angle)


def _vertical(up: Floats) -> Floats:
    return np.stack([np.zeros_like(up), np.zeros_like(up), up])


def _rebound(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    along, across = _turned(east, north, shape["azimuth_deg"])
    square = (along / shape["length_m"]) ** 2 + (across / shape["width_m"]) ** 2
    return _vertical(peak * np.exp(-4 * np.log(2) * square))


def _quarry(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    # ASSUME: tips and benches settle as one patch of irregular outline.
    angle = np.arctan2(east, north) - np.radians(shape["azimuth_deg"])
    outline = 1 + 0.25 * np.cos(2 * angle) + 0.15 * np.cos(3 * angle + 1) + 0.1 * np.sin(5 * angle)
    inside = shape["radius_m"] * outline - np.hypot(east, north)
    return _vertical(peak * _soft_step(inside / shape["edge_m"]))


def _soft_step(ratio: Floats) -> Floats:
    """Rise from 0 to 1 over about one unit around zero."""
    return np.asarray(0.5 * (1 + np.tanh(2 * ratio)))


def _landslide(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    along, across = _turned(east, north, shape["azimuth_deg"])
    inside = [
        _soft_step((size / 2 - np.abs(distance)) / shape["edge_m"])
        for distance, size in ((along, shape["length_m"]), (across, shape["width_m"]))
    ]
    speed = peak * inside[0] * inside[1]
    angle, slope = np.radians(shape["azimuth_deg"]), np.radians(shape["slope_deg"])
    ahead = speed * np.cos(slope)
    return np.stack([ahead * np.sin(angle), ahead * np.cos(angle), -speed * np.sin(slope)])


def _track(shape: Mapping[str, float], aside_m: float) -> Floats:
    angle = np.radians(shape["azimuth_deg"])
    middle = (aside_m * float(np.cos(angle)), -aside_m * float(np.sin(angle)))
    bend = shape["curvature_per_km"] / 1000
    return deformation.arc_track(
        middle, shape["azimuth_deg"], shape["length_m"], bend, _TRACK_POINTS
    )


def _tunnel(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    spacing, inflection = shape["spacing_m"], shape["inflection_m"]
    # A bore of one square metre: only volume loss times area matters.
    loss = -peak / 1000 * np.sqrt(2 * np.pi) * inflection
    tracks = 2 if spacing > 0 else 1
    # Two troughs add up to most half-way between the tracks or, far apart, above them.
    apart = spacing / inflection
    shares = max(2 * np.exp(-(apart**2) / 8), 1 + np.exp(-(apart**2) / 2)) if tracks == 2 else 1.0
    tunnel = deformation.Tunnel(
        depth_m=shape["depth_m"],
        diameter_m=2 / np.sqrt(np.pi),
        volume_loss_yr=loss / shares,
        width_factor=inflection / shape["depth_m"],
    )
    sides = (-spacing / 2, spacing / 2) if tracks == 2 else (0.0,)
    troughs = [deformation.peck_trough(east, north, _track(shape, side), tunnel) for side in sides]
    return np.asarray(np.sum(troughs, axis=0))


def _seam(east: Floats, north: Floats, peak: float, shape: Mapping[str, float]) -> Floats:
    width = shape["half_width_m"]
    # Half of the depth in either zone joins them without a kink.
    half = abs(peak) / 2
    trough = deformation.TroughShape(width, width / 2, half, half)
    motion = deformation.tunnel_trough(east, north, _track(shape, 0.0), trough)
    return -np.sign(peak) * motion


_MOTIONS: dict[str, Callable[[Floats, Floats, float, Mapping[str, float]], Floats]] = {
    "point": _point,
    "mining_bowl": _mining_bowl,
    "rebound": _rebound,
    "quarry": _quarry,
    "landslide": _landslide,
    "tunnel": _tunnel,
    "seam": _seam,
}


@dataclass(frozen=True)
class RandomSources:
    """A kind of source scattered over the country.

    Parameters
    ----------
    kind
        A key of :data:`SHAPE_KEYS`.
    per_100_km2
        Expected number.
    peak_mm_yr
        (lowest, highest), uniform.
    shape
        (lowest, highest) of each number that the kind needs; lengths are log-uniform.
    """

    kind: str
    per_100_km2: float
    peak_mm_yr: tuple[float, float]
    shape: Mapping[str, tuple[float, float]]


def draw_sources(
    random_sources: tuple[RandomSources, ...],
    seeds: tuple[int, ...],
    bounds_m: Bounds,
    land: BaseGeometry,
) -> list[SceneSource]:
    """Draw the sources whose centre lies on land within an extent.

    Any two extents have the same sources where they overlap.

    Parameters
    ----------
    random_sources
        The kinds to draw.
    seeds
        Of the scene.
    bounds_m
        (left, bottom, right, top).
    land
        Polygons in the same coordinates.
    """
    left, bottom, right, top = bounds_m
    sources = []
    for number, kind in enumerate(random_sources):
        name = f"sources {number} {kind.kind}"
        for corner, rng in coarse_cells(seeds, name, bounds_m, _CELL_M):
            for _ in range(rng.poisson(kind.per_100_km2 * (_CELL_M / 10_000) ** 2)):
                source = _draw_source(kind, corner, rng)
                east, north = source.centre_m
                if left <= east < right and bottom <= north < top:
                    sources.append(source)
    return [source for source in sources if shapely.contains_xy(land, *source.centre_m)]


def _draw_source(
    kind: RandomSources, corner_m: tuple[float, float], rng: np.random.Generator
) -> SceneSource:
    centre = (corner_m[0] + _CELL_M * rng.random(), corner_m[1] + _CELL_M * rng.random())
    peak = rng.uniform(*kind.peak_mm_yr)
    shape = {}
    for key in SHAPE_KEYS[kind.kind]:
        low, high = kind.shape[key]
        if key.endswith("_m") and low > 0:
            shape[key] = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        else:
            shape[key] = float(rng.uniform(low, high))
    return SceneSource(kind.kind, centre, float(peak), shape)
