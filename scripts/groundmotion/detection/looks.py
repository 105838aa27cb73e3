"""Merge the probability maps of several looks (paper §III-D)."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from groundmotion.constants import look_pass
from groundmotion.errors import InputError


def merge_looks(probabilities: Mapping[str, NDArray[np.floating]]) -> NDArray[np.float32]:
    """Merge the probability maps of several looks (paper §III-D).

    Parameters
    ----------
    probabilities
        Look, such as ``asc117``: (rows, cols) probability, NaN where not seen.

    Returns
    -------
    The largest average of an ascending and a descending look that both see the pixel. A pixel seen
    by looks of one pass only takes the largest of these.

    Raises
    ------
    InputError
        If there is no map, or their shapes differ.
    """
    shapes = {look: values.shape for look, values in probabilities.items()}
    if len(set(shapes.values())) != 1:
        raise InputError(f"probability maps of the looks: expected one common grid, got {shapes}")
    looks: dict[str, list[NDArray[np.floating]]] = {"asc": [], "desc": []}
    for look in sorted(probabilities):
        looks[look_pass(look)].append(probabilities[look])
    single = _largest([*looks["asc"], *looks["desc"]])
    pairs = [(up + down) / 2 for up, down in product(looks["asc"], looks["desc"])]
    if not pairs:
        return single.astype(np.float32)
    # ASSUME: the paper says nothing of pixels that one pass alone sees.
    pair = _largest(pairs)
    return np.where(np.isnan(pair), single, pair).astype(np.float32)


def _largest(maps: Sequence[NDArray[np.floating]]) -> NDArray[np.floating]:
    largest = maps[0]
    for values in maps[1:]:
        largest = np.fmax(largest, values)
    return largest
