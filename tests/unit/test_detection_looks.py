import numpy as np
import pytest

from groundmotion.detection.looks import merge_looks
from groundmotion.errors import InputError

NAN = np.nan


def _merged(**looks: float) -> float:
    return float(merge_looks({k: np.full((1, 1), v, np.float32) for k, v in looks.items()})[0, 0])


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ({"asc117": 0.4}, 0.4),
        ({"asc117": 0.4, "desc022": 0.8}, 0.6),
        ({"asc117": 0.4, "desc022": NAN}, 0.4),
        ({"asc117": NAN, "desc022": 0.8}, 0.8),
        ({"asc117": NAN, "desc022": NAN}, NAN),
        ({"asc1": 0.2, "asc2": 0.6, "desc1": 0.4, "desc2": 0.9}, 0.75),
        ({"asc1": 0.9, "asc2": NAN, "desc1": 0.1, "desc2": NAN}, 0.5),
        ({"asc1": 0.9, "asc2": 0.3, "desc1": NAN, "desc2": 0.4}, 0.65),
        ({"asc1": 0.2, "asc2": 0.6}, 0.6),
    ],
)
def test_looks_are_merged_as_the_paper_says(looks, expected):
    assert _merged(**looks) == pytest.approx(expected, nan_ok=True)


def test_looks_of_other_shape_or_name_are_refused():
    with pytest.raises(InputError, match="common grid"):
        merge_looks({"asc1": np.zeros((2, 2)), "desc1": np.zeros((2, 3))})
    with pytest.raises(InputError, match="common grid"):
        merge_looks({})
    with pytest.raises(InputError, match="asc117"):
        merge_looks({"north": np.zeros((2, 2))})
