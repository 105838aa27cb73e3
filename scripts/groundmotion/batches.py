"""Labelled windows, read lazily, mirrored at random and made into network images."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.errors import InputError
from groundmotion.wrapping import ImageSettings, WrapSet, network_image


@dataclass(frozen=True)
class Examples:
    """Labelled windows, read lazily.

    Parameters
    ----------
    blocks
        Arrays (n_i, rows, cols), such as memory maps; examples are counted through all of them.
    labels
        (n,), 1 for deformation and 0 for none.

    Raises
    ------
    InputError
        If the numbers of windows and labels differ.
    """

    blocks: tuple[NDArray[np.floating], ...]
    labels: NDArray[np.integer]

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
        """Read some windows, (len(index), rows, cols)."""
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
        return Examples((*self.blocks, windows), labels)


def augmented(
    windows: NDArray[np.float32], rng: np.random.Generator, *, flips: bool, sign_flips: bool
) -> NDArray[np.float32]:
    """Mirror windows and change signs at random, each window by itself.

    Parameters
    ----------
    windows
        (n, rows, cols) velocity, row 0 in the north.
    rng
        Draws the same numbers whatever the two switches say.
    flips
        Mirror east–west and north–south.
    sign_flips
        Exchange uplift and subsidence.
    """
    east, north, sign = rng.random((3, len(windows), 1, 1)) < 0.5
    if flips:
        # ASSUME: both passes look nearly east or west, so that mirroring a map east–west gives one
        # as the other pass sees it, and north–south one of the same pass; the northern part of the
        # line of sight (a tenth) is given up. Quarter turns would look north: never used.
        windows = np.where(east, windows[:, :, ::-1], windows)
        windows = np.where(north, windows[:, ::-1, :], windows)
    if sign_flips:
        windows = np.where(sign, -windows, windows)
    return windows


def random_images(
    windows: NDArray[np.float32],
    image: ImageSettings,
    wraps: tuple[WrapSet, ...],
    rng: np.random.Generator,
    device: torch.device,
    *,
    centred: bool,
) -> tuple[Tensor, Tensor]:
    """Make network images with an interval and an offset drawn for each window.

    Parameters
    ----------
    windows
        (n, rows, cols) velocity.
    image, centred
        As in :func:`groundmotion.wrapping.network_image`.
    wraps
        An interval is drawn from these, then one of its offsets, all with equal probability.
    rng
        Draws the wraps.
    device
        Of the result.

    Returns
    -------
    image, mask
        (n, channels, rows, cols) and (n, 1, rows, cols).
    """
    which = rng.integers(len(wraps), size=len(windows))
    place = rng.random(len(windows))
    drawn = [
        (wrap.interval_mm_yr, wrap.offsets_mm_yr[int(p * len(wrap.offsets_mm_yr))])
        for wrap, p in zip((wraps[i] for i in which), place, strict=True)
    ]
    interval, offset = torch.tensor(drawn, dtype=torch.float32, device=device).T[..., None, None]
    velocity = torch.from_numpy(np.ascontiguousarray(windows)).to(device)
    return network_image(velocity, image, interval, offset, centred=centred)
