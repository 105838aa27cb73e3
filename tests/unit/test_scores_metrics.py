import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from groundmotion.areas.polygons import areas_above
from groundmotion.errors import InputError
from groundmotion.scores.metrics import (
    Confusion,
    area_under_roc,
    change_of_share,
    confusion,
    expected_calibration_error,
    precision_recall,
    rates,
    reliability,
    wilson_interval,
)


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    p = rng.random(5000)
    return p, (rng.random(5000) < p).astype(int)


def test_counts_and_rates_agree_with_scikit_learn(sample):
    p, labels = sample
    predicted = p >= 0.3
    tn, fp, fn, tp = sk.confusion_matrix(labels, predicted).ravel()
    counts = confusion(labels, predicted)
    assert counts == Confusion(tp=tp, fp=fp, tn=tn, fn=fn)
    found = rates(counts)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    assert found["precision"] == pytest.approx(sk.precision_score(labels, predicted))
    assert found["recall"] == pytest.approx(sk.recall_score(labels, predicted))
    assert found["fpr"] == pytest.approx(1 - sk.recall_score(labels, predicted, pos_label=0))
    assert found["fomr"] == pytest.approx(1 - sk.precision_score(labels, predicted, pos_label=0))


@pytest.mark.parametrize(
    ("accuracy", "precision", "recall", "last"),
    [(54.32, 63.91, 53.62, 55.27), (89.06, 99.10, 82.52, 20.98), (98.58, 99.27, 97.93, 2.09)],
)
def test_last_column_of_table_1_is_the_false_omission_rate(accuracy, precision, recall, last):
    # Accuracy, precision and recall fix the share of positives, and with it all four counts.
    a, p, r = accuracy / 100, precision / 100, recall / 100
    positives = (1 - a) / (1 - r + r * (1 - p) / p)
    tp = r * positives
    fn, fp = positives - tp, tp * (1 - p) / p
    tn = 1 - tp - fn - fp
    counts = Confusion(*(round(1e6 * x) for x in (tp, fp, tn, fn)))
    assert rates(counts)["accuracy"] == pytest.approx(a, abs=1e-5)
    assert rates(counts)["fomr"] == pytest.approx(last / 100, abs=0.002)
    assert rates(counts)["fpr"] != pytest.approx(last / 100, abs=0.01)


def test_rates_of_nothing_are_nan():
    assert all(np.isnan(value) for value in rates(Confusion(0, 0, 0, 0)).values())


def test_bins_agree_with_scikit_learn(sample):
    p, labels = sample
    curve = reliability(p, labels, 10)
    frequency, probability = calibration_curve(labels, p, n_bins=10)
    assert curve.frequency == pytest.approx(frequency)
    assert curve.probability == pytest.approx(probability)
    assert curve.count.sum() == 5000


def test_calibrated_probabilities_have_a_small_error(sample):
    p, labels = sample
    assert expected_calibration_error(p, labels, 10) < 0.03
    assert expected_calibration_error(p**3, labels, 10) > 0.15


def test_calibration_error_of_one_bin_is_the_difference_of_the_means():
    assert expected_calibration_error([0.9, 0.9, 1.0], [1, 0, 1], 1) == pytest.approx(0.8 / 3)


def test_a_probability_of_one_lies_in_the_last_bin():
    curve = reliability([1.0, 0.0], [1, 0], 10)
    assert curve.count[9] == 1
    assert curve.count[0] == 1
    assert np.isnan(curve.frequency[5])


@pytest.mark.parametrize(("happened", "count"), [(0, 7), (7, 7), (3, 11), (450, 500)])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_interval_agrees_with_scipy(happened, count, confidence):
    exact = stats.binomtest(happened, count).proportion_ci(confidence, method="wilson")
    lower, upper = wilson_interval([happened / count], [count], confidence)
    assert (lower[0], upper[0]) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_nothing_counted_has_no_interval():
    assert np.isnan(wilson_interval([np.nan, 0.5], [0, 4], 0.95))[:, 0].all()


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="as many"):
        confusion([1, 0], [1])
    with pytest.raises(InputError, match="as many"):
        reliability([0.5], [1, 0], 10)
    for bad in (np.nan, 1.2):
        with pytest.raises(InputError, match=r"\[0, 1\]"):
            reliability([bad], [1], 10)


# --- models under changes of the law ---------------------------------------------------------------


def test_a_change_of_share_is_as_uncertain_as_simulation_says():
    rng, truth = np.random.default_rng(4), []
    for _ in range(2000):
        before = rng.random(200) < 0.9
        after = before & (rng.random(200) < 0.95)
        truth.append([*change_of_share(after, before, paired=True)])
    found, errors = np.array(truth).T
    assert found.mean() == pytest.approx(-0.045, abs=0.001)
    assert errors.mean() == pytest.approx(found.std(), rel=0.05)
    alone = [
        change_of_share(rng.random(200) < 0.8, rng.random(200) < 0.9, paired=False)
        for _ in range(2000)
    ]
    found, errors = np.array(alone).T
    assert errors.mean() == pytest.approx(found.std(), rel=0.05)
    with pytest.raises(InputError, match="3 and 2 answers"):
        change_of_share([1, 1, 0], [1, 0], paired=True)


def test_areas_are_counted_above_each_level_and_per_scored_area():
    probability = np.full((100, 50), 0.1)
    probability[:, 40:] = np.nan
    probability[10:20, 10:20] = 0.8
    probability[12, 12] = 0.95
    probability[20, 20] = 0.6  # touches at a corner only
    probability[60:80, 0:10] = 0.5
    found = areas_above(probability, 50.0, [0.5, 0.75, 0.9, 0.99])
    assert [row["areas"] for row in found] == [3, 1, 1, 0]
    assert [row["scored_km2"] for row in found] == [10.0] * 4
    shares = np.array([301, 100, 1, 0]) / 4000
    assert [row["area_share"] for row in found] == pytest.approx(list(shares))
    assert found[0]["p_max"] == 0.95
    nothing = areas_above(np.full((5, 5), np.nan), 10.0, [0.5])[0]
    assert (nothing["areas"], nothing["scored_km2"]) == (0, 0.0)
    assert np.isnan(nothing["area_share"])


def test_area_under_roc_agrees_with_another_library():
    rng = np.random.default_rng(3)
    labels, score = rng.integers(0, 2, 200), rng.normal(size=200).round(1)  # with ties
    assert area_under_roc(score, labels) == pytest.approx(sk.roc_auc_score(labels, score))
    assert np.isnan(area_under_roc([0.5], [1]))
    with pytest.raises(InputError, match="2 scores but 1 labels"):
        area_under_roc([0.5, 0.1], [1])


def test_counts_give_precision_recall_and_their_harmonic_mean():
    scores = precision_recall(areas=10, false_areas=5, true_found=0, true_total=3)
    assert scores == {"precision": 0.5, "recall": 0.0, "f1": 0.0}
