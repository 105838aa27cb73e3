"""Read measured points, whatever the format: EGMS, CSV, GeoParquet, shapefile, GeoTIFF, LiCSBAS.

:func:`read_points` reads one file, :func:`read_look` the files of one look.
"""

from groundmotion.points.merging import merge, thin_close
from groundmotion.points.naming import EgmsName, egms_name, guess_look
from groundmotion.points.reading import read_look, read_points
from groundmotion.points.schema import ALIASES, POINT_COLUMNS, Bounds, PointSet, ReadRequest

__all__ = [
    "ALIASES",
    "POINT_COLUMNS",
    "Bounds",
    "EgmsName",
    "PointSet",
    "ReadRequest",
    "egms_name",
    "guess_look",
    "merge",
    "read_look",
    "read_points",
    "thin_close",
]
