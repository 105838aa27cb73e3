"""Sources drawn at random: from the paper's printed ranges, or of the size of mining bowls."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np

from groundmotion.aliases import Floats, Range
from groundmotion.constants import LookGeometry
from groundmotion.deformation import (
    TroughShape,
    arc_track,
    point_source,
    point_source_depth,
    point_source_peak_los,
    project_los,
    tunnel_trough,
)
from groundmotion.errors import InputError

#: Draws until a source falls within the limits; never reached with sensible ranges.
_MAX_TRIES = 10_000

#: A curved track gets a vertex for every so many degrees that it turns.
_DEGREES_PER_VERTEX = 10.0


class ExampleSource(Protocol):
    """Something that moves the ground."""

    def los(self, easting_m: Floats, northing_m: Floats, look: LookGeometry) -> Floats:
        """Line-of-sight velocity at some places, mm/yr."""

    def peak_los(self, look: LookGeometry) -> float:
        """Largest line-of-sight velocity anywhere, with its sign, mm/yr."""

    def parameters(self) -> dict[str, float]:
        """Numbers that describe it, by name."""


@dataclass(frozen=True)
class PointSource:
    """A point source of changing volume below ``centre_m`` (easting, northing)."""

    centre_m: tuple[float, float]
    depth_m: float
    volume_change_m3_yr: float
    poisson: float

    def los(self, easting_m: Floats, northing_m: Floats, look: LookGeometry) -> Floats:
        """Line-of-sight velocity at some places, mm/yr."""
        east, north = easting_m - self.centre_m[0], northing_m - self.centre_m[1]
        displacement = point_source(
            east, north, self.depth_m, self.volume_change_m3_yr, self.poisson
        )
        return project_los(displacement, look)

    def peak_los(self, look: LookGeometry) -> float:
        """Largest line-of-sight velocity anywhere, with its sign, mm/yr."""
        return point_source_peak_los(self.depth_m, self.volume_change_m3_yr, self.poisson, look)

    def parameters(self) -> dict[str, float]:
        """Numbers that describe it, by name."""
        return {
            "centre_east_m": self.centre_m[0],
            "centre_north_m": self.centre_m[1],
            "depth_m": self.depth_m,
            "volume_change_m3_yr": self.volume_change_m3_yr,
        }


@dataclass(frozen=True)
class Trough:
    """A settlement trough along a straight or circular track."""

    centre_m: tuple[float, float]
    azimuth_deg: float
    length_m: float
    curvature_per_m: float
    shape: TroughShape

    def track(self) -> Floats:
        """Vertices of the track, (n, 2) easting, northing."""
        turn = np.degrees(abs(self.curvature_per_m) * self.length_m)
        points = 2 + int(turn / _DEGREES_PER_VERTEX) + (1 if turn > 0 else 0)
        return arc_track(
            self.centre_m, self.azimuth_deg, self.length_m, self.curvature_per_m, points
        )

    def los(self, easting_m: Floats, northing_m: Floats, look: LookGeometry) -> Floats:
        """Line-of-sight velocity at some places, mm/yr."""
        return project_los(tunnel_trough(easting_m, northing_m, self.track(), self.shape), look)

    def peak_los(self, look: LookGeometry) -> float:
        """Largest line-of-sight velocity anywhere, with its sign, mm/yr."""
        depth = self.shape.d_sag_mm_yr + self.shape.d_hog_mm_yr
        return float(project_los(np.array([0.0, 0.0, -depth]), look))

    def parameters(self) -> dict[str, float]:
        """Numbers that describe it, by name."""
        return {
            "centre_east_m": self.centre_m[0],
            "centre_north_m": self.centre_m[1],
            "azimuth_deg": self.azimuth_deg,
            "track_length_m": self.length_m,
            "curvature_per_m": self.curvature_per_m,
            **self.shape.__dict__,
        }


def source_from(parameters: Mapping[str, Any], poisson: float) -> ExampleSource:
    """Rebuild a source from its parameters.

    Parameters
    ----------
    parameters
        At least those that :meth:`ExampleSource.parameters` returns; others are not looked at.
    poisson
        Poisson's ratio of the ground above a point source.

    Examples
    --------
    >>> source = PointSource((5.0, -3.0), 200.0, 900.0, 0.25)
    >>> source_from(source.parameters(), 0.25) == source
    True
    """
    centre = (float(parameters["centre_east_m"]), float(parameters["centre_north_m"]))
    if "depth_m" in parameters:
        depth, change = parameters["depth_m"], parameters["volume_change_m3_yr"]
        return PointSource(centre, float(depth), float(change), poisson)
    names = [field.name for field in fields(TroughShape)]
    return Trough(
        centre,
        float(parameters["azimuth_deg"]),
        float(parameters["track_length_m"]),
        float(parameters["curvature_per_m"]),
        TroughShape(**{name: float(parameters[name]) for name in names}),
    )


@dataclass(frozen=True)
class TrackRanges:
    """Tracks: share that is curved, length, radius of the curved ones (log-uniform).

    ASSUME: the paper says no more than "along the curve and straight lines". A track turns by
    180° at most.
    """

    curved_share: float
    length_m: Range
    radius_m: Range


class SourceRanges(Protocol):
    """Where sources are drawn from."""

    def draw(self, rng: np.random.Generator, side_m: float, look: LookGeometry) -> ExampleSource:
        """Draw a source with its centre in the window [0, side_m] × [−side_m, 0]."""


@dataclass(frozen=True)
class PrintedPoint:
    """The paper's point sources: depth uniform, volume change uniform in its logarithm.

    Drawn again when the largest LOS velocity is outside ``peak_mm_yr``. Either sign.
    """

    depth_m: Range
    log10_volume_change_m3_yr: Range
    peak_mm_yr: Range
    poisson: float

    def draw(self, rng: np.random.Generator, side_m: float, look: LookGeometry) -> PointSource:
        """Draw a source with its centre in the window."""
        for _ in range(_MAX_TRIES):
            depth = rng.uniform(*self.depth_m)
            volume = 10 ** rng.uniform(*self.log10_volume_change_m3_yr)
            source = PointSource(_centre(rng, side_m), depth, volume * _sign(rng), self.poisson)
            if self.peak_mm_yr[0] <= abs(source.peak_los(look)) <= self.peak_mm_yr[1]:
                return source
        raise _never("point", self.peak_mm_yr)


@dataclass(frozen=True)
class MiningPoint:
    """Point sources of the size of mining bowls: radius and LOS peak log-uniform, either sign.

    ASSUME: the radius of a bowl is where uplift has fallen to ``radius_fraction`` of its peak.
    """

    radius_m: Range
    radius_fraction: float
    peak_mm_yr: Range
    poisson: float

    def draw(self, rng: np.random.Generator, side_m: float, look: LookGeometry) -> PointSource:
        """Draw a source with its centre in the window."""
        centre, sign = _centre(rng, side_m), _sign(rng)
        depth = point_source_depth(_log_uniform(rng, self.radius_m), self.radius_fraction)
        unit = point_source_peak_los(depth, 1.0, self.poisson, look)
        volume = _log_uniform(rng, self.peak_mm_yr) / unit
        return PointSource(centre, depth, sign * volume, self.poisson)


@dataclass(frozen=True)
class PrintedLine:
    """The paper's tunnels: lengths and depths of the zones uniform; subsidence only.

    Drawn again when the largest LOS velocity is outside ``peak_mm_yr``.
    """

    sagging_length_m: Range
    hogging_length_m: Range
    sagging_depth_mm_yr: Range
    hogging_depth_mm_yr: Range
    peak_mm_yr: Range
    tracks: TrackRanges

    def draw_shape(self, rng: np.random.Generator) -> TroughShape:
        """Draw a cross-section, whatever its peak."""
        return TroughShape(
            rng.uniform(*self.sagging_length_m),
            rng.uniform(*self.hogging_length_m),
            rng.uniform(*self.sagging_depth_mm_yr),
            rng.uniform(*self.hogging_depth_mm_yr),
        )

    def draw(self, rng: np.random.Generator, side_m: float, look: LookGeometry) -> Trough:
        """Draw a trough whose track's midpoint is in the window."""
        for _ in range(_MAX_TRIES):
            source = _along_track(rng, side_m, self.tracks, self.draw_shape(rng))
            if self.peak_mm_yr[0] <= -source.peak_los(look) <= self.peak_mm_yr[1]:
                return source
        raise _never("line", self.peak_mm_yr)


@dataclass(frozen=True)
class MiningLine:
    """Troughs as wide as mining bowls: shaped as printed, then scaled.

    ``half_width_m``, from the track to still ground, and the LOS peak are log-uniform.
    """

    half_width_m: Range
    peak_mm_yr: Range
    printed: PrintedLine

    def draw(self, rng: np.random.Generator, side_m: float, look: LookGeometry) -> Trough:
        """Draw a trough whose track's midpoint is in the window."""
        shape = self.printed.draw_shape(rng)
        widening = _log_uniform(rng, self.half_width_m) / (shape.l_sag_m / 2 + shape.l_hog_m)
        depth = _log_uniform(rng, self.peak_mm_yr) / look.unit_vector()[2]
        deepening = depth / (shape.d_sag_mm_yr + shape.d_hog_mm_yr)
        bowl = TroughShape(
            shape.l_sag_m * widening,
            shape.l_hog_m * widening,
            shape.d_sag_mm_yr * deepening,
            shape.d_hog_mm_yr * deepening,
        )
        return _along_track(rng, side_m, self.printed.tracks, bowl)


def _along_track(
    rng: np.random.Generator, side_m: float, tracks: TrackRanges, shape: TroughShape
) -> Trough:
    centre, azimuth = _centre(rng, side_m), rng.uniform(0.0, 180.0)
    length = rng.uniform(*tracks.length_m)
    curvature = _sign(rng) * min(1 / _log_uniform(rng, tracks.radius_m), np.pi / length)
    curved = rng.random() < tracks.curved_share
    return Trough(centre, azimuth, length, curvature if curved else 0.0, shape)


def _centre(rng: np.random.Generator, side_m: float) -> tuple[float, float]:
    east, south = rng.uniform(0.0, side_m, 2)
    return float(east), -float(south)


def _sign(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1


def _log_uniform(rng: np.random.Generator, limits: Range) -> float:
    return float(np.exp(rng.uniform(*np.log(limits))))


def _never(kind: str, peak_mm_yr: Range) -> InputError:
    return InputError(
        f"none of {_MAX_TRIES} {kind} sources had a LOS peak within {list(peak_mm_yr)} mm/yr: the "
        "preset's ranges do not go together; widen peak_mm_yr or change the sizes"
    )
