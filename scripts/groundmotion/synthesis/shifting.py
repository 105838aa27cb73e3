"""Shifts by name: read from the configuration, drawn at random, and applied."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from groundmotion.errors import InputError
from groundmotion.names import UNCHANGED
from groundmotion.synthesis.disturbed import Disturbed, SharedSpikes
from groundmotion.synthesis.examples import Example, ExampleSettings
from groundmotion.synthesis.shifts import (
    BurstRamps,
    GrossOutliers,
    HeavySpikes,
    MaternAtmosphere,
    Shift,
    StretchedAtmosphere,
    Unchanged,
    UniformSampling,
)

#: Branch of an example's seed that draws a mixture's shift.
_CHOICE = 0

#: Every shift by its name in ``config.yaml``; those with numbers find them under ``shifts``.
SHIFTS: dict[str, Callable[..., Shift]] = {
    UNCHANGED: Unchanged,
    "matern": MaternAtmosphere,
    "anisotropic": StretchedAtmosphere,
    "heavy_spikes": HeavySpikes,
    "gross_outliers": GrossOutliers,
    "ramps": BurstRamps,
    "shared_spikes": SharedSpikes,
    "disturbed": Disturbed,
    "uniform_sampling": UniformSampling,
}


def shifts_from_config(names: list[str], numbers: Mapping[str, Any]) -> dict[str, Shift]:
    """Make the named shifts.

    Parameters
    ----------
    names
        Keys of :data:`SHIFTS`.
    numbers
        Shift → its parameters, where it has any.

    Raises
    ------
    InputError
        If there is no such shift.
    """
    unknown = [name for name in names if name not in SHIFTS]
    if unknown:
        raise InputError(f"shifts {unknown}: expected some of {', '.join(SHIFTS)}")
    return {
        name: SHIFTS[name](
            **{
                key: tuple(value) if isinstance(value, list) else value
                for key, value in numbers.get(name, {}).items()
            }
        )
        for name in names
    }


def shifted(
    example: Example,
    settings: ExampleSettings,
    shift: tuple[str, Shift],
    seed_sequence: np.random.SeedSequence,
) -> Example:
    """Change an example.

    Parameters
    ----------
    example
        As the law draws it from ``seed_sequence``.
    settings
        The law.
    shift
        Its name and itself.
    seed_sequence
        Of the example; the shift draws from a branch of it that its name chooses.
    """
    rng = _branch(seed_sequence, zlib.crc32(shift[0].encode()))
    return shift[1].change(example, settings, rng)


def drawn_shift(mixture: Mapping[str, Shift], seed_sequence: np.random.SeedSequence) -> str:
    """Draw the name of one of a mixture's shifts for the example of a seed, all as likely."""
    names = list(mixture)
    return names[int(_branch(seed_sequence, _CHOICE).integers(len(names)))]


def _branch(seed_sequence: np.random.SeedSequence, number: int) -> np.random.Generator:
    key = (*seed_sequence.spawn_key, number)
    return np.random.default_rng(np.random.SeedSequence(seed_sequence.entropy, spawn_key=key))
