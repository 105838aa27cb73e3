import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from groundmotion.detection.calibration import Calibration, calibration_from, fit_calibration
from groundmotion.errors import InputError
from groundmotion.scores.metrics import expected_calibration_error

RANGE = (0.1, 20.0)


def simulated(temperature: float, bias: float, n: int, seed: int = 1):
    """Scores whose right calibration is known, and labels that follow it."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 2, n)
    labels = (rng.random(n) < expit(truth)).astype(int)
    return expit((truth - bias) * temperature), labels


@pytest.mark.parametrize(("temperature", "bias"), [(1, 0), (3, -1), (0.4, 0.5), (2, 2)])
def test_known_temperature_and_bias_are_found(temperature, bias):
    said, labels = simulated(temperature, bias, 40_000)
    found = fit_calibration(said, labels, RANGE)
    assert found.temperature == pytest.approx(temperature, rel=0.05)
    assert found.bias == pytest.approx(bias, abs=0.05)


def test_the_calibration_error_of_other_examples_falls():
    found = fit_calibration(*simulated(3, -1, 2000, seed=1), RANGE)
    said, labels = simulated(3, -1, 20_000, seed=2)
    before = expected_calibration_error(said, labels, 10)
    after = expected_calibration_error(found.apply(said), labels, 10)
    assert before > 0.1
    assert after < 0.03


def test_the_order_stays_and_with_it_the_area_under_the_curve():
    said, labels = simulated(3, -1, 2000)
    calibrated = fit_calibration(said, labels, RANGE).apply(said)
    assert np.array_equal(np.argsort(said), np.argsort(calibrated))
    assert roc_auc_score(labels, said) == roc_auc_score(labels, calibrated)
    assert calibrated.min() > 0
    assert calibrated.max() < 1


def test_the_fit_maximises_likelihood_and_prior():
    said, labels = simulated(2, 0.7, 60)
    found = fit_calibration(said, labels, RANGE)

    def against(parameters):
        scale, skew, bias = parameters
        p = expit(scale * logit(said) + skew * np.log(4 * said * (1 - said)) + bias)
        prior = stats.norm.logpdf(parameters, (1, 0, 0), 1).sum()
        return -stats.bernoulli.logpmf(labels, p).sum() - prior

    exact = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000}
    oracle = optimize.minimize(against, [1, 0, 0], method="Nelder-Mead", options=exact).x
    values = (1 / found.temperature, found.skew, found.bias)
    assert values == pytest.approx(tuple(oracle), abs=1e-4)


@pytest.mark.parametrize("skew", [-0.8, 0.3])
def test_a_detector_sure_at_one_end_only_is_mended(skew):
    """Beta calibration (Kull et al. 2017): scores are beta distributed in both classes."""
    right = Calibration(temperature=1.0, bias=-0.5, skew=skew)
    rng = np.random.default_rng(3)
    said = rng.beta(1.2, 1.2, 40_000)
    labels = (rng.random(len(said)) < right.apply(said)).astype(int)
    found = fit_calibration(said, labels, RANGE)
    assert found.temperature == pytest.approx(1, rel=0.05)
    assert (found.bias, found.skew) == pytest.approx((-0.5, skew), abs=0.06)
    assert np.array_equal(np.argsort(said), np.argsort(found.apply(said)))
    assert expected_calibration_error(found.apply(said), labels, 10) < 0.012


@pytest.mark.parametrize("skew", [1.0, -0.5, float("nan")])
def test_a_skew_that_changes_the_order_is_refused(skew):
    with pytest.raises(InputError, match="calibrate the model again"):
        Calibration(2.0, 0.0, skew)


@pytest.mark.parametrize(("n", "within"), [(200, 0.1), (2000, 0.02)])
def test_a_detector_that_is_rightly_sure_is_left_alone(n, within):
    temperatures = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth = rng.choice([-1, 1], n) * rng.normal(6, 4, n)
        labels = (rng.random(n) < expit(truth)).astype(int)
        temperatures.append(fit_calibration(expit(truth), labels, RANGE).temperature)
    assert np.mean(temperatures) == pytest.approx(1, abs=within)


@pytest.mark.parametrize("n", [2, 10, 200])
def test_all_right_and_sure_changes_nothing(n):
    labels = np.arange(n) % 2
    found = fit_calibration(labels.astype(float), labels, RANGE)  # said: exactly 0 and 1
    assert found.temperature == pytest.approx(1, abs=1e-6)
    assert found.bias == pytest.approx(0, abs=1e-6)


def test_separable_examples_are_called_surer_the_more_there_are():
    found = []
    for n in (2, 10, 100, 1000, 100_000):
        labels = np.arange(n) % 2
        found.append(fit_calibration(0.4 + 0.2 * labels, labels, RANGE))
    temperatures = [each.temperature for each in found]
    assert temperatures == sorted(temperatures, reverse=True)
    assert temperatures[0] > 0.7
    assert temperatures[-1] == pytest.approx(RANGE[0])
    assert [each.bias for each in found] == pytest.approx([0] * 5, abs=1e-6)


def test_the_temperature_stays_in_its_range():
    said, labels = simulated(3, 0, 2000)
    assert fit_calibration(said, labels, (0.5, 2.0)).temperature == pytest.approx(2.0)
    assert fit_calibration(said, labels, (5.0, 9.0)).temperature == pytest.approx(5.0)


@pytest.mark.parametrize("said", [[0.9, 0.1] * 50, [0.3] * 100])
def test_a_detector_that_is_wrong_or_says_one_thing_is_finite_and_in_range(said):
    labels = np.arange(100) % 2  # the first of the two is wrong every time
    found = fit_calibration(said, labels, RANGE)
    assert RANGE[0] <= found.temperature <= RANGE[1] * (1 + 1e-9)
    calibrated = found.apply(said)
    assert calibrated.mean() == pytest.approx(0.5, abs=0.01)
    assert np.abs(calibrated - 0.5).max() < 0.06


def test_calibration_is_by_element_and_leaves_no_data():
    said = np.array([[0.2, np.nan], [0.0, 1.0]])
    found = Calibration(2.0, 1.0).apply(said)
    assert found.shape == (2, 2)
    assert found[0, 0] == pytest.approx(expit(logit(0.2) / 2 + 1))
    assert np.isnan(found[0, 1])
    assert 0 <= found[1, 0] < 1e-6 < 1 - 1e-6 < found[1, 1] <= 1
    assert Calibration(1.0, 0.0).apply(0.3) == pytest.approx(0.3)


def test_what_is_stored_is_read():
    stored = {"temperature": 2, "bias": -0.5, "n_validation": 10}
    assert calibration_from(stored) == Calibration(2.0, -0.5)
    assert calibration_from({**stored, "skew": 0.1}) == Calibration(2.0, -0.5, 0.1)
    first = calibration_from({**stored, "combination": "first"})
    assert (first.combination, calibration_from(stored).combination) == ("first", "largest_offset")


@pytest.mark.parametrize(
    "content",
    [{}, {"temperature": 1.0}, {"temperature": "warm", "bias": 0}, {"temperature": None, "bias": 0},
     {"temperature": 0.0, "bias": 0}, {"temperature": -1, "bias": 0},
     {"temperature": 1, "bias": float("nan")}, {"temperature": float("inf"), "bias": 0},
     {"temperature": 1, "bias": 0, "combination": "median"}],
)  # fmt: skip
def test_what_is_no_calibration_is_refused(content):
    with pytest.raises(InputError, match="calibrate the model again"):
        calibration_from(content)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(InputError, match="2 with and 0 without"):
        fit_calibration([0.2, 0.6], [1, 1], RANGE)
    with pytest.raises(InputError, match="0 with and 0 without"):
        fit_calibration([], [], RANGE)
    with pytest.raises(InputError, match="as many"):
        fit_calibration([0.2], [1, 0], RANGE)
    for bad in (np.nan, 1.2, -0.1):
        with pytest.raises(InputError, match=r"\[0, 1\]"):
            fit_calibration([bad, 0.5], [1, 0], RANGE)
