"""The multi-scale convolution against slow sums: how much each coarser scale is worth."""

import numpy as np

from groundmotion.interpolation.convolution import multiscale_convolution
from groundmotion.interpolation.settings import MultiscaleConvolutionSettings

SIGMAS_PX, PRIOR_POINTS = (2.0, 4.0, 8.0), 3.0


def test_the_coarser_map_is_worth_the_fewer_points_the_wider_the_scale() -> None:
    rng = np.random.default_rng(1)
    values = np.where(rng.random((60, 70)) < 0.05, rng.normal(size=(60, 70)), np.nan)
    row, col = np.argwhere(~np.isnan(values)).T
    known = values[row, col]
    down, across = np.indices(values.shape)
    expected = np.full(values.shape, known.mean())
    for sigma in reversed(SIGMAS_PX):
        square = (down[..., None] - row) ** 2 + (across[..., None] - col) ** 2
        near = np.exp(-square / (2 * sigma**2))  # g/g(0): points count in part where they are afar
        prior = PRIOR_POINTS * SIGMAS_PX[0] / sigma
        difference = known - expected[row, col]
        expected = expected + (near * difference).sum(-1) / (near.sum(-1) + prior)
    settings = MultiscaleConvolutionSettings(SIGMAS_PX, PRIOR_POINTS)
    filled = multiscale_convolution(values[None].astype(np.float32), settings, 1)[0]
    np.testing.assert_allclose(filled, expected, atol=2e-3)
