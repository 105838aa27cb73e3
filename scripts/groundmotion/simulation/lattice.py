"""Random numbers that belong to places: any window of the plane can be drawn by itself.

Cell (row, col) of a lattice that covers the whole plane has its own random number, a hash of a key
and of its position. Windows that overlap therefore agree, whatever their size, and a map as large
as a nation can be made piece by piece. Rows count southward from northing 0, columns eastward from
easting 0.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from scipy import fft, special

from groundmotion.aliases import Bounds, Floats, Maps

_Numbers = Callable[[np.uint64, ArrayLike, ArrayLike], Floats]

#: Steps and multipliers of SplitMix64 (Steele, Lea & Flood 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))

#: Cells of a window that are hashed at once: what fits into a processor's cache.
_CHUNK_CELLS = 1 << 15

#: Coarse cells have indices from −_SHIFT on; seeds must not be negative.
_SHIFT = 1 << 24

#: Kernels end at this many ranges 1/b; the covariance is then off by less than 0.2 % of its peak.
_KERNEL_RANGES = 5.0


@dataclass(frozen=True)
class Window:
    """A rectangle of the lattice: first row and column, number of rows and columns, cell size."""

    row: int
    col: int
    rows: int
    cols: int
    pixel_m: float

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def transform(self) -> Affine:
        """Maps (col, row) within the window to (easting, northing), metres."""
        size = self.pixel_m
        return Affine(size, 0.0, self.col * size, 0.0, -size, -self.row * size)

    @property
    def bounds(self) -> Bounds:
        """(left, bottom, right, top), metres."""
        left, top = self.col * self.pixel_m, -self.row * self.pixel_m
        return left, top - self.rows * self.pixel_m, left + self.cols * self.pixel_m, top

    def padded(self, cells: int) -> "Window":
        """Return the window with a margin of ``cells`` on every side."""
        return Window(
            self.row - cells,
            self.col - cells,
            self.rows + 2 * cells,
            self.cols + 2 * cells,
            self.pixel_m,
        )


def window_over(bounds_m: Bounds, pixel_m: float) -> Window:
    """Return the window that covers an extent (left, bottom, right, top).

    Its edges lie on multiples of ``pixel_m``.

    Examples
    --------
    >>> window_over((0, 0, 100, 50), 10.0)
    Window(row=-5, col=0, rows=5, cols=10, pixel_m=10.0)
    """
    left, bottom, right, top = (round(edge / pixel_m, 6) for edge in bounds_m)
    row, col = int(np.floor(-top)), int(np.floor(left))
    return Window(row, col, int(np.ceil(-bottom)) - row, int(np.ceil(right)) - col, pixel_m)


def _ids(seeds: tuple[int, ...], name: str) -> list[int]:
    return [*seeds, zlib.crc32(name.encode())]


def stream_key(seeds: tuple[int, ...], name: str) -> np.uint64:
    """Return the key of a named stream of random numbers."""
    return np.random.SeedSequence(_ids(seeds, name)).generate_state(1, np.uint64)[0]


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, multiplier in zip((30, 27), _MULTIPLIERS, strict=True):
        bits = (bits ^ (bits >> np.uint64(shift))) * multiplier
    return bits ^ (bits >> np.uint64(31))


def uniform_at(key: np.uint64, row: ArrayLike, col: ArrayLike) -> Floats:
    """Return uniform random numbers in (0, 1) of cells.

    Parameters
    ----------
    key
        From :func:`stream_key`.
    row, col
        Lattice indices, broadcast against each other; negative ones too.
    """
    with np.errstate(over="ignore"):
        rows = np.asarray(row, np.int64).astype(np.uint64)
        cols = np.asarray(col, np.int64).astype(np.uint64)
        bits = _mix(_mix(key + rows * _STEP) + cols * _STEP)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54


def normal_at(key: np.uint64, row: ArrayLike, col: ArrayLike) -> Floats:
    """Return independent standard normal random numbers of cells."""
    return np.asarray(special.ndtri(uniform_at(key, row, col)))


def uniform_map(key: np.uint64, window: Window) -> Maps:
    """Return uniform random numbers of all cells of a window, (rows, cols) float32 in [0, 1]."""
    return _filled(key, window, uniform_at)


def normal_map(key: np.uint64, window: Window) -> Maps:
    """Return standard normal random numbers of all cells of a window, (rows, cols) float32."""
    return _filled(key, window, normal_at)


def _filled(key: np.uint64, window: Window, numbers: _Numbers) -> Maps:
    values = np.empty(window.shape, np.float32)
    cols = window.col + np.arange(window.cols)
    step = max(_CHUNK_CELLS // window.cols, 1)
    for first in range(0, window.rows, step):
        rows = window.row + np.arange(first, min(first + step, window.rows))
        values[first : first + step] = numbers(key, rows[:, None], cols)
    return values


@lru_cache(maxsize=4)
def exponential_kernel(pixel_m: float, b_per_km: float) -> Maps:
    """Kernel that gives white noise the correlation e^(−b d).

    The root of the spectrum in Fourier space, cut five ranges (5/b) from its middle and scaled to
    unit variance.

    Returns
    -------
    ndarray
        (2 n + 1, 2 n + 1) float32, squares summing to one; not to be written to.
    """
    pixel_km = pixel_m / 1000
    reach = int(np.ceil(_KERNEL_RANGES / b_per_km / pixel_km))
    side = fft.next_fast_len(4 * reach, real=True)
    step = np.minimum(np.arange(side), side - np.arange(side)) * pixel_km
    lag = np.hypot(step[:, None], step[None, :])
    spectrum = fft.rfft2(np.exp(-b_per_km * lag)).real
    wide = fft.fftshift(fft.irfft2(np.sqrt(np.maximum(spectrum, 0)), (side, side)))
    middle = side // 2
    part = slice(middle - reach, middle + reach + 1)
    kernel = wide[part, part]
    away = np.hypot(*np.ogrid[-reach : reach + 1, -reach : reach + 1])
    kernel = np.where(away <= reach, kernel, 0.0)
    kernel = (kernel / np.sqrt((kernel**2).sum())).astype(np.float32)
    kernel.flags.writeable = False
    return kernel


@lru_cache(maxsize=3)
def _kernel_spectrum(
    pixel_m: float, b_per_km: float, shape: tuple[int, int], double: bool
) -> NDArray[np.complexfloating]:
    """Return the transform of a kernel for maps of one shape: tiles of a nation share it."""
    kernel = exponential_kernel(pixel_m, b_per_km)
    return np.asarray(fft.rfft2(kernel.astype(np.float64) if double else kernel, shape))


def correlated_map(key: np.uint64, window: Window, b_per_km: float, double: bool = False) -> Maps:
    """White noise convolved with a kernel: a window of one field with correlation e^(−b d).

    Parameters
    ----------
    key
        From :func:`stream_key`.
    window
        Cells to draw.
    b_per_km
        Decay of the correlation.
    double
        Convolve in double precision: overlapping windows then agree to the last bit, but for one
        cell in many millions; in single precision they agree within 1e-5.

    Returns
    -------
    ndarray
        (rows, cols) float32 of unit variance.
    """
    reach = exponential_kernel(window.pixel_m, b_per_km).shape[0] // 2
    white: NDArray[np.floating] = normal_map(key, window.padded(reach))
    if double:
        white = white.astype(np.float64)
    # A circular convolution wraps around into the margin only, which is cut off.
    rows, cols = (fft.next_fast_len(n, real=True) for n in white.shape)
    product = fft.rfft2(white, (rows, cols))
    product *= _kernel_spectrum(window.pixel_m, b_per_km, (rows, cols), double)
    smooth = fft.irfft2(product, (rows, cols))
    part = smooth[2 * reach : 2 * reach + window.rows, 2 * reach : 2 * reach + window.cols]
    return part.astype(np.float32, copy=False)


def coarse_cells(
    seeds: tuple[int, ...], name: str, bounds_m: Bounds, size_m: float
) -> Iterator[tuple[tuple[float, float], np.random.Generator]]:
    """Walk the coarse cells that touch an extent, each with its own random generator.

    Yields
    ------
    corner_m, rng
        (easting, northing) of the lower left corner, and the generator of that cell.
    """
    left, bottom, right, top = bounds_m
    for i in range(int(np.floor(bottom / size_m)), int(np.ceil(top / size_m))):
        for j in range(int(np.floor(left / size_m)), int(np.ceil(right / size_m))):
            ids = [*_ids(seeds, name), i + _SHIFT, j + _SHIFT]
            yield (j * size_m, i * size_m), np.random.default_rng(np.random.SeedSequence(ids))
