"""Matrix completion of many small maps at once, on whatever device torch has (see `diffusion`).

The same system, preconditioner and last exact step as in `Diffusion`, with a leading axis: one
matrix product transforms all maps, and every map has its own step lengths and its own end. A map
that has converged is not moved any more, and leaves the batch together with others.

What holds: a map's result depends on the other maps only by rounding, since the products sum in
an order that can change with the size of the batch. Rounding grows while conjugate gradients go
on, and can decide whether a map near its accuracy takes one iteration more: either result has
that accuracy, and the two differ by as much as one iteration moves (of 240 maps of 224 × 224 at
0.0005 mm/yr, 7 differ by more than 0.0001 mm/yr from the form on the processor; most seen: 0.0014).
The same batch on the same device, with the same versions and number of threads, gives
the same bytes.

Only this module of the package imports torch, and nothing of the package imports this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import fft, ndimage
from torch import Tensor

from groundmotion.errors import InputError
from groundmotion.interpolation.batches import as_maps
from groundmotion.interpolation.diffusion import Diffusion, kernel
from groundmotion.interpolation.settings import MatrixCompletionSettings

#: Matrix products would cost too much on larger maps.
LARGEST_PX = 512
#: Memory that the maps worked on at a time may take on the device.
_CHUNK_BYTES = 2**30
#: Arrays of the size of a map that are alive at once, rounded up.
_ARRAYS_PER_MAP = 8
#: Maps that have converged leave when they are this share of those worked on.
_LEAVING_SHARE = 0.25
#: The preconditioned iteration needs 5 to 50; more means that something is wrong.
_MAX_ITERATIONS = 1000


def gpu_for(device: str) -> torch.device | None:
    """Return the GPU that the configuration's ``device`` asks for; None for the processor.

    Parameters
    ----------
    device
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.

    Raises
    ------
    InputError
        If CUDA is asked for and there is none.
    """
    available = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not available:
        raise InputError("device: cuda is asked for, but PyTorch finds none; use auto or cpu")
    return torch.device("cuda") if available else None


def fill_batch(
    maps: NDArray[np.floating], settings: MatrixCompletionSettings, device: torch.device
) -> NDArray[np.float32]:
    """Fill a batch of maps by Algorithm 1's fixed point (paper §III-A), without SVD.

    Parameters
    ----------
    maps
        (n, rows, cols) or one map (rows, cols), mm/yr, NaN where there is no point; no side longer
        than `LARGEST_PX`, and one point each at least.
    settings
        Constants of the algorithm and the accuracy asked for, as for the form on the processor.
    device
        Where to work; memory there stays near 1 GB whatever the number of maps.

    Returns
    -------
    Same shape, mm/yr, without NaN.

    Raises
    ------
    InputError
        If a map is too large, has no point or an infinite value, or does not converge.
    """
    batch = as_maps(maps)
    shape = (batch.shape[1], batch.shape[2])
    if max(shape) > LARGEST_PX:
        raise InputError(
            f"batches are filled in maps of at most {LARGEST_PX} × {LARGEST_PX} pixels, got "
            f"{shape[0]} × {shape[1]}: use the fill matrix_completion on the processor, or tiles"
        )
    diffusion = BatchDiffusion(shape, settings, device)
    chunk = max(_CHUNK_BYTES // (_ARRAYS_PER_MAP * batch[0].nbytes), 1)
    filled = np.empty_like(batch)
    with torch.inference_mode(), _whole_single_precision():
        for first in range(0, len(batch), chunk):
            part = slice(first, first + chunk)
            values = torch.from_numpy(batch[part]).to(device)
            filled[part] = diffusion.fill(values, first).cpu().numpy()
    return filled.reshape(np.shape(maps))


class BatchDiffusion:
    """The linear problem of `Diffusion` on batches of maps of one shape.

    Parameters
    ----------
    shape
        (rows, cols).
    settings
        σ, λ and the accuracy.
    device
        Where its matrices are, and the maps must be.
    """

    def __init__(
        self, shape: tuple[int, int], settings: MatrixCompletionSettings, device: torch.device
    ) -> None:
        diffusion = Diffusion(shape, settings, 1)
        weights = kernel(settings.sigma_px)

        def to_device(values: NDArray[np.floating]) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(device)

        self.settings = settings
        self.root, self.attenuation, self.response = (
            to_device(diffusion.root),
            to_device(diffusion.attenuation),
            to_device(diffusion.response),
        )
        # cosines kept, (frequencies, pixels), and the whole filter, (pixels, pixels), by axis
        self.down, self.across = (
            to_device(fft.idct(np.eye(count, size), axis=1, norm="ortho"))
            for count, size in zip(diffusion.response.shape, shape, strict=True)
        )
        self.filter_down, self.filter_across = (
            to_device(ndimage.correlate1d(np.eye(size), weights, axis=0, mode="reflect"))
            for size in shape
        )

    def fill(self, values: Tensor, first: int = 0) -> Tensor:
        """Return the fixed points of maps (n, rows, cols), NaN = no point.

        Parameters
        ----------
        values
            Float32, mm/yr, on the device; one point each at least.
        first
            Number of the first of them in the caller's batch, for messages.

        Raises
        ------
        InputError
            If a map does not converge.
        """
        mask = ~torch.isnan(values)
        mean = values.nansum((1, 2), keepdim=True) / mask.sum((1, 2), keepdim=True)
        y = torch.where(mask, values - mean, 0)
        pull = mask / self.settings.step_factor
        u = self._solve(self.root * self._project(pull * y), pull, first)
        x = self._synthesise(self.root * u)
        x += pull * (y - x)
        return self.filter_down @ (x @ self.filter_across.T) + mean

    def _project(self, values: Tensor) -> Tensor:
        """Return the coefficients (n, k, l) of maps (n, rows, cols)."""
        return self.down @ (values @ self.across.T)

    def _synthesise(self, coefficients: Tensor) -> Tensor:
        """Return the maps (n, rows, cols) of coefficients (n, k, l)."""
        return (self.down.T @ coefficients) @ self.across

    def _solve(self, right: Tensor, pull: Tensor, first: int) -> Tensor:
        """Solve by conjugate gradients, each map until its estimated rms error is small enough."""
        target = self.settings.accuracy_mm_yr**2 * pull[0].numel()
        scale = 1 / (self.attenuation + self.response * pull.mean((1, 2), keepdim=True))
        solution = torch.empty_like(right)
        number = torch.arange(len(right), device=right.device)
        u, residual, direction = torch.zeros_like(right), right, scale * right
        power = _dots(residual, direction)
        active = torch.ones_like(power, dtype=torch.bool)
        for _ in range(_MAX_ITERATIONS):
            image = self._project(self._synthesise(self.root * direction).mul_(pull))
            image = self.attenuation * direction + self.root * image
            # a length of zero keeps what has converged as it is
            length = torch.where(active & (power > 0), power / _dots(direction, image), 0)
            u = u + length * direction
            residual = residual - length * image
            z = scale * residual
            active &= ~(_dots(self.root * z, self.root * z) <= target)  # not a number: goes on
            last, power = power, _dots(residual, z)
            direction = z + torch.where(last > 0, power / last, 0) * direction
            remaining = int(active.sum())
            if remaining <= (1 - _LEAVING_SHARE) * len(u):
                stay = active.flatten()
                solution[number[~stay]] = u[~stay]
                if remaining == 0:
                    return solution
                number, u, residual, direction, power, active, scale, pull = (
                    part[stay]
                    for part in (number, u, residual, direction, power, active, scale, pull)
                )
        raise InputError(
            f"matrix completion of map {first + int(number[active.flatten()][0])} did not reach "
            f"{self.settings.accuracy_mm_yr} mm/yr in {_MAX_ITERATIONS} iterations: check the "
            "values for outliers or raise matrix_completion.accuracy_mm_yr"
        )


def _dots(a: Tensor, b: Tensor) -> Tensor:
    """Inner product of every map's coefficients, (n, 1, 1)."""
    return (a * b).sum((1, 2), keepdim=True)


@contextmanager
def _whole_single_precision() -> Iterator[None]:
    """Products in all bits of float32, whatever the caller allows: TF32 has a thousandth."""
    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(precision)
