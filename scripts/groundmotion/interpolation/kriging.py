"""Kriging with an exponential covariance and a nugget (paper §II-B, eq. 1): the best linear fill.

The points are ``y = F β + f + spikes``: a trend, a field of covariance C = a·exp(−b d) and
independent spikes of variance ν (the nugget). Wanted is ``F β + f``, without spikes. With K the
covariance of the points, R the rows of the points and ``P(v) = C Rᵀ K⁻¹ v``:

    β = (Fᵀ K⁻¹ F)⁻¹ Fᵀ K⁻¹ y,    filled = F β + P(y − R F β),
    variance = a − C Rᵀ K⁻¹ R C + d (Fᵀ K⁻¹ F)⁻¹ dᵀ,    d = F − P(R F).

``K⁻¹`` is a dense solve for few points, else conjugate gradients on the white field u = C^-½ f,

    (I + C^½ RᵀR C^½ / ν) u = C^½ Rᵀ y / ν,    P(y) = C^½ u,    K⁻¹ y = (y − R P(y)) / ν,

with C diagonal on a `Torus`, and preconditioned there. A constant trend need not be solved for by
itself then: it is a component of the field, of huge variance at frequency zero of the torus.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from groundmotion.errors import InputError
from groundmotion.interpolation.kriging_variance import block_variance
from groundmotion.interpolation.settings import Covariance, KrigingSettings, Trend
from groundmotion.interpolation.torus import Preconditioner, Torus, convolve
from groundmotion.variogram.model import fit_variogram
from groundmotion.variogram.pairs import empirical_variogram
from groundmotion.variogram.preparation import remove_plane, usable_lag_km, without_outliers

#: Pixels whose variances are computed at once.
_CHUNK_PX = 4096
#: Variance of a mean that is as good as free, in sills: it shrinks to the mean of the points by no
#: more than one part in 10⁴.
_FREE = 1e4


def kriging(
    maps: NDArray[np.float32], covariance: Covariance, settings: KrigingSettings, threads: int
) -> NDArray[np.float32]:
    """Fill by kriging.

    Parameters
    ----------
    maps
        (n, rows, cols), mm/yr, NaN where there is no point, at least one point each.
    covariance
        Of the points; a nugget below a hundredth of the sill counts as that.
    settings
        Trend and solver.
    threads
        For the transforms; does not change the result.

    Returns
    -------
    Same shape, without NaN.
    """
    model = _Model((maps.shape[1], maps.shape[2]), covariance, settings, threads)
    return np.stack([model.fill(values) for values in maps])


def kriging_std(
    maps: NDArray[np.float32], covariance: Covariance, settings: KrigingSettings, threads: int
) -> NDArray[np.float32]:
    """Return the standard deviation of the error of `kriging`.

    It is that of ``filled − (F β + f)``, spikes not included: near 0 among many points, √a far
    from all. It is exact up to ``settings.max_dense_points`` points, else approximated block by
    block (see `kriging_variance`).

    Parameters
    ----------
    maps, covariance, settings, threads
        As for `kriging`.

    Returns
    -------
    Of the shape of ``maps``, mm/yr.
    """
    model = _Model((maps.shape[1], maps.shape[2]), covariance, settings, threads)
    return np.stack([np.sqrt(model.variance(~np.isnan(values))) for values in maps])


#: v on the points ↦ P(v) on all pixels, K⁻¹ v on the points
_Solver = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


def fitted_covariance(
    values: NDArray[np.floating], pixel_m: float, settings: Mapping[str, float]
) -> Covariance:
    """Fit the covariance to the points that are to be filled.

    Parameters
    ----------
    values
        One map, (rows, cols), mm/yr, NaN where there is no point.
    pixel_m
        Size of a pixel, metres.
    settings
        ``config["variogram"]``: max_lag_km, bin_km, max_deviation_mm_yr, remove_plane.

    Raises
    ------
    InputError
        If there are too few points to fit.
    """
    background = without_outliers(values, settings["max_deviation_mm_yr"])
    if settings["remove_plane"]:
        background = remove_plane(background)
    lag_km = usable_lag_km(background, pixel_m, settings["max_lag_km"])
    empirical = empirical_variogram(background, pixel_m, lag_km, settings["bin_km"])
    return Covariance.from_variogram(asdict(fit_variogram(empirical)), pixel_m)


@dataclass(frozen=True)
class _Trends:
    """What the points tell of the trend; all of shape (trends, …)."""

    basis: NDArray[np.float64]
    #: K⁻¹ R F, on all pixels
    inverse: NDArray[np.float64]
    #: d = F − P(R F)
    remainder: NDArray[np.float64]
    #: Fᵀ K⁻¹ F
    information: NDArray[np.float64]


class _Model:
    """Kriging of maps of one shape."""

    def __init__(
        self,
        shape: tuple[int, int],
        covariance: Covariance,
        settings: KrigingSettings,
        threads: int,
    ) -> None:
        self.shape = shape
        self.covariance = covariance.solvable()
        self.settings = settings
        self.threads = threads

    @cached_property
    def torus(self) -> Torus:
        """The field."""
        return Torus(self.shape, self.covariance, self.threads)

    @cached_property
    def torus_with_mean(self) -> Torus:
        """The field and a constant of which next to nothing is known."""
        variance = _FREE * (self.covariance.a + self.covariance.nugget)
        return Torus(self.shape, self.covariance, self.threads, variance)

    def fill(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill one map; a constant mean joins the field, which saves one of two solves."""
        has_point = ~np.isnan(values)
        trend = self.settings.trend
        middle = 0.0 if trend == "none" else float(values[has_point].mean(dtype=np.float64))
        y = np.where(has_point, values - middle, 0).astype(np.float64)
        if trend == "constant" and has_point.sum() > self.settings.max_dense_points:
            filled, _ = self._iterative_solver(has_point, self.torus_with_mean)(y)
            return (middle + filled).astype(np.float32)
        solve = self._solver(has_point)
        filled, _ = solve(y)
        trends = self._trends(has_point, solve)
        beta = np.linalg.solve(trends.information, (trends.inverse * y).sum((1, 2)))
        return (middle + filled + np.tensordot(beta, trends.remainder, 1)).astype(np.float32)

    def variance(self, has_point: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Variance of the error, (rows, cols), mm²/yr²."""
        if has_point.sum() <= self.settings.max_dense_points:
            simple = self._dense_variance(has_point)
        else:
            simple = block_variance(
                has_point, self.covariance, self.settings.error_cell, self.threads
            )
        trends = self._trends(has_point, self._solver(has_point))
        if len(trends.basis) == 0:
            return simple
        d, spread = trends.remainder, np.linalg.inv(trends.information)
        trend = np.einsum("irc,ij,jrc->rc", d, spread, d, optimize=True)
        return (simple + trend).astype(np.float32)

    def _trends(self, has_point: NDArray[np.bool_], solve: _Solver) -> _Trends:
        basis = _trend_basis(self.shape, has_point, self.settings.trend)
        # P(v) on all pixels and K⁻¹v on the points, for v = R F
        pairs = [solve(np.where(has_point, column, 0)) for column in basis]
        predictions, inverse = (np.array([pair[k] for pair in pairs]) for k in (0, 1))
        inverse = inverse.reshape(basis.shape)
        information = np.einsum("irc,jrc->ij", inverse, basis * has_point)
        return _Trends(basis, inverse, basis - predictions.reshape(basis.shape), information)

    def _solver(self, has_point: NDArray[np.bool_]) -> _Solver:
        if has_point.sum() <= self.settings.max_dense_points:
            return self._dense_solver(has_point)
        return self._iterative_solver(has_point, self.torus)

    def _point_covariance(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """K of the points (n, 2)."""
        distance = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
        matrix = np.asarray(self.covariance.between(distance), np.float64)
        matrix[np.diag_indices_from(matrix)] += self.covariance.nugget
        return matrix

    def _dense_solver(self, has_point: NDArray[np.bool_]) -> _Solver:
        factor = linalg.cho_factor(self._point_covariance(np.argwhere(has_point)), lower=True)

        def solve(v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            weights = np.zeros(self.shape)
            weights[has_point] = linalg.cho_solve(factor, v[has_point])
            return convolve(weights, self.covariance, self.threads), weights

        return solve

    def _dense_variance(self, has_point: NDArray[np.bool_]) -> NDArray[np.float32]:
        rows, cols = self.shape
        points = np.argwhere(has_point)
        lower = linalg.cholesky(self._point_covariance(points), lower=True).astype(np.float32)
        lag = np.hypot(*np.ogrid[1 - rows : rows, 1 - cols : cols]).astype(np.float32)
        kernel = self.covariance.between(lag)
        out = np.empty(self.shape, np.float32)
        height = max(_CHUNK_PX // cols, 1)
        for top in range(0, rows, height):
            strip = out[top : top + height]
            # the covariances of a point with all pixels are a window of the kernel
            windows = np.empty((len(points), *strip.shape), np.float32)
            for index, (row, col) in enumerate(points):
                first = rows - 1 - row + top
                windows[index] = kernel[
                    first : first + len(strip), cols - 1 - col : 2 * cols - 1 - col
                ]
            b = windows.reshape(len(points), -1).T
            white = linalg.blas.strsm(1, lower, b, side=1, lower=1, trans_a=1, overwrite_b=1)
            reduction = (white**2).sum(axis=1, dtype=np.float64).reshape(strip.shape)
            strip[:] = np.maximum(self.covariance.a - reduction, 0)
        return out

    def _iterative_solver(self, has_point: NDArray[np.bool_], torus: Torus) -> _Solver:
        weights = has_point.astype(np.float32) / np.float32(self.covariance.nugget)
        preconditioner = Preconditioner(torus, weights)

        def solve(v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            right = torus.project(weights * v.astype(np.float32))
            u = self._conjugate_gradients(torus, weights, preconditioner, right)
            field = torus.synthesise(u).astype(np.float64)
            return field, weights * (v - field)

        return solve

    def _conjugate_gradients(
        self,
        torus: Torus,
        weights: NDArray[np.float32],
        preconditioner: Preconditioner,
        right: NDArray[np.complex64],
    ) -> NDArray[np.complex64]:
        u, residual, z = np.zeros_like(right), right.copy(), preconditioner.apply(right)
        direction, power = z.copy(), _dot(right, z)
        goal = self.settings.tolerance**2 * power
        for _ in range(self.settings.max_iterations):
            if power <= goal:
                return u
            image = torus.synthesise(direction)
            image *= weights
            product = direction + torus.project(image)
            length = np.float32(power / _dot(direction, product))
            u += length * direction
            residual -= length * product
            z = preconditioner.apply(residual)
            last, power = power, _dot(residual, z)
            direction = z + np.float32(power / last) * direction
        raise InputError(
            f"kriging did not reach the relative tolerance {self.settings.tolerance} in "
            f"{self.settings.max_iterations} iterations: raise kriging.max_iterations, or check "
            f"the covariance {self.covariance}"
        )


def _trend_basis(
    shape: tuple[int, int], has_point: NDArray[np.bool_], trend: Trend
) -> NDArray[np.float64]:
    """Columns of F as maps (trends, rows, cols), dropped where the points do not determine them."""
    rows, cols = shape
    row, col = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, cols), indexing="ij")
    columns = {"none": [], "constant": [np.ones(shape)], "plane": [np.ones(shape), row, col]}[trend]
    basis: list[NDArray[np.float64]] = []
    for column in columns:
        candidate = [c[has_point] for c in [*basis, column]]
        # ASSUME: a plane that the points do not determine (a line, one point) loses its tilt
        if np.linalg.matrix_rank(np.array(candidate), tol=1e-6) == len(candidate):
            basis.append(column)
    return np.array(basis).reshape(-1, rows, cols)


def _dot(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> float:
    """Inner product in an order that does not depend on the number of threads."""
    return float((a.real * b.real + a.imag * b.imag).sum(dtype=np.float64))
