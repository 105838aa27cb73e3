"""Fill sparse velocity maps: every method behind one function (paper §III-A and better ones).

``fill(name, sparse, settings)`` takes one map (rows, cols) or a batch (n, rows, cols) in mm/yr with
NaN where there is no point, and returns the same shape without NaN. No result depends on the
number of threads, or on the other maps of a batch.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundmotion.aliases import Maps
from groundmotion.errors import InputError
from groundmotion.interpolation import convolution, delaunay, kriging, matrix_completion
from groundmotion.interpolation.batches import as_maps
from groundmotion.interpolation.settings import (
    Covariance,
    FillSettings,
)

Fill = Callable[[Maps, FillSettings, int], Maps]


def _covariance(settings: FillSettings) -> Covariance:
    if settings.covariance is None:
        raise InputError(
            "kriging needs a covariance (nugget, a, b_per_km, pixel_m): fit a variogram first and "
            "pass it as FillSettings.covariance"
        )
    return settings.covariance


#: Every way to fill, by its name in ``config.yaml``.
FILLS: dict[str, Fill] = {
    "none": lambda maps, *_: maps.copy(),
    "delaunay": lambda maps, settings, threads: delaunay.delaunay(maps, settings.delaunay, threads),
    "matrix_completion_reference": lambda maps, settings, threads: (
        matrix_completion.matrix_completion_reference(
            maps, settings.matrix_completion, settings.delaunay, threads
        )
    ),
    "matrix_completion": lambda maps, settings, threads: matrix_completion.matrix_completion(
        maps, settings.matrix_completion, threads
    ),
    "matrix_completion_bregman": lambda maps, settings, threads: (
        matrix_completion.matrix_completion_bregman(
            maps, settings.matrix_completion, settings.matrix_completion_bregman, threads
        )
    ),
    "normalised_convolution": lambda maps, settings, threads: convolution.normalised_convolution(
        maps, settings.normalised_convolution, threads
    ),
    "multiscale_convolution": lambda maps, settings, threads: convolution.multiscale_convolution(
        maps, settings.multiscale_convolution, threads
    ),
    "kriging": lambda maps, settings, threads: kriging.kriging(
        maps, _covariance(settings), settings.kriging, threads
    ),
}


def fill(
    name: str, sparse: NDArray[np.floating], settings: FillSettings, threads: int = 1
) -> NDArray[np.float32]:
    """Fill one map or a batch of maps.

    Parameters
    ----------
    name
        A key of `FILLS`.
    sparse
        (rows, cols) or (n, rows, cols), mm/yr, NaN where there is no point; every map holds one
        point at least.
    settings
        Of every method; ``covariance`` for kriging.
    threads
        Cores to use; does not change the result.

    Returns
    -------
    Same shape, mm/yr, without NaN (``none`` returns the map as it is, with its NaN).

    Raises
    ------
    InputError
        If the name is unknown, a map has no point or an infinite value, or a setting is missing.
    """
    if name not in FILLS:
        raise InputError(f"unknown fill {name!r}: choose one of {', '.join(FILLS)}")
    maps = as_maps(sparse)
    with threadpool_limits(limits=1, user_api="blas"):
        filled = FILLS[name](maps, settings, threads)
    return filled.reshape(np.shape(sparse))


def kriging_with_std(
    sparse: NDArray[np.floating], settings: FillSettings, threads: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fill by kriging and return the standard deviation of its error too.

    Parameters
    ----------
    sparse, settings, threads
        As for `fill`.

    Returns
    -------
    filled, std
        Shape of ``sparse``, mm/yr. ``std`` is that of the filled value about the true velocity
        without spikes.

    Raises
    ------
    InputError
        As for `fill`.
    """
    maps = as_maps(sparse)
    with threadpool_limits(limits=1, user_api="blas"):
        filled, std = kriging.kriging_with_std(
            maps, _covariance(settings), settings.kriging, threads
        )
    return filled.reshape(np.shape(sparse)), std.reshape(np.shape(sparse))


def kriging_std(
    sparse: NDArray[np.floating], settings: FillSettings, threads: int = 1
) -> NDArray[np.float32]:
    """Return the kriging standard deviation alone: where a filled map is a guess, mm/yr.

    Parameters, shape and errors as for `kriging_with_std`.
    """
    maps = as_maps(sparse)
    with threadpool_limits(limits=1, user_api="blas"):
        std = kriging.kriging_std(maps, _covariance(settings), settings.kriging, threads)
    return std.reshape(np.shape(sparse))
