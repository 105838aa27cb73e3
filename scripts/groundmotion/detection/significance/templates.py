"""Templates of motion of every size, and what points of a density can tell of them.

The matched filter for a template g on points with noise of covariance C is
``T = gᵀC⁻¹v / √(gᵀC⁻¹g)``, of unit variance where nothing moves. Its numerator is a convolution of
C⁻¹v for all places at once. Its denominator depends on where the points lie; where they lie evenly
with weight w a cell it is, on a torus, Σ |ĝ|² / (Ĉ + 1/w), and elsewhere nearly that with w the
mean weight under g². What is left is measured on noise (:mod:`.null`).
"""

import numpy as np

from groundmotion.aliases import Floats, Maps
from groundmotion.detection.shapes import FROM_ABOVE, HALF_WIDTH, UnitVector, unit_profile
from groundmotion.noise.whitening import NestedTorus, Spectrum, Whitener

#: Logarithms of weights a cell, 1/(mm²/yr²), at which denominators are tabulated.
_LOG_WEIGHTS = np.linspace(-12.0, 6.0, 91)
#: The spectrum of the noise is summed in so many classes.
_CLASSES = 240


def template_sizes(side_m: float, cell_m: float, ratio: float, largest_share: float) -> Floats:
    """Return sizes from one and a half cells to a share of the scene.

    Parameters
    ----------
    side_m
        Shorter side of the scene.
    cell_m
        Side of a cell.
    ratio
        Of neighbouring sizes.
    largest_share
        Of the scene that the widest template may span, at half its peak.

    Returns
    -------
    (sizes,) metres: of a point source at that depth; at least one.

    Examples
    --------
    >>> template_sizes(1000.0, 20.0, 1.5, 0.2).round(1).tolist()
    [30.0, 45.0, 67.5, 101.2]
    """
    smallest = 1.5 * cell_m
    largest = max(largest_share * side_m / HALF_WIDTH, smallest)
    count = int(np.log(largest / smallest) / np.log(ratio) + 1e-9) + 1
    return np.asarray(smallest * ratio ** np.arange(count), np.float64)


class Templates:
    """Templates on the torus of one look.

    Every size comes twice: as a point source, whose horizontal motion makes it lopsided in a look
    from the side, and as one that moves straight up or down. Against noise of long range the
    lopsidedness tells much.

    Parameters
    ----------
    whitener
        Of the look.
    sizes_m
        (sizes,) see :func:`template_sizes`.
    toward
        Unit vector toward the satellite.
    """

    def __init__(self, whitener: Whitener, sizes_m: Floats, toward: UnitVector) -> None:
        self.whitener = whitener
        #: (templates,) the sizes, twice
        self.sizes_m = np.tile(sizes_m, 2)
        torus = whitener.torus
        self._lags = torus.lags_m()
        north, east = torus.offsets_m()
        views = [toward] * len(sizes_m) + [FROM_ABOVE] * len(sizes_m)
        shapes = [
            unit_profile("point", east, north, float(size), view).astype(np.float32)
            for size, view in zip(self.sizes_m, views, strict=True)
        ]
        # Conjugate: a correlation with the points.
        self._kernels = [np.conj(torus.transform(g)).astype(np.complex64) for g in shapes]
        self._squares = [np.conj(torus.transform(g * g)).astype(np.complex64) for g in shapes]
        self._energy = [float((g.astype(np.float64) ** 2).sum()) for g in shapes]
        self._tables = [_table(torus, kernel) for kernel in self._kernels]

    def numerators(self, white: Maps) -> list[Maps]:
        """Return gᵀC⁻¹v at every cell for each template, from C⁻¹v (rows, cols)."""
        torus = self.whitener.torus
        spectrum = torus.transform(white)
        return [torus.filtered(spectrum, kernel) for kernel in self._kernels]

    def log_weights(self) -> list[Maps]:
        """Return the logarithm of the mean weight under g² at every cell, for each template."""
        torus, information = self.whitener.torus, self.whitener.information
        spectrum = torus.transform(information)
        least = np.exp(_LOG_WEIGHTS[0])
        means = (
            torus.filtered(spectrum, square) / energy
            for square, energy in zip(self._squares, self._energy, strict=True)
        )
        return [np.log(np.maximum(mean, least)) for mean in means]

    def even_denominators(self, log_weights: list[Maps]) -> list[Maps]:
        """Return gᵀC⁻¹g where points lay evenly with these weights, for each template."""
        return [
            np.exp(np.interp(weights, _LOG_WEIGHTS, table)).astype(np.float32)
            for weights, table in zip(log_weights, self._tables, strict=True)
        ]

    def points_within(self) -> list[Maps]:
        """Count the points within one size of every cell, at least its neighbours', by size."""
        torus = self.whitener.torus
        spectrum = torus.transform(self.whitener.points.counts.astype(np.float32))
        reaches = [max(size, 1.01 * torus.cell_m) for size in self.sizes_m]
        half = len(self.sizes_m) // 2
        discs = (torus.transform((self._lags <= r).astype(np.float32)) for r in reaches[:half])
        return 2 * [torus.filtered(spectrum, disc.real) for disc in discs]


def _table(torus: NestedTorus, kernel: Spectrum) -> Floats:
    """Tabulate log Σ |ĝ|² / (Ĉ + 1/w) over log w, frequencies of like power taken together."""
    power = (
        np.abs(kernel.astype(np.complex128)) ** 2 * torus.weight**2 / np.prod(torus.size)
    ).ravel()
    level = np.log(np.maximum(torus.power.ravel(), 1e-12))
    edges = np.linspace(level.min(), level.max() + 1e-9, _CLASSES + 1)
    place = np.clip(np.searchsorted(edges, level, side="right") - 1, 0, _CLASSES - 1)
    classes = np.bincount(place, power, _CLASSES)
    middle = np.exp((edges[1:] + edges[:-1]) / 2)
    return np.log([float((classes / (middle + np.exp(-w))).sum()) for w in _LOG_WEIGHTS])
