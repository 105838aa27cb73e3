"""Short names of types that stand in many signatures."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: (left, bottom, right, top), metres.
Bounds = tuple[float, float, float, float]

#: Array of double precision.
Floats = NDArray[np.float64]

#: Array of single or double precision.
Reals = NDArray[np.floating]

#: Array of 64-bit whole numbers.
Integers = NDArray[np.int64]

#: Wraps what is gone through, given a title; may draw a bar.
Progress = Callable[[Iterable[Any], str], Iterable[Any]]

#: (lowest, highest) of a number that is drawn at random.
Range = tuple[float, float]

#: Rows and columns that cut a window out of a map.
Slices = tuple[slice, slice]

#: One map (rows, cols) or many (n, rows, cols), single precision; NaN where there is no data.
Maps = NDArray[np.float32]
