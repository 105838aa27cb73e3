"""Lines for a reader: what was searched, how sure it is, what moves, what nobody knows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

from groundmotion.aliases import Floats, Maps
from groundmotion.noise.look import LookNoise
from groundmotion.variogram.nested import NestedCovariance

# ASSUME: less of the ground than this is not worth a warning.
_SHARE_UNJUDGED = 0.01

#: So many areas are described.
_DESCRIBED = 3

#: Lags between which the distance of half of a covariance lies, metres.
_LAGS_M = (1e-3, 1e7)


def noise_line(look: str, noise: LookNoise) -> str:
    """Say how noisy the points of a look are, and how far they share it."""
    own, shared = np.sqrt([noise.covariance.nugget, sum(noise.covariance.sills)])
    line = (
        f"noise of {look}: {own:.2f} mm/yr of each point's own (standard deviation), "
        f"{shared:.2f} mm/yr that neighbours share"
    )
    half = half_distance_m(noise.covariance)
    return line if half is None else f"{line}, half of it within {half:.0f} m"


def half_distance_m(covariance: NestedCovariance) -> float | None:
    """Return the distance at which points share half of what near ones share.

    Returns
    -------
    Metres; None if points share nothing.

    Examples
    --------
    >>> round(half_distance_m(NestedCovariance(1.0, (100.0,), (2.0,))), 3)
    69.315
    """
    total = sum(covariance.sills)
    if not total > 0:
        return None
    return float(
        optimize.brentq(lambda d: float(covariance.between(np.array(d))) - total / 2, *_LAGS_M)
    )


def threshold_line(thresholds: Floats, false_areas_per_1000_km2: float) -> str:
    """Say what it takes to be told, and how often noise alone takes it."""
    lowest, highest = f"{thresholds.min():.1f}", f"{thresholds.max():.1f}"
    span = lowest if lowest == highest else f"{lowest} to {highest} (the smallest sources most)"
    noun = "area" if false_areas_per_1000_km2 == 1 else "areas"
    return (
        f"threshold: {span} standard deviations of this noise, which noise alone exceeds in "
        f"{false_areas_per_1000_km2:g} false {noun} per 1,000 km2"
    )


def source_lines(areas: pd.DataFrame, structures: pd.DataFrame) -> list[str]:
    """Say how much moves, and describe the areas that stand out most."""
    counts = _counted(len(areas), "area"), _counted(len(structures), "single structure")
    return [
        f"found: {counts[0]} and {counts[1]}",
        *(f"area {number}: {described(row)}" for number, (_, row) in enumerate(
            areas.head(_DESCRIBED).iterrows(), 1)),
    ]  # fmt: skip


def described(source: pd.Series) -> str:
    """Describe a source: peak, direction, size, certainty."""
    direction = "direction unsure" if source["direction"] == "none" else source["direction"]
    middle = source["geometry"].centroid
    return (
        f"peak {source['peak_mm_yr']:+.1f} ± {source['peak_std_mm_yr']:.1f} mm/yr (standard "
        f"error) along the line of sight, {direction}, {source['area_km2']:.2g} km2, down to a "
        f"tenth {source['size_m']:.0f} m from its middle at {middle.x:.0f}, {middle.y:.0f}; "
        f"{source['significance']:.1f} standard deviations of the noise"
    )


def silence(significance: Maps, near: NDArray[np.bool_]) -> list[str]:
    """Warn of ground of which nothing can be told.

    Parameters
    ----------
    significance
        (rows, cols), NaN where nothing can be judged.
    near
        Same shape: near enough to a point that its velocity is filled.
    """
    blind = np.isnan(significance)
    near_share = float(blind[near].mean()) if near.any() else 1.0
    if near_share < _SHARE_UNJUDGED and blind.mean() < _SHARE_UNJUDGED:
        return []
    return [
        f"of {near_share:.0%} of the ground near points and {blind.mean():.0%} of the whole extent "
        "nothing can be told, for want of points: that nothing can be seen there does not mean "
        "that nothing moves there"
    ]


def search_warnings(noises: Mapping[str, LookNoise], left_out: Mapping[str, str]) -> list[str]:
    """Collect what a reader should know of the noise, and of looks that were not searched."""
    told = [f"{look}: {words}" for look, noise in noises.items() for words in noise.warnings]
    return told + [f"{look} was not searched: {reason}" for look, reason in left_out.items()]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
