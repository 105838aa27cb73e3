"""Real maps as backgrounds: windows of measured points, with and without a source put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps
from groundmotion.constants import SENTINEL1_UK, look_pass
from groundmotion.errors import InputError
from groundmotion.noise.model import NoiseModel
from groundmotion.synthesis.examples import Example, ExampleSettings, draw_deformation, observed

#: Branch of an example's seed.
_BRANCH = 1000


@dataclass(frozen=True, eq=False)
class Background:
    """One look of a real scene.

    Parameters
    ----------
    scene, look
        Names.
    values
        (rows, cols) LOS velocity, mm/yr, NaN where there is no point.
    noise
        Fitted to it: decides which sources are visible.
    """

    scene: str
    look: str
    values: Maps
    noise: NoiseModel


def window_corners(values: Maps, size_px: int, min_points: int) -> NDArray[np.int64]:
    """Return the upper left corners (n, 2), row and column, of windows with enough points.

    Every offset counts; none if the map is smaller than a window.
    """
    if min(values.shape) < size_px:
        return np.empty((0, 2), np.int64)
    has_point = np.isfinite(values)
    total = np.pad(np.cumsum(np.cumsum(has_point, 0, dtype=np.int64), 1), ((1, 0), (1, 0)))
    low, high = slice(None, -size_px), slice(size_px, None)
    counts = total[high, high] - total[low, high] - total[high, low] + total[low, low]
    return np.argwhere(counts >= max(min_points, 1))


def fewest_points(settings: ExampleSettings) -> int:
    """Points that a window needs: as many as the emptiest example."""
    return round(settings.density[0] * settings.size_px**2)


def with_windows(settings: ExampleSettings, backgrounds: Sequence[Background]) -> list[Background]:
    """Return those backgrounds that have a window with enough points."""
    least = fewest_points(settings)
    return [b for b in backgrounds if len(window_corners(b.values, settings.size_px, least))]


def draw_on_background(
    settings: ExampleSettings,
    backgrounds: Sequence[Background],
    label: int,
    seed_sequence: np.random.SeedSequence,
) -> Example:
    """Draw a real window, and put a source of the preset in where the label is 1.

    A look, a window of it (at any offset that leaves enough points) and its mirror image are drawn
    at random. Windows of one scene overlap: they are not independent, and intervals that take them
    for it are too narrow.

    Parameters
    ----------
    settings
        The law of sources; its noise, densities and spikes are not used.
    backgrounds
        One at least, each with a window that holds enough points.
    label
        1 for an example with a source.
    seed_sequence
        From which everything follows.

    Returns
    -------
    Example
        ``atmosphere`` is what was measured, NaN where there is no point, and ``spikes`` are zero:
        real ones are part of it. parameters: scene, look, row, col, n_points, a, b_per_km, nugget
        and those of the source.

    Raises
    ------
    InputError
        If the look drawn has no window with enough points.
    """
    # ASSUME: what moves in the scene by itself is background: windows without a source count as
    # undeformed. Mirrored noise is as good as noise. The look's geometry is that of training.
    key = (*seed_sequence.spawn_key, _BRANCH)
    rng = np.random.default_rng(np.random.SeedSequence(seed_sequence.entropy, spawn_key=key))
    background = backgrounds[int(rng.integers(len(backgrounds)))]
    corners = window_corners(background.values, settings.size_px, fewest_points(settings))
    if len(corners) == 0:
        raise InputError(
            f"{background.scene}, {background.look}: no window of {settings.size_px} pixels with "
            f"{fewest_points(settings)} points; leave the scene out or lower examples.density"
        )
    row, col = (int(i) for i in corners[int(rng.integers(len(corners)))])
    window = background.values[row : row + settings.size_px, col : col + settings.size_px]
    for axis in (0, 1):
        window = np.flip(window, axis) if rng.random() < 0.5 else window
    values = np.ascontiguousarray(window)
    mask, noise = np.isfinite(values), background.noise
    deformation, source = np.zeros(mask.shape, np.float32), dict[str, Any]()
    if label:
        geometry = SENTINEL1_UK[look_pass(background.look)]
        deformation, source = draw_deformation(rng, settings, mask, noise, geometry)
    spikes = np.zeros(int(mask.sum()), np.float32)
    parameters = {
        "scene": background.scene,
        "look": background.look,
        "row": row,
        "col": col,
        "n_points": len(spikes),
        **vars(noise),
        **source,
    }
    sparse = observed(mask, deformation, values, spikes)
    return Example(sparse, deformation, values, spikes, int(label), parameters)
