"""Labelled windows, read lazily, mirrored at random and made into network images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.errors import InputError
from groundmotion.wrapping import ImageSettings, WrapSet, network_image


@dataclass(frozen=True, eq=False)
class MapPairs:
    """Two maps of each window, read lazily: velocity and its error, or two looks.

    Parameters
    ----------
    first, second
        (n, rows, cols) each, such as memory maps.

    Raises
    ------
    InputError
        If their shapes differ.
    """

    first: NDArray[np.floating]
    second: NDArray[np.floating]

    def __post_init__(self) -> None:
        if self.first.shape != self.second.shape:
            raise InputError(
                f"two maps of each window: {self.first.shape} and {self.second.shape}; expected "
                "the same windows; make the data set again"
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(n, 2, rows, cols)."""
        count, rows, cols = self.first.shape
        return count, 2, rows, cols

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.first)

    def __getitem__(self, index: Any) -> NDArray[np.floating]:
        """Read some windows, (k, 2, rows, cols)."""
        return np.stack([self.first[index], self.second[index]], 1)


Windows = NDArray[np.floating] | MapPairs


@dataclass(frozen=True)
class Examples:
    """Labelled windows, read lazily.

    Parameters
    ----------
    blocks
        Arrays (n_i, rows, cols), such as memory maps, or pairs of them; examples are counted
        through all of them.
    labels
        (n,), 0 for no deformation, 1 for one; 2 and so on where its kinds are told apart.
    d_prime
        (n,) how visible each deformation is, NaN where there is none; None if not known.

    Raises
    ------
    InputError
        If the numbers of windows and labels differ.
    """

    blocks: tuple[Windows, ...]
    labels: NDArray[np.integer]
    d_prime: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        windows = sum(len(block) for block in self.blocks)
        if windows != len(self.labels):
            raise InputError(
                f"{windows} windows but {len(self.labels)} labels: expected as many; make the data "
                "set again"
            )

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.labels)

    def take(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read some windows, (len(index), rows, cols) or (len(index), 2, rows, cols)."""
        windows = np.empty((len(index), *self.blocks[0].shape[1:]), np.float32)
        start = 0
        for block in self.blocks:
            here = np.flatnonzero((index >= start) & (index < start + len(block)))
            # Ascending positions are kinder to a memory-mapped file.
            here = here[np.argsort(index[here], kind="stable")]
            windows[here] = block[index[here] - start]
            start += len(block)
        return windows

    def with_negatives(self, windows: NDArray[np.floating]) -> "Examples":
        """Add windows without deformation, such as real ones (paper §II-A)."""
        labels = np.concatenate([self.labels, np.zeros(len(windows), self.labels.dtype)])
        visible = self.d_prime
        if visible is not None:
            visible = np.concatenate([visible, np.full(len(windows), np.nan)])
        return Examples((*self.blocks, windows), labels, visible)


def augmented(
    windows: NDArray[np.float32], rng: np.random.Generator, *, flips: bool, sign_flips: bool
) -> NDArray[np.float32]:
    """Mirror windows and change signs at random, each window by itself.

    Parameters
    ----------
    windows
        (n, …, rows, cols) velocity, row 0 in the north.
    rng
        Draws the same numbers whatever the two switches say.
    flips
        Mirror east–west and north–south.
    sign_flips
        Exchange uplift and subsidence.
    """
    east, north, sign = rng.random((3, len(windows))) < 0.5
    # ASSUME: both passes look nearly east or west, so that mirroring a map east–west gives one
    # as the other pass sees it, and north–south one of the same pass; the northern part of the
    # line of sight (a tenth) is given up. Quarter turns would look north: never used.
    changed = np.empty_like(windows)
    for number, window in enumerate(windows):
        seen = window[..., ::-1] if flips and east[number] else window
        seen = seen[..., ::-1, :] if flips and north[number] else seen
        np.multiply(seen, -1 if sign_flips and sign[number] else 1, out=changed[number])
    return changed


def draw_wraps(
    wraps: tuple[WrapSet, ...], count: int, rng: np.random.Generator, *, any_offset: bool
) -> NDArray[np.float32]:
    """Draw an interval and one of its offsets for each window, all with equal probability.

    Parameters
    ----------
    wraps
        What to draw from.
    count
        Number of windows.
    rng
        Draws the same numbers whatever ``any_offset`` says.
    any_offset
        Whether an offset lies anywhere in the interval, not only where the wraps have one.

    Returns
    -------
    (2, count): intervals and offsets, mm/yr.
    """
    which = rng.integers(len(wraps), size=count)
    place = rng.random(count)
    drawn = np.empty((2, count), np.float32)
    for number, (wrap, p) in enumerate(zip((wraps[i] for i in which), place, strict=True)):
        listed = wrap.offsets_mm_yr
        offset = p * wrap.interval_mm_yr if any_offset else listed[int(p * len(listed))]
        drawn[:, number] = wrap.interval_mm_yr, offset
    return drawn


def network_images(
    windows: NDArray[np.float32],
    wraps: NDArray[np.float32],
    image: ImageSettings,
    device: torch.device,
    *,
    centred: bool,
) -> tuple[Tensor, Tensor]:
    """Make network images, each window with its own interval and offset.

    Parameters
    ----------
    windows
        (n, rows, cols) velocity, or (n, 2, rows, cols).
    wraps
        (2, n) as from :func:`draw_wraps`.
    image, centred
        As in :func:`groundmotion.wrapping.network_image`.
    device
        Of the result.

    Returns
    -------
    image, mask
        (n, channels, rows, cols) and (n, masks, rows, cols).
    """
    interval, offset = torch.from_numpy(wraps).to(device)[..., None, None]
    velocity = torch.from_numpy(np.ascontiguousarray(windows)).to(device)
    return network_image(velocity, image, interval, offset, centred=centred)
