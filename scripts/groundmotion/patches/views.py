"""From the views of a wrapped window to one probability (paper §III-C).

Over-wrapping shows a network the same window several times, once for every interval and offset.
Its probabilities of these views are combined into one before that is calibrated.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from groundmotion.errors import InputError
from groundmotion.names import COMBINATIONS
from groundmotion.patches.wrapping import WrapSet

#: As the paper prints it: the largest over offsets, the mean over intervals.
PRINTED = "largest_offset"


def combine(
    probability: NDArray[np.floating], wraps: Sequence[WrapSet], combination: str
) -> NDArray[np.float64]:
    """Combine the probabilities that a network gives of each view.

    Parameters
    ----------
    probability
        (views, …) of deformation, in the order of :func:`views`.
    wraps
        Intervals and offsets that the views are of.
    combination
        ``largest_offset``: the largest over the offsets of an interval, and the mean of these over
        intervals (§III-C). ``mean_logit``: the mean of all log odds, as a probability. ``first``:
        the first view, and no other.

    Returns
    -------
    Probability, without the first axis.

    Raises
    ------
    InputError
        If the combination is unknown or the views are not those of the wraps.

    Examples
    --------
    >>> wraps = (WrapSet(14.0, (0.0, 7.0)), WrapSet(7.0, (0.0,)))
    >>> combine(np.array([0.2, 0.8, 0.4]), wraps, "largest_offset").round(3)
    np.float64(0.6)
    """
    check_combination(combination)
    probabilities = np.asarray(probability, np.float64)
    if len(probabilities) != len(views(wraps)):
        raise InputError(
            f"{len(probabilities)} views, but intervals and offsets make {len(views(wraps))}"
        )
    merged: NDArray[np.float64] = COMBINERS[combination](probabilities, wraps)
    return merged


def check_combination(combination: str) -> None:
    """Raise an InputError if there is no such combination of views."""
    if combination not in COMBINATIONS:
        raise InputError(
            f"wrap_combination {combination!r}: expected one of {', '.join(COMBINATIONS)}; correct "
            "it in config.yaml and calibrate the model again"
        )


def views(wraps: Sequence[WrapSet]) -> list[tuple[float, float]]:
    """Interval and offset of every view, mm/yr, in the order in which they are shown."""
    return [(wrap.interval_mm_yr, offset) for wrap in wraps for offset in wrap.offsets_mm_yr]


def view_names(wraps: Sequence[WrapSet]) -> list[str]:
    """Name of every view as a column of a table.

    Examples
    --------
    >>> view_names((WrapSet(7.0, (0.0, 3.5)),))
    ['interval_7_offset_0', 'interval_7_offset_3.5']
    """
    return [f"interval_{interval:g}_offset_{offset:g}" for interval, offset in views(wraps)]


def views_needed(wraps: Sequence[WrapSet], combination: str) -> tuple[WrapSet, ...]:
    """Return the wraps that a combination of views looks at."""
    if combination != "first":
        return tuple(wraps)
    return (WrapSet(wraps[0].interval_mm_yr, wraps[0].offsets_mm_yr[:1]),)


def _largest_offset(
    probabilities: NDArray[np.float64], wraps: Sequence[WrapSet]
) -> NDArray[np.float64]:
    starts = np.cumsum([0, *(len(wrap.offsets_mm_yr) for wrap in wraps[:-1])])
    return np.asarray(np.maximum.reduceat(probabilities, starts).mean(0))


def _mean_logit(probabilities: NDArray[np.float64], _: Sequence[WrapSet]) -> NDArray[np.float64]:
    # One view that is certain of both would be infinite twice, and their mean undefined.
    margin = np.finfo(np.float64).epsneg
    return np.asarray(expit(logit(np.clip(probabilities, margin, 1 - margin)).mean(0)))


def _first(probabilities: NDArray[np.float64], _: Sequence[WrapSet]) -> NDArray[np.float64]:
    return probabilities[0]


#: Every combination by its name.
COMBINERS: dict[str, Callable[..., NDArray[np.float64]]] = {
    PRINTED: _largest_offset,
    "mean_logit": _mean_logit,
    "first": _first,
}
