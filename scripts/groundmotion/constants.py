"""Physical constants and look geometry, with their sources."""

import math
from dataclasses import dataclass

from groundmotion.errors import InputError

#: Sentinel-1 C-band wavelength: speed of light over 5.405 GHz (Torres et al. 2012, Table 1).
SENTINEL1_WAVELENGTH_MM = 55.46576

#: One fringe: half a wavelength of motion along the line of sight (paper §III-C: 28 mm).
FRINGE_MM = SENTINEL1_WAVELENGTH_MM / 2

#: The two passes of a polar-orbiting radar.
PASSES = ("asc", "desc")


@dataclass(frozen=True)
class LookGeometry:
    """Where a right-looking radar stands, seen from the ground.

    Parameters
    ----------
    incidence_deg
        Angle between the vertical and the line of sight, degrees.
    heading_deg
        Flight direction, degrees clockwise from north (EGMS ``track_angle``).

    Examples
    --------
    >>> [round(c, 3) for c in LookGeometry(38.97, -8.94).unit_vector()]
    [-0.621, -0.098, 0.777]
    """

    incidence_deg: float
    heading_deg: float

    def unit_vector(self) -> tuple[float, float, float]:
        """Return (east, north, up) of the unit vector from the ground toward the satellite.

        The same three numbers as EGMS's ``los_east, los_north, los_up``.
        """
        incidence = math.radians(self.incidence_deg)
        heading = math.radians(self.heading_deg)
        return (
            -math.sin(incidence) * math.cos(heading),
            math.sin(incidence) * math.sin(heading),
            math.cos(incidence),
        )


#: Sentinel-1 IW mid-swath over Great Britain: incidence 39°, headings at latitude 53° N of the
#: 98.18° inclined orbit (ASSUME: the paper gives no angles; real looks carry their own vectors).
SENTINEL1_UK = {
    "asc": LookGeometry(incidence_deg=39.0, heading_deg=-12.0),
    "desc": LookGeometry(incidence_deg=39.0, heading_deg=-168.0),
}


def look_pass(look: str) -> str:
    """Return the pass, ``"asc"`` or ``"desc"``, that a look such as ``"asc117"`` belongs to.

    Raises
    ------
    InputError
        If the name starts with neither.
    """
    for name in sorted(PASSES, key=len, reverse=True):
        if look.startswith(name):
            return name
    raise InputError(
        f"look {look!r}: expected a name that starts with 'asc' or 'desc' followed by the track, "
        "such as asc117; rename it in config.yaml"
    )
