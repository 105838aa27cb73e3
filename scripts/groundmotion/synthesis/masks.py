"""Sampling patterns: windows of where a scene has points, thinned to a wanted density."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.constants import look_pass
from groundmotion.errors import InputError

Mask = NDArray[np.bool_]

#: Windows are cut at multiples of this many pixels.
_STEP_PX = 8

#: Windows up to this many times denser than wanted are preferred: they need little thinning.
_NEAR = 2.0


def band_of(has_point: Mask, share: tuple[float, float]) -> Mask:
    """Cut the columns between two shares of a map's width, counted from the west.

    Bands that do not overlap give masks without a common point: so training, validation and test
    are kept apart.
    """
    cols = has_point.shape[1]
    return has_point[:, round(share[0] * cols) : round(share[1] * cols)]


class Pattern:
    """Where one look of one region has points.

    Parameters
    ----------
    region
        Name, to be recorded with each example.
    has_point
        (rows, cols), no smaller than a window.
    size_px
        Side of the windows.

    Raises
    ------
    InputError
        If the region is smaller than a window, or empty.
    """

    def __init__(self, region: str, has_point: Mask, size_px: int) -> None:
        if min(has_point.shape) < size_px:
            raise InputError(
                f"mask region {region} is {has_point.shape} pixels: expected at least {size_px} on "
                "each side; widen its band or its scene"
            )
        if not has_point.any():
            raise InputError(f"mask region {region} holds no points; move its band")
        self.region, self.has_point, self.size_px = region, has_point, size_px
        total = np.pad(np.cumsum(np.cumsum(has_point, 0, dtype=np.int64), 1), ((1, 0), (1, 0)))
        last = [n - size_px + 1 for n in has_point.shape]
        upper, left = (slice(0, n, _STEP_PX) for n in last)
        lower, right = (slice(size_px, n + size_px, _STEP_PX) for n in last)
        counts = total[lower, right] - total[upper, right] - total[lower, left] + total[upper, left]
        self._columns = counts.shape[1]
        self._counts = counts.ravel()

    def draw(self, rng: np.random.Generator, count: int) -> Mask:
        """Draw a window with exactly ``count`` points, turned or mirrored at random.

        A window that holds a little more is preferred and thinned evenly, so that towns stay
        towns. ASSUME: where no window holds as many, one of the densest is filled up, the more
        likely the closer to its points.
        """
        candidates = np.flatnonzero(self._counts >= count)
        preferred = candidates[self._counts[candidates] <= _NEAR * count]
        if len(candidates) == 0:
            candidates = np.flatnonzero(self._counts >= 0.9 * self._counts.max())
        index = rng.choice(preferred if len(preferred) else candidates)
        row, col = (int(i) * _STEP_PX for i in divmod(int(index), self._columns))
        window = self.has_point[row : row + self.size_px, col : col + self.size_px]
        window = np.rot90(window, int(rng.integers(4)))
        window = window[:, ::-1] if rng.random() < 0.5 else window
        return _with_count(np.ascontiguousarray(window), count, rng)


def _with_count(window: Mask, count: int, rng: np.random.Generator) -> Mask:
    cells = np.flatnonzero(window)
    if len(cells) >= count:
        points = rng.choice(cells, count, replace=False, shuffle=False)
    else:
        nearness = ndimage.gaussian_filter(window.astype(np.float64), 5.0, mode="constant")
        weight = np.where(window, 0.0, nearness + 1e-6).ravel()
        # Weighted drawing without replacement: the largest of log(u)/w (Efraimidis & Spirakis).
        keys = np.full(weight.shape, -np.inf)
        free = weight > 0
        keys[free] = np.log(rng.random(int(free.sum()))) / weight[free]
        extra = np.argpartition(keys, len(keys) - (count - len(cells)))[len(cells) - count :]
        points = np.concatenate([cells, extra])
    mask = np.zeros(window.size, bool)
    mask[points] = True
    return mask.reshape(window.shape)


@dataclass(frozen=True)
class Masks:
    """The patterns of each pass that one split may use."""

    patterns: Mapping[str, Sequence[Pattern]]

    def draw(self, rng: np.random.Generator, look_pass: str, count: int) -> tuple[Mask, str]:
        """Draw a mask of ``count`` points for a pass; returns it with its region's name.

        Raises
        ------
        InputError
            If there is no pattern of that pass.
        """
        patterns = self.patterns.get(look_pass)
        if not patterns:
            raise InputError(
                f"no sampling pattern of a {look_pass} look: the scene that gives the masks needs "
                "an ascending and a descending look"
            )
        pattern = patterns[int(rng.integers(len(patterns)))]
        return pattern.draw(rng, count), pattern.region


def masks_of(
    scene: str, looks: Mapping[str, Mask], band: tuple[float, float], split: str, size_px: int
) -> Masks:
    """Collect the patterns of a scene's looks within a band.

    Parameters
    ----------
    scene, split
        Name the regions: ``scene/look/split``.
    looks
        Look → (rows, cols) where it has points.
    band
        As in :func:`band_of`.
    size_px
        Side of the windows.
    """
    patterns: dict[str, list[Pattern]] = {}
    for look, has_point in looks.items():
        pattern = Pattern(f"{scene}/{look}/{split}", band_of(has_point, band), size_px)
        patterns.setdefault(look_pass(look), []).append(pattern)
    return Masks(patterns)
