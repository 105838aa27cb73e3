"""Synthetic interferograms of volcanoes, D + αS + βT (Anantrasirichai et al. 2019, §2.2).

A network that has learnt these is where training on velocity maps may start, as the paper's did.
Everything here is line-of-sight displacement in mm, positive toward the satellite; wrapped at one
fringe, it is the interferogram.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundmotion.aliases import Maps, Range
from groundmotion.constants import PASSES, SENTINEL1_UK, LookGeometry
from groundmotion.deformation import point_source, point_source_peak_los, project_los
from groundmotion.errors import InputError
from groundmotion.names import TRAINING_SPLITS
from groundmotion.noise.model import CorrelatedField

# Keeps these seeds apart from those of other examples.
_STREAM = 2019
#: Sources drawn before giving up on ever seeing one.
_MAX_SOURCES = 1000


@dataclass(frozen=True)
class Relief:
    """Ground that stratified air follows: a cone on a rough plain. Every range is uniform.

    ``roughness_m`` is the standard deviation of the plain, a Gaussian field of exponential
    covariance: at distances below ``roughness_e_folding_km`` it is fractal.
    """

    cone_height_m: Range
    cone_radius_m: Range
    roughness_m: Range
    roughness_e_folding_km: float
    delay_mm_per_km: Range


@dataclass(frozen=True)
class VolcanoSettings:
    """The law that interferograms follow. Every range is uniform.

    Parameters
    ----------
    size_px, pixel_m
        Side of the image and of its pixels.
    depth_m, log10_volume_change_m3, poisson_ratio
        Of the point source (Mogi) that makes D.
    incidence_deg
        Of the look; its heading is that of either pass.
    centre_share
        Where the cone stands, in shares of the image's side.
    source_offset_m
        Distance of the source from it, in any direction.
    min_peak_mm
        Sources whose largest displacement is below are drawn again.
    relief
        Of the stratified S.
    variance_mm2, e_folding_km
        Of the turbulent T: covariance σ² e^(−d / e_folding).
    alpha, beta
        Weights of S and T.
    """

    size_px: int
    pixel_m: float
    depth_m: Range
    log10_volume_change_m3: Range
    poisson_ratio: float
    incidence_deg: Range
    centre_share: Range
    source_offset_m: Range
    min_peak_mm: float
    relief: Relief
    variance_mm2: Range
    e_folding_km: Range
    alpha: Range
    beta: Range


@dataclass(frozen=True)
class Volcano:
    """A labelled interferogram: ``displacement`` is D + αS + βT, ``deformation`` D alone, mm."""

    displacement: Maps
    deformation: Maps
    label: int
    parameters: dict[str, Any]


def settings_from_config(section: Mapping[str, Any], poisson_ratio: float) -> VolcanoSettings:
    """Read the law of interferograms from the section ``volcanoes``."""
    relief = section["relief"]
    ground = ("cone_height_m", "cone_radius_m", "roughness_m", "delay_mm_per_km")
    ranges = (
        "depth_m", "log10_volume_change_m3", "incidence_deg", "centre_share", "source_offset_m",
        "variance_mm2", "e_folding_km", "alpha", "beta",
    )  # fmt: skip
    return VolcanoSettings(
        size_px=int(section["size_px"]),
        pixel_m=float(section["pixel_m"]),
        min_peak_mm=float(section["min_peak_mm"]),
        poisson_ratio=poisson_ratio,
        relief=Relief(
            roughness_e_folding_km=float(relief["roughness_e_folding_km"]),
            **{name: _range(relief[name]) for name in ground},
        ),
        **{name: _range(section[name]) for name in ranges},
    )


def _range(limits: Sequence[float]) -> Range:
    lowest, highest = limits
    return float(lowest), float(highest)


def draw_volcano(
    settings: VolcanoSettings, label: int, seed_sequence: np.random.SeedSequence
) -> Volcano:
    """Draw one interferogram; both classes draw ground and air in the same way.

    Parameters
    ----------
    settings
        The law.
    label
        1 for an interferogram with deformation.
    seed_sequence
        From which everything follows.
    """
    rng = np.random.default_rng(seed_sequence)
    heading = SENTINEL1_UK[PASSES[int(rng.integers(len(PASSES)))]].heading_deg
    look = LookGeometry(float(rng.uniform(*settings.incidence_deg)), heading)
    side_m = settings.size_px * settings.pixel_m
    east, north = rng.uniform(*settings.centre_share, size=2) * side_m
    alpha, beta = (float(rng.uniform(*limits)) for limits in (settings.alpha, settings.beta))
    air = alpha * _stratified(settings, east, north, rng) + beta * _turbulent(settings, rng)
    deformation = np.zeros_like(air)
    source: dict[str, float] = {}
    if label:
        deformation, source = _deformation(settings, (east, north), look, rng)
    parameters = {
        "incidence_deg": look.incidence_deg, "heading_deg": look.heading_deg, "alpha": alpha,
        "beta": beta, "cone_east_m": east, "cone_north_m": north, **source,
    }  # fmt: skip
    displacement = (deformation + air).astype(np.float32)
    return Volcano(displacement, deformation.astype(np.float32), int(label), parameters)


def draw_volcanoes(
    settings: VolcanoSettings, seed: int, split: str, indices: Iterable[int]
) -> tuple[list[dict[str, Any]], NDArray[np.float16]]:
    """Draw some interferograms of a split, with deformation where the index is odd.

    Returns
    -------
    rows, maps
        What was drawn, with ``index`` and ``label``; and (n, rows, cols) displacement, mm, in half
        precision (1/8 mm at 256 mm, a hundredth of a fringe at most).
    """
    if split not in TRAINING_SPLITS:
        raise InputError(f"split {split!r}: expected one of {', '.join(TRAINING_SPLITS)}")
    rows, maps = [], []
    for index in indices:
        seeds = np.random.SeedSequence([seed, _STREAM, TRAINING_SPLITS.index(split), index])
        volcano = draw_volcano(settings, index % 2, seeds)
        rows.append({"index": index, "label": volcano.label, **volcano.parameters})
        maps.append(volcano.displacement.astype(np.float16))
    return rows, np.stack(maps)


def source_los(settings: VolcanoSettings, parameters: Mapping[str, float]) -> NDArray[np.float64]:
    """Return D of the source in ``parameters``, (rows, cols), mm."""
    east, north = _places(settings, parameters["source_east_m"], parameters["source_north_m"])
    displacement = point_source(
        east, north, parameters["depth_m"], parameters["volume_change_m3"], settings.poisson_ratio
    )
    look = LookGeometry(parameters["incidence_deg"], parameters["heading_deg"])
    return project_los(displacement, look)


def _deformation(
    settings: VolcanoSettings,
    cone_m: tuple[float, float],
    look: LookGeometry,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Draw sources near the cone, of either sign, until one is visible."""
    for _ in range(_MAX_SOURCES):
        depth = float(rng.uniform(*settings.depth_m))
        volume = float(10 ** rng.uniform(*settings.log10_volume_change_m3))
        volume *= 1 if rng.random() < 0.5 else -1
        away, azimuth = rng.uniform(*settings.source_offset_m), rng.uniform(0, 2 * np.pi)
        peak = point_source_peak_los(depth, volume, settings.poisson_ratio, look)
        if abs(peak) >= settings.min_peak_mm:
            break
    else:
        raise InputError(
            f"volcanoes: none of {_MAX_SOURCES} sources moves the ground by min_peak_mm "
            f"{settings.min_peak_mm}; lower it, or widen depth_m or log10_volume_change_m3"
        )
    source = {
        "depth_m": depth, "volume_change_m3": volume, "peak_mm": peak,
        "source_east_m": float(cone_m[0] + away * np.sin(azimuth)),
        "source_north_m": float(cone_m[1] + away * np.cos(azimuth)),
    }  # fmt: skip
    geometry = {"incidence_deg": look.incidence_deg, "heading_deg": look.heading_deg}
    return source_los(settings, {**source, **geometry}), source


def _stratified(
    settings: VolcanoSettings, east_m: float, north_m: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """S: a delay in proportion to the height of the ground, mm.

    DEVIATES: paper 2 takes one measured delay map (GACOS, Beru volcano), which is not at hand.
    """
    relief = settings.relief
    height, radius, rough, delay = (
        float(rng.uniform(*limits))
        for limits in (
            relief.cone_height_m, relief.cone_radius_m, relief.roughness_m, relief.delay_mm_per_km,
        )
    )  # fmt: skip
    east, north = _places(settings, east_m, north_m)
    ground = height * np.maximum(1 - np.hypot(east, north) / radius, 0)
    ground += rough * _field(settings, relief.roughness_e_folding_km, rng)
    return delay * ground / 1000


def _turbulent(settings: VolcanoSettings, rng: np.random.Generator) -> NDArray[np.float64]:
    """T, mm."""
    variance = float(rng.uniform(*settings.variance_mm2))
    return np.sqrt(variance) * _field(settings, float(rng.uniform(*settings.e_folding_km)), rng)


def _field(
    settings: VolcanoSettings, e_folding_km: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    shape = (settings.size_px, settings.size_px)
    field = CorrelatedField(shape, settings.pixel_m, 1.0, 1 / e_folding_km)
    return field.draw(rng).astype(np.float64)


def _places(
    settings: VolcanoSettings, east_m: float, north_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north of every pixel from a place; both count from the south-western corner."""
    middle = (np.arange(settings.size_px) + 0.5) * settings.pixel_m
    east, north = np.meshgrid(middle - east_m, middle[::-1] - north_m)
    return east, north
