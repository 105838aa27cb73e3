"""The limit that any detector can be judged by: observers that know the law of the examples.

The average-likelihood (Bayes) observer knows the noise and the prior of the source, not the
source: no detector is right more often. The matched filter takes the likeliest source instead
(generalised likelihood ratio); the plain threshold looks at median-filtered velocities alone.
"""

from groundmotion.observers.amplitudes import AmplitudeLaw, Evidence, integrate_amplitude
from groundmotion.observers.deciding import (
    ACCURACY,
    Accuracy,
    above_limit,
    accuracy,
    accuracy_of_counts,
    best_threshold,
    judge_all,
    largest_velocity,
)
from groundmotion.observers.line_sources import Boxes, LinePrior, Troughs
from groundmotion.observers.observing import ObserverSettings, Verdict, observe
from groundmotion.observers.point_sources import PointMatcher, PointNodes, PointPrior
from groundmotion.observers.reduction import (
    Observations,
    Reduction,
    reduce_around,
    reduce_evenly,
)

__all__ = [
    "ACCURACY",
    "Accuracy",
    "AmplitudeLaw",
    "Boxes",
    "Evidence",
    "LinePrior",
    "Observations",
    "ObserverSettings",
    "PointMatcher",
    "PointNodes",
    "PointPrior",
    "Reduction",
    "Troughs",
    "Verdict",
    "above_limit",
    "accuracy",
    "accuracy_of_counts",
    "best_threshold",
    "integrate_amplitude",
    "judge_all",
    "largest_velocity",
    "observe",
    "reduce_around",
    "reduce_evenly",
]
