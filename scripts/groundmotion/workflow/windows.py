"""Read the labelled windows of data sets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from groundmotion.artefacts.arrays import map_array
from groundmotion.artefacts.tables import read_frame
from groundmotion.errors import InputError
from groundmotion.patches.examples import Examples, MapPairs, Windows


def read_windows(maps: Sequence[Path], name: str = "filled") -> Windows:
    """Open the windows of a data set: one map of each, or two, in one or two files."""
    arrays = [map_array(path, name) for path in maps]
    return arrays[0] if len(arrays) == 1 else MapPairs(*arrays)


def read_examples(rows: Sequence[Path], maps: Sequence[Path], name: str = "filled") -> Examples:
    """Open the labelled windows of one data set, or of several with a class for each.

    Parameters
    ----------
    rows
        Tables of examples, one for each kind of source.
    maps
        Their maps: one file for each table, or two for each.
    name
        Of the array in these files.

    Returns
    -------
    Examples whose label is 0 without deformation and otherwise the place of its table, from 1.

    Raises
    ------
    InputError
        If tables and maps do not go together.
    """
    if len(maps) % len(rows):
        raise InputError(f"{len(rows)} tables of examples, {len(maps)} files of maps: expected as "
                         "many files for each table")  # fmt: skip
    each = len(maps) // len(rows)
    labels, visible, blocks = [], [], []
    for place, path in enumerate(rows):
        table = read_frame(path)
        labels.append(table["label"].to_numpy(np.int64) * (place + 1))
        visible.append(table.get("d_prime", table["label"] * np.nan).to_numpy(np.float64))
        blocks.append(read_windows(maps[place * each : (place + 1) * each], name))
    return Examples(tuple(blocks), np.concatenate(labels), np.concatenate(visible))
