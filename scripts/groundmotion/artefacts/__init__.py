"""Read and write the workflow's own artefacts: the only access to disk.

Every write is atomic (a finished file appears under its name, or nothing does) and stamped: in the
file's own metadata where the format has a place for it, else in a sidecar ``<name>.stamp.json``.
"""

from groundmotion.artefacts.arrays import (
    map_array,
    read_arrays,
    read_checked_arrays,
    read_extra,
    write_arrays,
)
from groundmotion.artefacts.files import replacing, stamp_path, write_sidecar
from groundmotion.artefacts.layers import read_layer, save_figure, write_layers
from groundmotion.artefacts.maps import read_raster, write_raster
from groundmotion.artefacts.points import read_points, write_points
from groundmotion.artefacts.stamps import read_stamp
from groundmotion.artefacts.tables import (
    read_frame,
    read_json,
    read_table,
    write_frame,
    write_json,
    write_table,
    write_text,
)

__all__ = [
    "map_array",
    "read_arrays",
    "read_checked_arrays",
    "read_extra",
    "read_frame",
    "read_json",
    "read_layer",
    "read_points",
    "read_raster",
    "read_stamp",
    "read_table",
    "replacing",
    "save_figure",
    "stamp_path",
    "write_arrays",
    "write_frame",
    "write_json",
    "write_layers",
    "write_points",
    "write_raster",
    "write_sidecar",
    "write_table",
    "write_text",
]
