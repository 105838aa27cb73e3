"""Short names of types that stand in many signatures."""

import numpy as np
from numpy.typing import NDArray

#: (left, bottom, right, top), metres.
Bounds = tuple[float, float, float, float]

#: Array of double precision.
Floats = NDArray[np.float64]

#: Array of 64-bit whole numbers.
Integers = NDArray[np.int64]

#: One map (rows, cols) or many (n, rows, cols), single precision; NaN where there is no data.
Maps = NDArray[np.float32]
