"""Ground displacement of simple sources, and its projection onto the line of sight (§III-B).

Displacements are (3, …) arrays of east, north and up in mm/yr; up > 0 is uplift. Coordinates are
metres. A point or bowl sits at the origin of the coordinates given; a tunnel follows its track.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from groundmotion.aliases import Floats
from groundmotion.constants import LookGeometry
from groundmotion.errors import InputError

_MM_PER_M = 1000.0


def point_source(
    easting_m: ArrayLike,
    northing_m: ArrayLike,
    depth_m: float,
    volume_change_m3_yr: float,
    poisson: float,
) -> Floats:
    """Displacement above a point source of changing volume (Mogi 1958; the paper's ref. 36).

    The vertical peak, above the source, is (1 − ν) ΔV / (π d²).

    Parameters
    ----------
    easting_m, northing_m
        Position relative to the source, any one shape.
    depth_m
        d > 0.
    volume_change_m3_yr
        ΔV; positive lifts the ground.
    poisson
        ν, Poisson's ratio.

    Returns
    -------
    ndarray
        (3, …) east, north, up, mm/yr.

    Examples
    --------
    >>> round(float(point_source(0.0, 0.0, 30.0, 10.0, 0.25)[2]), 3)
    2.653
    """
    if not depth_m > 0:
        raise InputError(f"depth_m {depth_m}: expected a depth below the ground, > 0")
    east, north = np.asarray(easting_m, np.float64), np.asarray(northing_m, np.float64)
    slant_cubed = (east**2 + north**2 + depth_m**2) ** 1.5
    strength = _MM_PER_M * (1 - poisson) * volume_change_m3_yr / np.pi / slant_cubed
    return np.stack([strength * east, strength * north, strength * depth_m])


def point_source_peak_los(
    depth_m: float, volume_change_m3_yr: float, poisson: float, look: LookGeometry
) -> float:
    """Largest line-of-sight velocity of a point source, signed, mm/yr (closed form).

    Horizontal motion moves the peak off the source, toward the satellite for uplift: along that
    line the signal goes as (s r + d)/(r² + d²)^(3/2) with s = tan(incidence).
    """
    east, north, up = look.unit_vector()
    slope = np.hypot(east, north) / up
    shift = depth_m * 2 * slope / (np.sqrt(9 + 8 * slope**2) + 3)
    toward = np.array([east, north]) / max(float(np.hypot(east, north)), 1e-12)
    east, north = shift * toward
    peak = point_source(east, north, depth_m, volume_change_m3_yr, poisson)
    return float(project_los(peak, look))


def point_source_depth(radius_m: float, fraction: float) -> float:
    """Depth at which a point source's uplift falls to ``fraction`` of its peak at ``radius_m``.

    Examples
    --------
    >>> round(point_source_depth(100.0, 0.5), 1)  # full width at half maximum is 1.53 depths
    130.5
    """
    return float(radius_m / np.sqrt(fraction ** (-2 / 3) - 1))


@dataclass(frozen=True)
class TroughShape:
    """Cross-section of a tunnelling settlement trough (Fig. 3a), metres and mm/yr, all > 0.

    The sagging zone, in the middle, is ``l_sag_m`` wide between the points of inflection and
    sinks ``d_sag_mm_yr`` below them; a hogging zone ``l_hog_m`` wide on either side leads from
    still ground down to the points of inflection, ``d_hog_mm_yr`` deep.
    """

    l_sag_m: float
    l_hog_m: float
    d_sag_mm_yr: float
    d_hog_mm_yr: float


def trough_profile(distance_m: ArrayLike, shape: TroughShape) -> Floats:
    """Subsidence (positive down, mm/yr) at a distance from the track.

    ASSUME: the paper names the four parameters but gives no curve. Here each zone is a quarter
    wave: a cosine in the sagging zone (no curvature at the points of inflection, level in the
    middle), a sine in the hogging zone (level at the edge). Depths add up, so that the printed
    ranges, 1–10 and 1–5 mm, span the printed 0–15 mm/yr. Four free parameters leave a kink at
    the points of inflection unless d_sag/l_sag = d_hog/(2 l_hog).
    """
    distance = np.abs(np.asarray(distance_m, np.float64))
    half = shape.l_sag_m / 2
    sag = shape.d_hog_mm_yr + shape.d_sag_mm_yr * np.cos(np.pi * distance / shape.l_sag_m)
    along = np.clip((distance - half) / shape.l_hog_m, 0.0, 1.0)
    hog = shape.d_hog_mm_yr * (1 - np.sin(np.pi / 2 * along))
    return np.asarray(np.where(distance < half, sag, hog))


def arc_track(
    centre_m: tuple[float, float],
    azimuth_deg: float,
    length_m: float,
    curvature_per_m: float,
    points: int,
) -> Floats:
    """Lay out a straight (zero curvature) or circular track.

    Parameters
    ----------
    centre_m
        (easting, northing) of its midpoint.
    azimuth_deg
        Direction at the midpoint, clockwise from north.
    length_m
        Along the track.
    curvature_per_m
        One over the radius; positive turns clockwise.
    points
        Vertices, at least two.

    Returns
    -------
    ndarray
        (points, 2) easting, northing.
    """
    along = np.linspace(-length_m / 2, length_m / 2, points)
    bend = curvature_per_m * along
    # sinc and (1 − cos)/x written so that they hold for a straight line
    ahead = along * np.sinc(bend / np.pi)
    aside = along * np.sin(bend / 2) * np.sinc(bend / 2 / np.pi)
    angle = np.radians(azimuth_deg)
    east = centre_m[0] + ahead * np.sin(angle) + aside * np.cos(angle)
    north = centre_m[1] + ahead * np.cos(angle) - aside * np.sin(angle)
    return np.column_stack([east, north])


def offset_to_track(easting_m: ArrayLike, northing_m: ArrayLike, track_m: Floats) -> Floats:
    """Vector from each position to the nearest place on a polyline.

    Parameters
    ----------
    easting_m, northing_m
        Any one shape.
    track_m
        (n ≥ 2, 2) vertices.

    Returns
    -------
    ndarray
        (2, …) east and north, metres.
    """
    track = np.asarray(track_m, np.float64)
    if track.ndim != 2 or track.shape[0] < 2 or track.shape[1] != 2:
        raise InputError(f"track of shape {track.shape}: expected (n, 2) with at least two points")
    east, north = np.broadcast_arrays(np.asarray(easting_m, float), np.asarray(northing_m, float))
    best = np.full((2, *east.shape), np.inf)
    nearest = np.full(east.shape, np.inf)
    for start, end in itertools.pairwise(track):
        step = end - start
        share = ((east - start[0]) * step[0] + (north - start[1]) * step[1]) / max(
            float(step @ step), 1e-12
        )
        share = np.clip(share, 0.0, 1.0)
        offset = np.stack([start[0] + share * step[0] - east, start[1] + share * step[1] - north])
        square = (offset**2).sum(0)
        closer = square < nearest
        nearest = np.where(closer, square, nearest)
        best = np.where(closer, offset, best)
    return best


def tunnel_trough(
    easting_m: ArrayLike, northing_m: ArrayLike, track_m: Floats, shape: TroughShape
) -> Floats:
    """Subsidence along a tunnel's track by the paper's sagging and hogging zones.

    ASSUME: vertical only, as the profile of Fig. 3a is; the trough ends round at the track's
    ends. :func:`peck_trough` has the horizontal part.

    Returns
    -------
    ndarray
        (3, …) east, north, up, mm/yr; up ≤ 0.
    """
    offset = offset_to_track(easting_m, northing_m, track_m)
    up = -trough_profile(np.hypot(offset[0], offset[1]), shape)
    return np.stack([np.zeros_like(up), np.zeros_like(up), up])


@dataclass(frozen=True)
class Tunnel:
    """A bored tunnel: axis depth, diameter, volume loss per year (0.01 = 1 %) and K = i/depth."""

    depth_m: float
    diameter_m: float
    volume_loss_yr: float
    width_factor: float


def peck_trough(
    easting_m: ArrayLike, northing_m: ArrayLike, track_m: Floats, tunnel: Tunnel
) -> Floats:
    """Settlement over a tunnel by Peck (1969) and O'Reilly & New (1982).

    The trough is Gaussian across the track, i = K·depth from the centre to the inflection, and
    holds the volume lost; ground moves toward the axis of the tunnel, so that horizontal and
    vertical motion are as distance and depth.

    Returns
    -------
    ndarray
        (3, …) east, north, up, mm/yr.
    """
    offset = offset_to_track(easting_m, northing_m, track_m)
    inflection = tunnel.width_factor * tunnel.depth_m
    loss = tunnel.volume_loss_yr * np.pi * tunnel.diameter_m**2 / 4
    peak = _MM_PER_M * loss / (np.sqrt(2 * np.pi) * inflection)
    down = peak * np.exp(-((offset**2).sum(0)) / (2 * inflection**2))
    return np.stack([*(down * offset / tunnel.depth_m), -down])


@dataclass(frozen=True)
class MiningPanel:
    """A worked panel of a seam, and how far its influence reaches.

    ``width_m`` and ``length_m`` (along ``azimuth_deg``) of the panel; ``influence_m`` is Knothe's
    radius of main influence, depth over tan β; ``peak_mm_yr`` the velocity that an infinite panel
    would give, positive up.
    """

    width_m: float
    length_m: float
    azimuth_deg: float
    influence_m: float
    peak_mm_yr: float


def mining_bowl(easting_m: ArrayLike, northing_m: ArrayLike, panel: MiningPanel) -> Floats:
    """Bowl over a rectangular panel by Knothe's influence function: flat-bottomed when wide.

    Vertical motion is the panel convolved with the Gaussian exp(−π r²/R²)/R²; horizontal motion
    goes with the slope, times R/√(2π) (Budryk), toward the middle of a sinking bowl. Used for
    simulated scenes only, never for training.

    Returns
    -------
    ndarray
        (3, …) east, north, up, mm/yr.
    """
    east, north = np.asarray(easting_m, np.float64), np.asarray(northing_m, np.float64)
    angle = np.radians(panel.azimuth_deg)
    along = east * np.sin(angle) + north * np.cos(angle)
    across = east * np.cos(angle) - north * np.sin(angle)
    reach = panel.influence_m

    def edge(x: Floats, size: float) -> tuple[Floats, Floats]:
        near, far = (x + size / 2) / reach, (x - size / 2) / reach
        root = np.sqrt(np.pi)
        slope = (np.exp(-np.pi * near**2) - np.exp(-np.pi * far**2)) / reach
        return (erf(root * near) - erf(root * far)) / 2, slope

    (f_along, d_along), (f_across, d_across) = (
        edge(along, panel.length_m),
        edge(across, panel.width_m),
    )
    scale = -panel.peak_mm_yr * reach / np.sqrt(2 * np.pi)
    u_along, u_across = scale * d_along * f_across, scale * f_along * d_across
    return np.stack(
        [
            u_along * np.sin(angle) + u_across * np.cos(angle),
            u_along * np.cos(angle) - u_across * np.sin(angle),
            panel.peak_mm_yr * f_along * f_across,
        ]
    )


def project_los(displacement: NDArray[np.floating], look: LookGeometry) -> Floats:
    """Project (3, …) east, north, up onto the line of sight, positive toward the satellite.

    Examples
    --------
    >>> float(project_los(np.array([0.0, 0.0, 2.0]), LookGeometry(60.0, -12.0)).round(6))
    1.0
    """
    east, north, up = look.unit_vector()
    return np.asarray(east * displacement[0] + north * displacement[1] + up * displacement[2])
