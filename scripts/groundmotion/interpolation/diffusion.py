"""Algorithm 1 where its threshold has cooled to nothing: a linear problem, solved at once.

Without the SVD, Algorithm 1 repeats ``x ← G(x + Mᵀ(y − Mx)/λ)``: the Gaussian filter G diffuses,
the points pull back. Its fixed point solves ``(I − G(I − M/λ)) x = G Mᵀy/λ``. With mirrored borders
G is symmetric and diagonal in the cosine basis (DCT-II); with ``x = G^½ u`` the system is symmetric
and positive definite,

    (I − G + G^½ (M/λ) G^½) u = G^½ Mᵀy/λ,

so conjugate gradients solve it. Three things make it quick: the filter leaves only the lowest
frequencies (σ = 5 px: the first 19 % in each direction), so unknowns are few and the transforms
thin; the same system with the mean density in the place of M is diagonal and preconditions it; one
exact step at the end brings back the frequencies left out, of which the filter passes under 1 %.

How far the result can be from the fixed point, and that from Algorithm 1 with its threshold on, is
bounded by the expected life w of a random walker who steps by G and dies on a point with
probability 1/λ: G has no negative weight, so ``|x − x*| ≤ w · max |step(x) − x|``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundmotion.errors import InputError
from groundmotion.interpolation.cosines import CosineBand, MirroredFilter
from groundmotion.interpolation.settings import MatrixCompletionSettings

#: The Gaussian ends at this many standard deviations (SciPy's and MATLAB's usual).
TRUNCATE = 4.0
#: Frequencies that the filter passes less of than this are left to the last, exact step.
_CUTOFF = 0.01
#: How well the walker's life is solved for, steps: the first that suffices for a bound.
_LIFE_ACCURACIES = (1.0, 0.1, 0.01)
#: The preconditioned iteration needs 5 to 50; more means that something is wrong.
_MAX_ITERATIONS = 1000


@dataclass(frozen=True)
class ErrorBounds:
    """How far a filled map can be from Algorithm 1, in the worst of the pixels asked for.

    Parameters
    ----------
    solver_mm_yr
        Largest distance from the fixed point without SVD.
    threshold_mm_yr
        Largest distance between the fixed points without SVD and with the SVD's last, smallest
        threshold. (The printed algorithm may stop before it reaches its own fixed point: that is
        no error of this one, and no bound holds for it.)
    life_steps
        Largest expected life of the walker, steps of the filter: plain relaxation needs several
        times as many iterations.
    """

    solver_mm_yr: float
    threshold_mm_yr: float
    life_steps: float


def gaussian(values: NDArray[np.floating], sigma_px: float) -> NDArray[np.float64]:
    """Gaussian filter G(x, σ) with mirrored borders (…ba|abc…), over the last two axes."""
    filtered: NDArray[np.float64] = ndimage.gaussian_filter(
        values, sigma_px, mode="reflect", truncate=TRUNCATE, axes=(-2, -1)
    )
    return filtered


def kernel(sigma_px: float) -> NDArray[np.float64]:
    """Weights of the Gaussian in one direction, as `gaussian` uses them; their sum is 1."""
    radius = int(TRUNCATE * sigma_px + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma_px) ** 2)
    normalised: NDArray[np.float64] = weights / weights.sum()
    return normalised


class Diffusion:
    """The linear problem on maps of one shape.

    Parameters
    ----------
    shape
        (rows, cols).
    settings
        σ, λ and the accuracy.
    threads
        For the transforms of large maps; does not change the result.
    """

    def __init__(
        self, shape: tuple[int, int], settings: MatrixCompletionSettings, threads: int
    ) -> None:
        weights = kernel(settings.sigma_px)
        self.settings = settings
        self.band = CosineBand(shape, weights, _CUTOFF, threads)
        self.filter = MirroredFilter(shape, weights, threads)
        self.response = self.band.response
        self.root = np.sqrt(self.response).astype(np.float32)
        self.attenuation = (1 - self.response).astype(np.float32)

    def fill(self, values: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
        """Return the fixed point for one map (rows, cols; NaN = no point) and the iterations."""
        mask = ~np.isnan(values)
        mean = np.float32(values[mask].mean(dtype=np.float64))
        pull = mask.astype(np.float32) / np.float32(self.settings.step_factor)
        y = np.where(mask, values - mean, np.float32(0))
        right = self.root * self.band.project(pull * y)
        accuracy = self.settings.accuracy_mm_yr
        x, iterations = self._solve(right, pull, accuracy)
        return self._step(x, y, pull) + mean, iterations

    def bounds(
        self,
        values: NDArray[np.float32],
        filled: NDArray[np.float32],
        within: NDArray[np.bool_] | None = None,
    ) -> ErrorBounds:
        """Bound the error of ``filled`` by the walker's life (module docstring).

        The life w solves ``w = G (I − M/λ) w + 1``. From an approximate solution v with
        ``v − G (I − M/λ) v ≥ c > 0`` everywhere follows ``w ≤ v/c``.

        Parameters
        ----------
        values
            The map that was filled, (rows, cols), NaN where there is no point.
        filled
            What `fill` returned for it.
        within
            Pixels to bound the error of; None for all. Far from all points the bound is loose.
        """
        within = np.ones(filled.shape, dtype=bool) if within is None else within
        mask = ~np.isnan(values)
        pull = mask.astype(np.float32) / np.float32(self.settings.step_factor)
        zero = np.zeros_like(filled)
        ones = self.root * self.band.project(np.ones_like(filled))
        for accuracy_steps in _LIFE_ACCURACIES:
            # the solver finds what G has smoothed: w − 1 is one, and so is each next step
            life, _ = self._solve(ones, pull, accuracy_steps)
            life = self._step(life, zero, pull) + 1
            surplus = float((life - self._step(life, zero, pull)).min())
            if surplus > 0.5 and life.min() >= 0:
                break
        else:
            return ErrorBounds(np.inf, np.inf, np.inf)
        longest = float(life[within].max()) / surplus
        y = np.where(mask, values, np.float32(0))
        change = float(np.abs(self._step(filled, y, pull) - filled).max())
        return ErrorBounds(
            solver_mm_yr=longest * change,
            threshold_mm_yr=longest * self._last_shrinkage(float(np.abs(y).max())),
            life_steps=longest,
        )

    def _solve(
        self, right: NDArray[np.float32], pull: NDArray[np.float32], accuracy: float
    ) -> tuple[NDArray[np.float32], int]:
        """Solve by conjugate gradients until the estimated rms error is below ``accuracy``."""
        density = float(pull.mean(dtype=np.float64))
        scale = (1 / (1 - self.response + self.response * density)).astype(np.float32)
        u = np.zeros_like(right)
        residual = right.copy()
        z = scale * residual
        direction = z.copy()
        power = _dot(residual, z)
        for iteration in range(1, _MAX_ITERATIONS + 1):
            image = self.band.synthesise(self.root * direction)
            image *= pull
            image = self.attenuation * direction + self.root * self.band.project(image)
            length = np.float32(power / _dot(direction, image)) if power > 0 else np.float32(0)
            u += length * direction
            residual -= length * image
            z = scale * residual
            error = self.root * z  # estimate; the basis is orthonormal
            if _dot(error, error) <= accuracy**2 * pull.size:
                return self.band.synthesise(self.root * u), iteration
            last, power = power, _dot(residual, z)
            direction = z + np.float32(power / last) * direction
        raise InputError(
            f"matrix completion did not reach {accuracy} mm/yr in {_MAX_ITERATIONS} iterations: "
            "check the values for outliers or raise matrix_completion.accuracy_mm_yr"
        )

    def _step(
        self, x: NDArray[np.float32], y: NDArray[np.float32], pull: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """One step of Algorithm 1 without SVD: G(x + Mᵀ(y − Mx)/λ)."""
        return self.filter.apply(x + pull * (y - x))

    def _last_shrinkage(self, largest: float) -> float:
        """Most that the last SVD step can change any pixel after the filter, mm/yr.

        No singular value shrinks by more than ``s* = (α/2λ)^(1/(2−p))``, so the change Δ has
        spectral norm s* at most, and a pixel of GΔ is gᵢᵀ Δ gⱼ ≤ |gᵢ| s* |gⱼ|.
        """
        settings = self.settings
        first = settings.initial_alpha_factor * largest
        alpha = first
        while alpha * settings.cooling > settings.tolerance * first > 0:
            alpha *= settings.cooling
        shrinkage = (alpha / (2 * settings.step_factor)) ** (1 / (2 - settings.p))
        weights = kernel(settings.sigma_px)
        # at a mirrored border two weights fall on one pixel: at most twice the square
        return float(shrinkage * 2 * (weights**2).sum())


def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Inner product in an order that does not depend on the number of threads."""
    return float((a * b).sum(dtype=np.float64))
