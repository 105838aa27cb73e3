"""The limit that any detector can be judged by: observers that know the law of the examples.

The average-likelihood (Bayes) observer knows the noise and the prior of the source, not the
source: no detector is right more often. The matched filter takes the likeliest source instead
(generalised likelihood ratio); the plain threshold looks at median-filtered velocities alone.

``clairvoyant`` the observer who knows the source · ``observing`` one example, ``deciding`` about
all · ``point_sources``, ``line_sources`` priors · ``amplitudes`` · ``reduction`` of the points.
"""
