"""Sources of any size and shape on a small map of cells, to teach where the ground moves.

Lengths are in cells: the dense network knows no metres. Every shape is at most 1 in size, and its
radius is where it falls to a tenth.
"""

from collections.abc import Callable

import numpy as np

from groundmotion.aliases import Floats, Maps, Range
from groundmotion.deformation import point_source_depth

_EDGE = 0.1  # share of the peak at the radius


def draw_shape(rng: np.random.Generator, side: int, radius_cells: Range) -> Maps:
    """Draw a source of any kind, anywhere on a map.

    Parameters
    ----------
    rng
        Source of randomness.
    side
        Of the map, cells.
    radius_cells
        (smallest, largest), log-uniform.

    Returns
    -------
    ndarray
        (side, side) float32; its largest value of either sign is 1.
    """
    radius = float(np.exp(rng.uniform(*np.log(radius_cells))))
    kind = SHAPES[int(rng.choice(len(SHAPES), p=_SHARES))]
    row, col = rng.uniform(0, side, 2)
    place = np.arange(side, dtype=np.float32)
    down, across = np.meshgrid(place - np.float32(row), place - np.float32(col), indexing="ij")
    shape = kind(rng, down, across, radius)
    return (shape / max(float(np.abs(shape).max()), 1e-6)).astype(np.float32)


def point_shape(rng: np.random.Generator, down: Maps, across: Maps, radius: float) -> Floats:
    """Point source (Mogi) seen from the side: stronger toward the satellite."""
    depth = point_source_depth(radius, _EDGE)
    slope, azimuth = rng.uniform(0.0, 1.0), rng.uniform(0.0, 2 * np.pi)
    toward = slope * (np.cos(azimuth) * down + np.sin(azimuth) * across)
    return np.asarray((depth + toward) / (down**2 + across**2 + depth**2) ** 1.5)


def bowl_shape(rng: np.random.Generator, down: Maps, across: Maps, radius: float) -> Floats:
    """Bowl with a Gaussian profile, round or longish."""
    return np.asarray(np.exp(np.log(_EDGE) * _ellipse(rng, down, across, 0.5) / radius**2))


def mining_shape(rng: np.random.Generator, down: Maps, across: Maps, radius: float) -> Floats:
    """Bowl with a flat bottom, its edges of any steepness."""
    power = np.exp(rng.uniform(*np.log((1.5, 5.0))))
    inside = _ellipse(rng, down, across, 0.4) / radius**2
    return np.asarray(np.exp(np.log(_EDGE) * np.minimum(inside, 1e3) ** power))


def trough_shape(rng: np.random.Generator, down: Maps, across: Maps, radius: float) -> Floats:
    """Trough along a straight or curved track with round ends, Gaussian across."""
    width = max(radius / 3, 2.0)
    half = rng.uniform(1.5, 8.0) * width + 10.0
    azimuth, bend = rng.uniform(0.0, 2 * np.pi), rng.uniform(0.0, 1.5) / half
    along = np.cos(azimuth) * down + np.sin(azimuth) * across
    aside = np.cos(azimuth) * across - np.sin(azimuth) * down
    bend = max(bend, 1e-4)
    # places on the circle that the track is a part of
    angle = np.arctan2(along, 1 / bend - aside)
    reached = np.clip(angle, -half * bend, half * bend)
    offset = np.hypot(along - np.sin(reached) / bend, aside - (1 - np.cos(reached)) / bend)
    return np.asarray(np.exp(np.log(_EDGE) * (offset / width) ** 2))


def patch_shape(rng: np.random.Generator, down: Maps, across: Maps, radius: float) -> Floats:
    """Quarry or landslide: a ragged outline with sharp edges, even or tilted inside."""
    angle, far = np.arctan2(down, across), np.sqrt(_ellipse(rng, down, across, 0.4))
    outline = np.ones_like(far)
    for order in (2, 3, 5):
        outline = outline + rng.normal(0.0, 0.3 / order) * np.cos(
            order * angle + rng.uniform(0, 2 * np.pi)
        )
    inside = np.clip((radius * np.clip(outline, 0.3, 2.0) - far) / 1.5 + 0.5, 0.0, 1.0)
    tilt, azimuth = rng.uniform(0.0, 0.6), rng.uniform(0.0, 2 * np.pi)
    slope = (np.cos(azimuth) * down + np.sin(azimuth) * across) / max(radius, 1.0)
    return np.asarray(inside * np.clip(1 + tilt * slope, 0.2, 1.8))


Shape = Callable[[np.random.Generator, Maps, Maps, float], Floats]

#: Kinds of sources and how often each is drawn.
SHAPES: tuple[Shape, ...] = (point_shape, bowl_shape, mining_shape, trough_shape, patch_shape)
_SHARES = (0.25, 0.25, 0.2, 0.15, 0.15)


def _ellipse(rng: np.random.Generator, down: Maps, across: Maps, thinnest: float) -> Maps:
    """Squared distance, longer along the short axis of an ellipse drawn at random."""
    azimuth, ratio = rng.uniform(0.0, np.pi), np.sqrt(rng.uniform(thinnest, 1.0))
    along = np.cos(azimuth) * down + np.sin(azimuth) * across
    aside = np.cos(azimuth) * across - np.sin(azimuth) * down
    return np.asarray((along * ratio) ** 2 + (aside / ratio) ** 2, np.float32)
