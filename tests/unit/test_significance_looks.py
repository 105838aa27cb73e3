import numpy as np
import pytest

from groundmotion.detection.significance.looks import strongest
from groundmotion.detection.significance.scan import LookStatistics, SpreadTable


def statistics(values, denominators):
    """Of given significance where it can be judged, by size; each value is a place."""
    values, denominators = (np.atleast_2d(x).astype(np.float32) for x in (values, denominators))
    return LookStatistics(
        [v[None] * np.sqrt(d[None]) for v, d in zip(values, denominators, strict=True)],
        [d[None] for d in denominators],
    )


def test_equal_looks_add_in_quadrature_and_opposite_ones_cancel():
    first = statistics([3.0, 3.0, -2.0], [4.0, 4.0, 4.0])
    second = statistics([4.0, -1.0, -2.0], [4.0, 4.0, 4.0])
    joined = strongest([first, second], np.array([2.0]))
    expected = [7 / np.sqrt(2), 3.0, -4 / np.sqrt(2)]
    np.testing.assert_allclose(joined.values[0], expected, rtol=1e-6)


def test_looks_count_by_their_denominators():
    first, second = statistics([2.0], [9.0]), statistics([2.0], [1.0])
    joined = strongest([first, second], np.array([2.0]))
    assert joined.values[0, 0] == pytest.approx((2 * 3 + 2 * 1) / np.sqrt(10))


def test_a_look_that_cannot_be_judged_has_no_say():
    first = statistics([3.0, 0.0], [4.0, 0.0])
    second = statistics([0.0, 0.0], [0.0, 0.0])
    second.numerators[0][:] = 1e6
    for looks in ([first, second], [second, first]):
        joined = strongest(looks, np.array([2.0]))
        assert joined.values[0, 0] == 3.0
        assert np.isnan(joined.values[0, 1])
        assert joined.apart().tolist() == [[3.0, 0.0]]
        assert joined.excess[0, 1] == -np.inf


def test_the_excess_is_the_square_less_that_of_the_sizes_threshold():
    thresholds = np.array([5.0, 3.0])
    look = statistics([[5.5, -6.0, 1.0], [4.5, 3.0, 2.0]], np.full((2, 3), 2.0))
    joined = strongest([look], thresholds)
    assert joined.size.tolist() == [[1, 0, 1]]
    np.testing.assert_allclose(joined.values, [[4.5, -6.0, 2.0]], rtol=1e-6)
    np.testing.assert_allclose(joined.excess, [[4.5**2 - 9, 36 - 25, 4 - 9]], rtol=1e-5)


def test_the_order_of_looks_does_not_matter():
    rng = np.random.default_rng(0)
    looks = [statistics(rng.normal(size=(3, 50)), rng.uniform(0, 2, (3, 50))) for _ in range(3)]
    first, second = (strongest(x, np.array([3.0, 3.1, 3.2])) for x in (looks, looks[::-1]))
    np.testing.assert_allclose(first.values, second.values, rtol=1e-5)
    np.testing.assert_array_equal(first.size, second.size)


def test_a_table_of_spreads_is_interpolated_and_goes_on_level():
    table = SpreadTable((0.0, 1.0), (0.0, np.log(4.0)))
    np.testing.assert_allclose(table.ratio(np.array([-5.0, 0.5, 9.0])), [1.0, 2.0, 4.0])
    assert SpreadTable((0.0,), (0.0,)).ratio(np.array([3.0]))[0] == 1.0
