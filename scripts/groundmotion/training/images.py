"""What a network is shown in training: windows mirrored, wrapped and made into images."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from groundmotion.patches.wrapping import ImageSettings, WrapSet, network_image


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
    copies = np.empty_like(windows)
    for number, window in enumerate(windows):
        view = window[..., ::-1] if flips and east[number] else window
        view = view[..., ::-1, :] if flips and north[number] else view
        np.multiply(view, -1 if sign_flips and sign[number] else 1, out=copies[number])
    return copies


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
    numbers = rng.integers(len(wraps), size=count)
    place = rng.random(count)
    draws = np.empty((2, count), np.float32)
    for number, (wrap, p) in enumerate(zip((wraps[i] for i in numbers), place, strict=True)):
        offsets = wrap.offsets_mm_yr
        offset = p * wrap.interval_mm_yr if any_offset else offsets[int(p * len(offsets))]
        draws[:, number] = wrap.interval_mm_yr, offset
    return draws


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
        As in :func:`groundmotion.patches.wrapping.network_image`.
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
