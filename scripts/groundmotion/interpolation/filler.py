"""A fill with all that it needs: its method, its numbers, a covariance, and how far it may reach.

The methods stand in :data:`groundmotion.names.FILLS`. The module of a method is imported when a map
is filled by it and not before, so that jobs start fast; rules name it for the digest of their code
(:func:`module_of`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundmotion.aliases import Maps
from groundmotion.errors import InputError
from groundmotion.grid import beyond_gap
from groundmotion.interpolation.batches import as_maps
from groundmotion.interpolation.settings import Covariance, FillSettings
from groundmotion.names import FILLS


@dataclass(frozen=True)
class Filler:
    """Fills sparse maps in one way; can be sent to a process.

    No result depends on the number of threads, or on the other maps of a batch.

    Parameters
    ----------
    method
        A key of :data:`groundmotion.names.FILLS`.
    settings
        Numbers of all methods.
    covariance
        Fitted on the points that are filled (or known, for simulated maps); needed by kriging.
    max_gap_px
        Cells farther than this from every point get no value by :meth:`near`.
    threads
        Cores to use; does not change the result.

    Raises
    ------
    InputError
        If the method is unknown, or needs a covariance and has none.
    """

    method: str
    settings: FillSettings
    covariance: Covariance | None = None
    max_gap_px: float = math.inf
    threads: int = 1

    def __post_init__(self) -> None:
        if self.method not in FILLS:
            raise InputError(f"unknown fill {self.method!r}: choose one of {', '.join(FILLS)}")
        if FILLS[self.method].needs_covariance and self.covariance is None:
            raise InputError(
                f"the fill {self.method} needs a covariance (nugget, a, b_per_km, pixel_m): fit a "
                "variogram first, or choose another fill"
            )

    @classmethod
    def from_config(
        cls,
        method: str,
        section: Mapping[str, Any],
        pixel_m: float,
        covariance: Covariance | None = None,
        threads: int = 1,
    ) -> "Filler":
        """Take the numbers from the section ``fills`` of the configuration.

        Raises
        ------
        InputError
            As for the class and for :meth:`FillSettings.from_config`.
        """
        gap_px = section["max_gap_m"] / pixel_m
        return cls(method, FillSettings.from_config(section), covariance, gap_px, threads)

    def __call__(self, sparse: NDArray[np.floating]) -> Maps:
        """Fill one map or a batch of maps.

        Parameters
        ----------
        sparse
            (rows, cols) or (n, rows, cols), mm/yr, NaN where there is no point; every map holds
            one point at least.

        Returns
        -------
        Same shape, mm/yr, without NaN (``none`` returns the map as it is, with its NaN).

        Raises
        ------
        InputError
            If a map has no point or an infinite value.
        """
        return self._apply(FILLS[self.method].function, sparse)

    def std(self, sparse: NDArray[np.floating]) -> Maps:
        """Return the standard deviation of the filled value about the true velocity, mm/yr.

        The true velocity is that without spikes.

        Raises
        ------
        InputError
            As for a call, and if the method does not state its error.
        """
        function = FILLS[self.method].error_function
        if not function:
            names = ", ".join(name for name, fill in FILLS.items() if fill.error_function)
            raise InputError(f"the fill {self.method} does not state its error; {names} does")
        return self._apply(function, sparse)

    def near(self, sparse: NDArray[np.floating], filled: NDArray[np.floating]) -> Maps:
        """Take out of filled maps what lies too far from every point: NaN there.

        Parameters
        ----------
        sparse, filled
            (rows, cols) or (n, rows, cols), mm/yr.
        """
        gaps = [beyond_gap(np.isfinite(values), self.max_gap_px) for values in as_maps(sparse)]
        far = np.reshape(gaps, np.shape(sparse))
        return np.where(far, np.float32(np.nan), np.asarray(filled, np.float32))

    def _apply(self, function: str, sparse: NDArray[np.floating]) -> Maps:
        fill = FILLS[self.method]
        covariances = (self.covariance,) if fill.needs_covariance else ()
        numbers = [getattr(self.settings, section) for section in fill.settings]
        maps = as_maps(sparse)
        # Loaded before: the limit knows only of libraries that are there.
        make = _function(function)
        with threadpool_limits(limits=1, user_api="blas"):
            filled: Maps = make(maps, *covariances, *numbers, self.threads)
        return filled.reshape(np.shape(sparse))


def module_of(method: str) -> str:
    """Return the dotted name of the module that fills by a method, for the digest of a rule's code.

    Examples
    --------
    >>> module_of("normalised_convolution")
    'groundmotion.interpolation.convolution'
    """
    return f"groundmotion.interpolation.{FILLS[method].function.partition('.')[0]}"


def _function(name: str) -> Callable[..., Maps]:
    module, _, function = name.partition(".")
    methods = import_module(f"groundmotion.interpolation.{module}")
    return getattr(methods, function)  # type: ignore[no-any-return]
