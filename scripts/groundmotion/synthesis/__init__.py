"""Synthetic labelled examples for training and testing (paper §III-B).

An example is X = D + T, deformation and atmosphere, seen at a sampling pattern and with spikes.
Each follows from its own seed and can be drawn again by itself.
"""

from groundmotion.synthesis.backgrounds import (
    Background,
    draw_on_background,
    window_corners,
    with_windows,
)
from groundmotion.synthesis.examples import (
    SPLITS,
    Example,
    ExampleSettings,
    NoiseRanges,
    draw_example,
    example_seed,
)
from groundmotion.synthesis.fill_trials import (
    TRIAL_COLUMNS,
    BowlMap,
    TrialSettings,
    draw_bowl_map,
    try_fills,
)
from groundmotion.synthesis.filling import KRIGED, Kriging, near_points, to_be_kriged
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern, band_of, masks_of
from groundmotion.synthesis.observations import (
    REAL_BACKGROUND,
    Observations,
    draw_observations,
    draw_shifted_observations,
    observed_maps,
    packed,
    second_look_observations,
)
from groundmotion.synthesis.shifting import (
    SHIFTS,
    UNCHANGED,
    shifted,
    shifts_from_config,
)
from groundmotion.synthesis.shifts import Shift
from groundmotion.synthesis.sources import (
    MiningLine,
    MiningPoint,
    PointSource,
    PrintedLine,
    PrintedPoint,
    TrackRanges,
    Trough,
)

__all__ = [
    "KRIGED",
    "REAL_BACKGROUND",
    "SHIFTS",
    "SPLITS",
    "TRIAL_COLUMNS",
    "UNCHANGED",
    "Background",
    "BowlMap",
    "Example",
    "ExampleSettings",
    "Kriging",
    "Masks",
    "MiningLine",
    "MiningPoint",
    "NoiseRanges",
    "Observations",
    "Pattern",
    "PointSource",
    "PrintedLine",
    "PrintedPoint",
    "Shift",
    "TrackRanges",
    "TrialSettings",
    "Trough",
    "band_of",
    "draw_bowl_map",
    "draw_example",
    "draw_observations",
    "draw_on_background",
    "draw_shifted_observations",
    "example_seed",
    "masks_of",
    "near_points",
    "observed_maps",
    "packed",
    "second_look_observations",
    "settings_from_config",
    "shifted",
    "shifts_from_config",
    "to_be_kriged",
    "try_fills",
    "window_corners",
    "with_windows",
]
