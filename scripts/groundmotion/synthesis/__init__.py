"""Synthetic labelled examples for training and testing (paper §III-B).

An example is X = D + T, deformation and atmosphere, seen at a sampling pattern and with spikes.
Each follows from its own seed and can be drawn again by itself.
"""

from groundmotion.synthesis.examples import (
    SPLITS,
    Example,
    ExampleSettings,
    NoiseRanges,
    draw_example,
    draw_observations,
    example_seed,
    observed_maps,
)
from groundmotion.synthesis.fill_trials import (
    TRIAL_COLUMNS,
    BowlMap,
    TrialSettings,
    draw_bowl_map,
    try_fills,
)
from groundmotion.synthesis.law import settings_from_config
from groundmotion.synthesis.masks import Masks, Pattern, band_of, masks_of
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
    "SPLITS",
    "TRIAL_COLUMNS",
    "BowlMap",
    "Example",
    "ExampleSettings",
    "Masks",
    "MiningLine",
    "MiningPoint",
    "NoiseRanges",
    "Pattern",
    "PointSource",
    "PrintedLine",
    "PrintedPoint",
    "TrackRanges",
    "TrialSettings",
    "Trough",
    "band_of",
    "draw_bowl_map",
    "draw_example",
    "draw_observations",
    "example_seed",
    "masks_of",
    "observed_maps",
    "settings_from_config",
    "try_fills",
]
