"""Algorithm 1 of the paper (§III-A): to the letter, and its fixed point at once.

How the symbols are read:

- ``M⁻¹`` in line 3 is the adjoint of M: it scatters the differences back onto the grid. A mask has
  no inverse, and in the algorithm that the paper builds on (Majumdar & Ward) it is the adjoint.
- ``λ`` is 1.1 × the largest eigenvalue of MᵀM, which is 1 for a mask.
- ``α₀ = 0.9 max |Mx|`` with x = y: nothing else is known on the mask.
- ``f`` compares with the last loss computed, also across outer steps, where α has changed.
- ``||·||₂`` is not squared, as printed in line 9 (equation 2 squares it).
- ``||x||`` without subscript is the nuclear norm of equation 2, or the entrywise L1 norm of the
  original algorithm: `MatrixCompletionSettings.loss`. It decides only when an inner loop ends.
- The original also ends an inner loop where the residual is below 1e-6; the paper does not print
  it: `MatrixCompletionSettings.residual_stop`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from groundmotion.interpolation.batches import as_maps, fill_each
from groundmotion.interpolation.delaunay import delaunay
from groundmotion.interpolation.diffusion import Diffusion, ErrorBounds, gaussian
from groundmotion.interpolation.settings import (
    BregmanSettings,
    DelaunaySettings,
    FillSettings,
    MatrixCompletionSettings,
)


def algorithm_1(
    values: NDArray[np.floating],
    start: NDArray[np.floating],
    settings: MatrixCompletionSettings,
) -> tuple[NDArray[np.float64], list[int]]:
    """Run Algorithm 1 on one map, in float64, with a full SVD in every step.

    Parameters
    ----------
    values
        y: (rows, cols), mm/yr, NaN where there is no point.
    start
        x₀: (rows, cols), mm/yr, without NaN: Delaunay interpolation of the median-filtered points.
    settings
        Its constants.

    Returns
    -------
    x
        Completed map, (rows, cols), mm/yr.
    iterations
        Inner iterations of every outer step; their sum is the number of SVDs.
    """
    mask = ~np.isnan(values)
    y = np.where(mask, values, 0.0).astype(np.float64)
    x = start.astype(np.float64)
    lam = settings.step_factor
    alpha_0 = settings.initial_alpha_factor * np.abs(y).max()
    alpha = alpha_0
    loss = _residual(x, y, mask) + alpha * _norm(x, settings)
    iterations = []
    while alpha > settings.tolerance * alpha_0:
        for k in range(1, settings.max_inner_iterations + 1):  # noqa: B007
            x = x + mask * (y - x) / lam
            x = _shrink(x, alpha / (2 * lam), settings.p)
            x = gaussian(x, settings.sigma_px)
            residual = _residual(x, y, mask)
            last, loss = loss, residual + alpha * _norm(x, settings)
            if abs(loss - last) < settings.tolerance * abs(loss + last):
                break
            if residual < settings.residual_stop:
                break
        iterations.append(k)
        alpha *= settings.cooling
    return x, iterations


def matrix_completion_reference(
    maps: NDArray[np.float32],
    settings: MatrixCompletionSettings,
    start: DelaunaySettings,
    threads: int,
) -> NDArray[np.float32]:
    """Fill every map by Algorithm 1 as printed, from its own starting point.

    Parameters
    ----------
    maps
        (n, rows, cols), mm/yr, NaN where there is no point, at least one point each.
    settings
        Constants of the algorithm.
    start
        Triangulation of x₀.
    threads
        Maps are shared out to so many.

    Returns
    -------
    Same shape, without NaN.
    """

    def fill(values: NDArray[np.float32]) -> NDArray[np.float64]:
        return algorithm_1(values, delaunay(values[None], start, 1)[0], settings)[0]

    return fill_each(fill, maps, threads)


def matrix_completion(
    maps: NDArray[np.float32], settings: MatrixCompletionSettings, threads: int
) -> NDArray[np.float32]:
    """Fill every map by Algorithm 1's fixed point, without SVD (see `diffusion`).

    Parameters
    ----------
    maps
        (n, rows, cols), mm/yr, NaN where there is no point, at least one point each.
    settings
        Constants of the algorithm and the accuracy asked for.
    threads
        Maps, or the transforms of one large map, are shared out to so many.

    Returns
    -------
    Same shape, without NaN.
    """
    return matrix_completion_bregman(maps, settings, BregmanSettings(rounds=1), threads)


def matrix_completion_bregman(
    maps: NDArray[np.float32],
    settings: MatrixCompletionSettings,
    bregman: BregmanSettings,
    threads: int,
) -> NDArray[np.float32]:
    """Fill by matrix completion, fill what that leaves at the points, add it, and so on.

    With F the fill and M the mask, ``x₀ = 0`` and ``xₖ₊₁ = xₖ + F(y − M xₖ)``. For nuclear-norm
    regularised problems these are Bregman's iterations, which add the residual back to the data
    (Osher et al. 2005; Ma, Goldfarb & Chen 2011): F is linear here, so both forms are one. As a
    smoother it is Tukey's twicing, repeated. Each round gives back some of what the one before
    flattened, and some of the spikes; one round is `matrix_completion`.

    Parameters
    ----------
    maps, settings, threads
        As for `matrix_completion`.
    bregman
        How many rounds.

    Returns
    -------
    Same shape, without NaN.
    """
    # DEVIATES: no singular values are shrunk. The paper cools its threshold to nothing, so only
    # the way to the fixed point differs; `Diffusion.bounds` says by how much the end can.
    shape = (maps.shape[1], maps.shape[2])
    inner = threads if len(maps) < threads else 1
    diffusion = Diffusion(shape, settings, inner)

    def fill(values: NDArray[np.float32]) -> NDArray[np.float32]:
        filled = diffusion.fill(values)[0]
        for _ in range(bregman.rounds - 1):
            filled = filled + diffusion.fill(values - filled)[0]
        return filled

    return fill_each(fill, maps, max(threads // inner, 1))


def _shrink(x: NDArray[np.float64], threshold: float, p: float) -> NDArray[np.float64]:
    """Lines 4–7: S ← max(0, S − threshold · S^(p−1)) on the singular values."""
    left, singular, right = linalg.svd(x, full_matrices=False, check_finite=False)
    positive = singular > 0
    singular[positive] -= threshold * singular[positive] ** (p - 1)
    product: NDArray[np.float64] = (left * np.maximum(singular, 0)) @ right
    return product


def _residual(x: NDArray[np.float64], y: NDArray[np.float64], mask: NDArray[np.bool_]) -> float:
    return float(np.linalg.norm((y - x)[mask]))


def _norm(x: NDArray[np.float64], settings: MatrixCompletionSettings) -> float:
    if settings.loss == "entrywise":
        return float(np.abs(x).sum())
    return float(linalg.svdvals(x, check_finite=False).sum())


def matrix_completion_bounds(
    values: NDArray[np.floating],
    filled: NDArray[np.float32],
    settings: FillSettings,
    within: NDArray[np.bool_] | None = None,
    threads: int = 1,
) -> ErrorBounds:
    """Bound how far a map filled by ``matrix_completion`` is from Algorithm 1.

    Parameters
    ----------
    values
        One map, (rows, cols), mm/yr, NaN where there is no point.
    filled
        What `matrix_completion` made of it.
    settings
        Those that it was filled with.
    within
        Pixels to bound the error of; None for all. Far from all points the bound is loose.
    threads
        Cores to use; does not change the result.

    Raises
    ------
    InputError
        If the map has no point or an infinite value.
    """
    sparse = as_maps(values)[0]
    shape = (sparse.shape[0], sparse.shape[1])
    with threadpool_limits(limits=1, user_api="blas"):
        diffusion = Diffusion(shape, settings.matrix_completion, threads)
        return diffusion.bounds(sparse, filled, within)
