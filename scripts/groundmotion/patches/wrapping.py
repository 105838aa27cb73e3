"""Over-wrapping of velocity maps and the images a network is shown (paper §III-C).

Everything here takes NumPy arrays and torch tensors alike and returns the same kind.
"""

import math
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from groundmotion.errors import InputError

Array = TypeVar("Array")

#: Largest value of an eight-bit grey image.
GREY_MAX = 255.0

#: Channels of the network image of each input kind.
CHANNELS = {
    "wrapped": 1,
    "wrapped_sincos": 2,
    "unwrapped": 1,
    "unwrapped_std": 2,
    "unwrapped_looks": 2,
}

#: Input kinds that are made of two maps, and those that are wrapped; the others of one and not.
_TWO_MAPS = ("unwrapped_std", "unwrapped_looks")
_WRAPPED = ("wrapped", "wrapped_sincos")

OFFSET_MODES = ("fixed", "fractional")

# Offsets that agree to this many decimals of a mm/yr give the same image.
_OFFSET_DECIMALS = 9


@dataclass(frozen=True)
class WrapSet:
    """One wrap interval with the offsets that give different images, mm/yr."""

    interval_mm_yr: float
    offsets_mm_yr: tuple[float, ...]


@dataclass(frozen=True)
class ImageSettings:
    """How a velocity window becomes a network image.

    Parameters
    ----------
    kind
        ``wrapped`` (grey image of the wrapped phase), ``wrapped_sincos`` (its sine and cosine),
        ``unwrapped`` (velocity less the window's median), ``unwrapped_std`` (that and the standard
        deviation of the fill) or ``unwrapped_looks`` (that of two looks).
    scale_mm_yr
        Velocity that counts as one in ``unwrapped`` images, mm/yr.

    Raises
    ------
    InputError
        For an unknown kind or a scale that is not positive.
    """

    kind: str
    scale_mm_yr: float

    def __post_init__(self) -> None:
        if self.kind not in CHANNELS:
            raise InputError(
                f"network input {self.kind!r}: expected one of {', '.join(CHANNELS)}; "
                "check the arms in config.yaml"
            )
        if not self.scale_mm_yr > 0:
            raise InputError(f"scale_mm_yr {self.scale_mm_yr}: expected a positive velocity")

    @property
    def channels(self) -> int:
        """Number of image channels."""
        return CHANNELS[self.kind]

    @property
    def is_wrapped(self) -> bool:
        """Whether the image depends on the wrap interval and offset."""
        return self.kind in _WRAPPED

    @property
    def maps(self) -> int:
        """Number of maps that an image is made of."""
        return 2 if self.kind in _TWO_MAPS else 1

    @property
    def masks(self) -> int:
        """Number of masks that go with an image: one for each look."""
        return 2 if self.kind == "unwrapped_looks" else 1


def wrap(velocity_mm_yr: Array, interval_mm_yr: Any, offset_mm_yr: Any) -> Array:
    """Wrap velocities to a phase: ψ + τ modulo µ, one cycle per interval (paper §III-C).

    Parameters
    ----------
    velocity_mm_yr
        Any shape, NaN where there is no data.
    interval_mm_yr
        Wrap interval µ, mm/yr per cycle; a number or an array that broadcasts.
    offset_mm_yr
        Added before wrapping (τ), mm/yr; likewise.

    Returns
    -------
    Phase in [−π, π), radians; zero where velocity + offset is a multiple of the interval. NaN stays
    NaN.

    Examples
    --------
    >>> wrap(np.array([0.0, 7.0, 10.5]), 14.0, 0.0).round(3).tolist()
    [0.0, -3.142, -1.571]
    """
    velocity: Any = velocity_mm_yr
    # Half a cycle more leaves no number so close below zero that its remainder rounds to one.
    fraction = ((velocity + offset_mm_yr) / interval_mm_yr + 0.5) % 1.0
    wrapped: Array = fraction * (2 * math.pi) - math.pi
    return wrapped


def distinct_wraps(
    intervals_mm_yr: Sequence[float], offsets_mm_yr: Sequence[float], mode: str
) -> tuple[WrapSet, ...]:
    """List the wraps that give different images.

    Parameters
    ----------
    intervals_mm_yr
        Wrap intervals µ, positive.
    offsets_mm_yr
        Offsets τ as the paper prints them, for the largest interval.
    mode
        ``fixed``: the same offsets for every interval, as printed. Offsets that are equal modulo
        µ give the same image and are kept once (8 of the paper's 16 remain).
        ``fractional``: offsets are scaled with the interval, so that the paper's are 0, ¼, ½ and ¾
        of each.

    Raises
    ------
    InputError
        For an unknown mode, an empty list or an interval that is not positive.

    Examples
    --------
    >>> wraps = distinct_wraps((14, 7, 3.5, 1.75), (0, 3.5, 7, 10.5), "fixed")
    >>> [len(w.offsets_mm_yr) for w in wraps]
    [4, 2, 1, 1]
    """
    if mode not in OFFSET_MODES:
        raise InputError(f"offset mode {mode!r}: expected one of {', '.join(OFFSET_MODES)}")
    if not intervals_mm_yr or not offsets_mm_yr or min(intervals_mm_yr) <= 0:
        raise InputError(
            f"wrap intervals {list(intervals_mm_yr)}, offsets {list(offsets_mm_yr)}: expected at "
            "least one of each, intervals positive"
        )
    largest = max(intervals_mm_yr)
    wraps = []
    for interval in dict.fromkeys(intervals_mm_yr):
        scale = interval / largest if mode == "fractional" else 1.0
        offsets = [_modulo(offset * scale, interval) for offset in offsets_mm_yr]
        wraps.append(WrapSet(float(interval), tuple(dict.fromkeys(offsets))))
    return tuple(wraps)


def _modulo(offset: float, interval: float) -> float:
    remainder = round(offset % interval, _OFFSET_DECIMALS)
    return 0.0 if remainder == round(interval, _OFFSET_DECIMALS) else float(remainder)


def to_grey(phase: Array) -> Array:
    """Map phase to grey by one fixed rule, [−π, π) → [0, 255], and no data (NaN) to 0.

    Grey levels are not rounded to whole numbers.

    Examples
    --------
    >>> to_grey(np.array([-np.pi, 0.0, np.nan])).round(9).tolist()
    [0.0, 127.5, 0.0]
    """
    # DEVIATES: the author's earlier code scaled training images by each patch's own range and
    # prediction images by a fixed one; here both use the fixed one.
    values: Any = phase
    grey = (values + math.pi) * (GREY_MAX / (2 * math.pi))
    scaled: Array = _namespace(values).where(values == values, grey, 0.0)  # noqa: PLR0124
    return scaled


def network_image(
    velocity_mm_yr: Array,
    settings: ImageSettings,
    interval_mm_yr: Any,
    offset_mm_yr: Any,
    *,
    centred: bool,
) -> tuple[Array, Array]:
    """Make the images of a batch of windows.

    Parameters
    ----------
    velocity_mm_yr
        (n, rows, cols) filled velocity, NaN where there is no data; (n, 2, rows, cols) for kinds of
        two maps: velocity and standard deviation, or the velocities of two looks.
    settings
        The kind of image.
    interval_mm_yr, offset_mm_yr
        Wrap interval and offset: numbers, or arrays (n, 1, 1) with one for each window. Not used
        by ``unwrapped`` images.
    centred
        Whether ``unwrapped`` images have the median of each window taken off. Networks that a
        constant cannot reach do without, which lets neighbouring windows share their work.

    Returns
    -------
    image
        (n, channels, rows, cols). ``wrapped``: grey level scaled to [−1, 1]; ``wrapped_sincos``:
        sine, cosine; the others: velocity, or standard deviation, over ``scale_mm_yr``. No data is
        grey 0 in the first and 0 in the others.
    mask
        (n, masks, rows, cols), 1 where there is data and 0 elsewhere.

    Raises
    ------
    InputError
        If there are more or fewer maps than the kind takes.
    """
    velocity: Any = velocity_mm_yr
    if velocity.ndim != (4 if settings.maps > 1 else 3):
        raise InputError(
            f"network input {settings.kind}: expected {settings.maps} map(s) a window, got windows "
            f"of shape {tuple(velocity.shape[1:])}"
        )
    xp = _namespace(velocity)
    if settings.kind == "unwrapped_looks":
        single = ImageSettings("unwrapped", settings.scale_mm_yr)
        parts = [
            network_image(velocity[:, i], single, interval_mm_yr, offset_mm_yr, centred=centred)
            for i in (0, 1)
        ]
        return tuple(xp.concatenate(pair, 1) for pair in zip(*parts, strict=True))  # type: ignore[return-value]
    spread = None
    if settings.kind == "unwrapped_std":
        velocity, spread = velocity[:, 0], abs(velocity[:, 1])
    valid = velocity == velocity  # noqa: PLR0124
    if not settings.is_wrapped:
        relative = velocity - _window_median(velocity) if centred else velocity
        planes = [relative / settings.scale_mm_yr]
        if spread is not None:
            planes.append(xp.where(valid, spread / settings.scale_mm_yr, 0.0))
    else:
        phase = wrap(velocity, interval_mm_yr, offset_mm_yr)
        if settings.kind == "wrapped":
            planes = [to_grey(phase) * (2.0 / GREY_MAX) - 1.0]
        else:
            planes = [xp.sin(phase), xp.cos(phase)]
    if settings.kind != "wrapped":
        # a tenth of the time that choosing by the mask takes
        planes = [xp.nan_to_num(p, nan=0.0, posinf=math.inf, neginf=-math.inf) for p in planes]
    mask = xp.asarray(valid, dtype=velocity.dtype)
    return xp.stack(planes, 1), mask[:, None]


def _window_median(velocity: Any) -> Any:
    """Return the lower median of each window's valid cells, (n, 1, 1); NaN where there is none."""
    flat = velocity.reshape(len(velocity), -1)
    if not isinstance(velocity, np.ndarray):
        return flat.nanmedian(1).values[:, None, None]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(flat, 0.5, axis=1, method="lower")[:, None, None]


def _namespace(values: Any) -> Any:
    """Return the module that works on an array: NumPy, or torch without importing it here."""
    return np if isinstance(values, np.ndarray) else sys.modules["torch"]


def wraps_from(description: Mapping[str, Any]) -> tuple[WrapSet, ...]:
    """Intervals and offsets of the views that a model was trained on, from its model.json."""
    return tuple(
        WrapSet(wrap["interval_mm_yr"], tuple(wrap["offsets_mm_yr"]))
        for wrap in description["wraps"]
    )
