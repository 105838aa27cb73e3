"""Kriging by other models of the same map, to see what mends it where a bowl misleads the fit.

A bowl passes for atmosphere when the variogram is fitted on the map that holds it. Remedies: the
covariance of the whole region; a mean that follows a plane; or a local mean.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.interpolation import kriging
from groundmotion.interpolation.convolution import normalised_convolution
from groundmotion.interpolation.settings import (
    Covariance,
    FillSettings,
    KrigingSettings,
    NormalisedConvolutionSettings,
    Trend,
)
from groundmotion.names import KRIGING_MODELS

#: What fits a covariance to a map (rows, cols; NaN = no point).
Fit = Callable[[NDArray[np.floating]], Covariance]


def krige_by(
    model: str,
    values: NDArray[np.floating],
    settings: FillSettings,
    covariances: tuple[Covariance, Covariance],
    fit: Fit,
) -> NDArray[np.float32]:
    """Krige one map by one of :data:`groundmotion.names.KRIGING_MODELS`.

    Parameters
    ----------
    model
        ``kriging_regional``: with the covariance of the region. ``kriging_plane``: with that of
        the map about a plane. ``kriging_local_mean``: about a normalised convolution of σ = a
        tenth of the map, 20 px at most, with the covariance that ``fit`` finds in what is left.
    values
        (rows, cols), mm/yr, NaN where there is no point.
    settings
        Numbers of the fills.
    covariances
        That fitted on this map, and that of the region, where nothing deforms.
    fit
        Fits a covariance.

    Raises
    ------
    InputError
        If the model is unknown.
    """
    own, regional = covariances
    maps = np.asarray(values, np.float32)[None]
    if model == "kriging_regional":
        return kriging.kriging(maps, regional, settings.kriging, 1)[0]
    if model not in KRIGING_MODELS:
        raise InputError(f"kriging model {model!r}: expected one of {', '.join(KRIGING_MODELS)}")
    if model == "kriging_plane":
        return kriging.kriging(maps, own, _about(settings, "plane"), 1)[0]
    reach = NormalisedConvolutionSettings(min(20.0, min(maps.shape[1:]) / 10))
    mean = normalised_convolution(maps, reach, 1)
    residual = maps - mean
    return (mean + kriging.kriging(residual, fit(residual[0]), _about(settings, "none"), 1))[0]


def _about(settings: FillSettings, trend: Trend) -> KrigingSettings:
    return replace(settings.kriging, trend=trend)
