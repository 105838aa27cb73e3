"""What a network is shown, and what its layers answer."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from groundmotion.aliases import Reals


def draw_features(ax: Axes, responses: Reals, columns: int) -> AxesImage:
    """Lay what the channels (n, rows, cols) of a layer answer out as tiles, row by row.

    Each tile has its own scale, from none (black) to its largest (bright).
    """
    count, rows, cols = responses.shape
    gap = max(cols // 12, 1)
    lines = -(-count // columns)
    sheet = np.full((lines * (rows + gap) - gap, columns * (cols + gap) - gap), np.nan)
    for number, response in enumerate(responses):
        line, column = divmod(number, columns)
        top, left = line * (rows + gap), column * (cols + gap)
        largest = max(float(response.max()), 1e-12)
        sheet[top : top + rows, left : left + cols] = response / largest
    ax.set_axis_off()
    picture = ax.imshow(sheet, cmap="magma", vmin=0, vmax=1)
    picture.set_rasterized(True)
    return picture


def draw_image(ax: Axes, image: Reals) -> AxesImage:
    """Draw what a network is shown, in grey from its lowest to its highest value."""
    ax.set(xticks=[], yticks=[])
    picture = ax.imshow(image, cmap="gray")
    picture.set_rasterized(True)
    return picture
