"""How an extent is searched, and what supplies its points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundmotion.aliases import Bounds
from groundmotion.noise.look import LookPoints, NoiseSettings

#: Supplies the points of a look in an extent.
Supply = Callable[[str, Bounds], LookPoints]


@dataclass(frozen=True)
class SearchSettings:
    """How an extent is searched.

    Parameters
    ----------
    noise
        How noise is fitted.
    false_areas_per_1000_km2
        That the threshold allows.
    cell_m
        Smallest side of cells; wider where points are sparse.
    cell_postings
        Side of cells over the distance of neighbouring points, at least.
    size_ratio
        Of neighbouring sizes.
    largest_share
        Of the shorter side that the widest template may span.
    min_points
        Places with fewer points within a size are not judged at it.
    joining_share
        Of the threshold, that what joins a source needs.
    rounds
        Of the pursuit, at most.
    window_m, halo_m
        Extents up to the first on a side are searched in one piece; windows of larger ones see
        the second beyond their sides.
    drawn_km2
        Ground on which noise is drawn, draws included.
    seed
        Of the draws.
    """

    noise: NoiseSettings
    false_areas_per_1000_km2: float
    cell_m: float
    cell_postings: float
    size_ratio: float
    largest_share: float
    min_points: int
    joining_share: float
    rounds: int
    window_m: float
    halo_m: float
    drawn_km2: float
    seed: int

    @classmethod
    def from_config(cls, section: Mapping[str, Any], seed: int) -> "SearchSettings":
        """Read the section ``significance`` of the configuration."""
        own = dict(section)
        noise = dict(own.pop("noise"))
        noise["ranges_m"] = tuple(noise["ranges_m"])
        return cls(noise=NoiseSettings(**noise), seed=seed, **own)
