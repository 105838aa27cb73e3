"""Windows of an extent: each one's own part, and what it sees about it."""

from collections.abc import Iterator

import numpy as np

from groundmotion.aliases import Bounds
from groundmotion.detection.sources.settings import SearchSettings


def windows_of(
    bounds_m: Bounds, cell_m: float, settings: SearchSettings
) -> Iterator[tuple[Bounds, Bounds]]:
    """Cut an extent into windows of whole cells; one that is little larger stays whole.

    Parameters
    ----------
    bounds_m
        The extent; windows are laid from its upper left corner.
    cell_m
        Side of a cell.
    settings
        ``window_m`` and ``halo_m``.

    Yields
    ------
    Its own part, and the extent that it sees.
    """
    left, bottom, right, top = bounds_m
    # Where points are sparse, and cells wide, windows are wider: of as many cells.
    wider = max(cell_m / settings.cell_m, 1.0)
    step = max(int(wider * settings.window_m // cell_m), 1) * cell_m
    halo = int(wider * settings.halo_m // cell_m) * cell_m
    whole = max(right - left, top - bottom) <= step + halo
    for y in [top] if whole else np.arange(top, bottom, -step):
        for x in [left] if whole else np.arange(left, right, step):
            own = bounds_m if whole else (x, max(y - step, bottom), min(x + step, right), y)
            yield (
                own,
                (
                    max(own[0] - halo, left), max(own[1] - halo, bottom),
                    min(own[2] + halo, right), min(own[3] + halo, top),
                ),
            )  # fmt: skip
