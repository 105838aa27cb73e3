import numpy as np
import pytest

from groundmotion.errors import InputError
from groundmotion.names import COMBINATIONS
from groundmotion.patches.views import combine, view_names, views, views_needed
from groundmotion.patches.wrapping import WrapSet, distinct_wraps

WRAPS = distinct_wraps((14.0, 7.0, 3.5, 1.75), (0.0, 3.5, 7.0, 10.5), "fixed")
SAID = np.random.default_rng(0).random((8, 5, 3))


def test_the_printed_way_is_the_mean_over_intervals_of_the_largest_over_offsets():
    expected = np.zeros((5, 3))
    for place in np.ndindex(5, 3):
        said = iter(SAID[:, *place])
        largest = [max(next(said) for _ in wrap.offsets_mm_yr) for wrap in WRAPS]
        expected[place] = sum(largest) / len(largest)
    assert np.allclose(combine(SAID, WRAPS, "largest_offset"), expected)


def test_the_mean_of_log_odds():
    odds = np.prod(SAID / (1 - SAID), 0) ** (1 / 8)
    assert np.allclose(combine(SAID, WRAPS, "mean_logit"), odds / (1 + odds))
    certain = np.array([0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert combine(certain, WRAPS, "mean_logit") == pytest.approx(0.5)


def test_the_first_view_alone():
    assert np.array_equal(combine(SAID, WRAPS, "first"), SAID[0])
    assert views_needed(WRAPS, "first") == (WrapSet(14.0, (0.0,)),)
    assert views_needed(WRAPS, "mean_logit") == WRAPS


@pytest.mark.parametrize("how", COMBINATIONS)
def test_one_view_is_what_it_says_and_nan_stays(how):
    one = (WrapSet(1.0, (0.0,)),)
    found = combine(np.array([[0.25, np.nan]]), one, how)
    assert np.allclose(found, [0.25, np.nan], equal_nan=True)


def test_views_have_names_in_the_order_in_which_they_are_shown():
    assert len(views(WRAPS)) == len(set(view_names(WRAPS))) == 8
    assert views(WRAPS)[5] == (7.0, 3.5)
    assert view_names(WRAPS)[5] == "interval_7_offset_3.5"


def test_bad_input_is_named():
    with pytest.raises(InputError, match=r"'median': expected one of largest_offset"):
        combine(SAID, WRAPS, "median")
    with pytest.raises(InputError, match="7 views, but intervals and offsets make 8"):
        combine(SAID[1:], WRAPS, "first")
