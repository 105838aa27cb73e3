"""The law of examples as the configuration states it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.errors import InputError
from groundmotion.synthesis.examples import ExampleSettings, NoiseRanges
from groundmotion.synthesis.sources import (
    MiningLine,
    MiningPoint,
    PrintedLine,
    PrintedPoint,
    SourceRanges,
    TrackRanges,
)


def settings_from_config(
    law: Mapping[str, Any], spike_pool: NDArray[np.float32] | None
) -> ExampleSettings:
    """Read what decides how an example looks.

    Parameters
    ----------
    law
        ``size_px, pixel_m, noise, density, poisson_ratio, tracks, min_d_prime`` and
        ``source`` (point, line), ``preset`` (as_printed, mining), ``ranges`` (of that preset and
        source) and ``printed`` (those of as_printed, which give the shape of mining troughs).
    spike_pool
        Measured spikes, or None for Gaussian ones.

    Raises
    ------
    InputError
        If there is no such source and preset, or no point is left at the lowest density.
    """
    size_px, density = int(law["size_px"]), _range(law["density"])
    if density[0] * size_px**2 < 1:
        raise InputError(
            f"examples.density {list(density)}: expected at least one point per window"
        )
    return ExampleSettings(
        size_px=size_px,
        pixel_m=float(law["pixel_m"]),
        noise=NoiseRanges(**{key: _range(limits) for key, limits in law["noise"].items()}),
        density=density,
        sources=_source_ranges(law),
        min_d_prime=float(law["min_d_prime"]),
        spike_pool=spike_pool,
    )


def _source_ranges(law: Mapping[str, Any]) -> SourceRanges:
    kind, ranges = (law["source"], law["preset"]), _ranges(law["ranges"])
    poisson = float(law["poisson_ratio"])
    if kind == ("point", "as_printed"):
        return PrintedPoint(**ranges, poisson=poisson)
    if kind == ("point", "mining"):
        return MiningPoint(**ranges, poisson=poisson)
    tracks = TrackRanges(**_ranges(law["tracks"]))
    if kind == ("line", "as_printed"):
        return PrintedLine(**ranges, tracks=tracks)
    if kind == ("line", "mining"):
        return MiningLine(**ranges, printed=PrintedLine(**_ranges(law["printed"]), tracks=tracks))
    raise InputError(f"source and preset {kind}: expected point or line, as_printed or mining")


def _ranges(section: Mapping[str, Any]) -> dict[str, Any]:
    """Turn lists into pairs and leave single numbers."""
    return {
        key: _range(value) if isinstance(value, list | tuple) else value
        for key, value in section.items()
    }


def _range(limits: Any) -> tuple[float, float]:
    low, high = (float(limit) for limit in limits)
    return low, high
